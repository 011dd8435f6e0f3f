//! Finding transactions and blocks by what happened in them.
//!
//! A query is conditions joined by ` AND `: `tx.hash = 'HEX'`, `tx.height` and `block.height` compared with a number, and
//! `type.key = 'value'`. All attributes must stand in one and the same event.
//! Source: CometBFT 0.38 `libs/pubsub/query`, `state/txindex/kv`.

use crate::history::{self, HistoryError};
use crate::index;
use crate::tables::{self, height_key};
use ics_abci::{Event, Height};
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
    /// `type.key` and value.
    attributes: Vec<(String, String)>,
}

/// A query that cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// There is no condition in it.
    #[error("empty query")]
    Empty,
    /// Not `name operator value`.
    #[error("not a condition: {0}")]
    Syntax(String),
    /// An operator that this index does not answer.
    #[error("operator {operator} is not supported on {name}")]
    Operator {
        /// What was compared.
        name: String,
        /// How.
        operator: String,
    },
    /// Not 32 bytes in hexadecimal.
    #[error("not a transaction hash: {0}")]
    Hash(String),
    /// Not a height.
    #[error("not a height: {0}")]
    Height(String),
    /// Conditions that make the query too long.
    #[error("a query has at most {CONDITIONS_MAX} conditions")]
    TooLong,
}

/// In which order results come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Oldest first.
    Ascending,
    /// Newest first.
    Descending,
}

/// Most conditions of a query.
const CONDITIONS_MAX: usize = 32;
/// Rows that are read from the disk at once.
const PAGE: usize = 256;

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        let mut query = Self { hash: None, heights: (0, u64::MAX), attributes: Vec::new() };
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(QueryError::Empty);
        }
        for _ in 0..CONDITIONS_MAX {
            let (name, operator, value, after) = condition(rest)?;
            query.add(name, operator, value)?;
            if after.is_empty() {
                return Ok(query);
            }
            let next = after.strip_prefix("AND").filter(|next| next.starts_with(char::is_whitespace));
            rest = next.ok_or_else(|| QueryError::Syntax(after.to_owned()))?.trim_start();
        }
        Err(QueryError::TooLong)
    }
}

impl Query {
    fn add(&mut self, name: &str, operator: &str, value: &str) -> Result<(), QueryError> {
        let unsupported = || QueryError::Operator { name: name.to_owned(), operator: operator.to_owned() };
        match name {
            "tx.height" | "block.height" => {
                let height: u64 = value.parse().map_err(|_| QueryError::Height(value.to_owned()))?;
                let (first, last) = match operator {
                    "=" => (height, height),
                    "<" => (0, height.checked_sub(1).ok_or_else(|| QueryError::Height(value.to_owned()))?),
                    "<=" => (0, height),
                    ">" => (height.saturating_add(1), u64::MAX),
                    ">=" => (height, u64::MAX),
                    _ => return Err(unsupported()),
                };
                self.heights = (self.heights.0.max(first), self.heights.1.min(last));
            }
            _ if operator != "=" => return Err(unsupported()),
            "tx.hash" => {
                let hash = unhex(value).ok_or_else(|| QueryError::Hash(value.to_owned()))?;
                if self.hash.is_some_and(|other| other != hash) {
                    self.heights = (1, 0);
                }
                self.hash = Some(hash);
            }
            _ => self.attributes.push((name.to_owned(), value.to_owned())),
        }
        Ok(())
    }

    fn has_height(&self, height: Height) -> bool {
        (self.heights.0..=self.heights.1).contains(&height.0)
    }

    fn matches(&self, events: &[Event]) -> bool {
        let in_event = |event: &Event| {
            self.attributes.iter().all(|(name, value)| {
                let of_kind = name.strip_prefix(event.kind.as_str());
                let key = of_kind.and_then(|rest| rest.strip_prefix('.'));
                key.is_some_and(|key| event.attributes.iter().any(|a| a.key == key && a.value == *value))
            })
        };
        self.attributes.is_empty() || events.iter().any(in_event)
    }

    /// Who in a block's index row may match.
    fn candidates(&self, row: &[u8]) -> BTreeSet<u32> {
        let mut sets =
            self.attributes.iter().map(|(name, value)| index::emitters(row, index::hash(name, value)));
        let first = sets.next().unwrap_or_default();
        sets.fold(first, |both, more| both.intersection(&more).copied().collect())
    }
}

/// Height and place of at most `limit` transactions that match.
///
/// # Errors
/// [`HistoryError`].
pub fn txs(
    rows: &impl Rows,
    query: &Query,
    order: Order,
    limit: usize,
) -> Result<Vec<(Height, u32)>, HistoryError> {
    if let Some(hash) = &query.hash {
        let found = history::tx(rows, hash)?;
        let found = found.filter(|tx| query.has_height(tx.height) && query.matches(&tx.result.events));
        return Ok(found.map(|tx| (tx.height, tx.index)).into_iter().take(limit).collect());
    }
    let table = if query.attributes.is_empty() { tables::RESULTS } else { tables::EVENTS };
    let mut found = Vec::new();
    scan(rows, table, query, order, |height, row| {
        let candidates = (!query.attributes.is_empty()).then(|| query.candidates(row));
        if candidates.as_ref().is_some_and(|set| set.iter().all(|emitter| *emitter == 0)) {
            return Ok(true);
        }
        let Some(results) = history::results(rows, height)? else { return Ok(true) };
        let numbered = (0_u32..).zip(&results.txs).filter(|(index, tx)| {
            let possible = candidates.as_ref().is_none_or(|set| set.contains(&index.saturating_add(1)));
            possible && query.matches(&tx.events)
        });
        let mut places: Vec<_> = numbered.map(|(index, _)| (height, index)).collect();
        if order == Order::Descending {
            places.reverse();
        }
        found.extend(places);
        Ok(found.len() < limit)
    })?;
    found.truncate(limit);
    Ok(found)
}

