//! Where this implementation departs from the reference on purpose, each departure a named rule.
//!
//! [`Rules::default`] is ours. [`Rules::reference`] exists for tests alone: the model's traces and the golden values of the
//! reference hold under it. No other place asks which behaviour is wanted. docs/differences.md is this list for users.

/// The rules of an instance of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether a consumer's first epoch after its channel opened sends an update that changes nothing.
    pub first_update: FirstUpdate,
    /// What happens when a consumer's computed set is empty.
    pub emptied_set: EmptiedSet,
    /// From when on a replaced key waits to be forgotten.
    pub replaced_key: ReplacedKey,
    /// How long a consumer may bind stake.
    pub consumer_unbonding: ConsumerUnbonding,
    /// How long the height of an update is kept.
    pub old_updates: OldUpdates,
}

/// Source: consumers stay closed until their first update (consumer spec §10), decision 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstUpdate {
    /// It sends one, so that the consumer opens even if nothing changed since launch.
    EvenIfEmpty,
    /// It sends one only if something changed.
    OnChange,
}

/// Source: provider spec §11.9, attack P-2, decision 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptiedSet {
    /// The last set that was not empty stays, and an event says so: a set without members halts its chain.
    KeepLast,
    /// The consumer is told to remove everybody.
    Send,
}

/// Source: attack B-6; the model's finding that a key may be forgotten while it is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplacedKey {
    /// From the last moment at which the consumer can take the update that replaces it: until then it may sign with it.
    AfterDelivery,
    /// From its assignment.
    AfterAssignment,
}

/// Source: provider spec §11.17.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsumerUnbonding {
    /// No longer than the provider: what a consumer trusts for longer cannot be punished any more.
    WithinProviders,
    /// As long as it likes.
    Any,
}

/// Source: nobody is liable for what is older than an unbonding period (provider spec §11.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldUpdates {
    /// One unbonding period: the newest of the older ones stands for all of them.
    Forget,
    /// For ever.
    Keep,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            first_update: FirstUpdate::EvenIfEmpty,
            emptied_set: EmptiedSet::KeepLast,
            replaced_key: ReplacedKey::AfterDelivery,
            consumer_unbonding: ConsumerUnbonding::WithinProviders,
            old_updates: OldUpdates::Forget,
        }
    }
}

impl Rules {
    /// What the Go reference does.
    #[must_use]
    pub const fn reference() -> Self {
        Self {
            first_update: FirstUpdate::OnChange,
            emptied_set: EmptiedSet::Send,
            replaced_key: ReplacedKey::AfterAssignment,
            consumer_unbonding: ConsumerUnbonding::Any,
            old_updates: OldUpdates::Keep,
        }
    }
}
