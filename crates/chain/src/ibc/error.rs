//! IBC's refusals: ibc-go's codespaces, codes and texts, because relayers and clients match on them.
//!
//! Source: ibc-go v10 `errors.go` of 02-client, 03-connection, 04-channel, 05-port, 23-commitment, 24-host, transfer.

use crate::Error;

/// One codespace as a module, one function per code; the text stands behind the particulars, as in the SDK.
macro_rules! codespace {
    ($(#[$doc:meta])* $module:ident $codespace:literal { $($name:ident = $code:literal $text:literal),* $(,)? }) => {
        $(#[$doc])*
        pub(crate) mod $module {
            use super::{Error, refusal};
            $(
                #[doc = $text]
                #[must_use]
                pub(crate) fn $name(what: impl core::fmt::Display) -> Error {
                    refusal($codespace, $code, $text, &what)
                }
            )*
        }
    };
}

fn refusal(codespace: &'static str, code: u32, text: &str, what: &dyn core::fmt::Display) -> Error {
    let what = what.to_string();
    let log = if what.is_empty() { text.to_owned() } else { format!("{what}: {text}") };
    Error::Refused { codespace, code, log }
}

codespace! {
    /// ICS-02.
    client "client" {
        exists = 2 "light client already exists",
        invalid = 3 "light client is invalid",
        not_found = 4 "light client not found",
        consensus_not_found = 7 "consensus state not found",
        invalid_consensus = 8 "invalid consensus state",
        invalid_type = 10 "invalid client type",
        invalid_header = 12 "invalid client header",
        invalid_misbehaviour = 13 "invalid light client misbehaviour",
        self_consensus_not_found = 22 "self consensus state not found",
        invalid_height = 26 "invalid height",
        not_active = 29 "client state is not active",
    }
}

codespace! {
    /// ICS-03.
    connection "connection" {
        not_found = 3 "connection not found",
        no_paths = 4 "light client connection paths not found",
        invalid_state = 6 "invalid connection state",
        invalid_counterparty = 7 "invalid counterparty connection",
        invalid = 8 "invalid connection",
        invalid_version = 9 "invalid connection version",
        negotiation_failed = 10 "connection version negotiation failed",
        invalid_id = 11 "invalid connection identifier",
    }
}

codespace! {
    /// ICS-04.
    channel "channel" {
        not_found = 3 "channel not found",
        invalid = 4 "invalid channel",
        invalid_state = 5 "invalid channel state",
        invalid_order = 6 "invalid channel ordering",
        invalid_counterparty = 7 "invalid counterparty channel",
        send_sequence_not_found = 10 "sequence send not found",
        receive_sequence_not_found = 11 "sequence receive not found",
        ack_sequence_not_found = 12 "sequence acknowledgement not found",
        invalid_packet = 13 "invalid packet",
        too_many_hops = 15 "too many connection hops",
        invalid_ack = 16 "invalid acknowledgement",
        ack_exists = 17 "acknowledgement for packet already exists",
        invalid_id = 18 "invalid channel identifier",
        received = 19 "packet already received",
        out_of_order = 21 "packet sequence is out of order",
        redundant = 22 "packet messages are redundant",
        timeout_not_reached = 39 "timeout not reached",
        timeout_elapsed = 40 "timeout elapsed",
    }
}

codespace! {
    /// ICS-05.
    port "port" {
        invalid = 4 "invalid port",
        no_route = 5 "route not found",
    }
}

codespace! {
    /// ICS-23.
    commitment "commitment" {
        invalid_proof = 2 "invalid proof",
        invalid_prefix = 3 "invalid prefix",
    }
}

codespace! {
    /// ICS-24.
    host "host" {
        invalid_id = 2 "invalid identifier",
    }
}

codespace! {
    /// ICS-07.
    tendermint "07-tendermint" {
        delay_not_passed = 10 "packet-specified delay period has not been reached",
    }
}

codespace! {
    /// What all of IBC shares.
    general "ibc" {
        invalid_sequence = 1 "invalid sequence",
        unauthorized = 2 "unauthorized",
        unknown_request = 4 "unknown request",
        invalid_address = 5 "invalid address",
        invalid_coins = 6 "invalid coins",
        invalid_request = 8 "invalid request",
        invalid_height = 9 "invalid height",
        invalid_type = 12 "invalid type",
        unpack_any = 14 "failed unpacking protobuf message from Any",
    }
}

codespace! {
    /// ICS-20.
    transfer "transfer" {
        invalid_denom = 3 "invalid denomination for cross-chain transfer",
        invalid_version = 4 "invalid ICS20 version",
        invalid_amount = 5 "invalid token amount",
        denom_not_found = 6 "denomination not found",
        send_disabled = 7 "fungible token transfers from this chain are disabled",
        receive_disabled = 8 "fungible token transfers to this chain are disabled",
        max_channels = 9 "max transfer channels",
        invalid_memo = 11 "invalid memo",
    }
}
