//! Pages of a list, by key: the next page begins where this one ended, whatever came in between.

use crate::query::QueryError;
use ibc_proto::cosmos::base::query::v1beta1::{PageRequest, PageResponse};
use ics_kv::{KeyRange, Read};

/// Entries of a page where the request names no number.
const DEFAULT: u64 = 100;
/// Most entries of a page, whatever the request says.
const MOST: u64 = 10_000;

/// What a list may have at a key: an item, nothing to show, or an error.
type Shown<T> = Result<Option<T>, QueryError>;

/// One page of the entries whose full key begins with `prefix`; `show` gets the rest of the key and the value.
pub(crate) fn entries<T>(
    state: &(impl Read + ?Sized),
    prefix: &[u8],
    request: Option<PageRequest>,
    mut show: impl FnMut(&[u8], &[u8]) -> Shown<T>,
) -> Result<(Vec<T>, Option<PageResponse>), QueryError> {
    let request = request.unwrap_or_default();
    let mut range = KeyRange::prefix(prefix);
    if !request.key.is_empty() {
        let at = [prefix, &request.key].concat();
        if request.reverse {
            range.end = Some([at.as_slice(), &[0]].concat());
        } else {
            range.start = at;
        }
    }
    if request.reverse {
        range = range.rev();
    }
    let all = state.scan(range).map(|(key, value)| {
        let rest = key.get(prefix.len()..).unwrap_or_default().to_vec();
        let shown = show(&rest, &value);
        (rest, shown)
    });
    page(&request, all)
}

/// One page of things numbered from 0 up to `count`; their keys are the numbers, big-endian.
pub(crate) fn numbered<T>(
    count: u64,
    request: Option<PageRequest>,
    mut show: impl FnMut(u64) -> Shown<T>,
) -> Result<(Vec<T>, Option<PageResponse>), QueryError> {
    let request = request.unwrap_or_default();
    let key = match request.key.as_slice() {
        [] => None,
        bytes => {
            let bytes = bytes.try_into().map_err(|_| QueryError::invalid("this is no key of a page"))?;
            Some(u64::from_be_bytes(bytes))
        }
    };
    let mut entry = |number: u64| (number.to_be_bytes().to_vec(), show(number));
    if request.reverse {
        let end = key.map_or(count, |key| key.saturating_add(1).min(count));
        page(&request, (0..end).rev().map(&mut entry))
    } else {
        page(&request, (key.unwrap_or(0)..count).map(&mut entry))
    }
}

fn page<T>(
    request: &PageRequest,
    all: impl Iterator<Item = (Vec<u8>, Shown<T>)>,
) -> Result<(Vec<T>, Option<PageResponse>), QueryError> {
    if request.offset > 0 && !request.key.is_empty() {
        return Err(QueryError::invalid("invalid request, either offset or key is expected, got both"));
    }
    let limit = if request.limit == 0 { DEFAULT } else { request.limit.min(MOST) };
    let end = request.offset.saturating_add(limit);
    // As in the SDK: who names no number of entries is told how many there are, who names a key is not.
    let count = (request.count_total || request.limit == 0) && request.key.is_empty();
    let (mut items, mut total, mut next_key) = (Vec::new(), 0_u64, Vec::new());
    for (key, shown) in all {
        let Some(item) = shown? else { continue };
        if total >= request.offset && total < end {
            items.push(item);
        }
        if total == end {
            next_key = key;
            if !count {
                break;
            }
        }
        total = total.saturating_add(1);
    }
    Ok((items, Some(PageResponse { next_key, total: if count { total } else { 0 } })))
}
