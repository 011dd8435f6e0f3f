//! Arguments: by name or place in a JSON request, or in the query of an address.
//!
//! Source: CometBFT 0.38 `rpc/jsonrpc/server/{http_json_handler,http_uri_handler}.go`, `libs/json`. The refusals are
//! worded as Go words them, as far as clients have been seen to show them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A number, or one in quotes.
    Int,
    Text,
    Bool,
    /// Bytes in base64.
    Bytes,
    /// Bytes in hexadecimal.
    Hex,
    /// Any JSON; in an address, its text.
    Json,
}

/// An argument's name and kind.
pub(crate) type Arg = (&'static str, Kind);

/// Arguments that are of their kinds; those that the request does not name are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Args(BTreeMap<&'static str, Given>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Given {
    Int(i64),
    Text(String),
    Bool(bool),
    Bytes(Vec<u8>),
    Json(Value),
}

impl Args {
    /// The number of this name.
    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        match self.0.get(name) {
            Some(Given::Int(value)) => Some(*value),
            _ => None,
        }
    }

    /// The text of this name, or "".
    pub(crate) fn text(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Given::Text(value)) => value,
            _ => "",
        }
    }

    /// Whether this name was given as true.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.0.get(name) == Some(&Given::Bool(true))
    }

    /// The JSON of this name.
    pub(crate) fn json(&self, name: &str) -> Option<&Value> {
        match self.0.get(name) {
            Some(Given::Json(value)) => Some(value),
            _ => None,
        }
    }

    /// The bytes of this name, or none.
    pub(crate) fn bytes(&self, name: &str) -> &[u8] {
        match self.0.get(name) {
            Some(Given::Bytes(value)) => value,
            _ => &[],
        }
    }

    /// The arguments of a JSON request: an object, an array, or nothing.
    pub(crate) fn of_json(args: &'static [Arg], params: &Value) -> Result<Self, String> {
        let value = |index: usize, name: &str| match params {
            Value::Object(named) => named.get(name),
            Value::Array(listed) => listed.get(index),
            _ => None,
        };
        match params {
            Value::Array(listed) if listed.len() != args.len() => {
                let names: Vec<_> = args.iter().map(|(name, _)| *name).collect();
                let (want, got) = (names.len(), listed.len());
                return Err(format!("expected {want} parameters ([{}]), got {got}", names.join(" ")));
            }
            Value::Null | Value::Object(_) | Value::Array(_) => {}
            other => {
                let kind = kind_of(other);
                return Err(format!("unknown type for JSON params: {kind}. Expected map or array"));
            }
        }
        let mut given = BTreeMap::new();
        for (index, (name, kind)) in args.iter().enumerate() {
            match value(index, name) {
                None | Some(Value::Null) => {}
                Some(value) => drop(given.insert(*name, of_value(*kind, value)?)),
            }
        }
        Ok(Self(given))
    }

    /// The arguments of an address; the first of a name counts, an empty one is none.
    pub(crate) fn of_uri(args: &'static [Arg], pairs: &[(String, String)]) -> Result<Self, String> {
        let mut given = BTreeMap::new();
        for (name, kind) in args {
            let text = pairs.iter().find(|(key, _)| key == name).map(|(_, text)| text.as_str());
            match text {
                None | Some("") => {}
                Some(text) => drop(given.insert(*name, of_text(*kind, text)?)),
            }
        }
        Ok(Self(given))
    }
}

fn of_value(kind: Kind, value: &Value) -> Result<Given, String> {
    match (kind, value) {
        (Kind::Json, value) => Ok(Given::Json(value.clone())),
        (Kind::Int, Value::Number(number)) => int(&number.to_string()).map(Given::Int),
        (Kind::Int, Value::String(text)) => int(text).map(Given::Int),
        (Kind::Text, Value::String(text)) => Ok(Given::Text(text.clone())),
        (Kind::Bool, Value::Bool(flag)) => Ok(Given::Bool(*flag)),
        (Kind::Bytes, Value::String(text)) => {
            STANDARD.decode(text).map(Given::Bytes).map_err(|error| format!("illegal base64 data: {error}"))
        }
        (Kind::Hex, Value::String(text)) => unhex(text).map(Given::Bytes),
        (Kind::Hex, other) => Err(format!("invalid hex string: {other}")),
        (kind, other) => Err(mismatch(kind_of(other), kind)),
    }
}

/// An argument in an address: `0x` and hexadecimal, digits, or JSON.
fn of_text(kind: Kind, text: &str) -> Result<Given, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if kind == Kind::Int && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return int(text).map(Given::Int);
    }
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return match kind {
            Kind::Int | Kind::Bool | Kind::Json => {
                Err(format!("got a hex string arg, but expected '{}'", name_of(kind)))
            }
            Kind::Text => Ok(Given::Text(String::from_utf8_lossy(&unhex(digits)?).into_owned())),
            Kind::Bytes | Kind::Hex => unhex(digits).map(Given::Bytes),
        };
    }
    let value: Value = serde_json::from_str(text).map_err(|error| syntax(text.as_bytes(), &error))?;
    match (kind, value) {
        // A quoted string stands for its own bytes here, other than in a JSON request.
        (Kind::Bytes | Kind::Hex, Value::String(text)) => Ok(Given::Bytes(text.into_bytes())),
        (kind, value) => of_value(kind, &value),
    }
}

