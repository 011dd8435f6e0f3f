//! `ics localnet`: starts the network and tells what happens.

use crate::output::{print, tell as line};
use crate::{Failure, args};
use ics_client::DEVELOPMENT_MNEMONIC;
use ics_node::home::{ChainFact, Engine, Facts, Home};
use ics_node::localnet::{
    EventSource, HermesNews, LocalnetError, Notice, Options, RelayedBy, run as run_network,
};
use ics_node::node_home::NodeHome;
use ics_world::{Effect, Progress};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

impl From<LocalnetError> for Failure {
    fn from(error: LocalnetError) -> Self {
        Self(error.to_string())
    }
}

pub(crate) fn run(options: args::Localnet) -> Result<(), Failure> {
    let options = Options {
        home: Home::for_localnet(options.home.clone()),
        reset: options.reset,
        port_offset: options.port_offset,
        block_time: options.block_time,
        relayed_by: relayed_by(options.relayer, options.event_source)?,
        engine: options.engine.map(|engine| match engine {
            args::Engine::Embedded => Engine::Embedded,
            args::Engine::Cometbft => Engine::CometBft,
        }),
        validators: options.validators.and_then(|number| number.parse().ok()),
        program: std::env::current_exe()
            .map_err(|error| Failure(format!("cannot tell which program this is: {error}")))?,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed))
        .map_err(|error| Failure(format!("cannot listen for ctrl-C: {error}")))?;
    line(&format!("ics localnet in {}", options.home.display()));
    run_network(&options, &stop, &mut |notice| tell(&notice))?;
    line("stopped; the next start goes on from here");
    Ok(())
}

/// `ics export`: prints the genesis document of a chain of a network that does not run.
pub(crate) fn export(options: &args::Export) -> Result<(), Failure> {
    let home = Home::choose(options.home.clone());
    let document = if NodeHome::at(&home).is_made() {
        ics_node::abci::export(&home, options.chain_id.as_deref())?
    } else {
        ics_node::localnet::export(&home, options.chain_id.as_deref())?
    };
    print(&format!("{document}\n"))
}

fn relayed_by(relayer: args::Relayer, events: Option<args::EventSource>) -> Result<RelayedBy, Failure> {
    match (relayer, events) {
        (args::Relayer::Embedded, None) => Ok(RelayedBy::Embedded),
        (args::Relayer::None, None) => Ok(RelayedBy::Nobody),
        (args::Relayer::Embedded | args::Relayer::None, Some(_)) => {
            let why = "--event-source says how Hermes hears of blocks: it needs --relayer hermes";
            Err(Failure(why.to_owned()))
        }
        (args::Relayer::Hermes, None | Some(args::EventSource::Pull)) => {
            Ok(RelayedBy::Hermes(EventSource::Pull))
        }
        (args::Relayer::Hermes, Some(args::EventSource::Push)) => Ok(RelayedBy::Hermes(EventSource::Push)),
    }
}

fn tell(notice: &Notice) {
    match notice {
        Notice::Opened { facts, resumed } => {
            if *resumed {
                line("resuming the network of this home");
            }
            people(facts);
        }
        Notice::Serving(chain) => {
            let ChainFact { id, rpc, grpc, rest, .. } = chain;
            line(&format!("{id:<11} rpc {rpc}  grpc {grpc}  rest {rest}"));
        }
        Notice::NodeEnded { chain_id, moniker, why } => {
            line(&format!("{chain_id:<11} the node of {moniker} is started again: {why}"));
        }
        Notice::Metrics { chain_id: None, urls } => line(&format!("{:<11} {}", "metrics", urls.join("  "))),
        Notice::Metrics { chain_id: Some(id), urls } => {
            line(&format!("{id:<11} metrics {}", urls.join("  ")))
        }
        Notice::Unserved { chain_id, why } => {
            line(&format!("{chain_id:<11} runs without its ports, which are tried again: {why}"));
        }
        Notice::Secured { chain_id, members } => set(chain_id, members),
        Notice::Effect { chain_id, effect } => happened(chain_id.as_deref().unwrap_or_default(), effect),
        Notice::Hermes(HermesNews::Does(what)) => line(&format!("Hermes {what}")),
        Notice::Hermes(HermesNews::Failed { what, why }) => {
            line(&format!("Hermes {what}: failed, and is tried again: {why}"));
        }
        Notice::Waiting { since, clock } => {
            line(&format!("still setting up after {} s; block time is {clock}", since.as_secs()));
        }
        Notice::Ready { sets, took, .. } => {
            for (chain, members) in sets {
                set(chain, members);
            }
            line(&format!("ready after {}.{:03} s", took.as_secs(), took.subsec_millis()));
        }
    }
}

