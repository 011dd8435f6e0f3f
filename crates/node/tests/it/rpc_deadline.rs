//! An answer that takes too long is refused in the protocol's own words, and the work on it stops.

use crate::rpc_chain::{Chain, Net, any_port};
use ics_node::rpc::{
    ANSWER_TIMEOUT, CONNECTIONS_MAX, Gateway, Origins, PATIENCE, Reach, Terms, WRITE_TIMEOUT, serve_rest,
};
use ics_proto::cosmos::tx::v1beta1::{GetTxsEventRequest, GetTxsEventResponse};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tonic::codec::ProstCodec;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

/// Blocks that a search for the events of all of them reads, one by one.
const BLOCKS: usize = 300;
const TERMS: Terms = Terms {
    reach: Reach::Loopback,
    answer_timeout: Duration::from_millis(50),
    write_timeout: WRITE_TIMEOUT,
    connections_max: CONNECTIONS_MAX,
    patience: PATIENCE,
};
const WORDS: &str = "there is no answer within 50ms: ask for less at once, or for fewer heights";

/// A chain whose disk does not answer any more after a few rows, and its servers.
fn stuck() -> Net {
    stuck_on(TERMS)
}

fn stuck_on(terms: Terms) -> Net {
    let chain = Chain::start(&[1]);
    for n in 0..BLOCKS {
        chain.block_of(&[format!("set k {n}").as_bytes()]);
    }
    chain.rows.answer_only(10);
    Net::serving_on(chain, terms)
}

/// Lets the disk answer again, waits until nobody works any more, and gives how many rows were read in all.
fn rows_read(net: Net) -> usize {
    let chain = Arc::clone(&net.chain);
    chain.rows.answer_all();
    // Waits for the threads that work.
    drop(net);
    chain.rows.answered()
}

#[test]
fn a_search_that_takes_too_long_is_an_internal_error_and_stops() {
    for (method, query) in [("tx_search", "set.key EXISTS"), ("block_search", "tick.mode CONTAINS 'Begin'")] {
        let net = stuck();
        assert_eq!(net.refusal(method, json!({"query": query})), WORDS);
        // A busy machine may need longer for that too, now and then.
        let goes_on = (0..1_000).any(|_| net.response("health", json!({}))["result"] == json!({}));
        assert!(goes_on, "the server does not answer any more");
        // The row that it waited for, and those of the page that it had begun.
        let read = rows_read(net);
        assert!(read < BLOCKS, "{method}: {read} rows were read for an answer that nobody waits for");
    }
}

#[test]
fn a_batch_has_the_time_of_one_answer() {
    let net = stuck();
    let one = |id| json!({"id": id, "method": "tx_search", "params": {"query": "set.key EXISTS"}});
    let body = json!([one(1), one(2), {"id": 3, "method": "health"}]);
    let (_, text) = net.post_text(body.to_string().as_bytes());
    let answers: Value = serde_json::from_str(&text).unwrap();
    for answer in answers.as_array().unwrap() {
        assert_eq!((&answer["error"]["code"], &answer["error"]["data"]), (&json!(-32603), &json!(WORDS)));
    }
    assert_eq!(answers.as_array().unwrap().len(), 3);
    rows_read(net);
}

fn search_over_grpc(net: &Net, timeout: Option<Duration>) -> Status {
    let endpoint = Channel::from_shared(format!("http://{}", net.grpc.addr())).unwrap();
    let request = GetTxsEventRequest { query: "set.key EXISTS".to_owned(), ..GetTxsEventRequest::default() };
    let mut request = Request::new(request);
    timeout.into_iter().for_each(|timeout| request.set_timeout(timeout));
    net.runtime.block_on(async {
        let mut client = tonic::client::Grpc::new(endpoint.connect().await.unwrap());
        client.ready().await.unwrap();
        let path = PathAndQuery::from_static("/cosmos.tx.v1beta1.Service/GetTxsEvent");
        let codec = ProstCodec::<GetTxsEventRequest, GetTxsEventResponse>::default();
        client.unary(request, path, codec).await.unwrap_err()
    })
}

#[test]
fn over_grpc_it_is_deadline_exceeded() {
    let net = stuck();
    let status = search_over_grpc(&net, None);
    assert_eq!((status.code(), status.message()), (Code::DeadlineExceeded, WORDS));
    assert!(rows_read(net) < BLOCKS);
}

#[test]
fn over_grpc_nobody_works_for_longer_than_the_client_says_that_it_waits() {
    let net = stuck_on(Terms { answer_timeout: Duration::from_secs(86_400), ..TERMS });
    // The client gives up by itself at about the time when it is told.
    let status = search_over_grpc(&net, Some(Duration::from_millis(300)));
    assert!([Code::DeadlineExceeded, Code::Cancelled].contains(&status.code()), "{status}");
    // The server heard of it a little later than the client counts.
    std::thread::sleep(Duration::from_secs(1));
    assert!(rows_read(net) < BLOCKS);
}

#[test]
fn over_rest_it_is_a_gateway_timeout() {
    let net = stuck();
    let gateway = Gateway { origins: Origins::Own, swagger: false, metrics: false };
    let server = serve_rest(net.chain.clone(), any_port(), TERMS, gateway);
    let server = net.runtime.block_on(server).unwrap();
    let url = format!("http://{}/cosmos/tx/v1beta1/txs?query=set.key%20EXISTS", server.addr());
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut response = agent.get(&url).call().unwrap();
    assert_eq!(response.status(), 504);
    let body: Value = serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap();
    assert_eq!(body, json!({"code": 4, "message": WORDS, "details": []}));
    assert!(rows_read(net) < BLOCKS);
}

#[test]
fn whoever_says_nothing_has_the_limits_of_comet_bft() {
    let ten = Duration::from_secs(10);
    let expected = Terms {
        reach: Reach::Anywhere,
        answer_timeout: ten,
        write_timeout: ten,
        connections_max: 900,
        patience: ten,
    };
    assert_eq!(Terms::from(Reach::Anywhere), expected);
    assert_eq!((ANSWER_TIMEOUT, WRITE_TIMEOUT), (ten, ten));
}
