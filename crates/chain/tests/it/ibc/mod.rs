//! Clients, connections, channels and packets between two chains that verify each other.

mod clients;
mod handshakes;
mod packets;
mod queries;
mod timeouts;

use crate::ibc_chain::*;
use ibc_proto::ibc::core::channel::v1 as chan;
use ics_chain::ibc::channel::ChannelState;
use ics_chain::ibc::channel_view;
use ics_kv::Read;

const NOOP: i32 = chan::ResponseResultType::Noop as i32;
const SUCCESS: i32 = chan::ResponseResultType::Success as i32;
const ORDERED: chan::Order = chan::Order::Ordered;
const UNORDERED: chan::Order = chan::Order::Unordered;

fn state_of(chain: &Chain, port: &str, channel: &str) -> ChannelState {
    chain.look(|ctx| channel_view(ctx, port, channel)).unwrap().unwrap().state
}

fn holds(chain: &Chain, path: &str) -> bool {
    chain.look(|ctx| ctx.get(path.as_bytes())).is_some()
}
