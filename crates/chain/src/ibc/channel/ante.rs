//! Which transactions of relayers are superfluous: two relayers at work would otherwise both pay.
//!
//! Source: ibc-go `core/ante/ante.go`.

use super::packet::{Relayed, acknowledgement, check_message, receive};
use super::timeout::{timeout, timeout_on_close};
use crate::ibc::core::client::update_for_check;
use crate::ibc::core::verify::Evidence;
use crate::ibc::error::channel as refuse;
use crate::tx::Mode;
use crate::{Ctx, Error};
use ibc_proto::ibc::core::channel::v1::{
    MsgAcknowledgement, MsgRecvPacket, MsgTimeout, MsgTimeoutOnClose, ResponseResultType,
};
use ibc_proto::ibc::core::client::v1::MsgUpdateClient;
use ics_proto::Any;
use prost::Message;

/// Refuses a transaction in which every message about a packet was relayed before, and nothing else but client
/// updates stands beside them. Asked when a transaction enters the mempool, on its state: what is relayed by one
/// transaction makes the next one that relays it superfluous.
///
/// # Errors
/// `channel/22`; and the refusal of a message that cannot succeed.
pub fn redundant(ctx: &mut Ctx<'_>, msgs: &[Any], _: Mode) -> Result<(), Error> {
    let (mut packets, mut superfluous) = (0_usize, 0_usize);
    for msg in msgs {
        let relayed = match msg.type_url.as_str() {
            "/ibc.core.client.v1.MsgUpdateClient" => {
                update_for_check(ctx, decode::<MsgUpdateClient>(msg)?)?;
                continue;
            }
            "/ibc.core.channel.v1.MsgRecvPacket" => received(ctx, &decode(msg)?)?,
            "/ibc.core.channel.v1.MsgAcknowledgement" => {
                of(acknowledgement(ctx, decode::<MsgAcknowledgement>(msg)?)?.result)
            }
            "/ibc.core.channel.v1.MsgTimeout" => of(timeout(ctx, decode::<MsgTimeout>(msg)?)?.result),
            "/ibc.core.channel.v1.MsgTimeoutOnClose" => {
                of(timeout_on_close(ctx, decode::<MsgTimeoutOnClose>(msg)?)?.result)
            }
            // Somebody wants something else, too, and gets it.
            _ => return Ok(()),
        };
        packets = packets.saturating_add(1);
        superfluous = superfluous.saturating_add(usize::from(relayed == Relayed::Before));
    }
    if packets > 0 && packets == superfluous { Err(refuse::redundant("")) } else { Ok(()) }
}

/// Receives without asking the application: its work belongs into a block.
fn received(ctx: &mut Ctx<'_>, msg: &MsgRecvPacket) -> Result<Relayed, Error> {
    let raw = check_message(msg.packet.as_ref(), &msg.proof_commitment, "commitment")?;
    let evidence = Evidence { proof: &msg.proof_commitment, height: msg.proof_height };
    ctx.atomically(|ctx| receive(ctx, raw, &evidence))
}

fn of(result: i32) -> Relayed {
    if result == i32::from(ResponseResultType::Noop) { Relayed::Before } else { Relayed::Now }
}

fn decode<M: Message + Default>(msg: &Any) -> Result<M, Error> {
    M::decode(msg.value.as_slice()).map_err(Error::tx_decode)
}
