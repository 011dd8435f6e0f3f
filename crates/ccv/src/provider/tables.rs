//! Everything that the provider's side stores, table by table, as genesis documents carry it.
//!
//! The reference loses most of this when a chain is exported (provider spec §8.2, §11.11). A table of [`state`] that is not
//! listed here is lost, too: the tests of genesis compare whole states and find it.

use super::state;
use ics_kv::Listed;

/// All tables of [`state`], in their order there.
pub const TABLES: &[Listed] = &[
    state::PARAMS.listed("params"),
    state::VSC_ID.listed("vsc_id"),
    state::LIABLE.listed("liable"),
    state::NEXT_CONSUMER.listed("next_consumer"),
    state::OWN_SET.listed("own_set"),
    state::OWN_SET_MAX.listed("own_set_max"),
    state::LAST_EPOCH.listed("last_epoch"),
    state::METER.listed("meter"),
    state::PHASE.listed("phase"),
    state::BY_PHASE.listed("by_phase"),
    state::CHAIN_ID.listed("chain_id"),
    state::OWNER.listed("owner"),
    state::METADATA.listed("metadata"),
    state::INIT_PARAMS.listed("init_params"),
    state::POWER_SHAPING.listed("power_shaping"),
    state::INFRACTION_PARAMS.listed("infraction_params"),
    state::QUEUED_INFRACTION.listed("queued_infraction"),
    state::SPAWN_QUEUE.listed("spawn_queue"),
    state::SPAWN_AT.listed("spawn_at"),
    state::REMOVAL_QUEUE.listed("removal_queue"),
    state::REMOVAL_AT.listed("removal_at"),
    state::INFRACTION_QUEUE.listed("infraction_queue"),
    state::GENESIS.listed("genesis"),
    state::LINK.listed("link"),
    state::CONSUMER_OF_CLIENT.listed("consumer_of_client"),
    state::CONSUMER_OF_CHANNEL.listed("consumer_of_channel"),
    state::EVIDENCE_MIN_HEIGHT.listed("evidence_min_height"),
    state::SET.listed("set"),
    state::DIRTY.listed("dirty"),
    state::PENDING.listed("pending"),
    state::LAST_SENT.listed("last_sent"),
    state::OUTBOX.listed("outbox"),
    state::MIN_POWER.listed("min_power"),
    state::SHAPE.listed("shape"),
    state::MIN_STAKE.listed("min_stake"),
    state::TENURE.listed("tenure"),
    state::OPTED_IN.listed("opted_in"),
    state::KEY.listed("key"),
    state::HOLDER.listed("holder"),
    state::ADDRESSES.listed("addresses"),
    state::PRUNE_QUEUE.listed("prune_queue"),
    state::RETIRED.listed("retired"),
    state::UNTOLD.listed("untold"),
    state::COMMISSION.listed("commission"),
    state::COMMISSIONED.listed("commissioned"),
    state::DOUBLE_SIGN_LOG.listed("double_sign_log"),
];
