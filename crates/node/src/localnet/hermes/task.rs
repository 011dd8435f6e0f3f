//! What Hermes is asked to do, and what a consumer needs of it.

use super::Pair;
use ics_proto::ibc::core::channel::v1::{QueryChannelsRequest, QueryChannelsResponse, State as ChannelState};
use ics_proto::ibc::core::connection::v1::{
    QueryConnectionsRequest, QueryConnectionsResponse, State as ConnectionState,
};
use ics_world::ask;

/// Port of CCV on consumers.
const CONSUMER_PORT: &str = "consumer";

/// What Hermes is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// A connection on the clients that both chains have of each other since genesis.
    Connect { consumer: String, provider: String, client: String, provider_client: String },
    /// The CCV channel.
    Open { consumer: String, connection: String },
    /// Everything that comes, between these chains.
    Relay { chains: Vec<String> },
}

impl Task {
    pub(super) fn arguments(&self) -> Vec<&str> {
        match self {
            Self::Connect { consumer, provider_client, client, .. } => vec![
                "create",
                "connection",
                "--a-chain",
                consumer,
                "--a-client",
                client,
                "--b-client",
                provider_client,
            ],
            Self::Open { consumer, connection } => vec![
                "create",
                "channel",
                "--a-chain",
                consumer,
                "--a-connection",
                connection,
                "--a-port",
                CONSUMER_PORT,
                "--b-port",
                "provider",
                "--order",
                "ordered",
                "--channel-version",
                "1",
            ],
            Self::Relay { .. } => vec!["start"],
        }
    }

    pub(super) fn words(&self) -> String {
        match self {
            Self::Connect { consumer, provider, .. } => format!("connects {consumer} with {provider}"),
            Self::Open { consumer, .. } => format!("opens the CCV channel of {consumer}"),
            Self::Relay { chains } => format!("relays between {}", chains.join(", ")),
        }
    }

    /// The consumer that waits for it.
    pub(super) fn consumer(&self) -> Option<&str> {
        match self {
            Self::Connect { consumer, .. } | Self::Open { consumer, .. } => Some(consumer),
            Self::Relay { .. } => None,
        }
    }
}

/// What a consumer needs before its packets are relayed as they come. A channel that was closed is not opened again.
pub(super) fn missing(pair: &Pair<'_>) -> Option<Task> {
    let path = "/ibc.core.channel.v1.Query/Channels";
    let channels: QueryChannelsResponse = ask(pair.consumer, path, &QueryChannelsRequest::default()).ok()?;
    let is_settled = |state: i32| state == ChannelState::Open as i32 || state == ChannelState::Closed as i32;
    if channels.channels.iter().any(|channel| channel.port_id == CONSUMER_PORT && is_settled(channel.state)) {
        return None;
    }
    let path = "/ibc.core.connection.v1.Query/Connections";
    let connections: QueryConnectionsResponse =
        ask(pair.consumer, path, &QueryConnectionsRequest::default()).ok()?;
    let open = connections.connections.into_iter().find(|connection| {
        connection.client_id == pair.client && connection.state == ConnectionState::Open as i32
    });
    let consumer = pair.consumer.chain_id().to_owned();
    Some(match open {
        Some(connection) => Task::Open { consumer, connection: connection.id },
        None => Task::Connect {
            consumer,
            provider: pair.provider.chain_id().to_owned(),
            client: pair.client.to_owned(),
            provider_client: pair.provider_client.to_owned(),
        },
    })
}
