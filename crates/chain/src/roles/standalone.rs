//! A chain of its own: accounts, coins, stake; its validators are those of its own stake.

use super::Role;
use crate::genesis::{AppState, Exported, GenesisDoc};
use crate::ibc::Ports;
use crate::modules::auth::{self, FEE_COLLECTOR, ModuleAccount};
use crate::modules::{bank, genutil, gov, staking};
use crate::query::QueryCtx;
use crate::{Ctx, Error};
use ics_abci::ValUpdate;

/// The role.
pub static STANDALONE: Role = Role {
    name: "standalone",
    stores: &["auth", "bank", "gov", "staking"],
    module_accounts: &[
        ModuleAccount { name: FEE_COLLECTOR, permissions: &[], open: false },
        staking::MODULE_ACCOUNTS[0],
        staking::MODULE_ACCOUNTS[1],
        gov::MODULE_ACCOUNT,
    ],
    init_genesis,
    export_genesis,
    begin_block,
    end_block,
    msgs: &[auth::MSGS, bank::MSGS, staking::MSGS, gov::MSGS, gov::MSGS_V1BETA1],
    electorate: gov::all_bonded,
    queries: &[auth::QUERIES, bank::QUERIES, staking::QUERIES, gov::QUERIES, gov::QUERIES_V1BETA1],
    message_filter: None,
    relay_check: None,
    ports: Ports(&[]),
};

fn init_genesis(ctx: &mut Ctx<'_>, genesis: &GenesisDoc) -> Result<Vec<ValUpdate>, Error> {
    let state = &genesis.app_state;
    bank::init(ctx, ctx.chain, &state.bank)?;
    let mut powers = staking::init(ctx, &state.staking, &state.staking_state)?;
    powers.extend(genutil::init(ctx, &state.genutil)?);
    gov::init(ctx, &state.gov)?;
    Ok(updates(&powers))
}

fn export_genesis(ctx: &QueryCtx<'_>) -> Result<Exported, Error> {
    let (staking, staking_state) = staking::export(ctx.state, ctx.chain)?;
    let app_state = AppState {
        bank: bank::export(ctx.state, ctx.chain)?,
        staking,
        staking_state,
        gov: gov::export(ctx.state, ctx.chain)?,
        ..AppState::default()
    };
    Ok(Exported { app_state, validators: updates(&staking::given(ctx.state)?) })
}

fn begin_block(_: &mut Ctx<'_>) -> Result<(), Error> {
    Ok(())
}

fn end_block(ctx: &mut Ctx<'_>) -> Result<Vec<ValUpdate>, Error> {
    gov::end_block(ctx)?;
    Ok(updates(&staking::end_block(ctx)?.powers))
}

fn updates(powers: &[staking::PowerChange]) -> Vec<ValUpdate> {
    powers.iter().map(|change| ValUpdate { key: change.key, power: change.new }).collect()
}
