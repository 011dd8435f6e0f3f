//! A chain that secures others: its own stake chooses its validators, and the protocol cuts the set.

use super::Role;
use crate::ccv_host::provider::{self, PROVIDER_MSGS, PROVIDER_QUERIES, ProviderPort, Staked};
use crate::genesis::{AppState, Exported, GenesisDoc};
use crate::ibc::transfer::{self, TransferPort};
use crate::ibc::{self, IBC_QUERIES, Ports};
use crate::modules::auth::{self, FEE_COLLECTOR, ModuleAccount};
use crate::modules::{bank, genutil, gov, staking};
use crate::query::QueryCtx;
use crate::route::MsgRoute;
use crate::{Ctx, Error, msg_route};
use ics_abci::ValUpdate;
use ics_proto::cosmos::staking::v1beta1::{MsgCreateValidator, MsgCreateValidatorResponse};

/// The role.
pub static PROVIDER: Role = Role {
    name: "provider",
    stores: &["auth", "bank", "gov", "ibc", "provider", "staking", "transfer"],
    module_accounts: &[
        ModuleAccount { name: FEE_COLLECTOR, permissions: &[], open: false },
        ModuleAccount { name: "consumer_rewards_pool", permissions: &[], open: true },
        staking::MODULE_ACCOUNTS[0],
        staking::MODULE_ACCOUNTS[1],
        gov::MODULE_ACCOUNT,
        transfer::MODULE_ACCOUNT,
    ],
    init_genesis,
    export_genesis,
    begin_block,
    end_block,
    msgs: &[
        auth::MSGS,
        bank::MSGS,
        VETOES,
        staking::MSGS,
        gov::MSGS,
        gov::MSGS_V1BETA1,
        ibc::MSGS,
        transfer::MSGS,
        PROVIDER_MSGS,
    ],
    electorate: provider::electorate,
    queries: &[
        auth::QUERIES,
        bank::QUERIES,
        staking::QUERIES,
        gov::QUERIES,
        gov::QUERIES_V1BETA1,
        IBC_QUERIES,
        transfer::QUERIES,
        PROVIDER_QUERIES,
    ],
    message_filter: None,
    relay_check: Some(ibc::channel::redundant),
    ports: Ports(&[("provider", &ProviderPort), ("transfer", &TransferPort)]),
};

/// Messages of a module on which the protocol has a say; they come before the module's own.
const VETOES: &[MsgRoute] = &[msg_route!(
    "/cosmos.staking.v1beta1.MsgCreateValidator",
    staking::check_create_validator,
    create_validator
)];

fn create_validator(
    ctx: &mut Ctx<'_>,
    message: MsgCreateValidator,
) -> Result<MsgCreateValidatorResponse, Error> {
    provider::admit(ctx, &staking::cons_key(message.pubkey.as_ref())?)?;
    staking::handle_create_validator(ctx, message)
}

fn init_genesis(ctx: &mut Ctx<'_>, genesis: &GenesisDoc) -> Result<Vec<ValUpdate>, Error> {
    let state = &genesis.app_state;
    bank::init(ctx, ctx.chain, &state.bank)?;
    staking::init(ctx, &state.staking, &state.staking_state)?;
    genutil::init(ctx, &state.genutil)?;
    gov::init(ctx, &state.gov)?;
    ibc::genesis::init(ctx, genesis.section("ibc"))?;
    transfer::genesis::init(ctx, genesis.section("transfer"))?;
    provider::init_genesis(ctx, genesis.section("provider"), genesis.section("provider_state"))
}

fn export_genesis(ctx: &QueryCtx<'_>) -> Result<Exported, Error> {
    let (staking, staking_state) = staking::export(ctx.state, ctx.chain)?;
    let protocol = provider::export_genesis(ctx)?;
    let rest = [
        ("ibc", ibc::genesis::export(ctx.state)?),
        ("transfer", transfer::genesis::section(ctx.state)?),
        ("provider", protocol.reference),
        ("provider_state", protocol.state),
    ];
    let app_state = AppState {
        bank: bank::export(ctx.state, ctx.chain)?,
        staking,
        staking_state,
        gov: gov::export(ctx.state, ctx.chain)?,
        rest: rest.map(|(name, section)| (name.to_owned(), section)).into(),
        ..AppState::default()
    };
    Ok(Exported { app_state, validators: protocol.validators })
}

fn begin_block(ctx: &mut Ctx<'_>) -> Result<(), Error> {
    provider::begin_block(ctx)
}

fn end_block(ctx: &mut Ctx<'_>) -> Result<Vec<ValUpdate>, Error> {
    gov::end_block(ctx)?;
    let staked = staking::end_block(ctx)?;
    provider::removed(ctx, &staked.removed)?;
    let changed = if staked.powers.is_empty() { Staked::Unchanged } else { Staked::Changed };
    provider::end_block(ctx, changed)
}
