//! The messages of the bank.

use super::Coins;
use crate::route::{MsgRoute, account};
use crate::{ChainConfig, Ctx, Error, msg_route};
use ics_abci::AccAddr;
use ics_proto::cosmos::bank::v1beta1::{MsgSend, MsgSendResponse};

/// The messages of this module.
pub const MSGS: &[MsgRoute] = &[msg_route!("/cosmos.bank.v1beta1.MsgSend", check_send, send)];

fn check_send(chain: &ChainConfig, msg: &MsgSend) -> Result<Vec<AccAddr>, Error> {
    let from = account(chain, "from", &msg.from_address)?;
    account(chain, "to", &msg.to_address)?;
    positive(msg)?;
    Ok(vec![from])
}

fn positive(msg: &MsgSend) -> Result<Coins, Error> {
    let coins = Coins::from_proto(&msg.amount).map_err(Error::invalid_coins)?;
    if coins.0.is_empty() || !coins.is_valid() {
        return Err(Error::invalid_coins(coins));
    }
    Ok(coins)
}

fn send(ctx: &mut Ctx<'_>, msg: MsgSend) -> Result<MsgSendResponse, Error> {
    let from = account(ctx.chain, "from", &msg.from_address)?;
    let to = account(ctx.chain, "to", &msg.to_address)?;
    let coins = positive(&msg)?;
    if super::is_blocked(ctx, &to)? {
        return Err(Error::unauthorized(format!("{} is not allowed to receive funds", msg.to_address)));
    }
    super::send(ctx, &from, &to, &coins)?;
    Ok(MsgSendResponse {})
}
