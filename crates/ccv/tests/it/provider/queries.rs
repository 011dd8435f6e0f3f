//! Questions and answers.

use super::{assign, at_once, connected, create, launched, opt_in, opt_out, remove};
use crate::host_provider::{Provider, UNBONDING, key, provider_addr};
use ics_ccv::Rules;
use ics_ccv::id::{ChainId, ConsumerAddr, ConsumerId};
use ics_ccv::provider::error::{Error, Wanted};
use ics_ccv::provider::init_params::InitializationParameters;
use ics_ccv::provider::phase::Phase;
use ics_ccv::provider::query::{self, Order};

#[test]
fn consumers_come_in_pages_of_all_or_of_one_phase() {
    let mut host = Provider::new(Rules::default());
    let first = launched(&mut host, &[1]);
    for _ in 0..4 {
        create("c-1", None).handle(&mut host).unwrap();
    }
    let ordered = |order, phase, start: Option<u64>, skip, limit| {
        let start = start.map(ConsumerId);
        let wanted = query::PageWanted { phase, order, start, skip, limit, count: false };
        let page = query::consumer_chains(&host, wanted).unwrap();
        assert_eq!(page.total, None);
        (page.chains.iter().map(|of| of.consumer_id.0).collect::<Vec<_>>(), page.next.map(|next| next.0))
    };
    let page = |phase, start, skip, limit| ordered(Order::Ascending, phase, Some(start), skip, limit);
    let newest = |phase, start, skip, limit| ordered(Order::Descending, phase, start, skip, limit);
    assert_eq!(newest(None, None, 0, 2), (vec![4, 3], Some(2)));
    assert_eq!(newest(None, Some(2), 0, 9), (vec![2, 1, 0], None));
    assert_eq!(newest(None, Some(u64::MAX), 4, 9), (vec![0], None));
    assert_eq!(newest(Some(Phase::Registered), None, 1, 2), (vec![3, 2], Some(1)));
    assert_eq!(newest(Some(Phase::Registered), Some(1), 0, 2), (vec![1], None));
    assert_eq!(page(None, 0, 0, 2), (vec![0, 1], Some(2)));
    assert_eq!(page(None, 2, 0, 9), (vec![2, 3, 4], None));
    assert_eq!(page(Some(Phase::Registered), 0, 0, 3), (vec![1, 2, 3], Some(4)));
    assert_eq!(page(Some(Phase::Registered), 0, 1, 2), (vec![2, 3], Some(4)));
    assert_eq!(page(Some(Phase::Launched), 0, 0, 0), (vec![0], None));
    assert_eq!(page(Some(Phase::Stopped), 0, 0, 9), (vec![], None));
    assert_eq!(page(None, 0, usize::MAX, usize::MAX), (vec![], None));
    let counted = |phase| {
        let (order, start) = (Order::Descending, Some(ConsumerId(3)));
        let wanted = query::PageWanted { phase, order, start, skip: 0, limit: 1, count: true };
        query::consumer_chains(&host, wanted).unwrap().total
    };
    assert_eq!((counted(None), counted(Some(Phase::Registered))), (Some(5), Some(4)));
    let chain = query::consumer_chain(&host, first).unwrap();
    assert_eq!(chain.chain_id, ChainId("consumer-1".to_string()));
    assert_eq!((chain.phase, chain.client_id), (Phase::Launched, Some("07-tendermint-0".into())));
    assert_eq!(query::consumer_chain(&host, ConsumerId(9)), Err(Error::UnknownConsumer("9".to_string())));
}

#[test]
fn infraction_parameters_are_the_providers_own_at_creation() {
    let mut host = Provider::new(Rules::default());
    let id = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    let costs = query::consumer_chain(&host, id).unwrap().infraction_params;
    assert_eq!(costs.double_sign.slash_fraction, "0.05".parse().unwrap());
    assert_eq!((costs.double_sign.jail_duration.0, costs.double_sign.tombstone), (i64::MAX, true));
    assert!(costs.downtime.slash_fraction.is_zero() && !costs.downtime.tombstone);
    assert_eq!(costs.downtime.jail_duration.0, 600_000_000_000);
}

