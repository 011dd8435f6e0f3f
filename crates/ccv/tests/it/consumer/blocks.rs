use super::{key, receive, started, update, vsc};
use crate::host_consumer::Chain;
use ics_abci::{ConsAddr, Height, ValUpdate};
use ics_ccv::consumer::historical::{self, HistoricalInfo};
use ics_ccv::consumer::state::{self, CrossChainValidator};
use ics_ccv::consumer::{self, validators};
use ics_ccv::id::{AtHeight, ConsumerAddr, VscId};
use ics_ccv::valset;

fn members(chain: &Chain) -> Vec<ValUpdate> {
    validators::present(chain).unwrap().1
}

fn addr(n: u8) -> ConsAddr {
    key(n).address()
}

fn vsc_ids(chain: &Chain) -> Vec<(u64, u64)> {
    state::VSC_ID_AT.iter(chain).map(|entry| entry.unwrap()).map(|(at, id)| (at.0.0, id.0)).collect()
}

/// A whole block without transactions; gives what consensus must know.
fn block(chain: &mut Chain, height: u64, packet: Option<Vec<u8>>) -> Vec<ValUpdate> {
    chain.height = height;
    consumer::begin_block(chain).unwrap();
    if let Some(data) = packet {
        receive(chain, &data).unwrap();
    }
    consumer::end_block(chain).unwrap()
}

#[test]
fn joins_stays_and_departures_are_told_and_absentees_are_not_removed_again() {
    let mut chain = started(&[update(1, 10), update(2, 20)]);
    chain.bonded.clear();
    let flag = ConsumerAddr(addr(3));
    state::OUTSTANDING_DOWNTIME.set(&mut chain, &flag, &());
    let kept = ConsumerAddr(addr(2));
    state::OUTSTANDING_DOWNTIME.set(&mut chain, &kept, &());
    let told = validators::apply(
        &mut chain,
        &[update(4, 0), update(3, 7), update(2, 25), update(5, -1), update(1, 0)],
    );
    assert_eq!(told, Ok(vec![update(3, 7), update(2, 25), update(1, 0)]));
    assert_eq!(members(&chain), [update(2, 25), update(3, 7)]);
    assert_eq!(chain.bonded, [addr(3)]);
    // Who comes in starts clean; who stays does not.
    assert!(!state::OUTSTANDING_DOWNTIME.has(&chain, &flag));
    assert!(state::OUTSTANDING_DOWNTIME.has(&chain, &kept));
    let record = state::VALIDATORS.get(&chain, &ConsumerAddr(addr(3))).unwrap();
    assert_eq!(record, Some(CrossChainValidator { key: key(3), power: 7 }));
}

#[test]
fn a_power_below_zero_removes_as_zero_does() {
    let mut chain = started(&[update(1, 10), update(2, 20)]);
    assert_eq!(validators::apply(&mut chain, &[update(1, -5)]), Ok(vec![update(1, 0)]));
    assert_eq!(members(&chain), [update(2, 20)]);
}

#[test]
fn a_new_key_is_another_validator() {
    let mut chain = started(&[update(1, 10)]);
    chain.bonded.clear();
    let told = validators::apply(&mut chain, &[update(2, 10), update(1, 0)]);
    assert_eq!(told, Ok(vec![update(2, 10), update(1, 0)]));
    assert_eq!(chain.bonded, [addr(2)]);
}

#[test]
fn a_packet_is_applied_at_the_end_of_its_block_and_holds_from_the_next_height() {
    let mut chain = started(&[update(1, 10)]);
    assert_eq!(block(&mut chain, 1, None), []);
    let told = block(&mut chain, 2, Some(vsc(5, &[update(2, 30), update(1, 40)], &[])));
    assert_eq!(told, [update(1, 40), update(2, 30)]);
    assert_eq!(block(&mut chain, 3, None), []);
    assert_eq!(vsc_ids(&chain), [(0, 0), (2, 0), (3, 5), (4, 5)]);
}

