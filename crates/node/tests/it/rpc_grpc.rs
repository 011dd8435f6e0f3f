//! gRPC: queries as raw bytes, transactions, refusals, reflection.

use crate::rpc_chain::Net;
use ics_engine::header::tx_hash;
use ics_proto::cosmos::tx::v1beta1::{
    BroadcastTxRequest, BroadcastTxResponse, GetTxRequest, GetTxResponse, Tx, TxBody,
};
use prost::Message;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use tonic::codec::ProstCodec;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

/// Any message of one text: the queries of the test's application take and give raw bytes.
#[derive(Clone, PartialEq, Message)]
struct Text {
    #[prost(string, tag = "1")]
    text: String,
}

fn channel(net: &Net) -> Channel {
    let endpoint = Channel::from_shared(format!("http://{}", net.grpc.addr())).unwrap();
    net.runtime.block_on(endpoint.connect()).unwrap()
}

fn call<A, B>(net: &Net, path: &'static str, request: Request<A>) -> Result<Response<B>, Status>
where
    A: Message + Default + 'static,
    B: Message + Default + 'static,
{
    let mut client = tonic::client::Grpc::new(channel(net));
    net.runtime.block_on(async {
        client.ready().await.unwrap();
        client.unary(request, PathAndQuery::from_static(path), ProstCodec::default()).await
    })
}

fn text(text: &str) -> Text {
    Text { text: text.into() }
}

#[test]
fn a_query_is_answered_with_the_height_it_is_of() {
    let net = Net::busy();
    let answer: Response<Text> = call(&net, "/words.Query/Echo", Request::new(text("hello"))).unwrap();
    assert_eq!(answer.metadata().get("x-cosmos-block-height").unwrap(), "5");
    assert_eq!(answer.into_inner(), text("hello"));

    let mut request = Request::new(text(""));
    request.metadata_mut().insert("x-cosmos-block-height", "3".parse().unwrap());
    let answer: Response<Text> = call(&net, "/words.Query/Echo", request).unwrap();
    assert_eq!(answer.metadata().get("x-cosmos-block-height").unwrap(), "3");
    assert_eq!(answer.into_inner(), text(""));
}

#[test]
fn refusals_are_statuses() {
    let net = Net::busy();
    let refused = |path: &'static str, height: &str| {
        let mut request = Request::new(text("x"));
        request.metadata_mut().insert("x-cosmos-block-height", height.parse().unwrap());
        let status = call::<Text, Text>(&net, path, request).unwrap_err();
        (status.code(), status.message().to_owned())
    };
    assert_eq!(refused("/words.Query/Get", "0"), (Code::NotFound, "no \n\u{1}x “here”".to_owned()));
    assert_eq!(
        refused("/words.Query/NoSuch", "0"),
        (Code::Unimplemented, "unknown method NoSuch for service words.Query".to_owned())
    );
    assert_eq!(
        refused("/words.Query/Echo", "9"),
        (
            Code::Unknown,
            "cannot query with height in the future; please provide a valid height: invalid height"
                .to_owned()
        )
    );
    assert_eq!(
        refused("/words.Query/Echo", "-1"),
        (Code::InvalidArgument, "cannot query with height < 0; please provide a valid height".to_owned())
    );
    assert_eq!(
        refused("/words.Query/Echo", "x"),
        (Code::InvalidArgument, "invalid height header \"x-cosmos-block-height\": \"x\"".to_owned())
    );
    assert_eq!(
        refused("/words.Query/Panic", "0"),
        (Code::Internal, "the method failed: this is a bug".to_owned())
    );
}

#[test]
fn a_message_beyond_the_limit_is_refused() {
    let net = Net::busy();
    let large = Request::new(text(&"x".repeat(5_000_000)));
    let status = call::<Text, Text>(&net, "/words.Query/Echo", large).unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::ResourceExhausted, "grpc: received message larger than max (4194304)")
    );
}

