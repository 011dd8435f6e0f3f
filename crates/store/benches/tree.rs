//! How long the state of a block takes: 1,000 random writes to a store of 10^6 entries, in process CPU time.
//!
//! Keys are 40 bytes, values 100. Of the writes 80 % update, 15 % insert, 5 % remove. `set and hash` is what
//! [`Multistore::working`] takes, from change set to app hash; `commit` makes the rows; `free` drops what left the
//! history. The first argument that is a number replaces the number of entries, the second the number of blocks.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    missing_docs
)]

#[path = "../../../benches/clock.rs"]
mod clock;

use clock::cpu;
use ics_kv::{Bytes, Changes};
use ics_store::Multistore;
use std::time::Duration;

fn main() {
    let mut numbers = std::env::args().filter_map(|arg| arg.parse::<u64>().ok());
    let (entries, blocks) = (numbers.next().unwrap_or(1_000_000), numbers.next().unwrap_or(100));
    let mut random = Random(7);
    let mut store = Multistore::new(&["bench"], 1, 100);
    let mut next_key = 0;
    while next_key < entries {
        let mut changes = Changes::new();
        for _ in 0..10_000.min(entries - next_key) {
            changes.insert(key(next_key), Some(value(&mut random)));
            next_key += 1;
        }
        advance(&mut store, &changes);
    }
    let (mut working, mut commit, mut free) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..blocks {
        let mut changes = Changes::new();
        while changes.len() < 1_000 {
            let (key, value) = match random.next() % 100 {
                0..80 => (key(random.next() % next_key), Some(value(&mut random))),
                80..95 => {
                    next_key += 1;
                    (key(next_key - 1), Some(value(&mut random)))
                }
                _ => (key(random.next() % next_key), None),
            };
            changes.insert(key, value);
        }
        let [a, b, c] = advance(&mut store, &changes);
        working.push(a);
        commit.push(b);
        free.push(c);
    }
    println!("{} entries, {blocks} blocks of 1,000 writes, CPU ms per block:", store.latest().size());
    for (name, times) in [("set and hash", working), ("commit", commit), ("free", free)] {
        report(name, times);
    }
    proofs(&store, next_key, &mut random);
}

/// Adds a block; the CPU time of its three parts.
fn advance(store: &mut Multistore, changes: &Changes) -> [Duration; 3] {
    let (mut working, mut committed) = (None, None);
    let work = cpu(|| working = Some(store.working(store.next_height(), changes).unwrap()));
    let commit = cpu(|| committed = Some(store.commit(working.take().unwrap()).unwrap()));
    let (_batch, dropped) = committed.unwrap();
    [work, commit, cpu(|| drop(dropped))]
}

fn report(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let mean = times.iter().sum::<Duration>() / times.len() as u32;
    let ms = |time: Duration| format!("{}.{:02}", time.as_millis(), time.as_micros() % 1_000 / 10);
    println!(
        "  {name:<13} mean {:>6}  median {:>6}  p95 {:>6}",
        ms(mean),
        ms(times[times.len() / 2]),
        ms(times[times.len() * 95 / 100])
    );
}

fn proofs(store: &Multistore, keys: u64, random: &mut Random) {
    let snapshot = store.latest();
    let time = cpu(|| {
        for _ in 0..1_000 {
            let full = key(random.next() % keys);
            snapshot.prove("bench", &full[6..]).unwrap();
        }
    });
    println!("  proof         {} us each", time.as_micros() / 1_000);
}

fn key(n: u64) -> Bytes {
    let mut random = Random(n ^ 0x5bd1_e995);
    let mut key = b"bench/".to_vec();
    for _ in 0..5 {
        key.extend(random.next().to_be_bytes());
    }
    Bytes::from(key)
}

fn value(random: &mut Random) -> Bytes {
    let mut value = Vec::with_capacity(100);
    while value.len() < 100 {
        let bytes = random.next().to_le_bytes();
        value.extend_from_slice(&bytes[..8.min(100 - value.len())]);
    }
    Bytes::from(value)
}

/// splitmix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }
}
