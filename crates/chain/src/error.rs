//! Why a message, a transaction or a query was refused.

use ics_kv::Corrupt;

/// A refusal with its ABCI code, or the end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The caller asked for something that is not allowed or not possible; nothing was changed.
    #[error("{log}")]
    Refused {
        /// Which part of the chain `code` belongs to, e.g. `sdk`.
        codespace: &'static str,
        /// Never 0.
        code: u32,
        /// For humans and relayers, in the SDK's words where clients match on them.
        log: String,
    },
    /// State does not decode: the node must halt.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
}

/// Codes of codespace `sdk` (SDK types/errors). The text is what the SDK appends behind the particulars.
macro_rules! sdk_errors {
    ($($name:ident = $code:literal $text:literal),* $(,)?) => {
        impl Error {
            $(
                #[doc = concat!("`sdk/", stringify!($code), "`: ", $text, ".")]
                #[must_use]
                pub fn $name(what: impl core::fmt::Display) -> Self {
                    Self::Refused { codespace: "sdk", code: $code, log: format!("{what}: {}", $text) }
                }
            )*
        }
    };
}
sdk_errors! {
    tx_decode = 2 "tx parse error",
    invalid_sequence = 3 "invalid sequence",
    unauthorized = 4 "unauthorized",
    insufficient_funds = 5 "insufficient funds",
    unknown_request = 6 "unknown request",
    invalid_address = 7 "invalid address",
    invalid_pub_key = 8 "invalid pubkey",
    unknown_address = 9 "unknown address",
    invalid_coins = 10 "invalid coins",
    out_of_gas = 11 "out of gas",
    memo_too_large = 12 "memo too large",
    insufficient_fee = 13 "insufficient fee",
    too_many_signatures = 14 "maximum number of signatures exceeded",
    no_signatures = 15 "no signatures supplied",
    invalid_request = 18 "invalid request",
    tx_in_mempool_cache = 19 "tx already in mempool",
    tx_too_large = 21 "tx too large",
    key_not_found = 22 "key not found",
    invalid_height = 26 "invalid height",
    invalid_type = 29 "invalid type",
    tx_timeout_height = 30 "tx timeout height",
    wrong_sequence = 32 "incorrect account sequence",
    unknown_extension = 31 "unknown extension options",
    not_supported = 37 "feature not supported",
    not_found = 38 "not found",
    invalid_gas_limit = 41 "invalid gas limit",
}

impl Error {
    /// A refusal of a module's own.
    #[must_use]
    pub fn refused(codespace: &'static str, code: u32, log: impl core::fmt::Display) -> Self {
        Self::Refused { codespace, code, log: log.to_string() }
    }

    /// A refusal without a registered code: code 1, codespace `undefined`, as the SDK reports those.
    #[must_use]
    pub fn unregistered(log: impl core::fmt::Display) -> Self {
        Self::refused("undefined", 1, log)
    }

    /// The same refusal with words before its own.
    #[must_use]
    pub fn within(self, context: &str) -> Self {
        match self {
            Self::Refused { codespace, code, log } => {
                Self::Refused { codespace, code, log: format!("{context}: {log}") }
            }
            Self::Corrupt(corrupt) => Self::Corrupt(corrupt),
        }
    }

    /// Codespace, code and log, as results carry them. Corrupt state is code 1: whoever can halt does so instead.
    #[must_use]
    pub fn parts(self) -> (String, u32, String) {
        match self {
            Self::Refused { codespace, code, log } => (codespace.to_owned(), code, log),
            Self::Corrupt(corrupt) => ("undefined".to_owned(), 1, corrupt.to_string()),
        }
    }
}
