//! Epochs: what changed is computed, queued and sent.

use super::{assign, connected, create, launched, open, opt_in, opt_out, phase_of};
use crate::host_provider::{Provider, UNBONDING, operator, provider_addr, refused, shown, update as val};
use ics_abci::{Height, ValUpdate};
use ics_ccv::Rules;
use ics_ccv::id::{ConsumerId, VscId};
use ics_ccv::provider::epoch::liable_height;
use ics_ccv::provider::phase::Phase;
use ics_ccv::provider::{self, Error, SendError, consumer_set, pending, state};
use ics_ccv::wire::vsc::ValidatorSetChange;
use std::time::Duration;

fn decoded(data: &str) -> ValidatorSetChange {
    ValidatorSetChange::decode(data.as_bytes()).unwrap()
}

fn powers(host: &Provider, id: ConsumerId) -> Vec<i64> {
    let mut powers: Vec<i64> = consumer_set::current(host, id).unwrap().iter().map(|of| of.power).collect();
    powers.sort_unstable();
    powers
}

fn member(host: &Provider, id: ConsumerId, n: u8) -> consumer_set::Member {
    let set = consumer_set::current(host, id).unwrap();
    consumer_set::member(&set, provider_addr(n)).unwrap().clone()
}

fn sorted(mut updates: Vec<ValUpdate>) -> Vec<ValUpdate> {
    updates.sort_by_key(|update| update.key);
    updates
}

#[test]
fn the_first_epoch_after_the_channel_sends_an_update_even_if_nothing_changed() {
    let mut host = Provider::new(Rules::default());
    connected(&mut host, &[1, 2]);
    let sent = host.epoch();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].channel, "channel-0".into());
    assert_eq!(sent[0].data, r#"{"validator_updates":[],"valset_update_id":"1","slash_acks":[]}"#);
    assert_eq!(sent[0].timeout, host.now.plus(Duration::from_secs(2_419_200)).unwrap());
    assert_eq!(host.epoch(), [], "the second epoch has nothing to say");
}

#[test]
fn under_the_rules_of_the_reference_an_update_that_changes_nothing_is_not_sent() {
    let mut host = Provider::new(Rules::reference());
    connected(&mut host, &[1, 2]);
    assert_eq!(host.epoch(), []);
    host.set_power(2, 95);
    let sent = host.epoch();
    assert_eq!(
        decoded(&sent[0].data),
        ValidatorSetChange { updates: vec![val(2, 95)], id: VscId(2), slash_acks: vec![] }
    );
}

#[test]
fn an_update_waits_for_the_channel_and_then_no_empty_one_is_added() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1, 2]);
    host.set_power(2, 95);
    assert_eq!(host.epoch(), []);
    assert_eq!(pending::waiting(&host, id).unwrap().len(), 1);
    open(&mut host, "07-tendermint-0", "connection-0", "channel-0").unwrap();
    let sent = host.epoch();
    assert_eq!(sent.len(), 1);
    assert_eq!((decoded(&sent[0].data).id, decoded(&sent[0].data).updates), (VscId(1), vec![val(2, 95)]));
    assert_eq!(pending::waiting(&host, id).unwrap(), []);
}

#[test]
fn powers_joiners_and_leavers_are_told_at_the_next_epoch() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    host.epoch();
    opt_in(id, 3).handle(&mut host).unwrap();
    opt_out(id, 2).handle(&mut host).unwrap();
    host.set_power(1, 101);
    host.set_power(4, 71);
    let sent = host.epoch();
    assert_eq!(decoded(&sent[0].data).id, VscId(2));
    assert_eq!(sorted(decoded(&sent[0].data).updates), [val(1, 101), val(2, 0), val(3, 80)]);
    assert_eq!(powers(&host, id), [80, 101]);
    let joined = member(&host, id, 3).joined;
    assert_eq!(joined, Height(10));
}

