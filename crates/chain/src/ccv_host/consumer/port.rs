//! What IBC asks of the consumer's port.

use super::host::run;
use crate::ibc::{Ack, ChannelEnds, Packet, Port};
use crate::{Ctx, Error};
use ics_ccv::consumer::{self as protocol, OpenInit, host::ChannelOrder};
use ics_ccv::id::{ChannelId, ConnectionId};
use ics_ccv::wire;

/// The application behind the port `consumer`.
pub struct ConsumerPort;

fn ours(ends: &ChannelEnds) -> ChannelId {
    ChannelId(ends.channel.clone())
}

impl Port for ConsumerPort {
    fn on_open_init(&self, ctx: &mut Ctx<'_>, ends: &ChannelEnds, version: &str) -> Result<String, Error> {
        let hops: Vec<ConnectionId> = ends.hops.iter().cloned().map(ConnectionId).collect();
        let init = OpenInit {
            order: if ends.ordered { ChannelOrder::Ordered } else { ChannelOrder::Unordered },
            hops: &hops,
            port: &ends.port,
            counterparty_port: &ends.counterparty_port,
            version,
        };
        run(ctx, |host| protocol::on_open_init(host, &init)).map(str::to_owned)
    }

    fn on_open_try(&self, ctx: &mut Ctx<'_>, _: &ChannelEnds, _: &str) -> Result<String, Error> {
        run(ctx, |_| protocol::on_open_try()).map(|never| match never {})
    }

    fn on_open_ack(&self, ctx: &mut Ctx<'_>, ends: &ChannelEnds, version: &str) -> Result<(), Error> {
        run(ctx, |host| protocol::on_open_ack(host, &ours(ends), version.as_bytes()))
    }

    fn on_open_confirm(&self, ctx: &mut Ctx<'_>, _: &ChannelEnds) -> Result<(), Error> {
        run(ctx, |_| protocol::on_open_confirm()).map(|never| match never {})
    }

    fn on_close_init(&self, ctx: &mut Ctx<'_>, ends: &ChannelEnds) -> Result<(), Error> {
        run(ctx, |host| protocol::on_close_init(host, &ours(ends)))
    }

    fn on_close_confirm(&self, _: &mut Ctx<'_>, _: &ChannelEnds) -> Result<(), Error> {
        protocol::on_close_confirm();
        Ok(())
    }

    fn on_recv(&self, ctx: &mut Ctx<'_>, packet: &Packet) -> Result<Ack, Error> {
        let channel = ChannelId(packet.destination.1.clone());
        let ack = run(ctx, |host| protocol::on_recv(host, &channel, &packet.data))?;
        Ok(match ack {
            wire::Ack::Result(_) => Ack::Success(ack.encode()),
            wire::Ack::Error(_) => Ack::Error(ack.encode()),
        })
    }

    fn on_ack(&self, ctx: &mut Ctx<'_>, packet: &Packet, ack: &[u8]) -> Result<(), Error> {
        run(ctx, |_| protocol::on_ack(&packet.data, ack)).map(|never| match never {})
    }

    fn on_timeout(&self, ctx: &mut Ctx<'_>, _: &Packet) -> Result<(), Error> {
        run(ctx, |_| protocol::on_timeout()).map(|never| match never {})
    }
}
