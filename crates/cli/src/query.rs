//! `ics query …`: a table of verbs over the gRPC methods that every node answers.

pub(crate) mod history;
mod verbs;

use crate::args::QueryOptions;
use crate::context::Context;
use crate::{Failure, output};
use serde_json::{Map, Value};
use verbs::{VERBS, Verb};

/// Runs a verb: asks the node, prints the answer.
pub(crate) fn run(context: &Context, words: &[String], options: &QueryOptions) -> Result<(), Failure> {
    let [module, verb, args @ ..] = words else {
        return Err(Failure(format!("which query? Try one of:\n{}", list(None))));
    };
    let Some(found) = VERBS.iter().find(|known| known.words == [module.as_str(), verb.as_str()]) else {
        let own = list(Some(module));
        let known = if own.is_empty() { list(None) } else { own };
        return Err(Failure(format!("there is no query `{module} {verb}`. Try one of:\n{known}")));
    };
    let required = found.placed().filter(|arg| !arg.starts_with('?')).count();
    if args.len() < required || args.len() > found.placed().count() {
        return Err(Failure(format!("usage: ics query {}", usage(found))));
    }
    let mut request = Map::new();
    for (name, value) in found.placed().zip(args) {
        request.insert(name.trim_start_matches('?').to_owned(), context.resolve(name, value)?);
    }
    add_options(context, found, options, &mut request)?;
    let bytes = ics_proto::json::from_json(found.request, &Value::Object(request).to_string())
        .map_err(|error| Failure(format!("usage: ics query {}: {error}", usage(found))))?;
    let answer =
        context.rpc.query(found.path, &bytes).map_err(|failure| unanswered(context, found, failure))?;
    let json =
        ics_proto::json::to_json(found.response, &answer).map_err(|error| Failure(error.to_string()))?;
    // A message with one member is printed as that member, in its own order.
    let member =
        found.inner.and_then(|inner| json.strip_prefix(&format!("{{\"{inner}\":"))?.strip_suffix('}'));
    output::answer(context.output, member.unwrap_or(&json))
}

/// Chains have different modules: a consumer knows nothing of `provider`, and the other way round.
fn unanswered(context: &Context, verb: &Verb, Failure(why): Failure) -> Failure {
    if !why.starts_with("unknown query path") {
        return Failure(why);
    }
    let (words, url) = (verb.words.join(" "), context.rpc.url());
    Failure(format!("the chain at {url} answers no `{words}`: {why}; --node names another node"))
}

/// Puts the options that were given into the request, and refuses those that the question does not take.
fn add_options(
    context: &Context,
    verb: &Verb,
    options: &QueryOptions,
    request: &mut Map<String, Value>,
) -> Result<(), Failure> {
    let refuse = |option: &str| {
        let option = option.replace('_', "-");
        let (words, usage) = (verb.words.join(" "), usage(verb));
        Failure(format!("`{words}` takes no --{option}; usage: ics query {usage}"))
    };
    let of_history = ["query", "page", "timeout"];
    if let Some(option) = history::given(options).into_iter().find(|option| of_history.contains(option)) {
        return Err(refuse(option));
    }
    let status = options.proposal_status.as_deref().map(status);
    let filters = [
        ("proposal_status", status),
        ("voter", options.voter.clone()),
        ("depositor", options.depositor.clone()),
    ];
    for (name, given) in filters {
        let Some(given) = given else { continue };
        if !verb.takes(name) {
            return Err(refuse(name));
        }
        request.insert(name.to_owned(), context.resolve(name, &given)?);
    }
    let page = page(options);
    if let Some((_, option, _)) = page.first()
        && !verb.takes("pagination")
    {
        return Err(refuse(option));
    }
    if !page.is_empty() {
        let page = page.into_iter().map(|(field, _, value)| (field.to_owned(), value)).collect();
        request.insert("pagination".to_owned(), Value::Object(page));
    }
    Ok(())
}

/// What is asked of a page: field, option, value.
fn page(options: &QueryOptions) -> Vec<(&'static str, &'static str, Value)> {
    let number = |number: Option<u64>| number.map(|number| Value::from(number.to_string()));
    let flag = |flag: bool| flag.then_some(Value::from(true));
    let all = [
        ("limit", "limit", number(options.limit)),
        ("key", "page-key", options.page_key.clone().map(Value::from)),
        ("offset", "offset", number(options.offset)),
        ("count_total", "count-total", flag(options.count_total)),
        ("reverse", "reverse", flag(options.reverse)),
    ];
    all.into_iter().filter_map(|(field, option, value)| Some((field, option, value?))).collect()
}

/// A proposal's state by the word that people type.
fn status(word: &str) -> String {
    let word = word.to_ascii_uppercase().replace('-', "_");
    if word.starts_with("PROPOSAL_STATUS_") { word } else { format!("PROPOSAL_STATUS_{word}") }
}

fn usage(verb: &Verb) -> String {
    let args = verb.args.iter().map(|arg| match (arg.strip_prefix('?'), arg.strip_prefix("--")) {
        (Some(name), _) => format!(" [{name}]"),
        // Options of pages are as many as questions with long answers, and in `--help`.
        (_, Some("pagination")) => String::new(),
        (_, Some(name)) => format!(" [--{}]", name.replace('_', "-")),
        _ => format!(" <{arg}>"),
    });
    format!("{} {}{}", verb.words[0], verb.words[1], args.collect::<String>())
}

/// The verbs of a module, or all, one a line.
fn list(module: Option<&str>) -> String {
    VERBS
        .iter()
        .filter(|verb| module.is_none_or(|module| verb.words[0] == module))
        .map(|verb| format!("  {:<58} {}\n", usage(verb), verb.about))
        .collect()
}
