//! Opening connections and channels, one step at a time, by what both chains say they have.

use crate::client::{any, proof_height};
use crate::path::{Hop, Side};
use crate::view::{ViewError, decoded, grpc, proved};
use ics_abci::Height;
use ics_proto::Any;
use ics_proto::ibc::core::channel::v1::{
    Channel, Counterparty as ChannelCounterparty, IdentifiedChannel, MsgChannelCloseConfirm,
    MsgChannelOpenAck, MsgChannelOpenConfirm, MsgChannelOpenInit, MsgChannelOpenTry, Order,
    QueryConnectionChannelsRequest, QueryConnectionChannelsResponse, State as ChannelState,
};
use ics_proto::ibc::core::client::v1::Height as ClientHeight;
use ics_proto::ibc::core::commitment::v1::MerklePrefix;
use ics_proto::ibc::core::connection::v1::{
    ClientPaths, ConnectionEnd, Counterparty, MsgConnectionOpenAck, MsgConnectionOpenConfirm,
    MsgConnectionOpenInit, MsgConnectionOpenTry, State, Version,
};
use ics_proto::ibc::lightclients::tendermint::v1::ClientState;
use prost::{Message, Name};

/// A channel that the path opens where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Where the handshake starts.
    pub from: Side,
    /// Port where it starts.
    pub port: String,
    /// Port on the other side.
    pub counterparty_port: String,
    /// Version to propose.
    pub version: String,
    /// Whether packets keep their order.
    pub ordered: bool,
}

/// Whether a message starts a handshake and so proves nothing.
pub(crate) fn is_init(message: &Any) -> bool {
    message.type_url == MsgConnectionOpenInit::type_url()
        || message.type_url == MsgChannelOpenInit::type_url()
}

fn version() -> Version {
    Version {
        identifier: "1".to_owned(),
        features: vec!["ORDER_ORDERED".to_owned(), "ORDER_UNORDERED".to_owned()],
    }
}

/// The connections of a client on one chain, oldest first.
fn connections(
    view: &dyn crate::View,
    client_id: &str,
    at: Height,
) -> Result<Vec<(String, ConnectionEnd)>, ViewError> {
    let ids = decoded::<ClientPaths>(view, &format!("clients/{client_id}/connections"), at)?;
    let mut found = Vec::new();
    for id in ids.map(|paths| paths.paths).unwrap_or_default() {
        // ibc-go stores bare ids, ibc-rs paths.
        let id = id.strip_prefix("connections/").unwrap_or(&id).to_owned();
        if let Some(end) = decoded::<ConnectionEnd>(view, &format!("connections/{id}"), at)? {
            found.push((id, end));
        }
    }
    Ok(found)
}

fn is(end: &ConnectionEnd, state: State) -> bool {
    end.state == i32::from(state as u8)
}

fn named(end: &ConnectionEnd) -> &str {
    end.counterparty.as_ref().map_or("", |counterparty| counterparty.connection_id.as_str())
}

/// The next step toward the destination of every handshake that the path has or wants.
pub(crate) fn next(hop: &Hop<'_>, connect: Option<Side>, wanted: &[Wanted]) -> Result<Vec<Any>, ViewError> {
    let ours = connections(hop.dst, &hop.dst_end.client_id, hop.dst_tip)?;
    let theirs = connections(hop.src, &hop.src_end.client_id, hop.src_at)?;
    let open = ours.iter().find(|(_, end)| is(end, State::Open));
    if let Some((id, _)) = open {
        let mut msgs = channels(hop, id, wanted)?;
        msgs.extend(confirm_connection(hop, &ours, &theirs)?);
        return Ok(msgs);
    }
    if let Some((id, end)) = theirs.iter().find(|(_, end)| is(end, State::Tryopen) || is(end, State::Open))
        && let Some((our_id, our_end)) = ours.iter().find(|(our_id, _)| our_id == named(end))
    {
        return Ok(if is(our_end, State::Init) {
            vec![connection_ack(hop, our_id, id)?]
        } else {
            confirm_connection(hop, &ours, &theirs)?.into_iter().collect()
        });
    }
    if ours.is_empty()
        && let Some((id, end)) = theirs.iter().find(|(_, end)| is(end, State::Init) && named(end).is_empty())
    {
        return Ok(vec![connection_try(hop, id, end)?]);
    }
    if ours.is_empty() && theirs.is_empty() && connect == Some(hop.to) {
        return Ok(vec![any(&MsgConnectionOpenInit {
            client_id: hop.dst_end.client_id.clone(),
            counterparty: Some(Counterparty {
                client_id: hop.src_end.client_id.clone(),
                connection_id: String::new(),
                prefix: Some(MerklePrefix { key_prefix: b"ibc".to_vec() }),
            }),
            version: Some(version()),
            delay_period: 0,
            signer: hop.dst_end.signer.clone(),
        })]);
    }
    Ok(Vec::new())
}

