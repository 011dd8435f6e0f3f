//! What a wallet does: keys from words, messages, fees, sequences, signatures.
//!
//! Journey of a transaction: [`keyfile`] or [`Key::from_mnemonic`] → [`msgs`] → [`GasPrice::fee`] → [`sign`] with the
//! signer's [`Account`] → whoever has a socket broadcasts [`Signed::bytes`] and looks for [`Signed::hash`]; a refusal
//! goes through [`Account::correct`].
//!
//! Absent here: sockets, files, clocks, randomness and protocol decisions.

mod coins;
pub mod consensus;
mod fee;
mod key;
pub mod keyfile;
mod keyring;
mod mnemonic;
pub mod msgs;
mod sequence;
mod sign;
mod single;

pub use coins::{Coin, CoinError, check_denom, parse_coins, print_coins};
pub use consensus::ConsensusKey;
pub use fee::{FeeError, GasPrice, adjust, usual_adjustment};
pub use key::{Key, KeyError, PublicKey};
pub use keyring::{Keyring, KeyringError, check_name, decode, encode};
pub use mnemonic::{DEVELOPMENT_MNEMONIC, HdPath, phrase_from_entropy};
pub use sequence::{Account, AccountError, Mismatch};
pub use sign::{Body, Fee, SignError, Signed, public_key, sign, sign_bytes, tx_hash, verify};
pub use single::{Mode, sign_genesis, sign_one, to_send, unsigned};
