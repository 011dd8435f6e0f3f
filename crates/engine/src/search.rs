//! Finding transactions and blocks by what happened in them.
//!
//! Of a [query](crate::query) `tx.hash`, `tx.height` and `block.height` are the index's own; all other conditions must hold
//! of one and the same event. Conditions `type.key = 'text'` are looked up; others read every block that the rest leaves,
//! up to a bound.
//! Source: CometBFT 0.38 `state/txindex/kv`, `state/indexer/block/kv`.

use crate::history::{self, HistoryError};
use crate::index;
pub use crate::query::QueryError;
use crate::query::{self, Comparison, Condition, Operand, Test, is_height};
use crate::tables::{self, height_key};
use ics_abci::{BlockResult, Event, Height};
use ics_kv::rows::{Rows, Table};
use ics_kv::{Bytes, KeyRange};
use std::collections::BTreeSet;
use std::str::FromStr;

/// What must hold of a transaction or a block, all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    hash: Option<[u8; 32]>,
    /// First and last height that can match.
    heights: (u64, u64),
    conditions: Vec<Condition>,
}

/// Why a search has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// History cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The query names no text that the index could look up, and too many blocks would have to be read.
    #[error(
        "the query reads more than {BLOCKS_MAX} blocks: narrow it by height, or by an attribute = 'text'"
    )]
    TooWide,
    /// More matches than so many ([`Limits::found`]): a part is not told as the whole.
    #[error("the query matches more than {0} times: narrow it by height")]
    TooMany(usize),
    /// Whoever asked does not wait any longer ([`Limits::goes_on`]).
    #[error("the search was stopped before it came to its end")]
    Stopped,
}

/// How far a search goes.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// Most matches: where there are more, it ends with [`SearchError::TooMany`].
    pub found: usize,
    /// Whether to go on, asked before each block that is looked at.
    pub goes_on: &'a dyn Fn() -> bool,
}

impl Limits<'static> {
    /// So many matches, however long it takes.
    #[must_use]
    pub const fn found(found: usize) -> Self {
        Self { found, goes_on: &|| true }
    }
}

impl Limits<'_> {
    /// What was found, where it is no more than there may be.
    fn kept<T>(self, found: Vec<T>) -> Result<Vec<T>, SearchError> {
        if found.len() > self.found { Err(SearchError::TooMany(self.found)) } else { Ok(found) }
    }
}

/// In which order results come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Oldest first.
    Ascending,
    /// Newest first.
    Descending,
}

/// Rows that are read from the disk at once.
const PAGE: usize = 256;
/// Most blocks whose results one search reads.
const BLOCKS_MAX: u32 = 50_000;

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        let mut query = Self { hash: None, heights: (0, u64::MAX), conditions: Vec::new() };
        for condition in text.parse::<query::Query>()?.into_conditions() {
            query.add(condition)?;
        }
        Ok(query)
    }
}

impl Query {
    fn add(&mut self, condition: Condition) -> Result<(), QueryError> {
        if is_height(&condition.name) {
            let (first, last) = span(&condition)?;
            self.heights = (self.heights.0.max(first), self.heights.1.min(last));
        } else if condition.name == "tx.hash" {
            let Test::Compare(Comparison::Equal, Operand::Text(text)) = &condition.test else {
                return Err(unsupported(&condition));
            };
            let hash = unhex(text).ok_or_else(|| QueryError::Hash(text.clone()))?;
            if self.hash.is_some_and(|other| other != hash) {
                self.heights = (1, 0);
            }
            self.hash = Some(hash);
        } else {
            self.conditions.push(condition);
        }
        Ok(())
    }

    fn has_height(&self, height: Height) -> bool {
        (self.heights.0..=self.heights.1).contains(&height.0)
    }

    fn matches(&self, events: &[Event]) -> bool {
        let holds = |event: &Event, condition: &Condition| {
            let Some(rest) = condition.name.strip_prefix(event.kind.as_str()) else { return false };
            match rest.strip_prefix('.') {
                None => rest.is_empty() && condition.accepts(""),
                Some(key) => event.attributes.iter().any(|a| a.key == key && condition.accepts(&a.value)),
            }
        };
        self.conditions.is_empty()
            || events.iter().any(|event| self.conditions.iter().all(|condition| holds(event, condition)))
    }

