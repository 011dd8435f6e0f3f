//! Messages to text.

use base64::{Engine, engine::general_purpose::STANDARD};
use prost_reflect::{DynamicMessage, ReflectMessage, Value};

use super::rules::{self, FieldForm, FieldRule, MessageForm};
use super::{AminoError, DEPTH_MAX};
use crate::json::{decimal, quoted, schema::Schema};

const SECONDS_MIN: i64 = -62_135_596_800; // year 1
const SECONDS_MAX: i64 = 253_402_300_799; // year 9999
const NANOS_MAX: i32 = 999_999_999;
/// Most seconds of a duration, which Go counts in nanoseconds.
const DURATION_MAX: i64 = 9_223_372_035;

/// Refuses a message with fields that nobody knows.
pub(super) fn all_known(message: &DynamicMessage) -> Result<(), AminoError> {
    match message.unknown_fields().next() {
        None => Ok(()),
        Some(field) => Err(AminoError::UnknownField {
            message: message.descriptor().full_name().to_owned(),
            number: field.number(),
        }),
    }
}

/// Writes a message, well-known types in their short forms.
pub(super) fn message(
    schema: &Schema,
    message: &DynamicMessage,
    out: &mut String,
    depth: usize,
) -> Result<(), AminoError> {
    let depth = depth.saturating_add(1);
    if depth > DEPTH_MAX {
        return Err(AminoError::TooDeep);
    }
    all_known(message)?;
    let descriptor = message.descriptor();
    match descriptor.full_name() {
        "google.protobuf.Any" => return any(schema, message, out, depth),
        "google.protobuf.Timestamp" => return timestamp(message, out),
        "google.protobuf.Duration" => return duration(message, out),
        _ => {}
    }
    let rule = rules::of(&descriptor)?;
    match &rule.form {
        MessageForm::Object => object(schema, message, &rule.fields, out, depth),
        MessageForm::Key => {
            let key = message.get_field_by_name("key");
            let key = key.as_deref().and_then(Value::as_bytes).map(AsRef::as_ref).unwrap_or_default();
            bytes(key, out);
            Ok(())
        }
        MessageForm::Other(form) => Err(AminoError::NoForm(format!("{} ({form})", descriptor.full_name()))),
    }
}

fn object(
    schema: &Schema,
    message: &DynamicMessage,
    fields: &[FieldRule],
    out: &mut String,
    depth: usize,
) -> Result<(), AminoError> {
    out.push('{');
    let mut first = true;
    let mut comma = |out: &mut String| {
        if !core::mem::take(&mut first) {
            out.push(',');
        }
    };
    let mut empty_oneof = None;
    for rule in fields {
        let set = message.has_field(&rule.field);
        match &rule.oneof {
            None if !set && !rule.always => {}
            None => {
                comma(out);
                quoted(&rule.name, out);
                out.push(':');
                value(schema, message, rule, out, depth)?;
            }
            Some((_, None)) => return Err(AminoError::NoForm(rule.field.full_name().to_owned())),
            Some((oneof, Some(kind))) if set => {
                comma(out);
                quoted(oneof, out);
                out.push_str(":{\"type\":");
                quoted(kind, out);
                out.push_str(",\"value\":{");
                quoted(&rule.name, out);
                out.push(':');
                value(schema, message, rule, out, depth)?;
                out.push_str("}}");
            }
            Some((oneof, Some(_))) => {
                let siblings = rule.field.containing_oneof().into_iter().flat_map(|oneof| {
                    oneof.fields().map(|field| message.has_field(&field)).collect::<Vec<_>>()
                });
                // One `null` for all fields of a oneof of which none is set.
                if empty_oneof != Some(oneof) && !siblings.into_iter().any(|set| set) {
                    empty_oneof = Some(oneof);
                    comma(out);
                    quoted(oneof, out);
                    out.push_str(":null");
                }
            }
        }
    }
    out.push('}');
    Ok(())
}

fn value(
    schema: &Schema,
    parent: &DynamicMessage,
    rule: &FieldRule,
    out: &mut String,
    depth: usize,
) -> Result<(), AminoError> {
    let (field, form) = (&rule.field, &rule.form);
    let no_form = || AminoError::NoForm(field.full_name().to_owned());
    let value = parent.get_field(field);
    match (form, value.as_ref()) {
        (FieldForm::Other(_), _) | (_, Value::Map(_)) => Err(no_form()),
        (FieldForm::Plain | FieldForm::Coins, Value::List(items)) => {
            if items.is_empty() && *form == FieldForm::Plain {
                out.push_str("null");
                return Ok(());
            }
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                single(schema, rule, item, out, depth)?;
            }
            out.push(']');
            Ok(())
        }
        (FieldForm::Coins, _) | (_, Value::List(_)) => Err(no_form()),
        (FieldForm::Plain, Value::Message(_)) if !parent.has_field(field) => {
            Err(AminoError::Absent(field.full_name().to_owned()))
        }
        (FieldForm::Plain, item) => single(schema, rule, item, out, depth),
        (FieldForm::Integer | FieldForm::Decimal, item) => number(rule, item, out),
    }
}

