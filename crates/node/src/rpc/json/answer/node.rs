//! What the node says of itself and of its chain as a whole.
//!
//! Source: CometBFT 0.38 `rpc/core/{status,health,net,abci}.go`.

use super::super::args::Args;
use super::super::form::validator::KeyForm;
use super::super::form::{B64, Hex, Int, Stamp, non_zero};
use super::{Answered, Refusal, print};
use crate::rpc::Backend;
use crate::rpc::backend::History;
use ics_abci::{Height, Power};
use ics_engine::{header::BLOCK_PROTOCOL, history};
use ics_proto::tendermint::v0_38::types as raw;
use serde::Serialize;
use serde_json::value::RawValue;

/// Clients choose their dialect by this.
const COMETBFT_VERSION: &str = "0.38.17";
const P2P_PROTOCOL: u64 = 8;
/// The gossip channels of CometBFT; nothing here gossips, but clients decode them.
const CHANNELS: &str = "40202122233038606100";
/// Bytes of a part of the genesis document; a longer document is served in parts only.
const GENESIS_CHUNK: usize = 16_777_216;

#[derive(Serialize)]
struct StatusForm {
    node_info: NodeForm,
    sync_info: SyncForm,
    validator_info: SelfForm,
}

#[derive(Serialize)]
struct NodeForm {
    protocol_version: ProtocolForm,
    id: String,
    listen_addr: String,
    network: String,
    version: &'static str,
    channels: &'static str,
    moniker: String,
    other: OtherForm,
}

#[derive(Serialize)]
struct ProtocolForm {
    p2p: Int<u64>,
    block: Int<u64>,
    app: Int<u64>,
}

#[derive(Serialize)]
struct OtherForm {
    tx_index: &'static str,
    rpc_address: String,
}

#[derive(Serialize)]
struct SyncForm {
    latest_block_hash: Hex,
    latest_app_hash: Hex,
    latest_block_height: Int<u64>,
    latest_block_time: Stamp,
    earliest_block_hash: Hex,
    earliest_app_hash: Hex,
    earliest_block_height: Int<u64>,
    earliest_block_time: Stamp,
    catching_up: bool,
}

#[derive(Serialize)]
struct SelfForm {
    address: Hex,
    pub_key: Option<KeyForm>,
    voting_power: Int<Power>,
}

#[derive(Serialize)]
struct NetForm {
    listening: bool,
    listeners: [&'static str; 1],
    n_peers: Int<u8>,
    peers: [(); 0],
}

#[derive(Serialize)]
struct InfoForm {
    response: InfoResponseForm,
}

#[derive(Serialize)]
struct InfoResponseForm {
    data: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_version: Option<Int<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_block_height: Option<Int<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_block_app_hash: Option<B64>,
}

#[derive(Serialize)]
struct GenesisForm<'a> {
    genesis: &'a RawValue,
}

#[derive(Serialize)]
struct ChunkForm {
    chunk: Int<i64>,
    total: Int<usize>,
    data: B64,
}

/// Hash, app hash, height and time of a block; zeros where there is none.
fn milestone(rows: &History<'_>, height: Option<Height>) -> Result<(Hex, Hex, Int<u64>, Stamp), Refusal> {
    let stored = height.map(|height| history::block(rows, height)).transpose()?.flatten();
    let Some(stored) = stored else { return Ok((Hex(Vec::new()), Hex(Vec::new()), Int(0), Stamp(None))) };
    let (id, header) = (raw::BlockId::from(stored.id), raw::Header::from(stored.block.header));
    Ok((Hex(id.hash), Hex(header.app_hash), Int(height.map_or(0, |height| height.0)), Stamp(header.time)))
}

pub(super) fn status(backend: &dyn Backend, _: &Args) -> Answered {
    let rows = &History::of(backend);
    let node = backend.node();
    let tip = history::tip(rows)?;
    let next = tip.map(Height::next);
    let app = next.map(|next| history::params(rows, next)).transpose()?.flatten();
    let set = next.map(|next| history::validators(rows, next)).transpose()?.flatten();
    let key = backend.validator();
    let member = key.and_then(|key| set?.get(&key.address()).map(|validator| validator.power));
    let latest = milestone(rows, tip)?;
    let earliest = milestone(rows, history::base(rows)?)?;
    print(&StatusForm {
        node_info: NodeForm {
            protocol_version: ProtocolForm {
                p2p: Int(P2P_PROTOCOL),
                block: Int(BLOCK_PROTOCOL),
                app: Int(app.map_or(0, |params| params.app_version)),
            },
            id: node.id,
            listen_addr: node.listen_addr,
            network: node.network,
            version: COMETBFT_VERSION,
            channels: CHANNELS,
            moniker: node.moniker,
            other: OtherForm { tx_index: "on", rpc_address: node.rpc_addr },
        },
        sync_info: SyncForm {
            latest_block_hash: latest.0,
            latest_app_hash: latest.1,
            latest_block_height: latest.2,
            latest_block_time: latest.3,
            earliest_block_hash: earliest.0,
            earliest_app_hash: earliest.1,
            earliest_block_height: earliest.2,
            earliest_block_time: earliest.3,
            catching_up: backend.catching_up(),
        },
        validator_info: SelfForm {
            address: Hex(key.map(|key| key.address().0.to_vec()).unwrap_or_default()),
            pub_key: key.as_ref().map(KeyForm::from),
            voting_power: Int(member.unwrap_or(0)),
        },
    })
}

pub(super) fn health(_: &dyn Backend, _: &Args) -> Answered {
    #[derive(Serialize)]
    struct Empty {}
    print(&Empty {})
}

pub(super) fn net_info(_: &dyn Backend, _: &Args) -> Answered {
    print(&NetForm { listening: true, listeners: ["Listener(@)"], n_peers: Int(0), peers: [] })
}

pub(super) fn abci_info(backend: &dyn Backend, _: &Args) -> Answered {
    let rows = &History::of(backend);
    let tip = history::tip(rows)?;
    let result = tip.map(|tip| history::results(rows, tip)).transpose()?.flatten();
    let params = tip.map(|tip| history::params(rows, tip.next())).transpose()?.flatten();
    print(&InfoForm {
        response: InfoResponseForm {
            data: backend.node().app_name,
            app_version: params.and_then(|params| non_zero(params.app_version)),
            last_block_height: tip.map(|tip| Int(tip.0)),
            last_block_app_hash: result.map(|result| B64(result.app_hash.to_vec())),
        },
    })
}

pub(super) fn genesis(backend: &dyn Backend, _: &Args) -> Answered {
    let genesis = backend.genesis();
    if genesis.get().len() > GENESIS_CHUNK {
        return Err(Refusal::GenesisSize);
    }
    print(&GenesisForm { genesis })
}

pub(super) fn genesis_chunked(backend: &dyn Backend, args: &Args) -> Answered {
    let mut chunks = backend.genesis().get().as_bytes().chunks(GENESIS_CHUNK);
    let (chunk, total) = (args.int("chunk").unwrap_or(0), chunks.len());
    let data = usize::try_from(chunk).ok().and_then(|chunk| chunks.nth(chunk));
    let data = data.ok_or(Refusal::Chunk { chunk, total })?;
    print(&ChunkForm { chunk: Int(chunk), total: Int(total), data: B64(data.to_vec()) })
}
