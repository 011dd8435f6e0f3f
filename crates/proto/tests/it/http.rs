//! Addresses of the REST gateway become questions.

use ics_proto::cosmos::bank::v1beta1::QueryBalanceRequest;
use ics_proto::http::{Asked, HttpError, Verb, ask};
use ics_proto::ibc::applications::transfer::v1::QueryTotalEscrowForDenomRequest;
use ics_proto::ibc::core::client::v1::QueryConsensusStateRequest;
use ics_proto::interchain_security::ccv::provider::v1::{
    QueryConsumerChainsRequest, QueryValidatorConsumerAddrRequest,
};
use proptest::prelude::*;
use prost::Message;

fn get(address: &str) -> Result<Asked, HttpError> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let pairs: Vec<_> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let pairs: Vec<_> = pairs.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    ask(Verb::Get, path, &pairs, &[])
}

fn request<M: Message + Default>(address: &str) -> (String, M) {
    let asked = get(address).unwrap();
    (asked.method, M::decode(asked.request.as_slice()).unwrap())
}

#[test]
fn parts_of_the_path_and_parameters_are_fields() {
    let (method, chains): (_, QueryConsumerChainsRequest) = request(
        "/interchain_security/ccv/provider/consumer_chains/3?pagination.limit=1&pagination.count_total=true&more=x",
    );
    assert_eq!(method, "/interchain_security.ccv.provider.v1.Query/QueryConsumerChains");
    let page = chains.pagination.unwrap();
    assert_eq!((chains.phase, page.limit, page.count_total), (3, 1, true));
    let named =
        "/interchain_security/ccv/provider/consumer_chains/CONSUMER_PHASE_LAUNCHED?pagination.key=AQI=";
    let (_, chains): (_, QueryConsumerChainsRequest) = request(named);
    assert_eq!((chains.phase, chains.pagination.unwrap().key), (3, vec![1, 2]));
    let (_, addr): (_, QueryValidatorConsumerAddrRequest) =
        request("/interchain_security/ccv/provider/validator_consumer_addr/0/cosmosvalcons1x");
    assert_eq!((addr.consumer_id.as_str(), addr.provider_address.as_str()), ("0", "cosmosvalcons1x"));
    let (method, balance): (_, QueryBalanceRequest) =
        request("/cosmos/bank/v1beta1/balances/cosmos1x/by_denom?denom=ibc/AB");
    assert_eq!(method, "/cosmos.bank.v1beta1.Query/Balance");
    assert_eq!((balance.address.as_str(), balance.denom.as_str()), ("cosmos1x", "ibc/AB"));
    let (_, state): (_, QueryConsensusStateRequest) =
        request("/ibc/core/client/v1/consensus_states/07-tendermint-0/revision/1/height/9?latest_height=1");
    assert_eq!((state.revision_number, state.revision_height, state.latest_height), (1, 9, true));
}

#[test]
fn a_part_that_is_named_beats_one_that_is_any() {
    let method = |address| get(address).unwrap().method;
    assert!(method("/cosmos/base/tendermint/v1beta1/blocks/latest").ends_with("/GetLatestBlock"));
    assert!(method("/cosmos/base/tendermint/v1beta1/blocks/7").ends_with("/GetBlockByHeight"));
    assert!(method("/cosmos/gov/v1/params/tally").ends_with("gov.v1.Query/Params"));
}

#[test]
fn a_denomination_with_slashes_stands_in_the_middle_of_a_path() {
    let address = |denom: &str| format!("/ibc/apps/transfer/v1/denoms/{denom}/total_escrow");
    for denom in ["stake", "ibc/27394FB0", "transfer/channel-0/stake"] {
        let (method, asked): (_, QueryTotalEscrowForDenomRequest) = request(&address(denom));
        assert_eq!(method, "/ibc.applications.transfer.v1.Query/TotalEscrowForDenom");
        assert_eq!(asked.denom, denom);
    }
    assert_eq!(get(&address("")), Err(HttpError::Unknown));
    assert_eq!(get("/ibc/apps/transfer/v1/denoms/total_escrow/more"), Err(HttpError::Unknown));
}

