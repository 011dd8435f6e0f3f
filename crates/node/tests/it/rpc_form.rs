//! Every answer has the keys, their order and the kinds of values that CometBFT's has.

use crate::rpc_chain::{Chain, Net, key, recorded};
use crate::rpc_shape::Shape;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ics_engine::header::tx_hash;
use serde_json::{Value, json};

#[track_caller]
fn alike(net: &Net, method: &str, params: Value, recording: &str) {
    let ours = net.text(method, params);
    // Some recordings begin with what was asked.
    let part = |text: &str, key| Shape::of(text).at(&[key]).clone();
    let recording = recorded(recording);
    let difference = ["jsonrpc", "id", "result"]
        .into_iter()
        .find_map(|key| part(&ours, key).differs(&part(&recording, key), method));
    assert_eq!(difference, None, "{ours}");
}

#[test]
fn answers_have_the_shape_of_the_recorded_ones() {
    let net = Net::busy();
    let hash = STANDARD.encode(tx_hash(b"set a 3"));
    alike(&net, "status", json!({}), "consumer_status");
    alike(&net, "health", json!({}), "consumer_health");
    alike(&net, "abci_info", json!({}), "consumer_abci_info");
    alike(&net, "net_info", json!({}), "consumer_net_info");
    alike(&net, "block", json!({}), "provider_block");
    alike(&net, "block", json!({"height": "1"}), "provider_block_h1");
    alike(&net, "block", json!({"height": "3"}), "consumer_block_with_evidence_208");
    alike(&net, "header", json!({"height": "3"}), "provider_header");
    alike(&net, "commit", json!({"height": "3"}), "provider_commit");
    alike(&net, "commit", json!({}), "provider_commit_latest");
    alike(&net, "block_results", json!({"height": "2"}), "provider_block_results_h1");
    alike(&net, "validators", json!({}), "provider_validators_two");
    alike(&net, "consensus_params", json!({"height": "3"}), "consumer_consensus_params");
    alike(&net, "tx", json!({"hash": hash, "prove": true}), "tx_with_proof");
    alike(&net, "tx_search", json!({"query": "set.key='a'"}), "tx_search_by_hash");
    alike(&net, "tx_search", json!({"query": "set.key='c'"}), "tx_search_send_packet_provider_seq1_empty");
    alike(&net, "blockchain", json!({"minHeight": "1", "maxHeight": "2"}), "blockchain_1_2");
    alike(&net, "num_unconfirmed_txs", json!({}), "num_unconfirmed_txs");
    alike(&net, "unconfirmed_txs", json!({}), "unconfirmed_txs");
}

/// The recorded results of a block with changes of the set: of a transaction only the data was left out.
#[test]
fn changes_of_the_set_are_printed_as_recorded_and_a_removal_has_no_power() {
    let net = Net::busy();
    let ours = net.result("block_results", json!({"height": "4"}));
    let update = |n: u8| {
        json!({"pub_key": {"Sum": {
            "type": "tendermint.crypto.PublicKey_Ed25519",
            "value": {"ed25519": STANDARD.encode(key(n).bytes())}
        }}})
    };
    let mut added = update(3);
    added["power"] = json!("7");
    assert_eq!(ours["validator_updates"], json!([added, update(2)]));
    let recording = recorded("provider_block_results_epoch_333");
    let recording: Value = serde_json::from_str(&recording).unwrap();
    let theirs = &recording["result"]["validator_updates"][0];
    let shape = |value: &Value| Shape::of(&value.to_string());
    assert_eq!(shape(&update(2)).differs(&shape(theirs), "update"), None);
    assert_eq!(ours["consensus_param_updates"]["version"], json!({}));
    assert_eq!(ours["consensus_param_updates"]["abci"], json!({}));
    assert_eq!(ours["consensus_param_updates"]["evidence"]["max_age_duration"], "172800000000000");
}

