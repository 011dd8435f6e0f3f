//! The committed state of a chain: byte-compatible app hashes and proofs, history, and what a commit writes.
//!
//! Journey: a block's changes → [`Multistore::working`] (new roots, pure) → [`Multistore::commit`] (rows to write, as a
//! value) → the driver writes them, then announces the block. Queries hold a [`Snapshot`] and run beside the next
//! block. Every so many blocks the driver writes the batches of a [`Checkpoint`]. After a crash,
//! [`Multistore::recover`] rebuilds exactly the last block that was written. From a disk that forgets nothing
//! ([`Checkpoint::begin_archive`]) [`rebuild`] gives the state of any height.
//!
//! Source: Go iavl v1.2.2 (tree), SDK store v1 (multistore), ICS-23 (proofs).
//!
//! Absent here: the protocol, databases, threads, clocks, printing.

mod checkpoint;
mod codec;
mod forget;
pub mod iavl;
mod multistore;
mod past;
mod recover;
mod rollback;
pub mod rows;
mod simple_merkle;
mod snapshot;

pub use checkpoint::{CHECKPOINT_EVERY, Checkpoint, checkpoint_due};
pub use forget::{forget, forget_below};
pub use multistore::{Dropped, KEEP, Multistore, StoreError, Working};
pub use past::{Rebuilt, oldest, rebuild};
pub use recover::{Begun, RecoverError};
pub use rollback::rollback;
pub use snapshot::{Proof, ProofError, Snapshot};

/// A SHA-256 hash.
pub type Hash = [u8; 32];
