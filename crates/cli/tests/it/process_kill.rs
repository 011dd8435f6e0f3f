//! `kill -9` at random moments: whatever a client saw before is served afterwards, and the chains go on from there.

use crate::localnet::{free_port_offset, wait_for};
use crate::process_support::{CHAINS, Process, Seen, number, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tendermint::block::signed_header::SignedHeader;
use tendermint::validator;
use tendermint_light_client_verifier::options::Options;
use tendermint_light_client_verifier::types::{TrustThreshold, TrustedBlockState, UntrustedBlockState};
use tendermint_light_client_verifier::{ProdVerifier, Verdict, Verifier as _};

/// How often the process is killed: so often at least, and until enough was seen, which takes longer on a busy machine.
const ROUNDS: std::ops::Range<u64> = 20..100;
/// Rounds that count the life of their process from its start, so that it ends while it opens and sets up.
const EARLY: u64 = 10;
/// Shortest and longest life of a process, milliseconds.
const LIFE_MS: (u64, u64) = (30, 1_100);
const SEED: u64 = 0x1c5_2028;

/// What was seen of a chain.
#[derive(Default)]
struct Chain {
    blocks: BTreeMap<u64, Seen>,
    /// The last signed header seen.
    last: Option<Value>,
}

impl Chain {
    fn saw(&mut self, height: u64, seen: Seen) {
        let known = self.blocks.entry(height).or_insert_with(|| seen.clone());
        assert_eq!(*known, seen, "height {height}");
    }

    fn tip(&self) -> Option<u64> {
        self.blocks.keys().next_back().copied()
    }

    /// Whether there is something to compare.
    fn is_known(&self) -> bool {
        self.blocks.len() > 30 && self.last.is_some()
    }

    /// Looks at the chain in all ways; a node that is not there or going away shows nothing.
    fn look(&mut self, process: &Process, place: u16) {
        let node = process.node(place);
        if let Some((height, seen)) = node.block(None) {
            self.saw(height, seen);
        }
        if let Some(status) = node.get("status") {
            let sync = &status["sync_info"];
            let seen =
                Seen { id: text(&sync["latest_block_hash"]), app_hash: text(&sync["latest_app_hash"]) };
            match number(&sync["latest_block_height"]) {
                0 => {}
                height => self.saw(height, seen),
            }
        }
        if let Some(mut commit) = node.get("commit") {
            let signed = commit["signed_header"].take();
            let id = text(&signed["commit"]["block_id"]["hash"]);
            let app_hash = text(&signed["header"]["app_hash"]);
            self.saw(number(&signed["header"]["height"]), Seen { id, app_hash });
            self.last = Some(signed);
        }
    }

    /// After a restart: the tip is not behind, and every block ever seen is what it was. How many were compared.
    fn assert_served(&self, process: &Process, place: u16) -> usize {
        let Some(tip) = self.tip() else { return 0 };
        let node = process.node(place);
        let (now, _) = wait_for("chain that is served again", || node.block(None));
        assert!(now >= tip, "chain {place} stands at {now} and was seen at {tip}");
        assert_eq!(node.block(Some(tip)), Some((tip, self.blocks[&tip].clone())), "chain {place}");
        let mut served = BTreeMap::new();
        let mut next = tip;
        while next > 0 {
            served.extend(node.blocks(next));
            next = served.keys().next().unwrap() - 1;
        }
        for (height, seen) in &self.blocks {
            assert_eq!(served.get(height), Some(seen), "chain {place}, height {height}");
        }
        self.blocks.len()
    }

    /// The block after the last header seen, verified from that header by the Tendermint light client.
    fn assert_continues(&self, process: &Process, place: u16) {
        let Some(last) = &self.last else { return };
        let trusted: SignedHeader = serde_json::from_value(last.clone()).unwrap();
        let node = process.node(place);
        let next = trusted.header.height.increment();
        let untrusted: SignedHeader = wait_for("next commit", || {
            let mut commit = node.get(&format!("commit?height={next}"))?;
            serde_json::from_value(commit["signed_header"].take()).ok()
        });
        let mut found = node.get(&format!("validators?height={next}&per_page=100")).unwrap();
        let validators: Vec<validator::Info> = serde_json::from_value(found["validators"].take()).unwrap();
        let validators = validator::Set::without_proposer(validators);
        let options = Options {
            trust_threshold: TrustThreshold::TWO_THIRDS,
            trusting_period: Duration::from_secs(86_400),
            clock_drift: Duration::from_secs(10),
        };
        let verdict = ProdVerifier::default().verify_update_header(
            UntrustedBlockState { signed_header: &untrusted, validators: &validators, next_validators: None },
            TrustedBlockState {
                chain_id: &trusted.header.chain_id,
                header_time: trusted.header.time,
                height: trusted.header.height,
                next_validators: &validators,
                next_validators_hash: trusted.header.next_validators_hash,
            },
            &options,
            tendermint::Time::now(),
        );
        assert_eq!(verdict, Verdict::Success, "chain {place}, height {next}");
        assert_eq!(trusted.header.chain_id.as_str(), CHAINS[usize::from(place)]);
    }
}

/// The next number of xorshift64.
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn a_network_killed_twenty_times_and_more_serves_every_block_seen_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let offset = free_port_offset();
    let mut chains: [Chain; 3] = Default::default();
    let mut dice = SEED;
    let (mut resumed, mut compared) = (0, 0);
    for round in 0.. {
        let mut process = Process::start(folder.path(), offset, &[]);
        let began = Instant::now();
        for (place, chain) in (0..).zip(&chains) {
            compared += chain.assert_served(&process, place);
            chain.assert_continues(&process, place);
            resumed += usize::from(chain.tip().is_some());
        }
        // The test has seen what it is about: all chains, over many restarts.
        let seen: usize = chains.iter().map(|chain| chain.blocks.len()).sum();
        let enough = resumed > 30 && compared > 5 * seen && chains.iter().all(Chain::is_known);
        if enough && round >= ROUNDS.start {
            break;
        }
        assert!(round < ROUNDS.end, "{resumed} chains resumed, {compared} comparisons of {seen} blocks");
        if round >= EARLY {
            process.wait_served();
        }
        let life = Duration::from_millis(LIFE_MS.0 + next(&mut dice) % (LIFE_MS.1 - LIFE_MS.0));
        let since = if round < EARLY { began } else { Instant::now() };
        loop {
            assert_eq!(process.try_wait(), None, "round {round}: the network has ended");
            for (place, chain) in (0..).zip(&mut chains) {
                chain.look(&process, place);
            }
            if since.elapsed() >= life {
                break;
            }
        }
        let ended = process.signal("KILL");
        assert_eq!((ended.code, ended.stderr.as_str()), (None, ""), "round {round}");
    }
}