/// Heights of at most `limit` blocks whose own events (not those of transactions) match.
///
/// # Errors
/// [`HistoryError`].
pub fn blocks(
    rows: &impl Rows,
    query: &Query,
    order: Order,
    limit: usize,
) -> Result<Vec<Height>, HistoryError> {
    if query.hash.is_some() || limit == 0 {
        return Ok(Vec::new());
    }
    let table = if query.attributes.is_empty() { tables::RESULTS } else { tables::EVENTS };
    let mut found = Vec::new();
    scan(rows, table, query, order, |height, row| {
        let possible = query.attributes.is_empty() || query.candidates(row).contains(&0);
        if possible && history::results(rows, height)?.is_some_and(|it| query.matches(&it.events)) {
            found.push(height);
        }
        Ok(found.len() < limit)
    })?;
    Ok(found)
}

/// Calls `each` with the rows of a table by height until it answers false.
fn scan(
    rows: &impl Rows,
    table: Table,
    query: &Query,
    order: Order,
    mut each: impl FnMut(Height, &[u8]) -> Result<bool, HistoryError>,
) -> Result<(), HistoryError> {
    let (first, last) = query.heights;
    // No block has the greatest height, so nothing is lost by excluding it.
    let (mut start, mut end) = (height_key(Height(first)), height_key(Height(last.saturating_add(1))));
    loop {
        let range = KeyRange::between(start.clone(), end.clone());
        let range = if order == Order::Descending { range.rev() } else { range };
        let page: Vec<(Bytes, Bytes)> = rows.rows(table, range, PAGE)?;
        for (key, row) in &page {
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

/// Splits the first condition off: name, operator, value, and what comes behind.
fn condition(text: &str) -> Result<(&str, &str, &str, &str), QueryError> {
    let syntax = || QueryError::Syntax(text.to_owned());
    let is_name = |c: char| !c.is_whitespace() && !matches!(c, '=' | '<' | '>' | '\'' | '"');
    let name_end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let (name, rest) =
        text.split_at_checked(name_end).filter(|(name, _)| !name.is_empty()).ok_or_else(syntax)?;
    let rest = rest.trim_start();
    for word in ["CONTAINS", "EXISTS"] {
        if rest.starts_with(word) {
            return Err(QueryError::Operator { name: name.to_owned(), operator: word.to_owned() });
        }
    }
    let operators = ["<=", ">=", "=", "<", ">"];
    let found = operators.into_iter().find_map(|operator| Some((operator, rest.strip_prefix(operator)?)));
    let (operator, rest) = found.ok_or_else(syntax)?;
    let rest = rest.trim_start();
    let (value, rest) = match rest.strip_prefix('\'') {
        Some(quoted) => quoted.split_once('\'').ok_or_else(syntax)?,
        None => {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest.split_at_checked(end).filter(|(digits, _)| !digits.is_empty()).ok_or_else(syntax)?
        }
    };
    if !(rest.is_empty() || rest.starts_with(char::is_whitespace)) {
        return Err(syntax());
    }
    Ok((name, operator, value, rest.trim_start()))
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

    #[test]
    fn queries_parse_with_and_without_spaces() {
        let parsed: Query = "a.b='c d' AND tx.height>=3 AND tx.height < 9".parse().unwrap();
        assert_eq!(
            parsed,
            Query { hash: None, heights: (3, 8), attributes: vec![("a.b".into(), "c d".into())] }
        );
        let hash: Query = format!("tx.hash = '{}'", "aB".repeat(32)).parse().unwrap();
        assert_eq!(hash.hash, Some([0xab; 32]));
        let number: Query = "a.b=12".parse().unwrap();
        assert_eq!(number.attributes, [("a.b".to_owned(), "12".to_owned())]);
    }

    #[test]
    fn queries_that_cannot_be_answered_say_why() {
        let refused = |text: &str| text.parse::<Query>().unwrap_err();
        assert_eq!(refused("  "), QueryError::Empty);
        assert_eq!(refused("a.b"), QueryError::Syntax("a.b".into()));
        assert_eq!(refused("a.b='c' OR d.e='f'"), QueryError::Syntax("OR d.e='f'".into()));
        assert_eq!(refused("a.b='c"), QueryError::Syntax("a.b='c".into()));
        assert_eq!(refused("a.b='c'AND d.e='f'"), QueryError::Syntax("a.b='c'AND d.e='f'".into()));
        assert_eq!(refused("tx.hash='00'"), QueryError::Hash("00".into()));
        assert_eq!(refused("tx.height='x'"), QueryError::Height("x".into()));
        let operator = |name: &str, operator: &str| QueryError::Operator {
            name: name.into(),
            operator: operator.into(),
        };
        assert_eq!(refused("a.b EXISTS"), operator("a.b", "EXISTS"));
        assert_eq!(refused("a.b > 3"), operator("a.b", ">"));
        assert_eq!(refused(&["a.b=1"; 33].join(" AND ")), QueryError::TooLong);
    }
}