#[test]
fn of_several_packets_in_a_block_the_last_id_holds() {
    let mut chain = started(&[update(1, 10)]);
    chain.height = 1;
    consumer::begin_block(&mut chain).unwrap();
    receive(&mut chain, &vsc(5, &[update(2, 30)], &[])).unwrap();
    receive(&mut chain, &vsc(6, &[update(2, 0)], &[])).unwrap();
    // Never in, so consensus need not know.
    assert_eq!(consumer::end_block(&mut chain), Ok(Vec::new()));
    assert_eq!(state::VSC_ID_AT.get(&chain, &AtHeight(Height(2))), Ok(Some(VscId(6))));
}

#[test]
fn nothing_happens_where_nothing_is_enabled() {
    let mut chain = Chain::new();
    chain.height = 1;
    assert_eq!(consumer::begin_block(&mut chain), Ok(()));
    assert_eq!(consumer::end_block(&mut chain), Ok(Vec::new()));
    assert!(chain.written().is_empty());
}

#[test]
fn history_keeps_each_set_once_and_drops_it_with_its_last_block() {
    let mut chain = started(&[update(1, 10), update(2, 10)]);
    let mut params = state::params(&chain).unwrap();
    params.historical_entries = 3;
    state::PARAMS.set(&mut chain, &params);
    let (first, _) = validators::present(&chain).unwrap();
    for height in 1..=3 {
        block(&mut chain, height, None);
    }
    assert_eq!(state::SETS.iter(&chain).count(), 1);
    assert_eq!(state::SET_USES.get(&chain, &first), Ok(Some(3)));
    block(&mut chain, 4, Some(vsc(1, &[update(1, 30)], &[])));
    block(&mut chain, 5, None);
    let kept: Vec<u64> = state::HISTORICAL.iter(&chain).map(|entry| entry.unwrap().0.0.0).collect();
    assert_eq!(kept, [3, 4, 5]);
    let (second, now) = validators::present(&chain).unwrap();
    assert_eq!(second, valset::hash(&now));
    assert_eq!(state::SET_USES.get(&chain, &first), Ok(Some(2)));
    assert_eq!(state::SET_USES.get(&chain, &second), Ok(Some(1)));
    let mut by_address = [update(1, 10), update(2, 10)];
    by_address.sort_by_key(|member| member.key.address());
    let old = HistoricalInfo { header: b"header 4".to_vec(), members: by_address.to_vec() };
    assert_eq!(historical::at(&chain, Height(4)), Ok(Some(old)));
    let new = HistoricalInfo { header: b"header 5".to_vec(), members: vec![update(1, 30), update(2, 10)] };
    assert_eq!(historical::at(&chain, Height(5)), Ok(Some(new)));
    block(&mut chain, 6, None);
    block(&mut chain, 7, None);
    assert_eq!(historical::at(&chain, Height(4)), Ok(None));
    assert_eq!(state::SETS.get(&chain, &first), Ok(None));
    assert_eq!(state::SETS.iter(&chain).count(), 1);
}

#[test]
fn a_lowered_parameter_drops_all_that_is_too_old() {
    let mut chain = started(&[update(1, 10)]);
    for height in 1..=9 {
        block(&mut chain, height, None);
    }
    let mut params = state::params(&chain).unwrap();
    params.historical_entries = 2;
    state::PARAMS.set(&mut chain, &params);
    block(&mut chain, 10, None);
    let kept: Vec<u64> = state::HISTORICAL.iter(&chain).map(|entry| entry.unwrap().0.0.0).collect();
    assert_eq!(kept, [9, 10]);
    assert_eq!(state::SET_USES.iter(&chain).map(|entry| entry.unwrap().1).collect::<Vec<_>>(), [2]);
}

/// The reference's own check.
#[test]
fn entries_one_window_back_and_before_are_gone() {
    let mut chain = started(&[update(1, 10)]);
    let entries = u64::try_from(state::params(&chain).unwrap().historical_entries).unwrap();
    block(&mut chain, 1, None);
    block(&mut chain, 2, Some(vsc(1, &[update(2, 5)], &[])));
    chain.height = 3;
    validators::apply(&mut chain, &[update(3, 5)]).unwrap();
    chain.height = 1 + entries + 1;
    consumer::begin_block(&mut chain).unwrap();
    assert_eq!(historical::at(&chain, Height(1)), Ok(None));
    assert_eq!(historical::at(&chain, Height(2)), Ok(None));
    let now = historical::at(&chain, Height(1 + entries + 1)).unwrap().unwrap();
    assert_eq!(now.members.len(), 3);
}
