//! The start of a consumer, new or again, and what it takes to start again. Source: consumer spec §6.

use super::error::Error;
use super::host::{ChannelOrder, Host, OpenChannel, View};
use super::state::{
    INIT_HEIGHT, LAST_TRANSMISSION_HEIGHT, OUTSTANDING_DOWNTIME, PARAMS, PROVIDER_CHANNEL, PROVIDER_CLIENT,
    VSC_ID_AT,
};
use super::{PORT, PROVIDER_PORT, VERSION, state, validators};
use crate::id::{AtHeight, ChannelId, ClientId, ConnectionId, ConsumerAddr, VscId};
use crate::wire::genesis::{GenesisError, GenesisState, ProviderInfo};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use ics_abci::{ConsAddr, Height, ValUpdate};

/// Starts the consumer from a document; gives the first validators, as the document has them.
///
/// # Errors
/// [`Error::Genesis`] and its kin where the document or IBC does not allow it, [`Error::NotYet`] for a running chain that
/// becomes a consumer and for packets that wait to be sent. Nothing is written then.
///
/// Source: consumer spec §6.4.
pub fn init_genesis<H: Host>(host: &mut H, genesis: &GenesisState) -> Result<Vec<ValUpdate>, Error> {
    genesis.validate()?;
    if genesis.params.enabled && genesis.pre_ccv {
        return Err(Error::NotYet("a running chain that becomes a consumer (preCCV) is"));
    }
    if genesis.params.enabled && !genesis.pending_packets.is_empty() {
        return Err(Error::NotYet("sending pending_consumer_packets is"));
    }
    host.atomically(|host| {
        INIT_HEIGHT.set(host, &host.height());
        PARAMS.set(host, &genesis.params);
        if !genesis.params.enabled {
            return Ok(Vec::new());
        }
        if genesis.new_chain {
            start_new(host, genesis)?;
        } else {
            start_again(host, genesis)?;
        }
        validators::apply(host, &genesis.provider.initial_val_set)?;
        Ok(genesis.provider.initial_val_set.clone())
    })
}

fn start_new<H: Host>(host: &mut H, genesis: &GenesisState) -> Result<(), Error> {
    let connection = Some(&genesis.connection_id).filter(|id| !id.is_empty()).cloned().map(ConnectionId);
    let client = match &connection {
        None => create_client(host, &genesis.provider)?,
        Some(id) => host.connection(id).ok_or_else(|| Error::ConnectionNotFound(id.clone()))?.client_id,
    };
    PROVIDER_CLIENT.set(host, &client);
    VSC_ID_AT.set(host, &AtHeight(host.height()), &VscId(0));
    if let Some(connection) = connection {
        let channel = OpenChannel {
            port: PORT,
            counterparty_port: PROVIDER_PORT,
            connection,
            version: VERSION,
            order: ChannelOrder::Ordered,
        };
        host.open_channel(&channel).map_err(Error::GenesisIbc)?;
    }
    Ok(())
}

fn create_client<H: Host>(host: &mut H, provider: &ProviderInfo) -> Result<ClientId, Error> {
    let state = provider.client_state.as_ref().ok_or(GenesisError::Absent("provider client state"))?;
    let consensus =
        provider.consensus_state.as_ref().ok_or(GenesisError::Absent("provider consensus state"))?;
    host.create_client(state, consensus).map_err(Error::GenesisIbc)
}

fn start_again<H: Host>(host: &mut H, genesis: &GenesisState) -> Result<(), Error> {
    if !genesis.provider_channel_id.is_empty() {
        PROVIDER_CHANNEL.set(host, &ChannelId(genesis.provider_channel_id.clone()));
        let prefix = valcons_prefix(host);
        for text in &genesis.outstanding_downtime {
            let addr = ConsAddr::parse(&prefix, text)
                .map_err(|error| Error::GenesisAddress { address: text.clone(), error })?;
            OUTSTANDING_DOWNTIME.set(host, &ConsumerAddr(addr), &());
        }
        LAST_TRANSMISSION_HEIGHT.set(host, &genesis.last_transmission_height);
    }
    for (height, id) in &genesis.height_to_vsc_id {
        VSC_ID_AT.set(host, &AtHeight(*height), id);
    }
    PROVIDER_CLIENT.set(host, &ClientId(genesis.provider_client_id.clone()));
    Ok(())
}

fn valcons_prefix(view: &impl View) -> String {
    format!("{}valcons", view.prefix())
}

/// Goes on with the rows of [`state::TABLES`] that the host wrote: gives the present validators, most power first.
///
/// # Errors
/// [`Error::Genesis`] where the parameters in them break a rule, [`Error::Corrupt`].
pub fn resume(view: &impl View) -> Result<Vec<ValUpdate>, Error> {
    let params = state::params(view)?;
    if !params.enabled {
        return Ok(Vec::new());
    }
    params.validate().map_err(GenesisError::from)?;
    Ok(validators::present(view)?.1)
}

/// The document from which this chain can start again, in the reference's form. Where nothing is enabled or no client is
/// known, the default one. Historical info and updates that are not applied yet have no place in it.
///
/// # Errors
/// [`Error::Corrupt`].
///
/// Source: consumer spec §6.5.
pub fn export_genesis(view: &impl View) -> Result<GenesisState, Error> {
    let params = state::params(view)?;
    let client = PROVIDER_CLIENT.get(view)?;
    let (true, Some(client)) = (params.enabled, client) else { return Ok(GenesisState::default()) };
    let channel = PROVIDER_CHANNEL.get(view)?;
    let height_to_vsc_id = VSC_ID_AT
        .iter(view)
        .map(|entry| entry.map(|(at, id)| (at.0, id)))
        .collect::<Result<Vec<(Height, VscId)>, _>>()?;
    let mut genesis = GenesisState {
        params,
        provider_client_id: client.0,
        height_to_vsc_id,
        provider: ProviderInfo { initial_val_set: validators::by_address(view)?, ..ProviderInfo::default() },
        ..GenesisState::default()
    };
    if let Some(channel) = channel {
        let prefix = valcons_prefix(view);
        genesis.provider_channel_id = channel.0;
        genesis.outstanding_downtime = OUTSTANDING_DOWNTIME
            .iter(view)
            .map(|entry| entry.map(|(addr, ())| addr.0.to_text(&prefix)))
            .collect::<Result<_, _>>()?;
        genesis.last_transmission_height = LAST_TRANSMISSION_HEIGHT.get(view)?.unwrap_or(0);
    }
    Ok(genesis)
}
