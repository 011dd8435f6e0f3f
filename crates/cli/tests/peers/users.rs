//! gRPC and REST of a chain behind CometBFT: what wallets ask, answered by the application and by CometBFT together.

use crate::comet;
use crate::node::{Between, Node, provider, wait_for};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ics_client::{Account, Body, Coin, Fee, msgs, sign};
use ics_proto::cosmos::base::tendermint::v1beta1::{GetLatestBlockRequest, GetLatestBlockResponse};
use ics_proto::cosmos::tx::v1beta1::{GetTxRequest, GetTxResponse};
use ics_world::topology;
use prost::Message;
use serde_json::{Value, json};
use tonic::codec::ProstCodec;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

/// Where a node answers users.
struct Users {
    node: Node,
    grpc: String,
    rest: String,
    agent: ureq::Agent,
    runtime: tokio::runtime::Runtime,
}

impl Users {
    /// A provider of one validator, behind CometBFT, that answers users; with more lines in the section of REST.
    fn start(api: &str) -> Self {
        let mut node = Node::new(1, &provider(1), Between::Tcp);
        node.write_app_toml(&format!(
            "role = \"provider\"\nminimum-gas-prices = \"0.001stake\"\n\
             [grpc]\naddress = \"localhost:0\"\n[api]\nenable = true\naddress = \"tcp://localhost:0\"\n{api}\n"
        ));
        node.start();
        let said = wait_for("application", || node.listens().then(|| node.app_said()));
        let line = said.lines().find_map(|line| line.strip_prefix("users ask gRPC on ")).unwrap();
        let (grpc, rest) = line.split_once(", REST on ").unwrap();
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { node, grpc: grpc.into(), rest: rest.into(), agent: config.into(), runtime }
    }

    /// Status, height of the metadata and body.
    fn get(&self, address: &str, height: Option<&str>) -> (u16, String, Value) {
        let mut request = self.agent.get(format!("http://{}{address}", self.rest));
        if let Some(height) = height {
            request = request.header("x-cosmos-block-height", height);
        }
        read(request.call().unwrap())
    }

    fn json(&self, address: &str) -> Value {
        let (status, _, body) = self.get(address, None);
        assert_eq!(status, 200, "{address}: {body}\n{}", self.node.logs());
        body
    }

    fn post(&self, address: &str, body: &Value) -> (u16, Value) {
        let url = format!("http://{}{address}", self.rest);
        let (status, _, body) = read(self.agent.post(&url).send(body.to_string()).unwrap());
        (status, body)
    }

    fn channel(&self) -> Channel {
        let endpoint = Channel::from_shared(format!("http://{}", self.grpc)).unwrap();
        self.runtime.block_on(endpoint.connect()).unwrap()
    }

    fn call<A, B>(&self, path: &'static str, request: Request<A>) -> Result<Response<B>, Box<Status>>
    where
        A: Message + Default + 'static,
        B: Message + Default + 'static,
    {
        let mut client = tonic::client::Grpc::new(self.channel());
        self.runtime.block_on(async {
            client.ready().await.unwrap();
            let path = PathAndQuery::from_static(path);
            client.unary(request, path, ProstCodec::default()).await.map_err(Box::new)
        })
    }

    /// What CometBFT itself answers.
    fn comet(&self, path: &str) -> Value {
        self.node.get(path).unwrap()
    }
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> (u16, String, Value) {
    let height = response.headers().get("grpc-metadata-x-cosmos-block-height");
    let height = height.map(|height| height.to_str().unwrap().to_owned()).unwrap_or_default();
    let text = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), height, serde_json::from_str(&text).unwrap())
}

/// Bytes in base64 as CometBFT has them in hexadecimal.
fn hexed(value: &Value) -> String {
    hex::encode_upper(STANDARD.decode(value.as_str().unwrap()).unwrap())
}

/// A time without the zeros at its end, of which protobuf's JSON writes some and CometBFT's none.
fn moment(value: &Value) -> String {
    let text = value.as_str().unwrap().strip_suffix('Z').unwrap();
    assert!(text.contains('.') || text.len() == "2026-01-01T00:00:00".len(), "{text}");
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}.{}", places.trim_end_matches('0'))
}

fn alice() -> String {
    topology::key(0).unwrap().address().to_text("cosmos")
}

