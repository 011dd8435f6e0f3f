//! Recorded questions to a consumer of the reference, asked again.

use crate::base_chain::*;
use crate::provider_query::recording;
use crate::shape::Shape;
use ics_abci::Height;
use ics_chain::query::QueryError;
use ics_chain::roles::CONSUMER;

const SERVICE: &str = "interchain_security.ccv.consumer.v1";

fn ask(chain: &Chain, method: &str) -> Result<Vec<u8>, QueryError> {
    let answer = chain.app.reader().call(&format!("/{SERVICE}.Query/{method}"), &[], Height(0));
    answer.map(|(answer, _)| answer)
}

#[test]
fn a_consumers_parameters_have_the_recorded_form() {
    let chain = Chain::in_role(&CONSUMER, |_| {});
    let answer = ask(&chain, "QueryParams").unwrap();
    let answer = ics_proto::json::to_json(&format!("{SERVICE}.QueryParamsResponse"), &answer).unwrap();
    for (file, member) in [
        ("queries/c2_params.json", "output"),
        ("queries/consumer_params_before_channel.json", "output"),
        ("rest/c2_params.json", "body"),
    ] {
        let recorded = Shape::of(&recording(file).0);
        assert_eq!(Shape::of(&answer).differs(recorded.at(&[member]), file), None);
    }
}

#[test]
fn before_the_channel_a_consumer_says_so_in_the_recorded_words() {
    let chain = Chain::in_role(&CONSUMER, |_| {});
    let (_, recorded) = recording("queries/err_consumer_provider_info_before_channel.json");
    let refusal = ask(&chain, "QueryProviderInfo").unwrap_err();
    assert_eq!(refusal, QueryError::unknown("channel not found"));
    // The SDK adds the name of its own code.
    let words = format!("rpc error: code = Unknown desc = {refusal}: unknown request");
    assert_eq!(recorded["stderr"].as_str().unwrap().trim(), words);
}

#[test]
fn a_consumer_with_nothing_to_report_answers_as_recorded() {
    let chain = Chain::in_role(&CONSUMER, |_| {});
    let answer = ask(&chain, "QueryThrottleState").unwrap();
    let answer = ics_proto::json::to_json(&format!("{SERVICE}.QueryThrottleStateResponse"), &answer).unwrap();
    let (_, recorded) = recording("queries/c4_throttle_state.json");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&answer).unwrap(), recorded["output"]);
}

#[test]
fn what_needs_rewards_says_so() {
    let chain = Chain::in_role(&CONSUMER, |_| {});
    let refusal = QueryError::unimplemented("not supported yet: the distribution of fees");
    assert_eq!(ask(&chain, "QueryNextFeeDistribution"), Err(refusal));
}