#[test]
fn a_new_key_is_told_as_removal_of_the_old_and_addition_of_the_new() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    host.epoch();
    assign(id, 2, 22).handle(&mut host).unwrap();
    let sent = host.epoch();
    assert_eq!(decoded(&sent[0].data).updates, [val(2, 0), val(22, 90)]);
    let member = member(&host, id, 2);
    assert_eq!(member.joined, Height(2), "it is the same member with another key");
}

#[test]
fn validators_out_of_the_providers_own_set_leave_and_come_back() {
    let mut host =
        Provider::with(Rules::default(), |genesis| genesis.params.max_provider_consensus_validators = 3);
    let id = connected(&mut host, &[1, 2, 3, 4]);
    assert_eq!(powers(&host, id), [80, 90, 100]);
    host.epoch();
    host.set_power(4, 85);
    let sent = host.epoch();
    assert_eq!(sorted(decoded(&sent[0].data).updates), [val(3, 0), val(4, 85)]);
}

#[test]
fn a_jailed_validator_leaves_every_consumer() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    host.epoch();
    host.validators[1].jailed = true;
    host.validators[1].status = provider::ValidatorStatus::Unbonding;
    host.validators[1].power = 0;
    let sent = host.epoch();
    assert_eq!(decoded(&sent[0].data).updates, [val(2, 0)]);
    assert_eq!(powers(&host, id), [100]);
}

#[test]
fn a_set_that_would_be_empty_stays_and_an_event_says_so() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1]);
    host.epoch();
    opt_out(id, 1).handle(&mut host).unwrap();
    host.events();
    assert_eq!(host.epoch(), []);
    assert_eq!(powers(&host, id), [100]);
    let events: Vec<String> = host.events().iter().map(shown).collect();
    assert_eq!(
        events,
        ["consumer_set_kept[module=provider, consumer_id=0, \
          reason=the next set would be empty; the last one stays]"]
    );
    opt_in(id, 2).handle(&mut host).unwrap();
    let sent = host.epoch();
    assert_eq!(decoded(&sent[0].data).updates, [val(1, 0), val(2, 90)]);
}

#[test]
fn under_the_rules_of_the_reference_an_empty_set_is_sent() {
    let mut host = Provider::new(Rules::reference());
    let id = connected(&mut host, &[1]);
    opt_out(id, 1).handle(&mut host).unwrap();
    let sent = host.epoch();
    assert_eq!(decoded(&sent[0].data).updates, [val(1, 0)]);
    assert_eq!(powers(&host, id), [] as [i64; 0]);
}

#[test]
fn a_power_that_came_back_before_the_epoch_is_seen_by_a_consumer_that_launched_between() {
    let mut host = Provider::new(Rules::default());
    host.epoch();
    host.set_power(2, 95);
    let id = launched(&mut host, &[1, 2]);
    assert_eq!(powers(&host, id), [95, 100]);
    host.set_power(2, 90);
    host.epoch();
    assert_eq!(pending::waiting(&host, id).unwrap()[0].updates, [val(2, 90)]);
}

#[test]
fn only_what_changed_is_computed() {
    let mut host = Provider::new(Rules::default());
    let touched = connected(&mut host, &[1]);
    let quiet = launched(&mut host, &[2]);
    host.epoch();
    host.set_power(1, 101);
    let before = host.state.savepoint();
    host.epoch();
    assert_eq!(powers(&host, touched), [101]);
    // The quiet consumer's stored set is broken on purpose: an epoch that looked at it would find out.
    host.state.revert(before);
    let broken = state::SET.key(&quiet);
    ics_kv::Write::set(&mut host, &broken, ics_kv::Bytes::from_static(b"broken"));
    host.height = Height(10);
    host.epoch();
    assert_eq!(powers(&host, touched), [101]);
}

#[test]
fn every_epoch_has_an_id_and_maps_it_to_the_next_block() {
    let mut host = Provider::new(Rules::default());
    for block in 1..=12_u64 {
        host.block(|_| ());
        let running = VscId(block.div_euclid(5) + 1);
        assert_eq!(provider::epoch::current(&host), Ok(running), "{block}");
        let consumed = if block % 5 == 0 { VscId(running.0 - 1) } else { running };
        assert_eq!(liable_height(&host, consumed), Ok(Some(Height(block + 1))), "{block}");
    }
    assert_eq!(liable_height(&host, VscId(1)), Ok(Some(Height(6))));
    assert_eq!(liable_height(&host, VscId(2)), Ok(Some(Height(11))));
}

