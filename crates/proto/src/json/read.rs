//! Text to messages: turns the SDK's JSON into the canonical form that `prost-reflect` reads.

use base64::{Engine, engine::general_purpose::STANDARD};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::Value;

use super::{
    DEPTH_MAX, JsonError, decimal,
    schema::{Form, Schema},
};

/// Rewrites decimals to units and hex to base64, in place, all the way down.
///
/// # Errors
/// [`JsonError`] where a decimal or hex text is not one, an `Any` is of no known type, or the nesting is too deep.
pub(super) fn canonical(
    schema: &Schema,
    message: &MessageDescriptor,
    value: &mut Value,
    depth: usize,
) -> Result<(), JsonError> {
    let depth = depth.saturating_add(1);
    if depth > DEPTH_MAX {
        return Err(JsonError::TooDeep);
    }
    let Value::Object(object) = value else { return Ok(()) };
    if message.full_name() == "google.protobuf.Any" {
        let Some(url) = object.get("@type").and_then(Value::as_str) else { return Ok(()) };
        let name = url.rsplit_once('/').map_or(url, |(_, name)| name);
        let content = schema.message(name)?;
        return canonical(schema, &content, value, depth);
    }
    for (key, item) in object.iter_mut() {
        let found = message.get_field_by_name(key).or_else(|| message.get_field_by_json_name(key));
        let Some(field) = found else { continue }; // `@type`, or unknown: refused by the reader
        let items: Vec<&mut Value> = match item {
            Value::Array(items) if field.is_list() => items.iter_mut().collect(),
            Value::Object(entries) if field.is_map() => entries.iter_mut().map(|(_, item)| item).collect(),
            item => vec![item],
        };
        for item in items {
            field_value(schema, &field, item, depth)?;
        }
    }
    Ok(())
}

fn field_value(
    schema: &Schema,
    field: &FieldDescriptor,
    item: &mut Value,
    depth: usize,
) -> Result<(), JsonError> {
    if let Kind::Message(inner) = field.kind() {
        if !field.is_map() {
            return canonical(schema, &inner, item, depth);
        }
        return match inner.map_entry_value_field().kind() {
            Kind::Message(inner) => canonical(schema, &inner, item, depth),
            _ => Ok(()),
        };
    }
    let Some(text) = item.as_str() else { return Ok(()) };
    let in_bytes = matches!(field.kind(), Kind::Bytes);
    let new = match schema.form(field) {
        Form::Plain | Form::Present => return Ok(()),
        Form::Hex => {
            let fail =
                |_| JsonError::Text { name: field.full_name().into(), reason: format!("not hex: {text:?}") };
            STANDARD.encode(hex::decode(text).map_err(fail)?)
        }
        form => {
            let units = match form {
                Form::Decimal => {
                    let fail = || JsonError::Decimal { field: field.full_name().into(), text: text.into() };
                    decimal::to_units(text).ok_or_else(fail)?
                }
                _ => text.to_owned(),
            };
            if in_bytes { STANDARD.encode(units) } else { units }
        }
    };
    *item = Value::String(new);
    Ok(())
}
