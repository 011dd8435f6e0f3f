//! A chain that is secured: its validators are those that its provider sends.

use super::Role;
use crate::ccv_host::consumer::{self, CONSUMER_MSGS, CONSUMER_QUERIES, ConsumerPort};
use crate::genesis::GenesisDoc;
use crate::ibc::transfer::{self, TransferPort};
use crate::ibc::{self, IBC_QUERIES, Ports};
use crate::modules::auth::{self, FEE_COLLECTOR, ModuleAccount};
use crate::modules::{bank, gov};
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
    ibc::init_genesis(ctx);
    transfer::init_genesis(ctx, &transfer::Params::default());
    consumer::init_genesis(ctx, genesis.section("ccvconsumer"))
}

fn begin_block(ctx: &mut Ctx<'_>) -> Result<(), Error> {
    consumer::begin_block(ctx)
}

fn end_block(ctx: &mut Ctx<'_>) -> Result<Vec<ValUpdate>, Error> {
    gov::end_block(ctx)?;
    consumer::end_block(ctx)
}
