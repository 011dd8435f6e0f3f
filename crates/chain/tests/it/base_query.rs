//! Questions: by gRPC path, by store with proofs, at heights.

use crate::base_chain::*;
use ics_abci::{Answer, Application, Height, Query};
use ics_chain::modules::auth::{self, FEE_COLLECTOR};
use ics_proto::cosmos::auth::v1beta1::{
    BaseAccount, ModuleAccount, QueryAccountRequest, QueryAccountResponse, QueryModuleAccountByNameRequest,
    QueryModuleAccountByNameResponse,
};
use ics_proto::cosmos::bank::v1beta1::{
    QueryAllBalancesRequest, QueryAllBalancesResponse, QueryBalanceRequest, QueryBalanceResponse,
    QuerySupplyOfRequest, QuerySupplyOfResponse, QueryTotalSupplyRequest, QueryTotalSupplyResponse,
};
use ics_proto::cosmos::base::node::v1beta1::{ConfigRequest, ConfigResponse};
use ics_proto::cosmos::base::query::v1beta1::PageRequest;
use ics_proto::cosmos::base::tendermint::v1beta1::{GetNodeInfoRequest, GetNodeInfoResponse};
use ics_proto::cosmos::staking::v1beta1 as staking;
use ics23::commitment_proof::Proof;
use ics23::{CommitmentProof, HostFunctionsManager, iavl_spec, tendermint_spec};
use prost::Message;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn an_account_is_found_by_its_address() {
    let mut chain = Chain::new();
    chain.deliver(&Draft::send(2, 3, 5));
    let request = QueryAccountRequest { address: address(2) };
    let response: QueryAccountResponse = chain.ask("/cosmos.auth.v1beta1.Query/Account", &request);
    let any = response.account.unwrap();
    assert_eq!(any.type_url, "/cosmos.auth.v1beta1.BaseAccount");
    let account = BaseAccount::decode(any.value.as_slice()).unwrap();
    assert_eq!((account.address, account.account_number, account.sequence), (address(2), 2, 1));
    assert_eq!(account.pub_key, Some(key(2).public().to_any()));
    let request = QueryModuleAccountByNameRequest { name: FEE_COLLECTOR.into() };
    let path = "/cosmos.auth.v1beta1.Query/ModuleAccountByName";
    let response: QueryModuleAccountByNameResponse = chain.ask(path, &request);
    let account = ModuleAccount::decode(response.account.unwrap().value.as_slice()).unwrap();
    assert_eq!(account.name, FEE_COLLECTOR);
}

fn error(answer: &Answer) -> (String, u32, String) {
    (answer.codespace.clone(), answer.code, answer.log.clone())
}

#[test]
fn what_is_not_there_is_said_in_the_words_that_clients_look_for() {
    let chain = Chain::new();
    let nobody = "cosmos1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqnrql8a";
    let answer =
        chain.query("/cosmos.auth.v1beta1.Query/Account", &QueryAccountRequest { address: nobody.into() });
    let log = format!("rpc error: code = NotFound desc = account {nobody} not found: key not found");
    assert_eq!((error(&answer), answer.height), (refused("sdk", 22, &log), Height(1)));
    let request = staking::QueryDelegationRequest { delegator_addr: address(2), validator_addr: valoper(0) };
    let answer = chain.query("/cosmos.staking.v1beta1.Query/Delegation", &request);
    let log = format!(
        "rpc error: code = NotFound desc = delegation with delegator {} not found for validator {}: key not found",
        address(2),
        valoper(0)
    );
    assert_eq!(error(&answer), refused("sdk", 22, &log));
    let request = QueryBalanceRequest { address: "x".into(), denom: "stake".into() };
    let answer = chain.query("/cosmos.bank.v1beta1.Query/Balance", &request);
    assert_eq!((answer.codespace.as_str(), answer.code), ("sdk", 18));
    let start = "rpc error: code = InvalidArgument desc = invalid address: decoding bech32 failed";
    assert!(answer.log.starts_with(start) && answer.log.ends_with(": invalid request"), "{}", answer.log);
}

