//! Messages on a socket: each behind its length as a varint.

use prost::Message;
use prost::bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// No message is longer; the other side has the same limit.
pub(super) const MESSAGE_BYTES_MAX: usize = 104_857_600;
/// Bytes of the longest varint.
const VARINT_BYTES_MAX: u32 = 10;

/// Why no message can be read any more: where the next one begins is unknown.
#[derive(Debug, thiserror::Error)]
pub(super) enum FrameError {
    /// The socket.
    #[error("the connection failed: {0}")]
    Io(#[from] std::io::Error),
    /// A length of more than 64 bits.
    #[error("the length of a message does not end")]
    Varint,
    /// A length beyond the limit.
    #[error("a message of {0} bytes is longer than {MESSAGE_BYTES_MAX}")]
    TooLong(u64),
    /// The connection ended within a message.
    #[error("the connection ended within a message")]
    Cut,
}

/// The bytes of the next message; none where the connection ended before it. Memory grows with the bytes that come, not
/// with the length that is claimed.
///
/// # Errors
/// [`FrameError`].
pub(super) async fn read(from: &mut (impl AsyncRead + Unpin)) -> Result<Option<Bytes>, FrameError> {
    let Some(length) = read_length(from).await? else { return Ok(None) };
    let limit = u64::try_from(MESSAGE_BYTES_MAX).unwrap_or(u64::MAX);
    if length > limit {
        return Err(FrameError::TooLong(length));
    }
    let mut message = Vec::new();
    from.take(length).read_to_end(&mut message).await?;
    if u64::try_from(message.len()).ok() == Some(length) {
        Ok(Some(Bytes::from(message)))
    } else {
        Err(FrameError::Cut)
    }
}

async fn read_length(from: &mut (impl AsyncRead + Unpin)) -> Result<Option<u64>, FrameError> {
    let mut length: u64 = 0;
    for place in 0..VARINT_BYTES_MAX {
        let mut byte = [0_u8];
        if from.read(&mut byte).await? == 0 {
            return if place == 0 { Ok(None) } else { Err(FrameError::Cut) };
        }
        let [byte] = byte;
        let part = u64::from(byte & 0x7f);
        let shifted = part.checked_shl(place.saturating_mul(7)).unwrap_or(0);
        if shifted.checked_shr(place.saturating_mul(7)) != Some(part) {
            return Err(FrameError::Varint);
        }
        length |= shifted;
        if byte & 0x80 == 0 {
            return Ok(Some(length));
        }
    }
    Err(FrameError::Varint)
}

/// Writes a message; it may wait in a buffer until that is flushed.
pub(super) async fn write(
    to: &mut (impl AsyncWrite + Unpin),
    message: &impl Message,
) -> Result<(), std::io::Error> {
    to.write_all(&message.encode_length_delimited_to_vec()).await
}
