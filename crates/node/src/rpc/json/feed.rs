//! What happens on the chain, told to whoever listens.
//!
//! Journey: a durable block → [`publish`] → what happened in it, printed once → every session that follows a [`Feed`].
//! Source: CometBFT 0.38 `types/event_bus.go`, `state/execution.go` (`fireEvents`).

use super::answer::{Refusal, print};
use super::form::block::{BlockForm, HeaderForm};
use super::form::event::{EventForm, NewBlockEventsForm, NewBlockForm, TxEventForm};
use super::form::evidence::EvidenceForm;
use super::form::result::FinalForm;
use super::form::validator::ValidatorForm;
use crate::rpc::Backend;
use crate::rpc::backend::History;
use crate::rpc::serve::Shared;
use ics_abci::{Event, Height};
use ics_engine::header::tx_hash;
use ics_engine::history;
use ics_proto::tendermint::v0_38::types as raw;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::broadcast;

/// How many blocks a session may be behind before it is ended.
pub(crate) const BLOCKS_BEHIND_MAX: usize = 64;

/// Something that happened: its JSON, and the values by which queries find it.
pub(crate) struct Happening {
    pub(crate) data: Box<RawValue>,
    pub(crate) events: BTreeMap<String, Vec<String>>,
}

/// All that happened in the block of a height.
#[derive(Clone)]
pub(crate) struct News {
    pub(crate) height: Height,
    pub(crate) happened: Arc<[Happening]>,
}

/// Where sessions listen.
#[derive(Clone)]
pub(crate) struct Feed(broadcast::WeakSender<News>);

impl Feed {
    /// A feed, and where its news come from: when that is dropped, the feed ends.
    pub(crate) fn new() -> (broadcast::Sender<News>, Self) {
        let sender = broadcast::Sender::new(BLOCKS_BEHIND_MAX);
        let feed = Self(sender.downgrade());
        (sender, feed)
    }

    /// The news from now on; none where the feed has ended.
    pub(crate) fn follow(&self) -> Option<broadcast::Receiver<News>> {
        self.0.upgrade().map(|sender| sender.subscribe())
    }
}

/// Tells of every block after `told`, until the chain is gone.
pub(crate) async fn publish(shared: Shared<dyn Backend>, told: Height, news: broadcast::Sender<News>) {
    let mut tips = shared.tips();
    let mut told = told.0;
    // What came between is news too.
    tips.mark_changed();
    while tips.changed().await.is_ok() {
        let tip = tips.borrow_and_update().0;
        while told < tip {
            told = told.saturating_add(1);
            let height = Height(told);
            if news.receiver_count() > 0 {
                // What was subscribed to waits behind no search.
                let why = match shared.work_at_once(move |backend| happened(backend, height)).await {
                    Ok(Ok(happened)) => {
                        drop(news.send(News { height, happened: happened.into() }));
                        continue;
                    }
                    Ok(Err(refusal)) => refusal.to_string(),
                    Err(panicked) => Refusal::from(panicked).to_string(),
                };
                tracing::warn!(height = told, why, "subscribers are not told of a block that cannot be read");
            }
        }
    }
}

fn happened(backend: &dyn Backend, height: Height) -> Result<Vec<Happening>, Refusal> {
    let rows = &History::of(backend);
    let (Some(stored), Some(result)) = (history::block(rows, height)?, history::results(rows, height)?)
    else {
        return Ok(Vec::new());
    };
    let params = history::params(rows, height.next())?;
    let header = raw::Header::from(stored.block.header.clone());
    let (txs, evidence) = (stored.block.txs.clone(), stored.block.evidence.clone());
    let block = NewBlockForm::new(BlockForm::from(stored), FinalForm::new(result.clone(), params));
    let mut all = vec![
        happening("NewBlock", &result.events, &EventForm::NewBlock(Box::new(block)))?,
        happening(
            "NewBlockHeader",
            &[],
            &EventForm::NewBlockHeader { header: Box::new(HeaderForm::from(header)) },
        )?,
        happening(
            "NewBlockEvents",
            &result.events,
            &EventForm::NewBlockEvents(NewBlockEventsForm::new(height, &result.events, txs.len())),
        )?,
    ];
    for form in evidence.iter().filter_map(EvidenceForm::new) {
        let form = EventForm::NewEvidence { height: super::form::Int(height.0), evidence: Box::new(form) };
        all.push(happening("NewEvidence", &[], &form)?);
    }
    for ((index, tx), done) in (0_u32..).zip(txs).zip(result.txs) {
        let (hash, events) = (tx_hash(&tx), done.events.clone());
        let form = EventForm::Tx { tx: TxEventForm::new(height, index, tx, done) };
        let mut one = happening("Tx", &events, &form)?;
        one.add("tx.hash", hex::encode_upper(hash));
        one.add("tx.height", height.to_string());
        all.push(one);
    }
    if !result.validators.is_empty() {
        let validator_updates = result.validators.iter().map(ValidatorForm::from).collect();
        all.push(happening(
            "ValidatorSetUpdates",
            &[],
            &EventForm::ValidatorSetUpdates { validator_updates },
        )?);
    }
    Ok(all)
}

fn happening(name: &str, events: &[Event], form: &EventForm) -> Result<Happening, Refusal> {
    let mut one = Happening { data: print(form)?, events: BTreeMap::new() };
    for event in events.iter().filter(|event| !event.kind.is_empty()) {
        for attribute in event.attributes.iter().filter(|attribute| !attribute.key.is_empty()) {
            one.add(&format!("{}.{}", event.kind, attribute.key), attribute.value.clone());
        }
    }
    one.add("tm.event", name.to_owned());
    Ok(one)
}

impl Happening {
    fn add(&mut self, name: &str, value: String) {
        self.events.entry(name.to_owned()).or_default().push(value);
    }
}