#[test]
fn escapes_in_the_path_are_undone() {
    let (_, balance): (_, QueryBalanceRequest) =
        request("/cosmos/bank/v1beta1/balances/a%2Fb%20%C3%A9/by_denom");
    assert_eq!(balance.address, "a/b é");
    assert_eq!(get("/cosmos/bank/v1beta1/balances/%FF/by_denom"), Err(HttpError::Unknown));
}

#[test]
fn a_body_is_the_request() {
    let asked = ask(
        Verb::Post,
        "/cosmos/tx/v1beta1/txs",
        &[],
        br#"{"tx_bytes":"AQI=","mode":"BROADCAST_MODE_SYNC"}"#,
    );
    let asked = asked.unwrap();
    assert_eq!(
        (asked.method.as_str(), asked.request),
        ("/cosmos.tx.v1beta1.Service/BroadcastTx", vec![10, 2, 1, 2, 16, 2])
    );
    assert_eq!(asked.answer, "cosmos.tx.v1beta1.BroadcastTxResponse");
    let refused = ask(Verb::Post, "/cosmos/tx/v1beta1/txs", &[], b"{").unwrap_err();
    assert_eq!(refused, HttpError::Body("EOF while parsing an object at line 1 column 1".into()));
    let unknown = ask(Verb::Post, "/cosmos/tx/v1beta1/txs", &[], br#"{"nope":1}"#);
    assert!(matches!(unknown, Err(HttpError::Request(_))), "{unknown:?}");
}

#[test]
fn what_asks_nothing_says_why() {
    for address in [
        "/interchain_security/ccv/provider/nosuch",
        "/interchain_security/ccv/provider/consumer_chains",
        "/interchain_security/ccv/provider/consumer_genesis/",
        "/interchain_security/ccv/provider/params/",
        "/",
        "",
        "x",
    ] {
        assert_eq!(get(address), Err(HttpError::Unknown), "{address}");
    }
    assert_eq!(
        get("/interchain_security/ccv/provider/consumer_chains/x"),
        Err(HttpError::Path { field: "phase".into(), why: "x is not valid".into() })
    );
    assert_eq!(
        get("/cosmos/bank/v1beta1/supply?pagination.limit=-1"),
        Err(HttpError::Parameter {
            field: "pagination.limit".into(),
            why: "parsing \"-1\": invalid syntax".into()
        })
    );
    let many = "pagination.limit=1&".repeat(101);
    assert_eq!(get(&format!("/cosmos/bank/v1beta1/supply?{many}")), Err(HttpError::Parameters));
}

proptest! {
    #[test]
    fn any_address_asks_something_or_is_refused(
        path in "(/cosmos/bank/v1beta1/balances/|/interchain_security/ccv/provider/(consumer_chains|opted_in_validators)/|/)[0-9a-zA-Z%/é._-]{0,20}",
        pairs in prop::collection::vec(("(pagination(\\.(limit|key|reverse|offset))?|denom|[a-z._]{0,9})", "\\PC{0,9}"), 0..4),
        body in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        for verb in [Verb::Get, Verb::Post] {
            if let Ok(asked) = ask(verb, &path, &pairs, &body) {
                prop_assert!(asked.method.starts_with('/'));
            }
        }
    }

    #[test]
    fn any_body_is_the_request_or_refused(text in "[\\[\\]{}\":,a-z_0-9]{0,40}") {
        if let Ok(asked) = ask(Verb::Post, "/cosmos/tx/v1beta1/simulate", &[], text.as_bytes()) {
            prop_assert_eq!(asked.method, "/cosmos.tx.v1beta1.Service/Simulate");
        }
    }
}