fn set(chain: &str, members: &[(String, i64)]) {
    let members: Vec<String> = members.iter().map(|(moniker, power)| format!("{moniker} {power}")).collect();
    line(&format!("{chain:<11} validators {}", members.join(", ")));
}

fn people(facts: &Facts) {
    line("accounts, each with 1000000000000stake on every chain:");
    for account in &facts.accounts {
        line(&format!("  ({}) {:<6} {}", account.index, account.name, account.address));
    }
    line(&format!("mnemonic: {DEVELOPMENT_MNEMONIC}"));
    line("  path m/44'/118'/0'/0/i. Everybody knows it: NEVER use it for anything but a local network.");
    line("validators of the provider:");
    for validator in &facts.validators {
        line(&format!("  {:<6} {}", validator.moniker, validator.operator_address));
    }
}

fn happened(chain: &str, effect: &Effect) {
    match effect {
        Effect::Block { height, txs, failed, set_changes, .. } => {
            if *txs > 0 || *set_changes {
                let failed = if *failed > 0 { format!(", {failed} failed") } else { String::new() };
                let set = if *set_changes { ", validators change" } else { "" };
                line(&format!("{chain:<11} #{height} {txs} tx{failed}{set}"));
            }
        }
        Effect::TxFailed { height, log, .. } => line(&format!("{chain:<11} #{height} failed: {log}")),
        Effect::Relayed { messages, .. } => line(&format!("{chain:<11} <- relayer: {}", short(messages))),
        Effect::Stands { height, missing, .. } => line(&format!(
            "{chain:<11} stands before #{height}: more than a third of its power does not sign ({} validators)",
            missing.len()
        )),
        Effect::RelayFailed { why, .. } => line(&format!("{chain:<11} <- relayer cannot: {why}")),
        Effect::ConsumerStarted { consumer_id, .. } => {
            line(&format!("{chain:<11} starts as consumer {consumer_id}"));
        }
        Effect::LaunchFailed { consumer_id, why, .. } => {
            line(&format!(
                "{chain:<11} cannot launch as consumer {consumer_id}, and is registered again: {why}"
            ));
        }
        Effect::Unstarted { consumer_id, why, .. } => {
            line(&format!("{chain:<11} launched as consumer {consumer_id} and is not started here: {why}"));
        }
        Effect::Halted { why, .. } => line(&format!("{chain:<11} cannot go on, the others do: {why}")),
        Effect::KeysUnreadable { why } => line(&format!("new keys cannot be read: {why}")),
        Effect::Progress(point) => line(&progress(point)),
    }
}

fn progress(point: &Progress) -> String {
    match point {
        Progress::Created(chain) => format!("{chain:<11} is registered on the provider"),
        Progress::Scheduled(chain) => format!("{chain:<11} is to launch at its spawn time"),
        Progress::Started(chain) => format!("{chain:<11} runs"),
        Progress::Connected(chain) => format!("{chain:<11} is connected to the provider"),
        Progress::Secured(chain) => format!("{chain:<11} applied its first validator set update"),
        Progress::Stopped(chain) => {
            format!("{chain:<11} is stopped by the provider, which tells it no more changes")
        }
        Progress::Deleted(chain) => {
            format!(
                "{chain:<11} is deleted by the provider: a chain of it goes on with its last set, secured by nobody"
            )
        }
    }
}

fn short(messages: &[String]) -> String {
    let names = messages.iter().map(|url| url.rsplit('.').next().unwrap_or(url).trim_start_matches("Msg"));
    names.collect::<Vec<_>>().join(", ")
}
