//! Bytes of strangers: every handler and every query answers them with an error, never with a panic.

use crate::ibc_chain::*;
use ibc_proto::google::protobuf::Any;
use ibc_proto::ibc::core::channel::v1 as chan;
use ics_chain::ibc::transfer::{self, TransferAck, TransferData};
use ics_chain::ibc::{self as ours, redundant};
use ics_chain::query::QueryCtx;
use ics_chain::tx::Mode;
use proptest::prelude::*;
use prost::Message;
use std::cell::RefCell;

thread_local! {
    static PAIR: RefCell<Pair> = RefCell::new(Pair::with_channel(chan::Order::Ordered));
}

/// Valid messages to start from: mutations of these reach further than noise does.
fn seeds() -> Vec<(String, Vec<u8>)> {
    PAIR.with_borrow_mut(|pair| {
        let (a, b) = pair.sides();
        let packet = send(a, "take this", 60);
        relay(a, b);
        let any = |name: &str, value: Vec<u8>| (name.to_owned(), value);
        let mut recv = recv_message(&packet, a);
        let seeds = vec![
            any("/ibc.core.channel.v1.MsgRecvPacket", recv.encode_to_vec()),
            any("/ibc.core.client.v1.MsgUpdateClient", {
                a.block(|_| Ok(())).unwrap();
                b.now = b.now.max(a.now);
                b.update_of(a).encode_to_vec()
            }),
            any("/ibc.core.connection.v1.MsgConnectionOpenTry", try_message(a, b, 0).encode_to_vec()),
            any("/ibc.core.connection.v1.MsgConnectionOpenAck", ack_message(b, a).encode_to_vec()),
            any(
                "/ibc.core.channel.v1.MsgTimeout",
                timeout_message(&packet, b, chan::Order::Ordered).encode_to_vec(),
            ),
            any(
                "/ibc.core.channel.v1.MsgTimeoutOnClose",
                on_close_message(&packet, b, chan::Order::Ordered).encode_to_vec(),
            ),
            any("/ibc.core.client.v1.MsgCreateClient", {
                ibc_proto::ibc::core::client::v1::MsgCreateClient {
                    client_state: Some(a.client_state()),
                    consensus_state: Some(a.consensus_state()),
                    signer: b.user_text(),
                }
                .encode_to_vec()
            }),
        ];
        recv.proof_commitment.clear();
        seeds
    })
}

fn run(url: &str, bytes: &[u8]) {
    PAIR.with_borrow(|pair| {
        for chain in [&pair.a, &pair.b] {
            let routes = ours::MSGS.iter().chain(transfer::MSGS);
            for route in routes.filter(|route| route.url == url) {
                // Whatever it answers, it answers.
                let _ = (route.check)(&chain.config, bytes);
                chain.look(|ctx| {
                    let _ = (route.run)(ctx, bytes);
                });
            }
            let any = ics_proto::Any { type_url: url.to_owned(), value: bytes.to_vec() };
            chain.look(|ctx| {
                let _ = redundant(ctx, &[any], Mode::Check);
            });
        }
    });
}

#[test]
fn random_bytes_upset_no_handler() {
    let urls: Vec<&str> = ours::MSGS.iter().chain(transfer::MSGS).map(|route| route.url).collect();
    assert_eq!(urls.len(), 21);
    proptest!(ProptestConfig::with_cases(60), |(bytes in prop::collection::vec(any::<u8>(), 0..300))| {
        for url in &urls {
            run(url, &bytes);
        }
    });
}

