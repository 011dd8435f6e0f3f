//! Proto-JSON as the Cosmos SDK prints and reads it.
//!
//! Original field names in the order of declaration, no white space, defaults present, 64-bit integers as strings,
//! enums by name, durations as `"600s"`, times as RFC 3339, `Any` expanded beside its `@type`. Where the SDK gives a
//! field a Go type of its own, so do we: decimals are decimal text, although protobuf carries units of 10^-18, and
//! the hashes of an IBC consensus state are upper-case hex.
//!
//! Journey: `node` and `cli` answer queries and show transactions with [`to_json`]; `cli` reads message files with
//! [`from_json`].
//! Source: provider.md §1.3; gogoproto's jsonpb; the SDK's `ProtoMarshalJSON`.

pub(crate) mod decimal;
mod read;
pub(crate) mod schema;
mod write;

use prost::{Message, Name};
use prost_reflect::DynamicMessage;

use schema::Schema;
pub(crate) use write::quoted;

/// How deep messages may nest, `Any` counted as its content; deeper input is refused.
const DEPTH_MAX: usize = 64;

/// Why bytes have no JSON form, or JSON text no bytes.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// The descriptors that this crate was built with do not load: a fault of the build.
    #[error("descriptors do not load: {0}")]
    Descriptors(String),
    /// No descriptor has this name.
    #[error("unable to resolve type URL /{0}")]
    UnknownType(String),
    /// The bytes are not a message of this type.
    #[error("{name}: {reason}")]
    Bytes {
        /// Full name of the message.
        name: String,
        /// What the decoder said.
        reason: String,
    },
    /// The text is not JSON, or not JSON of this type.
    #[error("{name}: {reason}")]
    Text {
        /// Full name of the message.
        name: String,
        /// What the reader said.
        reason: String,
    },
    /// A decimal that is not one, or has more than 18 places.
    #[error("{field}: not a decimal of at most 18 places: {text:?}")]
    Decimal {
        /// Full name of the field.
        field: String,
        /// The text that stood there.
        text: String,
    },
    /// A time or a duration outside what protobuf allows.
    #[error("{0}: out of range")]
    Range(String),
    /// The message nests deeper than we follow.
    #[error("message nests deeper than {DEPTH_MAX} levels")]
    TooDeep,
}

/// Prints the message of type `name` (such as `cosmos.base.v1beta1.Coin`) that `bytes` hold.
///
/// # Errors
/// [`JsonError`] if the type is unknown or the bytes are not of it.
pub fn to_json(name: &str, bytes: &[u8]) -> Result<String, JsonError> {
    let schema = Schema::load()?;
    let mut out = String::with_capacity(bytes.len().saturating_mul(3));
    write::message(schema, &schema.decode(name, bytes)?, &mut out, 0)?;
    Ok(out)
}

/// Prints a typed message.
///
/// # Errors
/// [`JsonError`] if its type has no descriptor here, or a value in it has no JSON form.
pub fn to_json_of<M: Message + Name>(message: &M) -> Result<String, JsonError> {
    to_json(&M::full_name(), &message.encode_to_vec())
}

/// Reads the JSON form of a message of type `name`; answers its protobuf bytes.
///
/// Field names may also be in lowerCamelCase; unknown ones are refused, absent or `null` ones are defaults.
///
/// # Errors
/// [`JsonError`] if the type is unknown or the text is not its JSON form.
pub fn from_json(name: &str, text: &str) -> Result<Vec<u8>, JsonError> {
    let fail = |error: serde_json::Error| JsonError::Text { name: name.into(), reason: error.to_string() };
    from_value(name, serde_json::from_str(text).map_err(fail)?)
}

/// The same of JSON that is read already.
pub(crate) fn from_value(name: &str, mut value: serde_json::Value) -> Result<Vec<u8>, JsonError> {
    let schema = Schema::load()?;
    let fail = |error: serde_json::Error| JsonError::Text { name: name.into(), reason: error.to_string() };
    let descriptor = schema.message(name)?;
    read::canonical(schema, &descriptor, &mut value, 0)?;
    let message = DynamicMessage::deserialize(descriptor, value).map_err(fail)?;
    Ok(message.encode_to_vec())
}

/// Reads the JSON form of a typed message.
///
/// # Errors
/// As [`from_json`].
pub fn from_json_as<M: Message + Name + Default>(text: &str) -> Result<M, JsonError> {
    let name = M::full_name();
    let bytes = from_json(&name, text)?;
    M::decode(bytes.as_slice()).map_err(|error| JsonError::Bytes { name, reason: error.to_string() })
}
