//! Which transactions a consumer takes. Until the provider's first validator set change nothing but IBC: the chain is not
//! secured yet. Source: consumer spec §21.2.

use super::error::Error;
use super::state::PROVIDER_CHANNEL;
use ics_abci::Height;
use ics_kv::{Corrupt, Read};

/// Whether the channel to the provider is established.
///
/// # Errors
/// [`Corrupt`].
pub fn is_open(from: &(impl Read + ?Sized)) -> Result<bool, Corrupt> {
    Ok(PROVIDER_CHANNEL.get(from)?.is_some())
}

/// Whether a chain that is not open takes a transaction at `height`, by the type URLs of its messages (not of those inside
/// of them): each must begin with `/ibc.`.
///
/// # Errors
/// [`Error::MessageTypes`] where it does not.
pub fn allows_while_closed<'a>(
    type_urls: impl IntoIterator<Item = &'a str>,
    height: Height,
) -> Result<(), Error> {
    let ibc_alone = type_urls.into_iter().all(|url| url.starts_with("/ibc."));
    if ibc_alone { Ok(()) } else { Err(Error::MessageTypes(height)) }
}

/// Whether a consumer takes a transaction at `height`, by the type URLs of its messages and of all those inside of them: the
/// provider punishes, so evidence and slashing take no messages here.
///
/// # Errors
/// [`Error::MessageModules`] where it does not.
pub fn allows_modules<'a>(type_urls: impl IntoIterator<Item = &'a str>, height: Height) -> Result<(), Error> {
    let refused = |url: &str| url.starts_with("/cosmos.evidence") || url.starts_with("/cosmos.slashing");
    if type_urls.into_iter().any(refused) { Err(Error::MessageModules(height)) } else { Ok(()) }
}

/// Both rules, for a transaction whose messages have these type URLs; `nested` are those of messages inside of messages.
///
/// # Errors
/// [`Error::MessageTypes`], [`Error::MessageModules`] or [`Error::Corrupt`].
pub fn check<'a>(
    from: &(impl Read + ?Sized),
    type_urls: &[&'a str],
    nested: &[&'a str],
    height: Height,
) -> Result<(), Error> {
    if !is_open(from)? {
        allows_while_closed(type_urls.iter().copied(), height)?;
    }
    allows_modules(type_urls.iter().chain(nested).copied(), height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_closed_chain_takes_ibc_messages_alone() {
        let send = "/cosmos.bank.v1beta1.MsgSend";
        let update = "/ibc.core.client.v1.MsgUpdateClient";
        assert_eq!(allows_while_closed([update, update], Height(7)), Ok(()));
        assert_eq!(allows_while_closed([], Height(7)), Ok(()));
        for urls in [[update, send], [send, update], ["/ibcx.Msg", update], ["ibc.Msg", update]] {
            assert_eq!(allows_while_closed(urls, Height(7)), Err(Error::MessageTypes(Height(7))));
        }
        let text = Error::MessageTypes(Height(7)).to_string();
        assert_eq!(text, "tx contains unsupported message types at height 7");
    }

    #[test]
    fn evidence_and_slashing_take_no_messages() {
        for url in ["/cosmos.evidence.v1beta1.MsgSubmitEvidence", "/cosmos.slashing.v1beta1.MsgUnjail"] {
            let error = allows_modules(["/cosmos.bank.v1beta1.MsgSend", url], Height(9)).unwrap_err();
            assert_eq!(
                error.to_string(),
                "tx contains message types from unsupported modules at height 9",
                "{url}"
            );
            assert_eq!(error.code(), ("undefined", 1));
        }
    }
}
