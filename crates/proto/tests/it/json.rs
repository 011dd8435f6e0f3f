//! JSON as the reference printed it.

use ics_proto::{
    cosmos::base::v1beta1::Coin,
    interchain_security::ccv::provider::v1::{MsgOptIn, SlashJailParameters},
    json::{JsonError, from_json, from_json_as, to_json, to_json_of},
};
use prost::Message;
use prost_reflect::{DynamicMessage, MethodDescriptor, Value as Reflected};

use crate::{
    descriptors::pool,
    recorded::{Recorded, compact},
};

fn round_trips(name: &str, text: &str, what: &str) {
    let bytes = from_json(name, text).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(to_json(name, &bytes).unwrap(), text, "{what}");
}

#[test]
fn every_recorded_query_answer_prints_as_its_generic_json_says() {
    let pool = pool();
    let mut seen = 0;
    for file in Recorded::folder("rpc/grpc") {
        let (service, method) = file.str("/grpc_method").unwrap()[1..].split_once('/').unwrap();
        let Some(bytes) =
            file.bytes("/abci_query_response/value").filter(|_| file.value["grpcurl_json"].is_object())
        else {
            assert!(
                file.name.contains("/err_") || file.name.ends_with("_unknown.json"),
                "{} has no answer",
                file.name
            );
            continue;
        };
        let Some(service) = pool.get_service_by_name(service) else { panic!("{}: no {service}", file.name) };
        let method = service.methods().find(|m| m.name() == method).unwrap();
        let name = method.output().full_name().to_owned();
        let text = to_json(&name, &bytes).unwrap_or_else(|error| panic!("{}: {error}", file.name));
        assert_eq!(from_json(&name, &text).unwrap(), bytes, "{}: {text}", file.name);
        let generic =
            DynamicMessage::deserialize(method.output(), file.value["grpcurl_json"].clone()).unwrap();
        let generic = to_json(&name, &generic.encode_to_vec()).unwrap();
        let generic =
            if file.name == A_BLOCK_LATER { generic.replace("\"261\"", "\"260\"") } else { generic };
        assert_eq!(generic, text, "{}", file.name);
        seen += 1;
    }
    assert_eq!(seen, SEEN_ANSWERS);
}

const SEEN_ANSWERS: usize = 67;

/// Its generic JSON was asked for one block after its bytes.
const A_BLOCK_LATER: &str = "rpc/grpc/host_c_ibc_NextSequenceReceive.json";

/// The method whose REST path this is.
fn method_of(path: &str) -> Option<MethodDescriptor> {
    let pool = pool();
    let http = pool.get_extension_by_name("google.api.http").unwrap();
    let fits = |template: &str| {
        let (have, want): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
        have.len() == want.len()
            && want.iter().zip(have).all(|(want, have)| want.starts_with('{') || *want == have)
    };
    let methods = pool.services().flat_map(|s| s.methods().collect::<Vec<_>>()).collect::<Vec<_>>();
    methods.into_iter().find(|method| {
        let options = method.options();
        let rule = options.get_extension(&http);
        let get =
            rule.as_message().and_then(|rule| rule.get_field_by_name("get").map(|get| get.into_owned()));
        matches!(get, Some(Reflected::String(template)) if fits(&template))
    })
}

