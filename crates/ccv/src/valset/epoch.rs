//! When an epoch ends: changes of the validator set go to the consumers once an epoch. Source: provider spec §3.1.

use ics_abci::Height;

/// Whether the block at `height` ends an epoch of `blocks_per_epoch` blocks (of none: never).
#[must_use]
pub const fn is_epoch_block(height: Height, blocks_per_epoch: u64) -> bool {
    matches!(height.0.checked_rem(blocks_per_epoch), Some(0))
}

/// Blocks from `height` to the next block that ends an epoch; 0 on such a block.
#[must_use]
pub const fn blocks_until_next_epoch(height: Height, blocks_per_epoch: u64) -> u64 {
    match height.0.checked_rem(blocks_per_epoch) {
        None | Some(0) => 0,
        Some(passed) => blocks_per_epoch.saturating_sub(passed),
    }
}