#[test]
fn a_list_is_read_no_further_when_nobody_waits_for_it() {
    let chain = Chain::new();
    let query = Query {
        path: "/cosmos.staking.v1beta1.Query/Validators".to_owned(),
        data: Vec::new(),
        height: Height(0),
        prove: false,
    };
    let read = |most: usize| {
        let asked = AtomicUsize::new(0);
        let answer = chain.app.reader().query_while(&query, &|| asked.fetch_add(1, Ordering::Relaxed) < most);
        (asked.into_inner(), answer.code)
    };
    let (all, code) = read(usize::MAX);
    assert!(all > 1 && code == 0, "{all}");
    assert_eq!(read(1), (2, 0));
}

#[test]
fn balances_and_supplies_are_told() {
    let mut chain = Chain::new();
    chain.deliver(&Draft::send(2, 3, 5));
    let request = QueryBalanceRequest { address: address(3), denom: "stake".into() };
    let response: QueryBalanceResponse = chain.ask("/cosmos.bank.v1beta1.Query/Balance", &request);
    assert_eq!(response.balance.unwrap().amount, (FUNDS + 5).to_string());
    let request = QueryBalanceRequest { address: address(3), denom: "nothing".into() };
    let response: QueryBalanceResponse = chain.ask("/cosmos.bank.v1beta1.Query/Balance", &request);
    assert_eq!(response.balance.unwrap().amount, "0", "a coin, not nothing");
    let request = QueryAllBalancesRequest { address: address(3), ..QueryAllBalancesRequest::default() };
    let response: QueryAllBalancesResponse = chain.ask("/cosmos.bank.v1beta1.Query/AllBalances", &request);
    assert_eq!(response.balances.len(), 1);
    let request = QuerySupplyOfRequest { denom: "stake".into() };
    let response: QuerySupplyOfResponse = chain.ask("/cosmos.bank.v1beta1.Query/SupplyOf", &request);
    assert_eq!(response.amount.unwrap().amount, (5 * FUNDS).to_string());
    let request = QueryTotalSupplyRequest::default();
    let response: QueryTotalSupplyResponse = chain.ask("/cosmos.bank.v1beta1.Query/TotalSupply", &request);
    assert_eq!(response.supply.len(), 1);
}

#[test]
fn validators_come_in_pages_and_by_status() {
    let mut chain = Chain::with(|state| state.staking.params.max_validators = 2);
    chain.deliver(&Draft::create_validator(2, 5_000_000));
    let path = "/cosmos.staking.v1beta1.Query/Validators";
    let ask = |status: &str, page: PageRequest| -> staking::QueryValidatorsResponse {
        let request = staking::QueryValidatorsRequest { status: status.into(), pagination: Some(page) };
        chain.ask(path, &request)
    };
    let all = ask("", PageRequest { count_total: true, ..PageRequest::default() });
    assert_eq!((all.validators.len(), all.pagination.unwrap().total), (3, 3));
    let bonded = ask("BOND_STATUS_BONDED", PageRequest::default()).validators;
    assert_eq!(bonded.len(), 2);
    let first = ask("", PageRequest { limit: 2, ..PageRequest::default() });
    let next = first.pagination.unwrap().next_key;
    let rest = ask("", PageRequest { key: next, limit: u64::from(u32::MAX), ..PageRequest::default() });
    assert!(rest.pagination.unwrap().next_key.is_empty());
    assert_eq!([first.validators, rest.validators].concat(), all.validators);
    let request = staking::QueryValidatorRequest { validator_addr: valoper(2) };
    let path = "/cosmos.staking.v1beta1.Query/Validator";
    let one = chain.ask::<staking::QueryValidatorResponse>(path, &request).validator.unwrap();
    assert_eq!((one.status, one.tokens.as_str(), one.jailed), (1, "5000000", false));
    assert_eq!(one.delegator_shares, "5000000000000000000000000");
    assert_eq!(one.consensus_pubkey, Some(ics_client::msgs::consensus_key(&cons_key(2))));
    let answer = chain.query(path, &staking::QueryValidatorRequest { validator_addr: valoper(4) });
    let log = format!("rpc error: code = NotFound desc = validator {} not found: key not found", valoper(4));
    assert_eq!(error(&answer), refused("sdk", 22, &log));
}

