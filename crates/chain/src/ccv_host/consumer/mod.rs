//! The chain as the protocol's consumer: [`ics_ccv::consumer::Host`] over the context, in the store `ccvconsumer`.

mod genesis;
mod host;
mod msgs;
mod port;
mod queries;

pub use genesis::{Sections, export as export_genesis, init as init_genesis};
pub use msgs::CONSUMER_MSGS;
pub use port::ConsumerPort;
pub use queries::CONSUMER_QUERIES;

use crate::{Ctx, Error};
use ics_abci::ValUpdate;
use ics_ccv::consumer;
use ics_kv::Read;

/// The store that the protocol lives in.
pub const STORE: &str = "ccvconsumer";

/// The protocol's begin block, last of all modules.
///
/// # Errors
/// [`Error::Corrupt`]; anything else is a fault of this program.
pub fn begin_block(ctx: &mut Ctx<'_>) -> Result<(), Error> {
    host::run(ctx, |host| consumer::begin_block(host))
}

/// The protocol's end block, last of all modules; gives the changes of the chain's set.
///
/// # Errors
/// [`Error::Corrupt`]; anything else is a fault of this program.
pub fn end_block(ctx: &mut Ctx<'_>) -> Result<Vec<ValUpdate>, Error> {
    host::run(ctx, |host| consumer::end_block(host))
}

/// Says which messages the chain takes now: IBC's alone until the provider's first update, never those of modules that a
/// consumer leaves to its provider. Source: consumer spec §21.2.
///
/// # Errors
/// Code 1, codespace `undefined`.
pub fn filter(ctx: &Ctx<'_>, urls: &[&str]) -> Result<(), Error> {
    let scope = Scope(ctx);
    consumer::gate::check(&scope, urls, &[], ctx.block.height).map_err(refusal)
}

/// The protocol's store, for reading alone.
struct Scope<'a, 'b>(&'a Ctx<'b>);

impl Read for Scope<'_, '_> {
    fn get(&self, key: &[u8]) -> Option<ics_kv::Bytes> {
        super::scope::get(self.0, STORE, key)
    }
    fn scan(&self, range: ics_kv::KeyRange) -> ics_kv::Scan<'_> {
        super::scope::scan(self.0, STORE, range)
    }
}

/// A refusal of the protocol, as the chain reports it.
pub(crate) fn refusal(error: consumer::Error) -> Error {
    if let consumer::Error::Corrupt(corrupt) = error {
        return Error::Corrupt(corrupt);
    }
    let (codespace, code) = error.code();
    Error::refused(codespace, code, error)
}
