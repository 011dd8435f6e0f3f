//! A chain that is secured: its validators are those that its provider sends.

use super::Role;
use crate::ccv_host::consumer::{self, CONSUMER_QUERIES, ConsumerPort};
use crate::genesis::GenesisDoc;
use crate::ibc::transfer::{self, TransferPort};
use crate::ibc::{self, IBC_QUERIES, Ports};
use crate::modules::auth::{self, FEE_COLLECTOR, ModuleAccount};
use crate::modules::bank;
use crate::{Ctx, Error};
use ics_abci::ValUpdate;

/// The role.
pub static CONSUMER: Role = Role {
    name: "consumer",
    stores: &["auth", "bank", "ccvconsumer", "ibc", "transfer"],
    module_accounts: &[
        ModuleAccount { name: FEE_COLLECTOR, permissions: &[], open: false },
        transfer::MODULE_ACCOUNT,
    ],
    init_genesis,
    begin_block,
    end_block,
    msgs: &[bank::MSGS, ibc::MSGS, transfer::MSGS],
    queries: &[auth::QUERIES, bank::QUERIES, IBC_QUERIES, transfer::QUERIES, CONSUMER_QUERIES],
    message_filter: Some(consumer::filter),
    relay_check: Some(ibc::channel::redundant),
    ports: Ports(&[("consumer", &ConsumerPort), ("transfer", &TransferPort)]),
};

fn init_genesis(ctx: &mut Ctx<'_>, genesis: &GenesisDoc) -> Result<Vec<ValUpdate>, Error> {
    bank::init(ctx, ctx.chain, &genesis.app_state.bank)?;
    ibc::init_genesis(ctx);
    transfer::init_genesis(ctx, &transfer::Params::default());
    consumer::init_genesis(ctx, genesis.section("ccvconsumer"))
}

fn begin_block(ctx: &mut Ctx<'_>) -> Result<(), Error> {
    consumer::begin_block(ctx)
}

fn end_block(ctx: &mut Ctx<'_>) -> Result<Vec<ValUpdate>, Error> {
    consumer::end_block(ctx)
}
