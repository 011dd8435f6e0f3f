//! What the protocol needs from the chain that provides security: a reading [`View`] and a writing [`Host`].
//!
//! A host puts the protocol into a scope of its own: the keys that the protocol reads and writes are relative to it.

use crate::id::{ChannelId, ClientId, ConnectionId, ProviderAddr, RevisionHeight};
use crate::rules::Rules;
use crate::wire::genesis::{ClientState, ConsensusState};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use ics_abci::{AccAddr, ConsKey, Event, Height, Power, Time, ValAddr};
use ics_kv::{Read, Write};

/// Whether a validator's stake is bonded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValidatorStatus {
    /// Not, and free.
    Unbonded,
    /// Not any more, but still liable.
    Unbonding,
    /// It is.
    Bonded,
}

/// A validator of the provider, as staking knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bonded {
    /// Who it is.
    pub provider_addr: ProviderAddr,
    /// Its operator.
    pub operator: ValAddr,
    /// The key that it uses on the provider.
    pub key: ConsKey,
    /// Its power after the last end of block; 0 for none.
    pub power: Power,
    /// Its tokens, smallest unit.
    pub tokens: u128,
    /// Whether it is bonded.
    pub status: ValidatorStatus,
    /// Whether it is jailed.
    pub jailed: bool,
}

/// A light client on the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientView {
    /// The chain that it follows.
    pub chain_id: String,
    /// The latest height it knows.
    pub latest_height: RevisionHeight,
    /// Whether it can be used: not frozen and not expired.
    pub active: bool,
}

/// A connection of the chain at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionView {
    /// Its client.
    pub client_id: ClientId,
    /// The other chain's end, once known.
    pub counterparty_connection_id: Option<ConnectionId>,
}

/// A channel end of the chain at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelView {
    /// Connections that it runs over; one for this protocol.
    pub hops: Vec<ConnectionId>,
    /// Whether it is closed.
    pub closed: bool,
    /// Whether it is open.
    pub open: bool,
}

/// Reading: enough for queries, dry runs and the computation of sets.
pub trait View: Read {
    /// Height of the block being executed.
    fn height(&self) -> Height;
    /// Its time.
    fn now(&self) -> Time;
    /// The provider's chain id.
    fn chain_id(&self) -> &str;
    /// Which rules hold.
    fn rules(&self) -> &Rules;
    /// Bech32 prefix of accounts, e.g. `cosmos`; `valoper` and `valcons` follow it.
    fn prefix(&self) -> &str;
    /// Who may do what governance decides.
    fn authority(&self) -> AccAddr;
    /// Staking's unbonding period.
    fn unbonding_period(&self) -> Duration;
    /// Slashing's fraction for a double sign and jail duration for downtime: defaults of new consumers.
    fn infraction_defaults(&self) -> (ics_abci::Dec, Duration);
    /// Least commission that staking lets a validator take, 0 to 1.
    fn min_commission_rate(&self) -> ics_abci::Dec;
    /// Power of all bonded validators after the last end of block.
    fn total_power(&self) -> Power;
    /// Bonded validators, most power first, ties by operator ascending, at most staking's maximum.
    fn bonded(&self) -> Vec<Bonded>;
    /// The validator of an operator, bonded or not.
    fn validator(&self, operator: &ValAddr) -> Option<Bonded>;
    /// The validator with a consensus address, bonded or not.
    fn validator_by_key(&self, provider_addr: &ProviderAddr) -> Option<Bonded>;
    /// A Tendermint client.
    fn client(&self, id: &ClientId) -> Option<ClientView>;
    /// A connection.
    fn connection(&self, id: &ConnectionId) -> Option<ConnectionView>;
    /// A channel end on the provider port.
    fn channel(&self, id: &ChannelId) -> Option<ChannelView>;
    /// What a light client of this chain would know of the block being executed: its time, the app hash in its
    /// header, the hash of the set that signs the next.
    fn self_consensus_state(&self) -> Option<ConsensusState>;
}

/// Why a packet could not be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The client of the connection is frozen or expired; it may be recovered.
    #[error("client is not active")]
    ClientInactive,
    /// Anything else: the channel is missing, not open, or refuses.
    #[error("{0}")]
    Refused(String),
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
    /// Sends a packet from the provider port; timeout height is zero. Gives its sequence.
    ///
    /// # Errors
    /// [`SendError`].
    fn send(&mut self, channel: &ChannelId, data: Vec<u8>, timeout: Time) -> Result<u64, SendError>;
    /// Closes a channel of the provider port from this side.
    ///
    /// # Errors
    /// The reason, as text, where IBC refuses.
    fn close(&mut self, channel: &ChannelId) -> Result<(), String>;
    /// Creates a Tendermint client; emits what IBC emits.
    ///
    /// # Errors
    /// The reason, as text, where IBC refuses the states.
    fn create_client(&mut self, state: &ClientState, consensus: &ConsensusState) -> Result<ClientId, String>;
}
