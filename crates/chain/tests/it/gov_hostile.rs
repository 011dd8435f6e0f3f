//! Whatever people sign and proposals execute, the chain goes on.

use crate::base_chain::*;
use crate::gov_chain::*;
use ics_chain::modules::gov::{self, Status};
use ics_chain::roles::PROVIDER;
use ics_client::msgs::{self, VoteOption, any as message};
use ics_proto::cosmos::auth::v1beta1 as pb_auth;
use ics_proto::cosmos::gov::v1 as pb_gov;
use ics_proto::cosmos::staking::v1beta1 as pb_staking;
use ics_proto::ibc::core::connection::v1 as pb_connection;
use ics_proto::interchain_security::ccv::provider::v1 as pb_provider;
use ics_proto::{Any, Duration as ProtoDuration};
use proptest::prelude::*;
use std::cell::Cell;

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        1_u64..100,
        Just(u64::from(u32::MAX)),
        Just(i64::MAX.unsigned_abs()),
        Just(u64::MAX),
        any::<u64>(),
    ]
}

fn period() -> impl Strategy<Value = Option<ProtoDuration>> {
    let seconds = prop_oneof![-2_i64..100, Just(9_223_372_036), Just(i64::MAX), any::<i64>()];
    let nanos = prop_oneof![Just(0), any::<i32>()];
    prop::option::weighted(
        0.9,
        (seconds, nanos).prop_map(|(seconds, nanos)| ProtoDuration { seconds, nanos }),
    )
}

fn share() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("0.000000000000000001".to_owned()),
        Just("1".to_owned()),
        (0_u32..1_000).prop_map(|part| format!("0.{part:03}")),
        "[-0-9.]{0,4}",
    ]
}

fn updates() -> impl Strategy<Value = Any> {
    let auth = prop::array::uniform5(number()).prop_map(|[memo, limit, size, ed, secp]| {
        let params = pb_auth::Params {
            max_memo_characters: memo,
            tx_sig_limit: limit,
            // The tests' own transactions must remain payable.
            tx_size_cost_per_byte: size % 20,
            sig_verify_cost_ed25519: ed,
            sig_verify_cost_secp256k1: secp % 2_000,
        };
        message(&pb_auth::MsgUpdateParams { authority: authority(), params: Some(params) })
    });
    let staking = (period(), prop::array::uniform3(any::<u32>()), 0_u32..3, any::<u64>()).prop_map(
        |(unbonding_time, [validators, entries, history], few, rate)| {
            let params = pb_staking::Params {
                unbonding_time,
                max_validators: if few > 0 { few } else { validators },
                max_entries: entries,
                historical_entries: history,
                bond_denom: "stake".into(),
                min_commission_rate: rate.to_string(),
            };
            message(&pb_staking::MsgUpdateParams { authority: authority(), params: Some(params) })
        },
    );
    let shares = prop::array::uniform7(share());
    let gov = (shares, period(), period(), period(), any::<[bool; 3]>(), 1_u128..MILLION).prop_map(
        |([quorum, threshold, veto, initial, cancel, fast, least], wait, vote, hurry, burns, deposit)| {
            let params = pb_gov::Params {
                min_deposit: vec![coin(deposit).to_proto()],
                max_deposit_period: wait,
                voting_period: vote,
                quorum,
                threshold,
                veto_threshold: veto,
                min_initial_deposit_ratio: initial,
                proposal_cancel_ratio: cancel,
                proposal_cancel_dest: String::new(),
                expedited_voting_period: hurry,
                expedited_threshold: fast,
                expedited_min_deposit: vec![coin(deposit + 1).to_proto()],
                burn_vote_quorum: burns[0],
                burn_proposal_deposit_prevote: burns[1],
                burn_vote_veto: burns[2],
                min_deposit_ratio: least,
            };
            message(&pb_gov::MsgUpdateParams { authority: authority(), params: Some(params) })
        },
    );
    let connection = number().prop_map(|nanos| {
        let params = Some(pb_connection::Params { max_expected_time_per_block: nanos });
        message(&pb_connection::MsgUpdateParams { signer: authority(), params })
    });
    let provider = (prop::array::uniform3(number()), period(), period(), share(), share()).prop_map(
        |([epoch, wait, most], timeout, replenish, trusting, fraction)| {
            let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MIN);
            let params = pb_provider::Params {
                trusting_period_fraction: trusting,
                ccv_timeout_period: timeout,
                slash_meter_replenish_period: replenish,
                slash_meter_replenish_fraction: fraction,
                blocks_per_epoch: signed(epoch),
                number_of_epochs_to_start_receiving_rewards: signed(wait),
                max_provider_consensus_validators: signed(most),
                ..pb_provider::Params::default()
            };
            message(&pb_provider::MsgUpdateParams { authority: authority(), params: Some(params) })
        },
    );
    prop_oneof![auth, staking, gov, connection, provider]
}

/// Halting would be a panic of the test: the chain's blocks are asked for with `unwrap`.
#[test]
fn whatever_parameters_a_proposal_sets_the_chain_goes_on() {
    let done = Cell::new(0_u32);
    let config = ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(sets in prop::collection::vec(updates(), 1..6))| {
        let mut chain = Chain::in_role(&PROVIDER, |state| state.gov.params = quick_params());
        for update in sets {
            let rules = gov::params(&chain.state()).unwrap();
            let least = rules.expedited_min_deposit.amount_of("stake");
            let hurry = msgs::NewProposal { expedited: true, ..new(2, least, vec![update]) };
            // Under some rules nothing can be proposed any more; that is theirs who voted for them.
            if chain.deliver(&of(2, &hurry)).code != 0 {
                break;
            }
            let id = (1..).take_while(|id| gov::proposal(&chain.state(), *id).unwrap().is_some()).last().unwrap();
            for voter in [0, 1] {
                chain.deliver(&Draft::of(voter, vec![msgs::vote(&address(voter), id, VoteOption::Yes, "")]));
            }
            let period: std::time::Duration = rules.expedited_voting_period.into();
            if period.as_secs() > 1_000_000_000 {
                break;
            }
            chain.pass(period);
            chain.block(&[]);
            let passed = gov::proposal(&chain.state(), id).unwrap().is_some_and(|known| known.status == Status::Passed);
            done.set(done.get() + u32::from(passed));
            chain.deliver(&Draft::delegate(3, 1, 20 * MILLION));
            chain.deliver(&Draft::undelegate(3, 1, 5 * MILLION));
            for _ in 0..3 {
                chain.block(&[]);
            }
        }
    });
    assert!(done.get() > 20, "only {} proposals passed", done.get());
}