#[test]
fn every_recorded_rest_answer_of_interchain_security_reprints_to_the_byte() {
    let mut seen = 0;
    for file in Recorded::folder("rest") {
        let Some(path) = file.str("/request").and_then(|request| request.strip_prefix("GET ")) else {
            continue;
        };
        let path = path.split('?').next().unwrap();
        if !path.starts_with("/interchain_security/") || file.value["http_status"] != 200 {
            continue;
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        let method = method_of(path).unwrap_or_else(|| panic!("{}: no method for {path}", file.name));
        round_trips(method.output().full_name(), &file.compact(&["body"]), &file.name);
        seen += 1;
    }
    assert_eq!(seen, 23);
}

#[test]
fn every_recorded_genesis_and_export_reprints_to_the_byte() {
    for (file, name) in [
        ("consumer_genesis_section_from_provider", "interchain_security.ccv.v1.ConsumerGenesisState"),
        ("democracy_ccv_section", "interchain_security.ccv.v1.ConsumerGenesisState"),
        ("export_run1_consumer_module", "interchain_security.ccv.consumer.v1.GenesisState"),
        ("export_run1_provider_module", "interchain_security.ccv.provider.v1.GenesisState"),
        ("export_run2_consumer_module", "interchain_security.ccv.consumer.v1.GenesisState"),
        ("export_run2_democracy_module", "interchain_security.ccv.consumer.v1.GenesisState"),
        ("export_run2_provider_module", "interchain_security.ccv.provider.v1.GenesisState"),
    ] {
        round_trips(name, &Recorded::open(&format!("genesis/{file}.json")).compact(&[]), file);
    }
}

#[test]
fn every_recorded_ccv_packet_reprints_to_the_byte() {
    let mut seen = 0;
    for file in Recorded::folder("packets").iter().filter(|file| file.name.ends_with("_packet_events.json")) {
        for event in file.value.as_array().unwrap() {
            let Some(text) = event["packet_data_json_text"].as_str() else { continue };
            let name = if text.starts_with("{\"validator_updates\"") {
                "interchain_security.ccv.v1.ValidatorSetChangePacketData"
            } else if text.starts_with("{\"type\":\"CONSUMER_PACKET_TYPE_") {
                "interchain_security.ccv.v1.ConsumerPacketDataV1"
            } else {
                continue;
            };
            round_trips(name, text, &file.name);
            seen += 1;
        }
    }
    assert!(seen > 50, "only {seen} packets");
}

#[test]
fn evidence_of_a_double_vote_reprints_to_the_byte() {
    let vote = Recorded::open("packets/double_voting_evidence.json").compact(&[]);
    round_trips("tendermint.types.DuplicateVoteEvidence", &vote, "evidence");
    let header = Recorded::open("packets/double_voting_infraction_header.json").compact(&[]);
    let header = header.replace("\"validator_address\":\"\"", "\"validator_address\":null"); // was empty, not nil, in memory
    round_trips("ibc.lightclients.tendermint.v1.Header", &header, "header");
}

#[test]
fn a_decimal_is_units_in_protobuf_and_decimal_text_in_json() {
    let params = SlashJailParameters { slash_fraction: b"50000000000000000".into(), ..Default::default() };
    let text = to_json_of(&params).unwrap();
    assert_eq!(text, r#"{"slash_fraction":"0.050000000000000000","jail_duration":"0s","tombstone":false}"#);
    let read: SlashJailParameters = from_json_as(&text.replace("0.050000000000000000", "0.05")).unwrap();
    assert_eq!(read.slash_fraction, b"50000000000000000");

    let bad = r#"{"slash_fraction":"5e-2"}"#;
    let field = "interchain_security.ccv.provider.v1.SlashJailParameters.slash_fraction".to_owned();
    assert_eq!(
        from_json_as::<SlashJailParameters>(bad),
        Err(JsonError::Decimal { field, text: "5e-2".into() })
    );
}

#[test]
fn strings_are_escaped_as_go_does() {
    let message = MsgOptIn { consumer_id: "a<b>&\"\\\n\u{1}\u{2028}é".into(), ..Default::default() };
    let text = to_json_of(&message).unwrap();
    let expected = r#""consumer_id":"a\u003cb\u003e\u0026\"\\\n\u0001\u2028é"}"#;
    assert!(text.ends_with(expected), "{text}");
    assert_eq!(from_json_as::<MsgOptIn>(&text).unwrap(), message);
}

#[test]
fn names_may_be_camel_case_and_null_is_the_default_but_unknown_names_are_refused() {
    let read = |text| from_json_as::<MsgOptIn>(text);
    assert_eq!(read(r#"{"consumerId":"7","signer":null}"#).unwrap().consumer_id, "7");
    let Err(JsonError::Text { name, reason }) = read(r#"{"consumer":"7"}"#) else { panic!("accepted") };
    assert_eq!(name, "interchain_security.ccv.provider.v1.MsgOptIn");
    assert!(reason.contains("unrecognized field name 'consumer'"), "{reason}");
}

#[test]
fn what_is_unknown_or_too_deep_is_refused() {
    assert_eq!(to_json("no.Such", &[]), Err(JsonError::UnknownType("no.Such".into())));
    let any = ics_proto::Any { type_url: "/no.Such".into(), value: vec![] };
    assert_eq!(
        to_json("google.protobuf.Any", &any.encode_to_vec()),
        Err(JsonError::UnknownType("no.Such".into()))
    );
    let coin = Coin { denom: "stake".into(), amount: "1".into() };
    let mut any =
        ics_proto::Any { type_url: "/cosmos.base.v1beta1.Coin".into(), value: coin.encode_to_vec() };
    assert_eq!(
        to_json("google.protobuf.Any", &any.encode_to_vec()).unwrap(),
        r#"{"@type":"/cosmos.base.v1beta1.Coin","denom":"stake","amount":"1"}"#
    );
    for _ in 0..100 {
        any = ics_proto::Any { type_url: "/google.protobuf.Any".into(), value: any.encode_to_vec() };
    }
    assert_eq!(to_json("google.protobuf.Any", &any.encode_to_vec()), Err(JsonError::TooDeep));
}

#[test]
fn every_recorded_transaction_prints_as_the_reference_printed_it() {
    let mut seen = 0;
    for folder in ["txs", "errors", "hermes/run1", "hermes/run2"] {
        for file in Recorded::folder(folder) {
            let at = [("/rpc_tx/tx", "/query_tx_cli/tx"), ("/tx_base64", "/tx_json")];
            for (bytes, decoded) in at {
                if !file.value.pointer(decoded).is_some_and(serde_json::Value::is_object) {
                    continue;
                }
                let Some(bytes) = file.bytes(bytes) else { continue };
                let expected = file.compact(&decoded[1..].split('/').collect::<Vec<_>>());
                let actual = to_json("cosmos.tx.v1beta1.Tx", &bytes)
                    .unwrap_or_else(|error| panic!("{}: {error}", file.name));
                let expected = expected.replacen("{\"@type\":\"/cosmos.tx.v1beta1.Tx\",", "{", 1);
                assert_eq!(actual, compact(&expected), "{}", file.name);
                assert_eq!(from_json("cosmos.tx.v1beta1.Tx", &actual).unwrap(), bytes, "{}", file.name);
                seen += 1;
            }
        }
    }
    assert!(seen > 80, "only {seen} transactions");
}

#[test]
fn two_members_of_a_oneof_are_refused() {
    let text = r#"{"type":"CONSUMER_PACKET_TYPE_SLASH","slashPacketData":{},"vscMaturedPacketData":{}}"#;
    let name = "interchain_security.ccv.v1.ConsumerPacketDataV1";
    let Err(JsonError::Text { reason, .. }) = from_json(name, text) else { panic!("accepted") };
    assert!(reason.contains("oneof"), "{reason}");
}
