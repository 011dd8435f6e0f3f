//! Connections: each answered in the order of its requests, all beside one another.

use super::answer::{Failed, answer, panicked};
use super::doors::{Behind, Opened as Doors};
use super::failure::{StartError, of_disk};
use super::frame::{self, MESSAGE_BYTES_MAX};
use super::listen::{Address, Listener, Stream};
use super::setup::{self, Opened, Options};
use crate::app_toml::ChainKind;
use crate::disk::survive_file_limit;
use crate::rpc::{Comet, Node as _, Server};
use ics_abci::{Halt, Height};
use ics_kv::rows::DiskError;
use prost::Message as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tendermint_proto::v0_38::abci::{Request, Response, ResponseException, request, response};
use tokio::io::{AsyncWriteExt as _, BufReader, BufWriter};
use tokio::sync::{Semaphore, mpsc};

/// How many connections are answered at once, beyond CometBFT's four; others are closed.
const CONNECTIONS_MAX: usize = 16;
/// How often is looked whether to stop.
const GLANCE: Duration = Duration::from_millis(20);
/// How long to wait where a connection could not be accepted.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);
/// How long a block that is being written may take when the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
/// How many reports may wait; more of what connections were refused are not told.
const REPORTS_MAX: usize = 64;

/// What whoever runs a chain is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// CometBFT can connect.
    Listening {
        /// The chain's id.
        chain_id: String,
        /// What it is.
        kind: ChainKind,
        /// The last block that is durable; 0 before the first.
        height: Height,
        /// Where.
        address: Address,
    },
    /// Keys of `app.toml` that mean nothing here.
    Ignored(Vec<String>),
    /// Users can ask, from before CometBFT can connect.
    Open {
        /// Where gRPC is; none where it is off.
        grpc: Option<SocketAddr>,
        /// Where the REST gateway is; none where it is off.
        rest: Option<SocketAddr>,
    },
    /// A request was not understood, and answered so.
    Refused(String),
}

/// Why a server stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was told to.
    Told,
    /// This block is committed, after which its operator wants it to stop.
    Reached(Height),
}

/// What connections report.
enum Report {
    Refused(String),
    Ended(Ended),
    Halted(Halt),
}

impl Report {
    const fn is_last(&self) -> bool {
        matches!(self, Self::Ended(_) | Self::Halted(_))
    }
}

/// Serves the chain of a home until `stop` is set or it cannot go on.
///
/// # Errors
/// [`StartError`]; the next start goes on from the last block whose commit was answered.
pub fn run(
    options: &Options,
    stop: &AtomicBool,
    notice: &mut dyn FnMut(Notice),
) -> Result<Ended, StartError> {
    let Opened { chain, chain_id, kind, ignored, doors, database, hold: _hold, .. } =
        setup::open(&options.home, &options.overrides)?;
    if let Some(height) = chain.to_stop_at() {
        return Err(StartError::Stopped(height));
    }
    if !ignored.is_empty() {
        notice(Notice::Ignored(ignored));
    }
    let comet = Comet::at(&setup::comet(options)?);
    // CometBFT may listen elsewhere than on TCP: that matters where somebody is answered from it.
    let comet = if doors.are_shut() { comet.ok() } else { Some(comet?) };
    let behind = Arc::new(Behind { chain, comet, prefix: setup::prefix(kind) });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(StartError::Runtime)?;
    survive_file_limit(&runtime).map_err(StartError::Runtime)?;
    let ended = runtime.block_on(async {
        let listener = Listener::bind(&options.address).await?;
        let address = listener.address().map_err(StartError::Runtime)?;
        let open = doors.open(&behind).await?;
        let Doors { grpc, rest } = &open;
        let (grpc, rest) = (grpc.as_ref().map(Server::addr), rest.as_ref().map(Server::addr));
        if grpc.is_some() || rest.is_some() {
            notice(Notice::Open { grpc, rest });
        }
        let height = behind.height();
        tracing::info!(chain_id, height = height.0, role = %kind, %address, "waits for CometBFT");
        notice(Notice::Listening { chain_id, kind, height, address });
        let ended = accept(&listener, &behind, stop, notice).await;
        open.stop().await;
        match ended {
            Ok(ended) => Ok(ended),
            Err(Halt(why)) if why == DiskError::Full.to_string() => Err(of_disk(database, DiskError::Full)),
            Err(halt) => Err(StartError::Halted(halt.to_string())),
        }
    });
    runtime.shutdown_timeout(STOP_TIMEOUT);
    ended
}

