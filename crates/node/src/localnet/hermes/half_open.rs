//! Channel ends between a consumer and its provider, on either side, whose handshake is not over.

use super::Pair;
use super::waits::{End, Waiting};
use ics_proto::ibc::core::channel::v1::{QueryChannelsRequest, QueryChannelsResponse, State};
use ics_proto::ibc::core::connection::v1::{QueryConnectionsRequest, QueryConnectionsResponse};
use ics_relay::View;
use ics_world::{AskError, ask};

/// All of them.
///
/// # Errors
/// [`AskError`] where a chain does not answer.
pub(super) fn between(pair: &Pair<'_>) -> Result<Vec<Waiting>, AskError> {
    let mut found = on(pair.consumer, pair.client)?;
    found.extend(on(pair.provider, pair.provider_client)?);
    Ok(found)
}

/// Those of a chain over the connections of a client.
fn on(chain: &dyn View, client: &str) -> Result<Vec<Waiting>, AskError> {
    let path = "/ibc.core.connection.v1.Query/Connections";
    let connections: QueryConnectionsResponse = ask(chain, path, &QueryConnectionsRequest::default())?;
    let mut connections = connections.connections;
    connections.retain(|connection| connection.client_id == client);
    let path = "/ibc.core.channel.v1.Query/Channels";
    let channels: QueryChannelsResponse = ask(chain, path, &QueryChannelsRequest::default())?;
    let is_between = |hop: &String| connections.iter().any(|connection| connection.id == *hop);
    let half_open = channels.channels.into_iter().filter_map(|channel| {
        let state = State::try_from(channel.state).ok();
        let state = state.filter(|state| matches!(state, State::Init | State::Tryopen))?;
        let end =
            End { chain: chain.chain_id().to_owned(), port: channel.port_id, channel: channel.channel_id };
        let is_ours = channel.connection_hops.first().is_some_and(is_between);
        is_ours.then(|| Waiting::Handshake(end, state.as_str_name()))
    });
    Ok(half_open.collect())
}
