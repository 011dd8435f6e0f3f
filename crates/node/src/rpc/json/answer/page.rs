//! Pages of long answers.
//!
//! Source: CometBFT 0.38 `rpc/core/env.go` (`validatePage`, `validatePerPage`).

use super::super::args::Args;
use super::Refusal;

const PER_PAGE_DEFAULT: usize = 30;
const PER_PAGE_MAX: usize = 100;

/// How many items a page of this request has: 1 to 100, 30 where nothing is said.
pub(super) fn per_page(asked: Option<i64>) -> usize {
    match asked {
        None => PER_PAGE_DEFAULT,
        Some(asked) => match usize::try_from(asked) {
            Err(_) | Ok(0) => PER_PAGE_DEFAULT,
            Ok(asked) => asked.min(PER_PAGE_MAX),
        },
    }
}

/// The items of the page that is asked for.
pub(super) fn page<'a, T>(items: &'a [T], args: &Args) -> Result<&'a [T], Refusal> {
    let per_page = per_page(args.int("per_page"));
    let pages = items.len().div_ceil(per_page).max(1);
    let asked = args.int("page").unwrap_or(1);
    let number = usize::try_from(asked).ok().filter(|number| (1..=pages).contains(number));
    let number = number
        .ok_or_else(|| Refusal::Page { pages: i64::try_from(pages).unwrap_or(i64::MAX), page: asked })?;
    Ok(items.chunks(per_page).nth(number.saturating_sub(1)).unwrap_or_default())
}