    /// Names and texts that the index can look up; a type alone, whose text is empty, has no entry there.
    fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.conditions.iter().filter_map(|condition| match &condition.test {
            Test::Compare(Comparison::Equal, Operand::Text(text)) if !text.is_empty() => {
                Some((condition.name.as_str(), text.as_str()))
            }
            _ => None,
        })
    }

    /// Where to look: the index of events where conditions are on events, else all blocks.
    const fn table(&self) -> Table {
        if self.conditions.is_empty() { tables::RESULTS } else { tables::EVENTS }
    }

    /// Who in a block's index row may match; `None` where the index cannot say.
    fn candidates(&self, row: &[u8]) -> Option<BTreeSet<u32>> {
        let sets = self.texts().map(|(name, text)| index::emitters(row, index::hash(name, text)));
        sets.reduce(|both, more| both.intersection(&more).copied().collect())
    }
}

/// First and last height that a condition on heights leaves.
fn span(condition: &Condition) -> Result<(u64, u64), QueryError> {
    let (how, operand) = match &condition.test {
        Test::Exists => return Ok((0, u64::MAX)),
        Test::Contains(_) => return Err(unsupported(condition)),
        Test::Compare(how, operand) => (how, operand),
    };
    let height = match operand {
        Operand::Text(text) => text.parse().map_err(|_| QueryError::Height(text.clone()))?,
        Operand::Number(number) => {
            number.to_u64().ok_or_else(|| QueryError::Height("not a number of 64 bits".to_owned()))?
        }
        Operand::Time(_) | Operand::Date(_) => return Err(unsupported(condition)),
    };
    Ok(match how {
        Comparison::Equal => (height, height),
        Comparison::Less => height.checked_sub(1).map_or((1, 0), |last| (0, last)),
        Comparison::AtMost => (0, height),
        Comparison::Greater => (height.saturating_add(1), u64::MAX),
        Comparison::AtLeast => (height, u64::MAX),
    })
}

fn unsupported(condition: &Condition) -> QueryError {
    QueryError::Operator { name: condition.name.clone(), operator: condition.operator().to_owned() }
}

/// Reads results of blocks, so many and no more.
struct Reads<'a, R>(&'a R, u32);

impl<R: Rows> Reads<'_, R> {
    fn results(&mut self, height: Height) -> Result<Option<BlockResult>, SearchError> {
        self.1 = self.1.checked_sub(1).ok_or(SearchError::TooWide)?;
        Ok(history::results(self.0, height)?)
    }
}

/// Height and place of the transactions that match, within the limits.
///
/// # Errors
/// [`SearchError`].
pub fn txs(
    rows: &impl Rows,
    query: &Query,
    order: Order,
    limits: Limits<'_>,
) -> Result<Vec<(Height, u32)>, SearchError> {
    let mut found = Vec::new();
    if let Some(hash) = &query.hash {
        let tx = history::tx(rows, hash)?;
        let tx = tx.filter(|tx| query.has_height(tx.height) && query.matches(&tx.result.events));
        found.extend(tx.map(|tx| (tx.height, tx.index)));
        return limits.kept(found);
    }
    let mut reads = Reads(rows, BLOCKS_MAX);
    scan(rows, (query, order), limits.goes_on, |height, row| {
        let candidates = if query.conditions.is_empty() { None } else { query.candidates(row) };
        if candidates.as_ref().is_some_and(|set| set.iter().all(|emitter| *emitter == 0)) {
            return Ok(true);
        }
        let Some(results) = reads.results(height)? else { return Ok(true) };
        let numbered = (0_u32..).zip(&results.txs).filter(|(index, tx)| {
            let possible = candidates.as_ref().is_none_or(|set| set.contains(&index.saturating_add(1)));
            possible && query.matches(&tx.events)
        });
        let mut places: Vec<_> = numbered.map(|(index, _)| (height, index)).collect();
        if order == Order::Descending {
            places.reverse();
        }
        found.extend(places);
        Ok(found.len() <= limits.found)
    })?;
    limits.kept(found)
}

