//! The store, path by path, into ibc-go's sections.

use super::{CONSENSUS_STATES, INDEX, second_version};
use crate::ibc::view::IbcHeight;
use crate::ibc::{params, path};
use ibc_proto::google::protobuf::Any;
use ibc_proto::ibc::core::channel::v1::{
    self as channel, Channel, IdentifiedChannel, PacketSequence, PacketState,
};
use ibc_proto::ibc::core::client::v1::{
    self as client, ClientConsensusStates, ConsensusStateWithHeight, GenesisMetadata, Height,
    IdentifiedClientState, IdentifiedGenesisMetadata,
};
use ibc_proto::ibc::core::connection::v1::{
    self as connection, ClientPaths, ConnectionEnd, ConnectionPaths, IdentifiedConnection,
};
use ics_kv::{Bytes, Corrupt, KeyRange, Read};
use prost::{Message, Name};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The section from which IBC can begin again.
///
/// # Errors
/// [`Corrupt`] where something lies in the store that is not IBC's.
pub fn export(state: &(impl Read + ?Sized)) -> Result<Value, Corrupt> {
    let mut sections = Sections::default();
    let prefix = path::key("");
    for (key, value) in state.scan(KeyRange::prefix(&prefix)) {
        let corrupt = || Corrupt { key: key.to_vec() };
        let rest = key.strip_prefix(prefix.as_slice()).ok_or_else(corrupt)?;
        if !params::is_key(rest) {
            sections.take(rest, &value).ok_or_else(corrupt)?;
        }
    }
    sections.clients.params = Some(client::Params { allowed_clients: params::allowed_clients(state)? });
    let block_time = u64::try_from(params::block_time_max(state)?.as_nanos()).unwrap_or(u64::MAX);
    sections.connections.params = Some(connection::Params { max_expected_time_per_block: block_time });
    sections.finish().ok_or_else(|| Corrupt { key: prefix.clone() })
}

#[derive(Default)]
struct Sections {
    clients: client::GenesisState,
    consensus: BTreeMap<String, BTreeMap<IbcHeight, Any>>,
    metadata: BTreeMap<String, Vec<GenesisMetadata>>,
    connections: connection::GenesisState,
    channels: channel::GenesisState,
}

impl Sections {
    /// Sorts an entry of the store in; `None` where its path or its value is none of IBC's.
    fn take(&mut self, key: &[u8], value: &Bytes) -> Option<()> {
        if let Some(rest) = key.strip_prefix(b"clients/") {
            let slash = rest.iter().position(|byte| *byte == b'/')?;
            let (id, below) = rest.split_at_checked(slash)?;
            return self.of_client(core::str::from_utf8(id).ok()?, below.get(1..)?, value);
        }
        let text = core::str::from_utf8(key).ok()?;
        match text {
            path::NEXT_CLIENT => self.clients.next_client_sequence = number(value)?,
            path::NEXT_CONNECTION => self.connections.next_connection_sequence = number(value)?,
            path::NEXT_CHANNEL => self.channels.next_channel_sequence = number(value)?,
            _ => {
                let (kind, rest) = text.split_once('/')?;
                if kind == "connections" {
                    self.connections
                        .connections
                        .push(identified(rest, ConnectionEnd::decode(&**value).ok()?));
                } else {
                    self.of_channel(kind, rest, value)?;
                }
            }
        }
        Some(())
    }

    fn of_client(&mut self, id: &str, below: &[u8], value: &Bytes) -> Option<()> {
        match below {
            b"clientState" => {
                let client_state = Some(Any::decode(&**value).ok()?);
                let client_id = id.to_owned();
                self.clients.clients.push(IdentifiedClientState { client_id, client_state });
            }
            b"connections" => {
                let ClientPaths { paths } = ClientPaths::decode(&**value).ok()?;
                let client_id = id.to_owned();
                self.connections.client_connection_paths.push(ConnectionPaths { client_id, paths });
            }
            _ => {
                let index = below.strip_prefix(INDEX);
                let at =
                    core::str::from_utf8(below).ok().and_then(|text| text.strip_prefix(CONSENSUS_STATES));
                if let Some(at) = at.and_then(read_height) {
                    let known = self.consensus.entry(id.to_owned()).or_default();
                    known.insert(at, Any::decode(&**value).ok()?);
                    return Some(());
                }
                // ibc-go stores paths below the client in its index, we whole ones.
                let value = match index {
                    Some(_) => value.strip_prefix(format!("clients/{id}/").as_bytes())?.to_vec(),
                    None => value.to_vec(),
                };
                let known = self.metadata.entry(id.to_owned()).or_default();
                known.push(GenesisMetadata { key: below.to_vec(), value });
            }
        }
        Some(())
    }

