//! A path between two chains, and what it needs next.

use crate::handshake::{self, Wanted};
use crate::seen::Seen;
use crate::view::{View, ViewError};
use crate::{client, packets};
use ics_abci::{Height, Time};
use ics_proto::Any;
use ics_proto::ibc::core::client::v1::MsgUpdateClient;
use prost::Name;

/// One of the two chains of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

impl Side {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// What is done on a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duty {
    /// All that its chains need.
    #[default]
    Everything,
    /// Only what keeps its clients alive: handshakes and packets wait.
    Clients,
}

/// What the path has on one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The light client of the other chain on this one.
    pub client_id: String,
    /// Who signs transactions on this chain, bech32.
    pub signer: String,
}

/// Two chains, each with a client of the other, and what has been read off them so far.
#[derive(Clone, Debug)]
pub struct Path {
    /// On the first chain.
    pub a: End,
    /// On the second chain.
    pub b: End,
    /// Channels to open where there are none, each begun on its `from` side.
    pub wanted: Vec<Wanted>,
    /// Whether the path opens a connection where there is none; begun on this side.
    pub connect_from: Option<Side>,
    /// What is done on it.
    pub duty: Duty,
    seen: [Seen; 2],
}

impl Path {
    /// A path that opens nothing by itself.
    #[must_use]
    pub fn new(a: End, b: End) -> Self {
        Self { a, b, wanted: Vec::new(), connect_from: None, duty: Duty::default(), seen: Default::default() }
    }

    /// Forgets what was read off the chains, as a relayer does that is started anew; it is read again when needed.
    pub fn forget(&mut self) {
        self.seen = Default::default();
    }

    /// What the path has on a side.
    #[must_use]
    pub const fn end(&self, side: Side) -> &End {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }

    pub(crate) fn seen(&mut self, side: Side) -> &mut Seen {
        let [a, b] = &mut self.seen;
        match side {
            Side::A => a,
            Side::B => b,
        }
    }
}

/// What to do now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Messages for the first chain, one transaction, in order.
    pub a: Vec<Any>,
    /// Messages for the second chain, one transaction, in order.
    pub b: Vec<Any>,
    /// The sides whose client is expired or frozen though something needs it: nothing can be told to that chain.
    pub dead: Vec<Side>,
}

impl Plan {
    /// The messages for a side.
    #[must_use]
    pub fn of(&self, side: Side) -> &[Any] {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }

    /// Whether there is nothing to do until a new block comes.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.a.is_empty() && self.b.is_empty()
    }
}

/// The two chains with the path's ends, seen from the chain that a message goes to.
pub(crate) struct Hop<'a> {
    pub(crate) to: Side,
    pub(crate) dst: &'a dyn View,
    pub(crate) src: &'a dyn View,
    pub(crate) dst_end: End,
    pub(crate) src_end: End,
    /// Last committed block of the destination.
    pub(crate) dst_tip: Height,
    /// Time of that block.
    pub(crate) dst_time: Time,
    /// The block of the source whose state can be proved: the one before its tip.
    pub(crate) src_at: Height,
}

/// What the path needs next on both chains. `now` is the relayer's clock, by which clients age.
///
/// # Errors
/// [`ViewError`] where a chain does not answer; nothing is lost, ask again later.
pub fn plan(path: &mut Path, now: Time, a: &dyn View, b: &dyn View) -> Result<Plan, ViewError> {
    let mut plan = Plan::default();
    match plan_toward(path, Side::A, now, a, b)? {
        Some(msgs) => plan.a = msgs,
        None => plan.dead.push(Side::A),
    }
    match plan_toward(path, Side::B, now, b, a)? {
        Some(msgs) => plan.b = msgs,
        None => plan.dead.push(Side::B),
    }
    Ok(plan)
}

/// The messages of a plan, each for a transaction of its own behind the client updates that its proofs need: for whom a
/// chain refuses all of them for the sake of one. Empty where there is no more than one.
#[must_use]
pub fn apart(messages: &[Any]) -> Vec<Vec<Any>> {
    let is_update = |message: &&Any| message.type_url == MsgUpdateClient::type_url();
    let updates: Vec<Any> = messages.iter().take_while(is_update).cloned().collect();
    let rest = messages.get(updates.len()..).unwrap_or_default();
    if rest.len() < 2 {
        return Vec::new();
    }
    rest.iter().map(|message| updates.iter().chain([message]).cloned().collect()).collect()
}

/// Messages for the chain on one side, `dst`: at most one step of each handshake, and every packet that can go; before them
/// the client update that their proofs need. `None` where the client is dead.
///
/// # Errors
/// [`ViewError`] where a chain does not answer.
pub fn plan_toward(
    path: &mut Path,
    to: Side,
    now: Time,
    dst: &dyn View,
    src: &dyn View,
) -> Result<Option<Vec<Any>>, ViewError> {
    let ((dst_tip, _), (src_tip, _)) = (dst.tip(), src.tip());
    if src_tip.0 < 2 || dst_tip.0 < 1 || src.base() >= src_tip {
        return Ok(Some(Vec::new()));
    }
    let hop = hop(path, to, dst, src);
    let mut msgs = Vec::new();
    if path.duty == Duty::Everything {
        msgs.extend(handshake::next(&hop, path.connect_from, &path.wanted)?);
        msgs.extend(packets::next(&hop, path)?);
    }
    let needs_proof = !msgs.iter().all(handshake::is_init);
    let update = client::update(&hop, now, needs_proof)?;
    Ok(match update {
        client::Update::Current => Some(msgs),
        client::Update::Headers(headers) => Some(headers.into_iter().chain(msgs).collect()),
        client::Update::Dead => None,
    })
}

/// The messages that bring the client on one side's chain, `dst`, to the other's last header, whether anything needs that or
/// not; none where it has it. `None` where the client is dead.
///
/// # Errors
/// [`ViewError`] where a chain does not answer.
pub fn refresh(
    path: &Path,
    to: Side,
    now: Time,
    dst: &dyn View,
    src: &dyn View,
) -> Result<Option<Vec<Any>>, ViewError> {
    Ok(match client::update(&hop(path, to, dst, src), now, true)? {
        client::Update::Current => Some(Vec::new()),
        client::Update::Headers(headers) => Some(headers),
        client::Update::Dead => None,
    })
}

fn hop<'a>(path: &Path, to: Side, dst: &'a dyn View, src: &'a dyn View) -> Hop<'a> {
    let ((dst_tip, dst_time), (src_tip, _)) = (dst.tip(), src.tip());
    Hop {
        to,
        dst,
        src,
        dst_end: path.end(to).clone(),
        src_end: path.end(to.other()).clone(),
        dst_tip,
        dst_time,
        src_at: src_tip.prev(),
    }
}
