//! Transactions and their signatures.
//!
//! Journey: [`Body`] and [`Fee`] → [`sign`] → [`Signed`]: the bytes to broadcast and the hash to look for.
//! Source: ADR-020 of the Cosmos SDK; `cosmos.tx.v1beta1`.

use crate::coins::Coin;
use crate::key::{Key, PublicKey};
use crate::sequence::Account;
use crate::single::Mode;
use ics_proto::cosmos::crypto::secp256k1::PubKey;
use ics_proto::cosmos::tx::signing::v1beta1::SignMode;
use ics_proto::cosmos::tx::v1beta1::mode_info::{Single, Sum};
use ics_proto::cosmos::tx::v1beta1::{
    AuthInfo, Fee as ProtoFee, ModeInfo, SignDoc, SignerInfo, TxBody, TxRaw,
};
use ics_proto::google::protobuf::Any;
use prost::{Message, Name};
use sha2::{Digest, Sha256};

/// What the signers want done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// The messages, done all or none, in this order.
    pub messages: Vec<Any>,
    /// A note for readers.
    pub memo: String,
    /// The last height at which the transaction may be included; 0: any.
    pub timeout_height: u64,
}

/// What the first signer pays for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fee {
    /// Sorted by denomination, without zeros; empty: nothing, as a simulation may.
    pub amount: Vec<Coin>,
    /// The most gas that the transaction may use.
    pub gas_limit: u64,
}

/// A transaction that is ready to be broadcast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The bytes of `TxRaw`.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes, 64 upper-case hexadecimal digits.
    pub hash: String,
}

/// Why a transaction does not bear the signatures that it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The bytes of this part are not what they should be.
    #[error("{0} does not decode")]
    Undecodable(&'static str),
    /// Signers, signatures and known accounts differ in number, or there are none.
    #[error("{signers} signers, {signatures} signatures, {accounts} accounts")]
    Count {
        /// How many the transaction names.
        signers: usize,
        /// How many signatures it bears.
        signatures: usize,
        /// How many account numbers the caller knows.
        accounts: usize,
    },
    /// A signer, counted from 0, that signs in another mode.
    #[error("signer {0} signs neither in SIGN_MODE_DIRECT nor in SIGN_MODE_LEGACY_AMINO_JSON")]
    Mode(usize),
    /// The transaction has no text that a hardware wallet could show.
    #[error("the transaction cannot be signed in SIGN_MODE_LEGACY_AMINO_JSON: {0}")]
    Amino(String),
    /// A signer, counted from 0, without a secp256k1 key.
    #[error("signer {0} has no secp256k1 key")]
    PublicKey(usize),
    /// A signer, counted from 0, whose signature is wrong.
    #[error("signature {0} does not verify")]
    Signature(usize),
}

/// Signs for one account or several; the first pays the fee. The same inputs give the same bytes.
#[must_use]
pub fn sign(body: &Body, fee: &Fee, chain_id: &str, signers: &[(&Key, Account)]) -> Signed {
    let body_bytes = body.to_proto().encode_to_vec();
    let auth_info = AuthInfo {
        signer_infos: signers
            .iter()
            .map(|(key, account)| signer_info(key, account.sequence, Mode::Direct))
            .collect(),
        fee: Some(fee.to_proto()),
        ..AuthInfo::default()
    };
    let auth_info_bytes = auth_info.encode_to_vec();
    let signatures = signers.iter().map(|(key, account)| {
        key.sign(&sign_bytes(&body_bytes, &auth_info_bytes, chain_id, account.number)).to_vec()
    });
    let bytes = TxRaw { signatures: signatures.collect(), body_bytes, auth_info_bytes }.encode_to_vec();
    Signed { hash: tx_hash(&bytes), bytes }
}

/// The bytes that a signer signs: `SignDoc`, with body and auth info as they are sent.
#[must_use]
pub fn sign_bytes(body_bytes: &[u8], auth_info_bytes: &[u8], chain_id: &str, account_number: u64) -> Vec<u8> {
    SignDoc {
        body_bytes: body_bytes.to_vec(),
        auth_info_bytes: auth_info_bytes.to_vec(),
        chain_id: chain_id.to_owned(),
        account_number,
    }
    .encode_to_vec()
}

