//! The connection between a path's two clients (ICS-03).

use crate::client::{any, proof_height};
use crate::path::{Hop, Side};
use crate::view::{View, ViewError, decoded, proved};
use ics_abci::Height;
use ics_proto::Any;
use ics_proto::ibc::core::client::v1::Height as ClientHeight;
use ics_proto::ibc::core::commitment::v1::MerklePrefix;
use ics_proto::ibc::core::connection::v1::{
    ClientPaths, ConnectionEnd, Counterparty, MsgConnectionOpenAck, MsgConnectionOpenConfirm,
    MsgConnectionOpenInit, MsgConnectionOpenTry, State, Version,
};
use ics_proto::ibc::lightclients::tendermint::v1::ClientState;
use prost::Message;

/// The open connection of a client, if there is one.
pub(crate) fn open_connection(
    view: &dyn View,
    client_id: &str,
    at: Height,
) -> Result<Option<(String, ConnectionEnd)>, ViewError> {
    Ok(connections(view, client_id, at)?.into_iter().find(|(_, end)| is(end, State::Open)))
}

fn version() -> Version {
    Version {
        identifier: "1".to_owned(),
        features: vec!["ORDER_ORDERED".to_owned(), "ORDER_UNORDERED".to_owned()],
    }
}

/// The connections of a client on one chain, oldest first.
fn connections(
    view: &dyn View,
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

/// The connections of the path's clients, on the destination and on the source.
pub(crate) struct Ends {
    ours: Vec<(String, ConnectionEnd)>,
    theirs: Vec<(String, ConnectionEnd)>,
}

impl Ends {
    pub(crate) fn read(hop: &Hop<'_>) -> Result<Self, ViewError> {
        let ours = connections(hop.dst, &hop.dst_end.client_id, hop.dst_tip)?;
        let theirs = connections(hop.src, &hop.src_end.client_id, hop.src_at)?;
        Ok(Self { ours, theirs })
    }

    /// The destination's open connection.
    pub(crate) fn open(&self) -> Option<&str> {
        self.ours.iter().find(|(_, end)| is(end, State::Open)).map(|(id, _)| id.as_str())
    }

    /// The next step where the destination has no open connection yet.
    pub(crate) fn next(&self, hop: &Hop<'_>, connect: Option<Side>) -> Result<Option<Any>, ViewError> {
        let Self { ours, theirs } = self;
        if let Some((id, end)) =
            theirs.iter().find(|(_, end)| is(end, State::Tryopen) || is(end, State::Open))
            && let Some((our_id, our_end)) = ours.iter().find(|(our_id, _)| our_id == named(end))
        {
            return if is(our_end, State::Init) { ack(hop, our_id, id).map(Some) } else { self.confirm(hop) };
        }
        if !ours.is_empty() {
            return Ok(None);
        }
        let begun = theirs.iter().find(|(_, end)| is(end, State::Init) && named(end).is_empty());
        if let Some((id, end)) = begun {
            return answer(hop, id, end).map(Some);
        }
        Ok((theirs.is_empty() && connect == Some(hop.to)).then(|| init(hop)))
    }

    /// Where we tried and they opened.
    pub(crate) fn confirm(&self, hop: &Hop<'_>) -> Result<Option<Any>, ViewError> {
        let tried = self.ours.iter().find(|(_, end)| is(end, State::Tryopen));
        let Some((id, end)) = tried else { return Ok(None) };
        let theirs = self.theirs.iter().find(|(their_id, _)| their_id == named(end));
        if !theirs.is_some_and(|(_, their)| is(their, State::Open)) {
            return Ok(None);
        }
        Ok(Some(any(&MsgConnectionOpenConfirm {
            connection_id: id.clone(),
            proof_ack: proved(hop.src, &format!("connections/{}", named(end)), hop.src_at)?.proof,
            proof_height: proof_height(hop),
            signer: hop.dst_end.signer.clone(),
        })))
    }
}

fn init(hop: &Hop<'_>) -> Any {
    any(&MsgConnectionOpenInit {
        client_id: hop.dst_end.client_id.clone(),
        counterparty: Some(Counterparty {
            client_id: hop.src_end.client_id.clone(),
            connection_id: String::new(),
            prefix: Some(MerklePrefix { key_prefix: b"ibc".to_vec() }),
        }),
        version: Some(version()),
        delay_period: 0,
        signer: hop.dst_end.signer.clone(),
    })
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

fn answer(hop: &Hop<'_>, id: &str, end: &ConnectionEnd) -> Result<Any, ViewError> {
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

fn ack(hop: &Hop<'_>, ours: &str, theirs: &str) -> Result<Any, ViewError> {
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
