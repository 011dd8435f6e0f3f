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
    for index in 0..chains {
        let Addrs { rpc, grpc, rest } = of(index, offset)?;
        for addr in [rpc, grpc, rest] {
            TcpListener::bind(addr).map_err(|error| {
                LocalnetError::Port(match error.kind() {
                    io::ErrorKind::AddrInUse => ServeError::InUse(addr),
                    _ => ServeError::Bind { addr, error },
                })
            })?;
        }
    }
    Ok(())
}
