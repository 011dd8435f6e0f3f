use super::document::mutated;
use super::each_case;
use ics_ccv::wire::JsonError;
use ics_ccv::wire::genesis::{ConsumerGenesis, ConsumerParams, GenesisError, GenesisState, ParamsError};

#[derive(Debug, PartialEq)]
enum Refused {
    Undecodable(JsonError),
    Params(ParamsError),
    Genesis(GenesisError),
}

#[test]
fn vectors_consumer_params() {
    each_case("consumer_params", |case, bases| {
        let (kind, document) = mutated(case, bases);
        assert_eq!(kind, "interchain_security.ccv.v1.ConsumerParams");
        let checked = ConsumerParams::from_json(document.to_string().as_bytes())
            .map_err(Refused::Undecodable)
            .and_then(|params| params.validate().map_err(Refused::Params));
        assert_eq!(checked.is_ok(), case["expect"]["valid"].as_bool().unwrap(), "{case}: {checked:?}");
    });
}

#[test]
fn the_default_params_are_the_vectors_default() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/consumer_params.json");
    let file: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let document = file["bases"]["default"]["document"].to_string();
    assert_eq!(ConsumerParams::from_json(document.as_bytes()), Ok(ConsumerParams::default()));
}

#[test]
fn vectors_consumer_genesis_validation() {
    each_case("consumer_genesis_validation", |case, bases| {
        let (kind, document) = mutated(case, bases);
        let bytes = document.to_string().into_bytes();
        let checked = match kind {
            "interchain_security.ccv.consumer.v1.GenesisState" => GenesisState::from_json(&bytes)
                .map_err(Refused::Undecodable)
                .and_then(|genesis| genesis.validate().map_err(Refused::Genesis)),
            "interchain_security.ccv.v1.ConsumerGenesisState" => ConsumerGenesis::from_json(&bytes)
                .map_err(Refused::Undecodable)
                .and_then(|genesis| genesis.validate().map_err(Refused::Genesis)),
            other => panic!("type {other}"),
        };
        assert_eq!(checked.is_ok(), case["expect"]["valid"].as_bool().unwrap(), "{case}: {checked:?}");
    });
}
