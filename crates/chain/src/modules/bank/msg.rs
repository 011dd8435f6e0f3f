//! The messages of the bank.

use super::{Coins, is_denom, params};
use crate::modules::auth;
use crate::route::{MsgRoute, account};
use crate::{ChainConfig, Ctx, Error, msg_route};
use ics_abci::AccAddr;
use ics_proto::cosmos::bank::v1beta1::{
    MsgSend, MsgSendResponse, MsgSetSendEnabled, MsgSetSendEnabledResponse, MsgUpdateParams,
    MsgUpdateParamsResponse, SendEnabled,
};
use std::collections::BTreeSet;

/// The messages of this module.
pub const MSGS: &[MsgRoute] = &[
    msg_route!("/cosmos.bank.v1beta1.MsgSend", check_send, send),
    msg_route!("/cosmos.bank.v1beta1.MsgUpdateParams", check_update_params, update_params),
    msg_route!("/cosmos.bank.v1beta1.MsgSetSendEnabled", check_set_send_enabled, set_send_enabled),
];

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
    super::check_send_enabled(ctx, &coins)?;
    if super::is_blocked(ctx, &to)? {
        return Err(Error::unauthorized(format!("{} is not allowed to receive funds", msg.to_address)));
    }
    super::send(ctx, &from, &to, &coins)?;
    Ok(MsgSendResponse {})
}

fn check_update_params(chain: &ChainConfig, msg: &MsgUpdateParams) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![account(chain, "authority", &msg.authority)?])
}

/// Each denomination is one, and named once.
fn check_exceptions(exceptions: &[SendEnabled]) -> Result<(), Error> {
    let mut known = BTreeSet::new();
    for SendEnabled { denom, .. } in exceptions {
        if !known.insert(denom) {
            return Err(Error::invalid_request(format!("duplicate denom entries found for \"{denom}\"")));
        }
        if !is_denom(denom) {
            return Err(Error::invalid_request(format!(
                "invalid SendEnabled denom \"{denom}\": invalid denom: {denom}"
            )));
        }
    }
    Ok(())
}

#[allow(deprecated, reason = "the list in the parameters still sets exceptions, as in the SDK")]
fn update_params(ctx: &mut Ctx<'_>, msg: MsgUpdateParams) -> Result<MsgUpdateParamsResponse, Error> {
    auth::only_authority(ctx.chain, &msg.authority)?;
    let given = msg.params.unwrap_or_default();
    check_exceptions(&given.send_enabled)?;
    params::set_default(ctx, given.default_send_enabled);
    for SendEnabled { denom, enabled } in &given.send_enabled {
        params::set_exception(ctx, denom, Some(*enabled));
    }
    Ok(MsgUpdateParamsResponse {})
}

fn check_set_send_enabled(chain: &ChainConfig, msg: &MsgSetSendEnabled) -> Result<Vec<AccAddr>, Error> {
    let authority = account(chain, "authority", &msg.authority)?;
    check_exceptions(&msg.send_enabled)?;
    if let Some(denom) = msg.use_default_for.iter().find(|denom| !is_denom(denom)) {
        let text = format!("invalid UseDefaultFor denom \"{denom}\": invalid denom: {denom}");
        return Err(Error::invalid_request(text));
    }
    Ok(vec![authority])
}

fn set_send_enabled(ctx: &mut Ctx<'_>, msg: MsgSetSendEnabled) -> Result<MsgSetSendEnabledResponse, Error> {
    auth::only_authority(ctx.chain, &msg.authority)?;
    for SendEnabled { denom, enabled } in &msg.send_enabled {
        params::set_exception(ctx, denom, Some(*enabled));
    }
    for denom in &msg.use_default_for {
        params::set_exception(ctx, denom, None);
    }
    Ok(MsgSetSendEnabledResponse {})
}
