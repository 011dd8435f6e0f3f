//! The JSON dialect of the SDK (gogoproto's jsonpb): a strict, deterministic reader and a byte-exact writer.
//!
//! Reading: unknown members are refused; a member is known by its original and by its lowerCamel name, and where both are
//! there the latter counts; of identical names the last counts; integers stand quoted or not; `null` means the default;
//! two members of one oneof are refused. Depth is bounded (128), length by each caller.
//! Source: provider spec §1.3, consumer spec §2.2.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use core::fmt::{self, Write as _};
use ics_abci::{ConsKey, ValUpdate};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// Text that is not the message asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// More bytes than such a message may have.
    #[error("{found} bytes, at most {limit} are accepted")]
    TooLong {
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Not JSON.
    #[error("{0}")]
    Syntax(String),
    /// A member that the message does not have.
    #[error("unknown field {0:?}")]
    Unknown(String),
    /// A member that is not what it should be.
    #[error("field {field}: expected {expected}")]
    Value {
        /// Its name.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// Two members of which there may be one.
    #[error("fields {0} and {1} exclude one another")]
    Both(&'static str, &'static str),
}

/// Any JSON value; members in their order, duplicates kept.
pub(crate) enum Json {
    Null,
    Bool(bool),
    Integer(i128),
    /// A number with a fraction or an exponent: never valid here.
    Fraction,
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

struct AnyJson;

impl<'de> Visitor<'de> for AnyJson {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Integer(value.into()))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Fraction)
    }
    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(member) = members.next_entry()? {
            object.push(member);
        }
        Ok(Json::Object(object))
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyJson)
    }
}

/// The first JSON value of `bytes`; what follows it is ignored, as by the reference's stream decoder.
pub(crate) fn first_value(bytes: &[u8], limit: usize) -> Result<Json, JsonError> {
    read(bytes, limit, |_| Ok(()))
}

/// The only JSON value of `bytes`.
pub(crate) fn only_value(bytes: &[u8], limit: usize) -> Result<Json, JsonError> {
    read(bytes, limit, serde_json::Deserializer::end)
}

type Reader<'a> = serde_json::Deserializer<serde_json::de::SliceRead<'a>>;

fn read<'a>(
    bytes: &'a [u8],
    limit: usize,
    end: impl FnOnce(&mut Reader<'a>) -> serde_json::Result<()>,
) -> Result<Json, JsonError> {
    if bytes.len() > limit {
        return Err(JsonError::TooLong { found: bytes.len(), limit });
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    Json::deserialize(&mut reader)
        .and_then(|json| end(&mut reader).map(|()| json))
        .map_err(|error| JsonError::Syntax(error.to_string()))
}

const fn bad(field: &'static str, expected: &'static str) -> JsonError {
    JsonError::Value { field, expected }
}

/// The members of an object that have not been taken yet.
pub(crate) struct Members(BTreeMap<String, Json>);

impl Members {
    /// The members of `json`; none where it is `null`.
    pub(crate) fn of(field: &'static str, json: Json) -> Result<Self, JsonError> {
        match json {
            Json::Null => Ok(Self(BTreeMap::new())),
            Json::Object(members) => Ok(Self(members.into_iter().collect())),
            _ => Err(bad(field, "an object")),
        }
    }

    /// Takes the member with this original name or its lowerCamel form.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<Json> {
        let original = self.0.remove(name);
        if !name.contains('_') {
            return original;
        }
        self.0.remove(&camel(name)).or(original)
    }

    /// Takes a member that is not `null`.
    pub(crate) fn present(&mut self, name: &'static str) -> Option<Json> {
        self.take(name).filter(|json| !matches!(json, Json::Null))
    }

    /// Whether nothing is left, which is how a message ends.
    pub(crate) fn finish(self) -> Result<(), JsonError> {
        match self.0.into_keys().next() {
            None => Ok(()),
            Some(name) => Err(JsonError::Unknown(name.chars().take(64).collect())),
        }
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Result<String, JsonError> {
        self.present(name).map_or(Ok(String::new()), |json| text(name, json))
    }

    pub(crate) fn boolean(&mut self, name: &'static str) -> Result<bool, JsonError> {
        match self.present(name) {
            None => Ok(false),
            Some(Json::Bool(value)) => Ok(value),
            Some(_) => Err(bad(name, "true or false")),
        }
    }

    /// An integer of type `T`, quoted or not.
    pub(crate) fn integer<T: TryFrom<i128> + Default>(&mut self, name: &'static str) -> Result<T, JsonError> {
        self.present(name).map_or(Ok(T::default()), |json| integer(name, json))
    }

    /// Base64, padded; absent is empty.
    pub(crate) fn bytes(&mut self, name: &'static str) -> Result<Vec<u8>, JsonError> {
        self.present(name).map_or(Ok(Vec::new()), |json| base64(name, json))
    }

    /// A list; `None` where it is absent or `null`.
    pub(crate) fn list(&mut self, name: &'static str) -> Result<Option<Vec<Json>>, JsonError> {
        match self.present(name) {
            None => Ok(None),
            Some(Json::List(items)) => Ok(Some(items)),
            Some(_) => Err(bad(name, "a list")),
        }
    }

    /// A list of which every item is read by `item`; absent is empty.
    pub(crate) fn each<T>(
        &mut self,
        name: &'static str,
        item: impl FnMut(Json) -> Result<T, JsonError>,
    ) -> Result<Vec<T>, JsonError> {
        self.list(name)?.unwrap_or_default().into_iter().map(item).collect()
    }

    pub(crate) fn texts(&mut self, name: &'static str) -> Result<Vec<String>, JsonError> {
        self.each(name, |json| match json {
            Json::Null => Ok(String::new()),
            json => text(name, json),
        })
    }

    /// An enum by its name in `names`, or by number.
    pub(crate) fn enumeration(
        &mut self,
        name: &'static str,
        names: &[(i32, &str)],
    ) -> Result<i32, JsonError> {
        match self.present(name) {
            None => Ok(0),
            Some(Json::Text(text)) => names
                .iter()
                .find(|(_, name)| *name == text)
                .map(|(number, _)| *number)
                .ok_or(bad(name, "a name of the enum")),
            Some(json) => integer(name, json),
        }
    }
}

/// Tolerates set bits behind the last byte, as Go does.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&ALPHABET, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut raise = false;
    for c in name.chars() {
        match c {
            '_' => raise = true,
            c if raise => {
                out.push(c.to_ascii_uppercase());
                raise = false;
            }
            c => out.push(c),
        }
    }
    out
}

