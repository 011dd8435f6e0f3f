//! A key as the SDK's keyring keeps it: `cosmos.crypto.keyring.v1.Record`.

use super::KeyFileError;
use crate::key::{Key, PublicKey};
use ics_abci::{AccAddr, ConsKey};
use ics_proto::cosmos::crypto::{ed25519, secp256k1};
use ics_proto::google::protobuf::Any;
use prost::{Message, Name};
use zeroize::{Zeroize, Zeroizing};

/// The URL of the secret half; the type itself is in no generated file.
const SECRET_URL: &str = "/cosmos.crypto.secp256k1.PrivKey";

/// A key under a name.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its name.
    pub name: String,
    /// The public half.
    pub public: ConsKey,
    /// What else is known of it.
    pub kind: Kind,
}

/// What is known of a key.
#[derive(Clone, Debug)]
pub enum Kind {
    /// The secret half.
    Local(Key),
    /// Where a device has the secret half: the path's message, as it was found.
    Ledger(Vec<u8>),
    /// Nothing.
    Offline,
}

impl Record {
    /// A key that signs.
    #[must_use]
    pub fn local(name: &str, key: Key) -> Self {
        let public = ConsKey::Secp256k1(key.public().to_bytes());
        Self { name: name.to_owned(), public, kind: Kind::Local(key) }
    }

    /// The account that the key owns.
    #[must_use]
    pub fn address(&self) -> AccAddr {
        AccAddr(self.public.address().0.to_vec())
    }

    /// The SDK's word for what is known of the key.
    #[must_use]
    pub const fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Local(_) => "local",
            Kind::Ledger(_) => "ledger",
            Kind::Offline => "offline",
        }
    }

    /// The key, where it can sign here.
    #[must_use]
    pub const fn key(&self) -> Option<&Key> {
        match &self.kind {
            Kind::Local(key) => Some(key),
            Kind::Ledger(_) | Kind::Offline => None,
        }
    }

    /// The record's bytes.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut record = proto::Record {
            name: self.name.clone(),
            pub_key: Some(crate::msgs::consensus_key(&self.public)),
            local: None,
            ledger: None,
            multi: None,
            offline: None,
        };
        match &self.kind {
            Kind::Local(key) => {
                let secret = proto::PrivKey { key: key.secret_bytes().to_vec() };
                let value = secret.encode_to_vec();
                record.local =
                    Some(proto::Local { priv_key: Some(Any { type_url: SECRET_URL.to_owned(), value }) });
            }
            Kind::Ledger(path) => record.ledger = Some(path.clone()),
            Kind::Offline => record.offline = Some(proto::Nothing {}),
        }
        Zeroizing::new(record.encode_to_vec())
    }

    /// Reads a record's bytes.
    ///
    /// # Errors
    /// [`KeyFileError::Malformed`]; [`KeyFileError::Unknown`] for a key of a kind that this program does not know.
    pub fn decode(bytes: &[u8]) -> Result<Self, KeyFileError> {
        let wrong = || KeyFileError::Malformed("the record of the key");
        let record = proto::Record::decode(bytes).map_err(|_| wrong())?;
        let public = public(record.pub_key.as_ref().ok_or_else(wrong)?)?;
        let kind = match (&record.local, &record.ledger, &record.offline) {
            (Some(local), None, None) => {
                let any = local.priv_key.as_ref().ok_or_else(wrong)?;
                if any.type_url != SECRET_URL {
                    return Err(unknown(&any.type_url));
                }
                let secret = proto::PrivKey::decode(any.value.as_slice()).map_err(|_| wrong())?;
                let key = Key::from_secret(secret.key.as_slice().try_into().map_err(|_| wrong())?)
                    .map_err(|_| wrong())?;
                // A record whose halves differ would send coins to nobody.
                if public != ConsKey::Secp256k1(key.public().to_bytes()) {
                    return Err(wrong());
                }
                Kind::Local(key)
            }
            (None, Some(path), None) => Kind::Ledger(path.clone()),
            (None, None, Some(_)) => Kind::Offline,
            _ => return Err(wrong()),
        };
        Ok(Self { name: record.name.clone(), public, kind })
    }
}

fn unknown(url: &str) -> KeyFileError {
    let known = "secp256k1, and public keys of ed25519";
    KeyFileError::Unknown { what: "the key's type", found: url.to_owned(), known }
}

fn public(any: &Any) -> Result<ConsKey, KeyFileError> {
    let wrong = || KeyFileError::Malformed("the public key");
    if any.type_url == secp256k1::PubKey::type_url() {
        let key = secp256k1::PubKey::decode(any.value.as_slice()).map_err(|_| wrong())?;
        return PublicKey::from_bytes(&key.key)
            .map(|key| ConsKey::Secp256k1(key.to_bytes()))
            .map_err(|_| wrong());
    }
    if any.type_url == ed25519::PubKey::type_url() {
        let key = ed25519::PubKey::decode(any.value.as_slice()).map_err(|_| wrong())?;
        return ConsKey::ed25519(&key.key).ok_or_else(wrong);
    }
    Err(unknown(&any.type_url))
}

/// The messages of `cosmos/crypto/keyring/v1/record.proto` and the secret key's, which are generated nowhere.
mod proto {
    use super::{Any, Zeroize};

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Record {
        #[prost(string, tag = "1")]
        pub(super) name: String,
        #[prost(message, optional, tag = "2")]
        pub(super) pub_key: Option<Any>,
        #[prost(message, optional, tag = "3")]
        pub(super) local: Option<Local>,
        #[prost(bytes = "vec", optional, tag = "4")]
        pub(super) ledger: Option<Vec<u8>>,
        #[prost(message, optional, tag = "5")]
        pub(super) multi: Option<Nothing>,
        #[prost(message, optional, tag = "6")]
        pub(super) offline: Option<Nothing>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Local {
        #[prost(message, optional, tag = "1")]
        pub(super) priv_key: Option<Any>,
    }

    #[derive(Clone, Copy, PartialEq, prost::Message)]
    pub(super) struct Nothing {}

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct PrivKey {
        #[prost(bytes = "vec", tag = "1")]
        pub(super) key: Vec<u8>,
    }

    impl Drop for Local {
        fn drop(&mut self) {
            if let Some(key) = &mut self.priv_key {
                key.value.zeroize();
            }
        }
    }

    impl Drop for PrivKey {
        fn drop(&mut self) {
            self.key.zeroize();
        }
    }
}
