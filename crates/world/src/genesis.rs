//! The genesis document of a chain as JSON, in CometBFT's form, and back.

use ics_abci::{ConsKey, Genesis, Height, Params, Time, ValUpdate};
use serde_json::{Value, json};

/// Why a text is no genesis document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the genesis document: {0}")]
pub struct GenesisError(pub String);

/// The document as `/genesis` serves it.
///
/// # Errors
/// [`GenesisError`] where the chain's part is not JSON.
pub fn genesis_json(genesis: &Genesis) -> Result<String, GenesisError> {
    let app_state: Value = serde_json::from_slice(&genesis.app_state)
        .map_err(|error| GenesisError(format!("app_state: {error}")))?;
    let params = &genesis.params;
    let validators: Vec<Value> = genesis.validators.iter().map(validator).collect();
    Ok(json!({
        "genesis_time": genesis.time.to_string(),
        "chain_id": genesis.chain_id,
        "initial_height": genesis.initial_height.to_string(),
        "consensus_params": {
            "block": {
                "max_bytes": params.block_max_bytes.to_string(),
                "max_gas": params.block_max_gas.to_string(),
            },
            "evidence": {
                "max_age_num_blocks": params.evidence_max_age_blocks.to_string(),
                "max_age_duration": params.evidence_max_age_ns.to_string(),
                "max_bytes": params.evidence_max_bytes.to_string(),
            },
            "validator": {"pub_key_types": params.key_types},
            "version": {"app": params.app_version.to_string()},
            "abci": {"vote_extensions_enable_height": params.vote_extensions_height.to_string()},
        },
        "validators": validators,
        "app_hash": "",
        "app_state": app_state,
    })
    .to_string())
}

fn validator(update: &ValUpdate) -> Value {
    use base64::Engine as _;
    let kind = match update.key {
        ConsKey::Ed25519(_) => "tendermint/PubKeyEd25519",
        ConsKey::Secp256k1(_) => "tendermint/PubKeySecp256k1",
    };
    let key = base64::engine::general_purpose::STANDARD.encode(update.key.bytes());
    json!({
        "address": update.key.address().0.iter().map(|byte| format!("{byte:02X}")).collect::<String>(),
        "pub_key": {"type": kind, "value": key},
        "power": update.power.to_string(),
        "name": "",
    })
}

/// Reads a document.
///
/// # Errors
/// [`GenesisError`], naming what is wrong.
pub fn genesis_from_json(text: &str) -> Result<Genesis, GenesisError> {
    let document: Value = serde_json::from_str(text).map_err(|error| GenesisError(error.to_string()))?;
    let word = |pointer: &str| {
        let found = document.pointer(pointer).and_then(Value::as_str);
        found.ok_or_else(|| GenesisError(format!("{pointer} is missing")))
    };
    let number = |pointer: &str, default: i64| match document.pointer(pointer) {
        None | Some(Value::Null) => Ok(default),
        Some(value) => value
            .as_i64()
            .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
            .ok_or_else(|| GenesisError(format!("{pointer} is no number"))),
    };
    let usual = Params::default();
    let time = Time::parse(word("/genesis_time")?);
    // As CometBFT: 0 means the first, and there is nothing below.
    let height = u64::try_from(number("/initial_height", 1)?)
        .map_err(|_| GenesisError("/initial_height is negative".to_owned()))?
        .max(1);
    let listed = document.get("validators").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(Genesis {
        chain_id: word("/chain_id")?.to_owned(),
        time: time.map_err(|error| GenesisError(format!("/genesis_time: {error}")))?,
        initial_height: Height(height),
        params: Params {
            block_max_bytes: number("/consensus_params/block/max_bytes", usual.block_max_bytes)?,
            block_max_gas: number("/consensus_params/block/max_gas", usual.block_max_gas)?,
            evidence_max_age_blocks: number(
                "/consensus_params/evidence/max_age_num_blocks",
                usual.evidence_max_age_blocks,
            )?,
            evidence_max_age_ns: number(
                "/consensus_params/evidence/max_age_duration",
                usual.evidence_max_age_ns,
            )?,
            evidence_max_bytes: number("/consensus_params/evidence/max_bytes", usual.evidence_max_bytes)?,
            key_types: key_types(&document)?.unwrap_or(usual.key_types),
            app_version: u64::try_from(number("/consensus_params/version/app", 0)?)
                .map_err(|_| GenesisError("/consensus_params/version/app is negative".to_owned()))?,
            vote_extensions_height: number(
                "/consensus_params/abci/vote_extensions_enable_height",
                usual.vote_extensions_height,
            )?,
        },
        validators: listed.iter().map(read_validator).collect::<Result<_, _>>()?,
        app_state: document.get("app_state").map(Value::to_string).unwrap_or_default().into_bytes(),
    })
}

fn key_types(document: &Value) -> Result<Option<Vec<String>>, GenesisError> {
    const AT: &str = "/consensus_params/validator/pub_key_types";
    let Some(listed) = document.pointer(AT).filter(|listed| !listed.is_null()) else { return Ok(None) };
    let wrong = || GenesisError(format!("{AT} is no list of names"));
    let names = listed.as_array().ok_or_else(wrong)?.iter();
    names.map(|name| name.as_str().map(str::to_owned).ok_or_else(wrong)).collect::<Result<_, _>>().map(Some)
}

fn read_validator(value: &Value) -> Result<ValUpdate, GenesisError> {
    use base64::Engine as _;
    let wrong = || GenesisError("a validator is not of the form {pub_key: {type, value}, power}".to_owned());
    let word = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).ok_or_else(wrong);
    let bytes = base64::engine::general_purpose::STANDARD.decode(word("/pub_key/value")?);
    let bytes = bytes.map_err(|_| wrong())?;
    let key = match word("/pub_key/type")? {
        "tendermint/PubKeyEd25519" => ConsKey::ed25519(&bytes),
        "tendermint/PubKeySecp256k1" => ConsKey::secp256k1(&bytes),
        _ => None,
    };
    Ok(ValUpdate { key: key.ok_or_else(wrong)?, power: word("/power")?.parse().map_err(|_| wrong())? })
}