#[test]
fn ids_older_than_an_unbonding_period_stand_for_the_newest_of_them() {
    let mut host = Provider::new(Rules::default());
    for _ in 0..3 {
        host.epoch();
    }
    // Ids 1, 2 and 3 end in the blocks 5, 10 and 15, one second each.
    super::wait(&mut host, UNBONDING - Duration::from_secs(6));
    host.epoch();
    let kept: Vec<u64> = state::LIABLE.iter(&host).map(|entry| entry.unwrap().0.0).collect();
    assert_eq!(kept, [2, 3, 4], "the second is old by now, the third is not");
    assert_eq!(liable_height(&host, VscId(1)), Ok(Some(Height(11))));
    assert_eq!(liable_height(&host, VscId(3)), Ok(Some(Height(16))));
    assert_eq!(liable_height(&host, VscId(9)), Ok(None));
}

#[test]
fn ids_older_than_an_unbonding_period_are_kept_where_the_reference_keeps_them() {
    let mut host = Provider::new(Rules::reference());
    for _ in 0..3 {
        host.epoch();
    }
    super::wait(&mut host, UNBONDING);
    host.epoch();
    let kept: Vec<u64> = state::LIABLE.iter(&host).map(|entry| entry.unwrap().0.0).collect();
    assert_eq!(kept, [1, 2, 3, 4]);
}

#[test]
fn a_consumer_out_of_reach_does_not_make_the_state_grow() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    host.send_fails.insert("channel-0".into(), SendError::ClientInactive);
    assert_eq!(pending::WAITING_MAX, 200);
    for epoch in 0..203 {
        host.set_power(1, 101 + epoch);
        if epoch == 201 {
            opt_out(id, 2).handle(&mut host).unwrap();
        }
        host.epoch();
    }
    let waiting = pending::waiting(&host, id).unwrap();
    assert_eq!(waiting.len(), pending::WAITING_MAX);
    assert_eq!(waiting[198].updates, [val(1, 299)]);
    assert_eq!(waiting[199].updates, [val(1, 303), val(2, 0)], "the last four are one");
    assert_eq!((waiting[198].id, waiting[199].id), (VscId(199), VscId(203)));
}

#[test]
fn updates_wait_while_the_client_is_not_active_and_go_in_order_once_it_is() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    host.send_fails.insert("channel-0".into(), SendError::ClientInactive);
    host.set_power(2, 91);
    assert_eq!(host.epoch(), []);
    host.set_power(2, 92);
    assert_eq!(host.epoch(), []);
    assert_eq!(phase_of(&host, id), Some(Phase::Launched));
    host.send_fails.clear();
    let sent = host.epoch();
    let ids: Vec<VscId> = sent.iter().map(|sent| decoded(&sent.data).id).collect();
    assert_eq!(ids, [VscId(1), VscId(2)]);
    assert_eq!(state::LAST_SENT.get(&host, &id), Ok(Some(VscId(2))));
}

#[test]
fn a_channel_that_refuses_stops_its_consumer_and_no_other() {
    let mut host = Provider::new(Rules::default());
    let first = connected(&mut host, &[1]);
    let second = launched(&mut host, &[1]);
    open(&mut host, "07-tendermint-1", "connection-1", "channel-1").unwrap();
    host.send_fails.insert("channel-0".into(), SendError::Refused("channel is not open".to_string()));
    host.events();
    let sent = host.epoch();
    assert_eq!(phase_of(&host, first), Some(Phase::Stopped));
    assert_eq!(pending::waiting(&host, first).unwrap().len(), 1, "what was not sent stays");
    assert_eq!(phase_of(&host, second), Some(Phase::Launched));
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].channel, "channel-1".into());
    let stopped = host.events().iter().find(|event| event.kind == "consumer_stopped").cloned().unwrap();
    assert_eq!(stopped.get("reason"), Some("packet not sent: channel is not open"));
}

