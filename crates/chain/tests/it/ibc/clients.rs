//! Light clients: how they follow, age, and freeze.

use super::UNORDERED;
use crate::ibc_chain::*;
use ibc_proto::google::protobuf::Any;
use ibc_proto::ibc::core::client::v1 as cli;
use ibc_proto::ibc::lightclients::tendermint::v1 as tm;
use ics_chain::BlockInfo;
use ics_chain::ibc::core::client;
use ics_chain::ibc::{ClientStatus, SendError, client_view, send_packet};
use prost::Message;
use std::time::Duration;

#[test]
fn clients_follow_each_other_and_say_so_in_events() {
    let Pair { mut a, mut b } = Pair::with_clients();
    assert_eq!(
        a.events.iter().map(line).collect::<Vec<_>>(),
        [
            "create_client{client_id=07-tendermint-0,client_type=07-tendermint,consensus_height=3-1}",
            "message{module=ibc_client}"
        ]
    );
    let known = a.look(|ctx| client_view(ctx, "07-tendermint-0")).unwrap().unwrap();
    assert_eq!((known.chain_id.as_str(), known.latest_height, known.active), ("beta-3", (3, 1), true));
    b.block(|_| Ok(())).unwrap();
    let header = hex::encode(a.update_of(&b).client_message.unwrap().encode_to_vec());
    a.learn(&b).unwrap();
    assert_eq!(
        a.events.iter().map(line).collect::<Vec<_>>(),
        [
            format!(
                "update_client{{client_id=07-tendermint-0,client_type=07-tendermint,consensus_height=3-3,consensus_heights=3-3,header={header}}}"
            ),
            "message{module=ibc_client}".to_owned()
        ]
    );
    let heights: cli::QueryConsensusStateHeightsResponse = a
        .ask(
            "/ibc.core.client.v1.Query/ConsensusStateHeights",
            &cli::QueryConsensusStateHeightsRequest { client_id: a.client.clone(), pagination: None },
        )
        .unwrap();
    assert_eq!(heights.consensus_state_heights, [b.height(1), b.height(3)]);
}

#[test]
fn an_old_client_expires_and_its_update_and_packets_are_refused() {
    let Pair { mut a, mut b } = Pair::with_channel(UNORDERED);
    a.now = a.now.plus(TRUSTING).unwrap();
    b.now = a.now;
    b.block(|_| Ok(())).unwrap();
    assert_eq!(
        refusal(a.learn(&b)),
        (
            "client",
            29,
            "cannot update client (07-tendermint-0) with status Expired: client state is not active".into()
        )
    );
    assert_eq!(a.look(|ctx| client_view(ctx, &a.client)).unwrap().unwrap().status, ClientStatus::Expired);
    let timeout = a.now.plus(TRUSTING).unwrap();
    let sent = a.look(|ctx| send_packet(ctx, "app", "channel-0", (0, 0), Some(timeout), b"x".to_vec()));
    assert!(matches!(sent, Err(SendError::ClientInactive(_))), "{sent:?}");
    let status: cli::QueryClientStatusResponse = a
        .ask(
            "/ibc.core.client.v1.Query/ClientStatus",
            &cli::QueryClientStatusRequest { client_id: a.client.clone() },
        )
        .unwrap();
    assert_eq!(status.status, "Expired");
}

#[test]
fn an_update_forgets_expired_states_a_few_at_a_time() {
    let Pair { mut a, mut b } = Pair::with_clients();
    for _ in 0..9 {
        b.block(|_| Ok(())).unwrap();
        a.learn(&b).unwrap();
    }
    let count = |a: &Chain| {
        let answer: cli::QueryConsensusStateHeightsResponse = a
            .ask(
                "/ibc.core.client.v1.Query/ConsensusStateHeights",
                &cli::QueryConsensusStateHeightsRequest { client_id: a.client.clone(), pagination: None },
            )
            .unwrap();
        answer.consensus_state_heights.len()
    };
    assert_eq!(count(&a), 10);
    // One more just before all the others are too old, so that the client lives on.
    b.now = b.now.plus(TRUSTING - Duration::from_secs(120)).unwrap();
    b.block(|_| Ok(())).unwrap();
    a.learn(&b).unwrap();
    assert_eq!(count(&a), 11);
    b.now = b.now.plus(Duration::from_secs(600)).unwrap();
    for left in [8, 5, 4, 5] {
        b.block(|_| Ok(())).unwrap();
        a.learn(&b).unwrap();
        assert_eq!(count(&a), left);
    }
}

