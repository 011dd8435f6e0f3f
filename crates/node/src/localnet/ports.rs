//! Which ports a network's chains serve on, and whether they are free.
//!
//! All of them are looked at before anything else happens: a network that lacks a port for its second consumer must not
//! find out after it has begun.

use super::LocalnetError;
use crate::rpc::ServeError;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// First port of the JSON-RPC, and how far apart those of two chains are.
const RPC_PORT: u16 = 26_657;
const RPC_STRIDE: u16 = 10;
/// First port of gRPC; the next chain has the next.
const GRPC_PORT: u16 = 9_090;
const GRPC_STRIDE: u16 = 1;
/// First port of the REST gateway; the next chain has the next.
const REST_PORT: u16 = 1_317;
const REST_STRIDE: u16 = 1;

/// First ports of a node on CometBFT beside its JSON-RPC: other nodes, the application. The next chain's are as far apart as
/// those of the JSON-RPC.
const P2P_PORT: u16 = 26_656;
const ABCI_PORT: u16 = 26_658;
/// How far below the first validator's ports those of the next one are: all below the ports that systems give away.
const VALIDATOR_STRIDE: u16 = 3_000;
/// Chains whose nodes' ports stay apart.
const NODE_CHAINS_MAX: usize = 300;
/// The page of metrics: of all chains, or on CometBFT of its first node; the other nodes' are as far apart as their other ports.
const METRICS_PORT: u16 = 26_660;

/// Where the page of metrics is.
pub(super) fn metrics(offset: u16) -> Result<SocketAddr, LocalnetError> {
    let port = METRICS_PORT.checked_add(offset);
    let port = port.ok_or_else(|| LocalnetError::Offset { offset, most: most(0) })?;
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

/// Where the servers of a chain listen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addrs {
    pub(super) rpc: SocketAddr,
    pub(super) grpc: SocketAddr,
    pub(super) rest: SocketAddr,
}

/// Where the servers of the chain at a place listen.
pub(super) fn of(index: usize, offset: u16) -> Result<Addrs, LocalnetError> {
    let too_large = || LocalnetError::Offset { offset, most: most(index) };
    let address = |first: u16, stride: u16| {
        let port = u16::try_from(index)
            .ok()
            .and_then(|index| stride.checked_mul(index))
            .and_then(|distance| first.checked_add(distance))
            .and_then(|port| port.checked_add(offset))
            .ok_or_else(too_large)?;
        Ok::<_, LocalnetError>(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    };
    Ok(Addrs {
        rpc: address(RPC_PORT, RPC_STRIDE)?,
        grpc: address(GRPC_PORT, GRPC_STRIDE)?,
        rest: address(REST_PORT, REST_STRIDE)?,
    })
}

/// Where a node on CometBFT listens.
#[derive(Clone, Copy, Debug)]
pub(super) struct NodeAddrs {
    /// JSON-RPC: that of the first validator is the chain's.
    pub(super) rpc: SocketAddr,
    /// For other nodes.
    pub(super) p2p: SocketAddr,
    /// The application, for its CometBFT.
    pub(super) abci: SocketAddr,
    /// CometBFT's page of metrics.
    pub(super) metrics: SocketAddr,
}

/// Where the node of a validator, the first is 0, of the chain at a place listens.
pub(super) fn of_node(index: usize, validator: usize, offset: u16) -> Result<NodeAddrs, LocalnetError> {
    let too_large = || LocalnetError::Offset { offset, most: most(index) };
    let place = u16::try_from(index).ok().filter(|_| index < NODE_CHAINS_MAX);
    let distance = place.and_then(|place| RPC_STRIDE.checked_mul(place));
    let below = u16::try_from(validator).ok().and_then(|number| VALIDATOR_STRIDE.checked_mul(number));
    let address = |first: u16| {
        let port = first.checked_add(distance?)?.checked_add(offset)?.checked_sub(below?)?;
        Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    };
    match [RPC_PORT, P2P_PORT, ABCI_PORT, METRICS_PORT].map(address) {
        [Some(rpc), Some(p2p), Some(abci), Some(metrics)] => Ok(NodeAddrs { rpc, p2p, abci, metrics }),
        _ => Err(too_large()),
    }
}

/// Checks that so many chains with a node for each of so many validators can have their ports.
///
/// # Errors
/// [`LocalnetError::Offset`], [`LocalnetError::Port`].
pub(super) fn check_nodes(offset: u16, chains: usize, validators: usize) -> Result<(), LocalnetError> {
    of_node(chains.saturating_sub(1), 0, offset)?;
    for index in 0..chains {
        let Addrs { grpc, rest, .. } = of(index, offset)?;
        [grpc, rest].into_iter().try_for_each(is_free)?;
        for validator in 0..validators {
            let NodeAddrs { rpc, p2p, abci, metrics } = of_node(index, validator, offset)?;
            [rpc, p2p, abci, metrics].into_iter().try_for_each(is_free)?;
        }
    }
    Ok(())
}

/// The largest offset that leaves every chain up to that at a place its ports.
fn most(last: usize) -> u16 {
    let last = u16::try_from(last).unwrap_or(u16::MAX);
    u16::MAX.saturating_sub(RPC_PORT).saturating_sub(RPC_STRIDE.saturating_mul(last))
}

/// Checks that so many chains can have their ports.
///
/// # Errors
/// [`LocalnetError::Offset`], [`LocalnetError::Port`].
pub(super) fn check(offset: u16, chains: usize) -> Result<(), LocalnetError> {
    of(chains.saturating_sub(1), offset)?;
    is_free(metrics(offset)?)?;
    for index in 0..chains {
        let Addrs { rpc, grpc, rest } = of(index, offset)?;
        [rpc, grpc, rest].into_iter().try_for_each(is_free)?;
    }
    Ok(())
}

fn is_free(addr: SocketAddr) -> Result<(), LocalnetError> {
    TcpListener::bind(addr).map(drop).map_err(|error| {
        LocalnetError::Port(match error.kind() {
            io::ErrorKind::AddrInUse => ServeError::InUse(addr),
            _ => ServeError::Bind { addr, error },
        })
    })
}