#[test]
fn delegations_are_told_from_both_ends() {
    let mut chain = Chain::new();
    chain.deliver(&Draft::delegate(2, 0, 7_000_000));
    chain.deliver(&Draft::undelegate(2, 0, 2_000_000));
    let request = staking::QueryDelegationRequest { delegator_addr: address(2), validator_addr: valoper(0) };
    let path = "/cosmos.staking.v1beta1.Query/Delegation";
    let one = chain.ask::<staking::QueryDelegationResponse>(path, &request).delegation_response.unwrap();
    assert_eq!(one.balance.clone().unwrap().amount, "5000000");
    assert_eq!(one.delegation.clone().unwrap().shares, "5000000000000000000000000");
    let request = staking::QueryDelegatorDelegationsRequest { delegator_addr: address(2), pagination: None };
    let path = "/cosmos.staking.v1beta1.Query/DelegatorDelegations";
    let found = chain.ask::<staking::QueryDelegatorDelegationsResponse>(path, &request).delegation_responses;
    assert_eq!(found, [one]);
    let request = staking::QueryValidatorDelegationsRequest { validator_addr: valoper(0), pagination: None };
    let path = "/cosmos.staking.v1beta1.Query/ValidatorDelegations";
    let found = chain.ask::<staking::QueryValidatorDelegationsResponse>(path, &request).delegation_responses;
    assert_eq!(found.len(), 2);
    let request =
        staking::QueryUnbondingDelegationRequest { delegator_addr: address(2), validator_addr: valoper(0) };
    let path = "/cosmos.staking.v1beta1.Query/UnbondingDelegation";
    let one = chain.ask::<staking::QueryUnbondingDelegationResponse>(path, &request).unbond.unwrap();
    assert_eq!(
        (one.entries.len(), one.entries[0].balance.as_str(), one.entries[0].creation_height),
        (1, "2000000", 3)
    );
    let request =
        staking::QueryDelegatorUnbondingDelegationsRequest { delegator_addr: address(2), pagination: None };
    let path = "/cosmos.staking.v1beta1.Query/DelegatorUnbondingDelegations";
    let found =
        chain.ask::<staking::QueryDelegatorUnbondingDelegationsResponse>(path, &request).unbonding_responses;
    assert_eq!(found, [one]);
    let path = "/cosmos.staking.v1beta1.Query/Pool";
    let pool = chain.ask::<staking::QueryPoolResponse>(path, &staking::QueryPoolRequest {}).pool.unwrap();
    assert_eq!((pool.bonded_tokens.as_str(), pool.not_bonded_tokens.as_str()), ("195000000", "2000000"));
    let path = "/cosmos.staking.v1beta1.Query/Params";
    let params =
        chain.ask::<staking::QueryParamsResponse>(path, &staking::QueryParamsRequest {}).params.unwrap();
    assert_eq!((params.unbonding_time.unwrap().seconds, params.historical_entries), (1_814_400, 10_000));
}

#[test]
fn a_relayer_that_starts_up_finds_what_it_asks_for() {
    let chain = Chain::new();
    let path = "/cosmos.base.tendermint.v1beta1.Service/GetNodeInfo";
    let info: GetNodeInfoResponse = chain.ask(path, &GetNodeInfoRequest {});
    assert_eq!(info.default_node_info.unwrap().network, CHAIN_ID);
    let deps = info.application_version.unwrap().build_deps;
    let deps: Vec<String> = deps.iter().map(|module| format!("{} {}", module.path, module.version)).collect();
    assert_eq!(
        deps,
        [
            "github.com/cosmos/cosmos-sdk v0.50.13",
            "github.com/cosmos/ibc-go/v8 v8.7.0",
            "github.com/cometbft/cometbft v0.38.17"
        ]
    );
    let config: ConfigResponse = chain.ask("/cosmos.base.node.v1beta1.Service/Config", &ConfigRequest {});
    assert_eq!(config.minimum_gas_price, "0.001000000000000000stake");
}

fn store(chain: &Chain, path: &str, key: &[u8], height: u64, prove: bool) -> Answer {
    chain.app.query(&Query { path: path.into(), data: key.to_vec(), height: Height(height), prove })
}

