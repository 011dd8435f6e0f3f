//! Messages to the consumer's protocol. Source: consumer spec §19.

use super::host::run;
use crate::ccv_host::convert;
use crate::modules::auth;
use crate::route::{MsgRoute, account};
use crate::{ChainConfig, Ctx, Error, msg_route};
use ics_abci::AccAddr;
use ics_ccv::consumer::state::PARAMS;
use ics_proto::interchain_security::ccv::consumer::v1::{MsgUpdateParams, MsgUpdateParamsResponse};

/// Every message that the protocol takes.
pub const CONSUMER_MSGS: &[MsgRoute] =
    &[msg_route!("/interchain_security.ccv.consumer.v1.MsgUpdateParams", check_update_params, update_params)];

fn check_update_params(chain: &ChainConfig, msg: &MsgUpdateParams) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![account(chain, "authority", &msg.authority)?])
}

/// Replaces the parameters as a whole: the channel of rewards, the fee pool and the consumer's id with them.
fn update_params(ctx: &mut Ctx<'_>, msg: MsgUpdateParams) -> Result<MsgUpdateParamsResponse, Error> {
    auth::only_authority(ctx.chain, &msg.authority)?;
    let params = convert::read_consumer_params(msg.params.unwrap_or_default())?;
    params.validate().map_err(Error::unregistered)?;
    run(ctx, |host| {
        PARAMS.set(host, &params);
        Ok(())
    })?;
    Ok(MsgUpdateParamsResponse {})
}
