//! Pages as the SDK's requests have them, in CometBFT's terms.
//!
//! Source: the SDK's `types/query/pagination.go` (`ParsePagination`).

use ics_proto::cosmos::base::query::v1beta1::PageRequest;

/// Entries of a page where nothing is said.
pub(super) const LIMIT: u64 = 100;

/// Number of the page, from 1, and how many entries it has.
pub(super) fn number(asked: Option<&PageRequest>) -> (u64, u64) {
    let (offset, limit) = asked.map_or((0, 0), |page| (page.offset, page.limit));
    let limit = if limit == 0 { LIMIT } else { limit };
    (offset.checked_div(limit).unwrap_or(0).saturating_add(1), limit)
}
