//! The channel to the provider: its handshake, what comes in on it, and its end. Source: consumer spec §8, §10, §14.4, §15.
//!
//! The channel counts as established when the first validator set change comes in, not when its handshake ends.

use super::error::Error;
use super::host::{ChannelOrder, Host, OpenChannel, View};
use super::state::{
    OUTSTANDING_DOWNTIME, PARAMS, PENDING_CHANGES, PROVIDER_CHANNEL, PROVIDER_CLIENT, VSC_ID_AT,
};
use super::{PORT, PROVIDER_PORT, TRANSFER_PORT, TRANSFER_VERSION, VERSION, state};
use crate::event::{CCV_MODULE, CONSUMER_MODULE, key, kind};
use crate::id::{AtHeight, ChannelId, ConnectionId, ConsumerAddr, VscId};
use crate::valset::accumulate;
use crate::wire::Ack;
use crate::wire::ack::Meaning;
use crate::wire::handshake::HandshakeMetadata;
use crate::wire::slash::ConsumerPacket;
use crate::wire::vsc::ValidatorSetChange;
use alloc::string::ToString;
use ics_abci::{ConsAddr, Event, from_bech32};

/// A handshake that somebody wants to start on this chain.
#[derive(Clone, Copy, Debug)]
pub struct OpenInit<'a> {
    /// Order of the packets.
    pub order: ChannelOrder,
    /// Connections to run over.
    pub hops: &'a [ConnectionId],
    /// Port here.
    pub port: &'a str,
    /// Port there.
    pub counterparty_port: &'a str,
    /// Version proposed; blank for whichever this chain speaks.
    pub version: &'a str,
}