#[test]
fn assigned_keys_are_found_both_ways() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    assert_eq!(query::validator_consumer_addr(&host, id, provider_addr(2)), Ok(None));
    assign(id, 2, 22).handle(&mut host).unwrap();
    let addr = ConsumerAddr(key(22).address());
    assert_eq!(query::validator_consumer_addr(&host, id, provider_addr(2)), Ok(Some(addr)));
    assert_eq!(query::validator_provider_addr(&host, id, addr), Ok(Some(provider_addr(2))));
    let own = ConsumerAddr(key(1).address());
    assert_eq!(query::validator_provider_addr(&host, id, own), Ok(None), "no fallback here");
    let pair = query::KeyPair { provider_addr: provider_addr(2), consumer_addr: addr, consumer_key: key(22) };
    assert_eq!(query::all_pairs(&host, id), Ok(vec![pair]));
}

#[test]
fn validators_know_what_they_have_to_validate() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    let has = |host: &Provider, n| query::has_to_validate(host, provider_addr(n)).unwrap();
    assert_eq!((has(&host, 1), has(&host, 3)), (vec![id], vec![]));
    opt_in(id, 3).handle(&mut host).unwrap();
    opt_out(id, 2).handle(&mut host).unwrap();
    assert_eq!((has(&host, 2), has(&host, 3)), (vec![id], vec![id]), "in until the epoch, and from now on");
    host.epoch();
    assert_eq!((has(&host, 2), has(&host, 3)), (vec![], vec![id]));
    let mut opted_in = vec![provider_addr(1), provider_addr(3)];
    opted_in.sort_unstable();
    assert_eq!(query::opted_in_validators(&host, id), Ok(opted_in));
    remove(id).handle(&mut host).unwrap();
    assert_eq!(has(&host, 1), []);
    let error = Error::WrongPhase { id, wanted: Wanted::Active, found: Some(Phase::Stopped) };
    assert_eq!(query::opted_in_validators(&host, id), Err(error));
}

#[test]
fn a_consumers_validators_are_those_that_will_be_those_that_are_and_then_nobody() {
    let mut host = Provider::new(Rules::default());
    let id = create("consumer-1", None).handle(&mut host).unwrap().consumer_id;
    let keys = |host: &Provider| {
        let validators = query::consumer_validators(host, id).unwrap();
        let mut keys: Vec<_> = validators.iter().map(|of| (of.consumer_power, of.consumer_key)).collect();
        keys.sort_unstable();
        keys
    };
    assert_eq!(keys(&host), []);
    opt_in(id, 1).handle(&mut host).unwrap();
    assert_eq!(keys(&host), [(100, key(1))]);
    let mut message = super::update(id);
    message.initialization_parameters = Some(at_once());
    message.handle(&mut host).unwrap();
    host.block(|_| ());
    opt_in(id, 2).handle(&mut host).unwrap();
    assert_eq!(keys(&host), [(100, key(1))], "the stored set until the epoch");
    host.epoch();
    assert_eq!(keys(&host), [(90, key(2)), (100, key(1))]);
    remove(id).handle(&mut host).unwrap();
    assert_eq!(keys(&host), []);
    let unknown = query::consumer_validators(&host, ConsumerId(9));
    assert_eq!(unknown, Err(Error::UnknownConsumer("9".to_string())));
}

#[test]
fn genesis_and_its_time_are_served_from_launch_to_deletion() {
    let mut host = Provider::new(Rules::default());
    let missing = Error::NoConsumerGenesis("0".to_string());
    assert_eq!(query::consumer_genesis_time(&host, ConsumerId(0)), Err(missing.clone()));
    let id = launched(&mut host, &[1]);
    assert_eq!(query::consumer_genesis_time(&host, id), Ok(host.now));
    remove(id).handle(&mut host).unwrap();
    super::wait(&mut host, UNBONDING);
    host.block(|_| ());
    assert_eq!(query::consumer_genesis(&host, id), Err(missing));

    host.foreign_client("07-tendermint-5", "consumer-1", 77);
    host.connect("07-tendermint-5", "connection-0");
    let reuse = InitializationParameters { connection_id: "connection-0".to_string(), ..at_once() };
    let id = create("consumer-1", Some(reuse)).handle(&mut host).unwrap().consumer_id;
    opt_in(id, 1).handle(&mut host).unwrap();
    host.block(|_| ());
    assert_eq!(query::consumer_genesis_time(&host, id), Err(Error::NoGenesisTime(id)));
}

#[test]
fn epochs_are_counted_down() {
    let mut host = Provider::new(Rules::default());
    let left: Vec<u64> =
        (0..6).map(|_| host.block(|host| query::blocks_until_next_epoch(host).unwrap())).collect();
    assert_eq!(left, [4, 3, 2, 1, 0, 4]);
    assert_eq!(query::params(&host).unwrap().blocks_per_epoch, 5);
}
