//! Pages of a list: what a query asks for, and where the next page begins.

use crate::query::QueryError;
use ics_kv::Corrupt;
use ics_proto::cosmos::base::query::v1beta1::{PageRequest, PageResponse};
use std::collections::VecDeque;

/// Entries of a page where the request names no number.
const DEFAULT: u64 = 100;
/// Most entries of a page, whatever the request says: queries of strangers are bounded.
const MOST: u64 = 10_000;

/// One page of `all`. The key of the next page is the number of entries before it, big-endian.
pub(crate) fn page<T>(
    request: Option<PageRequest>,
    all: impl Iterator<Item = Result<T, Corrupt>>,
) -> Result<(Vec<T>, Option<PageResponse>), QueryError> {
    let request = request.unwrap_or_default();
    if request.offset > 0 && !request.key.is_empty() {
        return Err(QueryError::invalid("invalid request, either offset or key is expected, got both"));
    }
    let skip = if request.key.is_empty() {
        request.offset
    } else {
        let key = request.key.as_slice().try_into();
        u64::from_be_bytes(key.map_err(|_| QueryError::invalid("this is no key of a page"))?)
    };
    let limit = if request.limit == 0 { DEFAULT } else { request.limit.min(MOST) };
    let end = skip.saturating_add(limit);
    // As in the SDK: who names no number of entries is told how many there are, who names a key is not.
    let count = (request.count_total || request.limit == 0) && request.key.is_empty();
    let (items, seen) = if request.reverse {
        last(all, skip, end)?
    } else {
        // One more than asked for tells that another page follows.
        let looks = if count { u64::MAX } else { end.saturating_add(1) };
        first(all.take(usize::try_from(looks).unwrap_or(usize::MAX)), skip, end)?
    };
    let next_key = if seen > end { end.to_be_bytes().to_vec() } else { Vec::new() };
    Ok((items, Some(PageResponse { next_key, total: if count { seen } else { 0 } })))
}

/// The entries from number `skip` up to `end`, and how many there are in all.
fn first<T>(
    all: impl Iterator<Item = Result<T, Corrupt>>,
    skip: u64,
    end: u64,
) -> Result<(Vec<T>, u64), Corrupt> {
    let (mut items, mut seen) = (Vec::new(), 0_u64);
    for item in all {
        let item = item?;
        if seen >= skip && seen < end {
            items.push(item);
        }
        seen = seen.saturating_add(1);
    }
    Ok((items, seen))
}

/// As [`first`], counted from the last entry backwards; `all` tells its end only by coming to it.
fn last<T>(
    all: impl Iterator<Item = Result<T, Corrupt>>,
    skip: u64,
    end: u64,
) -> Result<(Vec<T>, u64), Corrupt> {
    let (mut kept, mut seen) = (VecDeque::new(), 0_u64);
    for item in all {
        kept.push_back(item?);
        seen = seen.saturating_add(1);
        if seen > end {
            kept.pop_front();
        }
    }
    Ok((kept.into_iter().rev().skip(usize::try_from(skip).unwrap_or(usize::MAX)).collect(), seen))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of_five(request: PageRequest) -> (Vec<u8>, PageResponse) {
        let (items, next) = page(Some(request), (0_u8..5).map(Ok)).unwrap();
        (items, next.unwrap())
    }

    #[test]
    fn pages_follow_one_another_in_either_order() {
        for (reverse, pages) in
            [(false, [vec![0, 1], vec![2, 3], vec![4]]), (true, [vec![4, 3], vec![2, 1], vec![0]])]
        {
            let mut key = Vec::new();
            for expected in pages {
                let (items, next) = of_five(PageRequest { key, limit: 2, reverse, ..PageRequest::default() });
                assert_eq!((items, next.total), (expected, 0));
                key = next.next_key;
            }
            assert_eq!(key, [0_u8; 0]);
        }
    }

    #[test]
    fn who_names_no_number_of_entries_is_told_how_many_there_are() {
        for (limit, key, total) in [(0, Vec::new(), 5), (5, Vec::new(), 0), (0, vec![0; 8], 0)] {
            let (_, next) = of_five(PageRequest { limit, key, ..PageRequest::default() });
            assert_eq!(next.total, total);
        }
    }

    #[test]
    fn an_offset_leaves_out_the_first_in_the_order_asked_for() {
        for (reverse, offset, expected) in
            [(false, 3, vec![3, 4]), (true, 3, vec![1, 0]), (false, 9, vec![]), (true, u64::MAX, vec![])]
        {
            let request = PageRequest { offset, reverse, count_total: true, ..PageRequest::default() };
            let (items, next) = of_five(request);
            assert_eq!((items, next.total, next.next_key), (expected, 5, Vec::new()));
        }
    }
}
