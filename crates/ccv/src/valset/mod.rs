//! Kernels over validator sets.

pub mod accumulate;
pub mod diff;
pub mod epoch;
pub mod hash;
pub mod power_cap;
pub mod shape;
pub mod top_n;

pub use accumulate::accumulate;
pub use diff::diff;
pub use epoch::{blocks_until_next_epoch, is_epoch_block};
pub use hash::hash;
pub use power_cap::power_cap;
pub use shape::{Candidate, Shape, shape};
pub use top_n::min_power;
