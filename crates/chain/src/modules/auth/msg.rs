//! The messages of auth.

use super::{PARAMS, Params, only_authority};
use crate::route::{MsgRoute, account};
use crate::{ChainConfig, Ctx, Error, msg_route};
use ics_abci::AccAddr;
use ics_proto::cosmos::auth::v1beta1::{MsgUpdateParams, MsgUpdateParamsResponse};

/// The messages of this module.
pub const MSGS: &[MsgRoute] =
    &[msg_route!("/cosmos.auth.v1beta1.MsgUpdateParams", check_update_params, update_params)];

fn check_update_params(chain: &ChainConfig, msg: &MsgUpdateParams) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![account(chain, "authority", &msg.authority)?])
}

fn update_params(ctx: &mut Ctx<'_>, msg: MsgUpdateParams) -> Result<MsgUpdateParamsResponse, Error> {
    only_authority(ctx.chain, &msg.authority)?;
    let given = msg.params.unwrap_or_default();
    let params = Params {
        max_memo_characters: given.max_memo_characters,
        tx_sig_limit: given.tx_sig_limit,
        tx_size_cost_per_byte: given.tx_size_cost_per_byte,
        sig_verify_cost_ed25519: given.sig_verify_cost_ed25519,
        sig_verify_cost_secp256k1: given.sig_verify_cost_secp256k1,
    };
    params.validate()?;
    PARAMS.set(ctx, &params);
    Ok(MsgUpdateParamsResponse {})
}
