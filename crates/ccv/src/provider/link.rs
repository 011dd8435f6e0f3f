//! The connection to a consumer (none, client, open, lost since), apart from its phase.
//!
//! A client belongs to one consumer: a second one that asks for it does not launch (provider spec §11.2).

use super::error::Error;
use super::host::{Host, View};
use super::phase::{self, Phase};
use super::state;
use crate::id::{ChannelId, ClientId, ConsumerId};
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::Height;
use ics_kv::Corrupt;

/// How far the connection has come.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Link {
    /// The provider has a client of the consumer.
    Client {
        /// The client.
        client: ClientId,
    },
    /// The channel is open.
    Open {
        /// The client.
        client: ClientId,
        /// The channel on the provider.
        channel: ChannelId,
        /// Provider height, in blocks, at which it opened.
        opened: Height,
    },
    /// The channel was open and is closed: it cannot open again.
    Lost {
        /// The client.
        client: ClientId,
        /// The channel on the provider.
        channel: ChannelId,
        /// Provider height, in blocks, at which it opened.
        opened: Height,
        /// Provider height, in blocks, at which it closed.
        lost: Height,
    },
}

impl Link {
    /// The client, whatever became of the channel.
    #[must_use]
    pub const fn client(&self) -> &ClientId {
        match self {
            Self::Client { client } | Self::Open { client, .. } | Self::Lost { client, .. } => client,
        }
    }

    /// The channel, open or lost.
    #[must_use]
    pub const fn channel(&self) -> Option<&ChannelId> {
        match self {
            Self::Client { .. } => None,
            Self::Open { channel, .. } | Self::Lost { channel, .. } => Some(channel),
        }
    }

    /// Provider height, in blocks, at which the channel opened.
    #[must_use]
    pub const fn opened(&self) -> Option<Height> {
        match self {
            Self::Client { .. } => None,
            Self::Open { opened, .. } | Self::Lost { opened, .. } => Some(*opened),
        }
    }
}

/// The link to a consumer; `None` before its launch and after its deletion.
///
/// # Errors
/// [`Corrupt`].
pub fn of(view: &impl View, id: ConsumerId) -> Result<Option<Link>, Corrupt> {
    state::LINK.get(view, &id)
}

/// Whose client it is.
///
/// # Errors
/// [`Corrupt`].
pub fn consumer_of_client(view: &impl View, client: &ClientId) -> Result<Option<ConsumerId>, Corrupt> {
    state::CONSUMER_OF_CLIENT.get(view, client)
}

/// Whose channel it is.
///
/// # Errors
/// [`Corrupt`].
pub fn consumer_of_channel(view: &impl View, channel: &ChannelId) -> Result<Option<ConsumerId>, Corrupt> {
    state::CONSUMER_OF_CHANNEL.get(view, channel)
}

/// Checks that a client is free: it is nobody's, or a deleted consumer's.
///
/// # Errors
/// [`Error::ClientTaken`], [`Error::Corrupt`].
pub fn verify_free(view: &impl View, id: ConsumerId, client: &ClientId) -> Result<(), Error> {
    match consumer_of_client(view, client)? {
        Some(other) if other != id && phase::of(view, other)? != Some(Phase::Deleted) => {
            Err(Error::ClientTaken { client: client.clone(), other })
        }
        Some(_) | None => Ok(()),
    }
}

/// Gives a consumer its client.
///
/// # Errors
/// [`Error::ClientTaken`], [`Error::Corrupt`]; then nothing is written.
pub(super) fn attach(host: &mut impl Host, id: ConsumerId, client: ClientId) -> Result<(), Error> {
    verify_free(host, id, &client)?;
    state::CONSUMER_OF_CLIENT.set(host, &client, &id);
    state::LINK.set(host, &id, &Link::Client { client });
    Ok(())
}

/// The channel to a consumer opened: it is due at the next epoch, for its first update.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn open(
    host: &mut impl Host,
    id: ConsumerId,
    client: ClientId,
    channel: &ChannelId,
) -> Result<(), Corrupt> {
    let link = Link::Open { client, channel: channel.clone(), opened: host.height() };
    state::LINK.set(host, &id, &link);
    state::CONSUMER_OF_CHANNEL.set(host, channel, &id);
    phase::mark_dirty(host, id)
}

/// The channel to a consumer is closed.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn lose(host: &mut impl Host, id: ConsumerId) -> Result<(), Corrupt> {
    if let Some(Link::Open { client, channel, opened }) = of(host, id)? {
        let lost = host.height();
        state::LINK.set(host, &id, &Link::Lost { client, channel, opened, lost });
    }
    Ok(())
}

/// Forgets the link to a consumer that is being deleted, and closes its channel; gives IBC's refusal, if it refuses.
///
/// IBC refuses while the client is expired, which it usually is by then; the channel's end stays open for good.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn sever(host: &mut impl Host, id: ConsumerId) -> Result<Option<alloc::string::String>, Corrupt> {
    let Some(link) = of(host, id)? else { return Ok(None) };
    state::LINK.remove(host, &id);
    if consumer_of_client(host, link.client())? == Some(id) {
        state::CONSUMER_OF_CLIENT.remove(host, link.client());
    }
    let Some(channel) = link.channel() else { return Ok(None) };
    state::CONSUMER_OF_CHANNEL.remove(host, channel);
    match host.channel(channel) {
        Some(end) if !end.closed => Ok(host.atomically(|host| host.close(channel)).err()),
        Some(_) | None => Ok(None),
    }
}
