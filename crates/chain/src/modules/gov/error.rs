//! Codes of codespace `gov`. `gov/13` is `auth`'s, who guards the authority.

use crate::Error;

macro_rules! gov_errors {
    ($($name:ident = $code:literal $text:literal),* $(,)?) => {
        $(pub(super) fn $name(what: impl core::fmt::Display) -> Error {
            Error::refused("gov", $code, format!("{what}: {}", $text))
        })*
    };
}
gov_errors! {
    inactive_proposal = 3 "inactive proposal",
    invalid_content = 5 "invalid proposal content",
    invalid_vote = 7 "invalid vote option",
    invalid_genesis = 8 "invalid genesis state",
    no_handler = 9 "no handler exists for proposal type",
    unroutable = 10 "proposal message not recognized by router",
    no_messages = 11 "no messages proposed",
    invalid_message = 12 "invalid proposal message",
    metadata_too_long = 15 "metadata too long",
    deposit_too_small = 16 "minimum deposit is too small",
    invalid_proposer = 18 "invalid proposer",
    voting_ended = 20 "voting period already ended",
    invalid_proposal = 21 "invalid proposal",
    summary_too_long = 22 "summary too long",
    deposit_denom = 23 "invalid deposit denom",
}

/// A proposal that is not there: without a code, in the words of the SDK's collections.
pub(super) fn no_proposal(id: u64) -> Error {
    let of = "github.com/cosmos/gogoproto/cosmos.gov.v1.Proposal";
    Error::unregistered(format!("collections: not found: key '{id}' of type {of}"))
}

/// Powers and deposits beyond what 256 bits hold: no chain has as many.
pub(super) fn arithmetic(error: ics_abci::DecError) -> Error {
    Error::invalid_request(error)
}
