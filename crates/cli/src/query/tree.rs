//! What may be typed after `ics query`: the commands that grow from the table, so that help and completion know every one.

use super::verbs::{MODULES, OF_MODULES, OF_NODE, Verb};
use crate::args::Common;
use clap::{Arg, ArgAction, ArgMatches, Args as _, Command, Error, FromArgMatches, Subcommand, value_parser};

/// What `--pagination` stands for.
const PAGE: [&str; 5] = ["--limit", "--page-key", "--offset", "--count-total", "--reverse"];

/// A question as it was typed.
#[derive(Debug)]
pub(crate) struct Query {
    /// Which.
    pub(crate) verb: &'static Verb,
    /// How the answer is wanted.
    pub(crate) common: Common,
    given: ArgMatches,
}

impl Query {
    /// The text of an argument or option of the table; none where it was left out.
    pub(crate) fn text(&self, arg: &str) -> Option<&str> {
        self.given.try_get_one::<String>(arg).ok().flatten().map(String::as_str)
    }

    /// The number of an option of the table.
    pub(crate) fn number(&self, arg: &str) -> Option<u64> {
        self.given.try_get_one::<u64>(arg).ok().flatten().copied()
    }

    /// Whether an option without a value was given.
    pub(crate) fn is_set(&self, arg: &str) -> bool {
        self.given.try_get_one::<bool>(arg).ok().flatten().is_some_and(|is_set| *is_set)
    }
}

/// Every question.
fn all() -> impl Iterator<Item = &'static Verb> {
    OF_MODULES.iter().chain(OF_NODE)
}

impl Subcommand for Query {
    fn augment_subcommands(command: Command) -> Command {
        branch(command, "")
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        branch(command, "")
    }

    fn has_subcommand(name: &str) -> bool {
        all().any(|verb| verb.words().next() == Some(name))
    }
}

impl FromArgMatches for Query {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let (mut words, mut at) = (Vec::new(), matches);
        while let Some((word, below)) = at.subcommand() {
            words.push(word);
            at = below;
        }
        // Every way down the tree ends at a question.
        let verb = all().find(|verb| verb.words().eq(words.iter().copied()));
        let verb = verb.ok_or_else(|| Error::new(clap::error::ErrorKind::MissingSubcommand))?;
        Ok(Self { verb, common: Common::from_arg_matches(at)?, given: at.clone() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The modules and questions below some words.
fn branch(command: Command, words: &str) -> Command {
    let command = command.subcommand_required(true).arg_required_else_help(true);
    let command = all().filter(|verb| verb.module == words).map(leaf).fold(command, Command::subcommand);
    let below = MODULES.iter().filter_map(|(module, about)| {
        let (above, name) = module.rsplit_once(' ').unwrap_or(("", module));
        (above == words).then(|| branch(Command::new(name).about(*about), module))
    });
    below.fold(command, Command::subcommand)
}

fn leaf(verb: &'static Verb) -> Command {
    let options = verb.options().flat_map(|name| match name {
        "--pagination" => PAGE.to_vec(),
        _ => vec![name],
    });
    let command = Command::new(verb.name).args(verb.placed().map(placed)).args(options.map(option));
    Common::augment_args(command).about(capital(verb.about))
}

fn placed(name: &'static str) -> Arg {
    let word = name.trim_start_matches('?');
    let arg = Arg::new(name).value_name(word).required(name == word);
    match word {
        "address" | "delegator_addr" | "voter" | "depositor" => arg.help("An address, or the name of a key"),
        "validator_addr" => arg.help("The address of an operator, or the name of its key"),
        "provider_address" => {
            arg.help("The address that the provider's blocks are signed with, or that of an operator, or the name of its key")
        }
        "phase" => arg.help("registered, initialized, launched, stopped or deleted, or its number"),
        "height" => arg.help("Which; the last where nothing is given"),
        "hash" => arg.help("Hexadecimal"),
        _ => arg,
    }
}

fn option(name: &'static str) -> Arg {
    let long = name.trim_start_matches('-');
    let arg = Arg::new(name).long(long);
    let text = |word: &'static str| arg.clone().value_name(word);
    let number = |word: &'static str| text(word).value_parser(value_parser!(u64));
    let flag = || arg.clone().action(ArgAction::SetTrue);
    match long {
        "query" => text("QUERY")
            .alias("events")
            .help("Which, in CometBFT's language, e.g. `message.action='/cosmos.bank.v1beta1.MsgSend'`")
            .required(true),
        "page" => number("PAGE").help("Which page, from 1"),
        "timeout" => number("SECONDS").help("How long to wait at most"),
        "height" => number("HEIGHT").help("At which height to ask; the last where nothing is given"),
        "limit" => number("COUNT").alias("page-limit").help("At most so many entries"),
        "offset" => number("COUNT").alias("page-offset").help("Leaves out so many entries at the beginning"),
        "page-key" => text("KEY").help("From here on: the `next_key` of the answer before"),
        "count-total" => flag().alias("page-count-total").help("Says how many entries there are in all"),
        "reverse" => flag().alias("page-reverse").help("Backwards"),
        "proposal-status" => text("STATUS").help("Those in this state, e.g. `voting_period`"),
        "voter" => text("ACCOUNT").help("Those that this account votes on"),
        "depositor" => text("ACCOUNT").help("Those that this account deposited on"),
        _ => text("VALUE"),
    }
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}
