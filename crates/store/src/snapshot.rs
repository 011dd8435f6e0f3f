//! The state after one block: immutable, cheap to clone, read by any number of threads.

use crate::iavl::{EMPTY_ROOT, Range, Tree};
use crate::{Hash, simple_merkle};
use bytes::Bytes;
use ics_kv::{KeyRange, Read, Scan};
use ics23::CommitmentProof;
use ics23::commitment_proof;
use prost::Message;
use std::sync::Arc;

/// The state as some block left it.
///
/// Full keys are the name of a store, a slash, and the key inside the store.
#[derive(Clone)]
pub struct Snapshot(Arc<State>);

struct State {
    height: u64,
    app_hash: Hash,
    stores: Stores,
}

/// The stores of a chain, sorted by name.
pub(crate) type Stores = Vec<(&'static str, Tree)>;

/// What stands at a key, and how a stranger who trusts only the app hash convinces himself of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The value, or `None` where the proof is one of absence.
    pub value: Option<Bytes>,
    /// From the key to the root of its store (IAVL), then from there to the app hash (simple Merkle).
    pub ops: [CommitmentProof; 2],
}

impl Proof {
    /// The protobuf bytes of the two proofs, as queries and IBC messages carry them.
    #[must_use]
    pub fn encoded(&self) -> [Vec<u8>; 2] {
        self.ops.each_ref().map(Message::encode_to_vec)
    }
}

/// Why there is no proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The chain has no store of this name.
    #[error("there is no store {0:?}")]
    UnknownStore(String),
    /// Nothing can be proved about a store without entries, not even absence.
    #[error("store {0:?} is empty: it can prove nothing, not even that a key is absent")]
    EmptyStore(&'static str),
    /// No entry has an empty key, and its absence cannot be proved.
    #[error("an empty key can be neither stored nor proved")]
    EmptyKey,
}

impl Snapshot {
    /// The state before the first commit: no entries, height 0.
    pub(crate) fn before_first(names: &[&'static str]) -> Self {
        let stores = names.iter().map(|name| (*name, Tree::new())).collect();
        Self(Arc::new(State { height: 0, app_hash: EMPTY_ROOT, stores }))
    }

    /// The state of `stores` (sorted by name) after the block at `height`; computes what hashes are missing.
    pub(crate) fn of(height: u64, stores: Stores) -> Self {
        let app_hash = simple_merkle::app_hash(&roots(&stores));
        Self(Arc::new(State { height, app_hash, stores }))
    }

    /// The block that left this state; 0 before the first commit.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.0.height
    }

    /// Commits to every entry of every store; SHA-256 of nothing before the first commit.
    #[must_use]
    pub fn app_hash(&self) -> Hash {
        self.0.app_hash
    }

    /// The root of a store; `None` where there is no such store.
    #[must_use]
    pub fn root(&self, store: &str) -> Option<Hash> {
        self.store(store).map(|(_, tree)| tree.root_hash())
    }

    /// The names and roots of all stores, sorted by name.
    #[must_use]
    pub fn roots(&self) -> Vec<(&'static str, Hash)> {
        roots(&self.0.stores)
    }

    /// Number of entries in all stores.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.0.stores.iter().fold(0, |sum, (_, tree)| tree.size().saturating_add(sum))
    }

    /// Proves what stands, or that nothing stands, at a key of a store.
    ///
    /// The proof verifies against [`Self::app_hash`], which the header of the *next* height carries.
    ///
    /// # Errors
    /// [`ProofError`] where there is no such store, where it is empty, and for the empty key.
    pub fn prove(&self, store: &str, key: &[u8]) -> Result<Proof, ProofError> {
        if key.is_empty() {
            return Err(ProofError::EmptyKey);
        }
        let unknown = || ProofError::UnknownStore(store.to_owned());
        let (name, tree) = self.store(store).ok_or_else(unknown)?;
        let inner = tree.prove(key).ok_or(ProofError::EmptyStore(name))?;
        let index = self.position(store).ok_or_else(unknown)?;
        let outer = simple_merkle::prove(&self.roots(), index).ok_or_else(unknown)?;
        let outer = CommitmentProof { proof: Some(commitment_proof::Proof::Exist(outer)) };
        Ok(Proof { value: tree.get(key).cloned(), ops: [inner, outer] })
    }

    pub(crate) fn stores(&self) -> &Stores {
        &self.0.stores
    }

    fn position(&self, store: &str) -> Option<usize> {
        self.0.stores.binary_search_by(|(name, _)| (*name).cmp(store)).ok()
    }

    fn store(&self, store: &str) -> Option<&(&'static str, Tree)> {
        self.0.stores.get(self.position(store)?)
    }

    /// The tree that a full key lies in, and the key inside it.
    fn locate<'k>(&self, full: &'k [u8]) -> Option<(&'static str, &Tree, &'k [u8])> {
        let (store, key) = split(full)?;
        let (name, tree) = self.store(store)?;
        Some((name, tree, key))
    }
}

/// The store's name and the key inside the store. `None` for keys that name no store.
pub(crate) fn split(full: &[u8]) -> Option<(&str, &[u8])> {
    let slash = full.iter().position(|byte| *byte == b'/')?;
    let (store, rest) = full.split_at_checked(slash)?;
    Some((std::str::from_utf8(store).ok()?, rest.get(1..)?))
}

fn roots(stores: &Stores) -> Vec<(&'static str, Hash)> {
    stores.iter().map(|(name, tree)| (*name, tree.root_hash())).collect()
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("height", &self.height()).finish_non_exhaustive()
    }
}

impl Read for Snapshot {
    fn get(&self, key: &[u8]) -> Option<Bytes> {
        let (_, tree, key) = self.locate(key)?;
        tree.get(key).cloned()
    }

    /// The entries of a range whose start lies in some store, up to the end of that store at most.
    fn scan(&self, range: KeyRange) -> Scan<'_> {
        let Some((name, tree, start)) = self.locate(&range.start) else {
            return Box::new(std::iter::empty());
        };
        if range.end.as_ref().is_some_and(|end| *end <= range.start) {
            return Box::new(std::iter::empty());
        }
        // An end behind the start but in no key of this store lies behind all of them.
        let end = range.end.as_deref().and_then(split).filter(|(store, _)| *store == name);
        let entries = tree.range(start, end.map(|(_, key)| key));
        let entries = if range.descending { entries.descending() } else { entries };
        Box::new(FullKeys { name, entries })
    }
}

struct FullKeys<'a> {
    name: &'static str,
    entries: Range<'a>,
}

impl Iterator for FullKeys<'_> {
    type Item = (Bytes, Bytes);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = self.entries.next()?;
        Some((Bytes::from([self.name.as_bytes(), b"/", key].concat()), value.clone()))
    }
}
