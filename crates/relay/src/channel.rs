//! The channels over a path's connection (ICS-04): their handshakes, and what closes them.

use crate::client::{any, proof_height};
use crate::connection::open_connection;
use crate::handshake::Wanted;
use crate::path::Hop;
use crate::view::{PAGE, View, ViewError, grpc, proved};
use ics_abci::Height;
use ics_proto::Any;
use ics_proto::ibc::core::channel::v1::{
    Channel, Counterparty, IdentifiedChannel, MsgChannelCloseConfirm, MsgChannelOpenAck,
    MsgChannelOpenConfirm, MsgChannelOpenInit, MsgChannelOpenTry, Order, QueryConnectionChannelsRequest,
    QueryConnectionChannelsResponse, State,
};

/// All channels over a connection.
pub(crate) fn channels_of(
    view: &dyn View,
    connection: &str,
    at: Height,
) -> Result<Vec<IdentifiedChannel>, ViewError> {
    let answer: QueryConnectionChannelsResponse = grpc(
        view,
        "/ibc.core.channel.v1.Query/ConnectionChannels",
        &QueryConnectionChannelsRequest { connection: connection.to_owned(), pagination: PAGE },
        at,
    )?;
    Ok(answer.channels)
}

/// The next step toward the destination of every channel that is there or wanted.
pub(crate) fn next(hop: &Hop<'_>, connection: &str, wanted: &[Wanted]) -> Result<Vec<Any>, ViewError> {
    let ours = channels_of(hop.dst, connection, hop.dst_tip)?;
    let theirs = match open_connection(hop.src, &hop.src_end.client_id, hop.src_at)? {
        Some((id, _)) => channels_of(hop.src, &id, hop.src_at)?,
        None => Vec::new(),
    };
    let mut msgs = Vec::new();
    for their in &theirs {
        msgs.extend(step(hop, connection, &ours, their)?);
    }
    for want in wanted.iter().filter(|want| want.from == hop.to) {
        if !ours.iter().any(|channel| channel.port_id == want.port) {
            msgs.push(init(hop, connection, want));
        }
    }
    Ok(msgs)
}

pub(crate) fn in_state(channel: &IdentifiedChannel, state: State) -> bool {
    channel.state == i32::from(state as u8)
}

fn peer(channel: &IdentifiedChannel) -> (&str, &str) {
    channel.counterparty.as_ref().map_or(("", ""), |peer| (peer.port_id.as_str(), peer.channel_id.as_str()))
}

/// What a channel of the source asks of ours.
fn step(
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
    if in_state(their, State::Init) {
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
                state: State::Tryopen as i32,
                ordering: their.ordering,
                counterparty: Some(Counterparty {
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
    if in_state(their, State::Tryopen)
        && let Some(our) = named_by_them.filter(|our| in_state(our, State::Init))
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
    if in_state(their, State::Open)
        && let Some(our) = answering(State::Tryopen)
    {
        return Ok(Some(any(&MsgChannelOpenConfirm {
            port_id: our.port_id.clone(),
            channel_id: our.channel_id.clone(),
            proof_ack: proof()?,
            proof_height,
            signer,
        })));
    }
    if in_state(their, State::Closed)
        && let Some(our) = answering(State::Open)
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

fn init(hop: &Hop<'_>, connection: &str, want: &Wanted) -> Any {
    any(&MsgChannelOpenInit {
        port_id: want.port.clone(),
        channel: Some(Channel {
            state: State::Init as i32,
            ordering: if want.ordered { Order::Ordered } else { Order::Unordered } as i32,
            counterparty: Some(Counterparty {
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