#[test]
fn blocks_sets_and_the_node_are_those_of_cometbft() {
    if comet::program().is_none() {
        return;
    }
    let mut users = Users::start("");
    users.node.wait_beyond(3);
    let block = users.json("/cosmos/base/tendermint/v1beta1/blocks/2");
    let theirs = users.comet("block?height=2");
    assert_eq!(hexed(&block["block_id"]["hash"]), theirs["block_id"]["hash"]);
    for (ours, name) in [(&block["block"], "block"), (&block["sdk_block"], "sdk_block")] {
        assert_eq!(hexed(&ours["header"]["app_hash"]), theirs["block"]["header"]["app_hash"], "{name}");
        assert_eq!(moment(&ours["header"]["time"]), moment(&theirs["block"]["header"]["time"]), "{name}");
        assert_eq!(ours["last_commit"]["signatures"].as_array().unwrap().len(), 1, "{name}");
    }
    let (status, _, refused) = users.get("/cosmos/base/tendermint/v1beta1/blocks/99999", None);
    assert_eq!(
        (status, &refused["message"]),
        (400, &json!("requested block height is bigger then the chain length"))
    );
    let set = users.json("/cosmos/base/tendermint/v1beta1/validatorsets/2");
    let theirs = users.comet("validators?height=2");
    assert_eq!(set["block_height"], "2");
    assert_eq!(set["validators"][0]["voting_power"], theirs["validators"][0]["voting_power"]);
    assert_eq!(set["validators"][0]["pub_key"]["key"], theirs["validators"][0]["pub_key"]["value"]);
    assert_eq!(set["validators"][0]["pub_key"]["@type"], "/cosmos.crypto.ed25519.PubKey");
    assert_eq!(set["pagination"], json!({"next_key": null, "total": "1"}));
    let latest = users.json("/cosmos/base/tendermint/v1beta1/validatorsets/latest");
    assert_eq!(latest["validators"][0]["address"], set["validators"][0]["address"]);
    assert_eq!(users.json("/cosmos/base/tendermint/v1beta1/syncing"), json!({"syncing": false}));
    let info = users.json("/cosmos/base/tendermint/v1beta1/node_info");
    assert_eq!(info["default_node_info"]["default_node_id"], users.comet("status")["node_info"]["id"]);
    assert_eq!(info["application_version"]["name"], "ics");
    let config = users.json("/cosmos/base/node/v1beta1/config");
    assert_eq!(config["minimum_gas_price"], "0.001000000000000000stake");

    // The same by gRPC, and as a question to CometBFT, which hands it on to the application.
    const LATEST: &str = "/cosmos.base.tendermint.v1beta1.Service/GetLatestBlock";
    let answer: Response<GetLatestBlockResponse> =
        users.call(LATEST, Request::new(GetLatestBlockRequest {})).unwrap();
    let told: u64 =
        answer.metadata().get("x-cosmos-block-height").unwrap().to_str().unwrap().parse().unwrap();
    let header = answer.into_inner().sdk_block.unwrap().header.unwrap();
    assert!(header.proposer_address.starts_with("cosmosvalcons1"), "{}", header.proposer_address);
    assert!(told > 3 && header.height > 3, "{told} {}", header.height);
    let asked = users.comet(&format!("abci_query?path=%22{LATEST}%22"));
    let bytes = STANDARD.decode(asked["response"]["value"].as_str().unwrap()).unwrap();
    let by_abci =
        GetLatestBlockResponse::decode(bytes.as_slice()).unwrap().sdk_block.unwrap().header.unwrap();
    assert!(by_abci.height >= header.height);
    assert_eq!(by_abci.chain_id, "provider-1");

    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = ServerReflectionClient::new(users.channel());
    let response = users.runtime.block_on(async {
        let mut stream =
            client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
        stream.message().await.unwrap().unwrap()
    });
    let Some(MessageResponse::ListServicesResponse(list)) = response.message_response else {
        panic!("no list")
    };
    assert!(list.service.iter().any(|one| one.name == "interchain_security.ccv.provider.v1.Query"));
}

