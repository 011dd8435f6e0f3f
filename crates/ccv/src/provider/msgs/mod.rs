//! Messages: plain values which the chain makes from its transactions.
//!
//! Each has `validate_basic`, which needs no state, and a `handle` that repeats it, checks the rest, then writes.
//! Signers are parsed already; other addresses and ids are text as in the transaction, because what is wrong with them
//! is part of the message's own error. Source: provider spec §8.4.

mod assign_consumer_key;
mod create_consumer;
mod opt_in;
mod opt_out;
mod remove_consumer;
mod set_consumer_commission_rate;
mod update_consumer;
mod update_params;
mod validator_key;

pub use assign_consumer_key::AssignConsumerKey;
pub use create_consumer::{CreateConsumer, Created};
pub use opt_in::OptIn;
pub use opt_out::OptOut;
pub use remove_consumer::RemoveConsumer;
pub use set_consumer_commission_rate::SetConsumerCommissionRate;
pub use update_consumer::UpdateConsumer;
pub use update_params::UpdateParams;

use super::error::{Error, Fault};
use crate::id::{ConsumerId, IdError};
use alloc::string::ToString;

/// The consumer that a text names. Digits that no consumer is printed as, such as `007`, name nobody.
///
/// # Errors
/// [`Error::InvalidConsumerId`] where it is no number, [`Error::UnknownConsumer`] where nobody is printed so.
pub fn consumer_id(text: &str) -> Result<ConsumerId, Error> {
    ConsumerId::parse(text).map_err(|error| match error {
        IdError::NotCanonical(text) => Error::UnknownConsumer(text),
        _ => Error::InvalidConsumerId(text.to_string()),
    })
}

/// Checks that a text could name a consumer.
fn validate_id(text: &str) -> Result<(), Fault> {
    ConsumerId::check(text).map_err(|_| Fault::new("ConsumerId", "is no consumer id"))
}
