//! Who the node is and where it stands.
//!
//! Source: the SDK's `client/grpc/cmtservice/{service,status}.go`.

use super::{Asked, engine};
use crate::rpc::grpc::status;
use ics_abci::{Height, Query};
use ics_proto::cosmos::base::node::v1beta1::{StatusRequest, StatusResponse};
use ics_proto::cosmos::base::tendermint::v1beta1::{
    AbciQueryRequest, AbciQueryResponse, GetNodeInfoRequest, GetNodeInfoResponse, GetSyncingRequest,
    GetSyncingResponse, ProofOp, ProofOps,
};
use ics_proto::tendermint::p2p::{DefaultNodeInfo, DefaultNodeInfoOther, ProtocolVersion};
use ics_proto::tendermint::v0_38::types as raw;
use prost::Message as _;
use serde::Deserialize;
use serde_json::json;
use tonic::Status;

const NODE_INFO: &str = "/cosmos.base.tendermint.v1beta1.Service/GetNodeInfo";

#[derive(Deserialize)]
struct StatusAnswer {
    node_info: Info,
    sync_info: Sync,
}

#[derive(Deserialize)]
struct Info {
    protocol_version: Protocol,
    id: String,
    listen_addr: String,
    network: String,
    version: String,
    channels: String,
    moniker: String,
    other: Other,
}

#[derive(Deserialize)]
struct Protocol {
    #[serde(with = "tendermint_proto::serializers::from_str")]
    p2p: u64,
    #[serde(with = "tendermint_proto::serializers::from_str")]
    block: u64,
    #[serde(with = "tendermint_proto::serializers::from_str")]
    app: u64,
}

#[derive(Deserialize)]
struct Other {
    tx_index: String,
    rpc_address: String,
}

#[derive(Deserialize)]
struct Sync {
    catching_up: bool,
}

pub(super) fn get_syncing(node: &Asked<'_>, _: GetSyncingRequest) -> Result<GetSyncingResponse, Status> {
    let StatusAnswer { sync_info, .. } = engine(node, "status", &json!({}))?;
    Ok(GetSyncingResponse { syncing: sync_info.catching_up })
}

/// The application's words about itself, and the engine's about the node; while the engine is away, the application's of
/// both: relayers ask this before anything else.
pub(super) fn get_node_info(
    node: &Asked<'_>,
    _: GetNodeInfoRequest,
    height: Height,
) -> Result<GetNodeInfoResponse, Status> {
    let answer = node.ask(&Query { path: NODE_INFO.to_owned(), data: Vec::new(), height, prove: false });
    if answer.code != 0 {
        return Err(status::of(&answer, NODE_INFO));
    }
    let mut response = GetNodeInfoResponse::decode(answer.value.as_slice())
        .map_err(|error| Status::internal(format!("the application's answer is odd: {error}")))?;
    if let Ok(StatusAnswer { node_info, .. }) = engine(node, "status", &json!({})) {
        let Info { protocol_version, id, listen_addr, network, version, channels, moniker, other } =
            node_info;
        let Protocol { p2p, block, app } = protocol_version;
        response.default_node_info = Some(DefaultNodeInfo {
            protocol_version: Some(ProtocolVersion { p2p, block, app }),
            default_node_id: id,
            listen_addr,
            network,
            version,
            channels: hex::decode(channels).unwrap_or_default(),
            moniker,
            other: Some(DefaultNodeInfoOther { tx_index: other.tx_index, rpc_address: other.rpc_address }),
        });
    }
    Ok(response)
}

/// Where the application stands: its last block, and the first whose state can be asked about.
pub(super) fn get_status(node: &Asked<'_>, _: StatusRequest) -> Result<StatusResponse, Status> {
    #[derive(Deserialize)]
    struct Answer {
        header: raw::Header,
    }
    let height = node.height();
    let Answer { header } = engine(node, "header", &json!({"height": height.0.to_string()}))?;
    Ok(StatusResponse {
        earliest_store_height: node.oldest().0,
        height: height.0,
        timestamp: header.time,
        app_hash: header.app_hash,
        validator_hash: header.next_validators_hash,
    })
}

/// A question to the stores, or about the application; methods of gRPC have their own addresses.
pub(super) fn abci_query(node: &Asked<'_>, request: AbciQueryRequest) -> Result<AbciQueryResponse, Status> {
    let AbciQueryRequest { data, path, height, prove } = request;
    if path.is_empty() {
        return Err(Status::invalid_argument("empty query path"));
    }
    let kind = path.strip_prefix('/').and_then(|path| path.split('/').next());
    if !matches!(kind, Some("app" | "store" | "p2p" | "custom")) {
        return Err(Status::invalid_argument(format!("unsupported ABCI query path: {path}")));
    }
    let height = u64::try_from(height).map(Height).map_err(|_| {
        Status::invalid_argument("cannot query with height < 0; please provide a valid height")
    })?;
    let answer = node.ask(&Query { path, data, height, prove });
    let op = |(kind, key, data)| ProofOp { r#type: kind, key, data };
    let ops: Vec<ProofOp> = answer.proof.into_iter().map(op).collect();
    Ok(AbciQueryResponse {
        code: answer.code,
        log: answer.log,
        info: String::new(),
        index: 0,
        key: answer.key,
        value: answer.value,
        proof_ops: (!ops.is_empty()).then_some(ProofOps { ops }),
        height: i64::try_from(answer.height.0).unwrap_or(i64::MAX),
        codespace: answer.codespace,
    })
}
