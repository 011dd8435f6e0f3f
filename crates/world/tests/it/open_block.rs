//! A block that is opened ahead of its decision.

use ics_abci::{Height, Time};
use ics_chain::{Config as AppConfig, Rules, roles::PROVIDER as PROVIDER_ROLE};
use ics_client::{Account, Body, Coin, Fee, msgs, sign};
use ics_engine::{Keyring, Signing};
use ics_kv::rows::Disk;
use ics_proto::cosmos::bank::v1beta1::{QueryBalanceRequest, QueryBalanceResponse};
use ics_world::disk::MemoryDisk;
use ics_world::topology::{self, DENOM, PROVIDER, PROVIDER_PREFIX};
use ics_world::{NewBlock, Plan, Site, SiteConfig, SiteError, provider_genesis};
use prost::Message;
use std::sync::Arc;

fn start() -> Time {
    Time::parse("2026-01-01T00:00:00Z").unwrap()
}

fn provider() -> Site {
    provider_on(Arc::new(MemoryDisk::default()))
}

pub(crate) fn provider_on(disk: Arc<dyn Disk>) -> Site {
    let plan = Plan::local();
    let app = AppConfig {
        chain_id: PROVIDER.to_owned(),
        prefix: PROVIDER_PREFIX,
        initial_height: Height(1),
        min_gas_prices: Vec::new(),
        keep: 10,
        moniker: PROVIDER.to_owned(),
        rules: Rules::default(),
    };
    let keyring = Keyring::from_seeds(plan.keys_for(PROVIDER).map(|key| key.seed()));
    let config =
        SiteConfig { app, role: &PROVIDER_ROLE, consumer_id: None, keyring, disk, checkpoint_every: 1_000 };
    Site::open(&provider_genesis(&plan, start()).unwrap(), config).unwrap()
}

fn address(index: u32) -> String {
    topology::key(index).unwrap().address().to_text(PROVIDER_PREFIX)
}

/// The `sequence`-th transaction of the first account: a coin for the second.
fn payment(sequence: u64) -> Vec<u8> {
    let message = msgs::send(&address(0), &address(1), &[Coin { denom: DENOM.to_owned(), amount: 1 }]);
    let fee = Fee { amount: Vec::new(), gas_limit: 200_000 };
    let account = Account { number: 0, sequence };
    sign(&Body::of(vec![message]), &fee, PROVIDER, &[(&topology::key(0).unwrap(), account)]).bytes
}

pub(crate) fn produce(site: &mut Site) -> NewBlock {
    let now = site.next_time().plus(std::time::Duration::from_secs(5)).unwrap();
    site.produce(now, &Signing::default()).unwrap()
}

#[test]
fn open_block_becomes_the_very_block_that_the_mempool_would_have_made() {
    let (mut usual, mut ahead) = (provider(), provider());
    for height in 1..=3 {
        let txs = [payment(height * 2 - 2), payment(height * 2 - 1)];
        ahead.open_block().unwrap();
        for tx in &txs {
            assert_eq!(usual.submit(tx).unwrap().code, 0);
            assert_eq!(ahead.deliver(tx).unwrap().code, 0);
        }
        let (usual_block, ahead_block) = (produce(&mut usual), produce(&mut ahead));
        assert_eq!(ahead_block.txs, txs);
        assert_eq!(ahead_block.hash, usual_block.hash);
        assert_eq!(ahead_block.result, usual_block.result);
        assert_eq!(ahead.app_hash(), usual.app_hash());
    }
}

#[test]
fn open_block_shows_each_transaction_and_its_time_before_it_is_closed() {
    let mut site = provider();
    produce(&mut site);
    let request = QueryBalanceRequest { address: address(1), denom: DENOM.to_owned() }.encode_to_vec();
    let balance = |site: &Site| {
        let answer = site.opened().unwrap().call("/cosmos.bank.v1beta1.Query/Balance", &request).unwrap();
        QueryBalanceResponse::decode(answer.as_slice()).unwrap().balance.unwrap().amount
    };
    site.open_block().unwrap();
    assert_eq!(balance(&site), "1000000000000");
    site.deliver(&payment(0)).unwrap();
    assert_eq!(balance(&site), "1000000000001");
    // A transaction with a sequence that is gone fails, and changes nothing.
    assert_eq!(site.deliver(&payment(0)).unwrap().code, 32);
    assert_eq!(balance(&site), "1000000000001");
    let info = site.opened().unwrap().info().clone();
    assert_eq!(
        (info.height, info.time),
        (Height(2), start().plus(std::time::Duration::from_secs(5)).unwrap())
    );
    let block = produce(&mut site);
    assert_eq!((block.height, block.time), (info.height, info.time));
    assert_eq!(block.result.txs.iter().map(|tx| tx.code).collect::<Vec<_>>(), [0, 32]);
}

#[test]
fn nothing_is_delivered_where_no_block_is_open() {
    let mut site = provider();
    let refused = site.deliver(&payment(0));
    let Err(SiteError::Engine(error)) = refused else { panic!("{refused:?}") };
    assert_eq!(error.to_string(), "the chain halts: no block is open");
}
