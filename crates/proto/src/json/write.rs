//! Messages to text.

use std::{collections::BTreeMap, fmt::Display};

use base64::{Engine, engine::general_purpose::STANDARD};
use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, ReflectMessage, Value};

use super::{
    DEPTH_MAX, JsonError, decimal,
    schema::{Form, Schema, declared},
};

const SECONDS_MIN: i64 = -62_135_596_800; // year 1
const SECONDS_MAX: i64 = 253_402_300_799; // year 9999
const DURATION_MAX: i64 = 315_576_000_000; // seconds in 10,000 years
const NANOS_MAX: i32 = 999_999_999;

/// Fields that ibc-go 10 no longer has: the types here are older, so that they are printed only when set.
const DROPPED: [&str; 4] = [
    "ibc.core.channel.v1.Channel.upgrade_sequence",
    "ibc.core.channel.v1.IdentifiedChannel.upgrade_sequence",
    "ibc.core.channel.v1.MsgChannelCloseConfirm.counterparty_upgrade_sequence",
    "ibc.core.channel.v1.MsgTimeoutOnClose.counterparty_upgrade_sequence",
];

/// Prints a message, well-known types in their short forms.
pub(super) fn message(
    schema: &Schema,
    message: &DynamicMessage,
    out: &mut String,
    depth: usize,
) -> Result<(), JsonError> {
    let depth = depth.saturating_add(1);
    if depth > DEPTH_MAX {
        return Err(JsonError::TooDeep);
    }
    match message.descriptor().full_name() {
        "google.protobuf.Any" => any(schema, message, out, depth),
        "google.protobuf.Timestamp" => timestamp(message, out),
        "google.protobuf.Duration" => duration(message, out),
        _ => {
            out.push('{');
            fields(schema, message, out, depth, true)?;
            out.push('}');
            Ok(())
        }
    }
}

fn fields(
    schema: &Schema,
    message: &DynamicMessage,
    out: &mut String,
    depth: usize,
    mut first: bool,
) -> Result<(), JsonError> {
    for field in declared(&message.descriptor()) {
        let optional = field.containing_oneof().is_some() || DROPPED.contains(&field.full_name());
        if optional && !message.has_field(&field) {
            continue;
        }
        if !first {
            out.push(',');
        }
        first = false;
        quoted(field.name(), out);
        out.push(':');
        if matches!(field.kind(), Kind::Message(_)) && !field.is_list() && !field.is_map() {
            absent_or_value(schema, message, &field, out, depth)?;
        } else {
            value(schema, &field, message.get_field(&field).as_ref(), out, depth)?;
        }
    }
    Ok(())
}

/// A message field: `null` when absent, unless the SDK always has it.
fn absent_or_value(
    schema: &Schema,
    parent: &DynamicMessage,
    field: &FieldDescriptor,
    out: &mut String,
    depth: usize,
) -> Result<(), JsonError> {
    let present = parent.has_field(field);
    if !present && schema.form(field) != Form::Present {
        out.push_str("null");
        return Ok(());
    }
    if !present && field.kind().as_message().is_some_and(|m| m.full_name() == "google.protobuf.Timestamp") {
        out.push_str("\"0001-01-01T00:00:00Z\""); // the zero of Go's time
        return Ok(());
    }
    value(schema, field, parent.get_field(field).as_ref(), out, depth)
}

