//! What the protocol needs from the chain that is secured.
//!
//! A host puts the protocol into a scope of its own: the keys that the protocol reads and writes are relative to it.

use crate::id::{ChannelId, ClientId, ConnectionId};
use crate::provider::host::{ChannelView, ConnectionView, SendError};
use crate::rules::Rules;
use crate::wire::genesis::{ClientState, ConsensusState};
use alloc::string::String;
use alloc::vec::Vec;
use ics_abci::{ConsAddr, Event, Height, Time};
use ics_kv::{Read, Write};

/// Reading.
pub trait View: Read {
    /// Height of the block being executed; 0 while the chain's genesis is.
    fn height(&self) -> Height;
    /// Its time.
    fn now(&self) -> Time;
    /// The consumer's chain id.
    fn chain_id(&self) -> &str;
    /// Which rules hold.
    fn rules(&self) -> &Rules;
    /// Bech32 prefix of accounts, e.g. `consumer`; `valcons` follows it.
    fn prefix(&self) -> &str;
    /// A connection.
    fn connection(&self, id: &ConnectionId) -> Option<ConnectionView>;
    /// A channel end on a port (`consumer` or `transfer`).
    fn channel(&self, port: &str, id: &ChannelId) -> Option<ChannelView>;
    /// The other chain's end of a channel, once known.
    fn counterparty_channel(&self, port: &str, id: &ChannelId) -> Option<ChannelId>;
    /// The other chain's client of this one, as a connection names it.
    fn counterparty_client(&self, id: &ConnectionId) -> Option<ClientId>;
    /// The chain id in a Tendermint client's state.
    fn client_chain_id(&self, id: &ClientId) -> Option<String>;
    /// The header of the block being executed, as historical info keeps it (opaque to the protocol).
    fn header_record(&self) -> Vec<u8>;
}

/// Writing.
pub trait Host: View + Write {
    /// Runs `step`; if it fails, its writes and events are undone.
    ///
    /// # Errors
    /// Those of the step.
    fn atomically<T, E>(&mut self, step: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E>;
    /// Tells the world.
    fn emit(&mut self, event: Event);
    /// Sends a packet from the consumer port; timeout height is zero. Gives its sequence.
    ///
    /// # Errors
    /// [`SendError`].
    fn send(&mut self, channel: &ChannelId, data: Vec<u8>, timeout: Time) -> Result<u64, SendError>;
    /// Creates a Tendermint client.
    ///
    /// # Errors
    /// The reason, as text, where IBC refuses the states.
    fn create_client(&mut self, state: &ClientState, consensus: &ConsensusState) -> Result<ClientId, String>;
    /// Starts a channel handshake; gives the new channel. The protocol's own callback runs within.
    ///
    /// # Errors
    /// The reason, as text, where IBC refuses.
    fn open_channel(&mut self, init: &OpenChannel) -> Result<ChannelId, String>;
    /// A validator came in: slashing begins to watch it.
    fn on_bonded(&mut self, validator: ConsAddr);
}

/// A channel to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenChannel {
    /// Port here.
    pub port: &'static str,
    /// Port there.
    pub counterparty_port: &'static str,
    /// Connection to run over.
    pub connection: ConnectionId,
    /// Version to propose.
    pub version: &'static str,
    /// Whether packets keep their order.
    pub order: ChannelOrder,
}

/// The order of a channel's packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelOrder {
    /// As sent.
    Ordered,
    /// As they come.
    Unordered,
}
