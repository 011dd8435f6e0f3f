use super::{each_case, list, number, text, updates};
use ics_ccv::id::VscId;
use ics_ccv::wire::ack::{Ack, Meaning};
use ics_ccv::wire::slash::{ConsumerPacket, Infraction, Slash};
use ics_ccv::wire::vsc::ValidatorSetChange;
use ics_ccv::wire::{JsonError, PacketError};
use serde_json::Value;

#[test]
fn vectors_wire_packets() {
    each_case("wire_packets", |case, _| {
        let (data, expect) = (text(case, "text").as_bytes(), &case["expect"]);
        match text(case, "to") {
            "consumer" => {
                let decoded = ValidatorSetChange::decode(data);
                check(case, &decoded, ValidatorSetChange::encode);
                assert_eq!(decoded.ok(), packet(expect).map(vsc), "{case}");
            }
            "provider" => {
                let decoded = ConsumerPacket::decode(data);
                check(case, &decoded, ConsumerPacket::encode);
                assert_eq!(decoded.ok(), packet(expect).map(from_consumer), "{case}");
            }
            other => panic!("to {other}"),
        }
    });
}

fn packet(expect: &Value) -> Option<&Value> {
    Some(&expect["packet"]).filter(|packet| !packet.is_null())
}

fn check<T>(case: &Value, decoded: &Result<T, PacketError>, encode: impl Fn(&T) -> Vec<u8>) {
    let expect = &case["expect"];
    assert_eq!(decoded.is_ok(), expect["accepted"].as_bool().unwrap(), "{case}");
    if let (Err(error), Some(code)) = (decoded, expect["abci_code"].as_u64()) {
        assert_eq!(u64::from(error.abci_code()), code, "{case}: {error}");
    }
    let again = decoded.as_ref().ok().map(encode);
    let canonical = again.is_some_and(|bytes| bytes == text(case, "text").as_bytes());
    assert_eq!(canonical, expect["canonical"].as_bool().unwrap(), "{case}");
}

fn vsc(packet: &Value) -> ValidatorSetChange {
    assert_eq!(packet["kind"], "vsc");
    ValidatorSetChange {
        updates: updates(packet, "validator_updates"),
        id: VscId(number(packet, "valset_update_id")),
        slash_acks: list(packet, "slash_acks").iter().map(|ack| ack.as_str().unwrap().to_string()).collect(),
    }
}

fn from_consumer(packet: &Value) -> ConsumerPacket {
    let vsc_id = VscId(number(packet, "valset_update_id"));
    match text(packet, "kind") {
        "vsc_matured" => ConsumerPacket::VscMatured(vsc_id),
        "slash" => ConsumerPacket::Slash(Slash {
            address: hex::decode(text(packet, "address")).unwrap(),
            power: number(packet, "power"),
            vsc_id,
            infraction: match text(packet, "infraction") {
                "downtime" => Infraction::Downtime,
                "double_sign" => Infraction::DoubleSign,
                other => panic!("infraction {other}"),
            },
        }),
        other => panic!("kind {other}"),
    }
}

/// What each side does with an acknowledgement follows from its meaning; the sides' own tests show that they do it.
#[test]
fn vectors_acks() {
    each_case("acks", |case, _| {
        let bytes = text(case, "ack").as_bytes();
        let decoded: Result<Ack, JsonError> = Ack::decode(bytes);
        if let Ok(ack) = &decoded {
            assert_eq!(ack.encode(), bytes, "{case}");
        }
        let (meaning, consumer, provider) = match decoded.as_ref().map(Ack::meaning) {
            Ok(Meaning::Ok) => ("ok", "remove_head", "none"),
            Ok(Meaning::Handled) => ("handled", "remove_head", "none"),
            Ok(Meaning::Bounced) => ("bounced", "retry_after_delay", "none"),
            Ok(Meaning::Error) => ("error", "close_channel", "stop_consumer"),
            Ok(Meaning::Unknown) => ("unknown_result", "fail_tx", "none"),
            Err(_) => ("undecodable", "fail_tx", "fail_tx"),
        };
        let expect = &case["expect"];
        assert_eq!(text(expect, "meaning"), meaning, "{case}: {decoded:?}");
        assert_eq!(text(expect, "consumer_action"), consumer, "{case}");
        assert_eq!(text(expect, "provider_action"), provider, "{case}");
    });
}