#[test]
fn answers_of_the_application_have_the_recorded_shape() {
    let net = Net::busy();
    let query = |path: &str, data: &str, height: &str, prove: bool| json!({"path": path, "data": hex::encode(data), "height": height, "prove": prove});
    alike(&net, "abci_query", query("store/words/key", "a", "0", true), "provider_abci_ack_1");
    alike(&net, "abci_query", query("/words.Query/Get", "zz", "0", false), "abci_err_account_unknown");
    alike(&net, "abci_query", query("/words.Query/Echo", "", "0", false), "abci_app_version");
    let response = |params| net.result("abci_query", params)["response"].take();
    assert_eq!(
        response(query("store/words/key", "a", "0", true)),
        json!({
            "code": 0, "log": "", "info": "", "index": "0", "key": "YQ==", "value": "Mw==",
            "proofOps": {"ops": [
                {"type": "ics23:iavl", "key": "YQ==", "data": "AQID"},
                {"type": "ics23:simple", "key": "YQ==", "data": "AQID"}
            ]},
            "height": "5", "codespace": ""
        })
    );
    let absent = response(query("store/words/key", "none", "3", false));
    assert_eq!(
        (&absent["value"], &absent["proofOps"], &absent["height"]),
        (&json!(null), &json!(null), &json!("3"))
    );
    assert_eq!(response(query("/words.Query/Echo", "", "0", false))["value"], json!(""));
    assert_eq!(response(query("", "", "0", false)), recorded_response("abci_err_empty_path"));
    assert_eq!(response(query("/x", "", "9", false)), recorded_response("abci_err_grpc_future_height"));
    assert_eq!(
        response(query("store/words/key", "a", "-1", true)),
        recorded_response("consumer_abci_err_height_negative")
    );
    assert_eq!(
        response(query("/x", "", "-1", false))["log"],
        "cannot query with height < 0; please provide a valid height: invalid request"
    );
}

fn recorded_response(name: &str) -> Value {
    let mut recording: Value = serde_json::from_str(&recorded(name)).unwrap();
    recording["result"]["response"].take()
}

#[test]
fn the_tip_is_in_the_status_the_commit_and_the_validators_of_the_next_block() {
    let net = Net::busy();
    let status = net.result("status", json!({}));
    let sync = &status["sync_info"];
    let block = net.result("block", json!({}));
    assert_eq!(sync["latest_block_height"], "5");
    assert_eq!(sync["latest_block_hash"], block["block_id"]["hash"]);
    assert_eq!(sync["latest_app_hash"], block["block"]["header"]["app_hash"]);
    assert_eq!(sync["earliest_block_height"], "1");
    assert_eq!(sync["earliest_block_time"], "2024-01-01T00:00:00.5Z");
    assert_eq!(status["node_info"]["version"], "0.38.17");
    assert_eq!(status["validator_info"]["voting_power"], "100");
    assert_eq!(net.result("commit", json!({}))["canonical"], false);
    assert_eq!(net.result("commit", json!({"height": 4}))["canonical"], true);
    let validators = |params| net.result("validators", params);
    assert_eq!(validators(json!({}))["block_height"], "6");
    assert_eq!(validators(json!({}))["total"], "3");
    assert_eq!(validators(json!({"height": "6", "per_page": "2", "page": "2"}))["count"], "1");
    let power = |params: Value| validators(params)["validators"][1]["voting_power"].take();
    assert_eq!((power(json!({"height": "5"})), power(json!({"height": "6"}))), (json!("5"), json!("7")));
    assert_eq!(net.result("abci_info", json!({}))["response"]["last_block_height"], "5");
    assert_eq!(net.result("consensus_params", json!({}))["block_height"], "6");
}

#[test]
fn an_absent_validator_has_an_empty_signature() {
    let net = Net::busy();
    let commit = net.result("commit", json!({"height": "2"}));
    assert_eq!(
        commit["signed_header"]["commit"]["signatures"][1],
        json!({"block_id_flag": 1, "validator_address": "", "timestamp": "0001-01-01T00:00:00Z", "signature": null})
    );
}

#[test]
fn transactions_are_offered_found_and_proven() {
    let net = Net::busy();
    let send = |tx: &[u8]| net.result("broadcast_tx_sync", json!({"tx": STANDARD.encode(tx)}));
    let hash = hex::encode_upper(tx_hash(b"set c 4"));
    assert_eq!(send(b"set c 4"), json!({"code": 0, "data": "", "log": "", "codespace": "", "hash": hash}));
    assert_eq!(
        net.refusal("broadcast_tx_sync", json!({"tx": STANDARD.encode("set c 4")})),
        "tx already exists in cache"
    );
    assert_eq!((send(b"bad")["code"].take(), send(b"bad")["codespace"].take()), (json!(3), json!("words")));
    let nothing = net.response("broadcast_tx_sync", json!({}));
    assert_eq!(nothing, serde_json::from_str::<Value>(&recorded("err_broadcast_missing_tx")).unwrap());
    let unsaid = net.result("broadcast_tx_async", json!({"tx": STANDARD.encode("other")}));
    assert_eq!(unsaid["code"], 0);
    assert_eq!(net.result("num_unconfirmed_txs", json!({}))["n_txs"], "2");
    assert_eq!(
        net.result("unconfirmed_txs", json!({"limit": "1"})),
        json!({"n_txs": "1", "total": "2", "total_bytes": "12", "txs": [STANDARD.encode("set c 4")]})
    );
    net.chain.block_of(&[]);
    let found = net.result("tx_search", json!({"query": format!("tx.hash='{hash}'")}));
    assert_eq!((&found["total_count"], &found["txs"][0]["height"]), (&json!("1"), &json!("6")));

    let tx = net.result("tx", json!({"hash": STANDARD.encode(tx_hash(b"set b 3")), "prove": true}));
    let header = net.result("header", json!({"height": "3"}));
    assert_eq!((&tx["index"], &tx["proof"]["root_hash"]), (&json!(2), &header["header"]["data_hash"]));
    let proof: tendermint::merkle::Proof = serde_json::from_value(tx["proof"]["proof"].clone()).unwrap();
    assert_eq!((proof.index, proof.total, proof.aunts.len()), (2, 3, 1));
    let failed = net.result("tx", json!({"hash": STANDARD.encode(tx_hash(b"fail"))}));
    assert_eq!((&failed["tx_result"]["data"], &failed["tx_result"]["code"]), (&json!(null), &json!(5)));
    assert_eq!(failed.get("proof"), None);
}

