//! Binding, running and stopping a server.

use super::Backend;
use super::deadline::{ANSWER_TIMEOUT, Deadline, Late};
use super::door::{CONNECTIONS_MAX, Door, PATIENCE};
use super::quotes::Unquoted;
use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use ics_abci::Height;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::task::JoinHandle;

/// How many clients at once may wait for something to happen, as CometBFT has it (`max_subscription_clients`).
pub(crate) const CLIENTS_MAX: usize = 100;
/// How many requests a server works on at once; the others wait.
const REQUESTS_MAX: usize = 16;
/// How long a client may take to send a request's body.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take to receive a message where nobody says another time, as CometBFT has it.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// After this long without a frame a connection of HTTP/2 is probed, and closed if nobody answers.
const KEEPALIVE: Duration = Duration::from_secs(60);
/// Most requests at once on one connection of HTTP/2.
const STREAMS_MAX: u32 = 100;
/// How long requests under way may take when the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// From where a server may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// From this machine only; any other address is refused.
    Loopback,
    /// From wherever the address is reachable.
    Anywhere,
}

/// On which terms a server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// From where it may be reached.
    pub reach: Reach,
    /// How long an answer may take.
    pub answer_timeout: Duration,
    /// How long a client may take before it receives the next bytes of an answer, or a message of a websocket.
    pub write_timeout: Duration,
    /// How many connections it has at once; the others wait until one of these ends.
    pub connections_max: usize,
    /// How long a client may take to send the head of a request, before it is hung up on.
    pub patience: Duration,
}

impl From<Reach> for Terms {
    /// [`ANSWER_TIMEOUT`] for an answer, [`WRITE_TIMEOUT`] for receiving it, [`CONNECTIONS_MAX`] connections, and [`PATIENCE`].
    fn from(reach: Reach) -> Self {
        Self {
            reach,
            answer_timeout: ANSWER_TIMEOUT,
            write_timeout: WRITE_TIMEOUT,
            connections_max: CONNECTIONS_MAX,
            patience: PATIENCE,
        }
    }
}

/// What connections speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speech {
    /// HTTP/1, which may be upgraded, or HTTP/2.
    Http,
    /// HTTP/2 alone.
    Grpc,
}

/// Why a server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is open to other machines, which was not asked for.
    #[error("{0} is no loopback address: this server listens for this machine only")]
    NotLoopback(SocketAddr),
    /// Something else listens there.
    #[error("{0} is already in use: stop what listens there, or choose another port")]
    InUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {addr}: {error}")]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The descriptors of the services cannot be served.
    #[error("cannot describe the gRPC services: {0}")]
    Reflection(String),
}

/// A running server. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Where it listens: the real port where port 0 was asked for.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Stops taking requests and waits, two seconds at most, for those under way.
    pub async fn stop(self) {
        let Self { stop, mut task, .. } = self;
        drop(stop);
        if tokio::time::timeout(STOP_TIMEOUT, &mut task).await.is_err() {
            task.abort();
        }
    }
}

/// Listens on `addr`; port 0 takes any free one.
pub(crate) async fn bind(addr: SocketAddr, terms: Terms) -> Result<(Door, SocketAddr), ServeError> {
    if terms.reach == Reach::Loopback && !addr.ip().is_loopback() {
        return Err(ServeError::NotLoopback(addr));
    }
    let refused = |error: io::Error| match error.kind() {
        io::ErrorKind::AddrInUse => ServeError::InUse(addr),
        _ => ServeError::Bind { addr, error },
    };
    let listener = TcpListener::bind(addr).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(|error| ServeError::Bind { addr, error })?;
    Ok((Door::new(listener, terms), bound))
}

/// Runs what `start` makes until the server is stopped or dropped.
pub(crate) fn run<F>(addr: SocketAddr, start: impl FnOnce(oneshot::Receiver<()>) -> F) -> Server
where
    F: Future<Output = ()> + Send + 'static,
{
    let (stop, stopped) = oneshot::channel();
    Server { addr, stop, task: tokio::spawn(start(stopped)) }
}