/// The name of a transaction on every chain: SHA-256 of its bytes, 64 upper-case hexadecimal digits.
#[must_use]
pub fn tx_hash(bytes: &[u8]) -> String {
    hex::encode_upper(Sha256::digest(bytes))
}

/// Checks every signature of a transaction's bytes against the key that it names; `account_numbers` in signers' order.
/// Whether those keys own the accounts that the messages speak for is the chain's question.
///
/// # Errors
/// [`SignError`] of the first thing wrong.
pub fn verify(bytes: &[u8], chain_id: &str, account_numbers: &[u64]) -> Result<(), SignError> {
    let tx = TxRaw::decode(bytes).map_err(|_| SignError::Undecodable("the transaction"))?;
    let auth_info = AuthInfo::decode(tx.auth_info_bytes.as_slice())
        .map_err(|_| SignError::Undecodable("the transaction's auth info"))?;
    let count = SignError::Count {
        signers: auth_info.signer_infos.len(),
        signatures: tx.signatures.len(),
        accounts: account_numbers.len(),
    };
    if !matches!(&count, SignError::Count { signers, signatures, accounts }
        if *signers > 0 && signers == signatures && signers == accounts)
    {
        return Err(count);
    }
    let parts = auth_info.signer_infos.iter().zip(&tx.signatures).zip(account_numbers);
    for (index, ((info, signature), number)) in parts.enumerate() {
        let sum = info.mode_info.as_ref().and_then(|mode| mode.sum.as_ref());
        let mode = [Mode::Direct, Mode::AminoJson]
            .into_iter()
            .find(|mode| sum == Some(&Sum::Single(Single { mode: mode.to_proto().into() })))
            .ok_or(SignError::Mode(index))?;
        let key = public_key(info).ok_or(SignError::PublicKey(index))?;
        let account = Account { number: *number, sequence: info.sequence };
        let message = message(&tx.body_bytes, &tx.auth_info_bytes, chain_id, account, mode)?;
        if !key.verifies(&message, signature) {
            return Err(SignError::Signature(index));
        }
    }
    Ok(())
}

impl Body {
    /// A body of these messages, with no memo and no timeout.
    #[must_use]
    pub fn of(messages: Vec<Any>) -> Self {
        Self { messages, ..Self::default() }
    }

    pub(crate) fn to_proto(&self) -> TxBody {
        TxBody {
            messages: self.messages.clone(),
            memo: self.memo.clone(),
            timeout_height: self.timeout_height,
            ..TxBody::default()
        }
    }
}

impl Fee {
    pub(crate) fn to_proto(&self) -> ProtoFee {
        ProtoFee {
            amount: self.amount.iter().map(Coin::to_proto).collect(),
            gas_limit: self.gas_limit,
            ..ProtoFee::default()
        }
    }
}

/// The bytes that a signer of this mode signs.
pub(crate) fn message(
    body: &[u8],
    auth_info: &[u8],
    chain_id: &str,
    account: Account,
    mode: Mode,
) -> Result<Vec<u8>, SignError> {
    match mode {
        Mode::Direct => Ok(sign_bytes(body, auth_info, chain_id, account.number)),
        Mode::AminoJson => {
            ics_proto::amino::sign_bytes(body, auth_info, chain_id, account.number, account.sequence)
                .map(String::into_bytes)
                .map_err(|error| SignError::Amino(error.to_string()))
        }
    }
}

impl Mode {
    const fn to_proto(self) -> SignMode {
        match self {
            Self::Direct => SignMode::Direct,
            Self::AminoJson => SignMode::LegacyAminoJson,
        }
    }
}

pub(crate) fn signer_info(key: &Key, sequence: u64, mode: Mode) -> SignerInfo {
    let mode = ModeInfo { sum: Some(Sum::Single(Single { mode: mode.to_proto().into() })) };
    SignerInfo { public_key: Some(key.public().to_any()), mode_info: Some(mode), sequence }
}

/// The account key of a signer; none where it is of another kind.
#[must_use]
pub fn public_key(info: &SignerInfo) -> Option<PublicKey> {
    let any = info.public_key.as_ref().filter(|any| any.type_url == PubKey::type_url())?;
    PublicKey::from_bytes(&PubKey::decode(any.value.as_slice()).ok()?.key).ok()
}
