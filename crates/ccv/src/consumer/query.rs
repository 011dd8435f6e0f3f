//! What others may ask a consumer. Source: consumer spec §19.

use super::error::Error;
use super::host::View;
use super::state::PROVIDER_CHANNEL;
use super::{PORT, state};
use crate::id::{ChannelId, ClientId, ConnectionId};
use crate::wire::genesis::ConsumerParams;
use alloc::string::{String, ToString};

/// One end of the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainInfo {
    /// The chain.
    pub chain_id: String,
    /// Its client of the other chain.
    pub client_id: ClientId,
    /// Its end of the connection.
    pub connection_id: ConnectionId,
    /// Its end of the channel.
    pub channel_id: ChannelId,
}

/// Both ends of the established channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ends {
    /// The end on this chain.
    pub consumer: ChainInfo,
    /// The end on the provider.
    pub provider: ChainInfo,
}

/// The parameters (`QueryParams`).
///
/// # Errors
/// [`Error::Corrupt`].
pub fn params(view: &impl View) -> Result<ConsumerParams, Error> {
    Ok(state::params(view)?)
}

/// Both ends of the established channel (`QueryProviderInfo`).
///
/// # Errors
/// [`Error::ChannelNotFound`] before it is established, [`Error::ConnectionNotFound`] and [`Error::ClientNotFound`] where
/// IBC does not know what it runs over.
pub fn provider_info(view: &impl View) -> Result<Ends, Error> {
    let channel_id = PROVIDER_CHANNEL.get(view)?.ok_or(Error::ChannelNotFound)?;
    let channel = view.channel(PORT, &channel_id).ok_or(Error::ChannelNotFound)?;
    let connection_id = channel.hops.into_iter().next().ok_or(Error::ChannelNotFound)?;
    let unknown = || Error::ConnectionNotFound(connection_id.clone());
    let connection = view.connection(&connection_id).ok_or_else(unknown)?;
    let client_id = connection.client_id;
    let provider = ChainInfo {
        chain_id: view.client_chain_id(&client_id).ok_or_else(|| Error::ClientNotFound(client_id.clone()))?,
        client_id: view.counterparty_client(&connection_id).ok_or_else(unknown)?,
        connection_id: connection.counterparty_connection_id.ok_or_else(unknown)?,
        channel_id: view.counterparty_channel(PORT, &channel_id).ok_or(Error::ChannelNotFound)?,
    };
    let consumer = ChainInfo { chain_id: view.chain_id().to_string(), client_id, connection_id, channel_id };
    Ok(Ends { consumer, provider })
}