/// Serves every connection until the server is stopped; then those under way have until it is dropped.
pub(crate) async fn accept(door: Door, router: Router, speech: Speech, mut stopped: oneshot::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    let http = http(speech, door.patience());
    loop {
        let guest = tokio::select! {
            guest = door.next() => guest,
            _ = &mut stopped => break,
        };
        let service = TowerToHyperService::new(router.clone());
        match speech {
            Speech::Http => {
                let io = TokioIo::new(Unquoted::new(guest));
                let connection = http.serve_connection_with_upgrades(io, service).into_owned();
                tokio::spawn(graceful.watch(connection));
            }
            Speech::Grpc => {
                let connection = http.serve_connection(TokioIo::new(guest), service).into_owned();
                tokio::spawn(graceful.watch(connection));
            }
        }
    }
    drop(door);
    graceful.shutdown().await;
}

fn http(speech: Speech, patience: Duration) -> Builder<TokioExecutor> {
    let http = Builder::new(TokioExecutor::new());
    let mut http = match speech {
        Speech::Http => http,
        Speech::Grpc => http.http2_only(),
    };
    http.http1().timer(TokioTimer::new()).header_read_timeout(patience);
    http.http2().timer(TokioTimer::new()).keep_alive_interval(KEEPALIVE).max_concurrent_streams(STREAMS_MAX);
    http
}

/// What a server asks, shared by its requests.
pub(crate) struct Shared<N: ?Sized> {
    node: Arc<N>,
    busy: Arc<Semaphore>,
    clients: Arc<Semaphore>,
    terms: Terms,
}

impl<N: ?Sized> Clone for Shared<N> {
    fn clone(&self) -> Self {
        Self {
            node: Arc::clone(&self.node),
            busy: Arc::clone(&self.busy),
            clients: Arc::clone(&self.clients),
            terms: self.terms,
        }
    }
}

/// A request's work ended in a panic.
#[derive(Debug)]
pub(crate) struct Panicked;

/// Why a request has no answer.
#[derive(Debug)]
pub(crate) enum Unanswered {
    Panicked,
    Late(Late),
}

impl From<Panicked> for Unanswered {
    fn from(_: Panicked) -> Self {
        Self::Panicked
    }
}

impl From<Late> for Unanswered {
    fn from(late: Late) -> Self {
        Self::Late(late)
    }
}

impl<N: ?Sized + Send + Sync + 'static> Shared<N> {
    pub(crate) fn new(node: Arc<N>, terms: Terms) -> Self {
        let places = |count| Arc::new(Semaphore::new(count));
        Self { node, busy: places(REQUESTS_MAX), clients: places(CLIENTS_MAX), terms }
    }

    /// Until when a request that came now is answered.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::after(self.terms.answer_timeout)
    }

    /// How long a client may take to receive a message.
    pub(crate) const fn write_timeout(&self) -> Duration {
        self.terms.write_timeout
    }

    /// A place among those who wait for something to happen; none where all are taken.
    pub(crate) fn client(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.clients).try_acquire_owned().ok()
    }

    /// Works on a thread that may block, when it is this request's turn.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&N) -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        // The semaphore is never closed.
        let turn = Arc::clone(&self.busy).acquire_owned().await.map_err(|_| Panicked)?;
        self.work_at_once(move |node| {
            let _turn = turn;
            work(node)
        })
        .await
    }

    /// The same without waiting for a turn: for what is short, and must not wait behind what clients ask.
    pub(crate) async fn work_at_once<T: Send + 'static>(
        &self,
        work: impl FnOnce(&N) -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let node = Arc::clone(&self.node);
        tokio::task::spawn_blocking(move || work(&*node)).await.map_err(|_| Panicked)
    }

    /// The same until a deadline, which what lasts must look at by itself to stop there.
    pub(crate) async fn work_until<T: Send + 'static>(
        &self,
        until: Deadline,
        work: impl FnOnce(&N) -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        until.check()?;
        let done = tokio::time::timeout_at(until.at(), self.work(work)).await.map_err(|_| until.late())??;
        // What was stopped is no answer.
        until.check()?;
        Ok(done)
    }
}

impl Shared<dyn Backend> {
    /// Tells of each durable block from now on.
    pub(crate) fn tips(&self) -> watch::Receiver<Height> {
        self.node.tips()
    }

    /// The newest durable block.
    pub(crate) fn tip(&self) -> Height {
        *self.tips().borrow()
    }
}
