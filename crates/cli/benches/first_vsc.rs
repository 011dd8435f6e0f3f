//! From exec to the first validator set change applied on both consumers: empty home, every block synced, ten times.
//!
//! `cargo bench -p ics-cli --bench first_vsc` prints the median of wall time and of the process's CPU time, milliseconds.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, missing_docs)]
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

const RUNS: usize = 10;
const APPLIED: &str = "applied its first validator set update";
/// Ticks of the kernel's process times, a hundred a second on every Linux that matters.
const TICK_MS: u64 = 10;

fn main() {
    let mut wall = Vec::new();
    let mut cpu = Vec::new();
    for _ in 0..RUNS {
        let home = tempfile::tempdir().unwrap();
        let began = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_ics"))
            .args(["localnet", "--port-offset", "7000", "--home"])
            .arg(home.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert_eq!(
            lines.filter(|line| line.contains(APPLIED)).take(2).count(),
            2,
            "both consumers were secured"
        );
        wall.push(u64::try_from(began.elapsed().as_millis()).unwrap());
        cpu.push(cpu_ms(&child));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    wall.sort_unstable();
    cpu.sort_unstable();
    let (slowest, middle) = (RUNS - 1, RUNS / 2);
    println!("exec to first update on both consumers, {RUNS} runs, ms:");
    println!("  wall  min {}  median {}  max {}", wall[0], wall[middle], wall[slowest]);
    println!("  CPU   min {}  median {}  max {}", cpu[0], cpu[middle], cpu[slowest]);
}

/// User and system time of a running process.
fn cpu_ms(child: &Child) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |place: usize| fields[place].parse::<u64>().unwrap();
    (ticks(11) + ticks(12)) * TICK_MS
}
