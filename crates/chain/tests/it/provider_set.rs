//! The provider's own set: what the engine is told, and by whom.

use crate::base_chain::*;
use ics_abci::ValUpdate;
use ics_chain::modules::staking;
use ics_chain::roles::PROVIDER;
use serde_json::json;

fn update(index: u8, power: i64) -> ValUpdate {
    ValUpdate { key: cons_key(index), power }
}

#[test]
fn only_the_protocol_tells_the_engine_of_a_set_that_staking_knows_too() {
    let mut chain = Chain::in_role(&PROVIDER, |state| {
        let params = json!({"params": {"max_provider_consensus_validators": "1"}});
        state.rest.insert("provider".to_owned(), params);
    });
    let bonded = staking::bonded(&chain.state()).unwrap();
    assert_eq!(bonded.iter().map(|of| of.last_power).collect::<Vec<_>>(), [100, 90]);
    // Staking's second validator grows and is not in the set: nothing to tell.
    let tx = Draft::delegate(2, 1, 7_000_000).sign(&chain);
    assert_eq!(chain.block(&[tx]).validators, []);
    let tx = Draft::delegate(2, 1, 4_000_000).sign(&chain);
    assert_eq!(chain.block(&[tx]).validators, [update(0, 0), update(1, 101)]);
    assert_eq!(chain.block(&[]).validators, []);
    assert_eq!(staking::bonded(&chain.state()).unwrap().len(), 2);
}
