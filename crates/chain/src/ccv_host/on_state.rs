//! A state with the protocol's store in it: what both sides' hosts are made of.

use super::scope;
use crate::ibc::View as ChainView;
use crate::{Ctx, Error};
use ics_kv::{Bytes, Corrupt, KeyRange, Read, Scan, Write};
use std::cell::RefCell;

/// The protocol's view of a state, which it may also change where `V` is a context.
///
/// The protocol's ports cannot say that state is corrupt, so this remembers it; [`run`] and [`ask`] look.
pub(super) struct OnState<V> {
    pub(super) at: V,
    store: &'static str,
    corrupt: RefCell<Option<Corrupt>>,
}

/// Runs a step of the protocol in a store; `refusal` turns its errors into the chain's.
pub(super) fn run<'c, T, E>(
    ctx: &mut Ctx<'c>,
    store: &'static str,
    refusal: fn(E) -> Error,
    step: impl FnOnce(&mut OnState<&mut Ctx<'c>>) -> Result<T, E>,
) -> Result<T, Error> {
    let mut host = OnState { at: ctx, store, corrupt: RefCell::default() };
    let done = step(&mut host);
    match host.corrupt.into_inner() {
        Some(corrupt) => Err(Error::Corrupt(corrupt)),
        None => done.map_err(refusal),
    }
}

/// Asks the protocol in a store.
pub(super) fn ask<V: ChainView, T, E>(
    view: V,
    store: &'static str,
    refusal: fn(E) -> Error,
    question: impl FnOnce(&OnState<V>) -> Result<T, E>,
) -> Result<T, Error> {
    let host = OnState { at: view, store, corrupt: RefCell::default() };
    let answer = question(&host);
    match host.corrupt.into_inner() {
        Some(corrupt) => Err(Error::Corrupt(corrupt)),
        None => answer.map_err(refusal),
    }
}

impl<V: ChainView> OnState<V> {
    /// The value, unless state is corrupt: then nothing, and the fault is remembered.
    pub(super) fn sound<T: Default>(&self, read: Result<T, Corrupt>) -> T {
        read.unwrap_or_else(|corrupt| {
            self.corrupt.borrow_mut().get_or_insert(corrupt);
            T::default()
        })
    }
}

impl OnState<&mut Ctx<'_>> {
    /// Runs `step`; if it fails, its writes and events are undone.
    pub(super) fn undoably<T, E>(&mut self, step: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let mark = self.at.mark();
        let done = step(self);
        if done.is_err() {
            self.at.undo(mark);
        }
        done
    }
}

impl<V: ChainView> Read for OnState<V> {
    fn get(&self, key: &[u8]) -> Option<Bytes> {
        scope::get(self.at.state(), self.store, key)
    }
    fn scan(&self, range: KeyRange) -> Scan<'_> {
        scope::scan(self.at.state(), self.store, range)
    }
}

impl Write for OnState<&mut Ctx<'_>> {
    fn set(&mut self, key: &[u8], value: Bytes) {
        scope::set(self.at, self.store, key, value);
    }
    fn remove(&mut self, key: &[u8]) {
        scope::remove(self.at, self.store, key);
    }
}
