//! From bytes to a transaction whose every part has been looked at, and to the bytes that its signers signed.

use super::strict;
use crate::modules::auth::SECP256K1;
use crate::modules::bank::Coins;
use crate::route::MsgRoute;
use crate::{ChainConfig, Error};
use ics_abci::AccAddr;
use ics_proto::Any;
use ics_proto::amino::{self, AminoError};
use ics_proto::cosmos::crypto::secp256k1::PubKey;
use ics_proto::cosmos::tx::v1beta1::{AuthInfo, TxBody, TxRaw, mode_info};
use prost::Message;
use prost::encoding::encode_varint;
use sha2::{Digest, Sha256};

/// Most bytes of a transaction, on every chain; the engine's mempool may allow fewer.
pub const MAX_TX_BYTES: usize = 1_048_576;

/// A transaction that decodes and whose messages pass their own checks.
pub struct Tx {
    raw: TxRaw,
    /// Length of the transaction, bytes.
    pub len: usize,
    /// What is to be done.
    pub messages: Vec<Any>,
    /// Which row of the table does it, message by message.
    pub routes: Vec<&'static MsgRoute>,
    /// Who must sign each message; none empty.
    pub senders: Vec<AccAddr>,
    /// Everybody who must sign, each once, in order.
    pub signers: Vec<AccAddr>,
    /// A note.
    pub memo: String,
    /// Last height at which it is good; 0 for no limit.
    pub timeout_height: u64,
    /// Whether it asks for something that this chain does not know.
    pub has_extensions: bool,
    /// What the signers say of themselves, as many as there are `signatures`, or not.
    pub signer_infos: Vec<Signer>,
    /// What is offered for it.
    pub fee: Coins,
    /// Most gas that it may take.
    pub gas_limit: u64,
    /// Who pays, as text; "" for the first signer.
    pub payer: String,
    /// Who pays for the payer, as text; "" for nobody.
    pub granter: String,
}

/// What a transaction says of one of its signers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signer {
    /// Its key, compressed, where it is named.
    pub key: Option<[u8; 33]>,
    /// How it signs.
    pub mode: SignMode,
    /// Which of its transactions this is.
    pub sequence: u64,
}

/// How a signer signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignMode {
    /// SIGN_MODE_DIRECT.
    Direct,
    /// SIGN_MODE_LEGACY_AMINO_JSON.
    AminoJson,
    /// Some other mode of one key, by its number; 0 is what simulations send.
    Other(i32),
    /// Several keys, or nothing said.
    Multi,
}

impl Tx {
    /// Decodes and checks everything that can be checked without state.
    ///
    /// # Errors
    /// `sdk/2` for bytes that are no transaction, `sdk/18` for one without messages, the errors of its messages.
    pub fn decode(chain: &ChainConfig, bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_TX_BYTES {
            return Err(Error::tx_too_large(format!("{} bytes, at most {MAX_TX_BYTES}", bytes.len())));
        }
        strict::tx_raw(bytes)?;
        let raw = TxRaw::decode(bytes).map_err(Error::tx_decode)?;
        strict::body_fields(&raw.body_bytes)?;
        strict::auth_info_fields(&raw.auth_info_bytes)?;
        let body = TxBody::decode(raw.body_bytes.as_slice()).map_err(Error::tx_decode)?;
        let auth = AuthInfo::decode(raw.auth_info_bytes.as_slice()).map_err(Error::tx_decode)?;
        if body.messages.is_empty() {
            return Err(Error::invalid_request("must contain at least one message"));
        }
        let mut routes = Vec::with_capacity(body.messages.len());
        for message in &body.messages {
            let url = &message.type_url;
            let route = chain.route(url);
            routes.push(route.ok_or_else(|| Error::tx_decode(format!("unable to resolve type URL {url}")))?);
        }
        let signer_infos = auth.signer_infos.into_iter().map(Signer::read).collect::<Result<_, _>>()?;
        let fee = auth.fee.unwrap_or_default();
        let amount = Coins::from_proto(&fee.amount)
            .map_err(|fee| Error::insufficient_fee(format!("invalid fee provided: {fee}")))?;
        let (mut senders, mut signers) = (Vec::with_capacity(routes.len()), Vec::new());
        for (route, message) in routes.iter().zip(&body.messages) {
            let of_message = (route.check)(chain, &message.value)?;
            let no_signer = || Error::invalid_request("a message must have a signer");
            senders.push(of_message.first().ok_or_else(no_signer)?.clone());
            for signer in of_message {
                if !signers.contains(&signer) {
                    signers.push(signer);
                }
            }
        }
        Ok(Self {
            len: bytes.len(),
            raw,
            messages: body.messages,
            routes,
            senders,
            signers,
            memo: body.memo,
            timeout_height: body.timeout_height,
            has_extensions: !body.extension_options.is_empty(),
            signer_infos,
            fee: amount,
            gas_limit: fee.gas_limit,
            payer: fee.payer,
            granter: fee.granter,
        })
    }