#[test]
fn a_stopped_consumer_is_told_nothing() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1]);
    host.epoch();
    super::remove(id).handle(&mut host).unwrap();
    host.set_power(1, 101);
    assert_eq!(host.epoch(), []);
    assert_eq!(pending::waiting(&host, id).unwrap(), []);
    assert_eq!(powers(&host, id), [100]);
}

#[test]
fn nobody_leaves_before_the_launch_and_nobody_joins_after_the_stop() {
    let mut host = Provider::new(Rules::default());
    let waiting = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    let wrong = |id, wanted, found| Error::WrongPhase { id, wanted, found };
    use provider::error::Wanted::{Active, Launched};
    let error = wrong(waiting, Launched, Some(Phase::Registered));
    refused(&mut host, &error, |host| opt_out(waiting, 1).handle(host));
    let nobody = ConsumerId(9);
    refused(&mut host, &Error::UnknownConsumer("9".to_string()), |host| opt_out(nobody, 1).handle(host));
    refused(&mut host, &wrong(nobody, Active, None), |host| opt_in(nobody, 1).handle(host));
    let id = launched(&mut host, &[1]);
    super::remove(id).handle(&mut host).unwrap();
    let stopped = Some(Phase::Stopped);
    refused(&mut host, &wrong(id, Active, stopped), |host| opt_in(id, 2).handle(host));
    refused(&mut host, &wrong(id, Launched, stopped), |host| opt_out(id, 1).handle(host));
}

#[test]
fn opting_in_and_out_is_told_and_may_be_repeated() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    host.events();
    for _ in 0..2 {
        opt_in(id, 2).handle(&mut host).unwrap();
    }
    for _ in 0..2 {
        opt_out(id, 2).handle(&mut host).unwrap();
    }
    let signer = crate::host_provider::account(2).to_text("cosmos");
    let facts = format!(
        "module=provider, consumer_id=0, consumer_chain_id=consumer-1, provider_validator_address={}",
        operator(2)
    );
    let joined = format!("opt_in[{facts}, consumer_consensus_pub_key=, submitter_address={signer}]");
    let left = format!("opt_out[{facts}, submitter_address={signer}]");
    let events: Vec<String> = host.events().iter().map(shown).collect();
    assert_eq!(events, [joined.clone(), joined, left.clone(), left]);
    let tenure = state::TENURE.get(&host, &(id, provider_addr(2))).unwrap().unwrap();
    assert_eq!((tenure.joined, tenure.left), (Height(2), Some(Height(2))));
}

#[test]
fn the_providers_own_set_follows_staking_up_to_its_limit() {
    let mut host =
        Provider::with(Rules::default(), |genesis| genesis.params.max_provider_consensus_validators = 3);
    let end = |host: &mut Provider| {
        host.height = host.height.next();
        sorted(provider::end_block(host, provider::Staked::Changed).unwrap())
    };
    assert_eq!(end(&mut host), []);
    host.set_power(4, 85);
    assert_eq!(end(&mut host), [val(3, 0), val(4, 85)]);
    host.set_power(1, 150);
    assert_eq!(end(&mut host), [val(1, 150)]);
    assert_eq!(end(&mut host), []);
}

#[test]
fn under_the_rules_of_the_reference_replaced_keys_are_forgotten_one_unbonding_period_after_their_assignment()
{
    let mut host = Provider::new(Rules::reference());
    let id = connected(&mut host, &[1, 2]);
    assign(id, 2, 22).handle(&mut host).unwrap();
    assign(id, 2, 23).handle(&mut host).unwrap();
    super::remove(id).handle(&mut host).unwrap();
    let old = ics_ccv::id::ConsumerAddr(crate::host_provider::key(22).address());
    super::wait(&mut host, UNBONDING - Duration::from_secs(2));
    host.block(|_| ());
    assert_eq!(provider::keys::holder(&host, id, old), Ok(Some(provider_addr(2))));
    host.block(|_| ());
    assert_eq!(provider::keys::holder(&host, id, old), Ok(None));
}
