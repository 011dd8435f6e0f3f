//! What a block's execution carries along: the block, the chain, state with savepoints, events, gas.
//!
//! One `Ctx` serves a whole block; [`Ctx::atomically`] undoes the writes and events of a step that fails, so every layer
//! (a transaction, a message, an IBC callback, a launch) takes the same `&mut Ctx`.

use crate::ibc::Ports;
use crate::modules::gov::Electorate;
use crate::route::{MsgRoute, MsgTables};
use ics_abci::{ConsAddr, Event, Height, Time, Vote};
use ics_ccv::Rules;
use ics_kv::{Bytes, Changes, Journal, KeyRange, Read, Savepoint, Scan, Write};
use std::cell::Cell;
use std::sync::Arc;

/// Committed state under a block, shared with queries.
pub type Base = Arc<dyn Read + Send + Sync>;

/// The block being executed, or for a query the last one that was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockInfo {
    /// Height; the initial height while genesis is executed.
    pub height: Height,
    /// Time of the block.
    pub time: Time,
    /// App hash in its header: the state after the block before.
    pub app_hash: [u8; 32],
    /// Hash of the set that signs the next block.
    pub next_validators_hash: [u8; 32],
    /// Who proposed it.
    pub proposer: ConsAddr,
    /// Votes in its last commit.
    pub votes: Vec<Vote>,
    /// Whether this is the execution of the genesis.
    pub genesis: bool,
}

/// What does not change while a chain runs.
#[derive(Clone)]
pub struct ChainConfig {
    /// The chain's id.
    pub chain_id: String,
    /// Bech32 prefix of accounts, e.g. `cosmos`.
    pub prefix: &'static str,
    /// Height of the first block.
    pub initial_height: Height,
    /// Who answers on which IBC port.
    pub ports: Ports,
    /// The messages it takes: tables, of which the first row with a URL wins.
    pub msgs: MsgTables,
    /// Whose stake decides proposals.
    pub electorate: Electorate,
    /// Where interchain security departs from its reference.
    pub rules: Rules,
}

impl ChainConfig {
    /// Who answers the message of a type URL.
    #[must_use]
    pub fn route(&self, url: &str) -> Option<&'static MsgRoute> {
        self.msgs.iter().flat_map(|table| table.iter()).find(|route| route.url == url)
    }
}

/// Gas of the transaction at hand, in the SDK's units.
#[derive(Debug)]
pub struct Gas {
    limit: Cell<u64>,
    used: Cell<u64>,
    out_at: Cell<Option<&'static str>>,
}

/// Prices in gas, the SDK's `KVGasConfig`.
mod price {
    pub(super) const READ: u64 = 1_000;
    pub(super) const READ_BYTE: u64 = 3;
    pub(super) const WRITE: u64 = 2_000;
    pub(super) const WRITE_BYTE: u64 = 30;
    pub(super) const DELETE: u64 = 1_000;
    pub(super) const NEXT: u64 = 30;
}

impl Gas {
    fn unlimited() -> Self {
        Self { limit: Cell::new(u64::MAX), used: Cell::new(0), out_at: Cell::new(None) }
    }

    /// Takes gas. Whether it sufficed is asked at the next boundary ([`Gas::is_out`]): work between two boundaries is
    /// bounded by the size of a message.
    pub fn take(&self, amount: u64) {
        self.take_for(amount, "custom");
    }

    /// Takes gas for something that has a name. Once the limit is passed nothing more is counted, so that what is
    /// reported is where and with how much a transaction ran out, as the SDK does by stopping there.
    pub fn take_for(&self, amount: u64, what: &'static str) {
        if self.is_out() {
            return;
        }
        self.used.set(self.used.get().saturating_add(amount));
        if self.is_out() {
            self.out_at.set(Some(what));
        }
    }

    /// What the gas was for that was no longer there.
    #[must_use]
    pub fn out_at(&self) -> Option<&'static str> {
        self.out_at.get()
    }

    /// Gas taken so far.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used.get()
    }

    /// Most gas that may be taken.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.limit.get()
    }

    /// Whether more was taken than allowed.
    #[must_use]
    pub fn is_out(&self) -> bool {
        self.used.get() > self.limit.get()
    }

    /// Starts to count from zero against a limit (`u64::MAX` for none).
    pub fn restart(&self, limit: u64) {
        self.limit.set(limit);
        self.used.set(0);
        self.out_at.set(None);
    }

    fn take_bytes(&self, price: u64, bytes: usize, what: &'static str) {
        self.take_for(price.saturating_mul(u64::try_from(bytes).unwrap_or(u64::MAX)), what);
    }
}