/// Checks the two proofs as a light client does, with the ics23 crate alone.
fn verifies(answer: &Answer, app_hash: [u8; 32], name: &str) -> bool {
    let [inner, outer] = answer.proof.as_slice() else { return false };
    assert_eq!((inner.0.as_str(), outer.0.as_str()), ("ics23:iavl", "ics23:simple"));
    assert_eq!((inner.1.as_slice(), outer.1.as_slice()), (answer.key.as_slice(), name.as_bytes()));
    let inner = CommitmentProof::decode(inner.2.as_slice()).unwrap();
    let outer = CommitmentProof::decode(outer.2.as_slice()).unwrap();
    let Some(Proof::Exist(exist)) = &outer.proof else { return false };
    let root = exist.value.clone();
    let hash = app_hash.to_vec();
    let above = ics23::verify_membership::<HostFunctionsManager>(
        &outer,
        &tendermint_spec(),
        &hash,
        name.as_bytes(),
        &root,
    );
    let below = if answer.value.is_empty() {
        ics23::verify_non_membership::<HostFunctionsManager>(&inner, &iavl_spec(), &root, &answer.key)
    } else {
        ics23::verify_membership::<HostFunctionsManager>(
            &inner,
            &iavl_spec(),
            &root,
            &answer.key,
            &answer.value,
        )
    };
    above && below
}

#[test]
fn what_stands_in_a_store_and_what_does_not_is_proved_at_every_kept_height() {
    let mut chain = Chain::new();
    let mut hashes = vec![chain.app.app_hash()];
    for _ in 0..3 {
        let tx = Draft::send(2, 3, 5).sign(&chain);
        hashes.push(chain.block(&[tx]).app_hash);
    }
    // The account of address(2) in store auth: prefix 1, length, address.
    let account = key(2).address().0;
    let there = [&[1, 0, 20], account.as_slice()].concat();
    let absent = [&[1, 0, 20], [7; 20].as_slice()].concat();
    for height in 1..=4_u64 {
        let hash = hashes[usize::try_from(height).unwrap() - 1];
        for key in [&there, &absent] {
            let answer = store(&chain, "store/auth/key", key, height, true);
            assert_eq!(
                (answer.code, answer.height, answer.key.as_slice()),
                (0, Height(height), key.as_slice())
            );
            assert_eq!(answer.value.is_empty(), *key == absent);
            assert!(verifies(&answer, hash, "auth"));
            assert!(!verifies(&answer, [9; 32], "auth"));
            let plain = store(&chain, "/store/auth/key", key, height, false);
            assert_eq!((plain.value, plain.proof), (answer.value.clone(), vec![]));
        }
    }
    let latest = store(&chain, "store/auth/key", &there, 0, true);
    assert_eq!(latest, store(&chain, "store/auth/key", &there, 4, true));
    // A value of another height does not fit.
    let mut old = store(&chain, "store/auth/key", &there, 1, true);
    old.value = latest.value;
    assert!(!verifies(&old, hashes[0], "auth"));
}

#[test]
fn questions_that_make_no_sense_get_the_recorded_answers() {
    let chain = Chain::new();
    let answer = |path: &str, height, prove| error(&store(&chain, path, b"foo", height, prove));
    assert_eq!(answer("", 0, false), refused("sdk", 6, "no query path provided: unknown request"));
    assert_eq!(answer("/nosuch/path", 0, false), refused("sdk", 6, "unknown query path: unknown request"));
    assert_eq!(answer("/x.y.Query/Z", 0, false), refused("sdk", 6, "unknown query path: unknown request"));
    assert_eq!(
        answer("store/nosuch/key", 0, false),
        refused("store", 4, "no such store: nosuch: unknown request")
    );
    assert_eq!(
        answer("store/auth/subspace", 0, false),
        refused("sdk", 6, "unknown query path: unknown request")
    );
    let log = "proof is unexpectedly empty; ensure height has not been pruned: invalid request";
    assert_eq!(answer("store/auth/key", 99, true), refused("store", 7, log));
    let future = store(&chain, "store/auth/key", b"foo", 99, false);
    assert_eq!((error(&future), future.height), (refused("", 0, "version does not exist"), Height(99)));
    assert_eq!(future.key, b"foo");
    let log = "cannot query with height in the future; please provide a valid height: invalid height";
    assert_eq!(answer("/cosmos.staking.v1beta1.Query/Params", 99, false), refused("sdk", 26, log));
    let empty = store(&chain, "store/auth/key", b"", 0, true);
    assert_eq!(error(&empty), refused("store", 2, "query cannot be zero length: tx parse error"));
    assert_eq!(answer("/app/version", 0, false).1, 0);
    assert_eq!(answer("/p2p/filter/addr/1", 0, false), good());
}

