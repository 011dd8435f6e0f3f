//! Quotes and signs of comparison in addresses, as people type them: `/tx_search?query="tx.height>5"`.
//!
//! CometBFT takes them raw; the HTTP library here refuses such an address before anybody sees it. So a connection's bytes pass
//! through [`Unquoted`], which writes `%22`, `%3C` and `%3E` for them in the first line of a `GET` and leaves all else alone.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much is read at once.
const PIECE: usize = 4_096;
/// What a request begins with whose first line is rewritten; it has no body, so the next request follows its head.
const GET: &[u8] = b"GET ";

/// What an address may not have, and how it is written instead.
const fn escaped(byte: u8) -> Option<&'static [u8]> {
    match byte {
        b'"' => Some(b"%22"),
        b'<' => Some(b"%3C"),
        b'>' => Some(b"%3E"),
        _ => None,
    }
}

/// A connection whose `GET` lines have nothing that the HTTP library refuses and people type.
#[derive(Debug)]
pub(crate) struct Unquoted<S> {
    inner: S,
    place: Place,
    ready: Vec<u8>,
    taken: usize,
}

/// Where in the stream of requests the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// So many bytes into what may be `GET `.
    Start(usize),
    /// In the first line of a `GET`.
    Line,
    /// In its head; whether nothing but a return came in this line yet.
    Head { empty: bool },
    /// After any other request: its body may hold anything, so nothing more is looked at.
    Through,
}

impl Place {
    /// Passes a byte on, and gives where the next one is.
    fn pass(self, byte: u8, out: &mut Vec<u8>) -> Self {
        if let (Self::Line, Some(escaped)) = (self, escaped(byte)) {
            out.extend_from_slice(escaped);
            return self;
        }
        out.push(byte);
        match (self, byte) {
            (Self::Start(at), _) if GET.get(at) != Some(&byte) => Self::Through,
            (Self::Start(at), b' ') if at.saturating_add(1) == GET.len() => Self::Line,
            (Self::Start(at), _) => Self::Start(at.saturating_add(1)),
            (Self::Line, b'\n') => Self::Head { empty: true },
            (Self::Head { empty: true }, b'\n') => Self::Start(0),
            (Self::Head { .. }, b'\n') => Self::Head { empty: true },
            (Self::Head { empty }, b'\r') => Self::Head { empty },
            (Self::Head { .. }, _) => Self::Head { empty: false },
            (Self::Line | Self::Through, _) => self,
        }
    }
}

impl<S> Unquoted<S> {
    pub(crate) const fn new(inner: S) -> Self {
        Self { inner, place: Place::Start(0), ready: Vec::new(), taken: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Unquoted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.taken >= this.ready.len() {
            let mut piece = [0; PIECE];
            let mut read = ReadBuf::new(&mut piece);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut read))?;
            this.ready.clear();
            this.taken = 0;
            for byte in read.filled() {
                this.place = this.place.pass(*byte, &mut this.ready);
            }
        }
        let rest = this.ready.get(this.taken..).unwrap_or_default();
        let some = rest.get(..rest.len().min(buffer.remaining())).unwrap_or_default();
        buffer.put_slice(some);
        this.taken = this.taken.saturating_add(some.len());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unquoted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    fn passed(bytes: &str) -> String {
        let (mut place, mut out) = (Place::Start(0), Vec::new());
        for byte in bytes.bytes() {
            place = place.pass(byte, &mut out);
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn quotes_and_comparisons_in_the_first_line_of_every_get_are_escaped() {
        let one = "GET /tx_search?query=\"a='b'<>\" HTTP/1.1\r\nhost: \"<h>\"\r\n\r\n";
        let done = "GET /tx_search?query=%22a='b'%3C%3E%22 HTTP/1.1\r\nhost: \"<h>\"\r\n\r\n";
        assert_eq!(passed(&one.repeat(2)), done.repeat(2));
    }

    #[test]
    fn other_requests_and_all_that_follows_them_are_left_alone() {
        for bytes in
            ["POST / HTTP/1.1\r\n\r\n{\"id\":1}GET /\"\r\n", "GEX \"", "\"", "PRI * HTTP/2.0\r\n\r\n\""]
        {
            assert_eq!(passed(bytes), bytes);
        }
    }
}
