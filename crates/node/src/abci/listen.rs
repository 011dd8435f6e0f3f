//! Where the server listens: a TCP address or a unix socket, written as CometBFT writes `proxy_app`.

use super::failure::StartError;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};

/// Where CometBFT finds its application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `tcp://IP:PORT`; port 0 takes any free one.
    Tcp(SocketAddr),
    /// `unix://PATH`.
    Unix(PathBuf),
}

/// A text that is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address of an application: write tcp://127.0.0.1:26658 or unix:///path/to/socket")]
pub struct AddressError(String);

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wrong = || AddressError(text.to_owned());
        match text.split_once("://") {
            Some(("tcp", addr)) => addr.parse().map(Self::Tcp).map_err(|_| wrong()),
            Some(("unix", path)) if !path.is_empty() && !path.contains('\0') => Ok(Self::Unix(path.into())),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(addr) => write!(f, "tcp://{addr}"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

/// A connection of either kind.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A bound address. A unix socket's file goes with it.
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

impl Listener {
    /// Listens.
    ///
    /// # Errors
    /// [`StartError::InUse`], [`StartError::Bind`].
    pub(super) async fn bind(address: &Address) -> Result<Self, StartError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AddrInUse => StartError::InUse(address.clone()),
            _ => StartError::Bind { address: address.clone(), error },
        };
        match address {
            Address::Tcp(addr) => TcpListener::bind(addr).await.map(Self::Tcp).map_err(failed),
            Address::Unix(path) => {
                remove_abandoned(path);
                let listener = UnixListener::bind(path).map_err(failed)?;
                Ok(Self::Unix(listener, path.clone()))
            }
        }
    }

    /// Where it listens: the real port where port 0 was asked for.
    ///
    /// # Errors
    /// What the system gives.
    pub(super) fn address(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Address::Tcp),
            Self::Unix(_, path) => Ok(Address::Unix(path.clone())),
        }
    }

    /// The next connection.
    ///
    /// # Errors
    /// What the system gives.
    pub(super) async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                // Requests and answers are small and waited for.
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
            Self::Unix(listener, _) => Ok(Box::new(listener.accept().await?.0)),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Self::Unix(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Removes a socket whose process was killed: nobody answers there. What is no socket stays and is in the way.
fn remove_abandoned(path: &Path) {
    let refused = std::os::unix::net::UnixStream::connect(path)
        .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|found| {
        use std::os::unix::fs::FileTypeExt as _;
        found.file_type().is_socket()
    });
    if refused && is_socket {
        let _ = std::fs::remove_file(path);
    }
}
