//! Transactions of one signer, as they pass from hand to hand: written without a signature, signed elsewhere, sent.
//!
//! Source: `cosmos.tx.v1beta1`; the two modes of signing that chains take.

use crate::key::Key;
use crate::sequence::Account;
use crate::sign::{Body, Fee, SignError, Signed, message, signer_info, tx_hash};
use ics_proto::cosmos::tx::v1beta1::{AuthInfo, Tx, TxRaw};
use prost::Message as _;

/// What a signature covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The bytes that are sent.
    Direct,
    /// The text that a hardware wallet shows.
    AminoJson,
}

/// The transaction without a signature.
#[must_use]
pub fn unsigned(body: &Body, fee: &Fee) -> Tx {
    let auth_info = AuthInfo { fee: Some(fee.to_proto()), ..AuthInfo::default() };
    Tx { body: Some(body.to_proto()), auth_info: Some(auth_info), signatures: Vec::new() }
}

/// The transaction with this account as its one signer, in place of whoever signed before.
///
/// # Errors
/// [`SignError::Undecodable`] for a transaction without body; [`SignError::Amino`] where it has no text to be signed.
pub fn sign_one(tx: &Tx, key: &Key, account: Account, chain_id: &str, mode: Mode) -> Result<Tx, SignError> {
    let mut tx = tx.clone();
    let body = tx.body.as_ref().ok_or(SignError::Undecodable("the transaction's body"))?.encode_to_vec();
    let auth_info = tx.auth_info.get_or_insert_default();
    auth_info.signer_infos = vec![signer_info(key, account.sequence, mode)];
    let auth_info = auth_info.encode_to_vec();
    let message = message(&body, &auth_info, chain_id, account, mode)?;
    tx.signatures = vec![key.sign(&message).to_vec()];
    Ok(tx)
}

/// Gas of a genesis transaction, as the SDK writes it; it is not limited there.
const GENESIS_GAS: u64 = 200_000;

/// A genesis transaction: signed while no account has a number or a sequence yet.
///
/// # Errors
/// Those of [`sign_one`].
pub fn sign_genesis(body: &Body, key: &Key, chain_id: &str) -> Result<Tx, SignError> {
    let fee = Fee { gas_limit: GENESIS_GAS, ..Fee::default() };
    sign_one(&unsigned(body, &fee), key, Account { number: 0, sequence: 0 }, chain_id, Mode::Direct)
}

/// The transaction as it is sent.
#[must_use]
pub fn to_send(tx: &Tx) -> Signed {
    let raw = TxRaw {
        body_bytes: tx.body.as_ref().map(|body| body.encode_to_vec()).unwrap_or_default(),
        auth_info_bytes: tx.auth_info.as_ref().map(|info| info.encode_to_vec()).unwrap_or_default(),
        signatures: tx.signatures.clone(),
    };
    let bytes = raw.encode_to_vec();
    Signed { hash: tx_hash(&bytes), bytes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::verify;
    use crate::{Coin, msgs, sign};

    const ACCOUNT: Account = Account { number: 3, sequence: 5 };

    fn draft() -> (Key, Body, Fee) {
        let key = Key::from_secret(&[7; 32]).unwrap();
        let address = key.address().to_text("cosmos");
        let coins = [Coin { denom: "stake".to_owned(), amount: 5 }];
        let fee = Fee { amount: coins.to_vec(), gas_limit: 200_000 };
        (key, Body::of(vec![msgs::send(&address, &address, &coins)]), fee)
    }

    #[test]
    fn signing_apart_gives_the_bytes_of_signing_at_once() {
        let (key, body, fee) = draft();
        let apart = sign_one(&unsigned(&body, &fee), &key, ACCOUNT, "chain-1", Mode::Direct).unwrap();
        assert_eq!(to_send(&apart), sign(&body, &fee, "chain-1", &[(&key, ACCOUNT)]));
        let again = sign_one(&apart, &key, ACCOUNT, "chain-1", Mode::Direct).unwrap();
        assert_eq!(again, apart);
    }

    #[test]
    fn both_modes_verify_and_bind_chain_account_and_sequence() {
        let (key, body, fee) = draft();
        for mode in [Mode::Direct, Mode::AminoJson] {
            let tx = sign_one(&unsigned(&body, &fee), &key, ACCOUNT, "chain-1", mode).unwrap();
            let bytes = to_send(&tx).bytes;
            assert_eq!(verify(&bytes, "chain-1", &[3]), Ok(()), "{mode:?}");
            assert_eq!(verify(&bytes, "chain-2", &[3]), Err(SignError::Signature(0)));
            assert_eq!(verify(&bytes, "chain-1", &[4]), Err(SignError::Signature(0)));
            let mut later = tx.clone();
            later.auth_info.as_mut().unwrap().signer_infos[0].sequence = 6;
            assert_eq!(verify(&to_send(&later).bytes, "chain-1", &[3]), Err(SignError::Signature(0)));
        }
        let bodyless = sign_one(&Tx::default(), &key, ACCOUNT, "chain-1", Mode::Direct);
        assert_eq!(bodyless, Err(SignError::Undecodable("the transaction's body")));
    }
}
