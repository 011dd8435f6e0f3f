//! Documents with mutations: `set` and `remove` applied to a base.

use super::{list, text};
use ics_ccv::wire::genesis::DurationNs;
use serde_json::Value;

/// The document of a case, and the type of its base.
pub(crate) fn mutated<'a>(case: &Value, bases: &'a Value) -> (&'a str, Value) {
    let base = &bases[text(case, "base")];
    let mut document = base["document"].clone();
    for set in list(case, "set") {
        let times = set["times"].as_u64().unwrap_or(1);
        let value = if times == 1 {
            set["value"].clone()
        } else {
            Value::Array((0..times).map(|_| set["value"].clone()).collect())
        };
        let (parent, last) = text(set, "path").rsplit_once('/').unwrap();
        match document.pointer_mut(parent).unwrap() {
            Value::Array(items) if last == "-" => items.push(value),
            Value::Array(items) => items[last.parse::<usize>().unwrap()] = value,
            Value::Object(members) => drop(members.insert(unescape(last), value)),
            other => panic!("{parent} is {other}"),
        }
    }
    for path in list(case, "remove") {
        let (parent, last) = path.as_str().unwrap().rsplit_once('/').unwrap();
        match document.pointer_mut(parent).unwrap() {
            Value::Array(items) => drop(items.remove(last.parse().unwrap())),
            Value::Object(members) => drop(members.remove(&unescape(last)).unwrap()),
            other => panic!("{parent} is {other}"),
        }
    }
    (text(base, "type"), document)
}

fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// A duration in proto JSON: `"3600s"`, `"-0.000000001s"`.
pub(crate) fn duration(text: &Value) -> Option<DurationNs> {
    let text = text.as_str()?.strip_suffix('s')?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{seconds}{fraction:0<9}").parse().ok().map(DurationNs)
}
