//! The messages of the bank.

use super::{Coins, is_denom, params};
use crate::modules::auth;
use crate::route::{MsgRoute, account};
use crate::{ChainConfig, Ctx, Error, msg_route};
use ics_abci::AccAddr;
use ics_proto::cosmos::bank::v1beta1::{
    MsgMultiSend, MsgMultiSendResponse, MsgSend, MsgSendResponse, MsgSetSendEnabled,
    MsgSetSendEnabledResponse, MsgUpdateParams, MsgUpdateParamsResponse, SendEnabled,
};
use ics_proto::cosmos::base::v1beta1::Coin as ProtoCoin;
use std::collections::{BTreeMap, BTreeSet};

/// The messages of this module.
pub const MSGS: &[MsgRoute] = &[
    msg_route!("/cosmos.bank.v1beta1.MsgSend", check_send, send),
    msg_route!("/cosmos.bank.v1beta1.MsgMultiSend", check_multi_send, multi_send),
    msg_route!("/cosmos.bank.v1beta1.MsgUpdateParams", check_update_params, update_params),
    msg_route!("/cosmos.bank.v1beta1.MsgSetSendEnabled", check_set_send_enabled, set_send_enabled),
];

fn check_send(chain: &ChainConfig, msg: &MsgSend) -> Result<Vec<AccAddr>, Error> {
    let from = account(chain, "from", &msg.from_address)?;
    account(chain, "to", &msg.to_address)?;
    positive(&msg.amount)?;
    Ok(vec![from])
}

fn positive(amount: &[ProtoCoin]) -> Result<Coins, Error> {
    let coins = Coins::from_proto(amount).map_err(Error::invalid_coins)?;
    if coins.0.is_empty() || !coins.is_valid() {
        return Err(Error::invalid_coins(coins));
    }
    Ok(coins)
}

fn send(ctx: &mut Ctx<'_>, msg: MsgSend) -> Result<MsgSendResponse, Error> {
    let from = account(ctx.chain, "from", &msg.from_address)?;
    let to = account(ctx.chain, "to", &msg.to_address)?;
    let coins = positive(&msg.amount)?;
    super::check_send_enabled(ctx, &coins)?;
    super::check_open(ctx, &to)?;
    super::send(ctx, &from, &to, &coins)?;
    Ok(MsgSendResponse {})
}

fn check_multi_send(chain: &ChainConfig, msg: &MsgMultiSend) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![Shared::read(chain, msg)?.from])
}

/// Who sends what in all, and who gets what of it.
struct Shared {
    from: AccAddr,
    all: Coins,
    shares: Vec<(AccAddr, Coins)>,
}

impl Shared {
    /// Source: SDK x/bank `types/msgs.go` (`ValidateInputOutputs`).
    fn read(chain: &ChainConfig, msg: &MsgMultiSend) -> Result<Self, Error> {
        let refused = |code, text: &str| Error::refused("bank", code, text.to_owned());
        let input = match msg.inputs.as_slice() {
            [] => return Err(refused(2, "no inputs to send transaction")),
            [input] => input,
            _ => return Err(refused(9, "multiple senders not allowed")),
        };
        if msg.outputs.is_empty() {
            return Err(refused(3, "no outputs to send transaction"));
        }
        let (from, all) = (account(chain, "input", &input.address)?, positive(&input.coins)?);
        let (mut shares, mut sum) = (Vec::with_capacity(msg.outputs.len()), BTreeMap::<String, u128>::new());
        for output in &msg.outputs {
            let (to, coins) = (account(chain, "output", &output.address)?, positive(&output.coins)?);
            for coin in &coins.0 {
                let sum = sum.entry(coin.denom.clone()).or_default();
                *sum = sum.checked_add(coin.amount).ok_or_else(|| super::too_much(coin))?;
            }
            shares.push((to, coins));
        }
        if Coins::from_amounts(sum) == all {
            Ok(Self { from, all, shares })
        } else {
            Err(refused(4, "sum inputs != sum outputs"))
        }
    }
}

fn multi_send(ctx: &mut Ctx<'_>, msg: MsgMultiSend) -> Result<MsgMultiSendResponse, Error> {
    let Shared { from, all, shares } = Shared::read(ctx.chain, &msg)?;
    super::check_send_enabled(ctx, &all)?;
    for (to, _) in &shares {
        super::check_open(ctx, to)?;
    }
    super::send_to_many(ctx, &from, &all, &shares)?;
    Ok(MsgMultiSendResponse {})
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
