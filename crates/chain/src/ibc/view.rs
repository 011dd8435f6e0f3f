//! What reading IBC's state needs: the state, the block, the chain. Blocks and queries both give it.

use super::path;
use crate::query::QueryCtx;
use crate::{BlockInfo, ChainConfig, Ctx};
use ibc_proto::google::protobuf::Any;
use ibc_proto::ibc::core::channel::v1::Channel;
use ibc_proto::ibc::core::connection::v1::{ClientPaths, ConnectionEnd};
use ics_abci::Height;
use ics_ccv::id::ChainId;
use ics_kv::{Bytes, Corrupt, Read};
use prost::Message;

/// A height as light clients count: the revision of the chain id, then the height.
pub type IbcHeight = (u64, u64);

/// A place from which IBC's state can be read.
pub trait View {
    /// The state.
    fn state(&self) -> &dyn Read;
    /// The block at hand, or for a query the last one.
    fn block(&self) -> &BlockInfo;
    /// The chain.
    fn chain(&self) -> &ChainConfig;
}

impl View for Ctx<'_> {
    fn state(&self) -> &dyn Read {
        self
    }
    fn block(&self) -> &BlockInfo {
        self.block
    }
    fn chain(&self) -> &ChainConfig {
        self.chain
    }
}

impl View for QueryCtx<'_> {
    fn state(&self) -> &dyn Read {
        self.state
    }
    fn block(&self) -> &BlockInfo {
        self.block
    }
    fn chain(&self) -> &ChainConfig {
        self.chain
    }
}

macro_rules! view_by_reference {
    ($($reference:ty),*) => {$(
        impl<V: View + ?Sized> View for $reference {
            fn state(&self) -> &dyn Read {
                (**self).state()
            }
            fn block(&self) -> &BlockInfo {
                (**self).block()
            }
            fn chain(&self) -> &ChainConfig {
                (**self).chain()
            }
        }
    )*};
}
view_by_reference!(&V, &mut V);

/// The revision that light clients of this chain count heights in; `None` where the number in the chain id does not
/// fit 64 bits. Source: provider spec §2.3.
#[must_use]
pub fn revision(chain_id: &str) -> Option<u64> {
    ChainId(chain_id.to_owned()).revision().ok()
}

/// Our height as the other chains count it. A revision beyond 64 bits counts as 0: no such chain has clients.
pub(crate) fn host_height(view: &(impl View + ?Sized)) -> IbcHeight {
    let Height(height) = view.block().height;
    (revision(&view.chain().chain_id).unwrap_or(0), height)
}

/// Our time in nanoseconds since 1970, as packets and clients carry it; 0 before 1970.
pub(crate) fn host_nanos(view: &(impl View + ?Sized)) -> u64 {
    view.block().time.packet_nanos().unwrap_or(0)
}

/// The bytes at a path.
pub(crate) fn bytes(state: &(impl Read + ?Sized), path: &str) -> Option<Bytes> {
    state.get(&path::key(path))
}

/// The message at a path.
pub(crate) fn message<M: Message + Default>(
    state: &(impl Read + ?Sized),
    path: &str,
) -> Result<Option<M>, Corrupt> {
    let Some(stored) = bytes(state, path) else { return Ok(None) };
    M::decode(&*stored).map(Some).map_err(|_| Corrupt { key: path::key(path) })
}

/// The number of eight bytes at a path.
pub(crate) fn number(state: &(impl Read + ?Sized), path: &str) -> Result<Option<u64>, Corrupt> {
    let Some(stored) = bytes(state, path) else { return Ok(None) };
    let number = (*stored).try_into().map(u64::from_be_bytes);
    number.map(Some).map_err(|_| Corrupt { key: path::key(path) })
}

/// A client's state as it is stored.
pub(crate) fn client_any(state: &(impl Read + ?Sized), client: &str) -> Result<Option<Any>, Corrupt> {
    message(state, &path::client_state(client))
}

/// A connection as it is stored.
pub(crate) fn connection_end(
    state: &(impl Read + ?Sized),
    connection: &str,
) -> Result<Option<ConnectionEnd>, Corrupt> {
    message(state, &path::connection(connection))
}

/// The connections of a client, in the order in which they were begun.
pub(crate) fn connections_of(state: &(impl Read + ?Sized), client: &str) -> Result<Vec<String>, Corrupt> {
    let paths: Option<ClientPaths> = message(state, &path::client_connections(client))?;
    Ok(paths.unwrap_or_default().paths)
}

/// A channel end as it is stored.
pub(crate) fn channel_end(
    state: &(impl Read + ?Sized),
    port: &str,
    channel: &str,
) -> Result<Option<Channel>, Corrupt> {
    message(state, &path::channel(port, channel))
}
