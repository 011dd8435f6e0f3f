//! Kernels over validator sets.

pub mod accumulate;
pub mod diff;
pub mod epoch;
pub mod hash;

pub use accumulate::accumulate;
pub use diff::diff;
pub use epoch::{blocks_until_next_epoch, is_epoch_block};
pub use hash::hash;
