//! How many bank transfers one core takes: CheckTx, FinalizeBlock and Commit with every block written durably, against
//! what the signatures alone cost on the same machine; with a thousand accounts and with a hundred thousand.
//!
//! `cargo bench -p ics-node --bench transfer` prints CPU times of the process; the disk's own waiting is wall time beside it.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    missing_docs
)]

#[path = "../../../benches/clock.rs"]
mod clock;

use clock::{cpu, wall};
use ics_abci::{Application, Block, Check, ConsAddr, Genesis, Height, Params, Time};
use ics_chain::genesis::AppState;
use ics_chain::modules::auth::GenesisAccount;
use ics_chain::modules::bank::{Coins, GenesisBalance};
use ics_chain::roles::STANDALONE;
use ics_chain::{App, Config};
use ics_client::{Account, Body, Coin, Fee, Key, msgs};
use ics_kv::rows::Disk as _;
use ics_node::disk::Database;
use std::time::Duration;

/// Transfers in a block.
const BLOCK: usize = 1_000;
const BLOCKS: usize = 8;

fn main() {
    let check = signature_check();
    println!("one signature check {check:.1} µs: the floor is {:.0} transfers a second", 1e6 / check);
    for accounts in [1_000, 100_000] {
        let mut chain = Chain::of(accounts);
        let [checks, blocks, commits, waits] = chain.run();
        let sum = checks + blocks + commits;
        println!("{accounts} accounts, {BLOCKS} blocks of {BLOCK} transfers, CPU µs per transfer:");
        println!("  CheckTx {checks:.1}  FinalizeBlock {blocks:.1}  Commit {commits:.1} (wall {waits:.1})");
        println!("  {:.0} transfers a second, {:.2} signature checks each", 1e6 / sum, sum / check);
    }
}

/// A chain whose accounts send to one another in turn, and its disk.
struct Chain {
    app: App,
    disk: Database,
    _folder: tempfile::TempDir,
    keys: Vec<Key>,
    addresses: Vec<String>,
    height: u64,
    /// Transfers so far.
    sent: usize,
}

impl Chain {
    fn of(accounts: usize) -> Self {
        let keys: Vec<Key> = (1..=accounts).map(key).collect();
        let addresses: Vec<String> = keys.iter().map(|key| key.address().to_text("cosmos")).collect();
        let folder = tempfile::tempdir().unwrap();
        let disk = Database::open(&folder.path().join("application.redb")).unwrap();
        let app = app(&addresses);
        let mut chain = Self { app, disk, _folder: folder, keys, addresses, height: 0, sent: 0 };
        chain.finalize(vec![]);
        chain.commit();
        chain
    }

    /// CPU microseconds of a transfer in CheckTx, FinalizeBlock and Commit; wall microseconds of Commit.
    fn run(&mut self) -> [f64; 4] {
        let mut sums = [Duration::ZERO; 4];
        for _ in 0..BLOCKS {
            let txs: Vec<Vec<u8>> = (0..BLOCK).map(|_| self.transfer()).collect();
            sums[0] += cpu(|| {
                for tx in &txs {
                    assert_eq!(self.app.check_tx(tx, Check::New).code, 0);
                }
            });
            sums[1] += cpu(|| self.finalize(txs));
            let mut commit = Duration::ZERO;
            sums[3] += wall(|| commit = cpu(|| self.commit()));
            sums[2] += commit;
        }
        sums.map(|sum| sum.as_secs_f64() * 1e6 / (BLOCK * BLOCKS) as f64)
    }

    /// The next account's transfer to one far from it, so that a block touches the state all over.
    fn transfer(&mut self) -> Vec<u8> {
        let accounts = self.keys.len();
        let (from, round) = (self.sent % accounts, self.sent / accounts);
        let to = (from * 7_919 + self.sent + 1) % accounts;
        self.sent += 1;
        let amount = Coin { denom: "stake".into(), amount: 5 };
        let body = Body::of(vec![msgs::send(&self.addresses[from], &self.addresses[to], &[amount])]);
        let fee = Fee { amount: vec![Coin { denom: "stake".into(), amount: 200 }], gas_limit: 200_000 };
        let account =
            Account { number: u64::try_from(from).unwrap(), sequence: u64::try_from(round).unwrap() };
        ics_client::sign(&body, &fee, "bench-1", &[(&self.keys[from], account)]).bytes
    }

    fn finalize(&mut self, txs: Vec<Vec<u8>>) {
        self.height += 1;
        let result = self.app.finalize_block(&block(self.height, txs)).unwrap();
        assert!(result.txs.iter().all(|tx| tx.code == 0), "{:?}", result.txs);
    }

    fn commit(&mut self) {
        let commit = self.app.commit().unwrap();
        self.disk.write(commit.writes).unwrap();
    }
}

fn key(number: usize) -> Key {
    let mut secret = [7; 32];
    secret[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
    Key::from_secret(&secret).unwrap()
}

/// Microseconds of one check with key and signature already parsed, as libsecp256k1 does it.
fn signature_check() -> f64 {
    use secp256k1::{Message, SECP256K1, SecretKey};
    let secret = SecretKey::from_slice(&[9; 32]).unwrap();
    let message = Message::from_digest([3; 32]);
    let (public, signature) = (secret.public_key(SECP256K1), SECP256K1.sign_ecdsa(&message, &secret));
    let rounds = 4_000_u32;
    let time = cpu(|| {
        for _ in 0..rounds {
            SECP256K1.verify_ecdsa(&message, &signature, &public).unwrap();
        }
    });
    time.as_secs_f64() * 1e6 / f64::from(rounds)
}

fn app(addresses: &[String]) -> App {
    let config = Config {
        chain_id: "bench-1".into(),
        prefix: "cosmos",
        initial_height: Height(1),
        min_gas_prices: vec![("stake".into(), "0.001".parse().unwrap())],
        keep: 100,
        moniker: "bench".into(),
        rules: ics_chain::Rules::default(),
    };
    let mut state = AppState::default();
    for (number, address) in (0_u64..).zip(addresses) {
        state.auth.accounts.push(GenesisAccount::new(address.clone(), number));
        let coins = Coins::one("stake", 1_000_000_000);
        state.bank.balances.push(GenesisBalance { address: address.clone(), coins });
    }
    let mut app = App::new(config, &STANDALONE);
    app.init_chain(&Genesis {
        chain_id: "bench-1".into(),
        time: Time::UNIX_EPOCH,
        initial_height: Height(1),
        params: Params::default(),
        validators: vec![],
        app_state: serde_json::to_vec(&state).unwrap(),
    })
    .unwrap();
    app
}

fn block(height: u64, txs: Vec<Vec<u8>>) -> Block {
    Block {
        height: Height(height),
        time: Time::UNIX_EPOCH.plus(Duration::from_secs(height)).unwrap(),
        hash: [0; 32],
        next_validators_hash: [0; 32],
        proposer: ConsAddr([0; 20]),
        txs,
        last_commit: vec![],
        misbehavior: vec![],
    }
}
