//! ibc-go v10's events of transfers.

use super::{Denom, PORT, TransferAck, TransferData};
use crate::Ctx;
use ics_abci::Event;

fn emit(ctx: &mut Ctx<'_>, event: Event) {
    ctx.emit(event);
    ctx.emit(Event::new("message").with("module", PORT));
}

fn of(kind: &str, data: &TransferData) -> Event {
    Event::new(kind)
        .with("sender", &data.sender)
        .with("receiver", &data.receiver)
        .with("denom", &data.denom)
        .with("amount", &data.amount)
        .with("memo", &data.memo)
}

/// `ibc_transfer`.
pub(super) fn sent(ctx: &mut Ctx<'_>, data: &TransferData) {
    emit(ctx, of("ibc_transfer", data));
}

/// `fungible_token_packet` of a receive; `refusal` says why it failed.
pub(super) fn received(ctx: &mut Ctx<'_>, data: &TransferData, refusal: Option<&str>) {
    let mut event = of("fungible_token_packet", data).with("success", refusal.is_none());
    if let Some(refusal) = refusal {
        event = event.with("error", refusal);
    }
    emit(ctx, event);
}

/// `denomination`: a voucher was minted.
pub(super) fn voucher(ctx: &mut Ctx<'_>, denom: &Denom) {
    let hash = hex::encode_upper(denom.hash());
    ctx.emit(Event::new("denomination").with("denom_hash", hash).with("denom", denom.json()));
}

/// `fungible_token_packet` of an acknowledgement, twice.
pub(super) fn acknowledged(ctx: &mut Ctx<'_>, data: &TransferData, ack: &TransferAck) {
    // Go prints the message in protobuf's text form, and the one byte of a result raw.
    let (text, outcome) = match ack {
        TransferAck::Result(base64) if base64 == "AQ==" => {
            ("result:\"\\001\" ".to_owned(), ("success", "\u{1}".to_owned()))
        }
        TransferAck::Result(base64) => (format!("result:\"{base64}\" "), ("success", base64.clone())),
        TransferAck::Error(text) => {
            (format!("error:{} ", super::packet::json_text(text)), ("error", text.clone()))
        }
    };
    emit(ctx, of("fungible_token_packet", data).with("acknowledgement", text));
    ctx.emit(Event::new("fungible_token_packet").with(outcome.0, outcome.1));
}

/// `timeout`: the coins went back.
pub(super) fn timed_out(ctx: &mut Ctx<'_>, data: &TransferData) {
    let amount = super::packet::json_text(&data.amount);
    let token = format!("{{\"denom\":{},\"amount\":{amount}}}", data.denom().json());
    let event = Event::new("timeout")
        .with("receiver", &data.sender)
        .with("refund_tokens", token)
        .with("memo", &data.memo);
    emit(ctx, event);
}
