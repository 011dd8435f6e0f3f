//! What may happen to keys: one test for each of the cases K, named after it, and how long a replaced key is remembered.

use super::{
    assign, connected, create, launched, not_owner, opt_in, opt_out, owner, phase_of, remove, set_commission,
    update, wait,
};
use crate::host_provider::{
    Provider, Sent, UNBONDING, account, key, provider_addr, refused, update as val, validator,
};
use ics_abci::{AccAddr, ConsKey, Power, ValUpdate};
use ics_ccv::Rules;
use ics_ccv::id::{ConsumerAddr, ConsumerId, ProviderAddr};
use ics_ccv::provider::error::{Error, Fault, InUse, Message};
use ics_ccv::provider::phase::Phase;
use ics_ccv::provider::{SendError, View, keys, query, state};
use ics_ccv::wire::vsc::ValidatorSetChange;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a packet to a consumer may take.
const TIMEOUT: Duration = Duration::from_secs(2_419_200);

fn addr(n: u8) -> ConsumerAddr {
    ConsumerAddr(key(n).address())
}

fn holder(host: &Provider, id: ConsumerId, n: u8) -> Option<ProviderAddr> {
    keys::holder(host, id, addr(n)).unwrap()
}

fn told(sent: &[Sent]) -> Vec<ValUpdate> {
    let [packet] = sent else { panic!("one packet, not {}", sent.len()) };
    let mut updates = ValidatorSetChange::decode(packet.data.as_bytes()).unwrap().updates;
    updates.sort_unstable_by_key(|update| update.key);
    updates
}

#[test]
fn k_1_a_validator_cannot_be_created_with_a_key_assigned_somewhere() {
    let mut host = Provider::new(Rules::default());
    let launched = launched(&mut host, &[1]);
    let registered = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    assign(launched, 1, 11).handle(&mut host).unwrap();
    assign(registered, 1, 12).handle(&mut host).unwrap();
    let before = host.entries();
    for n in [11, 12] {
        assert_eq!(keys::admit(&host, &key(n)), Err(Error::KeyInUse(InUse::Assigned)));
    }
    assert_eq!(Error::KeyInUse(InUse::Assigned).code(), ("provider", 10));
    assert_eq!((keys::admit(&host, &key(13)), host.entries()), (Ok(()), before));
}

#[test]
fn k_2_keys_of_others_keys_that_are_remembered_and_ones_own_default_are_refused() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    refused(&mut host, &Error::KeyInUse(InUse::ProviderKey), |host| assign(id, 1, 2).handle(host));
    refused(&mut host, &Error::DefaultKey, |host| assign(id, 1, 1).handle(host));
    assert_eq!(Error::DefaultKey.code(), ("provider", 11));
    assign(id, 1, 11).handle(&mut host).unwrap();
    assign(id, 1, 12).handle(&mut host).unwrap();
    for (n, k) in [(1, 11), (2, 11), (1, 12), (2, 12)] {
        refused(&mut host, &Error::KeyInUse(InUse::Assigned), |host| assign(id, n, k).handle(host));
    }
}

#[test]
fn k_3_a_key_that_nobody_has_on_the_provider_can_be_assigned_without_proof_as_on_the_reference() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    // It may be that of a validator to come, which cannot be created with it then.
    assign(id, 1, 77).handle(&mut host).unwrap();
    assert_eq!(holder(&host, id, 77), Some(provider_addr(1)));
    assert_eq!(keys::admit(&host, &key(77)), Err(Error::KeyInUse(InUse::Assigned)));
}

#[test]
fn k_4_a_key_does_not_come_back_while_it_is_remembered_but_the_own_one_does_once() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    assign(id, 1, 11).handle(&mut host).unwrap();
    // Back to one's own key: it is not held on the consumer, so it can be assigned like any other.
    assign(id, 1, 1).handle(&mut host).unwrap();
    refused(&mut host, &Error::KeyInUse(InUse::Assigned), |host| assign(id, 1, 11).handle(host));
    assign(id, 1, 12).handle(&mut host).unwrap();
    refused(&mut host, &Error::KeyInUse(InUse::Assigned), |host| assign(id, 1, 1).handle(host));
    assert_eq!(told(&host.epoch()), [val(1, 0), val(12, 100)]);
}

