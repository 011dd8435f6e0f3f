//! Opening connections and channels, one step at a time, by what both chains say they have.

use crate::path::{Hop, Side};
use crate::view::ViewError;
use crate::{channel, connection};
use ics_proto::Any;
use ics_proto::ibc::core::channel::v1::MsgChannelOpenInit;
use ics_proto::ibc::core::connection::v1::MsgConnectionOpenInit;
use prost::Name;

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

/// The next step toward the destination of every handshake that the path has or wants.
pub(crate) fn next(hop: &Hop<'_>, connect: Option<Side>, wanted: &[Wanted]) -> Result<Vec<Any>, ViewError> {
    let ends = connection::Ends::read(hop)?;
    match ends.open() {
        Some(id) => {
            let mut msgs = channel::next(hop, id, wanted)?;
            msgs.extend(ends.confirm(hop)?);
            Ok(msgs)
        }
        None => Ok(ends.next(hop, connect)?.into_iter().collect()),
    }
}
