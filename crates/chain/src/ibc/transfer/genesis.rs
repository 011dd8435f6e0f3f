//! The start of transfer, new or again: section `transfer` of a genesis document. Source: ibc-go v10 `apps/transfer`.

use super::denom::{Denom, Hop};
use super::state::{DENOMS, ESCROWED, Params};
use super::{PORT, init_genesis, params};
use crate::Error;
use crate::modules::bank::{Coin, Coins};
use ics_kv::{Corrupt, Read, Write};
use serde::{Deserialize, Serialize};

/// The section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TransferGenesis {
    /// The port: always `transfer`.
    pub port_id: String,
    /// Denominations that came over channels.
    pub denoms: Vec<GenesisDenom>,
    /// The same in the form of ibc-go before v10; read alone.
    #[serde(skip_serializing)]
    pub denom_traces: Vec<GenesisTrace>,
    /// Whether coins may travel.
    pub params: GenesisParams,
    /// What lies in escrow over all channels.
    pub total_escrowed: Coins,
}

impl Default for TransferGenesis {
    fn default() -> Self {
        Self {
            port_id: PORT.to_owned(),
            denoms: Vec::new(),
            denom_traces: Vec::new(),
            params: GenesisParams::default(),
            total_escrowed: Coins::default(),
        }
    }
}

/// Whether coins may travel, in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GenesisParams {
    /// Away from here.
    pub send_enabled: bool,
    /// To here.
    pub receive_enabled: bool,
}

impl Default for GenesisParams {
    fn default() -> Self {
        let Params { send_enabled, receive_enabled } = Params::default();
        Self { send_enabled, receive_enabled }
    }
}

/// A denomination with the way it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesisDenom {
    /// Its name at home.
    pub base: String,
    /// The channels, last hop first.
    pub trace: Vec<GenesisHop>,
}

/// One channel that a coin came over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesisHop {
    /// The port here.
    pub port_id: String,
    /// The channel here.
    pub channel_id: String,
}

/// A denomination in the older form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesisTrace {
    /// Ports and channels, with slashes.
    pub path: String,
    /// Its name at home.
    pub base_denom: String,
}

/// Begins from the section; without one, as a new chain.
///
/// # Errors
/// `sdk/18`, naming the place, where it is not of this form; then nothing is written.
pub fn init(state: &mut (impl Write + ?Sized), section: Option<&serde_json::Value>) -> Result<(), Error> {
    let wrong = |what: &dyn core::fmt::Display| Error::invalid_request(format!("transfer{what}"));
    let genesis = match section {
        None => TransferGenesis::default(),
        Some(section) => {
            TransferGenesis::deserialize(section).map_err(|error| wrong(&format_args!(": {error}")))?
        }
    };
    if genesis.port_id != PORT {
        return Err(wrong(&format_args!(".port_id: {:?} is not {PORT}", genesis.port_id)));
    }
    let hop = |hop: &GenesisHop| Hop { port: hop.port_id.clone(), channel: hop.channel_id.clone() };
    let denoms = genesis
        .denoms
        .iter()
        .map(|denom| Denom { trace: denom.trace.iter().map(hop).collect(), base: denom.base.clone() });
    let traces = genesis.denom_traces.iter();
    let traces = traces.map(|trace| Denom::from_path(&format!("{}/{}", trace.path, trace.base_denom)));
    let denoms: Vec<Denom> = denoms.chain(traces).collect();
    for (index, denom) in denoms.iter().enumerate() {
        let path = denom.path();
        let comes_back = !denom.trace.is_empty() && Denom::from_path(&path) == *denom;
        if denom.validate().is_err() || !comes_back {
            return Err(wrong(&format_args!(".denoms[{index}]: {path:?} is no way that a coin came")));
        }
    }
    if !genesis.total_escrowed.is_valid() {
        return Err(wrong(&format_args!(".total_escrowed: {} is not sorted coins", genesis.total_escrowed)));
    }
    let GenesisParams { send_enabled, receive_enabled } = genesis.params;
    init_genesis(state, &Params { send_enabled, receive_enabled });
    for denom in denoms {
        DENOMS.set(state, &denom.hash(), &denom.path());
    }
    for coin in genesis.total_escrowed.0 {
        ESCROWED.set(state, &coin.denom, &coin.amount);
    }
    Ok(())
}

/// The section from which transfer can begin again.
///
/// # Errors
/// [`Corrupt`] state.
pub fn export(state: &(impl Read + ?Sized)) -> Result<TransferGenesis, Corrupt> {
    let hop = |hop: Hop| GenesisHop { port_id: hop.port, channel_id: hop.channel };
    let denoms = DENOMS.iter(state).map(|entry| {
        entry.map(|(_, path)| {
            let Denom { trace, base } = Denom::from_path(&path);
            GenesisDenom { base, trace: trace.into_iter().map(hop).collect() }
        })
    });
    let escrowed = ESCROWED.iter(state).map(|entry| entry.map(|(denom, amount)| Coin { denom, amount }));
    let mut escrowed = escrowed.collect::<Result<Vec<_>, _>>()?;
    // Keys sort by length first, coins by their letters.
    escrowed.sort_by(|a, b| a.denom.cmp(&b.denom));
    let Params { send_enabled, receive_enabled } = params(state)?;
    Ok(TransferGenesis {
        denoms: denoms.collect::<Result<_, _>>()?,
        params: GenesisParams { send_enabled, receive_enabled },
        total_escrowed: Coins(escrowed),
        ..TransferGenesis::default()
    })
}

/// [`export`], as JSON.
///
/// # Errors
/// [`Corrupt`] state.
pub fn section(state: &(impl Read + ?Sized)) -> Result<serde_json::Value, Error> {
    serde_json::to_value(export(state)?).map_err(Error::invalid_request)
}
