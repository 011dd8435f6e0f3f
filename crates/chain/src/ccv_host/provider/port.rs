//! What IBC asks of the provider's port.

use super::host::run;
use crate::ibc::{Ack, ChannelEnds, Packet, Port};
use crate::{Ctx, Error};
use ics_ccv::consumer::host::ChannelOrder;
use ics_ccv::id::{ChannelId, ConnectionId};
use ics_ccv::provider::channel::{self, OpenTry, Received};

/// The application behind the port `provider`.
pub struct ProviderPort;

fn ours(packet_end: &(String, String)) -> ChannelId {
    ChannelId(packet_end.1.clone())
}

impl Port for ProviderPort {
    fn on_open_init(&self, ctx: &mut Ctx<'_>, _: &ChannelEnds, _: &str) -> Result<String, Error> {
        run(ctx, |_| channel::on_open_init())
    }

    fn on_open_try(&self, ctx: &mut Ctx<'_>, ends: &ChannelEnds, version: &str) -> Result<String, Error> {
        let hops: Vec<ConnectionId> = ends.hops.iter().cloned().map(ConnectionId).collect();
        let wish = OpenTry {
            order: if ends.ordered { ChannelOrder::Ordered } else { ChannelOrder::Unordered },
            hops: &hops,
            port: &ends.port,
            counterparty_port: &ends.counterparty_port,
            counterparty_version: version,
        };
        run(ctx, |host| channel::on_open_try(host, &wish))
    }

    fn on_open_ack(&self, ctx: &mut Ctx<'_>, _: &ChannelEnds, _: &str) -> Result<(), Error> {
        run(ctx, |_| channel::on_open_ack())
    }

    fn on_open_confirm(&self, ctx: &mut Ctx<'_>, ends: &ChannelEnds) -> Result<(), Error> {
        run(ctx, |host| channel::on_open_confirm(host, &ChannelId(ends.channel.clone())))
    }

    fn on_close_init(&self, ctx: &mut Ctx<'_>, _: &ChannelEnds) -> Result<(), Error> {
        run(ctx, |_| channel::on_close_init())
    }

    fn on_close_confirm(&self, ctx: &mut Ctx<'_>, ends: &ChannelEnds) -> Result<(), Error> {
        run(ctx, |host| channel::on_close_confirm(host, &ChannelId(ends.channel.clone())))
    }

    fn on_recv(&self, ctx: &mut Ctx<'_>, packet: &Packet) -> Result<Ack, Error> {
        let received = run(ctx, |host| channel::on_recv(host, &ours(&packet.destination), &packet.data))?;
        Ok(match received {
            Received::Accepted(ack) => Ack::Success(ack),
            Received::Refused(ack) => Ack::Error(ack),
        })
    }

    fn on_ack(&self, ctx: &mut Ctx<'_>, packet: &Packet, ack: &[u8]) -> Result<(), Error> {
        run(ctx, |host| channel::on_ack(host, &ours(&packet.source), ack))
    }

    fn on_timeout(&self, ctx: &mut Ctx<'_>, packet: &Packet) -> Result<(), Error> {
        run(ctx, |host| channel::on_timeout(host, &ours(&packet.source)))
    }
}