    fn of_channel(&mut self, kind: &str, rest: &str, value: &Bytes) -> Option<()> {
        let (port, rest) = rest.strip_prefix("ports/")?.split_once("/channels/")?;
        let (channel, sequence) = match rest.split_once("/sequences/") {
            Some((channel, sequence)) => (channel, Some(sequence.parse::<u64>().ok()?)),
            None => (rest, None),
        };
        let (port_id, channel_id) = (port.to_owned(), channel.to_owned());
        let known = &mut self.channels;
        match (kind, sequence) {
            ("channelEnds", None) => {
                let end = Channel::decode(&**value).ok()?;
                known.channels.push(identified_channel(port_id, channel_id, end));
            }
            ("nextSequenceSend" | "nextSequenceRecv" | "nextSequenceAck", None) => {
                let sequences = match kind {
                    "nextSequenceSend" => &mut known.send_sequences,
                    "nextSequenceRecv" => &mut known.recv_sequences,
                    _ => &mut known.ack_sequences,
                };
                sequences.push(PacketSequence { port_id, channel_id, sequence: number(value)? });
            }
            ("commitments" | "receipts" | "acks", Some(sequence)) => {
                let states = match kind {
                    "commitments" => &mut known.commitments,
                    "receipts" => &mut known.receipts,
                    _ => &mut known.acknowledgements,
                };
                states.push(PacketState { port_id, channel_id, sequence, data: value.to_vec() });
            }
            _ => return None,
        }
        Some(())
    }

    fn finish(mut self) -> Option<Value> {
        self.clients.clients_consensus = self
            .consensus
            .into_iter()
            .map(|(client_id, states)| ClientConsensusStates {
                client_id,
                consensus_states: states.into_iter().map(at_height).collect(),
            })
            .collect();
        self.clients.clients_metadata = self
            .metadata
            .into_iter()
            .map(|(client_id, client_metadata)| IdentifiedGenesisMetadata { client_id, client_metadata })
            .collect();
        // In the order of their numbers, not of their keys.
        for states in
            [&mut self.channels.commitments, &mut self.channels.receipts, &mut self.channels.acknowledgements]
        {
            states.sort_by(|a, b| {
                (&a.port_id, &a.channel_id, a.sequence).cmp(&(&b.port_id, &b.channel_id, b.sequence))
            });
        }
        let mut section = Map::new();
        section.insert("client_genesis".to_owned(), json(&self.clients)?);
        section.insert("connection_genesis".to_owned(), json(&self.connections)?);
        let mut channels = json(&self.channels)?;
        // Of channel upgrades, which ibc-go v10 gave up again.
        channels.as_object_mut()?.remove("params");
        section.insert("channel_genesis".to_owned(), channels);
        section.extend(second_version().map(|(name, value)| (name.to_owned(), value)));
        Some(Value::Object(section))
    }
}

fn json<M: Message + Name>(message: &M) -> Option<Value> {
    serde_json::from_str(&ics_proto::json::to_json_of(message).ok()?).ok()
}

fn number(value: &[u8]) -> Option<u64> {
    value.try_into().ok().map(u64::from_be_bytes)
}

/// `revision-height`.
pub(super) fn read_height(text: &str) -> Option<IbcHeight> {
    let (revision, height) = text.split_once('-')?;
    let at = (revision.parse().ok()?, height.parse().ok()?);
    (format!("{}-{}", at.0, at.1) == text).then_some(at)
}

fn at_height(((revision_number, revision_height), state): (IbcHeight, Any)) -> ConsensusStateWithHeight {
    let height = Some(Height { revision_number, revision_height });
    ConsensusStateWithHeight { height, consensus_state: Some(state) }
}

fn identified(id: &str, end: ConnectionEnd) -> IdentifiedConnection {
    IdentifiedConnection {
        id: id.to_owned(),
        client_id: end.client_id,
        versions: end.versions,
        state: end.state,
        counterparty: end.counterparty,
        delay_period: end.delay_period,
    }
}

fn identified_channel(port_id: String, channel_id: String, end: Channel) -> IdentifiedChannel {
    IdentifiedChannel {
        state: end.state,
        ordering: end.ordering,
        counterparty: end.counterparty,
        connection_hops: end.connection_hops,
        version: end.version,
        port_id,
        channel_id,
        upgrade_sequence: end.upgrade_sequence,
    }
}
