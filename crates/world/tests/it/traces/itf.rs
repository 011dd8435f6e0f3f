//! Traces as files: ITF, the JSON of model checkers, packed with xz.
//!
//! A state becomes plain JSON: maps are objects, sets are sorted arrays, big integers are numbers.

use serde_json::{Map, Number, Value};
use std::io::{self, Write};
use std::path::Path;

/// Most bytes of an unpacked trace; the greatest of the project's has three million.
const BYTES_MAX: usize = 64 << 20;

/// A run of the model.
pub(crate) struct Trace {
    pub(crate) name: String,
    pub(crate) states: Vec<Value>,
}

/// Reads a trace.
pub(crate) fn read(path: &Path) -> Trace {
    let name = path.file_name().unwrap().to_str().unwrap().trim_end_matches(".itf.json.xz").to_owned();
    let packed = std::fs::read(path).unwrap();
    let document: Value = serde_json::from_slice(&unpack(&packed).unwrap()).unwrap();
    let states: Vec<Value> = document["states"].as_array().unwrap().iter().map(plain).collect();
    assert!(!states.is_empty(), "{name} has no state");
    Trace { name, states }
}

/// Bytes up to a limit.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > BYTES_MAX {
            return Err(io::Error::other("the trace is too large"));
        }
        self.0.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn unpack(mut packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = Bounded(Vec::new());
    lzma_rs::xz_decompress(&mut packed, &mut out).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(out.0)
}

fn plain(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(plain).collect()),
        Value::Object(members) => special(members).unwrap_or_else(|| {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
        }),
        other => other.clone(),
    }
}

fn special(members: &Map<String, Value>) -> Option<Value> {
    let (kind, content) = members.iter().next().filter(|_| members.len() == 1)?;
    Some(match kind.as_str() {
        "#map" => {
            let entry = |pair: &Value| (word(&plain(&pair[0])), plain(&pair[1]));
            Value::Object(content.as_array().unwrap().iter().map(entry).collect())
        }
        "#set" => {
            let mut items: Vec<Value> = content.as_array().unwrap().iter().map(plain).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        "#tup" => Value::Array(content.as_array().unwrap().iter().map(plain).collect()),
        "#bigint" => Value::Number(content.as_str().unwrap().parse::<Number>().unwrap()),
        _ => return None,
    })
}

/// A key of a map: text as it is, numbers in decimal.
fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn traces_are_read_as_plain_values() {
    let itf = serde_json::json!({
        "map": {"#map": [["a", {"#bigint": "-7"}], [2, {"#set": ["y", "x"]}]]},
        "list": [{"#tup": [1, 2]}, {"deep": {"#map": []}}],
    });
    let expected = serde_json::json!({"map": {"a": -7, "2": ["x", "y"]}, "list": [[1, 2], {"deep": {}}]});
    assert_eq!(plain(&itf), expected);
    let mut out = Bounded(vec![0; BYTES_MAX - 1]);
    assert_eq!(out.write(&[0]).unwrap(), 1);
    assert_eq!(out.write(&[0]).unwrap_err().to_string(), "the trace is too large");
}
