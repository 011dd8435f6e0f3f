//! A transaction through all its steps: checks, then messages, all or none; what it wrote before its messages stays.
//!
//! Source: SDK baseapp `runTx`.

use super::ante::ante;
use super::{Mode, Terms, Tx};
use crate::{Ctx, Error};
use ics_abci::{Attribute, Event, TxResult};
use ics_kv::Corrupt;
use ics_proto::Any;
use ics_proto::cosmos::base::abci::v1beta1::TxMsgData;
use prost::Message;

/// What became of a transaction.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Gas that it allows.
    pub gas_wanted: u64,
    /// Gas that it took.
    pub gas_used: u64,
    /// What happened, without what was undone.
    pub events: Vec<Event>,
    /// The responses of its messages (none in a check), or why it failed.
    pub result: Result<Vec<Any>, Error>,
}

/// Runs a transaction; its events are in the outcome, not in the context.
///
/// # Errors
/// [`Corrupt`] state; what a transaction can be refused for is in its outcome.
pub fn run(ctx: &mut Ctx<'_>, terms: &Terms<'_>, bytes: &[u8], mode: Mode) -> Result<Outcome, Corrupt> {
    let tx = match Tx::decode(ctx.chain, bytes) {
        Ok(tx) => tx,
        Err(Error::Corrupt(corrupt)) => return Err(corrupt),
        Err(refused) => {
            return Ok(Outcome { gas_wanted: 0, gas_used: 0, events: Vec::new(), result: Err(refused) });
        }
    };
    let limit = if mode == Mode::Simulate || ctx.block.genesis { u64::MAX } else { tx.gas_limit };
    let before = ctx.take_events();
    ctx.gas.restart(limit);
    let result = execute(ctx, terms, &tx, mode);
    let gas_used = ctx.gas.used();
    ctx.gas.restart(u64::MAX);
    let events = core::mem::replace(ctx.events_mut(), before);
    let gas_wanted = if mode == Mode::Simulate && tx.gas_limit == 0 { u64::MAX } else { tx.gas_limit };
    match result {
        Err(Error::Corrupt(corrupt)) => Err(corrupt),
        result => Ok(Outcome { gas_wanted, gas_used, events, result }),
    }
}

fn execute(ctx: &mut Ctx<'_>, terms: &Terms<'_>, tx: &Tx, mode: Mode) -> Result<Vec<Any>, Error> {
    ctx.atomically(|ctx| {
        let done = ante(ctx, terms, tx, mode);
        within_gas(ctx, done)
    })?;
    match mode {
        Mode::Check | Mode::Recheck => Ok(Vec::new()),
        Mode::Deliver | Mode::Simulate => ctx.atomically(|ctx| messages(ctx, tx)),
    }
}

/// The result, or that there was not gas enough for it.
fn within_gas<T>(ctx: &Ctx<'_>, done: Result<T, Error>) -> Result<T, Error> {
    match done {
        Err(corrupt @ Error::Corrupt(_)) => Err(corrupt),
        _ if ctx.gas.is_out() => {
            let location = ctx.gas.out_at().unwrap_or_default();
            let (wanted, used) = (ctx.gas.limit(), ctx.gas.used());
            let text = format!("out of gas in location: {location}; gasWanted: {wanted}, gasUsed: {used}");
            Err(Error::out_of_gas(text))
        }
        done => done,
    }
}

fn messages(ctx: &mut Ctx<'_>, tx: &Tx) -> Result<Vec<Any>, Error> {
    let mut responses = Vec::with_capacity(tx.messages.len());
    for (index, ((message, route), sender)) in tx.messages.iter().zip(&tx.routes).zip(&tx.senders).enumerate()
    {
        let first = ctx.event_count();
        let sender = sender.to_text(ctx.chain.prefix);
        ctx.emit(Event::new("message").with("action", route.url).with("sender", sender));
        let done = (route.run)(ctx, &message.value)
            .map_err(|error| error.within(&format!("failed to execute message; message index: {index}")));
        let value = within_gas(ctx, done)?;
        label(ctx.events_since(first), route.url, index);
        responses.push(Any { type_url: format!("{}Response", route.url), value });
    }
    Ok(responses)
}

/// Names the module in the message's own event, unless one of its events does, and the message in all of them.
fn label(events: &mut [Event], url: &str, index: usize) {
    let named = events.iter().any(|event| event.get("module").is_some());
    if let (false, Some(event)) = (named, events.first_mut())
        && let Some(module) = url.split('.').nth(1)
    {
        event.attributes.push(attribute("module", module));
    }
    let index = index.to_string();
    for event in events {
        event.attributes.push(attribute("msg_index", &index));
    }
}

fn attribute(key: &str, value: &str) -> Attribute {
    Attribute { key: key.to_owned(), value: value.to_owned() }
}

/// Protobuf `TxMsgData` of the responses; nothing for none.
fn data(msg_responses: Vec<Any>) -> Vec<u8> {
    TxMsgData { msg_responses, ..TxMsgData::default() }.encode_to_vec()
}

impl Outcome {
    /// As the engine is told.
    #[must_use]
    pub fn into_result(self) -> TxResult {
        let gas = |gas| i64::try_from(gas).unwrap_or(i64::MAX);
        let (gas_wanted, gas_used) = (gas(self.gas_wanted), gas(self.gas_used));
        let events = self.events;
        match self.result {
            Ok(responses) => {
                TxResult { data: data(responses), gas_wanted, gas_used, events, ..TxResult::default() }
            }
            Err(error) => {
                let (codespace, code, log) = error.parts();
                TxResult { code, log, codespace, gas_wanted, gas_used, events, data: Vec::new() }
            }
        }
    }
}
