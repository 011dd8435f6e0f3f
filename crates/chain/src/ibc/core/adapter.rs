//! ibc-rs' view of this chain: its client and connection handlers read and write our state through this.
//!
//! Values lie where counterparties look for them (ICS-24) and in the forms that they verify: protobuf, eight bytes
//! big-endian for numbers. Heights of consensus states have an ordered index of their own, as in ibc-go.

use crate::ibc::view::{self, IbcHeight, View};
use crate::ibc::{params, path};
use crate::{Ctx, Error, headers};
use core::cell::RefCell;
use core::time::Duration;
use ibc::clients::tendermint::client_state::ClientState;
use ibc::clients::tendermint::consensus_state::ConsensusState;
use ibc::clients::tendermint::types::ConsensusState as ConsensusStateType;
use ibc::core::channel::types::channel::ChannelEnd;
use ibc::core::channel::types::commitment::{AcknowledgementCommitment, PacketCommitment};
use ibc::core::channel::types::packet::Receipt;
use ibc::core::client::context::{
    ClientExecutionContext, ClientValidationContext, ExtClientValidationContext,
};
use ibc::core::client::types::Height;
use ibc::core::commitment_types::commitment::{CommitmentPrefix, CommitmentRoot};
use ibc::core::connection::types::ConnectionEnd;
use ibc::core::handler::types::events::IbcEvent;
use ibc::core::host::types::error::HostError;
use ibc::core::host::types::identifiers::{ClientId, ConnectionId, Sequence};
use ibc::core::host::types::path::{
    AckPath, ChannelEndPath, ClientConnectionPath, ClientConsensusStatePath, ClientStatePath, CommitmentPath,
    ConnectionPath, ReceiptPath, SeqAckPath, SeqRecvPath, SeqSendPath,
};
use ibc::core::host::{ExecutionContext, ValidationContext};
use ibc::core::primitives::{Signer, Timestamp};
use ibc_proto::google::protobuf::Any;
use ibc_proto::ibc::core::connection::v1::{ClientPaths, ConnectionEnd as RawConnectionEnd};
use ics_abci::Event;
use ics_kv::{Bytes, Corrupt, KeyRange, Write};
use prost::Message;
use tendermint::{Hash, Time};

/// How many expired consensus states one update forgets, oldest first: the work of an update stays bounded.
const PRUNED_PER_UPDATE: usize = 4;

/// This chain, as ibc-rs asks for it.
pub(crate) struct IbcCtx<V> {
    view: V,
    corrupt: RefCell<Option<Corrupt>>,
}

impl<V: View> IbcCtx<V> {
    /// The chain behind a view; a `&mut Ctx` can be written, too.
    pub(crate) fn new(view: V) -> Self {
        Self { view, corrupt: RefCell::new(None) }
    }

    /// The result of a call into ibc-rs, unless it met corrupt state, which ibc-rs has no error for.
    ///
    /// # Errors
    /// [`Error::Corrupt`], else those of the call.
    pub(crate) fn settle<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        match self.corrupt.borrow_mut().take() {
            Some(corrupt) => Err(Error::Corrupt(corrupt)),
            None => result,
        }
    }

    fn halt(&self, corrupt: Corrupt) -> HostError {
        let error = HostError::invalid_state(&corrupt);
        self.corrupt.borrow_mut().get_or_insert(corrupt);
        error
    }

    fn any(&self, path: &str) -> Result<Any, HostError> {
        let stored = view::message(self.view.state(), path).map_err(|corrupt| self.halt(corrupt))?;
        stored.ok_or_else(|| HostError::missing_state(format!("nothing at {path}")))
    }

    fn number(&self, path: &str) -> Result<u64, HostError> {
        let stored = view::number(self.view.state(), path).map_err(|corrupt| self.halt(corrupt))?;
        stored.ok_or_else(|| self.halt(Corrupt { key: path::key(path) }))
    }

    fn consensus_at(&self, client: &str, at: IbcHeight) -> Result<ConsensusState, HostError> {
        let path = path::consensus_state(client, at);
        let any = self.any(&path)?;
        ConsensusState::try_from(any).map_err(|_| self.halt(Corrupt { key: path::key(&path) }))
    }

    fn neighbour(&self, client: &ClientId, range: KeyRange) -> Result<Option<ConsensusState>, HostError> {
        let index = path::heights(client.as_str());
        let Some((full, _)) = self.view.state().scan(range).next() else { return Ok(None) };
        let at = read_height(&index, &full).ok_or_else(|| self.halt(Corrupt { key: full.to_vec() }))?;
        self.consensus_at(client.as_str(), at).map(Some)
    }
}