#[test]
fn a_transaction_is_simulated_sent_and_found() {
    if comet::program().is_none() {
        return;
    }
    let mut users = Users::start("");
    users.node.wait_beyond(2);
    let account = users.json(&format!("/cosmos/auth/v1beta1/accounts/{}", alice()));
    let number = |field: &str| account["account"][field].as_str().unwrap().parse().unwrap();
    let account = Account { number: number("account_number"), sequence: number("sequence") };
    let to = topology::key(1).unwrap().address().to_text("cosmos");
    let coin = |amount| Coin { denom: "stake".into(), amount };
    let body = Body { memo: "to find".into(), ..Body::of(vec![msgs::send(&alice(), &to, &[coin(7)])]) };
    let key = topology::key(0).unwrap();
    let fee = Fee { amount: vec![coin(1_000)], gas_limit: 200_000 };
    let signed = sign(&body, &fee, "provider-1", &[(&key, account)]);
    let tx_bytes = STANDARD.encode(&signed.bytes);
    let hash = signed.hash;

    let (status, simulated) = users.post("/cosmos/tx/v1beta1/simulate", &json!({"tx_bytes": tx_bytes}));
    assert_eq!(status, 200, "{simulated}");
    assert!(
        simulated["gas_info"]["gas_used"].as_str().unwrap().parse::<u64>().unwrap() > 10_000,
        "{simulated}"
    );
    let (status, decoded) = users.post("/cosmos/tx/v1beta1/decode", &json!({"tx_bytes": tx_bytes}));
    assert_eq!((status, &decoded["tx"]["body"]["memo"]), (200, &json!("to find")));
    let (status, encoded) = users.post("/cosmos/tx/v1beta1/encode", &decoded);
    assert_eq!((status, &encoded["tx_bytes"]), (200, &json!(tx_bytes)));
    let (status, refused) = users.post("/cosmos/tx/v1beta1/encode/amino", &json!({"amino_json": "{}"}));
    assert_eq!((status, &refused["code"]), (501, &json!(12)));

    let (status, _, missing) = users.get(&format!("/cosmos/tx/v1beta1/txs/{hash}"), None);
    assert_eq!((status, &missing["message"]), (404, &json!(format!("tx not found: {hash}"))));
    let send = || {
        users.post("/cosmos/tx/v1beta1/txs", &json!({"tx_bytes": tx_bytes, "mode": "BROADCAST_MODE_SYNC"}))
    };
    let (status, sent) = send();
    assert_eq!(
        (status, &sent["tx_response"]["code"], &sent["tx_response"]["txhash"]),
        (200, &json!(0), &json!(hash))
    );
    let (_, again) = send();
    assert_eq!(
        (&again["tx_response"]["code"], &again["tx_response"]["codespace"]),
        (&json!(19), &json!("sdk")),
        "{again}"
    );
    let found = wait_for("transaction", || {
        let (status, _, found) = users.get(&format!("/cosmos/tx/v1beta1/txs/{hash}"), None);
        (status == 200).then_some(found)
    });
    let response = &found["tx_response"];
    assert_eq!((&response["code"], &response["txhash"]), (&json!(0), &json!(hash)));
    assert_eq!(response["tx"]["body"]["memo"], "to find");
    let height: u64 = response["height"].as_str().unwrap().parse().unwrap();
    let time = users.comet(&format!("header?height={height}"))["header"]["time"].as_str().unwrap().to_owned();
    assert_eq!(response["timestamp"].as_str().unwrap(), format!("{}Z", &time[..19]));

    let query = format!("transfer.recipient%3D%27{to}%27%20AND%20tx.height%3D{height}");
    for address in [
        format!("/cosmos/tx/v1beta1/txs?query={query}"),
        format!(
            "/cosmos/tx/v1beta1/txs?events=transfer.recipient%3D%27{to}%27&events=tx.height%3D{height}&order_by=ORDER_BY_DESC"
        ),
    ] {
        let listed = users.json(&address);
        assert_eq!((&listed["total"], &listed["tx_responses"][0]), (&json!("1"), response), "{address}");
        assert_eq!(listed["txs"][0]["body"]["memo"], "to find");
    }
    let (status, _, refused) = users.get("/cosmos/tx/v1beta1/txs", None);
    assert_eq!((status, &refused["message"]), (400, &json!("query cannot be empty")));
    let whole = users.json(&format!("/cosmos/tx/v1beta1/txs/block/{height}"));
    assert_eq!(whole["txs"][0], found["tx"]);
    assert_eq!(whole["block"]["header"]["height"], height.to_string());
    let by_grpc: Response<GetTxResponse> = users
        .call("/cosmos.tx.v1beta1.Service/GetTx", Request::new(GetTxRequest { hash: hash.clone() }))
        .unwrap();
    assert_eq!(by_grpc.into_inner().tx_response.unwrap().txhash, hash);

    // A balance before and after the block.
    let balance = format!("/cosmos/bank/v1beta1/balances/{to}/by_denom?denom=stake");
    let amount = |height: u64| {
        let (status, told, body) = users.get(&balance, Some(&height.to_string()));
        assert_eq!((status, told), (200, height.to_string()), "{body}");
        body["balance"]["amount"].as_str().unwrap().parse::<u128>().unwrap()
    };
    assert_eq!(amount(height) - amount(height - 1), 7);
    let (status, _, refused) = users.get(&balance, Some("-1"));
    assert_eq!(status, 400, "{refused}");
}

#[test]
fn without_cometbft_the_application_answers_and_the_rest_is_unavailable() {
    if comet::program().is_none() {
        return;
    }
    let mut users = Users::start("enabled-unsafe-cors = true");
    users.node.wait_beyond(1);
    users.node.kill_comet();
    let url = users.node.url();
    let (status, _, refused) = users.get("/cosmos/base/tendermint/v1beta1/blocks/latest", None);
    let why = refused["message"].as_str().unwrap();
    assert!(
        status == 503 && why.starts_with(&format!("CometBFT does not answer at {url}: ")),
        "{status} {why}"
    );
    let params = users.json("/interchain_security/ccv/provider/params");
    assert!(params["params"]["blocks_per_epoch"].is_string(), "{params}");
    let info = users.json("/cosmos/base/tendermint/v1beta1/node_info");
    assert_eq!(info["default_node_info"]["network"], "provider-1");

    // Pages of other origins may ask where the operator says so.
    let origins = |users: &Users| {
        let url = format!("http://{}/cosmos/bank/v1beta1/params", users.rest);
        let response = users.agent.get(&url).header("origin", "http://x.example").call().unwrap();
        response.headers().contains_key("access-control-allow-origin")
    };
    assert!(origins(&users));
    users.node.start_comet();
    users.node.wait_beyond(2);
    let said = users.node.stop();
    assert_eq!(said, (Some(0), "stopped; the next start goes on from here".to_owned()));
    assert!(!origins(&Users::start("")));
}
