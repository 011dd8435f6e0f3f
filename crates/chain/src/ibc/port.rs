//! What an application behind an IBC port answers. Callbacks get the context, run inside the step that calls
//! them, and may call back into IBC. Source: ICS-05, ICS-26.

use crate::{Ctx, Error};
use ics_abci::Time;

/// The two ends of a channel in a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelEnds {
    /// Whether packets keep their order.
    pub ordered: bool,
    /// Connections here, e.g. `connection-0`.
    pub hops: Vec<String>,
    /// Port here.
    pub port: String,
    /// Channel here.
    pub channel: String,
    /// Port there.
    pub counterparty_port: String,
    /// Channel there; "" while unknown.
    pub counterparty_channel: String,
}

/// A packet, as both ends see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Counts from 1 per channel.
    pub sequence: u64,
    /// Port and channel that sent it.
    pub source: (String, String),
    /// Port and channel that receive it.
    pub destination: (String, String),
    /// What the applications say to each other.
    pub data: Vec<u8>,
    /// Height on the receiving chain from which it may not be received: revision, height; (0, 0) for none.
    pub timeout_height: (u64, u64),
    /// Time on the receiving chain from which it may not be received; none for no limit.
    pub timeout: Option<Time>,
}

/// What a received packet leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ack {
    /// The application took it: these bytes (whole acknowledgement) go back.
    Success(Vec<u8>),
    /// It refused: what it wrote is undone, these bytes go back.
    Error(Vec<u8>),
}

/// The application behind a port. A returned error fails the whole message.
pub trait Port: Send + Sync {
    /// A handshake starts here; gives the version to propose.
    ///
    /// # Errors
    /// Where the application does not want this channel.
    fn on_open_init(&self, ctx: &mut Ctx<'_>, ends: &ChannelEnds, version: &str) -> Result<String, Error>;
    /// A handshake started there; gives the version agreed on.
    ///
    /// # Errors
    /// Where the application does not want this channel.
    fn on_open_try(
        &self,
        ctx: &mut Ctx<'_>,
        ends: &ChannelEnds,
        counterparty_version: &str,
    ) -> Result<String, Error>;
    /// The other end answered.
    ///
    /// # Errors
    /// Where its version is not acceptable.
    fn on_open_ack(
        &self,
        ctx: &mut Ctx<'_>,
        ends: &ChannelEnds,
        counterparty_version: &str,
    ) -> Result<(), Error>;
    /// The other end opened.
    ///
    /// # Errors
    /// Where the application does not want this channel.
    fn on_open_confirm(&self, ctx: &mut Ctx<'_>, ends: &ChannelEnds) -> Result<(), Error>;
    /// Somebody here asks to close the channel.
    ///
    /// # Errors
    /// Where that is not allowed.
    fn on_close_init(&self, ctx: &mut Ctx<'_>, ends: &ChannelEnds) -> Result<(), Error>;
    /// The other end closed.
    ///
    /// # Errors
    /// Where the application cannot go along.
    fn on_close_confirm(&self, ctx: &mut Ctx<'_>, ends: &ChannelEnds) -> Result<(), Error>;
    /// A packet came.
    ///
    /// # Errors
    /// Where the packet must not be accepted at all; an ordinary refusal is [`Ack::Error`].
    fn on_recv(&self, ctx: &mut Ctx<'_>, packet: &Packet) -> Result<Ack, Error>;
    /// The acknowledgement of a packet sent from here.
    ///
    /// # Errors
    /// Where it is not acceptable.
    fn on_ack(&self, ctx: &mut Ctx<'_>, packet: &Packet, ack: &[u8]) -> Result<(), Error>;
    /// A packet sent from here was never received. On an ORDERED channel the channel is closed by then.
    ///
    /// # Errors
    /// Where the application cannot undo it.
    fn on_timeout(&self, ctx: &mut Ctx<'_>, packet: &Packet) -> Result<(), Error>;
}

/// Who answers on which port.
#[derive(Clone, Copy, Default)]
pub struct Ports(pub &'static [(&'static str, &'static dyn Port)]);

impl Ports {
    /// The application behind `port`.
    #[must_use]
    pub fn get(&self, port: &str) -> Option<&'static dyn Port> {
        self.0.iter().find(|(name, _)| *name == port).map(|(_, app)| *app)
    }
}