/// The height that an entry of the index of heights stands for.
pub(crate) fn read_height(index: &[u8], full: &[u8]) -> Option<IbcHeight> {
    let (revision, height) = full.strip_prefix(index)?.split_at_checked(8)?;
    Some((u64::from_be_bytes(revision.try_into().ok()?), u64::from_be_bytes(height.try_into().ok()?)))
}

fn pair(height: &Height) -> IbcHeight {
    (height.revision_number(), height.revision_height())
}

impl<V: View> ClientValidationContext for IbcCtx<V> {
    type ClientStateRef = ClientState;
    type ConsensusStateRef = ConsensusState;

    fn client_state(&self, client_id: &ClientId) -> Result<ClientState, HostError> {
        let path = path::client_state(client_id.as_str());
        let any = self.any(&path)?;
        ClientState::try_from(any).map_err(|_| self.halt(Corrupt { key: path::key(&path) }))
    }

    fn consensus_state(&self, path: &ClientConsensusStatePath) -> Result<ConsensusState, HostError> {
        self.consensus_at(path.client_id.as_str(), (path.revision_number, path.revision_height))
    }

    fn client_update_meta(
        &self,
        client_id: &ClientId,
        height: &Height,
    ) -> Result<(Timestamp, Height), HostError> {
        let time = self.number(&path::processed_time(client_id.as_str(), pair(height)))?;
        let path = path::processed_height(client_id.as_str(), pair(height));
        let stored = view::bytes(self.view.state(), &path);
        let parsed = stored.and_then(|text| core::str::from_utf8(&text).ok()?.parse().ok());
        let at = parsed.ok_or_else(|| self.halt(Corrupt { key: path::key(&path) }))?;
        Ok((Timestamp::from_nanoseconds(time), at))
    }
}

impl<V: View> ExtClientValidationContext for IbcCtx<V> {
    fn host_timestamp(&self) -> Result<Timestamp, HostError> {
        Ok(Timestamp::from_nanoseconds(view::host_nanos(&self.view)))
    }

    fn host_height(&self) -> Result<Height, HostError> {
        let (revision, height) = view::host_height(&self.view);
        Height::new(revision, height).map_err(HostError::invalid_state)
    }

    /// Only the oldest few: ibc-rs asks for them to forget the expired ones, and nothing else.
    fn consensus_state_heights(&self, client_id: &ClientId) -> Result<Vec<Height>, HostError> {
        let index = path::heights(client_id.as_str());
        let mut oldest = Vec::new();
        for (full, _) in self.view.state().scan(KeyRange::prefix(&index)).take(PRUNED_PER_UPDATE) {
            let (revision, height) =
                read_height(&index, &full).ok_or_else(|| self.halt(Corrupt { key: full.to_vec() }))?;
            oldest.push(Height::new(revision, height).map_err(HostError::invalid_state)?);
        }
        Ok(oldest)
    }

    fn next_consensus_state(
        &self,
        client_id: &ClientId,
        height: &Height,
    ) -> Result<Option<ConsensusState>, HostError> {
        let mut range = KeyRange::prefix(&path::heights(client_id.as_str()));
        range.start = path::height(client_id.as_str(), pair(height));
        // The first key behind that of the height itself.
        range.start.push(0);
        self.neighbour(client_id, range)
    }

    fn prev_consensus_state(
        &self,
        client_id: &ClientId,
        height: &Height,
    ) -> Result<Option<ConsensusState>, HostError> {
        let mut range = KeyRange::prefix(&path::heights(client_id.as_str())).rev();
        range.end = Some(path::height(client_id.as_str(), pair(height)));
        self.neighbour(client_id, range)
    }
}