#[test]
fn two_headers_for_one_height_freeze_the_client() {
    let Pair { mut a, mut b } = Pair::with_clients();
    b.block(|_| Ok(())).unwrap();
    a.learn(&b).unwrap();
    let forged = BlockInfo { app_hash: [9; 32], ..b.last.clone() };
    let forged = b.message(b.sign(&forged, "beta-3"), 1);
    let honest = b.message(b.signed_at(b.tip()), 1);
    let header = |any: &Any| tm::Header::decode(any.value.as_slice()).unwrap();
    let report = |first: &Any, second: &Any| {
        #[allow(deprecated)]
        let found = tm::Misbehaviour {
            client_id: "07-tendermint-0".into(),
            header_1: Some(header(first)),
            header_2: Some(header(second)),
        };
        #[allow(deprecated)]
        cli::MsgSubmitMisbehaviour {
            client_id: "07-tendermint-0".into(),
            misbehaviour: Some(Any {
                type_url: "/ibc.lightclients.tendermint.v1.Misbehaviour".into(),
                value: found.encode_to_vec(),
            }),
            signer: USER.into(),
        }
    };
    let none = a.block(|ctx| client::submit_misbehaviour(ctx, report(&honest, &honest)));
    assert_eq!(
        refusal(none),
        (
            "client",
            13,
            "misbehaviour submitted, but none found: invalid light client misbehaviour".to_owned()
        )
    );
    a.block(|ctx| client::submit_misbehaviour(ctx, report(&honest, &forged))).unwrap();
    assert_eq!(
        a.events.iter().map(line).collect::<Vec<_>>(),
        [
            "client_misbehaviour{client_id=07-tendermint-0,client_type=07-tendermint}",
            "message{module=ibc_client}"
        ]
    );
    assert_eq!(a.look(|ctx| client_view(ctx, &a.client)).unwrap().unwrap().status, ClientStatus::Frozen);
}

#[test]
fn a_conflicting_update_freezes_the_client_too() {
    let Pair { mut a, mut b } = Pair::with_clients();
    b.block(|_| Ok(())).unwrap();
    a.learn(&b).unwrap();
    let forged = BlockInfo { app_hash: [9; 32], ..b.last.clone() };
    let message = b.message(b.sign(&forged, "beta-3"), 1);
    let msg = cli::MsgUpdateClient {
        client_id: a.client.clone(),
        client_message: Some(message),
        signer: USER.into(),
    };
    a.block(|ctx| client::update_client(ctx, msg)).unwrap();
    assert_eq!(a.look(|ctx| client_view(ctx, &a.client)).unwrap().unwrap().status, ClientStatus::Frozen);
}

#[test]
fn headers_of_others_and_with_flipped_bytes_are_refused() {
    let Pair { mut a, mut b } = Pair::with_clients();
    b.block(|_| Ok(())).unwrap();
    let good = a.update_of(&b);
    // A header of our own chain does not speak for the other one.
    let alien = Some(a.message(a.signed_at(a.tip()), 1));
    let msg = cli::MsgUpdateClient { client_message: alien, ..good.clone() };
    assert_eq!(a.block(|ctx| client::update_client(ctx, msg)).map_err(|_| ()), Err(()));
    let value = good.client_message.clone().unwrap().value;
    let before = a.look(|ctx| client_view(ctx, &a.client)).unwrap();
    let mut refused = 0;
    for index in (0..value.len()).step_by(7) {
        let mut flipped = value.clone();
        flipped[index] ^= 1;
        let mut msg = good.clone();
        msg.client_message.as_mut().unwrap().value = flipped;
        let done = a.look(|ctx| client::update_client(ctx, msg).map(|_| client_view(ctx, "07-tendermint-0")));
        match done {
            Err(_) => refused += 1,
            // Parts that nobody hashes or signs (proposer of the set, priorities): the same header all the same.
            Ok(view) => assert_eq!(view.unwrap().unwrap().latest_height, (3, b.tip()), "byte {index}"),
        }
    }
    assert!(refused > value.len() / 7 / 2, "{refused} of {}", value.len() / 7);
    assert_eq!(a.look(|ctx| client_view(ctx, &a.client)).unwrap(), before);
    a.block(|ctx| client::update_client(ctx, good)).unwrap();
}