fn int(text: &str) -> Result<i64, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| syntax(text.as_bytes(), &error))?;
    match &value {
        Value::Number(number) => {
            number.as_i64().ok_or_else(|| mismatch(&format!("number {text}"), Kind::Int))
        }
        other => Err(mismatch(kind_of(other), Kind::Int)),
    }
}

fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let odd = || "encoding/hex: odd length hex string".to_owned();
    hex::decode(text).map_err(|error| match error {
        hex::FromHexError::InvalidHexCharacter { c, .. } => {
            format!("encoding/hex: invalid byte: U+{:04X} '{c}'", u32::from(c))
        }
        hex::FromHexError::OddLength | hex::FromHexError::InvalidStringLength => odd(),
    })
}

/// What is wrong with text that is no JSON, in Go's words where its first character is already wrong.
pub(crate) fn syntax(bytes: &[u8], error: &serde_json::Error) -> String {
    let text = String::from_utf8_lossy(bytes);
    match text.trim_start_matches([' ', '\t', '\r', '\n']).chars().next() {
        None => "unexpected end of JSON input".to_owned(),
        Some('{' | '[' | '"' | '-' | 't' | 'f' | 'n' | '0'..='9') => error.to_string(),
        Some(first) => format!("invalid character '{first}' looking for beginning of value"),
    }
}

fn mismatch(found: &str, kind: Kind) -> String {
    format!("json: cannot unmarshal {found} into Go value of type {}", name_of(kind))
}

const fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "int64",
        Kind::Text => "string",
        Kind::Bool => "bool",
        Kind::Bytes => "[]uint8",
        Kind::Hex => "bytes.HexBytes",
        Kind::Json => "types.Evidence",
    }
}

pub(crate) const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ALL: &[Arg] = &[
        ("int", Kind::Int),
        ("text", Kind::Text),
        ("bool", Kind::Bool),
        ("bytes", Kind::Bytes),
        ("hex", Kind::Hex),
    ];

    fn uri(name: &str, text: &str) -> Result<Args, String> {
        Args::of_uri(ALL, &[(name.to_owned(), text.to_owned())])
    }

    #[test]
    fn json_arguments_are_read_by_name_and_by_place() {
        let named = json!({"int": "7", "text": "a", "bool": true, "bytes": "AQI=", "hex": "0aFF", "more": 1});
        let listed = json!([7, "a", true, "AQI=", "0aFF"]);
        for params in [named, listed] {
            let args = Args::of_json(ALL, &params).unwrap();
            assert_eq!((args.int("int"), args.text("text"), args.flag("bool")), (Some(7), "a", true));
            assert_eq!((args.bytes("bytes"), args.bytes("hex")), ([1, 2].as_slice(), [10, 255].as_slice()));
        }
        for nothing in [json!(null), json!({}), json!({"int": null})] {
            assert_eq!(Args::of_json(ALL, &nothing), Ok(Args::default()));
        }
    }

    #[test]
    fn json_arguments_of_another_kind_are_refused_in_the_words_of_go() {
        let refused = |params: Value| Args::of_json(ALL, &params).unwrap_err();
        assert_eq!(refused(json!({"int": "abc"})), "invalid character 'a' looking for beginning of value");
        assert_eq!(refused(json!({"int": ""})), "unexpected end of JSON input");
        assert_eq!(
            refused(json!({"int": 1.5})),
            "json: cannot unmarshal number 1.5 into Go value of type int64"
        );
        assert_eq!(
            refused(json!({"int": "9223372036854775808"})),
            "json: cannot unmarshal number 9223372036854775808 into Go value of type int64"
        );
        assert_eq!(refused(json!({"text": 1})), "json: cannot unmarshal number into Go value of type string");
        assert_eq!(
            refused(json!({"bool": "true"})),
            "json: cannot unmarshal string into Go value of type bool"
        );
        assert_eq!(refused(json!({"hex": "0xab"})), "encoding/hex: invalid byte: U+0078 'x'");
        assert_eq!(refused(json!({"hex": "abc"})), "encoding/hex: odd length hex string");
        assert_eq!(refused(json!([1])), "expected 5 parameters ([int text bool bytes hex]), got 1");
        assert_eq!(refused(json!("x")), "unknown type for JSON params: string. Expected map or array");
    }

    #[test]
    fn arguments_of_an_address_are_digits_hexadecimal_or_json() {
        assert_eq!(uri("int", "-7").unwrap().int("int"), Some(-7));
        assert_eq!(uri("int", "\"7\"").unwrap().int("int"), Some(7));
        assert_eq!(uri("text", "\"a b\"").unwrap().text("text"), "a b");
        assert_eq!(uri("text", "0x6162").unwrap().text("text"), "ab");
        assert!(uri("bool", "true").unwrap().flag("bool"));
        assert_eq!(uri("bytes", "0x0aFF").unwrap().bytes("bytes"), [10, 255]);
        assert_eq!(uri("hex", "\"ab\"").unwrap().bytes("hex"), *b"ab");
        assert_eq!(uri("int", ""), Ok(Args::default()));
        assert_eq!(uri("text", "a").unwrap_err(), "invalid character 'a' looking for beginning of value");
        assert_eq!(uri("int", "0x01").unwrap_err(), "got a hex string arg, but expected 'int64'");
        assert_eq!(uri("bytes", "0x0").unwrap_err(), "encoding/hex: odd length hex string");
    }
}