/// ibc-rs' handlers of clients and connections never ask for channels: those are our own.
fn no_channels<T>() -> Result<T, HostError> {
    Err(HostError::Other { description: "channels are not kept by ibc-rs on this chain".to_owned() })
}

impl<V: View> ValidationContext for IbcCtx<V> {
    type V = Self;
    type HostClientState = ClientState;
    type HostConsensusState = ConsensusState;

    fn get_client_validation_context(&self) -> &Self {
        self
    }

    fn host_height(&self) -> Result<Height, HostError> {
        ExtClientValidationContext::host_height(self)
    }

    fn host_timestamp(&self) -> Result<Timestamp, HostError> {
        ExtClientValidationContext::host_timestamp(self)
    }

    fn host_consensus_state(&self, height: &Height) -> Result<ConsensusState, HostError> {
        let missing = || HostError::failed_to_retrieve(format!("no header of this chain at {height}"));
        if height.revision_number() != view::host_height(&self.view).0 {
            return Err(missing());
        }
        let at = ics_abci::Height(height.revision_height());
        let header = headers::at(self.view.state(), at).map_err(|corrupt| self.halt(corrupt))?;
        let header = header.ok_or_else(missing)?;
        let time = Time::from_unix_timestamp(header.time.seconds(), header.time.nanos())
            .map_err(HostError::invalid_state)?;
        let root = CommitmentRoot::from_bytes(&header.app_hash);
        Ok(ConsensusStateType::new(root, time, Hash::Sha256(header.next_validators_hash)).into())
    }

    fn client_counter(&self) -> Result<u64, HostError> {
        self.number(path::NEXT_CLIENT)
    }

    fn connection_end(&self, conn_id: &ConnectionId) -> Result<ConnectionEnd, HostError> {
        let stored = view::connection_end(self.view.state(), conn_id.as_str());
        let stored = stored.map_err(|corrupt| self.halt(corrupt))?;
        let raw = stored.ok_or_else(|| HostError::missing_state(format!("no connection {conn_id}")))?;
        let key = || path::key(&path::connection(conn_id.as_str()));
        ConnectionEnd::try_from(raw).map_err(|_| self.halt(Corrupt { key: key() }))
    }

    /// Any: ibc-go and the specification gave this check up. What the counterparty stores about us only hurts it.
    fn validate_self_client(&self, _: ClientState) -> Result<(), HostError> {
        Ok(())
    }

    fn commitment_prefix(&self) -> CommitmentPrefix {
        CommitmentPrefix::from(path::STORE.as_bytes().to_vec())
    }

    fn connection_counter(&self) -> Result<u64, HostError> {
        self.number(path::NEXT_CONNECTION)
    }

    fn channel_end(&self, _: &ChannelEndPath) -> Result<ChannelEnd, HostError> {
        no_channels()
    }

    fn get_next_sequence_send(&self, _: &SeqSendPath) -> Result<Sequence, HostError> {
        no_channels()
    }

    fn get_next_sequence_recv(&self, _: &SeqRecvPath) -> Result<Sequence, HostError> {
        no_channels()
    }

    fn get_next_sequence_ack(&self, _: &SeqAckPath) -> Result<Sequence, HostError> {
        no_channels()
    }

    fn get_packet_commitment(&self, _: &CommitmentPath) -> Result<PacketCommitment, HostError> {
        no_channels()
    }

    fn get_packet_receipt(&self, _: &ReceiptPath) -> Result<Receipt, HostError> {
        no_channels()
    }

    fn get_packet_acknowledgement(&self, _: &AckPath) -> Result<AcknowledgementCommitment, HostError> {
        no_channels()
    }

    fn channel_counter(&self) -> Result<u64, HostError> {
        no_channels()
    }

    fn max_expected_time_per_block(&self) -> Duration {
        let stored = params::block_time_max(self.view.state());
        // What cannot be read is remembered, and the whole step fails.
        stored.unwrap_or_else(|corrupt| {
            self.halt(corrupt);
            Duration::MAX
        })
    }