pub(crate) fn text(field: &'static str, json: Json) -> Result<String, JsonError> {
    match json {
        Json::Text(text) => Ok(text),
        _ => Err(bad(field, "text")),
    }
}

pub(crate) fn base64(field: &'static str, json: Json) -> Result<Vec<u8>, JsonError> {
    LENIENT.decode(text(field, json)?).map_err(|_| bad(field, "base64"))
}

pub(crate) fn integer<T: TryFrom<i128>>(field: &'static str, json: Json) -> Result<T, JsonError> {
    let error = bad(field, "an integer in range");
    let number = match json {
        Json::Integer(number) => number,
        Json::Text(text) => decimal(&text).ok_or_else(|| error.clone())?,
        _ => return Err(error),
    };
    T::try_from(number).map_err(|_| error)
}

/// A JSON integer: no sign but minus, no leading zeros.
fn decimal(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.len() < 24 && digits.bytes().all(|b| b.is_ascii_digit());
    if !plain || (digits.len() > 1 && digits.starts_with('0')) { None } else { text.parse().ok() }
}

/// Reads a `tendermint.abci.ValidatorUpdate`.
pub(crate) fn read_update(json: Json) -> Result<ValUpdate, JsonError> {
    let mut members = Members::of("validator_updates", json)?;
    let mut key = Members::of("pub_key", members.take("pub_key").unwrap_or(Json::Null))?;
    let power = members.integer("power")?;
    members.finish()?;
    let ed25519 = key.0.contains_key("ed25519");
    let secp256k1 = key.0.contains_key("secp256k1");
    let key = match (ed25519, secp256k1) {
        (true, true) => return Err(JsonError::Both("ed25519", "secp256k1")),
        (false, true) => {
            let bytes = key.bytes("secp256k1")?;
            key.finish()?;
            ConsKey::secp256k1(&bytes).ok_or(bad("secp256k1", "33 bytes"))?
        }
        (_, false) => {
            let bytes = key.bytes("ed25519")?;
            key.finish()?;
            ConsKey::ed25519(&bytes).ok_or(bad("ed25519", "32 bytes"))?
        }
    };
    Ok(ValUpdate { key, power })
}

/// Writes a `tendermint.abci.ValidatorUpdate`.
pub(crate) fn write_update(out: &mut Out, update: &ValUpdate) {
    out.object(|out| {
        out.member("pub_key").object(|out| out.bytes(update.key.kind(), update.key.bytes()));
        out.quoted("power", update.power);
    });
}

/// Compact JSON as the SDK writes it, byte for byte.
#[derive(Default)]
pub(crate) struct Out(String);

impl Out {
    pub(crate) fn build(write: impl FnOnce(&mut Self)) -> String {
        let mut out = Self::default();
        write(&mut out);
        out.0
    }

    fn separate(&mut self) {
        // A text value ends in a quote, so these two characters are structure.
        if !self.0.is_empty() && !self.0.ends_with(['{', '[', ':']) {
            self.0.push(',');
        }
    }

