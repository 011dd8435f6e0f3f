//! Where connections come in: so many at once, and none that only holds its place.
//!
//! Journey: a socket → [`Door::next`], when there is a place → a [`Guest`], which must say what a request begins with within the
//! door's patience, and take what it is told in time → the place is free when the connection ends, or what it was upgraded to.
//! Source: CometBFT 0.38 `rpc/jsonrpc/server/http_server.go` (`Listen`, `ReadTimeout`).

use super::Terms;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};

/// How many connections a server has at once where nobody says another number, as CometBFT has it
/// (`max_open_connections`).
pub const CONNECTIONS_MAX: usize = 900;
/// How long a client may take to send the head of a request where nobody says another time, as CometBFT has it.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait where a connection could not be accepted.
pub(crate) const ACCEPT_AGAIN: Duration = Duration::from_millis(50);
/// What a connection of HTTP/2 begins with, by which it is told from HTTP/1: no request is heard before.
const PREFACE_BYTES: usize = 24;

/// A listener that lets so many in at once; the others wait outside.
pub(crate) struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
    terms: Terms,
}

impl Door {
    pub(crate) fn new(listener: TcpListener, terms: Terms) -> Self {
        let places = Arc::new(Semaphore::new(terms.connections_max.min(Semaphore::MAX_PERMITS)));
        Self { listener, places, terms }
    }

    /// How long a client may take to send the head of a request.
    pub(crate) const fn patience(&self) -> Duration {
        self.terms.patience
    }

    /// The next connection, when there is a place for it.
    pub(crate) async fn next(&self) -> Guest {
        loop {
            // The semaphore is never closed.
            if let Ok(place) = Arc::clone(&self.places).acquire_owned().await
                && let Ok((stream, _)) = self.listener.accept().await
            {
                // Answers are small and waited for.
                drop(stream.set_nodelay(true));
                return Guest::new(stream, place, self.terms);
            }
            // Too many open files, say: other connections must end before the next can come.
            sleep(ACCEPT_AGAIN).await;
        }
    }
}

/// A connection and its place.
pub(crate) struct Guest {
    stream: TcpStream,
    write_timeout: Duration,
    /// How many of its first bytes are still to come, and until when.
    owes: usize,
    greets: Option<Pin<Box<Sleep>>>,
    /// Until when it must take something, where it did not the last time.
    takes: Option<Pin<Box<Sleep>>>,
    _place: OwnedSemaphorePermit,
}

impl Guest {
    fn new(stream: TcpStream, place: OwnedSemaphorePermit, terms: Terms) -> Self {
        let Terms { write_timeout, patience, .. } = terms;
        let greets = Some(Box::pin(sleep(patience)));
        Self { stream, write_timeout, owes: PREFACE_BYTES, greets, takes: None, _place: place }
    }

    /// What a write came to: an error where nothing was taken for too long.
    fn written(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.takes = None;
            return written;
        }
        let timeout = self.write_timeout;
        ready!(self.takes.get_or_insert_with(|| Box::pin(sleep(timeout))).as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Guest {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.owes = self.owes.saturating_sub(buffer.filled().len().saturating_sub(before));
        if self.owes == 0 {
            self.greets = None;
        }
        match (&read, self.greets.as_mut()) {
            (Poll::Pending, Some(greets)) => {
                ready!(greets.as_mut().poll(cx));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            _ => read,
        }
    }
}

impl AsyncWrite for Guest {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, written)
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.written(cx, written)
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