#[test]
fn k_4_two_validators_cannot_swap_their_keys() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    assign(id, 1, 11).handle(&mut host).unwrap();
    assign(id, 2, 12).handle(&mut host).unwrap();
    host.epoch();
    for (n, k) in [(1, 12), (2, 11)] {
        refused(&mut host, &Error::KeyInUse(InUse::Assigned), |host| assign(id, n, k).handle(host));
    }
    // Nor by a third key: the one that was left is remembered for the one who left it.
    assign(id, 1, 13).handle(&mut host).unwrap();
    refused(&mut host, &Error::KeyInUse(InUse::Assigned), |host| assign(id, 2, 11).handle(host));
}

#[test]
fn k_4_all_validators_reassign_in_one_block_and_one_difference_tells_it() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2, 3, 4]);
    host.epoch();
    host.block(|host| (1..=4).for_each(|n| assign(id, n, 10 + n).handle(host).unwrap()));
    let mut expected: Vec<ValUpdate> = (1..=4).map(|n| val(n, 0)).collect();
    expected.extend([(11, 100), (12, 90), (13, 80), (14, 70)].map(|(n, power)| val(n, power)));
    expected.sort_unstable_by_key(|update| update.key);
    assert_eq!(told(&host.epoch()), expected);
}

#[test]
fn k_4_a_key_reassigned_in_every_block_of_an_epoch_is_told_once() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    host.epoch();
    let mut known: BTreeMap<ConsKey, Power> = [(key(1), 100), (key(2), 90)].into();
    for round in 0..3 {
        for block in 0..4 {
            host.block(|host| assign(id, 1, 20 + round * 4 + block).handle(host).unwrap());
        }
        for update in told(&host.epoch()) {
            match update.power {
                0 => assert!(known.remove(&update.key).is_some(), "only known keys are removed"),
                power => assert_eq!(known.insert(update.key, power), None, "a key twice"),
            }
        }
        assert_eq!(known, [(key(23 + round * 4), 100), (key(2), 90)].into());
    }
}

#[test]
fn k_5_strangers_owners_and_governance_cannot_act_for_a_validator_nor_validators_for_an_owner() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1, 2]);
    let fault = Fault::new("Signer", "is not the validator");
    for stranger in [account(3), owner(), host.authority()] {
        let mut message = assign(id, 2, 22);
        message.signer = stranger.clone();
        refused(&mut host, &Message::AssignKey.fault(fault), |host| message.handle(host));
        let mut message = opt_in(id, 3);
        message.signer = if stranger == account(3) { account(4) } else { stranger.clone() };
        refused(&mut host, &Message::OptIn.fault(fault), |host| message.handle(host));
        let mut message = opt_out(id, 2);
        message.signer = stranger.clone();
        refused(&mut host, &Message::OptOut.fault(fault), |host| message.handle(host));
        let mut message = set_commission(id, 2, "0.1");
        message.signer = stranger;
        refused(&mut host, &Message::SetCommission.fault(fault), |host| message.handle(host));
    }
    for stranger in [account(1), host.authority(), AccAddr(vec![9; 20])] {
        let error = not_owner(&owner(), &stranger);
        let (mut changed, mut removed) = (update(id), remove(id));
        (changed.owner, removed.owner) = (stranger.clone(), stranger);
        refused(&mut host, &error, |host| changed.handle(host));
        refused(&mut host, &error, |host| removed.handle(host));
    }
}

#[test]
fn k_6_a_validator_that_comes_back_finds_nothing_of_its_old_keys() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    host.epoch();
    let before = host.entries();
    assign(id, 2, 21).handle(&mut host).unwrap();
    assign(id, 2, 22).handle(&mut host).unwrap();
    let gone = host.validators.remove(1);
    keys::on_validator_removed(&mut host, gone.provider_addr).unwrap();
    for n in [2, 21, 22] {
        assert_eq!(holder(&host, id, n), None);
    }
    assert_eq!(state::RETIRED.iter(&host).count() + state::PRUNE_QUEUE.iter(&host).count(), 0);
    host.validators.insert(1, validator(2, 90));
    assert_eq!(keys::admit(&host, &key(2)), Ok(()));
    opt_in(id, 2).handle(&mut host).unwrap();
    assign(id, 2, 21).handle(&mut host).unwrap();
    assert_eq!(holder(&host, id, 21), Some(provider_addr(2)));
    assert!(host.entries().len() > before.len());
}

