//! Kernels over validator sets.

pub mod diff;