/// Whether a handshake may start here; gives the version. Several may be under way: the first channel on which a validator
/// set change comes in wins. Writes nothing.
///
/// # Errors
/// The first rule that it breaks: a channel is established, order, port, version, counterparty's port, hops, connection,
/// client.
pub fn on_open_init(view: &impl View, init: &OpenInit<'_>) -> Result<&'static str, Error> {
    if let Some(channel) = PROVIDER_CHANNEL.get(view)? {
        return Err(Error::DuplicateChannel(channel));
    }
    if init.order != ChannelOrder::Ordered {
        return Err(Error::ChannelOrdering);
    }
    if init.port != PORT {
        return Err(Error::Port { found: init.port.to_string(), expected: PORT });
    }
    if !init.version.trim().is_empty() && init.version != VERSION {
        return Err(Error::Version(init.version.to_string()));
    }
    if init.counterparty_port != PROVIDER_PORT {
        let found = init.counterparty_port.to_string();
        return Err(Error::CounterpartyPort { found, expected: PROVIDER_PORT });
    }
    let [hop] = init.hops else { return Err(Error::Hops) };
    let found = view.connection(hop).ok_or_else(|| Error::ConnectionNotFound(hop.clone()))?.client_id;
    let expected = PROVIDER_CLIENT.get(view)?.ok_or(Error::NoProviderClient)?;
    if found == expected { Ok(VERSION) } else { Err(Error::Client { found, expected }) }
}

/// A handshake that the other chain started: refused.
///
/// # Errors
/// [`Error::ChannelFlow`], always.
pub const fn on_open_try() -> Result<core::convert::Infallible, Error> {
    Err(Error::ChannelFlow)
}

/// The last step of a handshake that the other chain started: refused.
///
/// # Errors
/// [`Error::ChannelFlow`], always.
pub const fn on_open_confirm() -> Result<core::convert::Infallible, Error> {
    Err(Error::ChannelFlow)
}

/// The provider answered the handshake: notes where rewards go and opens the channel for them, unless there is one.
///
/// # Errors
/// A channel is established; the version tells no metadata or another protocol; no such channel; IBC refuses the channel
/// for rewards. Nothing is written then.
pub fn on_open_ack<H: Host>(
    host: &mut H,
    channel: &ChannelId,
    counterparty_version: &[u8],
) -> Result<(), Error> {
    if let Some(channel) = PROVIDER_CHANNEL.get(host)? {
        return Err(Error::DuplicateChannel(channel));
    }
    let metadata = HandshakeMetadata::decode(counterparty_version)?;
    if metadata.version != VERSION {
        return Err(Error::CounterpartyVersion(metadata.version));
    }
    host.atomically(|host| {
        let mut params = state::params(host)?;
        let existing = ChannelId(params.distribution_transmission_channel.clone());
        params.provider_fee_pool_addr = metadata.provider_fee_pool_addr;
        PARAMS.set(host, &params);
        if host.channel(TRANSFER_PORT, &existing).is_some() { Ok(()) } else { open_transfer(host, channel) }
    })
}

fn open_transfer<H: Host>(host: &mut H, ccv: &ChannelId) -> Result<(), Error> {
    let hops = host.channel(PORT, ccv).ok_or(Error::ChannelNotFound)?.hops;
    let connection = hops.into_iter().next().ok_or(Error::ChannelNotFound)?;
    let init = OpenChannel {
        port: TRANSFER_PORT,
        counterparty_port: TRANSFER_PORT,
        connection,
        version: TRANSFER_VERSION,
        order: ChannelOrder::Unordered,
    };
    let transfer = host.open_channel(&init).map_err(Error::TransferChannel)?;
    // Read again: callbacks ran in between.
    let mut params = state::params(host)?;
    params.distribution_transmission_channel = transfer.0;
    PARAMS.set(host, &params);
    // The reference names the channel of the protocol beside the port of the transfer.
    host.emit(
        Event::new(kind::FEE_TRANSFER_CHANNEL_OPENED)
            .with(key::MODULE, CONSUMER_MODULE)
            .with(key::CHANNEL_ID, ccv)
            .with(key::PORT_ID, TRANSFER_PORT),
    );
    Ok(())
}

/// Somebody wants to close a channel: only a duplicate of the established one may go.
///
/// # Errors
/// [`Error::CloseForbidden`] for any other.
pub fn on_close_init(view: &impl View, channel: &ChannelId) -> Result<(), Error> {
    match PROVIDER_CHANNEL.get(view)? {
        Some(established) if established != *channel => Ok(()),
        Some(_) | None => Err(Error::CloseForbidden),
    }
}

/// The provider closed its end: nothing happens, the chain goes on with the set it has.
pub const fn on_close_confirm() {}

/// A packet from the provider on `channel`: a validator set change. It is merged with what is pending, its id holds from
/// the next height on, and reported downtimes that it acknowledges are open again. The first one establishes the channel.
///
/// Gives the acknowledgement. Where that is a refusal nothing was written but an event, whose names IBC marks.
///
/// # Errors
/// [`Error::WrongChannel`] for a sound packet on another channel than the established one: the transaction fails.
pub fn on_recv<H: Host>(host: &mut H, channel: &ChannelId, data: &[u8]) -> Result<Ack, Error> {
    let received = Event::new(kind::CCV_PACKET).with(key::MODULE, CCV_MODULE);
    let change = match ValidatorSetChange::decode(data) {
        Ok(change) => change,
        Err(error) => {
            let refused = received.with(key::VALSET_UPDATE_ID, VscId(0)).with(key::SUCCESS, false);
            host.emit(refused.with(key::ERROR, &error));
            return Ok(Ack::refused(error.abci_code()));
        }
    };
    host.atomically(|host| accept(host, channel, &change))?;
    host.emit(received.with(key::VALSET_UPDATE_ID, change.id).with(key::SUCCESS, true));
    Ok(Ack::ok())
}

fn accept<H: Host>(host: &mut H, channel: &ChannelId, change: &ValidatorSetChange) -> Result<(), Error> {
    let established = PROVIDER_CHANNEL.get(host)?;
    let pending = PENDING_CHANGES.get(host)?.unwrap_or_default();
    match established {
        Some(expected) if expected != *channel => {
            return Err(Error::WrongChannel { found: channel.clone(), expected });
        }
        Some(_) => {}
        None => {
            PROVIDER_CHANNEL.set(host, channel);
            host.emit(
                Event::new(kind::CHANNEL_ESTABLISHED)
                    .with(key::MODULE, CONSUMER_MODULE)
                    .with(key::CHANNEL_ID, channel)
                    .with(key::PORT_ID, PORT),
            );
        }
    }
    PENDING_CHANGES.set(host, &accumulate(&pending, &change.updates));
    VSC_ID_AT.set(host, &AtHeight(host.height().next()), &change.id);
    for addr in change.slash_acks.iter().filter_map(|text| acknowledged(text)) {
        OUTSTANDING_DOWNTIME.remove(host, &addr);
    }
    Ok(())
}

/// The validator that a slash acknowledgement names; `None` for text that names nobody, which is skipped. Any prefix: the
/// provider writes its own.
fn acknowledged(text: &str) -> Option<ConsumerAddr> {
    let (_, bytes) = from_bech32(text.trim()).ok()?;
    Some(ConsumerAddr(ConsAddr(bytes.try_into().ok()?)))
}

/// The provider acknowledged a packet of this chain.
///
/// # Errors
/// Always, for this chain sends no packets yet: [`Error::AckUndecodable`], [`Error::AckUnknown`] and [`Error::OwnPacket`]
/// where the bytes are wrong, else [`Error::NotYet`].
pub fn on_ack(data: &[u8], acknowledgement: &[u8]) -> Result<core::convert::Infallible, Error> {
    let ack = Ack::decode(acknowledgement).map_err(Error::AckUndecodable)?;
    match (ack.meaning(), ack) {
        (Meaning::Unknown, Ack::Result(bytes)) => return Err(Error::AckUnknown(bytes)),
        (Meaning::Ok | Meaning::Handled | Meaning::Bounced | Meaning::Error | Meaning::Unknown, _) => {}
    }
    ConsumerPacket::decode(data).map_err(Error::OwnPacket)?;
    Err(Error::NotYet("reporting infractions to the provider is"))
}

/// A packet of this chain timed out.
///
/// # Errors
/// [`Error::NotYet`], always, for this chain sends no packets yet.
pub const fn on_timeout() -> Result<core::convert::Infallible, Error> {
    Err(Error::NotYet("reporting infractions to the provider is"))
}