#[test]
fn old_heights_are_answered_as_they_were_until_they_are_forgotten() {
    let mut chain = Chain::new();
    let first = chain.balance(3);
    for _ in 0..100 {
        let tx = Draft::send(2, 3, 5).sign(&chain);
        chain.block(&[tx]);
    }
    let request = QueryBalanceRequest { address: address(3), denom: "stake".into() }.encode_to_vec();
    let ask = |height| {
        let path = "/cosmos.bank.v1beta1.Query/Balance".into();
        chain.app.query(&Query { path, data: request.clone(), height: Height(height), prove: false })
    };
    let answer = ask(2);
    let balance = QueryBalanceResponse::decode(answer.value.as_slice()).unwrap().balance.unwrap();
    assert_eq!((balance.amount, answer.height), ((first + 5).to_string(), Height(2)));
    let log =
        "failed to load state at height 1; version does not exist (latest height: 101): invalid request";
    assert_eq!(error(&ask(1)), refused("sdk", 18, log));
    let header = ics_chain::headers::at(&chain.state(), Height(1)).unwrap().unwrap();
    assert_eq!((header.time, header.next_validators_hash), (start(), [2; 32]));
}

#[test]
fn an_archive_answers_about_every_height() {
    let mut chain = Chain::new();
    let first = chain.balance(3);
    for _ in 0..120 {
        let tx = Draft::send(2, 3, 5).sign(&chain);
        chain.block(&[tx]);
    }
    let reader = chain.app.reader().reaching(Arc::new(chain.disk.clone()));
    let request = QueryBalanceRequest { address: address(3), denom: "stake".into() }.encode_to_vec();
    let ask = |height| {
        let path = "/cosmos.bank.v1beta1.Query/Balance".into();
        reader.query(&Query { path, data: request.clone(), height: Height(height), prove: false })
    };
    for height in [1, 2, 20, 19, 60, 121, 21, 22, 1] {
        let answer = ask(height);
        let response = QueryBalanceResponse::decode(answer.value.as_slice()).unwrap();
        let expected = (first + 5 * u128::from(height - 1)).to_string();
        assert_eq!((response.balance.unwrap().amount, answer.height), (expected, Height(height)));
    }
    assert_eq!((chain.app.reader().oldest(), reader.oldest()), (Height(22), Height(1)));
    let future = error(&ask(122));
    assert_eq!(
        future,
        refused(
            "sdk",
            26,
            "cannot query with height in the future; please provide a valid height: invalid height"
        )
    );
    // With its proof, by the header of the next block.
    let header = ics_chain::headers::at(&chain.state(), Height(8)).unwrap().unwrap();
    let key = [&[2][..], &[20], &key(3).address().0, b"stake"].concat();
    let query = Query { path: "store/bank/key".into(), data: key, height: Height(7), prove: true };
    let answer = reader.query(&query);
    assert_eq!((answer.code, answer.height, answer.proof.len()), (0, Height(7), 2), "{}", answer.log);
    let outer = CommitmentProof::decode(answer.proof[1].2.as_slice()).unwrap();
    let Some(Proof::Exist(outer)) = outer.proof else { panic!("{outer:?}") };
    let root = ics23::calculate_existence_root::<HostFunctionsManager>(&outer).unwrap();
    assert_eq!(root, header.app_hash);
}

#[test]
fn questions_are_answered_by_other_threads_while_blocks_are_made() {
    let mut chain = Chain::new();
    let reader = chain.app.reader();
    let request = QuerySupplyOfRequest { denom: "stake".into() }.encode_to_vec();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let (reader, request) = (reader.clone(), request.clone());
            scope.spawn(move || {
                for _ in 0..200 {
                    let (bytes, height) =
                        reader.call("/cosmos.bank.v1beta1.Query/SupplyOf", &request, Height(0)).unwrap();
                    let response = QuerySupplyOfResponse::decode(bytes.as_slice()).unwrap();
                    assert_eq!(response.amount.unwrap().amount, (5 * FUNDS).to_string());
                    assert!(height.0 >= 1);
                }
            });
        }
        for _ in 0..20 {
            let tx = Draft::send(2, 3, 5).sign(&chain);
            chain.block(&[tx]);
        }
    });
    assert_eq!(reader.height(), Height(21));
    let error = reader.call("/x.y.Query/Z", &[], Height(0)).unwrap_err();
    assert_eq!((error.grpc, error.message.as_str()), (12, "unknown method /x.y.Query/Z"));
    assert!(auth::has_account(&reader.state(Height(7)).unwrap(), &key(2).address()));
}