    /// The signatures, in the order of the signers.
    #[must_use]
    pub fn signatures(&self) -> &[Vec<u8>] {
        &self.raw.signatures
    }

    /// SHA-256 of the `SignDoc` that an account signs in SIGN_MODE_DIRECT.
    #[must_use]
    pub fn sign_digest(&self, chain_id: &str, account_number: u64) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut head = Vec::with_capacity(16);
        for (key, bytes) in [
            (0x0a_u8, self.raw.body_bytes.as_slice()),
            (0x12, self.raw.auth_info_bytes.as_slice()),
            (0x1a, chain_id.as_bytes()),
        ] {
            if !bytes.is_empty() {
                head.clear();
                head.push(key);
                encode_varint(u64::try_from(bytes.len()).unwrap_or(u64::MAX), &mut head);
                hash.update(&head);
                hash.update(bytes);
            }
        }
        if account_number != 0 {
            head.clear();
            head.push(0x20);
            encode_varint(account_number, &mut head);
            hash.update(&head);
        }
        hash.finalize().into()
    }
}

impl Tx {
    /// SHA-256 of what an account signs in SIGN_MODE_LEGACY_AMINO_JSON.
    ///
    /// # Errors
    /// [`AminoError`] where the transaction has no such form.
    pub fn amino_digest(
        &self,
        chain_id: &str,
        account_number: u64,
        sequence: u64,
    ) -> Result<[u8; 32], AminoError> {
        let (body, auth_info) = (&self.raw.body_bytes, &self.raw.auth_info_bytes);
        let text = amino::sign_bytes(body, auth_info, chain_id, account_number, sequence)?;
        Ok(Sha256::digest(text).into())
    }
}

impl Signer {
    fn read(info: ics_proto::cosmos::tx::v1beta1::SignerInfo) -> Result<Self, Error> {
        let key = info.public_key.map(|any| read_key(&any)).transpose()?;
        let mode = match info.mode_info.and_then(|mode| mode.sum) {
            Some(mode_info::Sum::Single(mode_info::Single { mode: 1 })) => SignMode::Direct,
            Some(mode_info::Sum::Single(mode_info::Single { mode: 127 })) => SignMode::AminoJson,
            Some(mode_info::Sum::Single(single)) => SignMode::Other(single.mode),
            Some(mode_info::Sum::Multi(_)) | None => SignMode::Multi,
        };
        Ok(Self { key, mode, sequence: info.sequence })
    }
}

fn read_key(any: &Any) -> Result<[u8; 33], Error> {
    if any.type_url != SECP256K1 {
        return Err(Error::tx_decode(format!("unable to resolve type URL {} as a public key", any.type_url)));
    }
    let key = PubKey::decode(any.value.as_slice()).map_err(Error::tx_decode)?.key;
    let len = key.len();
    key.try_into().map_err(|_| Error::tx_decode(format!("a public key of {len} bytes")))
}
