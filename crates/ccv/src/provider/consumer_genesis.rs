//! The genesis that the provider makes for a consumer, and the client that it follows the consumer with.
//!
//! Journey: launch → [`make`] → stored, served by the query, put into the consumer's genesis file.
//! Source: provider spec §2.9, §2.10.

use super::error::Error;
use super::host::View;
use super::init_params::InitializationParameters;
use super::link;
use super::params::{self, Params};
use crate::id::{ChainId, ClientId, ConnectionId, ConsumerId, RevisionHeight};
use crate::wire::genesis::{ClientState, ConsensusState, ConsumerGenesis, ConsumerParams, ProviderInfo};
use alloc::string::{String, ToString};
use ics_abci::{Height, ValUpdate};

/// What a consumer's first light client knows for sure is its validators: nobody has seen a block of it yet.
const SENTINEL_ROOT: &[u8] = b"sentinel_root";

/// How the provider comes to a client of the consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClientPlan {
    /// It makes one from these states.
    Create(ClientState, ConsensusState),
    /// It takes that of a connection.
    Reuse(ClientId),
}

/// A consumer's start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) genesis: ConsumerGenesis,
    pub(super) client: ClientPlan,
    /// Least height on the consumer at which an infraction is punishable.
    pub(super) evidence_min_height: Height,
}

/// Computes a consumer's start from its first set; writes nothing.
///
/// # Errors
/// [`Error::NoSelfConsensusState`], [`Error::WrongRevision`], [`Error::LongUnbonding`], [`Error::TrustingPeriod`]; with
/// a connection to reuse
/// [`Error::NoConnection`], [`Error::NoClient`], [`Error::OtherChain`], [`Error::HalfConnection`],
/// [`Error::ClientTaken`]; [`Error::Corrupt`].
pub(super) fn make(
    view: &impl View,
    id: ConsumerId,
    chain_id: &ChainId,
    init: &InitializationParameters,
    set: &[ValUpdate],
    set_hash: &[u8],
) -> Result<Start, Error> {
    let params = params::get(view)?;
    init.validate_revision(id, chain_id)?;
    init.validate_unbonding(view, id)?;
    if !init.connection_id.is_empty() {
        let reused = reuse(view, id, chain_id, &ConnectionId(init.connection_id.clone()))?;
        let genesis = genesis(id, init, set, None, reused.counterparty.0);
        let client = ClientPlan::Reuse(reused.client);
        return Ok(Start { genesis, client, evidence_min_height: reused.latest_height });
    }
    let client_state = params.client_of(chain_id.clone(), init.initial_height, init.unbonding_period)?;
    let consensus_state = ConsensusState {
        timestamp: view.now(),
        root: SENTINEL_ROOT.to_vec(),
        next_validators_hash: set_hash.to_vec(),
    };
    Ok(Start {
        genesis: genesis(id, init, set, Some(own_states(view, &params)?), String::new()),
        client: ClientPlan::Create(client_state, consensus_state),
        evidence_min_height: Height(init.initial_height.height),
    })
}

/// The states of a client of this chain, as of the block being executed.
fn own_states(view: &impl View, params: &Params) -> Result<(ClientState, ConsensusState), Error> {
    let chain_id = ChainId(view.chain_id().to_string());
    let unknown = || Error::NoSelfConsensusState(view.height());
    let revision = chain_id.revision().map_err(|_| unknown())?;
    let latest = RevisionHeight { revision, height: view.height().0 };
    let unbonding = params::duration_ns(view.unbonding_period());
    let client_state = params.client_of(chain_id, latest, unbonding)?;
    Ok((client_state, view.self_consensus_state().ok_or_else(unknown)?))
}

struct Reused {
    client: ClientId,
    counterparty: ConnectionId,
    latest_height: Height,
}

/// The client and the other end of a connection that the consumer's owner names.
fn reuse(
    view: &impl View,
    id: ConsumerId,
    chain_id: &ChainId,
    connection_id: &ConnectionId,
) -> Result<Reused, Error> {
    let connection =
        view.connection(connection_id).ok_or_else(|| Error::NoConnection(connection_id.clone()))?;
    let client =
        view.client(&connection.client_id).ok_or_else(|| Error::NoClient(connection.client_id.clone()))?;
    if client.chain_id != chain_id.0 {
        return Err(Error::OtherChain { connection: connection_id.clone(), found: client.chain_id });
    }
    let counterparty =
        connection.counterparty_connection_id.ok_or_else(|| Error::HalfConnection(connection_id.clone()))?;
    link::verify_free(view, id, &connection.client_id)?;
    let latest_height = Height(client.latest_height.height);
    Ok(Reused { client: connection.client_id, counterparty, latest_height })
}

fn genesis(
    id: ConsumerId,
    init: &InitializationParameters,
    set: &[ValUpdate],
    states: Option<(ClientState, ConsensusState)>,
    connection_id: String,
) -> ConsumerGenesis {
    let (client_state, consensus_state) = states.unzip();
    ConsumerGenesis {
        params: ConsumerParams {
            blocks_per_distribution_transmission: init.blocks_per_distribution_transmission,
            distribution_transmission_channel: init.distribution_transmission_channel.clone(),
            ccv_timeout_period: init.ccv_timeout_period,
            transfer_timeout_period: init.transfer_timeout_period,
            consumer_redistribution_fraction: init.consumer_redistribution_fraction.clone(),
            historical_entries: init.historical_entries,
            unbonding_period: init.unbonding_period,
            enabled: true,
            consumer_id: id.to_string(),
            // What no owner chooses: no rewards account or denominations yet, a retry after an hour.
            ..ConsumerParams::default()
        },
        provider: ProviderInfo { client_state, consensus_state, initial_val_set: set.to_vec() },
        new_chain: true,
        pre_ccv: !connection_id.is_empty(),
        connection_id,
    }
}