/// A moment of a [`Ctx`] to which it can go back.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    writes: Savepoint,
    events: usize,
}

/// The execution of a block.
pub struct Ctx<'a> {
    /// The block.
    pub block: &'a BlockInfo,
    /// The chain.
    pub chain: &'a ChainConfig,
    /// Gas of the transaction at hand; unlimited in begin and end block.
    pub gas: Gas,
    state: Journal<Base>,
    events: Vec<Event>,
}

impl<'a> Ctx<'a> {
    /// Execution of `block` over committed state.
    #[must_use]
    pub fn new(chain: &'a ChainConfig, block: &'a BlockInfo, base: Base) -> Self {
        Self::resume(chain, block, Journal::new(base))
    }

    /// Execution over state that already has writes (those of genesis, under the first block).
    #[must_use]
    pub fn resume(chain: &'a ChainConfig, block: &'a BlockInfo, state: Journal<Base>) -> Self {
        Self { block, chain, gas: Gas::unlimited(), state, events: Vec::new() }
    }

    /// Runs `step`; if it fails, its writes and events are undone. Gas stays taken.
    ///
    /// # Errors
    /// Those of the step.
    pub fn atomically<T, E>(&mut self, step: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let (writes, events) = (self.state.savepoint(), self.events.len());
        let done = step(self);
        if done.is_err() {
            self.state.revert(writes);
            self.events.truncate(events);
        }
        done
    }

    /// The present moment, for a layer that wraps the context and so cannot pass it to [`Ctx::atomically`].
    pub(crate) fn mark(&self) -> Mark {
        Mark { writes: self.state.savepoint(), events: self.events.len() }
    }

    /// Undoes the writes and events since `mark`.
    pub(crate) fn undo(&mut self, mark: Mark) {
        self.state.revert(mark.writes);
        self.events.truncate(mark.events);
    }

    /// Runs `step` and undoes its writes and events whatever it returns (simulations, dry runs).
    pub fn dry<T>(&mut self, step: impl FnOnce(&mut Self) -> T) -> T {
        let (writes, events) = (self.state.savepoint(), self.events.len());
        let done = step(self);
        self.state.revert(writes);
        self.events.truncate(events);
        done
    }

    /// Tells the world.
    pub fn emit(&mut self, event: Event) {
        self.events.push(event);
    }

    /// How many events there are; with [`Ctx::events_since`] a layer finds those of its callees.
    #[must_use]
    pub fn event_count(&self) -> usize {
        self.events.len()
    }

    /// The events from the `start`-th on, to be read or amended.
    pub fn events_since(&mut self, start: usize) -> &mut [Event] {
        self.events.get_mut(start..).unwrap_or_default()
    }

    /// Takes all events out.
    pub fn take_events(&mut self) -> Vec<Event> {
        core::mem::take(&mut self.events)
    }

    pub(crate) fn events_mut(&mut self) -> &mut Vec<Event> {
        &mut self.events
    }

    /// Ends the execution: its state with all writes.
    #[must_use]
    pub fn into_state(self) -> Journal<Base> {
        self.state
    }

    /// Forgets how to undo what is written so far (between transactions, so that the log stays short).
    pub fn settle(&mut self) {
        self.state.forget_undo();
    }

    /// The writes so far.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        self.state.changes()
    }
}

impl Read for Ctx<'_> {
    fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.gas.take_for(price::READ, "ReadFlat");
        let value = self.state.get(key);
        let bytes = key.len().saturating_add(value.as_ref().map_or(0, Bytes::len));
        self.gas.take_bytes(price::READ_BYTE, bytes, "ReadPerByte");
        value
    }

    fn scan(&self, range: KeyRange) -> Scan<'_> {
        self.gas.take_for(price::NEXT, "IterNextFlat");
        Box::new(self.state.scan(range).inspect(|(key, value)| {
            let bytes = key.len().saturating_add(value.len());
            self.gas.take_bytes(price::READ_BYTE, bytes, "ValuePerByte");
            self.gas.take_for(price::NEXT, "IterNextFlat");
        }))
    }
}

impl Write for Ctx<'_> {
    fn set(&mut self, key: &[u8], value: Bytes) {
        self.gas.take_for(price::WRITE, "WriteFlat");
        self.gas.take_bytes(price::WRITE_BYTE, key.len().saturating_add(value.len()), "WritePerByte");
        self.state.set(key, value);
    }

    fn remove(&mut self, key: &[u8]) {
        self.gas.take_for(price::DELETE, "Delete");
        self.state.remove(key);
    }
}
