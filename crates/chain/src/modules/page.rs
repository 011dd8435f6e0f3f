//! Pages of a list: what a query asks for, and where the next page begins.

use crate::query::QueryError;
use ics_kv::Corrupt;
use ics_proto::cosmos::base::query::v1beta1::{PageRequest, PageResponse};

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
    if request.reverse {
        return Err(QueryError::unimplemented("pages in reverse order are not available yet"));
    }
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
    let count = request.count_total && request.key.is_empty();
    let (mut items, mut total) = (Vec::new(), 0_u64);
    let mut more = false;
    for item in all {
        if total >= end {
            more = true;
            if !count {
                break;
            }
        }
        let item = item?;
        if total >= skip && total < end {
            items.push(item);
        }
        total = total.saturating_add(1);
    }
    let next_key = if more { end.to_be_bytes().to_vec() } else { Vec::new() };
    Ok((items, Some(PageResponse { next_key, total: if count { total } else { 0 } })))
}
