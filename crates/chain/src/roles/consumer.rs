//! A chain that is secured: its validators are those that its provider sends.

use super::Role;
use crate::ccv_host::consumer::{self, CONSUMER_MSGS, CONSUMER_QUERIES, ConsumerPort};
use crate::genesis::{AppState, Exported, GenesisDoc};
use crate::ibc::transfer::{self, TransferPort};
use crate::ibc::{self, IBC_QUERIES, Ports};
use crate::modules::auth::{self, FEE_COLLECTOR, ModuleAccount};
use crate::modules::{bank, gov};
use crate::query::QueryCtx;
use crate::{Ctx, Error};
use ics_abci::ValUpdate;

/// The role.
pub static CONSUMER: Role = Role {
    name: "consumer",
    stores: &["auth", "bank", "ccvconsumer", "gov", "ibc", "transfer"],
    module_accounts: &[
        ModuleAccount { name: FEE_COLLECTOR, permissions: &[], open: false },
        gov::MODULE_ACCOUNT,
        transfer::MODULE_ACCOUNT,
    ],
    init_genesis,
    export_genesis,
    begin_block,
    end_block,
    msgs: &[auth::MSGS, bank::MSGS, gov::MSGS, gov::MSGS_V1BETA1, ibc::MSGS, transfer::MSGS, CONSUMER_MSGS],
    electorate: gov::nobody,
    queries: &[
        auth::QUERIES,
        bank::QUERIES,
        gov::QUERIES,
        gov::QUERIES_V1BETA1,
        IBC_QUERIES,
        transfer::QUERIES,
        CONSUMER_QUERIES,
    ],
    message_filter: Some(consumer::filter),
    relay_check: Some(ibc::channel::redundant),
    ports: Ports(&[("consumer", &ConsumerPort), ("transfer", &TransferPort)]),
};

fn init_genesis(ctx: &mut Ctx<'_>, genesis: &GenesisDoc) -> Result<Vec<ValUpdate>, Error> {
    bank::init(ctx, ctx.chain, &genesis.app_state.bank)?;
    gov::init(ctx, &genesis.app_state.gov)?;
    ibc::genesis::init(ctx, genesis.section("ibc"))?;
    transfer::genesis::init(ctx, genesis.section("transfer"))?;
    consumer::init_genesis(ctx, genesis.section("ccvconsumer"), genesis.section("ccvconsumer_state"))
}

fn export_genesis(ctx: &QueryCtx<'_>) -> Result<Exported, Error> {
    let protocol = consumer::export_genesis(ctx)?;
    let rest = [
        ("ibc", ibc::genesis::export(ctx.state)?),
        ("transfer", transfer::genesis::section(ctx.state)?),
        ("ccvconsumer", protocol.reference),
        ("ccvconsumer_state", protocol.state),
    ];
    let app_state = AppState {
        bank: bank::export(ctx.state, ctx.chain)?,
        gov: gov::export(ctx.state, ctx.chain)?,
        rest: rest.map(|(name, section)| (name.to_owned(), section)).into(),
        ..AppState::default()
    };
    Ok(Exported { app_state, validators: protocol.validators })
}

fn begin_block(ctx: &mut Ctx<'_>) -> Result<(), Error> {
    consumer::begin_block(ctx)
}

fn end_block(ctx: &mut Ctx<'_>) -> Result<Vec<ValUpdate>, Error> {
    gov::end_block(ctx)?;
    consumer::end_block(ctx)
}