/// What the other side proves of its client of us, which the handshake still carries.
struct ClientProofs {
    state: Any,
    state_proof: Vec<u8>,
    consensus_height: ClientHeight,
    consensus_proof: Vec<u8>,
}

fn client_proofs(hop: &Hop<'_>) -> Result<ClientProofs, ViewError> {
    let id = &hop.src_end.client_id;
    let path = format!("clients/{id}/clientState");
    let stored = proved(hop.src, &path, hop.src_at)?;
    let undecodable = || ViewError::Undecodable(path.clone());
    let state = Any::decode(stored.value.as_slice()).map_err(|_| undecodable())?;
    let client = ClientState::decode(state.value.as_slice()).map_err(|_| undecodable())?;
    let height = client.latest_height.ok_or_else(undecodable)?;
    let consensus =
        format!("clients/{id}/consensusStates/{}-{}", height.revision_number, height.revision_height);
    Ok(ClientProofs {
        state,
        state_proof: stored.proof,
        consensus_height: height,
        consensus_proof: proved(hop.src, &consensus, hop.src_at)?.proof,
    })
}

fn connection_try(hop: &Hop<'_>, id: &str, end: &ConnectionEnd) -> Result<Any, ViewError> {
    let proofs = client_proofs(hop)?;
    #[allow(deprecated)] // `previous_connection_id` must be there, empty.
    let message = MsgConnectionOpenTry {
        client_id: hop.dst_end.client_id.clone(),
        previous_connection_id: String::new(),
        client_state: Some(proofs.state),
        counterparty: Some(Counterparty {
            client_id: hop.src_end.client_id.clone(),
            connection_id: id.to_owned(),
            prefix: Some(MerklePrefix { key_prefix: b"ibc".to_vec() }),
        }),
        delay_period: end.delay_period,
        counterparty_versions: end.versions.clone(),
        proof_height: proof_height(hop),
        proof_init: proved(hop.src, &format!("connections/{id}"), hop.src_at)?.proof,
        proof_client: proofs.state_proof,
        proof_consensus: proofs.consensus_proof,
        consensus_height: Some(proofs.consensus_height),
        signer: hop.dst_end.signer.clone(),
        host_consensus_state_proof: Vec::new(),
    };
    Ok(any(&message))
}

fn connection_ack(hop: &Hop<'_>, ours: &str, theirs: &str) -> Result<Any, ViewError> {
    let proofs = client_proofs(hop)?;
    Ok(any(&MsgConnectionOpenAck {
        connection_id: ours.to_owned(),
        counterparty_connection_id: theirs.to_owned(),
        version: Some(version()),
        client_state: Some(proofs.state),
        proof_height: proof_height(hop),
        proof_try: proved(hop.src, &format!("connections/{theirs}"), hop.src_at)?.proof,
        proof_client: proofs.state_proof,
        proof_consensus: proofs.consensus_proof,
        consensus_height: Some(proofs.consensus_height),
        signer: hop.dst_end.signer.clone(),
        host_consensus_state_proof: Vec::new(),
    }))
}

/// Where we tried and they opened.
fn confirm_connection(
    hop: &Hop<'_>,
    ours: &[(String, ConnectionEnd)],
    theirs: &[(String, ConnectionEnd)],
) -> Result<Option<Any>, ViewError> {
    let Some((id, end)) = ours.iter().find(|(_, end)| is(end, State::Tryopen)) else { return Ok(None) };
    let opened = theirs.iter().any(|(their_id, their)| their_id == named(end) && is(their, State::Open));
    if !opened {
        return Ok(None);
    }
    Ok(Some(any(&MsgConnectionOpenConfirm {
        connection_id: id.clone(),
        proof_ack: proved(hop.src, &format!("connections/{}", named(end)), hop.src_at)?.proof,
        proof_height: proof_height(hop),
        signer: hop.dst_end.signer.clone(),
    })))
}

/// All channels over a connection.
pub(crate) fn channels_of(
    view: &dyn crate::View,
    connection: &str,
    at: Height,
) -> Result<Vec<IdentifiedChannel>, ViewError> {
    let answer: QueryConnectionChannelsResponse = grpc(
        view,
        "/ibc.core.channel.v1.Query/ConnectionChannels",
        &QueryConnectionChannelsRequest { connection: connection.to_owned(), pagination: None },
        at,
    )?;
    Ok(answer.channels)
}

/// The open connection of a client, if there is one.
pub(crate) fn open_connection(
    view: &dyn crate::View,
    client_id: &str,
    at: Height,
) -> Result<Option<(String, ConnectionEnd)>, ViewError> {
    Ok(connections(view, client_id, at)?.into_iter().find(|(_, end)| is(end, State::Open)))
}

fn in_state(channel: &IdentifiedChannel, state: ChannelState) -> bool {
    channel.state == i32::from(state as u8)
}

