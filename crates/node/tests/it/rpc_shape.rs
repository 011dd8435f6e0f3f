//! JSON with the order of its keys, and whether two pieces have the same shape.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Null,
    Bool,
    Number,
    Text(Class),
    List(Vec<Shape>),
    Object(Vec<(String, Shape)>),
}

/// What a text looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Class {
    Integer,
    Hash,
    Address,
    Time,
    Empty,
    Other,
}

fn class(text: &str) -> Class {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    match text.len() {
        0 => Class::Empty,
        64 if is_hex => Class::Hash,
        40 if is_hex => Class::Address,
        _ if digits.bytes().all(|byte| byte.is_ascii_digit()) => Class::Integer,
        20..=30 if text.ends_with('Z') && text.as_bytes()[10] == b'T' => Class::Time,
        _ => Class::Other,
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Bool)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Number)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Number)
    }
    fn visit_str<E>(self, text: &str) -> Result<Shape, E> {
        Ok(Shape::Text(class(text)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Shape::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Shape, A::Error> {
        let mut object = Vec::new();
        while let Some(field) = fields.next_entry()? {
            object.push(field);
        }
        Ok(Shape::Object(object))
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

impl Shape {
    pub(crate) fn of(text: &str) -> Self {
        serde_json::from_str(text).unwrap()
    }

    /// The part at a path of keys; in a list, of its first element.
    pub(crate) fn at(&self, path: &[&str]) -> &Self {
        let Some((key, rest)) = path.split_first() else { return self };
        match self {
            Self::Object(fields) => {
                let (_, value) = fields.iter().find(|(name, _)| name == key).unwrap();
                value.at(rest)
            }
            Self::List(items) => items[0].at(path),
            other => panic!("no {key} in {other:?}"),
        }
    }

    /// Where this differs from a recorded shape: other keys, another order of keys, other kinds. Every element of a list
    /// is compared with every recorded one, and must be like one of them; lists of nothing are alike.
    pub(crate) fn differs(&self, recorded: &Self, at: &str) -> Option<String> {
        match (self, recorded) {
            (Self::Object(ours), Self::Object(theirs)) => {
                let names = |fields: &[(String, Self)]| {
                    fields.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
                };
                if names(ours) != names(theirs) {
                    return Some(format!("{at}: keys {:?}, recorded {:?}", names(ours), names(theirs)));
                }
                let mut pairs = ours.iter().zip(theirs);
                pairs.find_map(|((name, ours), (_, theirs))| ours.differs(theirs, &format!("{at}.{name}")))
            }
            (Self::List(ours), Self::List(theirs)) => ours.iter().enumerate().find_map(|(index, item)| {
                let differences: Vec<_> =
                    theirs.iter().map(|their| item.differs(their, &format!("{at}[{index}]"))).collect();
                if differences.iter().any(Option::is_none) {
                    None
                } else {
                    differences.into_iter().flatten().next()
                }
            }),
            (Self::Text(Class::Other), Self::Text(_)) | (Self::Text(_), Self::Text(Class::Other)) => None,
            (ours, theirs) if ours == theirs => None,
            (ours, theirs) => Some(format!("{at}: {ours:?}, recorded {theirs:?}")),
        }
    }
}

#[test]
fn shapes_differ_by_keys_order_and_kinds() {
    let differs = |ours: &str, theirs: &str| Shape::of(ours).differs(&Shape::of(theirs), "");
    assert_eq!(differs(r#"{"a":[1,2],"b":"x"}"#, r#"{"a":[3],"b":"y"}"#), None);
    assert!(differs(r#"{"a":1,"b":2}"#, r#"{"b":1,"a":2}"#).is_some());
    assert!(differs(r#"{"a":1}"#, r#"{}"#).is_some());
    assert!(differs("1", r#""1""#).is_some());
    assert!(differs("null", "[]").is_some());
    assert!(differs(r#"{"a":"1"}"#, r#"{"a":""}"#).is_some());
    assert!(differs(r#"[{"a":1},{"b":1}]"#, r#"[{"a":1}]"#).is_some());
}
