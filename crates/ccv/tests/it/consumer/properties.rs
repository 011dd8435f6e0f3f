//! Bytes from outside: no decoder panics, and what one accepts it encodes to bytes that mean the same.

use super::{receive, started, update};
use ics_abci::{ConsKey, ValUpdate};
use ics_ccv::id::VscId;
use ics_ccv::wire::Ack;
use ics_ccv::wire::genesis::{ClientState, ConsensusState, ConsumerGenesis, ConsumerParams, GenesisState};
use ics_ccv::wire::handshake::HandshakeMetadata;
use ics_ccv::wire::slash::{ConsumerPacket, Infraction, Slash};
use ics_ccv::wire::vsc::ValidatorSetChange;
use proptest::prelude::*;
use serde_json::Value;

/// Decodes, and if that works encodes and decodes again; gives whether it worked.
fn again<T: PartialEq + std::fmt::Debug, E: std::fmt::Debug>(
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, E>,
    encode: impl Fn(&T) -> Vec<u8>,
) -> bool {
    let Ok(first) = decode(bytes) else { return false };
    assert_eq!(decode(&encode(&first)).unwrap(), first);
    true
}

/// Every decoder of this crate for bytes from outside.
fn every_decoder(bytes: &[u8]) -> [bool; 9] {
    [
        again(bytes, ValidatorSetChange::decode, ValidatorSetChange::encode),
        again(bytes, ConsumerPacket::decode, ConsumerPacket::encode),
        again(bytes, Ack::decode, Ack::encode),
        again(bytes, HandshakeMetadata::decode, HandshakeMetadata::encode),
        again(bytes, ConsumerParams::from_json, |value| value.to_json().into_bytes()),
        again(bytes, ConsumerGenesis::from_json, |value| value.to_json().into_bytes()),
        again(bytes, GenesisState::from_json, |value| value.to_json().into_bytes()),
        again(bytes, ClientState::from_json, |value| value.to_json().into_bytes()),
        again(bytes, ConsensusState::from_json, |value| value.to_json().into_bytes()),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u64>().prop_map(|number| Value::from(number.to_string())),
        "[a-zA-Z0-9+/]{0,8}(==)?".prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(Value::from("CONSUMER_PACKET_TYPE_SLASH")),
        Just(Value::from("INFRACTION_DOWNTIME")),
        Just(Value::from("3.5s")),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(name(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    let names: Vec<String> = "validator_updates valset_update_id valsetUpdateId slash_acks pub_key ed25519 \
        secp256k1 power type slashPacketData vscMaturedPacketData validator address infraction result error params \
        enabled provider client_state consensus_state initial_val_set new_chain preCCV connection_id proof_specs \
        leaf_spec inner_spec trust_level latest_height timestamp root hash list height"
        .split_whitespace()
        .map(String::from)
        .collect();
    prop_oneof![9 => proptest::sample::select(names), 1 => ".{0,4}".prop_map(String::from)]
}

fn any_update() -> impl Strategy<Value = ValUpdate> {
    let ed25519 = any::<[u8; 32]>().prop_map(ConsKey::Ed25519);
    let secp256k1 = (any::<u8>(), any::<[u8; 32]>()).prop_map(|(first, rest)| {
        let mut key = [first; 33];
        key[1..].copy_from_slice(&rest);
        ConsKey::Secp256k1(key)
    });
    (prop_oneof![ed25519, secp256k1], any::<i64>()).prop_map(|(key, power)| ValUpdate { key, power })
}

prop_compose! {
    fn any_change()(
        updates in proptest::collection::vec(any_update(), 0..8),
        id in 1_u64..,
        slash_acks in proptest::collection::vec(".{0,20}", 0..4),
    ) -> ValidatorSetChange {
        ValidatorSetChange { updates, id: VscId(id), slash_acks }
    }
}

prop_compose! {
    fn any_slash()(
        address in proptest::collection::vec(any::<u8>(), 1..=255),
        power in any::<i64>().prop_filter("not zero", |power| *power != 0),
        vsc_id in any::<u64>(),
        downtime in any::<bool>(),
    ) -> ConsumerPacket {
        let infraction = if downtime { Infraction::Downtime } else { Infraction::DoubleSign };
        ConsumerPacket::Slash(Slash { address, power, vsc_id: VscId(vsc_id), infraction })
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_or_understood(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        every_decoder(&bytes);
    }

    #[test]
    fn arbitrary_json_is_refused_or_understood(json in any_json()) {
        every_decoder(json.to_string().as_bytes());
    }

    #[test]
    fn a_document_with_a_member_replaced_is_refused_or_understood(
        pick in any::<proptest::sample::Index>(),
        json in any_json(),
    ) {
        let base: Value = serde_json::from_str(&super::genesis(&[update(1, 10)]).to_json()).unwrap();
        let paths = paths(&base, "");
        let mut document = base.clone();
        *document.pointer_mut(pick.get::<String>(&paths)).unwrap() = json;
        every_decoder(document.to_string().as_bytes());
    }

    #[test]
    fn every_change_comes_back(change in any_change()) {
        prop_assert_eq!(ValidatorSetChange::decode(&change.encode()), Ok(change));
    }

    #[test]
    fn every_slash_comes_back(packet in any_slash()) {
        prop_assert_eq!(ConsumerPacket::decode(&packet.encode()), Ok(packet));
    }

    #[test]
    fn every_acknowledgement_comes_back(bytes in proptest::collection::vec(any::<u8>(), 1..40), text in ".{0,40}") {
        for ack in [Ack::Result(bytes), Ack::Error(text)] {
            prop_assert_eq!(Ack::decode(&ack.encode()), Ok(ack));
        }
    }

    #[test]
    fn every_metadata_comes_back(address in ".{0,200}", version in ".{0,9}") {
        let metadata = HandshakeMetadata { provider_fee_pool_addr: address, version };
        prop_assert_eq!(HandshakeMetadata::decode(&metadata.encode()), Ok(metadata));
    }

    #[test]
    fn a_consumer_survives_any_bytes_and_any_sound_change(
        bytes in proptest::collection::vec(any::<u8>(), 0..60),
        change in any_change(),
    ) {
        let mut chain = started(&[update(1, 10)]);
        receive(&mut chain, &bytes).unwrap();
        prop_assert_eq!(receive(&mut chain, &change.encode()), Ok(Ack::ok()));
        for told in ics_ccv::consumer::end_block(&mut chain).unwrap() {
            prop_assert!(told.power >= 0);
        }
    }
}

fn paths(json: &Value, prefix: &str) -> Vec<String> {
    let mut out = vec![prefix.to_string()];
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                out.extend(paths(value, &format!("{prefix}/{name}")));
            }
        }
        Value::Array(items) => {
            for (i, value) in items.iter().enumerate() {
                out.extend(paths(value, &format!("{prefix}/{i}")));
            }
        }
        _ => {}
    }
    out
}

#[test]
fn a_sound_document_is_understood_by_its_decoder_alone() {
    let json = super::genesis(&[update(1, 10)]).to_json();
    assert_eq!(
        every_decoder(json.as_bytes()),
        [false, false, false, false, false, false, true, false, false]
    );
}
