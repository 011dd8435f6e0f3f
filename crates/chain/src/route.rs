//! The table of messages: how each is checked, who must sign it, what it does.

use crate::{ChainConfig, Ctx, Error};
use ics_abci::AccAddr;
use prost::Message;

/// The messages of a chain: tables, of which the first row with a URL wins.
pub type MsgTables = &'static [&'static [MsgRoute]];

/// One row of the table. `msg_route!` makes one from functions over a prost type.
#[derive(Clone, Copy)]
pub struct MsgRoute {
    /// The type's URL, e.g. `/cosmos.bank.v1beta1.MsgSend`.
    pub url: &'static str,
    /// What can be said without state: decodes, checks, and names who must sign, each once, in order.
    pub check: fn(&ChainConfig, &[u8]) -> Result<Vec<AccAddr>, Error>,
    /// Decodes and executes; gives the response, protobuf of the URL with `Response` behind it.
    pub run: fn(&mut Ctx<'_>, &[u8]) -> Result<Vec<u8>, Error>,
}

/// Decodes a message, refusing what is none.
///
/// # Errors
/// `sdk/2`.
pub fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M, Error> {
    M::decode(bytes).map_err(Error::tx_decode)
}

/// The account that a text names.
///
/// # Errors
/// `sdk/7`, naming the role of the address in the message.
pub fn account(chain: &ChainConfig, role: &str, text: &str) -> Result<AccAddr, Error> {
    if text.is_empty() {
        return Err(Error::invalid_address(format!(
            "invalid {role} address: empty address string is not allowed"
        )));
    }
    AccAddr::parse(chain.prefix, text)
        .map_err(|error| Error::invalid_address(format!("invalid {role} address: {error}")))
}

/// A row from a URL, a check `fn(&ChainConfig, &M) -> Result<Vec<AccAddr>, Error>` (whose value is the signers) and a
/// handler `fn(&mut Ctx, M) -> Result<Response, Error>`, both over prost types.
#[macro_export]
macro_rules! msg_route {
    ($url:literal, $check:path, $handler:path) => {
        $crate::route::MsgRoute {
            url: $url,
            check: |chain, bytes| $check(chain, &$crate::route::decode(bytes)?),
            run: |ctx, bytes| {
                $handler(ctx, $crate::route::decode(bytes)?)
                    .map(|response| prost::Message::encode_to_vec(&response))
            },
        }
    };
}
