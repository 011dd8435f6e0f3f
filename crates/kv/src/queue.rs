//! Things that become due at a time, taken in order and a bounded number at once.

use crate::{Corrupt, Key, Map, Read, Write};
use alloc::vec::Vec;

/// A queue of items by due time; items due at the same time keep the order in which they came.
///
/// `T` is the time as a key (it must sort by time), `V` the item.
#[derive(Debug)]
pub struct TimeQueue<T, V> {
    entries: Map<(T, u64), V>,
}

impl<T: Key + Clone, V: crate::Value> TimeQueue<T, V> {
    pub(crate) const fn entries(&self) -> &Map<(T, u64), V> {
        &self.entries
    }

    /// The queue with this prefix byte in whichever scope it is used.
    #[must_use]
    pub const fn new(prefix: u8) -> Self {
        Self::at("", prefix)
    }

    /// The queue with this prefix byte in a store.
    #[must_use]
    pub const fn at(store: &'static str, prefix: u8) -> Self {
        Self { entries: Map::at(store, prefix) }
    }

    /// Puts an item behind all others due at the same time; gives its place among them, by which [`Self::remove`] finds
    /// it again. Reads the last of those alone, however many there are.
    ///
    /// # Errors
    /// [`Corrupt`] if that entry does not decode, or has the last place there is.
    pub fn push(&self, to: &mut (impl Write + ?Sized), due: &T, item: &V) -> Result<u64, Corrupt> {
        let place = match self.entries.under_rev(to, due).next().transpose()? {
            None => 0,
            Some((last, _)) => {
                last.1.checked_add(1).ok_or_else(|| Corrupt { key: self.entries.key(&last) })?
            }
        };
        self.entries.set(to, &(due.clone(), place), item);
        Ok(place)
    }

    /// Removes the item at a place that [`Self::push`] gave. Reads nothing.
    ///
    /// The place of the last item due at a time may be given again once that item is gone: whoever notes a place
    /// forgets it when the item is taken or removed.
    pub fn remove(&self, from: &mut (impl Write + ?Sized), due: &T, place: u64) {
        self.entries.remove(from, &(due.clone(), place));
    }

    /// Takes at most `limit` items due at `now` or earlier, earliest first; those beyond the limit stay for the next
    /// call.
    ///
    /// # Errors
    /// [`Corrupt`] if a stored entry does not decode; then all of them stay.
    pub fn take_due(&self, from: &mut (impl Write + ?Sized), now: &T, limit: usize) -> Result<Vec<V>, Corrupt>
    where
        T: Ord,
    {
        let mut due = Vec::new();
        for entry in self.entries.iter(from).take(limit) {
            let (key, item) = entry?;
            if key.0 > *now {
                break;
            }
            due.push((key, item));
        }
        for (key, _) in &due {
            self.entries.remove(from, key);
        }
        Ok(due.into_iter().map(|(_, item)| item).collect())
    }

    /// All items with their due times, earliest first.
    pub fn iter<'a>(
        &self,
        from: &'a (impl Read + ?Sized),
    ) -> impl Iterator<Item = Result<(T, V), Corrupt>> + 'a
    where
        T: 'a,
        V: 'a,
    {
        self.entries.iter(from).map(|entry| entry.map(|((due, _), item)| (due, item)))
    }
}
