//! Blocks, headers, commits and results.
//!
//! Source: CometBFT 0.38 `rpc/core/blocks.go`.

use super::super::args::Args;
use super::super::form::Int;
use super::super::form::block::{BlockForm, HeaderForm, MetaForm, NoBlockForm, SignedHeaderForm};
use super::super::form::result::BlockResultForm;
use super::height::{Upto, wanted};
use super::{Answered, Refusal, page, print, tx};
use crate::rpc::backend::History;
use crate::rpc::{Backend, Deadline};
use ics_abci::Height;
use ics_engine::history::{self, HistoryError, StoredBlock};
use ics_engine::search::{self, Limits, Order};
use ics_proto::tendermint::v0_38::types as raw;
use serde::Serialize;

/// Most headers of a `blockchain` answer.
const METAS_MAX: u64 = 20;

#[derive(Serialize)]
struct HeaderAnswer {
    header: Option<HeaderForm>,
}

#[derive(Serialize)]
struct CommitAnswer {
    signed_header: SignedHeaderForm,
    canonical: bool,
}

#[derive(Serialize)]
struct SearchAnswer {
    blocks: Vec<BlockForm>,
    total_count: Int<usize>,
}

#[derive(Serialize)]
struct ChainAnswer {
    last_height: Int<u64>,
    block_metas: Vec<MetaForm>,
}

/// What a kept height must have.
fn kept<T>(found: Option<T>, height: Height) -> Result<T, Refusal> {
    let missing =
        || HistoryError::Corrupt { table: "engine_blocks", why: format!("nothing of height {height}") };
    found.ok_or_else(|| missing().into())
}

pub(super) fn block(backend: &dyn Backend, args: &Args) -> Answered {
    let rows = &History::of(backend);
    let height = wanted(rows, args.int("height"), Upto::Tip)?;
    print(&BlockForm::from(kept(history::block(rows, height)?, height)?))
}

pub(super) fn header(backend: &dyn Backend, args: &Args) -> Answered {
    let rows = &History::of(backend);
    let height = wanted(rows, args.int("height"), Upto::Tip)?;
    let header = kept(history::header(rows, height)?, height)?;
    print(&HeaderAnswer { header: Some(raw::Header::from(header).into()) })
}

/// The block of a hash, if there is one.
fn by_hash(rows: &History<'_>, args: &Args) -> Result<Option<StoredBlock>, Refusal> {
    let Ok(hash) = <[u8; 32]>::try_from(args.bytes("hash")) else { return Ok(None) };
    let Some(height) = history::height_of(rows, &hash)? else { return Ok(None) };
    Ok(Some(kept(history::block(rows, height)?, height)?))
}

pub(super) fn block_by_hash(backend: &dyn Backend, args: &Args) -> Answered {
    match by_hash(&History::of(backend), args)? {
        Some(stored) => print(&BlockForm::from(stored)),
        None => print(&NoBlockForm::default()),
    }
}

pub(super) fn header_by_hash(backend: &dyn Backend, args: &Args) -> Answered {
    let stored = by_hash(&History::of(backend), args)?;
    print(&HeaderAnswer { header: stored.map(|stored| raw::Header::from(stored.block.header).into()) })
}

pub(super) fn commit(backend: &dyn Backend, args: &Args) -> Answered {
    let rows = &History::of(backend);
    let height = wanted(rows, args.int("height"), Upto::Tip)?;
    let stored = kept(history::commit(rows, height)?, height)?;
    let signed_header = SignedHeaderForm {
        header: raw::Header::from(stored.header).into(),
        commit: raw::Commit::from(stored.commit).into(),
    };
    print(&CommitAnswer { signed_header, canonical: stored.canonical })
}

pub(super) fn block_results(backend: &dyn Backend, args: &Args) -> Answered {
    let rows = &History::of(backend);
    let height = wanted(rows, args.int("height"), Upto::Tip)?;
    let result = kept(history::results(rows, height)?, height)?;
    let params = history::params(rows, height.next())?;
    print(&BlockResultForm::new(height, result, params))
}

pub(super) fn block_search(backend: &dyn Backend, args: &Args, until: Deadline) -> Answered {
    let rows = &History::of(backend);
    let query = tx::query(args)?;
    let order = tx::order(args, Order::Descending)?;
    let goes_on = || !until.has_passed();
    let limits = Limits { found: tx::FOUND_MAX, goes_on: &goes_on };
    let found = tx::searched(search::blocks(rows, &query, order, limits), until)?;
    let blocks = page::page(&found, args)?.iter().map(|height| {
        until.check()?;
        let block = kept(history::block(rows, *height)?, *height)?;
        Ok(BlockForm::from(block))
    });
    let blocks = blocks.collect::<Result<_, Refusal>>()?;
    print(&SearchAnswer { blocks, total_count: Int(found.len()) })
}

pub(super) fn blockchain(backend: &dyn Backend, args: &Args) -> Answered {
    let rows = &History::of(backend);
    let bound = |name| u64::try_from(args.int(name).unwrap_or(0)).map_err(|_| Refusal::Negative);
    let (min, max) = (bound("minHeight")?, bound("maxHeight")?);
    let tip = history::tip(rows)?.ok_or(Refusal::NoBlock)?.0;
    let base = history::base(rows)?.map_or(1, |base| base.0);
    let max = if max == 0 { tip } else { max.min(tip) };
    let min = min.max(base).max(max.saturating_add(1).saturating_sub(METAS_MAX));
    if min > max {
        return Err(Refusal::Order { min, max });
    }
    let metas = (min..=max).rev().map(|height| {
        let height = Height(height);
        Ok(MetaForm::from(kept(history::block(rows, height)?, height)?))
    });
    print(&ChainAnswer { last_height: Int(tip), block_metas: metas.collect::<Result<_, Refusal>>()? })
}
