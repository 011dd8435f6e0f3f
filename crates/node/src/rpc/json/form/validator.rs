//! Validators and their keys.

use super::{B64, Hex, Int};
use ics_abci::{ConsKey, Power, ValUpdate};
use ics_engine::Validator;
use ics_proto::tendermint::v0_38::{crypto::public_key::Sum, types as raw};
use serde::Serialize;

/// A key as validators have it.
#[derive(Serialize)]
#[serde(tag = "type", content = "value")]
pub(crate) enum KeyForm {
    #[serde(rename = "tendermint/PubKeyEd25519")]
    Ed25519(B64),
    #[serde(rename = "tendermint/PubKeySecp256k1")]
    Secp256k1(B64),
}

#[derive(Serialize)]
pub(crate) struct ValidatorForm {
    address: Hex,
    pub_key: Option<KeyForm>,
    voting_power: Int<Power>,
    proposer_priority: Int<i64>,
}

/// A change of the set in a block's results.
#[derive(Serialize)]
pub(crate) struct UpdateForm {
    pub_key: UpdateKeyForm,
    #[serde(skip_serializing_if = "Option::is_none")]
    power: Option<Int<Power>>,
}

#[derive(Serialize)]
struct UpdateKeyForm {
    #[serde(rename = "Sum")]
    sum: UpdateSumForm,
}

#[derive(Serialize)]
#[serde(tag = "type", content = "value")]
enum UpdateSumForm {
    #[serde(rename = "tendermint.crypto.PublicKey_Ed25519")]
    Ed25519 { ed25519: B64 },
    #[serde(rename = "tendermint.crypto.PublicKey_Secp256K1")]
    Secp256k1 { secp256k1: B64 },
}

impl From<&ConsKey> for KeyForm {
    fn from(key: &ConsKey) -> Self {
        match key {
            ConsKey::Ed25519(bytes) => Self::Ed25519(B64(bytes.to_vec())),
            ConsKey::Secp256k1(bytes) => Self::Secp256k1(B64(bytes.to_vec())),
        }
    }
}

impl From<&Validator> for ValidatorForm {
    fn from(validator: &Validator) -> Self {
        Self {
            address: Hex(validator.addr.0.to_vec()),
            pub_key: Some(KeyForm::from(&validator.key)),
            voting_power: Int(validator.power),
            proposer_priority: Int(validator.priority),
        }
    }
}

impl From<raw::Validator> for ValidatorForm {
    fn from(validator: raw::Validator) -> Self {
        let pub_key = validator.pub_key.and_then(|key| key.sum).map(|key| match key {
            Sum::Ed25519(bytes) => KeyForm::Ed25519(B64(bytes)),
            Sum::Secp256k1(bytes) => KeyForm::Secp256k1(B64(bytes)),
        });
        Self {
            address: Hex(validator.address),
            pub_key,
            voting_power: Int(validator.voting_power),
            proposer_priority: Int(validator.proposer_priority),
        }
    }
}

/// A change of the set as subscribers are told: a member without a turn yet.
impl From<&ValUpdate> for ValidatorForm {
    fn from(update: &ValUpdate) -> Self {
        Self {
            address: Hex(update.key.address().0.to_vec()),
            pub_key: Some(KeyForm::from(&update.key)),
            voting_power: Int(update.power),
            proposer_priority: Int(0),
        }
    }
}

impl From<&ValUpdate> for UpdateForm {
    fn from(update: &ValUpdate) -> Self {
        let sum = match &update.key {
            ConsKey::Ed25519(bytes) => UpdateSumForm::Ed25519 { ed25519: B64(bytes.to_vec()) },
            ConsKey::Secp256k1(bytes) => UpdateSumForm::Secp256k1 { secp256k1: B64(bytes.to_vec()) },
        };
        Self { pub_key: UpdateKeyForm { sum }, power: super::non_zero(update.power) }
    }
}
