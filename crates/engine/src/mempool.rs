//! Transactions that wait for a block, first come first served.
//!
//! Journey: [`crate::Engine::check_tx`] → [`Mempool::add`]; `produce` → [`Mempool::reap`], then [`Mempool::settle`].
//! Source: CometBFT 0.38 `mempool/{clist_mempool,cache,errors}.go`.

use crate::header::tx_hash;
use crate::params::tx_bytes;
use ics_abci::TxResult;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How much waits at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most transactions.
    pub txs: usize,
    /// Most bytes together.
    pub bytes: u64,
    /// Most bytes of one.
    pub tx_bytes: u64,
    /// How many transactions are remembered, so that none is checked twice.
    pub cache: usize,
}

impl Default for Limits {
    /// CometBFT's: 5,000 transactions, 1 MiB each, 1 GiB together, 10,000 remembered; but 64 MiB together.
    fn default() -> Self {
        Self { txs: 5_000, bytes: 67_108_864, tx_bytes: 1_048_576, cache: 10_000 }
    }
}

/// Why a transaction is refused before the application sees it, or after it found no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TxRefused {
    /// It waits already, or a block has it already.
    #[error("tx already exists in cache")]
    Known,
    /// Larger than any transaction may be.
    #[error("Tx too large. Max size is {max}, but got {bytes}")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        max: u64,
    },
    /// Larger than a block's transactions may be together.
    #[error("tx size is too big: {bytes}, max: {max}")]
    NeverFits {
        /// Its size within a block.
        bytes: u64,
        /// What fits in a block.
        max: u64,
    },
    /// It wants more gas than a block has.
    #[error("gas wanted {wanted} is greater than max gas {max}")]
    Gas {
        /// What it wants.
        wanted: i64,
        /// What a block has.
        max: i64,
    },
    /// Nothing more fits.
    #[error(
        "mempool is full: number of txs {txs} (max: {txs_max}), total txs bytes {bytes} (max: {bytes_max})"
    )]
    Full {
        /// How many wait.
        txs: usize,
        /// How many may wait.
        txs_max: usize,
        /// Their bytes.
        bytes: u64,
        /// The bytes that may wait.
        bytes_max: u64,
    },
}

type Hash = [u8; 32];

#[derive(Clone, Debug)]
struct Waiting {
    hash: Hash,
    tx: Vec<u8>,
    gas_wanted: i64,
}

/// Transactions that wait.
#[derive(Clone, Debug, Default)]
pub struct Mempool {
    limits: Limits,
    waiting: Vec<Waiting>,
    bytes: u64,
    cache: Cache,
}

impl Mempool {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether a transaction of this hash waits.
    #[must_use]
    pub fn holds(&self, hash: &[u8; 32]) -> bool {
        self.waiting.iter().any(|waiting| waiting.hash == *hash)
    }