fn single(
    schema: &Schema,
    rule: &FieldRule,
    item: &Value,
    out: &mut String,
    depth: usize,
) -> Result<(), AminoError> {
    match item {
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::I32(number) | Value::EnumNumber(number) => out.push_str(&number.to_string()),
        Value::U32(number) => out.push_str(&number.to_string()),
        Value::I64(number) => out.push_str(&format!("\"{number}\"")),
        Value::U64(number) => out.push_str(&format!("\"{number}\"")),
        Value::String(text) => quoted(text, out),
        Value::Bytes(content) => bytes(content, out),
        Value::Message(inner) => return message(schema, inner, out, depth),
        Value::F32(_) | Value::F64(_) | Value::List(_) | Value::Map(_) => {
            return Err(AminoError::NoForm(rule.field.full_name().to_owned()));
        }
    }
    Ok(())
}

/// Base64; Go has no bytes where there are none.
fn bytes(content: &[u8], out: &mut String) {
    if content.is_empty() {
        out.push_str("null");
    } else {
        out.push_str(&format!("\"{}\"", STANDARD.encode(content)));
    }
}

/// Numbers that protobuf carries as text, some of them in a field of bytes.
fn number(rule: &FieldRule, item: &Value, out: &mut String) -> Result<(), AminoError> {
    let fail = |text: &str| AminoError::Number {
        field: rule.field.full_name().to_owned(),
        text: text.chars().take(TEXT_SHOWN).collect(),
    };
    let text = match item {
        Value::String(text) => text.as_str(),
        Value::Bytes(content) => std::str::from_utf8(content).map_err(|_| fail("bytes"))?,
        _ => return Err(AminoError::NoForm(rule.field.full_name().to_owned())),
    };
    match (text, &rule.form, item) {
        ("", ..) => out.push_str("\"0\""),
        // The SDK signs the text of an integer as it stands; whether it is one is not asked here.
        (text, FieldForm::Integer, Value::String(_)) => quoted(text, out),
        (text, form, _) => {
            // In any other than its shortest form the SDK may read another number: one with a 0 ahead as octal.
            let digits = text.strip_prefix('-').unwrap_or(text);
            if digits.starts_with('0') && text != "0" {
                return Err(fail(text));
            }
            let decimal = decimal::from_units(text).ok_or_else(|| fail(text))?;
            let text = if *form == FieldForm::Integer { text } else { decimal.as_str() };
            out.push_str(&format!("\"{text}\""));
        }
    }
    Ok(())
}

/// How much of a text is shown where it is not what it should be, characters.
const TEXT_SHOWN: usize = 100;

/// The message within, and what stands for its type.
fn any(schema: &Schema, message: &DynamicMessage, out: &mut String, depth: usize) -> Result<(), AminoError> {
    let url = message.get_field_by_name("type_url");
    let url = url.as_deref().and_then(Value::as_str).unwrap_or_default();
    let name = url.strip_prefix('/').ok_or_else(|| AminoError::NoForm(format!("a type of URL {url:?}")))?;
    let content = message.get_field_by_name("value");
    let content = content.as_deref().and_then(Value::as_bytes).map(AsRef::as_ref).unwrap_or_default();
    let inner = schema.decode(name, content)?;
    out.push_str("{\"type\":");
    quoted(&rules::of(&inner.descriptor())?.name, out);
    out.push_str(",\"value\":");
    self::message(schema, &inner, out, depth)?;
    out.push('}');
    Ok(())
}

/// RFC 3339, with as many places of a second as it needs.
fn timestamp(message: &DynamicMessage, out: &mut String) -> Result<(), AminoError> {
    let (seconds, nanos) = seconds_and_nanos(message);
    if !(SECONDS_MIN..=SECONDS_MAX).contains(&seconds) || !(0..=NANOS_MAX).contains(&nanos) {
        return Err(AminoError::Range("google.protobuf.Timestamp"));
    }
    let whole = prost_types::Timestamp { seconds, nanos: 0 }.to_string();
    let places = format!(".{nanos:09}");
    let places = places.trim_end_matches('0').trim_end_matches('.');
    out.push_str(&format!("\"{}{places}Z\"", whole.trim_end_matches('Z')));
    Ok(())
}

/// Nanoseconds.
fn duration(message: &DynamicMessage, out: &mut String) -> Result<(), AminoError> {
    let (seconds, nanos) = seconds_and_nanos(message);
    if !(-DURATION_MAX..=DURATION_MAX).contains(&seconds) || !(-NANOS_MAX..=NANOS_MAX).contains(&nanos) {
        return Err(AminoError::Range("google.protobuf.Duration"));
    }
    let nanos = i128::from(seconds).saturating_mul(1_000_000_000).saturating_add(i128::from(nanos));
    out.push_str(&format!("\"{nanos}\""));
    Ok(())
}

fn seconds_and_nanos(message: &DynamicMessage) -> (i64, i32) {
    let seconds = message.get_field_by_number(1).and_then(|value| value.as_i64()).unwrap_or_default();
    let nanos = message.get_field_by_number(2).and_then(|value| value.as_i32()).unwrap_or_default();
    (seconds, nanos)
}