    /// Whoever may sign a message is decided before it is executed.
    fn validate_message_signer(&self, _: &Signer) -> Result<(), HostError> {
        Ok(())
    }
}

impl IbcCtx<&mut Ctx<'_>> {
    fn put(&mut self, path: &str, value: Vec<u8>) {
        self.view.set(&path::key(path), Bytes::from(value));
    }

    fn count(&mut self, path: &str) -> Result<(), HostError> {
        let next = self.number(path)?.checked_add(1);
        let next = next.ok_or_else(|| HostError::invalid_state("no number is left"))?;
        self.put(path, next.to_be_bytes().to_vec());
        Ok(())
    }
}

impl ClientExecutionContext for IbcCtx<&mut Ctx<'_>> {
    type ClientStateMut = ClientState;

    fn store_client_state(&mut self, path: ClientStatePath, state: ClientState) -> Result<(), HostError> {
        self.put(&path::client_state(path.0.as_str()), Any::from(state).encode_to_vec());
        Ok(())
    }

    fn store_consensus_state(
        &mut self,
        path: ClientConsensusStatePath,
        state: ConsensusState,
    ) -> Result<(), HostError> {
        let at = (path.revision_number, path.revision_height);
        let lies_at = path::consensus_state(path.client_id.as_str(), at);
        self.put(&lies_at, Any::from(state).encode_to_vec());
        self.view.set(&path::height(path.client_id.as_str(), at), Bytes::from(lies_at.into_bytes()));
        Ok(())
    }

    fn delete_consensus_state(&mut self, path: ClientConsensusStatePath) -> Result<(), HostError> {
        let at = (path.revision_number, path.revision_height);
        self.view.remove(&path::key(&path::consensus_state(path.client_id.as_str(), at)));
        self.view.remove(&path::height(path.client_id.as_str(), at));
        Ok(())
    }

    fn store_update_meta(
        &mut self,
        client_id: ClientId,
        height: Height,
        host_timestamp: Timestamp,
        host_height: Height,
    ) -> Result<(), HostError> {
        let time = host_timestamp.nanoseconds().to_be_bytes().to_vec();
        self.put(&path::processed_time(client_id.as_str(), pair(&height)), time);
        let at = host_height.to_string().into_bytes();
        self.put(&path::processed_height(client_id.as_str(), pair(&height)), at);
        Ok(())
    }

    fn delete_update_meta(&mut self, client_id: ClientId, height: Height) -> Result<(), HostError> {
        self.view.remove(&path::key(&path::processed_time(client_id.as_str(), pair(&height))));
        self.view.remove(&path::key(&path::processed_height(client_id.as_str(), pair(&height))));
        Ok(())
    }
}

