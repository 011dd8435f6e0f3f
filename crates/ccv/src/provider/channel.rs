//! The channel to a consumer: handshake, packets from it, acknowledgements and timeouts of packets to it.
//!
//! This file alone knows channels and acknowledgements; the steps behind it take decoded values.
//! Source: provider spec §1.2, §1.5 to §1.8, §5.1.

use super::error::Error;
use super::host::{Host, View};
use super::link;
use super::phase::{self, Cause};
use super::{epoch, keys, report, state};
use crate::consumer::host::ChannelOrder;
use crate::id::{ChannelId, ClientId, ConnectionId, ConsumerAddr, ConsumerId, ProviderAddr, VscId};
use crate::wire::Ack;
use crate::wire::handshake::HandshakeMetadata;
use crate::wire::slash::{ConsumerPacket, Infraction, Slash};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use ics_abci::{ConsAddr, Height, module_address};
use ics_kv::Corrupt;

/// The port of the protocol on the provider.
pub const PORT: &str = "provider";
/// The port of the protocol on a consumer.
pub const CONSUMER_PORT: &str = "consumer";
/// The version of the protocol.
pub const VERSION: &str = "1";
/// The module account that receives rewards.
pub const REWARDS_POOL: &str = "consumer_rewards_pool";

/// A consumer's wish to open a channel (`OnChanOpenTry`).
#[derive(Clone, Copy, Debug)]
pub struct OpenTry<'a> {
    /// Whether packets keep their order.
    pub order: ChannelOrder,
    /// The connections that it runs over.
    pub hops: &'a [ConnectionId],
    /// The port here.
    pub port: &'a str,
    /// The port there.
    pub counterparty_port: &'a str,
    /// The version that the consumer proposes.
    pub counterparty_version: &'a str,
}

/// What became of a received packet: the bytes of its acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// It was taken.
    Accepted(Vec<u8>),
    /// It was refused: whatever receiving it wrote must be undone, this acknowledgement stays.
    Refused(Vec<u8>),
}

/// Handshakes start on the consumer.
///
/// # Errors
/// Always [`Error::HandshakeFlow`].
pub const fn on_open_init() -> Result<String, Error> {
    Err(Error::HandshakeFlow)
}

/// Checks a channel that a consumer wants; gives the version to answer with. Writes nothing.
///
/// # Errors
/// The first of [`Error::Unordered`], [`Error::Port`], [`Error::Version`], [`Error::Hops`], [`Error::NoConnection`],
/// [`Error::NoClient`], [`Error::NoConsumerChain`], [`Error::NoClientOf`], [`Error::WrongClient`],
/// [`Error::DuplicateChannel`]; [`Error::Corrupt`].
pub fn on_open_try(view: &impl View, channel: &OpenTry<'_>) -> Result<String, Error> {
    if channel.order != ChannelOrder::Ordered {
        return Err(Error::Unordered);
    }
    for (found, expected) in [(channel.port, PORT), (channel.counterparty_port, CONSUMER_PORT)] {
        if found != expected {
            return Err(Error::Port { expected, found: found.to_string() });
        }
    }
    if channel.counterparty_version != VERSION {
        return Err(Error::Version(channel.counterparty_version.to_string()));
    }
    let (_, client) = path(view, channel.hops)?;
    let id =
        link::consumer_of_client(view, &client)?.ok_or_else(|| Error::NoConsumerChain(client.clone()))?;
    verify_consumer(view, id, &client)?;
    let metadata = HandshakeMetadata {
        provider_fee_pool_addr: module_address(REWARDS_POOL).to_text(view.prefix()),
        version: VERSION.to_string(),
    };
    Ok(metadata.to_version()?)
}

/// Handshakes start on the consumer.
///
/// # Errors
/// Always [`Error::HandshakeFlow`].
pub const fn on_open_ack() -> Result<(), Error> {
    Err(Error::HandshakeFlow)
}

/// The channel is open: it becomes its consumer's, once and for all.
///
/// # Errors
/// [`Error::NoChannel`], [`Error::Hops`], [`Error::NoConnection`], [`Error::NoClient`],
/// [`Error::NoConsumerOfClient`], [`Error::NoClientOf`], [`Error::WrongClient`], [`Error::DuplicateChannel`],
/// [`Error::Corrupt`]; then nothing is written.
pub fn on_open_confirm(host: &mut impl Host, channel: &ChannelId) -> Result<(), Error> {
    let end = host.channel(channel).ok_or_else(|| Error::NoChannel(channel.clone()))?;
    let (connection, client) = path(host, &end.hops)?;
    let id =
        link::consumer_of_client(host, &client)?.ok_or_else(|| Error::NoConsumerOfClient(client.clone()))?;
    verify_consumer(host, id, &client)?;
    let chain_id = host.client(&client).ok_or_else(|| Error::NoClient(client.clone()))?.chain_id;
    let event = report::channel_established(id, &chain_id, &client, channel, &connection);
    link::open(host, id, client, channel)?;
    host.emit(event);
    Ok(())
}

/// Users cannot close the channel.
///
/// # Errors
/// Always [`Error::UserClose`].
pub const fn on_close_init() -> Result<(), Error> {
    Err(Error::UserClose)
}

/// The consumer closed the channel: it can never be told anything again, so it is stopped now rather than at the next
/// update (provider spec §11.12). A channel that is no consumer's is nobody's loss.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn on_close_confirm(host: &mut impl Host, channel: &ChannelId) -> Result<(), Error> {
    let Some(id) = link::consumer_of_channel(host, channel)? else { return Ok(()) };
    lose(host, id, &Cause::ChannelClosed)
}

