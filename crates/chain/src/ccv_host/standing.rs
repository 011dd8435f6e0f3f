//! Where the protocol stands in a state, in plain numbers: for whoever watches a chain and no query tells it.

use super::scope;
use ics_ccv::id::ConsumerId;
use ics_ccv::{consumer, provider};
use ics_kv::{Bytes, Corrupt, KeyRange, Read, Scan};

/// Most consumers that are told of.
const CONSUMERS_MAX: usize = 1_000;

/// What a provider knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderStanding {
    /// Number of the next validator set update.
    pub vsc_id: u64,
    /// Its consumers, by id.
    pub consumers: Vec<Told>,
}

/// What a consumer was told, and is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The consumer's id.
    pub consumer_id: u64,
    /// Number of the last update that was sent to it; none before the first.
    pub vsc_id_sent: Option<u64>,
    /// How many updates wait to be sent.
    pub pending: u64,
}

/// What a consumer knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConsumerStanding {
    /// Number of the last update that it received; 0 stands for its genesis set.
    pub vsc_id: u64,
    /// How many changes wait for the end of a block.
    pub changes_pending: u64,
    /// Whether it takes transactions other than IBC's.
    pub is_open: bool,
}

/// The protocol's store in a state.
struct Store<'a, S>(&'a S, &'static str);

impl<S: Read> Read for Store<'_, S> {
    fn get(&self, key: &[u8]) -> Option<Bytes> {
        scope::get(self.0, self.1, key)
    }
    fn scan(&self, range: KeyRange) -> Scan<'_> {
        scope::scan(self.0, self.1, range)
    }
}

fn count(items: impl Iterator) -> u64 {
    u64::try_from(items.count()).unwrap_or(u64::MAX)
}

/// What the provider in a state knows; `None` where there is none.
///
/// # Errors
/// [`Corrupt`].
pub fn provider(state: &impl Read) -> Result<Option<ProviderStanding>, Corrupt> {
    use provider::state::{LAST_SENT, PENDING, PHASE, VSC_ID};
    let store = &Store(state, super::provider::STORE);
    let Some(vsc_id) = VSC_ID.get(store)? else { return Ok(None) };
    let told = |id: ConsumerId| {
        let vsc_id_sent = LAST_SENT.get(store, &id)?.map(|id| id.0);
        Ok(Told { consumer_id: id.0, vsc_id_sent, pending: count(PENDING.under(store, &id)) })
    };
    let ids = PHASE.iter(store).take(CONSUMERS_MAX).map(|entry| entry.map(|(id, _)| id));
    let consumers = ids.map(|id| told(id?)).collect::<Result<_, Corrupt>>()?;
    Ok(Some(ProviderStanding { vsc_id: vsc_id.0, consumers }))
}

/// What the consumer in a state knows; `None` where there is none.
///
/// # Errors
/// [`Corrupt`].
pub fn consumer(state: &impl Read) -> Result<Option<ConsumerStanding>, Corrupt> {
    use consumer::state::{PARAMS, PENDING_CHANGES, VSC_ID_AT};
    let store = &Store(state, super::consumer::STORE);
    if PARAMS.get(store)?.is_none() {
        return Ok(None);
    }
    let last = VSC_ID_AT.iter_rev(store).next().transpose()?;
    Ok(Some(ConsumerStanding {
        vsc_id: last.map_or(0, |(_, id)| id.0),
        changes_pending: count(PENDING_CHANGES.get(store)?.unwrap_or_default().into_iter()),
        is_open: consumer::gate::is_open(store)?,
    }))
}
