//! Which height a request means.
//!
//! Source: CometBFT 0.38 `rpc/core/env.go` (`getHeight`, `latestUncommittedHeight`).

use super::Refusal;
use crate::rpc::backend::History;
use ics_abci::Height;
use ics_engine::history;

/// Up to where heights may be asked for; it is also what is meant without one.
#[derive(Clone, Copy)]
pub(super) enum Upto {
    /// The last block.
    Tip,
    /// The block after it, whose set and parameters are decided.
    Next,
}

/// The height that is meant.
pub(super) fn wanted(rows: &History<'_>, asked: Option<i64>, upto: Upto) -> Result<Height, Refusal> {
    let positive = |height: i64| match u64::try_from(height) {
        Ok(positive) if positive > 0 => Ok(positive),
        _ => Err(Refusal::NotPositive(height)),
    };
    let asked = asked.map(positive).transpose()?;
    let tip = history::tip(rows)?.ok_or(Refusal::NoBlock)?;
    let last = match upto {
        Upto::Tip => tip.0,
        Upto::Next => tip.next().0,
    };
    let base = history::base(rows)?.map_or(1, |base| base.0);
    match asked {
        None => Ok(Height(last)),
        Some(height) if height > last => Err(Refusal::Future { height, tip: last }),
        Some(height) if height < base => Err(Refusal::Pruned { height, base }),
        Some(height) => Ok(Height(height)),
    }
}
