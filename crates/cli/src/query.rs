//! `ics query …`: a table of questions, most of them gRPC methods that every node answers.

pub(crate) mod history;
mod tree;
mod verbs;

use crate::context::Context;
use crate::{Failure, output};
use serde_json::{Map, Value};
pub(crate) use tree::Query;
use verbs::{Ask, Method, Verb};

/// Asks the node, prints the answer.
pub(crate) fn run(query: &Query) -> Result<(), Failure> {
    let mut context = Context::new(&query.common)?;
    context.rpc.height = query.number("--height").unwrap_or(0);
    match &query.verb.ask {
        Ask::Module(method) => ask(&context, query, method),
        Ask::Node(about) => history::run(&context, query, *about),
    }
}

fn ask(context: &Context, query: &Query, method: &Method) -> Result<(), Failure> {
    let request = Value::Object(request(context, query)?).to_string();
    let bytes = ics_proto::json::from_json(method.request, &request)
        .map_err(|error| Failure(format!("usage: {}: {error}", usage(query.verb))))?;
    let answer =
        context.rpc.query(method.path, &bytes).map_err(|failure| unanswered(context, query.verb, failure))?;
    let json =
        ics_proto::json::to_json(method.response, &answer).map_err(|error| Failure(error.to_string()))?;
    // A message with one member is printed as that member, in its own order.
    let member =
        method.inner.and_then(|inner| json.strip_prefix(&format!("{{\"{inner}\":"))?.strip_suffix('}'));
    output::answer(context.output, member.unwrap_or(&json))
}

/// Chains have different modules: a consumer knows nothing of `provider`, and the other way round.
fn unanswered(context: &Context, verb: &Verb, Failure(why): Failure) -> Failure {
    if !why.starts_with("unknown query path") {
        return Failure(why);
    }
    let url = context.rpc.url();
    Failure(format!("the chain at {url} answers no `{}`: {why}; --node names another node", words(verb)))
}

/// The arguments and options as the fields that they are.
fn request(context: &Context, query: &Query) -> Result<Map<String, Value>, Failure> {
    let mut request = Map::new();
    for arg in query.verb.args {
        let field = arg.trim_start_matches(['?', '-']).replace('-', "_");
        match (*arg, query.text(arg)) {
            ("revision-height", Some(text)) => {
                let wrong =
                    || Failure(format!("`{text}` is no height: write REVISION-HEIGHT, such as 0-100"));
                let (revision, height) = text.split_once('-').ok_or_else(wrong)?;
                request.insert("revision_number".to_owned(), Value::from(revision));
                request.insert("revision_height".to_owned(), Value::from(height));
            }
            ("--proposal-status", Some(text)) => drop(request.insert(field, Value::from(status(text)))),
            (_, Some(text)) => drop(request.insert(field.clone(), context.resolve(&field, text)?)),
            (_, None) => {}
        }
    }
    let page = page(query);
    if !page.is_empty() {
        request.insert("pagination".to_owned(), Value::Object(page));
    }
    Ok(request)
}

/// What is asked of a page.
fn page(query: &Query) -> Map<String, Value> {
    let number = |option| query.number(option).map(|number| Value::from(number.to_string()));
    let flag = |option| query.is_set(option).then_some(Value::from(true));
    let all = [
        ("limit", number("--limit")),
        ("key", query.text("--page-key").map(Value::from)),
        ("offset", number("--offset")),
        ("count_total", flag("--count-total")),
        ("reverse", flag("--reverse")),
    ];
    all.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))).collect()
}

/// A proposal's state by the word that people type.
fn status(word: &str) -> String {
    let word = word.to_ascii_uppercase().replace('-', "_");
    if word.starts_with("PROPOSAL_STATUS_") { word } else { format!("PROPOSAL_STATUS_{word}") }
}

fn words(verb: &Verb) -> String {
    verb.words().collect::<Vec<_>>().join(" ")
}

fn usage(verb: &Verb) -> String {
    let args = verb.placed().map(|arg| match arg.strip_prefix('?') {
        Some(name) => format!(" [{name}]"),
        None => format!(" <{arg}>"),
    });
    format!("ics query {}{}", words(verb), args.collect::<String>())
}
