//! Questions about blocks and transactions: `ics query tx`, `txs`, `wait-tx`, `block`, `block-results`, `blocks`,
//! `comet-validator-set`. They go to the node, not to a module of its chain.

use crate::args::QueryOptions;
use crate::context::Context;
use crate::rpc::text_at;
use crate::{Failure, output, tx};
use serde_json::{Value, json};

/// Entries of a page, where nobody says.
const USUAL_LIMIT: u64 = 100;
/// Seconds that a transaction is waited for, where nobody says.
const USUAL_TIMEOUT_S: u64 = 15;

/// A verb, how many words may follow it, and the options that it takes.
const VERBS: [(&str, &[usize], &[&str]); 7] = [
    ("tx", &[1], &[]),
    ("wait-tx", &[1], &["timeout"]),
    ("txs", &[0], &["query", "page", "limit"]),
    ("block", &[0, 1], &["height"]),
    ("block-results", &[0, 1], &["height"]),
    ("blocks", &[0], &["query", "page", "limit"]),
    ("comet-validator-set", &[0, 1], &["height", "page", "limit"]),
];

/// Whether a word begins such a question.
pub(crate) fn knows(word: &str) -> bool {
    VERBS.iter().any(|(verb, ..)| *verb == word)
}

/// Asks; `words` begin with one of the verbs.
pub(crate) fn run(context: &Context, words: &[String], options: &QueryOptions) -> Result<(), Failure> {
    let found = words
        .split_first()
        .and_then(|(verb, rest)| VERBS.iter().find(|(known, ..)| known == verb).map(|known| (known, rest)));
    let Some(((verb, counts, takes), rest)) = found else {
        return Err(Failure("which query?".to_owned()));
    };
    if !counts.contains(&rest.len()) {
        let wanted = match (*verb, counts.contains(&0)) {
            ("tx" | "wait-tx", _) => " HASH",
            (_, true) if counts.len() > 1 => " [HEIGHT]",
            _ => " --query …",
        };
        return Err(Failure(format!("usage: ics query {verb}{wanted}")));
    }
    if let Some(option) = given(options).into_iter().find(|option| !takes.contains(option)) {
        return Err(Failure(format!("`{verb}` takes no --{option}")));
    }
    let typed = rest.first().map_or("", String::as_str);
    let height = match (typed, options.height) {
        ("", Some(height)) => height.to_string(),
        _ => typed.to_owned(),
    };
    let at = |method: &str| {
        let params = if height.is_empty() { json!({}) } else { json!({"height": height}) };
        context
            .rpc
            .call(method, params)
            .and_then(|answer| output::answer(context.output, &answer.to_string()))
    };
    let (page, limit) = (options.page.unwrap_or(1), options.limit.unwrap_or(USUAL_LIMIT));
    let query = || {
        options.query.as_deref().ok_or_else(|| {
            Failure(format!(
                "usage: ics query {verb} --query \"message.action='/cosmos.bank.v1beta1.MsgSend'\""
            ))
        })
    };
    match *verb {
        "tx" => tx::show(context, typed),
        "wait-tx" => tx::wait_for(context, typed, options.timeout.unwrap_or(USUAL_TIMEOUT_S)),
        "txs" => tx::search(context, query()?, page, limit),
        "block" => at("block"),
        "block-results" => at("block_results"),
        "blocks" => {
            let found = search(context, "block_search", query()?, page, limit)?;
            let blocks = found.get("blocks").cloned().unwrap_or_else(|| json!([]));
            output::answer(context.output, &paged(&found, "blocks", blocks, page, limit).to_string())
        }
        _ => {
            let mut params = json!({"page": page.to_string(), "per_page": limit.to_string()});
            if let Some(members) = params.as_object_mut().filter(|_| !height.is_empty()) {
                members.insert("height".to_owned(), Value::from(height.as_str()));
            }
            let answer = context.rpc.call("validators", params)?;
            output::answer(context.output, &answer.to_string())
        }
    }
}

/// A page of what has such events, oldest first.
pub(crate) fn search(
    context: &Context,
    method: &str,
    query: &str,
    page: u64,
    limit: u64,
) -> Result<Value, Failure> {
    let (page, limit) = (page.to_string(), limit.to_string());
    context.rpc.call(method, json!({"query": query, "page": page, "per_page": limit, "order_by": "asc"}))
}

/// A page as the SDK's programs print it.
pub(crate) fn paged(found: &Value, name: &str, list: Value, page: u64, limit: u64) -> Value {
    let total: u64 = text_at(found, "/total_count").parse().unwrap_or(0);
    let count = list.as_array().map_or(0, Vec::len);
    json!({
        "total_count": total.to_string(),
        "count": count.to_string(),
        "page_number": page.to_string(),
        "page_total": total.div_ceil(limit.max(1)).to_string(),
        "limit": limit.to_string(),
        name: list,
    })
}

/// The options that were given, by their names.
pub(super) fn given(options: &QueryOptions) -> Vec<&'static str> {
    let all = [
        ("query", options.query.is_some()),
        ("page", options.page.is_some()),
        ("timeout", options.timeout.is_some()),
        ("height", options.height.is_some()),
        ("proposal-status", options.proposal_status.is_some()),
        ("voter", options.voter.is_some()),
        ("depositor", options.depositor.is_some()),
        ("limit", options.limit.is_some()),
        ("page-key", options.page_key.is_some()),
        ("offset", options.offset.is_some()),
        ("count-total", options.count_total),
        ("reverse", options.reverse),
    ];
    all.into_iter().filter_map(|(name, is_given)| is_given.then_some(name)).collect()
}
