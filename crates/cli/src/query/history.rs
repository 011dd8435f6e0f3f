//! Questions about blocks and transactions: `ics query tx`, `txs`, `wait-tx`, `block`, `block-results`, `blocks`,
//! `comet-validator-set`. They go to the node, not to a module of its chain.

use super::Query;
use super::verbs::Node;
use crate::context::Context;
use crate::rpc::text_at;
use crate::{Failure, output, tx};
use serde_json::{Map, Value, json};

/// Entries of a page, where nobody says.
const USUAL_LIMIT: u64 = 100;
/// Seconds that a transaction is waited for, where nobody says.
const USUAL_TIMEOUT_S: u64 = 15;

/// Asks, and prints the answer.
pub(super) fn run(context: &Context, asked: &Query, about: Node) -> Result<(), Failure> {
    let hash = asked.text("hash").unwrap_or_default();
    let height = match (asked.text("?height"), asked.number("--height")) {
        (Some(text), _) => Some(text.to_owned()),
        (None, number) => number.map(|number| number.to_string()),
    };
    let (page, limit) = (asked.number("--page").unwrap_or(1), asked.number("--limit").unwrap_or(USUAL_LIMIT));
    let events = asked.text("--query").unwrap_or_default();
    let at = |method: &str, mut params: Map<String, Value>| {
        params.extend(height.map(|height| ("height".to_owned(), Value::from(height))));
        let answer = context.rpc.call(method, Value::Object(params))?;
        output::answer(context.output, &answer.to_string())
    };
    match about {
        Node::Tx => tx::show(context, hash),
        Node::WaitTx => tx::wait_for(context, hash, asked.number("--timeout").unwrap_or(USUAL_TIMEOUT_S)),
        Node::Txs => tx::search(context, events, page, limit),
        Node::Block => at("block", Map::new()),
        Node::BlockResults => at("block_results", Map::new()),
        Node::Blocks => {
            let found = search(context, "block_search", events, page, limit)?;
            let blocks = found.get("blocks").cloned().unwrap_or_else(|| json!([]));
            output::answer(context.output, &paged(&found, "blocks", blocks, page, limit).to_string())
        }
        Node::Validators => {
            let of_page = [("page", page), ("per_page", limit)];
            at(
                "validators",
                of_page
                    .map(|(name, number)| (name.to_owned(), Value::from(number.to_string())))
                    .into_iter()
                    .collect(),
            )
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