    /// Bytes of all that wait.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Those that wait, first come first.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.waiting.iter().map(|waiting| waiting.tx.as_slice())
    }

    /// Whether the application should be asked about a transaction.
    ///
    /// # Errors
    /// [`TxRefused`]; a transaction that is known stays known.
    pub(crate) fn admit(&mut self, tx: &[u8], block_bytes: u64) -> Result<Hash, TxRefused> {
        let bytes = length(tx);
        self.room(bytes)?;
        if bytes > self.limits.tx_bytes {
            return Err(TxRefused::TooLarge { bytes, max: self.limits.tx_bytes });
        }
        if tx_bytes(tx) > block_bytes {
            return Err(TxRefused::NeverFits { bytes: tx_bytes(tx), max: block_bytes });
        }
        let hash = tx_hash(tx);
        if !self.cache.push(hash, self.limits.cache) {
            return Err(TxRefused::Known);
        }
        Ok(hash)
    }

    /// Takes a transaction that the application answered for.
    ///
    /// # Errors
    /// [`TxRefused::Gas`] for one that no block has the gas for.
    pub(crate) fn add(
        &mut self,
        hash: Hash,
        tx: &[u8],
        answer: &TxResult,
        gas_max: i64,
    ) -> Result<(), TxRefused> {
        if answer.code != 0 {
            self.cache.remove(&hash);
            return Ok(());
        }
        if gas_max >= 0 && answer.gas_wanted > gas_max {
            self.cache.remove(&hash);
            return Err(TxRefused::Gas { wanted: answer.gas_wanted, max: gas_max });
        }
        self.bytes = self.bytes.saturating_add(length(tx));
        self.waiting.push(Waiting { hash, tx: tx.to_vec(), gas_wanted: answer.gas_wanted });
        Ok(())
    }

    /// The first transactions that fit in so many bytes and so much gas (below 0: any).
    pub(crate) fn reap(&self, bytes_max: u64, gas_max: i64) -> Vec<Vec<u8>> {
        let (mut bytes, mut gas) = (0_u64, 0_i64);
        let mut reaped = Vec::new();
        for waiting in &self.waiting {
            bytes = bytes.saturating_add(tx_bytes(&waiting.tx));
            gas = gas.saturating_add(waiting.gas_wanted);
            if bytes > bytes_max || (gas_max >= 0 && gas > gas_max) {
                break;
            }
            reaped.push(waiting.tx.clone());
        }
        reaped
    }

    /// After a block: what it holds waits no longer, and what the application no longer wants neither.
    pub(crate) fn settle(
        &mut self,
        txs: &[Vec<u8>],
        results: &[TxResult],
        mut recheck: impl FnMut(&[u8]) -> TxResult,
    ) {
        let mut included = BTreeSet::new();
        for (tx, result) in txs.iter().zip(results) {
            let hash = tx_hash(tx);
            if result.code == 0 {
                self.cache.push(hash, self.limits.cache);
            } else {
                self.cache.remove(&hash);
            }
            included.insert(hash);
        }
        let cache = &mut self.cache;
        self.waiting.retain(|waiting| {
            if included.contains(&waiting.hash) {
                return false;
            }
            let good = recheck(&waiting.tx).code == 0;
            if !good {
                cache.remove(&waiting.hash);
            }
            good
        });
        self.bytes = self.waiting.iter().fold(0, |sum: u64, waiting| sum.saturating_add(length(&waiting.tx)));
    }

    fn room(&self, bytes: u64) -> Result<(), TxRefused> {
        let Limits { txs, bytes: bytes_max, .. } = self.limits;
        if self.waiting.len() >= txs || self.bytes.saturating_add(bytes) > bytes_max {
            let (txs_max, txs) = (txs, self.waiting.len());
            return Err(TxRefused::Full { txs, txs_max, bytes: self.bytes, bytes_max });
        }
        Ok(())
    }
}

fn length(tx: &[u8]) -> u64 {
    u64::try_from(tx.len()).unwrap_or(u64::MAX)
}

/// The hashes of recent transactions; the least recently seen go first.
#[derive(Clone, Debug, Default)]
struct Cache {
    seen: BTreeMap<Hash, u64>,
    order: VecDeque<(Hash, u64)>,
    clock: u64,
}

impl Cache {
    /// Remembers a hash; says whether it is new.
    fn push(&mut self, hash: Hash, max: usize) -> bool {
        self.clock = self.clock.saturating_add(1);
        let new = self.seen.insert(hash, self.clock).is_none();
        self.order.push_back((hash, self.clock));
        // Entries whose hash was seen again or removed since are stale.
        if self.order.len() > max.saturating_mul(2) {
            self.order.retain(|(hash, at)| self.seen.get(hash) == Some(at));
        }
        while self.seen.len() > max {
            let Some((oldest, at)) = self.order.pop_front() else { break };
            if self.seen.get(&oldest) == Some(&at) {
                self.seen.remove(&oldest);
            }
        }
        new
    }

    fn remove(&mut self, hash: &Hash) {
        self.seen.remove(hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_forgets_the_least_recently_seen_first() {
        let mut cache = Cache::default();
        for n in 0..3 {
            assert!(cache.push([n; 32], 3));
        }
        assert!(!cache.push([0; 32], 3), "seen again");
        assert!(cache.push([9; 32], 3));
        assert!(!cache.push([0; 32], 3), "still known");
        assert!(cache.push([1; 32], 3), "forgotten");
        for _ in 0..100 {
            cache.push([0; 32], 3);
        }
        assert!(cache.order.len() <= 6, "stale entries leave");
        assert!(cache.seen.contains_key(&[0; 32]));
    }
}