fn value(
    schema: &Schema,
    field: &FieldDescriptor,
    item: &Value,
    out: &mut String,
    depth: usize,
) -> Result<(), JsonError> {
    match item {
        Value::Bool(flag) => plain(flag, out),
        Value::I32(number) => plain(number, out),
        Value::U32(number) => plain(number, out),
        Value::F32(number) => plain(number, out),
        Value::F64(number) => plain(number, out),
        Value::I64(number) => text(number, out),
        Value::U64(number) => text(number, out),
        Value::EnumNumber(number) => match field.kind().as_enum().and_then(|kind| kind.get_value(*number)) {
            Some(name) => quoted(name.name(), out),
            None => plain(number, out),
        },
        Value::String(string) => return string_value(schema.form(field), field, string, out),
        Value::Bytes(bytes) => return bytes_value(schema.form(field), field, bytes, out),
        Value::Message(inner) => return message(schema, inner, out, depth),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                value(schema, field, item, out, depth)?;
            }
            out.push(']');
        }
        Value::Map(entries) => {
            let sorted: BTreeMap<&MapKey, &Value> = entries.iter().collect();
            let entry =
                field.kind().as_message().map(prost_reflect::MessageDescriptor::map_entry_value_field);
            out.push('{');
            for (index, (key, item)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                map_key(key, out);
                out.push(':');
                value(schema, entry.as_ref().unwrap_or(field), item, out, depth)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn string_value(
    form: Form,
    field: &FieldDescriptor,
    string: &str,
    out: &mut String,
) -> Result<(), JsonError> {
    match form {
        Form::Decimal => decimal_value(field, string, out)?,
        Form::Integer if string.is_empty() => out.push_str("\"0\""),
        Form::Plain | Form::Integer | Form::Hex | Form::Present => quoted(string, out),
    }
    Ok(())
}

fn bytes_value(form: Form, field: &FieldDescriptor, bytes: &[u8], out: &mut String) -> Result<(), JsonError> {
    match form {
        Form::Decimal | Form::Integer => {
            let string = std::str::from_utf8(bytes).map_err(|_| JsonError::Decimal {
                field: field.full_name().into(),
                text: String::from_utf8_lossy(bytes).into_owned(),
            })?;
            string_value(form, field, string, out)?;
        }
        Form::Hex => text(hex::encode_upper(bytes), out),
        Form::Plain | Form::Present if bytes.is_empty() && !field.is_list() => out.push_str("null"),
        Form::Plain | Form::Present => text(STANDARD.encode(bytes), out),
    }
    Ok(())
}

fn decimal_value(field: &FieldDescriptor, units: &str, out: &mut String) -> Result<(), JsonError> {
    if units.is_empty() {
        out.push_str("null");
        return Ok(());
    }
    let fail = || JsonError::Decimal { field: field.full_name().into(), text: units.into() };
    text(decimal::from_units(units).ok_or_else(fail)?, out);
    Ok(())
}

/// `{"@type":"/the.Type",…}`: the content's own fields follow, or `value` where the content has a short form.
fn any(schema: &Schema, message: &DynamicMessage, out: &mut String, depth: usize) -> Result<(), JsonError> {
    let fail = |error: prost::DecodeError| JsonError::Bytes {
        name: "google.protobuf.Any".into(),
        reason: error.to_string(),
    };
    let any = crate::Any::decode(message.encode_to_vec().as_slice()).map_err(fail)?;
    if any.type_url.is_empty() && any.value.is_empty() {
        out.push_str("{}");
        return Ok(());
    }
    let name = any.type_url.rsplit_once('/').map_or(any.type_url.as_str(), |(_, name)| name);
    let content = schema.decode(name, &any.value)?;
    if depth >= DEPTH_MAX {
        return Err(JsonError::TooDeep);
    }
    out.push_str("{\"@type\":");
    quoted(&any.type_url, out);
    match name {
        "google.protobuf.Any" | "google.protobuf.Timestamp" | "google.protobuf.Duration" => {
            out.push_str(",\"value\":");
            self::message(schema, &content, out, depth)?;
        }
        _ => fields(schema, &content, out, depth.saturating_add(1), false)?,
    }
    out.push('}');
    Ok(())
}

fn timestamp(message: &DynamicMessage, out: &mut String) -> Result<(), JsonError> {
    let (seconds, nanos) = seconds_and_nanos(message);
    if !(SECONDS_MIN..=SECONDS_MAX).contains(&seconds) || !(0..=NANOS_MAX).contains(&nanos) {
        return Err(JsonError::Range("google.protobuf.Timestamp".into()));
    }
    text(prost_types::Timestamp { seconds, nanos }, out);
    Ok(())
}

fn duration(message: &DynamicMessage, out: &mut String) -> Result<(), JsonError> {
    let (seconds, nanos) = seconds_and_nanos(message);
    let opposed = (seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0);
    if !(-DURATION_MAX..=DURATION_MAX).contains(&seconds)
        || !(-NANOS_MAX..=NANOS_MAX).contains(&nanos)
        || opposed
    {
        return Err(JsonError::Range("google.protobuf.Duration".into()));
    }
    text(prost_types::Duration { seconds, nanos }, out);
    Ok(())
}

fn seconds_and_nanos(message: &DynamicMessage) -> (i64, i32) {
    let seconds = message.get_field_by_number(1).and_then(|value| value.as_i64()).unwrap_or_default();
    let nanos = message.get_field_by_number(2).and_then(|value| value.as_i32()).unwrap_or_default();
    (seconds, nanos)
}

fn map_key(key: &MapKey, out: &mut String) {
    match key {
        MapKey::Bool(key) => text(key, out),
        MapKey::I32(key) => text(key, out),
        MapKey::I64(key) => text(key, out),
        MapKey::U32(key) => text(key, out),
        MapKey::U64(key) => text(key, out),
        MapKey::String(key) => quoted(key, out),
    }
}

fn plain(item: impl Display, out: &mut String) {
    out.push_str(&item.to_string());
}

/// Text that needs no escapes, in quotes.
fn text(item: impl Display, out: &mut String) {
    out.push('"');
    plain(item, out);
    out.push('"');
}

/// A string with the escapes of Go's `encoding/json`, which also hides what HTML would read.
pub(crate) fn quoted(string: &str, out: &mut String) {
    out.push('"');
    for letter in string.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
}