fn peer(channel: &IdentifiedChannel) -> (&str, &str) {
    channel.counterparty.as_ref().map_or(("", ""), |peer| (peer.port_id.as_str(), peer.channel_id.as_str()))
}

fn channels(hop: &Hop<'_>, connection: &str, wanted: &[Wanted]) -> Result<Vec<Any>, ViewError> {
    let ours = channels_of(hop.dst, connection, hop.dst_tip)?;
    let theirs = match open_connection(hop.src, &hop.src_end.client_id, hop.src_at)? {
        Some((id, _)) => channels_of(hop.src, &id, hop.src_at)?,
        None => Vec::new(),
    };
    let mut msgs = Vec::new();
    for their in &theirs {
        msgs.extend(channel_step(hop, connection, &ours, their)?);
    }
    for want in wanted.iter().filter(|want| want.from == hop.to) {
        if !ours.iter().any(|channel| channel.port_id == want.port) {
            msgs.push(channel_init(hop, connection, want));
        }
    }
    Ok(msgs)
}

/// What a channel of the source asks of ours.
fn channel_step(
    hop: &Hop<'_>,
    connection: &str,
    ours: &[IdentifiedChannel],
    their: &IdentifiedChannel,
) -> Result<Option<Any>, ViewError> {
    let answering = |state| {
        ours.iter().find(move |our| in_state(our, state) && peer(our) == (&their.port_id, &their.channel_id))
    };
    let named_by_them =
        ours.iter().find(|our| (our.port_id.as_str(), our.channel_id.as_str()) == peer(their));
    let proof = || {
        let path = format!("channelEnds/ports/{}/channels/{}", their.port_id, their.channel_id);
        proved(hop.src, &path, hop.src_at).map(|proved| proved.proof)
    };
    let (proof_height, signer) = (proof_height(hop), hop.dst_end.signer.clone());
    if in_state(their, ChannelState::Init) {
        let tried = ours.iter().any(|our| peer(our) == (&their.port_id, &their.channel_id));
        // A channel that nobody here answers for would be tried for ever; the port decides, so ask only for known ones.
        if tried || !matches!(peer(their).0, "transfer" | "provider" | "consumer") {
            return Ok(None);
        }
        #[allow(deprecated)] // `previous_channel_id` and the channel's own version must be there, empty.
        return Ok(Some(any(&MsgChannelOpenTry {
            port_id: peer(their).0.to_owned(),
            previous_channel_id: String::new(),
            channel: Some(Channel {
                state: ChannelState::Tryopen as i32,
                ordering: their.ordering,
                counterparty: Some(ChannelCounterparty {
                    port_id: their.port_id.clone(),
                    channel_id: their.channel_id.clone(),
                }),
                connection_hops: vec![connection.to_owned()],
                version: String::new(),
                upgrade_sequence: 0,
            }),
            counterparty_version: their.version.clone(),
            proof_init: proof()?,
            proof_height,
            signer,
        })));
    }
    if in_state(their, ChannelState::Tryopen)
        && let Some(our) = named_by_them.filter(|our| in_state(our, ChannelState::Init))
    {
        return Ok(Some(any(&MsgChannelOpenAck {
            port_id: our.port_id.clone(),
            channel_id: our.channel_id.clone(),
            counterparty_channel_id: their.channel_id.clone(),
            counterparty_version: their.version.clone(),
            proof_try: proof()?,
            proof_height,
            signer,
        })));
    }
    if in_state(their, ChannelState::Open)
        && let Some(our) = answering(ChannelState::Tryopen)
    {
        return Ok(Some(any(&MsgChannelOpenConfirm {
            port_id: our.port_id.clone(),
            channel_id: our.channel_id.clone(),
            proof_ack: proof()?,
            proof_height,
            signer,
        })));
    }
    if in_state(their, ChannelState::Closed)
        && let Some(our) = answering(ChannelState::Open)
    {
        return Ok(Some(any(&MsgChannelCloseConfirm {
            port_id: our.port_id.clone(),
            channel_id: our.channel_id.clone(),
            proof_init: proof()?,
            proof_height,
            signer,
            counterparty_upgrade_sequence: 0,
        })));
    }
    Ok(None)
}

fn channel_init(hop: &Hop<'_>, connection: &str, want: &Wanted) -> Any {
    any(&MsgChannelOpenInit {
        port_id: want.port.clone(),
        channel: Some(Channel {
            state: ChannelState::Init as i32,
            ordering: if want.ordered { Order::Ordered } else { Order::Unordered } as i32,
            counterparty: Some(ChannelCounterparty {
                port_id: want.counterparty_port.clone(),
                channel_id: String::new(),
            }),
            connection_hops: vec![connection.to_owned()],
            version: want.version.clone(),
            upgrade_sequence: 0,
        }),
        signer: hop.dst_end.signer.clone(),
    })
}
