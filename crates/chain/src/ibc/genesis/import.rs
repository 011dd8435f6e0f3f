//! ibc-go's sections back into the store, each part checked before anything is written.

use super::export::read_height;
use super::{CONSENSUS_STATES, INDEX, PROCESSED_HEIGHT, PROCESSED_TIME, second_version};
use crate::ibc::core::client::sound;
use crate::ibc::core::init_genesis;
use crate::ibc::view::IbcHeight;
use crate::ibc::{id, params, path};
use crate::{Ctx, Error};
use core::fmt::Display;
use ibc::clients::tendermint::client_state::ClientState;
use ibc::clients::tendermint::consensus_state::ConsensusState;
use ibc::core::client::types::Height as CheckedHeight;
use ibc::core::connection::types::ConnectionEnd as CheckedConnection;
use ibc_proto::ibc::core::channel::v1::{self as channel, Channel, PacketSequence, PacketState, State};
use ibc_proto::ibc::core::client::v1 as client;
use ibc_proto::ibc::core::connection::v1::{self as connection, ClientPaths, ConnectionEnd};
use ics_kv::{Bytes, Write};
use prost::{Message, Name};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Begins from the section; without one, as a new chain.
///
/// # Errors
/// `sdk/18`, naming the place in the section, where a part is ill-formed, there twice or refers to something that is not
/// there; then nothing is written.
pub fn init(ctx: &mut Ctx<'_>, section: Option<&Value>) -> Result<(), Error> {
    let Some(section) = section else {
        init_genesis(ctx);
        return Ok(());
    };
    let parts = section.as_object().ok_or_else(|| refuse("", "expected an object"))?;
    let empty = second_version();
    for (name, value) in parts {
        let known = ["client_genesis", "connection_genesis", "channel_genesis"].contains(&name.as_str());
        let unused =
            empty.iter().any(|(unused, empty)| unused == name && (value == empty || value.is_null()));
        if !known && !unused {
            return Err(refuse(&format!(".{name}"), "is not supported"));
        }
    }
    let mut store = Store::default();
    let clients: client::GenesisState = part(section, "client_genesis")?;
    let connections: connection::GenesisState = part(section, "connection_genesis")?;
    let allowed = clients.params.clone().map(|params| params.allowed_clients);
    let block_nanos = connections.params.unwrap_or_default().max_expected_time_per_block;
    store.clients(clients)?;
    store.connections(connections)?;
    store.channels(part(section, "channel_genesis")?)?;
    params::restore(ctx, allowed, block_nanos).map_err(|error| refuse(".client_genesis.params", error))?;
    for (key, value) in store.rows {
        ctx.set(&key, Bytes::from(value));
    }
    Ok(())
}

fn refuse(path: &str, why: impl Display) -> Error {
    Error::invalid_request(format!("ibc{path}: {why}"))
}

fn part<M: Message + Name + Default>(section: &Value, name: &str) -> Result<M, Error> {
    let Some(part) = section.get(name) else { return Ok(M::default()) };
    ics_proto::json::from_json_as(&part.to_string()).map_err(|error| refuse(&format!(".{name}"), error))
}

/// What will be written.
#[derive(Default)]
struct Store {
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    clients: BTreeSet<String>,
    connections: BTreeSet<String>,
    channels: BTreeSet<(String, String)>,
}

impl Store {
    fn put(&mut self, at: &str, path: &str, value: Vec<u8>) -> Result<(), Error> {
        match self.rows.insert(path::key(path), value) {
            None => Ok(()),
            Some(_) => Err(refuse(at, "is there twice")),
        }
    }