/// Heights of the blocks whose own events (not those of transactions) match, within the limits.
///
/// # Errors
/// [`SearchError`].
pub fn blocks(
    rows: &impl Rows,
    query: &Query,
    order: Order,
    limits: Limits<'_>,
) -> Result<Vec<Height>, SearchError> {
    if query.hash.is_some() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let mut reads = Reads(rows, BLOCKS_MAX);
    scan(rows, (query, order), limits.goes_on, |height, row| {
        let matches = query.conditions.is_empty()
            || (query.candidates(row).is_none_or(|set| set.contains(&0))
                && reads.results(height)?.is_some_and(|it| query.matches(&it.events)));
        if matches {
            found.push(height);
        }
        Ok(found.len() <= limits.found)
    })?;
    limits.kept(found)
}

/// Calls `each` with the rows of a table by height until it answers false, or [`SearchError::Stopped`].
fn scan(
    rows: &impl Rows,
    (query, order): (&Query, Order),
    goes_on: &dyn Fn() -> bool,
    mut each: impl FnMut(Height, &[u8]) -> Result<bool, SearchError>,
) -> Result<(), SearchError> {
    let table = query.table();
    let (first, last) = query.heights;
    // No block has the greatest height, so nothing is lost by excluding it.
    let (mut start, mut end) = (height_key(Height(first)), height_key(Height(last.saturating_add(1))));
    loop {
        let range = KeyRange::between(start.clone(), end.clone());
        let range = if order == Order::Descending { range.rev() } else { range };
        let page: Vec<(Bytes, Bytes)> = rows.rows(table, range, PAGE).map_err(HistoryError::from)?;
        for (key, row) in &page {
            if !goes_on() {
                return Err(SearchError::Stopped);
            }
            let height = tables::read_height(key).ok_or_else(|| HistoryError::corrupt(table, "key"))?;
            if !each(height, row)? {
                return Ok(());
            }
        }
        let Some((key, _)) = page.last().filter(|_| page.len() == PAGE) else { return Ok(()) };
        match order {
            Order::Ascending => start = [key, [0].as_slice()].concat(),
            Order::Descending => end = key.to_vec(),
        }
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|[high, low]| Some((digit(*high)? << 4_u32) | digit(*low)?)).collect();
    bytes?.try_into().ok().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> QueryError {
        text.parse::<Query>().unwrap_err()
    }

    #[test]
    fn heights_and_hashes_are_told_from_events() {
        let parsed: Query =
            "a.b='c d' AND tx.height>=3 AND tx.height < 9 AND block.height EXISTS".parse().unwrap();
        assert_eq!(parsed.heights, (3, 8));
        assert_eq!(parsed.texts().collect::<Vec<_>>(), [("a.b", "c d")]);
        assert_eq!("tx.height < 0".parse::<Query>().unwrap().heights, (1, 0));
        let hash: Query = format!("tx.hash = '{}'", "aB".repeat(32)).parse().unwrap();
        assert_eq!(hash.hash, Some([0xab; 32]));
    }

    #[test]
    fn heights_and_hashes_that_are_none_are_refused() {
        assert_eq!(refused("tx.hash='00'"), QueryError::Hash("00".into()));
        assert_eq!(refused("tx.height='x'"), QueryError::Height("x".into()));
        assert_eq!(refused("tx.height=1.5"), QueryError::Height("not a number of 64 bits".into()));
        let operator = |name: &str, operator: &str| QueryError::Operator {
            name: name.into(),
            operator: operator.into(),
        };
        assert_eq!(refused("tx.hash EXISTS"), operator("tx.hash", "EXISTS"));
        assert_eq!(refused("tx.height CONTAINS '3'"), operator("tx.height", "CONTAINS"));
        assert_eq!(refused("tx.height > DATE 2013-05-03"), operator("tx.height", ">"));
    }
}