/// Takes connections until it is to stop.
///
/// # Errors
/// [`Halt`]: the chain cannot go on.
async fn accept(
    listener: &Listener,
    behind: &Arc<Behind>,
    stop: &AtomicBool,
    notice: &mut dyn FnMut(Notice),
) -> Result<Ended, Halt> {
    let (reports, mut reported) = mpsc::channel(REPORTS_MAX);
    let seats = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut glances = tokio::time::interval(GLANCE);
    while !stop.load(Ordering::Relaxed) {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok(stream) = accepted else {
                    // Too many open files, say: others must be closed before the next can come.
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                    continue;
                };
                let Ok(seat) = Arc::clone(&seats).try_acquire_owned() else { continue };
                let (behind, reports) = (Arc::clone(behind), reports.clone());
                tokio::spawn(async move {
                    converse(stream, &behind, &reports).await;
                    drop(seat);
                });
            }
            report = reported.recv() => match report {
                Some(Report::Refused(why)) => {
                    let height = behind.height().0;
                    tracing::warn!(chain_id = behind.chain.id(), height, why, "refused a request");
                    notice(Notice::Refused(why));
                }
                Some(Report::Ended(ended)) => return Ok(ended),
                Some(Report::Halted(halt)) => return Err(halt),
                None => {}
            },
            _ = glances.tick() => {}
        }
    }
    Ok(Ended::Told)
}

/// Answers a connection until it ends.
async fn converse(stream: Box<dyn Stream>, behind: &Arc<Behind>, reports: &mpsc::Sender<Report>) {
    let (from, to) = tokio::io::split(stream);
    let (mut from, mut to) = (BufReader::new(from), BufWriter::new(to));
    loop {
        let (value, report, last) = match frame::read(&mut from).await {
            Ok(None) | Err(frame::FrameError::Io(_)) => return,
            Ok(Some(bytes)) => match Request::decode(bytes) {
                Ok(Request { value: Some(value) }) => {
                    let (value, report) = work(behind, value).await;
                    let last = report.as_ref().is_some_and(Report::is_last);
                    (value, report, last)
                }
                Ok(Request { value: None }) => refused("it is none of ABCI 2.0", false),
                Err(error) => refused(&format!("it does not decode: {error}"), false),
            },
            // Where the next request begins is unknown.
            Err(error) => refused(&error.to_string(), true),
        };
        let is_urgent = last
            || matches!(value, response::Value::Flush(_) | response::Value::Exception(_))
            || from.buffer().is_empty();
        let sent = frame::write(&mut to, &Response { value: Some(value) }).await;
        let sent = if is_urgent { sent.and(to.flush().await) } else { sent };
        match report {
            Some(report) if report.is_last() => drop(reports.send(report).await),
            Some(report) => drop(reports.try_send(report)),
            None => {}
        }
        if last || sent.is_err() {
            return;
        }
    }
}

type Done = (response::Value, Option<Report>);

fn refused(why: &str, last: bool) -> (response::Value, Option<Report>, bool) {
    let why = format!("a request was refused: {why}");
    (exception(why.clone()), Some(Report::Refused(why)), last)
}

fn exception(error: String) -> response::Value {
    response::Value::Exception(ResponseException { error })
}

/// Works on a request on a thread that may block. A panic ends the answer alone where only a question was asked, and the
/// chain where its state is concerned.
async fn work(behind: &Arc<Behind>, request: request::Value) -> Done {
    let in_panic = panicked(&request);
    let is_commit = matches!(request, request::Value::Commit(_));
    let asked = Arc::clone(behind);
    let worked = tokio::task::spawn_blocking(move || answer(&asked, request)).await;
    match worked.unwrap_or(in_panic) {
        Ok(value) => {
            let value = Response { value: Some(value) };
            let bytes = value.encoded_len();
            match value.value {
                Some(value) if bytes <= MESSAGE_BYTES_MAX => {
                    let reached = is_commit.then(|| behind.chain.to_stop_at()).flatten();
                    (value, reached.map(|height| Report::Ended(Ended::Reached(height))))
                }
                _ => {
                    let why = format!("the answer has {bytes} bytes, more than {MESSAGE_BYTES_MAX}");
                    (exception(why.clone()), Some(Report::Refused(why)))
                }
            }
        }
        Err(Failed::Refused(why)) => {
            let (value, report, _) = refused(&why, false);
            (value, report)
        }
        Err(Failed::Halted(halt)) => (exception(halt.to_string()), Some(Report::Halted(halt))),
    }
}