#[test]
fn searches_are_paged_and_ordered() {
    let net = Net::busy();
    let heights = |params: Value| -> Vec<String> {
        let found = net.result("tx_search", params);
        let txs = found["txs"].as_array().unwrap();
        txs.iter().map(|tx| format!("{}/{}", tx["height"].as_str().unwrap(), tx["index"])).collect()
    };
    let all = json!({"query": "message.action='set'"});
    assert_eq!(heights(all), ["1/0", "1/1", "3/0", "3/2"]);
    let page = |page: &str, order: &str| json!({"query": "message.action='set'", "per_page": "3", "page": page, "order_by": order});
    assert_eq!(heights(page("1", "desc")), ["3/2", "3/0", "1/1"]);
    assert_eq!(heights(page("2", "desc")), ["1/0"]);
    assert_eq!(heights(page("2", "asc")), ["3/2"]);
    assert_eq!(net.refusal("tx_search", page("3", "asc")), "page should be within [1, 2] range, given 3");
    assert_eq!(
        net.refusal("tx_search", page("1", "up")),
        "expected order_by to be either `asc` or `desc` or empty"
    );
    let blocks = net.result("block_search", json!({"query": "tick.mode='BeginBlock' AND block.height < 3"}));
    assert_eq!(blocks["total_count"], "2");
    assert_eq!(blocks["blocks"][0]["block"]["header"]["height"], "2", "newest first");
    assert_eq!(blocks["blocks"][0], net.result("block", json!({"height": "2"})));
}

#[test]
fn the_genesis_document_is_served_whole_and_in_parts() {
    let net = Net::busy();
    let genesis = net.result("genesis", json!({}));
    assert_eq!(genesis, json!({"genesis": {"chain_id": "words-1", "app_state": {"text": "<&>"}}}));
    let chunk = net.result("genesis_chunked", json!({"chunk": "0"}));
    let document = STANDARD.decode(chunk["data"].as_str().unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&document).unwrap(), genesis["genesis"]);
    assert_eq!((&chunk["chunk"], &chunk["total"]), (&json!("0"), &json!("1")));
    assert_eq!(
        net.refusal("genesis_chunked", json!({"chunk": 1})),
        "there are 1 chunks, chunk 1 is not one of them"
    );
}

#[test]
fn the_block_chain_lists_twenty_headers_at_most_newest_first() {
    let net = Net::busy();
    for _ in 0..25 {
        net.chain.block_of(&[]);
    }
    let heights = |params: Value| -> Vec<String> {
        let listed = net.result("blockchain", params);
        let metas = listed["block_metas"].as_array().unwrap();
        metas.iter().map(|meta| meta["header"]["height"].as_str().unwrap().to_owned()).collect()
    };
    let all = heights(json!({}));
    assert_eq!((all.len(), all[0].as_str(), all[19].as_str()), (20, "30", "11"));
    assert_eq!(heights(json!({"minHeight": 2, "maxHeight": 4})), ["4", "3", "2"]);
    let min = json!({"minHeight": 9, "maxHeight": 4});
    assert_eq!(net.refusal("blockchain", min), "min height 9 can't be greater than max height 4");
    assert_eq!(net.refusal("blockchain", json!({"minHeight": -1})), "heights must be non-negative");
}

#[test]
fn before_the_first_block_the_status_is_zeros_and_the_rest_says_so() {
    let net = Net::serving(Chain::start(&[1]));
    let sync = net.result("status", json!({}))["sync_info"].take();
    assert_eq!((&sync["latest_block_height"], &sync["latest_block_hash"]), (&json!("0"), &json!("")));
    assert_eq!(sync["latest_block_time"], "0001-01-01T00:00:00Z");
    assert_eq!(net.refusal("block", json!({})), "there is no block yet");
    assert_eq!(net.refusal("validators", json!({"height": "1"})), "there is no block yet");
    assert_eq!(net.result("abci_info", json!({})), json!({"response": {"data": "words"}}));
}
