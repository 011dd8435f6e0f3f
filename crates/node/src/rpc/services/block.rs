//! Blocks, as bytes and with the SDK's addresses.
//!
//! Source: the SDK's `client/grpc/cmtservice/{block,util}.go`, `x/auth/tx/service.go` (`GetBlockWithTxs`).

use super::{Asked, engine, page, tx};
use crate::rpc::json::form::evidence;
use ics_abci::{ConsAddr, Height};
use ics_proto::cosmos::base::query::v1beta1::PageResponse;
use ics_proto::cosmos::base::tendermint::v1beta1::{
    Block as SdkBlock, GetBlockByHeightRequest, GetBlockByHeightResponse, GetLatestBlockRequest,
    GetLatestBlockResponse, Header as SdkHeader,
};
use ics_proto::cosmos::tx::v1beta1::{GetBlockWithTxsRequest, GetBlockWithTxsResponse};
use ics_proto::tendermint::v0_38::types as raw;
use serde::Deserialize;
use serde_json::{Value, json};
use tonic::Status;

#[derive(Deserialize)]
struct BlockAnswer {
    block_id: raw::BlockId,
    block: Value,
}

pub(super) fn get_latest_block(
    node: &Asked<'_>,
    _: GetLatestBlockRequest,
) -> Result<GetLatestBlockResponse, Status> {
    let (block_id, block) = block(node, None)?;
    let sdk_block = Some(sdk(node, &block)?);
    Ok(GetLatestBlockResponse { block_id: Some(block_id), block: Some(block), sdk_block })
}

pub(super) fn get_block_by_height(
    node: &Asked<'_>,
    request: &GetBlockByHeightRequest,
) -> Result<GetBlockByHeightResponse, Status> {
    known(node, request.height)?;
    let (block_id, block) = block(node, Some(request.height))?;
    let sdk_block = Some(sdk(node, &block)?);
    Ok(GetBlockByHeightResponse { block_id: Some(block_id), block: Some(block), sdk_block })
}

pub(super) fn get_block_with_txs(
    node: &Asked<'_>,
    request: &GetBlockWithTxsRequest,
    asked: Height,
) -> Result<GetBlockWithTxsResponse, Status> {
    let current = if asked.0 == 0 { node.height() } else { asked };
    if request.height < 1 || u64::try_from(request.height).is_ok_and(|height| height > current.0) {
        return Err(Status::unknown(format!(
            "requested height {} but height must not be less than 1 or greater than the current height {current}: \
             invalid height",
            request.height
        )));
    }
    let (block_id, block) = block(node, Some(request.height))?;
    let data = block.data.as_ref().map(|data| data.txs.as_slice()).unwrap_or_default();
    let (offset, limit) = match &request.pagination {
        Some(page) => (page.offset, page.limit),
        None => (0, page::LIMIT),
    };
    let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    if place(offset) >= data.len() && !data.is_empty() {
        return Err(Status::unknown(format!(
            "out of range: cannot paginate {} txs with offset {offset} and limit {limit}: invalid request",
            data.len()
        )));
    }
    let is_reverse = request.pagination.as_ref().is_some_and(|page| page.reverse);
    let txs = if is_reverse {
        // The reference goes from the entry at the offset down, and never reads the first.
        let chosen = data.iter().enumerate().skip(1).take(place(offset)).rev().take(place(limit));
        chosen.map(|(_, bytes)| tx::decoded(bytes)).collect::<Result<_, _>>()?
    } else {
        data.iter()
            .skip(place(offset))
            .take(place(limit))
            .map(|bytes| tx::decoded(bytes))
            .collect::<Result<_, _>>()?
    };
    let total = u64::try_from(data.len()).unwrap_or(u64::MAX);
    Ok(GetBlockWithTxsResponse {
        txs,
        block_id: Some(block_id),
        block: Some(block),
        pagination: Some(PageResponse { next_key: Vec::new(), total }),
    })
}

/// Refuses a height that no block has yet.
pub(super) fn known(node: &Asked<'_>, height: i64) -> Result<(), Status> {
    #[derive(Deserialize)]
    struct Chain {
        sync_info: Sync,
    }
    #[derive(Deserialize)]
    struct Sync {
        #[serde(with = "tendermint_proto::serializers::from_str")]
        latest_block_height: i64,
    }
    let chain: Chain = engine(node, "status", &json!({}))?;
    if height > chain.sync_info.latest_block_height {
        return Err(Status::invalid_argument("requested block height is bigger then the chain length"));
    }
    Ok(())
}

/// A block, or the last one.
fn block(node: &Asked<'_>, height: Option<i64>) -> Result<(raw::BlockId, raw::Block), Status> {
    let params = height.map_or_else(|| json!({}), |height| json!({"height": height.to_string()}));
    let BlockAnswer { block_id, mut block } = engine(node, "block", &params)?;
    if let Some(list) = block.pointer_mut("/evidence/evidence").and_then(Value::as_array_mut) {
        list.iter_mut().for_each(evidence::plain_names);
    }
    let block = serde_json::from_value(block)
        .map_err(|error| Status::internal(format!("the engine's block is odd: {error}")))?;
    Ok((block_id, block))
}

/// The same block, whose proposer is named by its address as text.
fn sdk(node: &Asked<'_>, block: &raw::Block) -> Result<SdkBlock, Status> {
    let raw::Block { header, data, evidence, last_commit } = block.clone();
    let header = header.ok_or_else(|| Status::internal("the engine's block has no header"))?;
    let proposer = <[u8; 20]>::try_from(header.proposer_address.as_slice()).map(ConsAddr);
    let proposer = proposer.map_err(|_| Status::internal("the engine's block has no proposer"))?;
    let header = SdkHeader {
        version: header.version,
        chain_id: header.chain_id,
        height: header.height,
        time: header.time,
        last_block_id: header.last_block_id,
        last_commit_hash: header.last_commit_hash,
        data_hash: header.data_hash,
        validators_hash: header.validators_hash,
        next_validators_hash: header.next_validators_hash,
        consensus_hash: header.consensus_hash,
        app_hash: header.app_hash,
        last_results_hash: header.last_results_hash,
        evidence_hash: header.evidence_hash,
        proposer_address: proposer.to_text(&format!("{}valcons", node.prefix())),
    };
    Ok(SdkBlock { header: Some(header), data, evidence, last_commit })
}