#[test]
fn clients_start_only_from_sound_states() {
    let mut a = Chain::new("alpha-1", "alpha", 1);
    let mut b = Chain::new("beta-3", "beta", 2);
    b.block(|_| Ok(())).unwrap();
    a.now = b.now;
    let create = |a: &mut Chain, change: &dyn Fn(&mut tm::ClientState)| {
        let mut any = b.client_state();
        let mut state = tm::ClientState::decode(any.value.as_slice()).unwrap();
        change(&mut state);
        any.value = state.encode_to_vec();
        let msg = cli::MsgCreateClient {
            client_state: Some(any),
            consensus_state: Some(b.consensus_state()),
            signer: USER.into(),
        };
        a.block(|ctx| client::create_client(ctx, msg))
    };
    let refused = |a: &mut Chain, change: &dyn Fn(&mut tm::ClientState)| {
        let (codespace, code, _) = refusal(create(a, change));
        (codespace, code)
    };
    assert_eq!(refused(&mut a, &|s| s.latest_height.as_mut().unwrap().revision_number = 7), ("client", 3));
    assert_eq!(refused(&mut a, &|s| s.trusting_period = s.unbonding_period), ("client", 3));
    assert_eq!(refused(&mut a, &|s| s.proof_specs.clear()), ("client", 3));
    // Zero would be divided by where proofs are verified.
    let child =
        |s: &mut tm::ClientState, size| s.proof_specs[0].inner_spec.as_mut().unwrap().child_size = size;
    assert_eq!(refused(&mut a, &|s| child(s, 0)), ("client", 3));
    assert_eq!(refused(&mut a, &|s| s.proof_specs.reverse()), ("client", 3));
    let level = |s: &mut tm::ClientState, fraction| s.trust_level = Some(fraction);
    let huge = tm::Fraction { numerator: u64::MAX, denominator: u64::MAX };
    assert_eq!(refused(&mut a, &|s| level(s, huge)), ("client", 3));
    assert_eq!(refused(&mut a, &|s| level(s, tm::Fraction { numerator: 1, denominator: 4 })), ("client", 3));
    assert_eq!(refused(&mut a, &|s| s.chain_id = "not an id/".into()), ("client", 3));
    assert_eq!(refused(&mut a, &|s| s.trust_level.as_mut().unwrap().denominator = 0), ("client", 3));
    assert_eq!(refused(&mut a, &|s| s.frozen_height.as_mut().unwrap().revision_height = 1), ("client", 29));
    let any = Any { type_url: "/ibc.lightclients.solomachine.v3.ClientState".into(), value: vec![] };
    let msg = cli::MsgCreateClient {
        client_state: Some(any),
        consensus_state: Some(b.consensus_state()),
        signer: USER.into(),
    };
    let (codespace, code, _) = refusal(a.block(|ctx| client::create_client(ctx, msg)));
    assert_eq!((codespace, code), ("client", 10));
    assert_eq!(a.look(|ctx| client::client_counter(ctx)), Ok(0));
    a.now = a.now.plus(TRUSTING).unwrap();
    let (codespace, code, _) = refusal(create(&mut a, &|_| {}));
    assert_eq!((codespace, code), ("client", 29));
}