    fn clients(&mut self, genesis: client::GenesisState) -> Result<(), Error> {
        let mut last = None;
        for (index, entry) in genesis.clients.into_iter().enumerate() {
            let at = format!(".client_genesis.clients[{index}]");
            let wrong = |why: &dyn Display| refuse(&at, why);
            id::client(&entry.client_id).map_err(|error| wrong(&error))?;
            let any = entry.client_state.ok_or_else(|| wrong(&"no client state"))?;
            let state = ClientState::try_from(any.clone()).map_err(|error| wrong(&error))?;
            sound(&state).map_err(|error| wrong(&error))?;
            last = last.max(id::numbered("07-tendermint-", &entry.client_id));
            self.put(&at, &path::client_state(&entry.client_id), any.encode_to_vec())?;
            self.clients.insert(entry.client_id);
        }
        self.count(
            ".client_genesis.next_client_sequence",
            path::NEXT_CLIENT,
            genesis.next_client_sequence,
            last,
        )?;
        for (index, entry) in genesis.clients_consensus.into_iter().enumerate() {
            let at = format!(".client_genesis.clients_consensus[{index}]");
            self.known_client(&at, &entry.client_id)?;
            for (index, known) in entry.consensus_states.into_iter().enumerate() {
                let at = format!("{at}.consensus_states[{index}]");
                self.consensus_state(&at, &entry.client_id, known)?;
            }
        }
        for (index, entry) in genesis.clients_metadata.into_iter().enumerate() {
            let at = format!(".client_genesis.clients_metadata[{index}]");
            self.known_client(&at, &entry.client_id)?;
            for (index, known) in entry.client_metadata.into_iter().enumerate() {
                let at = format!("{at}.client_metadata[{index}]");
                self.metadata(&at, &entry.client_id, &known)?;
            }
        }
        Ok(())
    }

    /// A consensus state, and its place in the index of heights.
    fn consensus_state(
        &mut self,
        at: &str,
        client: &str,
        known: client::ConsensusStateWithHeight,
    ) -> Result<(), Error> {
        let any = known.consensus_state.ok_or_else(|| refuse(at, "no consensus state"))?;
        ConsensusState::try_from(any.clone()).map_err(|error| refuse(at, error))?;
        let height = known.height.unwrap_or_default();
        CheckedHeight::new(height.revision_number, height.revision_height)
            .map_err(|error| refuse(at, error))?;
        let height = (height.revision_number, height.revision_height);
        let lies_at = path::consensus_state(client, height);
        self.put(at, &lies_at, any.encode_to_vec())?;
        self.rows.insert(path::height(client, height), lies_at.into_bytes());
        Ok(())
    }

    /// When a consensus state was learnt. Entries of the index say nothing that the consensus states do not.
    fn metadata(&mut self, at: &str, client: &str, known: &client::GenesisMetadata) -> Result<(), Error> {
        if let Some(index) = known.key.strip_prefix(INDEX) {
            let full = [path::heights(client).as_slice(), index].concat();
            if !self.rows.contains_key(&full) {
                return Err(refuse(at, "a height without a consensus state"));
            }
            return Ok(());
        }
        let text = core::str::from_utf8(&known.key).ok().and_then(|key| key.strip_prefix(CONSENSUS_STATES));
        let time = text.and_then(|text| text.strip_suffix(PROCESSED_TIME)).and_then(read_height);
        let height = text.and_then(|text| text.strip_suffix(PROCESSED_HEIGHT)).and_then(read_height);
        let (of, path, is_good) = match (time, height) {
            (Some(of), _) => (of, path::processed_time(client, of), known.value.len() == 8),
            (None, Some(of)) => (of, path::processed_height(client, of), is_height(&known.value)),
            (None, None) => return Err(refuse(at, "no metadata of a Tendermint client")),
        };
        if !is_good {
            return Err(refuse(at, "neither a time of eight bytes nor a height"));
        }
        if !self.rows.contains_key(&path::key(&path::consensus_state(client, of))) {
            return Err(refuse(at, "of a height without a consensus state"));
        }
        self.put(at, &path, known.value.clone())
    }

    fn connections(&mut self, genesis: connection::GenesisState) -> Result<(), Error> {
        let mut last = None;
        for (index, entry) in genesis.connections.into_iter().enumerate() {
            let at = format!(".connection_genesis.connections[{index}]");
            id::connection(&entry.id).map_err(|error| refuse(&at, error))?;
            self.known_client(&at, &entry.client_id)?;
            let end = ConnectionEnd {
                client_id: entry.client_id,
                versions: entry.versions,
                state: entry.state,
                counterparty: entry.counterparty,
                delay_period: entry.delay_period,
            };
            CheckedConnection::try_from(end.clone()).map_err(|error| refuse(&at, error))?;
            last = last.max(id::numbered("connection-", &entry.id));
            self.put(&at, &path::connection(&entry.id), end.encode_to_vec())?;
            self.connections.insert(entry.id);
        }
        let next = genesis.next_connection_sequence;
        self.count(".connection_genesis.next_connection_sequence", path::NEXT_CONNECTION, next, last)?;
        for (index, entry) in genesis.client_connection_paths.into_iter().enumerate() {
            let at = format!(".connection_genesis.client_connection_paths[{index}]");
            self.known_client(&at, &entry.client_id)?;
            if let Some(unknown) = entry.paths.iter().find(|path| !self.connections.contains(*path)) {
                return Err(refuse(&at, format!("there is no connection {unknown:?}")));
            }
            let paths = ClientPaths { paths: entry.paths }.encode_to_vec();
            self.put(&at, &path::client_connections(&entry.client_id), paths)?;
        }
        Ok(())
    }

