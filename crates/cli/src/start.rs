//! `ics start`: serves a chain to CometBFT and tells what happens.

use crate::args::Transport;
use crate::output::tell as line;
use crate::{Failure, args, log};
use ics_node::abci::{Ended, Notice, Options, StartError, rollback as take_back, run as serve};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self(error.to_string())
    }
}

pub(crate) fn run(options: args::Start) -> Result<(), Failure> {
    match options.transport {
        Transport::Socket => {}
        Transport::Grpc => {
            return Err(Failure(
                "ABCI is not served over gRPC here: start with --transport socket, and CometBFT with --abci socket"
                    .to_owned(),
            ));
        }
    }
    log::begin(&options.log);
    let options = Options {
        home: options.home.path(),
        address: options.address,
        overrides: options.settings.overrides(),
        node: options.node,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed))
        .map_err(|error| Failure(format!("cannot listen for ctrl-C: {error}")))?;
    match serve(&options, &stop, &mut |notice| tell(&notice))? {
        Ended::Told => line("stopped; the next start goes on from here"),
        Ended::Reached(height) => line(&format!(
            "stopped after block {height}, as halt-height or halt-time says; the next start goes on from here, \
             once they are raised or 0"
        )),
    }
    Ok(())
}

pub(crate) fn rollback(home: &Path) -> Result<(), Failure> {
    let height = take_back(home)?;
    line(&format!("the chain stands at height {height} now"));
    Ok(())
}

fn tell(notice: &Notice) {
    match notice {
        Notice::Listening { chain_id, kind, height, address } => {
            line(&format!("{chain_id} ({kind}) at height {height} waits for CometBFT on {address}"));
        }
        Notice::Ignored(keys) => {
            line(&format!("warning: these keys of config/app.toml mean nothing here: {}", keys.join(", ")));
        }
        Notice::Open { grpc, rest } => {
            let door = |name: &str, addr: &Option<_>| addr.as_ref().map(|addr| format!("{name} on {addr}"));
            let open: Vec<String> = [door("gRPC", grpc), door("REST", rest)].into_iter().flatten().collect();
            line(&format!("users ask {}", open.join(", ")));
        }
        Notice::Refused(why) => line(why),
    }
}
