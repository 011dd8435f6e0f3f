use super::{each_case, text};
use ics_ccv::id::{ChainId, ChannelId, ConnectionId, ConsumerId};

#[test]
fn vectors_identifiers() {
    each_case("identifiers", |case, _| {
        let value = text(case, "value");
        let checked = match text(case, "kind") {
            "consumer_id" => ConsumerId::check(value),
            "connection_id" => ConnectionId::check_optional(value),
            "distribution_channel" => ChannelId::check_optional(value),
            other => panic!("kind {other}"),
        };
        assert_eq!(checked.is_ok(), case["expect"]["valid"].as_bool().unwrap(), "{case}: {checked:?}");
    });
}

#[test]
fn vectors_chain_ids() {
    each_case("chain_ids", |case, _| {
        let id = ChainId::from(text(case, "chain_id"));
        let expect = &case["expect"];
        assert_eq!(id.check().is_ok(), expect["valid"].as_bool().unwrap(), "{case}");
        let revision = expect["revision"].as_str().map(|text| text.parse::<u64>().unwrap());
        assert_eq!(id.revision().ok(), revision, "{case}");
    });
}
