//! Identifiers of outside origin, checked as ICS-24 asks, before they become part of a key.

use super::error::{channel, connection, host};
use crate::Error;

fn check(what: &str, id: &str, min: usize, max: usize) -> Result<(), Error> {
    if id.trim().is_empty() {
        return Err(host::invalid_id(format!("{what} cannot be blank")));
    }
    if !(min..=max).contains(&id.len()) {
        let found = id.len();
        return Err(host::invalid_id(format!(
            "{what} has invalid length: {found}, must be between {min}-{max} characters"
        )));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-#[]<>".contains(&byte);
    if !id.bytes().all(allowed) {
        return Err(host::invalid_id(format!(
            "{what} contains characters other than letters, digits and . _ + - # [ ] < >"
        )));
    }
    Ok(())
}

/// A port's name, ours or theirs.
pub(crate) fn port(id: &str) -> Result<(), Error> {
    check("port identifier", id, 2, 128)
}

/// A channel's name in any chain's form.
pub(crate) fn any_channel(id: &str) -> Result<(), Error> {
    check("channel identifier", id, 8, 64)
}

/// A client's name.
pub(crate) fn client(id: &str) -> Result<(), Error> {
    check("client identifier", id, 9, 64)
}

/// A connection's name.
pub(crate) fn connection(id: &str) -> Result<(), Error> {
    check("connection identifier", id, 10, 64).map_err(|_| connection::invalid_id(""))
}

/// The number in a channel name of our own making: `channel-7` is 7.
pub(crate) fn channel_number(id: &str) -> Option<u64> {
    numbered("channel-", id)
}

/// The number behind `prefix`, at most 20 digits.
pub(crate) fn numbered(prefix: &str, id: &str) -> Option<u64> {
    let digits = id.strip_prefix(prefix)?;
    let fits = (1..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fits { digits.parse().ok() } else { None }
}

/// A channel of this chain.
pub(crate) fn channel(id: &str) -> Result<(), Error> {
    channel_number(id).map(|_| ()).ok_or_else(|| channel::invalid_id(""))
}
