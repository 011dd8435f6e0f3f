//! What a bank transfer costs: one signature check, CheckTx, and its share of a block, in process CPU time.
//!
//! `cargo bench -p ics-chain --bench transfer`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    missing_docs
)]

use ics_abci::{Application, Block, Check, ConsAddr, Genesis, Height, Params, Time};
use ics_chain::genesis::AppState;
use ics_chain::modules::auth::GenesisAccount;
use ics_chain::modules::bank::{Coins, GenesisBalance};
use ics_chain::roles::STANDALONE;
use ics_chain::{App, Config};
use ics_client::{Account, Body, Coin, Fee, Key, msgs};
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Accounts; each sends one transfer to the next in every block.
const ACCOUNTS: usize = 500;
const BLOCKS: usize = 8;

fn main() {
    let keys: Vec<Key> = (1..=ACCOUNTS).map(key).collect();
    let addresses: Vec<String> = keys.iter().map(|key| key.address().to_text("cosmos")).collect();
    let mut app = app(&addresses);
    block(&mut app, 1, vec![]);
    let check = signature_check(&keys[0]);
    let (mut checks, mut blocks, mut commits) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    for round in 0..BLOCKS {
        let txs: Vec<Vec<u8>> = (0..ACCOUNTS).map(|from| transfer(&keys, &addresses, from, round)).collect();
        checks += cpu(|| {
            for tx in &txs {
                assert_eq!(app.check_tx(tx, Check::New).code, 0);
            }
        });
        blocks += cpu(|| {
            let result = app.finalize_block(&of(2 + round, txs.clone())).unwrap();
            assert!(result.txs.iter().all(|tx| tx.code == 0));
        });
        commits += cpu(|| drop(app.commit().unwrap()));
    }
    let each = |sum: Duration| sum.as_secs_f64() * 1e6 / (ACCOUNTS * BLOCKS) as f64;
    let (checks, blocks, commits) = (each(checks), each(blocks), each(commits));
    println!("one signature check                    {check:7.1} µs");
    println!("CheckTx of a transfer                  {checks:7.1} µs");
    println!("FinalizeBlock, per transfer            {blocks:7.1} µs   (blocks of {ACCOUNTS}, state hashed)");
    println!("Commit, per transfer                   {commits:7.1} µs");
    println!("CheckTx + FinalizeBlock, in signature checks {:5.2}", (checks + blocks) / check);
}

fn key(number: usize) -> Key {
    let mut secret = [7; 32];
    secret[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
    Key::from_secret(&secret).unwrap()
}

/// Microseconds of one check with key and signature already parsed, as libsecp256k1 does it.
fn signature_check(key: &Key) -> f64 {
    use secp256k1::{Message, SECP256K1, SecretKey};
    let secret = SecretKey::from_slice(&[9; 32]).unwrap();
    let message = Message::from_digest([3; 32]);
    let (public, signature) = (secret.public_key(SECP256K1), SECP256K1.sign_ecdsa(&message, &secret));
    assert_ne!(key.address().0, vec![0; 20]);
    let rounds = 4_000_u32;
    let time = cpu(|| {
        for _ in 0..rounds {
            SECP256K1.verify_ecdsa(&message, &signature, &public).unwrap();
        }
    });
    time.as_secs_f64() * 1e6 / f64::from(rounds)
}

fn transfer(keys: &[Key], addresses: &[String], from: usize, round: usize) -> Vec<u8> {
    let to = (from + 1 + round) % addresses.len();
    let amount = Coin { denom: "stake".into(), amount: 5 };
    let body = Body::of(vec![msgs::send(&addresses[from], &addresses[to], &[amount])]);
    let fee = Fee { amount: vec![Coin { denom: "stake".into(), amount: 200 }], gas_limit: 200_000 };
    let account = Account { number: u64::try_from(from).unwrap(), sequence: u64::try_from(round).unwrap() };
    ics_client::sign(&body, &fee, "bench-1", &[(&keys[from], account)]).bytes
}

fn app(addresses: &[String]) -> App {
    let config = Config {
        chain_id: "bench-1".into(),
        prefix: "cosmos",
        initial_height: Height(1),
        min_gas_prices: vec![("stake".into(), "0.001".parse().unwrap())],
        keep: 100,
        moniker: "bench".into(),
        rules: ics_ccv::Rules::default(),
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

fn of(height: usize, txs: Vec<Vec<u8>>) -> Block {
    Block {
        height: Height(u64::try_from(height).unwrap()),
        time: Time::UNIX_EPOCH.plus(Duration::from_secs(u64::try_from(height).unwrap())).unwrap(),
        hash: [0; 32],
        next_validators_hash: [0; 32],
        proposer: ConsAddr([0; 20]),
        txs,
        last_commit: vec![],
        misbehavior: vec![],
    }
}

fn block(app: &mut App, height: usize, txs: Vec<Vec<u8>>) {
    app.finalize_block(&of(height, txs)).unwrap();
    app.commit().unwrap();
}

fn cpu(work: impl FnOnce()) -> Duration {
    let now = || {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        Duration::new(u64::try_from(time.tv_sec).unwrap(), u32::try_from(time.tv_nsec).unwrap())
    };
    let before = now();
    work();
    now() - before
}
