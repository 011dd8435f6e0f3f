//! The parts of an error: which message, which field of it, which phase it wants, who stands in the way.

use super::error::Error;

/// What a message asks of a consumer's phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Registered, initialized or launched.
    Active,
    /// Registered or initialized.
    Prelaunched,
    /// Launched.
    Launched,
}

impl core::fmt::Display for Wanted {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Active => "expected the registered, initialized, or launched phase",
            Self::Prelaunched => "expected the registered or initialized phase",
            Self::Launched => "expected the launched phase",
        })
    }
}

/// Who stands in the way of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InUse {
    /// It is the provider key of another validator.
    ProviderKey,
    /// It is, or until recently was, assigned on this consumer.
    Assigned,
}

impl core::fmt::Display for InUse {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::ProviderKey => "a different validator already uses the consumer key",
            Self::Assigned => "a validator has or had assigned this consumer key already",
        })
    }
}

/// A message whose static checks failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// `MsgCreateConsumer`.
    Create,
    /// `MsgUpdateConsumer`.
    Update,
    /// `MsgAssignConsumerKey`.
    AssignKey,
    /// `MsgOptIn`.
    OptIn,
    /// `MsgOptOut`.
    OptOut,
    /// `MsgSetConsumerCommissionRate`.
    SetCommission,
}

impl core::fmt::Display for Message {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Create => "invalid create consumer message",
            Self::Update => "invalid update consumer message",
            Self::AssignKey => "invalid assign consumer key message",
            Self::OptIn => "invalid opt in message",
            Self::OptOut => "invalid opt out message",
            Self::SetCommission => "invalid set consumer commission rate message",
        })
    }
}

impl Message {
    /// The error that a fault in this message is.
    #[must_use]
    pub const fn fault(self, part: Fault) -> Error {
        Error::Invalid { message: self, part }
    }
}

/// A field and what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct Fault {
    /// The field, as its message names it.
    pub field: &'static str,
    /// What is wrong.
    pub why: &'static str,
}

impl Fault {
    /// A fault of a field.
    #[must_use]
    pub const fn new(field: &'static str, why: &'static str) -> Self {
        Self { field, why }
    }
}