impl ExecutionContext for IbcCtx<&mut Ctx<'_>> {
    type E = Self;

    fn get_client_execution_context(&mut self) -> &mut Self {
        self
    }

    fn increase_client_counter(&mut self) -> Result<(), HostError> {
        self.count(path::NEXT_CLIENT)
    }

    fn store_connection(&mut self, path: &ConnectionPath, end: ConnectionEnd) -> Result<(), HostError> {
        self.put(&path::connection(path.0.as_str()), RawConnectionEnd::from(end).encode_to_vec());
        Ok(())
    }

    fn store_connection_to_client(
        &mut self,
        path: &ClientConnectionPath,
        conn_id: ConnectionId,
    ) -> Result<(), HostError> {
        let stored = view::connections_of(self.view.state(), path.0.as_str());
        let mut paths = stored.map_err(|corrupt| self.halt(corrupt))?;
        paths.push(conn_id.to_string());
        self.put(&path::client_connections(path.0.as_str()), ClientPaths { paths }.encode_to_vec());
        Ok(())
    }

    fn increase_connection_counter(&mut self) -> Result<(), HostError> {
        self.count(path::NEXT_CONNECTION)
    }

    fn store_packet_commitment(&mut self, _: &CommitmentPath, _: PacketCommitment) -> Result<(), HostError> {
        no_channels()
    }

    fn delete_packet_commitment(&mut self, _: &CommitmentPath) -> Result<(), HostError> {
        no_channels()
    }

    fn store_packet_receipt(&mut self, _: &ReceiptPath, _: Receipt) -> Result<(), HostError> {
        no_channels()
    }

    fn store_packet_acknowledgement(
        &mut self,
        _: &AckPath,
        _: AcknowledgementCommitment,
    ) -> Result<(), HostError> {
        no_channels()
    }

    fn delete_packet_acknowledgement(&mut self, _: &AckPath) -> Result<(), HostError> {
        no_channels()
    }

    fn store_channel(&mut self, _: &ChannelEndPath, _: ChannelEnd) -> Result<(), HostError> {
        no_channels()
    }

    fn store_next_sequence_send(&mut self, _: &SeqSendPath, _: Sequence) -> Result<(), HostError> {
        no_channels()
    }

    fn store_next_sequence_recv(&mut self, _: &SeqRecvPath, _: Sequence) -> Result<(), HostError> {
        no_channels()
    }

    fn store_next_sequence_ack(&mut self, _: &SeqAckPath, _: Sequence) -> Result<(), HostError> {
        no_channels()
    }

    fn increase_channel_counter(&mut self) -> Result<(), HostError> {
        no_channels()
    }

    /// ibc-go's events, from ibc-rs' ones.
    fn emit_ibc_event(&mut self, event: IbcEvent) -> Result<(), HostError> {
        if let Some((event, module)) = translate(event) {
            self.view.emit(event);
            self.view.emit(Event::new("message").with("module", module));
        }
        Ok(())
    }

    fn log_message(&mut self, _: String) -> Result<(), HostError> {
        Ok(())
    }
}

/// An event in ibc-go's form with the module that its `message` event names. ibc-rs' own `message` events, and those
/// of channels, which it does not keep, have none.
fn translate(event: IbcEvent) -> Option<(Event, &'static str)> {
    let client = |kind: &str, id: &ClientId, of: &dyn core::fmt::Display| {
        Event::new(kind).with("client_id", id).with("client_type", of)
    };
    let connection = |kind: &str, id: &ConnectionId, client: &ClientId, theirs: &ClientId| {
        let event = Event::new(kind).with("connection_id", id).with("client_id", client);
        event.with("counterparty_client_id", theirs)
    };
    let known = |event: Event, id: Option<&ConnectionId>| match id {
        Some(id) => event.with("counterparty_connection_id", id),
        None => event,
    };
    Some(match event {
        IbcEvent::CreateClient(e) => {
            let event = client("create_client", e.client_id(), e.client_type());
            (event.with("consensus_height", e.consensus_height()), "ibc_client")
        }
        IbcEvent::UpdateClient(e) => {
            let heights: Vec<String> = e.consensus_heights().iter().map(Height::to_string).collect();
            let event = client("update_client", e.client_id(), e.client_type())
                .with("consensus_height", e.consensus_height())
                .with("consensus_heights", heights.join(","))
                .with("header", hex::encode(e.header()));
            (event, "ibc_client")
        }
        IbcEvent::ClientMisbehaviour(e) => {
            (client("client_misbehaviour", e.client_id(), e.client_type()), "ibc_client")
        }
        IbcEvent::OpenInitConnection(e) => {
            let kind = "connection_open_init";
            (connection(kind, e.conn_id_on_a(), e.client_id_on_a(), e.client_id_on_b()), "ibc_connection")
        }
        IbcEvent::OpenTryConnection(e) => {
            let event =
                connection("connection_open_try", e.conn_id_on_b(), e.client_id_on_b(), e.client_id_on_a());
            (known(event, e.conn_id_on_a()), "ibc_connection")
        }
        IbcEvent::OpenAckConnection(e) => {
            let event =
                connection("connection_open_ack", e.conn_id_on_a(), e.client_id_on_a(), e.client_id_on_b());
            (known(event, e.conn_id_on_b()), "ibc_connection")
        }
        IbcEvent::OpenConfirmConnection(e) => {
            let kind = "connection_open_confirm";
            let event = connection(kind, e.conn_id_on_b(), e.client_id_on_b(), e.client_id_on_a());
            (known(event, e.conn_id_on_a()), "ibc_connection")
        }
        _ => return None,
    })
}