/// Blocks until shortly before `at`, then one at exactly that time; gives whether the address leads to somebody then.
fn held_at(host: &mut Provider, id: ConsumerId, n: u8, at: ics_abci::Time) -> (bool, bool) {
    host.now = ics_abci::Time::new(at.seconds() - 2, at.nanos()).unwrap();
    host.block(|_| ());
    let before = holder(host, id, n).is_some();
    host.block(|_| ());
    assert_eq!(host.now, at);
    (before, holder(host, id, n).is_some())
}

#[test]
fn a_replaced_key_is_remembered_until_nobody_can_be_liable_for_it_any_more() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    assign(id, 2, 22).handle(&mut host).unwrap();
    host.epoch();
    assign(id, 2, 23).handle(&mut host).unwrap();
    assert_eq!(state::PRUNE_QUEUE.iter(&host).count(), 0, "not told yet");
    host.epoch();
    let last = host.now.plus(TIMEOUT).unwrap().plus(UNBONDING).unwrap();
    assert_eq!(held_at(&mut host, id, 22, last), (true, false));
    assert_eq!(holder(&host, id, 23), Some(provider_addr(2)));
}

#[test]
fn a_key_that_a_consumer_out_of_reach_still_uses_is_not_forgotten() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    assign(id, 2, 22).handle(&mut host).unwrap();
    host.epoch();
    assign(id, 2, 23).handle(&mut host).unwrap();
    host.send_fails.insert("channel-0".into(), SendError::ClientInactive);
    for _ in 0..3 {
        wait(&mut host, TIMEOUT + UNBONDING);
        host.epoch();
        assert_eq!(holder(&host, id, 22), Some(provider_addr(2)));
    }
    host.send_fails.clear();
    host.epoch();
    let last = host.now.plus(TIMEOUT).unwrap().plus(UNBONDING).unwrap();
    assert_eq!(held_at(&mut host, id, 22, last), (true, false));
}

#[test]
fn the_keys_of_a_consumer_without_channel_are_remembered_as_those_of_its_genesis() {
    let mut host = Provider::new(Rules::default());
    let id = create("consumer-1", Some(super::at_once())).handle(&mut host).unwrap().consumer_id;
    assign(id, 1, 11).handle(&mut host).unwrap();
    opt_in(id, 1).handle(&mut host).unwrap();
    host.block(|_| ());
    assert_eq!(query::consumer_genesis(&host, id).unwrap().provider.initial_val_set[0].key, key(11));
    assign(id, 1, 12).handle(&mut host).unwrap();
    wait(&mut host, TIMEOUT + UNBONDING);
    host.epoch();
    assert_eq!(holder(&host, id, 11), Some(provider_addr(1)));
}

#[test]
fn a_stopped_consumers_keys_are_remembered_until_it_is_deleted_and_then_all_gone() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    assign(id, 2, 22).handle(&mut host).unwrap();
    host.epoch();
    assign(id, 2, 23).handle(&mut host).unwrap();
    host.epoch();
    assign(id, 2, 24).handle(&mut host).unwrap();
    remove(id).handle(&mut host).unwrap();
    let removal = host.now.plus(UNBONDING).unwrap();
    host.epoch();
    for n in [22, 23, 24] {
        assert_eq!(holder(&host, id, n), Some(provider_addr(2)));
    }
    assert_eq!(held_at(&mut host, id, 22, removal), (true, false));
    assert_eq!(phase_of(&host, id), Some(Phase::Deleted));
    for n in [23, 24] {
        assert_eq!(holder(&host, id, n), None);
    }
    let left = [
        state::RETIRED.iter(&host).count(),
        state::UNTOLD.iter(&host).count(),
        state::PRUNE_QUEUE.iter(&host).count(),
        state::ADDRESSES.iter(&host).count(),
    ];
    assert_eq!(left, [0; 4]);
}