    fn channels(&mut self, genesis: channel::GenesisState) -> Result<(), Error> {
        let mut last = None;
        for (index, entry) in genesis.channels.into_iter().enumerate() {
            let at = format!(".channel_genesis.channels[{index}]");
            id::port(&entry.port_id)
                .and_then(|()| id::channel(&entry.channel_id))
                .map_err(|error| refuse(&at, error))?;
            if let Some(unknown) = entry.connection_hops.iter().find(|hop| !self.connections.contains(*hop)) {
                return Err(refuse(&at, format!("there is no connection {unknown:?}")));
            }
            if !matches!(entry.state(), State::Init | State::Tryopen | State::Open | State::Closed) {
                return Err(refuse(&at, format!("state {} is not supported", entry.state().as_str_name())));
            }
            let end = Channel {
                state: entry.state,
                ordering: entry.ordering,
                counterparty: entry.counterparty,
                connection_hops: entry.connection_hops,
                version: entry.version,
                upgrade_sequence: entry.upgrade_sequence,
            };
            last = last.max(id::channel_number(&entry.channel_id));
            self.put(&at, &path::channel(&entry.port_id, &entry.channel_id), end.encode_to_vec())?;
            self.channels.insert((entry.port_id, entry.channel_id));
        }
        let next = genesis.next_channel_sequence;
        self.count(".channel_genesis.next_channel_sequence", path::NEXT_CHANNEL, next, last)?;
        self.sequences("send_sequences", genesis.send_sequences, path::next_send)?;
        self.sequences("recv_sequences", genesis.recv_sequences, path::next_receive)?;
        self.sequences("ack_sequences", genesis.ack_sequences, path::next_ack)?;
        self.packets("commitments", genesis.commitments, path::commitment)?;
        self.packets("receipts", genesis.receipts, path::receipt)?;
        self.packets("acknowledgements", genesis.acknowledgements, path::ack)
    }

    fn sequences(
        &mut self,
        name: &str,
        sequences: Vec<PacketSequence>,
        path: impl Fn(&str, &str) -> String,
    ) -> Result<(), Error> {
        for (index, entry) in sequences.into_iter().enumerate() {
            let at = format!(".channel_genesis.{name}[{index}]");
            self.known_channel(&at, &entry.port_id, &entry.channel_id)?;
            let number = entry.sequence.to_be_bytes().to_vec();
            self.put(&at, &path(&entry.port_id, &entry.channel_id), number)?;
        }
        Ok(())
    }

    fn packets(
        &mut self,
        name: &str,
        packets: Vec<PacketState>,
        path: impl Fn(&str, &str, u64) -> String,
    ) -> Result<(), Error> {
        for (index, entry) in packets.into_iter().enumerate() {
            let at = format!(".channel_genesis.{name}[{index}]");
            self.known_channel(&at, &entry.port_id, &entry.channel_id)?;
            if entry.data.is_empty() {
                return Err(refuse(&at, "no data"));
            }
            self.put(&at, &path(&entry.port_id, &entry.channel_id, entry.sequence), entry.data)?;
        }
        Ok(())
    }

    /// A counter of what is made here, which must be beyond everything that was.
    fn count(&mut self, at: &str, path: &str, next: u64, last: Option<u64>) -> Result<(), Error> {
        if last.is_some_and(|last| last >= next) {
            return Err(refuse(at, format!("{next} was given away already")));
        }
        self.put(at, path, next.to_be_bytes().to_vec())
    }

    fn known_client(&self, at: &str, client: &str) -> Result<(), Error> {
        if self.clients.contains(client) {
            return Ok(());
        }
        Err(refuse(at, format!("there is no client {client:?}")))
    }

    fn known_channel(&self, at: &str, port: &str, channel: &str) -> Result<(), Error> {
        if self.channels.contains(&(port.to_owned(), channel.to_owned())) {
            return Ok(());
        }
        Err(refuse(at, format!("there is no channel {channel:?} of port {port:?}")))
    }
}

fn is_height(value: &[u8]) -> bool {
    let read = core::str::from_utf8(value).ok().and_then(read_height);
    read.is_some_and(|at: IbcHeight| CheckedHeight::new(at.0, at.1).is_ok())
}
