//! `MsgTransfer`.

use super::denom::voucher_hash;
use super::packet::{MEMO_BYTES_MAX, RECEIVER_BYTES_MAX};
use super::state::{self, Change, count_escrow};
use super::{Denom, PORT, Params, TransferData, escrow_address, event, params};
use crate::ibc::error::{general, port, transfer as refuse};
use crate::ibc::params::only_authority;
use crate::ibc::{channel, id};
use crate::modules::bank::{self, Coin, Coins};
use crate::route::MsgRoute;
use crate::{ChainConfig, Ctx, Error, msg_route};
use ibc_proto::ibc::applications::transfer::v1::{
    MsgTransfer, MsgTransferResponse, MsgUpdateParams, MsgUpdateParamsResponse,
};
use ics_abci::{AccAddr, Time};

/// The rows.
pub const MSGS: &[MsgRoute] = &[
    msg_route!("/ibc.applications.transfer.v1.MsgTransfer", check, transfer),
    msg_route!("/ibc.applications.transfer.v1.MsgUpdateParams", check_update_params, update_params),
];

/// 2^256 - 1: this amount means "all I have".
const ALL: &str = "115792089237316195423570985008687907853269984665640564039457584007913129639935";

/// What can be said of the message without state: well formed, and who signs.
fn check(chain: &ChainConfig, msg: &MsgTransfer) -> Result<Vec<AccAddr>, Error> {
    id::port(&msg.source_port).map_err(|error| error.within("invalid source port ID"))?;
    id::any_channel(&msg.source_channel).map_err(|error| error.within("invalid source channel ID"))?;
    coin(msg)?;
    let sender = crate::route::account(chain, "sender", &msg.sender)?;
    if msg.receiver.trim().is_empty() {
        return Err(general::invalid_address("missing recipient address"));
    }
    if msg.receiver.len() > RECEIVER_BYTES_MAX {
        return Err(general::invalid_address(format!(
            "recipient address must not exceed {RECEIVER_BYTES_MAX} bytes"
        )));
    }
    if msg.memo.len() > MEMO_BYTES_MAX {
        return Err(refuse::invalid_memo(format!("memo must not exceed {MEMO_BYTES_MAX} bytes")));
    }
    Ok(vec![sender])
}

/// How much to send.
enum Amount {
    All,
    Coin(u128),
}

fn coin(msg: &MsgTransfer) -> Result<(String, Amount), Error> {
    let token = msg.token.clone().unwrap_or_default();
    let none = || general::invalid_coins(format!("{}{}", token.amount, token.denom));
    let amount = if token.amount == ALL {
        if !bank::is_denom(&token.denom) {
            return Err(none());
        }
        Amount::All
    } else {
        match Coin::from_proto(&token).map_err(|_| none())?.amount {
            0 => return Err(none()),
            amount => Amount::Coin(amount),
        }
    };
    voucher_hash(&token.denom).map_err(|_| none())?;
    Ok((token.denom, amount))
}

/// Answers `MsgTransfer`: takes the coins from the sender (into escrow, or for ever where they go back the way they
/// came) and sends the packet.
///
/// # Errors
/// Where sending is off, the sender has too little, the voucher is unknown, or the channel does not take the packet.
pub fn transfer(ctx: &mut Ctx<'_>, msg: MsgTransfer) -> Result<MsgTransferResponse, Error> {
    let mut signers = check(ctx.chain, &msg)?;
    let sender = signers.pop().ok_or_else(|| general::invalid_address("no sender"))?;
    if msg.source_port != PORT {
        return Err(port::invalid(format!("invalid port: {}, expected {PORT}", msg.source_port)));
    }
    if !params(ctx)?.send_enabled {
        return Err(refuse::send_disabled(""));
    }
    let (name, amount) = coin(&msg)?;
    let amount = match amount {
        Amount::Coin(amount) => amount,
        Amount::All => match bank::balance(ctx, &sender, &name)? {
            0 => return Err(refuse::invalid_amount(format!("empty spendable balance for {name}"))),
            all => all,
        },
    };
    if bank::is_blocked(ctx, &sender)? {
        return Err(general::unauthorized(format!("{} is not allowed to send funds", msg.sender)));
    }
    let denom = match voucher_hash(&name)? {
        None => Denom::from_path(&name),
        Some(hash) => {
            state::denom(ctx, hash)?.ok_or_else(|| refuse::denom_not_found(hex::encode_upper(hash)))?
        }
    };
    // A native name that reads like a path would be taken for a voucher by whoever parses it.
    if denom.in_bank() != name {
        return Err(refuse::invalid_denom(format!("{name} reads like the path of a voucher")));
    }
    let data = TransferData {
        denom: denom.path(),
        amount: amount.to_string(),
        sender: msg.sender,
        receiver: msg.receiver,
        memo: msg.memo,
    };
    data.validate().map_err(|error| error.within("failed to validate ics20-1 packet data"))?;
    let timeout_height = msg.timeout_height.unwrap_or_default();
    let timeout_height = (timeout_height.revision_number, timeout_height.revision_height);
    let timeout = match msg.timeout_timestamp {
        0 => None,
        // 64 bits of nanoseconds end in the year 2554.
        nanos => Time::from_unix_nanos(i128::from(nanos)).ok(),
    };
    let channel = msg.source_channel.as_str();
    let coins = Coins::one(&name, amount);
    bank::check_send_enabled(ctx, &coins).map_err(|error| match error {
        Error::Refused { log, .. } => refuse::send_disabled(log),
        corrupt @ Error::Corrupt(_) => corrupt,
    })?;
    ctx.atomically(|ctx| {
        if denom.came_over(PORT, channel) {
            bank::send_to_module(ctx, &sender, PORT, &coins)?;
            bank::burn(ctx, PORT, &coins)?;
        } else {
            bank::send(ctx, &sender, &escrow_address(PORT, channel), &coins)?;
            count_escrow(ctx, &name, Change::In, amount)?;
        }
        let sequence = channel::send_packet(ctx, PORT, channel, timeout_height, timeout, data.encode())?;
        event::sent(ctx, &data);
        Ok(MsgTransferResponse { sequence })
    })
}

fn check_update_params(chain: &ChainConfig, msg: &MsgUpdateParams) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![crate::route::account(chain, "signer", &msg.signer)?])
}

fn update_params(ctx: &mut Ctx<'_>, msg: MsgUpdateParams) -> Result<MsgUpdateParamsResponse, Error> {
    only_authority(ctx.chain, &msg.signer)?;
    let given = msg.params.unwrap_or_default();
    let params = Params { send_enabled: given.send_enabled, receive_enabled: given.receive_enabled };
    state::set_params(ctx, &params);
    Ok(MsgUpdateParamsResponse {})
}