#[test]
fn damaged_messages_upset_no_handler() {
    let seeds = seeds();
    let strategy = (
        0..seeds.len(),
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        any::<prop::sample::Index>(),
        any::<bool>(),
    );
    proptest!(ProptestConfig::with_cases(300), |((which, edits, cut, cuts) in strategy)| {
        let (url, bytes) = &seeds[which];
        let mut bytes = bytes.clone();
        for (index, byte) in edits {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        run(url, &bytes);
    });
}

#[test]
fn headers_without_height_or_with_alien_chain_ids_are_refused() {
    // ibc-rs panics on these: they must not reach it.
    use ibc_proto::ibc::lightclients::tendermint::v1 as tm;
    use tendermint_proto::types::Header as Raw;
    let Pair { mut a, mut b } = Pair::with_clients();
    b.block(|_| Ok(())).unwrap();
    a.now = b.now;
    let good = a.update_of(&b);
    for change in [
        &(|h: &mut Raw| h.height = 0) as &dyn Fn(&mut Raw),
        &|h: &mut Raw| h.height = -5,
        &|h: &mut Raw| h.height = i64::MAX,
        &|h: &mut Raw| h.chain_id = "x".into(),
        &|h: &mut Raw| h.chain_id = "not an id/".into(),
        &|h: &mut Raw| h.chain_id = String::new(),
        &|h: &mut Raw| h.chain_id = "beta-99999999999999999999".into(),
        &|h: &mut Raw| h.time = None,
    ] {
        let mut msg = good.clone();
        let any = msg.client_message.as_mut().unwrap();
        let mut header = tm::Header::decode(any.value.as_slice()).unwrap();
        let signed = header.signed_header.as_mut().unwrap();
        change(signed.header.as_mut().unwrap());
        let height = signed.header.as_ref().unwrap().height;
        signed.commit.as_mut().unwrap().height = height;
        any.value = header.encode_to_vec();
        let (codespace, _, log) = refusal(a.look(|ctx| ours::core::client::update_client(ctx, msg)));
        assert!(["client", "ibc"].contains(&codespace), "{log}");
    }
}

#[test]
fn random_bytes_upset_no_query() {
    let strategy = prop::collection::vec(any::<u8>(), 0..120);
    proptest!(ProptestConfig::with_cases(60), |(bytes in strategy)| {
        PAIR.with_borrow(|pair| {
            let chain = &pair.a;
            let state = chain.store.latest();
            let ctx = QueryCtx { state: &state, block: &chain.last, chain: &chain.config };
            for route in ours::IBC_QUERIES.iter().chain(transfer::QUERIES) {
                let _ = (route.answer)(&ctx, &bytes);
            }
        });
    });
}

#[test]
fn transfer_data_and_acknowledgements_decode_to_what_encodes_the_same() {
    proptest!(|(denom in ".{0,20}", amount in ".{0,20}", memo in ".{0,60}", noise in prop::collection::vec(any::<u8>(), 0..80))| {
        let data = TransferData { denom, amount, sender: memo.clone(), receiver: String::new(), memo };
        let bytes = data.encode();
        prop_assert_eq!(TransferData::decode(&bytes).unwrap(), data);
        if let Ok(read) = TransferData::decode(&noise) {
            prop_assert_eq!(TransferData::decode(&read.encode()).unwrap(), read);
        }
        if let Ok(ack) = TransferAck::decode(&noise) {
            prop_assert_eq!(ack.encode(), noise);
        }
    });
}

#[test]
fn unknown_client_messages_have_a_name_in_the_refusal() {
    let Pair { a, .. } = Pair::with_clients();
    let msg = ibc_proto::ibc::core::client::v1::MsgUpdateClient {
        client_id: a.client.clone(),
        client_message: Some(Any { type_url: "/x.Y".into(), value: vec![] }),
        signer: USER.into(),
    };
    assert_eq!(
        refusal(a.look(|ctx| ours::core::client::update_client(ctx, msg))),
        ("ibc", 14, "no client message of type \"/x.Y\": failed unpacking protobuf message from Any".into())
    );
}

/// A proof of absence has two neighbours; however they are bent, the verifier neither accepts nor panics.
#[test]
fn bent_proofs_of_absence_are_refused() {
    use ibc_proto::ibc::core::commitment::v1::MerkleProof;
    use ibc_proto::ics23::commitment_proof::Proof;
    let Pair { mut a, mut b } = Pair::with_channel(chan::Order::Unordered);
    let packet = send(&mut a, "take this", 60);
    // The receipt of a later packet is the neighbour on the right.
    let later = send(&mut a, "take this too", 60);
    relay(&mut a, &mut b);
    let msg = recv_message(&later, &a);
    b.block(|ctx| ours::channel::packet::recv_packet(ctx, msg)).unwrap();
    b.now = b.now.plus(std::time::Duration::from_secs(120)).unwrap();
    b.block(|_| Ok(())).unwrap();
    relay(&mut b, &mut a);
    let good = timeout_message(&packet, &b, chan::Order::Unordered);
    let run = |bend: &dyn Fn(&mut MerkleProof)| {
        let mut msg = good.clone();
        let mut proof = MerkleProof::decode(msg.proof_unreceived.as_slice()).unwrap();
        bend(&mut proof);
        msg.proof_unreceived = proof.encode_to_vec();
        a.look(|ctx| ours::channel::timeout::timeout(ctx, msg))
    };
    run(&|_| {}).unwrap();
    type Absence = ibc_proto::ics23::NonExistenceProof;
    let inner = |proof: &mut MerkleProof, bend: &dyn Fn(&mut Absence)| match &mut proof.proofs[0].proof {
        Some(Proof::Nonexist(absence)) => bend(absence),
        other => panic!("not a proof of absence: {other:?}"),
    };
    let bends: &[&dyn Fn(&mut Absence)] = &[
        &|p| p.left = None,
        &|p| p.right = None,
        &|p| (p.left, p.right) = (None, None),
        &|p| p.left = p.right.clone(),
        &|p| p.right = p.left.clone(),
        &|p| std::mem::swap(&mut p.left, &mut p.right),
        &|p| p.left.as_mut().unwrap().path.clear(),
        &|p| p.right.as_mut().unwrap().path.clear(),
        &|p| {
            p.left.as_mut().unwrap().path.clear();
            p.right.as_mut().unwrap().path.clear();
        },
        &|p| {
            p.right = p.left.clone();
            p.right.as_mut().unwrap().key.push(255);
        },
        &|p| {
            p.right = p.left.clone();
            p.right.as_mut().unwrap().path.clear();
            p.right.as_mut().unwrap().key.push(255);
        },
        &|p| p.left.as_mut().unwrap().leaf = None,
        &|p| p.left.as_mut().unwrap().value.clear(),
        &|p| p.left.as_mut().unwrap().path.truncate(1),
        &|p| p.right.as_mut().unwrap().path.reverse(),
        &|p| p.key.clear(),
    ];
    let mut accepted = 0;
    for bend in bends {
        accepted += usize::from(run(&|proof| inner(proof, bend)).is_ok());
    }
    // The key in the proof is only a comment: the verifier uses the key that it was asked for.
    assert_eq!(accepted, 1);
    run(&|proof| proof.proofs.reverse()).unwrap_err();
    run(&|proof| proof.proofs.truncate(1)).unwrap_err();
    run(&|proof| proof.proofs[1].proof = None).unwrap_err();
    run(&|proof| proof.proofs[0] = proof.proofs[1].clone()).unwrap_err();
    let bytes = good.proof_unreceived.clone();
    for index in 0..bytes.len() {
        let mut msg = good.clone();
        msg.proof_unreceived[index] ^= 1;
        let _ = a.look(|ctx| ours::channel::timeout::timeout(ctx, msg));
    }
}