#[test]
fn a_transaction_is_sent_and_found() {
    let net = Net::busy();
    let body = TxBody { memo: "hello".into(), ..TxBody::default() };
    let tx = Tx { body: Some(body), auth_info: None, signatures: vec![vec![7]] };
    let tx_bytes = tx.encode_to_vec();
    let send = |tx_bytes: &[u8], mode| {
        let request = Request::new(BroadcastTxRequest { tx_bytes: tx_bytes.to_vec(), mode });
        let path = "/cosmos.tx.v1beta1.Service/BroadcastTx";
        let sent = call::<_, BroadcastTxResponse>(&net, path, request);
        sent.map(|response| response.into_inner().tx_response.unwrap())
    };
    let hash = hex::encode_upper(tx_hash(&tx_bytes));
    let sent = send(&tx_bytes, 2).unwrap();
    assert_eq!((sent.code, &sent.txhash), (0, &hash));
    let again = send(&tx_bytes, 2).unwrap();
    assert_eq!((again.code, again.codespace.as_str()), (19, "sdk"));
    let bad = send(b"bad", 2).unwrap();
    assert_eq!((bad.code, bad.codespace.as_str(), bad.raw_log.as_str()), (3, "words", "<bad> & odd"));
    assert_eq!(send(b"bad", 3).unwrap().code, 0, "asynchronously nothing is told");
    assert_eq!(send(b"", 2).unwrap_err().message(), "invalid empty tx");
    let block_mode = send(b"x", 1).unwrap_err();
    assert_eq!(block_mode.message(), "unsupported broadcast mode; supported modes: sync, async");

    let get = |hash: &str| {
        let request = Request::new(GetTxRequest { hash: hash.into() });
        call::<_, GetTxResponse>(&net, "/cosmos.tx.v1beta1.Service/GetTx", request)
    };
    let missing = get(&hash).unwrap_err();
    assert_eq!(
        (missing.code(), missing.message()),
        (Code::NotFound, format!("tx not found: {hash}").as_str())
    );
    net.chain.block_of(&[]);
    let found = get(&hash).unwrap().into_inner();
    assert_eq!(found.tx, Some(tx));
    let response = found.tx_response.unwrap();
    assert_eq!((response.height, response.txhash, response.gas_used), (6, hash, 7));
    assert_eq!(response.timestamp, "2024-01-01T00:00:05Z");
    assert_eq!(response.tx.unwrap().value, tx_bytes);
    assert_eq!(get("").unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(get("xyz").unwrap_err().code(), Code::NotFound);
    let words = hex::encode(tx_hash(b"set a 3"));
    assert_eq!(get(&words).unwrap_err().code(), Code::Internal, "no transaction of the SDK");
}

fn reflect(net: &Net, request: MessageRequest) -> MessageResponse {
    let mut client = ServerReflectionClient::new(channel(net));
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(request) };
    let response: ServerReflectionResponse = net.runtime.block_on(async {
        let mut stream =
            client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
        stream.message().await.unwrap().unwrap()
    });
    response.message_response.unwrap()
}

#[test]
fn reflection_names_the_services_and_their_files() {
    let net = Net::busy();
    let MessageResponse::ListServicesResponse(list) =
        reflect(&net, MessageRequest::ListServices(String::new()))
    else {
        panic!("no list")
    };
    let names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
    for name in [
        "interchain_security.ccv.provider.v1.Query",
        "interchain_security.ccv.consumer.v1.Query",
        "cosmos.tx.v1beta1.Service",
        "ibc.core.channel.v1.Query",
    ] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    let symbol = "interchain_security.ccv.provider.v1.Query".to_owned();
    let MessageResponse::FileDescriptorResponse(files) =
        reflect(&net, MessageRequest::FileContainingSymbol(symbol))
    else {
        panic!("no file")
    };
    let file = prost_types::FileDescriptorProto::decode(files.file_descriptor_proto[0].as_slice()).unwrap();
    assert_eq!(file.name(), "interchain_security/ccv/provider/v1/query.proto");
}

#[test]
fn what_is_no_grpc_gets_no_answer_but_the_server_goes_on() {
    let net = Net::busy();
    for noise in
        [&b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"[..], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff", b"\0"]
    {
        let mut stream = TcpStream::connect(net.grpc.addr()).unwrap();
        stream.write_all(noise).unwrap();
        // It may have hung up already.
        drop(stream.shutdown(std::net::Shutdown::Write));
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer));
        assert!(!answer.windows(4).any(|part| part == b"200 "), "{answer:?}");
    }
    let answer: Response<Text> = call(&net, "/words.Query/Echo", Request::new(text("still here"))).unwrap();
    assert_eq!(answer.into_inner(), text("still here"));
}