    /// Starts a member; its value is written next.
    pub(crate) fn member(&mut self, name: &str) -> &mut Self {
        self.separate();
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
        self
    }

    pub(crate) fn object(&mut self, write: impl FnOnce(&mut Self)) {
        self.separate();
        self.0.push('{');
        write(self);
        self.0.push('}');
    }

    pub(crate) fn null(&mut self) {
        self.separate();
        self.0.push_str("null");
    }

    /// A value that needs no escapes, as it is.
    pub(crate) fn plain(&mut self, value: impl fmt::Display) {
        self.separate();
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{value}");
    }

    /// A text value, escaped as Go escapes.
    pub(crate) fn string(&mut self, text: &str) {
        self.separate();
        self.0.push('"');
        for c in text.chars() {
            match c {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                '\t' => self.0.push_str("\\t"),
                '\u{8}' => self.0.push_str("\\b"),
                '\u{c}' => self.0.push_str("\\f"),
                '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                    self.0.push_str(&format!("\\u{:04x}", u32::from(c)));
                }
                c => self.0.push(c),
            }
        }
        self.0.push('"');
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.member(name).string(text);
    }

    /// A 64-bit integer, or anything else whose text needs quotes but no escapes.
    pub(crate) fn quoted(&mut self, name: &str, value: impl fmt::Display) {
        self.member(name).plain(format_args!("\"{value}\""));
    }

    pub(crate) fn bytes(&mut self, name: &str, bytes: &[u8]) {
        if bytes.is_empty() {
            self.member(name).null();
        } else {
            self.quoted(name, STANDARD.encode(bytes));
        }
    }

    /// An enum by its name in `names`; a number that has none as it is.
    pub(crate) fn enumeration(&mut self, name: &str, number: i32, names: &[(i32, &str)]) {
        match names.iter().find(|(n, _)| *n == number) {
            Some((_, text)) => self.quoted(name, text),
            None => self.member(name).plain(number),
        }
    }

    pub(crate) fn list<'a, T: 'a>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = &'a T>,
        mut write: impl FnMut(&mut Self, &'a T),
    ) {
        self.member(name).0.push('[');
        for item in items {
            write(self, item);
        }
        self.0.push(']');
    }

    pub(crate) fn texts(&mut self, name: &str, items: &[String]) {
        self.list(name, items, |out, item| out.string(item));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Members {
        Members::of("test", first_value(text.as_bytes(), 1_000).unwrap()).unwrap()
    }

    #[test]
    fn the_camel_name_wins_and_of_identical_names_the_last() {
        let mut m = members(r#"{"someName":1,"some_name":2,"x":3,"x":4} trailing"#);
        assert_eq!(m.integer::<u64>("some_name"), Ok(1));
        assert_eq!(m.integer::<u64>("x"), Ok(4));
        assert_eq!(m.finish(), Ok(()));
    }

    #[test]
    fn integers_stand_quoted_or_not_but_only_as_json_writes_them() {
        for (text, expected) in [
            (r#"{"n":-7}"#, Ok(-7)),
            (r#"{"n":"-7"}"#, Ok(-7)),
            (r#"{"n":null}"#, Ok(0)),
            ("{}", Ok(0)),
            (r#"{"n":"9223372036854775807"}"#, Ok(i64::MAX)),
            (r#"{"n":"9223372036854775808"}"#, Err(())),
            (r#"{"n":9223372036854775808}"#, Err(())),
            (r#"{"n":1.0}"#, Err(())),
            (r#"{"n":"007"}"#, Err(())),
            (r#"{"n":"+7"}"#, Err(())),
            (r#"{"n":""}"#, Err(())),
            (r#"{"n":"-"}"#, Err(())),
            (r#"{"n":true}"#, Err(())),
        ] {
            assert_eq!(
                members(text).integer::<i64>("n"),
                expected.map_err(|()| bad("n", "an integer in range")),
                "{text}"
            );
        }
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let deep = [b'['; 100_000];
        assert!(
            matches!(first_value(&deep, 200_000), Err(JsonError::Syntax(text)) if text.starts_with("recursion limit exceeded"))
        );
        assert!(matches!(first_value(&deep, 10), Err(JsonError::TooLong { found: 100_000, limit: 10 })));
        assert!(matches!(only_value(b"{} {}", 10), Err(JsonError::Syntax(_))));
    }

    #[test]
    fn text_is_escaped_as_go_escapes() {
        let out = Out::build(|out| out.string("a\"\\\n\u{8}\u{1}<&>\u{2028}é"));
        assert_eq!(out, "\"a\\\"\\\\\\n\\b\\u0001\\u003c\\u0026\\u003e\\u2028é\"");
    }
}
