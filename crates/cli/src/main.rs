//! The command line: words for humans. It parses and prints; everything else lies below.
mod args;
mod ask;
mod context;
mod document;
mod keys;
mod localnet;
mod log;
mod operator;
mod output;
mod query;
mod rpc;
mod settings;
mod start;
mod tx;

use args::{Cli, Command, Common};
use clap::Parser as _;
use serde_json::json;
use std::process::ExitCode;

/// Why a command failed: what happened and what to do.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl From<ics_node::home::HomeError> for Failure {
    fn from(error: ics_node::home::HomeError) -> Self {
        Self(error.to_string())
    }
}

impl From<ics_node::home::RingError> for Failure {
    fn from(error: ics_node::home::RingError) -> Self {
        Self(error.to_string())
    }
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Localnet(options) => localnet::run(options),
        Command::Start(options) => start::run(options),
        Command::Init(options) => operator::init(options),
        Command::Genesis(command) => operator::genesis(command),
        Command::Comet(command) => operator::comet(command),
        Command::Config(command) => operator::config(command),
        Command::Prune(options) => operator::prune(&options),
        Command::Rollback(home) => start::rollback(&home.path()),
        Command::Tx(tx) => tx::run(tx),
        Command::Query(options) => ask(&options),
        Command::Keys(keys) => keys::run(keys),
        Command::Status(common) => status(&common),
        Command::Export(options) => localnet::export(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(why)) => {
            output::complain(&why);
            ExitCode::FAILURE
        }
    }
}

fn ask(options: &args::Query) -> Result<(), Failure> {
    let context = context::Context::new(&options.common)?;
    let plain = matches!(options.words.first().map(String::as_str), Some("tx" | "block"));
    if plain && options.options != args::QueryOptions::default() {
        return Err(Failure("`tx` and `block` take no options of lists".to_owned()));
    }
    match options.words.as_slice() {
        [verb, hash] if verb == "tx" => tx::show(&context, hash),
        [verb] if verb == "block" => raw(&context, "block", json!({})),
        [verb, height] if verb == "block" => raw(&context, "block", json!({"height": height})),
        words => query::run(&context, words, &options.options),
    }
}

fn raw(context: &context::Context, method: &str, params: serde_json::Value) -> Result<(), Failure> {
    let answer = context.rpc.call(method, params)?;
    output::answer(context.output, &answer.to_string())
}

fn status(common: &Common) -> Result<(), Failure> {
    raw(&context::Context::new(common)?, "status", json!({}))
}