/// Takes a packet from a consumer.
///
/// What a refused packet wrote must be undone by the caller; events stay.
///
/// # Errors
/// [`Error::UnknownChannel`] for a channel that is no consumer's: the packet must not be accepted at all.
/// [`Error::Corrupt`].
pub fn on_recv(host: &mut impl Host, channel: &ChannelId, data: &[u8]) -> Result<Received, Error> {
    let id =
        link::consumer_of_channel(host, channel)?.ok_or_else(|| Error::UnknownChannel(channel.clone()))?;
    let (vsc_id, outcome) = match ConsumerPacket::decode(data) {
        Err(error) => (None, Err(error.into())),
        Ok(ConsumerPacket::VscMatured(_)) => (None, Ok(Ack::ok())),
        Ok(ConsumerPacket::Slash(slash)) => (Some(slash.vsc_id), on_slash(host, id, &slash)),
    };
    match outcome {
        Ok(ack) => {
            host.emit(report::packet_received(vsc_id, None));
            Ok(Received::Accepted(ack.encode()))
        }
        Err(error) if error.is_corrupt() => Err(error),
        Err(error) => {
            host.emit(report::packet_received(vsc_id, Some(&error)));
            Ok(Received::Refused(Ack::refused(error.code().1).encode()))
        }
    }
}

/// Learns what a consumer said to an update. A refusal stops that consumer.
///
/// # Errors
/// [`Error::Ack`] where the bytes are no acknowledgement, [`Error::UnknownChannel`] for a refusal on a channel that is
/// no consumer's, [`Error::Corrupt`].
pub fn on_ack(host: &mut impl Host, channel: &ChannelId, ack: &[u8]) -> Result<(), Error> {
    let ack = Ack::decode(ack).map_err(Error::Ack)?;
    host.emit(report::ack_received(&ack.proto_text()));
    match &ack {
        Ack::Error(why) => {
            let id = link::consumer_of_channel(host, channel)?
                .ok_or_else(|| Error::UnknownChannel(channel.clone()))?;
            phase::stop(host, id, &Cause::ErrorAck)?;
            host.emit(report::ack_error(why));
        }
        Ack::Result(bytes) => host.emit(report::ack_success(&String::from_utf8_lossy(bytes))),
    }
    Ok(())
}

/// An update was not received in time: IBC closed the ORDERED channel, the consumer is stopped.
///
/// # Errors
/// [`Error::TimeoutOnUnknownChannel`], [`Error::Corrupt`].
pub fn on_timeout(host: &mut impl Host, channel: &ChannelId) -> Result<(), Error> {
    let id = link::consumer_of_channel(host, channel)?
        .ok_or_else(|| Error::TimeoutOnUnknownChannel(channel.clone()))?;
    lose(host, id, &Cause::Timeout)?;
    host.emit(report::timeout());
    Ok(())
}

fn lose(host: &mut impl Host, id: ConsumerId, cause: &Cause) -> Result<(), Error> {
    host.atomically(|host| {
        link::lose(host, id)?;
        phase::stop(host, id, cause)?;
        Ok(())
    })
}

/// The one connection of a channel, and its client.
fn path(view: &impl View, hops: &[ConnectionId]) -> Result<(ConnectionId, ClientId), Error> {
    let [connection_id] = hops else { return Err(Error::Hops(hops.len())) };
    let connection =
        view.connection(connection_id).ok_or_else(|| Error::NoConnection(connection_id.clone()))?;
    if view.client(&connection.client_id).is_none() {
        return Err(Error::NoClient(connection.client_id));
    }
    Ok((connection_id.clone(), connection.client_id))
}

/// Checks that the client is the consumer's own, and that the consumer has no channel.
fn verify_consumer(view: &impl View, id: ConsumerId, client: &ClientId) -> Result<(), Error> {
    let link = link::of(view, id)?.ok_or(Error::NoClientOf(id))?;
    if link.client() != client {
        return Err(Error::WrongClient { id, expected: link.client().clone(), found: client.clone() });
    }
    match link.channel() {
        Some(channel) => Err(Error::DuplicateChannel(id, channel.clone())),
        None => Ok(()),
    }
}

/// Handles a report of an infraction. A double sign is only noted: it is punished by evidence alone.
fn on_slash(host: &mut impl Host, id: ConsumerId, slash: &Slash) -> Result<Ack, Error> {
    let height = infraction_height(host, id, slash.vsc_id)?.ok_or(Error::UnknownUpdate(slash.vsc_id))?;
    match slash.infraction {
        Infraction::DoubleSign => {
            note_double_sign(host, id, &slash.address, height)?;
            Ok(Ack::ok())
        }
        Infraction::Downtime => Err(Error::NotYet("downtime slashing")),
    }
}

/// The provider height at which the set of an update is liable; the channel's for the genesis set.
///
/// # Errors
/// [`Corrupt`].
pub fn infraction_height(view: &impl View, id: ConsumerId, vsc_id: VscId) -> Result<Option<Height>, Corrupt> {
    if vsc_id == VscId(0) {
        return Ok(link::of(view, id)?.and_then(|link| link.opened()));
    }
    epoch::liable_height(view, vsc_id)
}

/// Notes the report if it leads to a validator of staking, so that a consumer cannot fill the log with made-up names.
fn note_double_sign(
    host: &mut impl Host,
    id: ConsumerId,
    address: &[u8],
    height: Height,
) -> Result<(), Corrupt> {
    let Ok(address) = <[u8; 20]>::try_from(address) else { return Ok(()) };
    let validator: ProviderAddr = keys::resolve(host, id, ConsumerAddr(ConsAddr(address)))?;
    if host.validator_by_key(&validator).is_some() {
        state::DOUBLE_SIGN_LOG.set(host, &validator, &height);
    }
    Ok(())
}
