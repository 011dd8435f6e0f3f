//! The same seed gives the same chains: in one process and another, alone and beside other worlds.
//!
//! `ICS_BLESS=1 cargo test -p ics-world seeds` writes the hashes anew after a change that is meant to change them.

use crate::dsl::Net;
use ics_world::Seeded;
use std::process::Command;

const SEEDS: [u64; 3] = [1, 2, 3];
const STEPS: usize = 60;
const COMMITTED: &str = include_str!("seeds.txt");
const THREADS: &str = "ICS_WORLD_THREADS";

/// A line per chain after the acts of a seed: seed, chain, height, app hash.
fn run(seed: u64) -> String {
    let mut net = Net::ready();
    let mut seeded = Seeded::new(seed);
    for _ in 0..STEPS {
        for act in seeded.acts(&net.world).unwrap() {
            net.world.act(act);
        }
        net.leap(seeded.stride());
    }
    let line = |site: &ics_world::Site| {
        let hash: String = site.app_hash().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{seed} {} {} {hash}\n", site.chain_id(), site.height())
    };
    net.world.sites().iter().map(line).collect()
}

/// Every seed, in this many worlds at once.
fn run_all(threads: usize) -> Vec<String> {
    let mut all = Vec::new();
    for seed in SEEDS {
        let worlds: Vec<String> = std::thread::scope(|scope| {
            let worlds: Vec<_> = (0..threads).map(|_| scope.spawn(|| run(seed))).collect();
            worlds.into_iter().map(|world| world.join().unwrap()).collect()
        });
        assert!(worlds.iter().all(|world| *world == worlds[0]), "worlds of seed {seed} differ: {worlds:?}");
        all.push(worlds[0].clone());
    }
    all
}

#[test]
fn the_app_hashes_of_three_seeds_are_as_committed() {
    let threads = std::env::var(THREADS).map_or(1, |threads| threads.parse().unwrap());
    let found = run_all(threads).concat();
    if std::env::var_os("ICS_BLESS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/seeds.txt"), &found).unwrap();
        return;
    }
    assert_eq!(COMMITTED.lines().count(), SEEDS.len() * 3);
    assert_eq!(found, COMMITTED);
    print!("\n{found}");
}

#[test]
fn two_processes_with_different_thread_counts_make_the_same_chains() {
    let outputs = [1, 3].map(|threads: usize| {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "seeds::the_app_hashes_of_three_seeds_are_as_committed", "--nocapture"])
            .arg(format!("--test-threads={threads}"))
            .env(THREADS, threads.to_string())
            .env_remove("ICS_BLESS")
            .output()
            .unwrap();
        let text = String::from_utf8(child.stdout).unwrap();
        assert!(child.status.success(), "{text}{}", String::from_utf8_lossy(&child.stderr));
        let is_line = |line: &&str| line.contains("-1 ") || line.contains("-2 ");
        text.lines().filter(is_line).map(str::to_owned).collect::<Vec<_>>()
    });
    assert_eq!(outputs[0].len(), SEEDS.len() * 3);
    assert_eq!(outputs[0], outputs[1]);
}

#[test]
fn different_seeds_make_different_chains() {
    let hash = |line: &str| line.rsplit_once(' ').unwrap().1.to_owned();
    let mut hashes: Vec<String> = COMMITTED.lines().map(hash).collect();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), SEEDS.len() * 3);
}
