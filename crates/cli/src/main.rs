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
mod version;

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
        Command::Tx(tx) => tx::run(*tx),
        Command::Query(asked) => query::run(&asked),
        Command::Keys(keys) => keys::run(keys),
        Command::Status(common) => status(&common),
        Command::Version { long, output } => version::run(long, output),
        Command::Completion { shell } => version::completion(shell),
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

fn status(common: &Common) -> Result<(), Failure> {
    let context = context::Context::new(common)?;
    let answer = context.rpc.call("status", json!({}))?;
    output::answer(context.output, &answer.to_string())
}
