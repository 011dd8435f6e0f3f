//! Files that describe a message.
//!
//! Those of consumers are the plain JSON of the reference's message: names as in protobuf, numbers without quotes,
//! durations in whole nanoseconds, hashes in base64. The forms of proto-JSON (`"3600s"`, `"7"`) do as well. What is
//! wrong is named by its place in the file; a member that no message has is refused, for it would change nothing.
//! Those of proposals are the SDK's: messages in proto-JSON beside their `@type`.
//! Source: provider spec §8.9; the SDK's `tx gov submit-proposal`.

mod shape;

use crate::Failure;
use ics_client::Coin;
use ics_proto::Any;
use ics_proto::interchain_security::ccv::provider::v1::{MsgCreateConsumer, MsgUpdateConsumer};
use prost::{Message, Name};
use serde_json::Value;
use shape::Shape;
use std::io::Read as _;
use std::path::Path;

/// Most bytes of a file: no transaction holds more.
const FILE_MAX: u64 = 1 << 20;

/// A change of a consumer, and what its file said beside the message's content.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Update {
    pub(crate) message: MsgUpdateConsumer,
    /// Whether a power shaping that is there says its Top N, be it zero: protobuf cannot tell.
    pub(crate) says_top_n: bool,
}

/// A proposal to be, without its proposer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Proposal {
    pub(crate) messages: Vec<Any>,
    pub(crate) metadata: String,
    pub(crate) deposit: Vec<Coin>,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) expedited: bool,
    /// Those of the messages that change a consumer.
    pub(crate) updates: Vec<Update>,
}

/// The consumer that a file describes, submitted by `submitter`.
pub(crate) fn create_consumer(file: &Path, submitter: &str) -> Result<MsgCreateConsumer, Failure> {
    let mut message: MsgCreateConsumer = consumer(file, shape::CREATE_CONSUMER)?.0;
    submitter.clone_into(&mut message.submitter);
    Ok(message)
}

/// The change of a consumer that a file describes, made by `owner`.
pub(crate) fn update_consumer(file: &Path, owner: &str) -> Result<Update, Failure> {
    let (mut message, value): (MsgUpdateConsumer, Value) = consumer(file, shape::UPDATE_CONSUMER)?;
    owner.clone_into(&mut message.owner);
    Ok(Update { message, says_top_n: says_top_n(&value) })
}

/// The proposal that a file describes.
pub(crate) fn proposal(file: &Path) -> Result<Proposal, Failure> {
    proposed(&text_of(file)?).map_err(|why| Failure(format!("{}: {why}", file.display())))
}

fn proposed(text: &str) -> Result<Proposal, String> {
    let value = shaped(text, shape::PROPOSAL)?;
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (mut messages, mut updates) = (Vec::new(), Vec::new());
    for (place, content) in value.get("messages").and_then(Value::as_array).into_iter().flatten().enumerate()
    {
        let fault = |why: &dyn core::fmt::Display| format!("messages[{place}]: {why}");
        let kind = content.get("@type").and_then(Value::as_str);
        let kind =
            kind.ok_or_else(|| fault(&"it has no `@type`, such as \"/cosmos.bank.v1beta1.MsgSend\""))?;
        let message: Any =
            ics_proto::json::from_json_as(&content.to_string()).map_err(|error| fault(&error))?;
        if kind == MsgUpdateConsumer::type_url() {
            let message =
                MsgUpdateConsumer::decode(message.value.as_slice()).map_err(|error| fault(&error))?;
            updates.push(Update { message, says_top_n: says_top_n(content) });
        }
        messages.push(message);
    }
    let deposit = match text("deposit").as_str() {
        "" => Vec::new(),
        coins => ics_client::parse_coins(coins).map_err(|error| format!("deposit: {error}"))?,
    };
    Ok(Proposal {
        messages,
        metadata: text("metadata"),
        deposit,
        title: text("title"),
        summary: text("summary"),
        expedited: value.get("expedited").and_then(Value::as_bool).unwrap_or_default(),
        updates,
    })
}

/// The message of a consumer's file, and the file's content in proto-JSON.
fn consumer<M: Message + Name + Default>(file: &Path, shape: Shape) -> Result<(M, Value), Failure> {
    understood(&text_of(file)?, shape).map_err(|why| Failure(format!("{}: {why}", file.display())))
}

fn understood<M: Message + Name + Default>(text: &str, shape: Shape) -> Result<(M, Value), String> {
    let value = shaped(text, shape)?;
    let message = ics_proto::json::from_json_as(&value.to_string()).map_err(|error| error.to_string())?;
    Ok((message, value))
}

/// A text that has a shape, in proto-JSON.
fn shaped(text: &str, shape: Shape) -> Result<Value, String> {
    let value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let value = shape::read(shape, &value, "").map_err(|fault| fault.to_string())?;
    value.ok_or_else(|| "must be an object".to_owned())
}

fn says_top_n(update: &Value) -> bool {
    let member = |value: &Value, names: [&str; 2]| {
        let found = names.iter().find_map(|name| value.get(name));
        found.filter(|value| !value.is_null()).cloned()
    };
    member(update, ["power_shaping_parameters", "powerShapingParameters"])
        .is_none_or(|shaping| member(&shaping, ["top_N", "topN"]).is_some())
}

fn text_of(file: &Path) -> Result<String, Failure> {
    let wrong = |why: &dyn core::fmt::Display| Failure(format!("{}: {why}", file.display()));
    let mut text = String::new();
    let open = std::fs::File::open(file).map_err(|error| wrong(&error))?;
    open.take(FILE_MAX.saturating_add(1)).read_to_string(&mut text).map_err(|error| wrong(&error))?;
    if u64::try_from(text.len()).is_ok_and(|length| length > FILE_MAX) {
        return Err(wrong(&format!("has more than {FILE_MAX} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
