//! Reads the recordings. They were re-indented with the order of keys kept, so JSON is compared as compact text.

use std::{fs, path::PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../recordings"))
}

/// A recorded file, by its path under the recordings.
pub(crate) struct Recorded {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) value: Value,
}

impl Recorded {
    pub(crate) fn open(path: &str) -> Self {
        let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { name: path.into(), text, value }
    }

    /// Every JSON file of a folder, by name.
    pub(crate) fn folder(folder: &str) -> Vec<Self> {
        let entries = fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".json"))
            .collect();
        names.sort();
        assert!(!names.is_empty(), "{folder} holds nothing");
        names.iter().map(|name| Self::open(&format!("{folder}/{name}"))).collect()
    }

    /// The string at a JSON pointer, from base64.
    pub(crate) fn bytes(&self, pointer: &str) -> Option<Vec<u8>> {
        let text = self.value.pointer(pointer)?.as_str()?;
        Some(STANDARD.decode(text).unwrap_or_else(|error| panic!("{}{pointer}: {error}", self.name)))
    }

    pub(crate) fn str(&self, pointer: &str) -> Option<&str> {
        self.value.pointer(pointer)?.as_str()
    }

    /// The compact text of a top-level member, or of the whole file for `""`, keys in their recorded order.
    pub(crate) fn compact(&self, path: &[&str]) -> String {
        let compact = compact(&self.text);
        path.iter().fold(compact, |object, key| {
            member(&object, key).unwrap_or_else(|| panic!("{}: no {key}", self.name))
        })
    }
}

/// JSON without white space between its tokens.
pub(crate) fn compact(text: &str) -> String {
    let (mut out, mut quoted, mut escaped) = (String::new(), false, false);
    for letter in text.chars() {
        if quoted || !letter.is_ascii_whitespace() {
            out.push(letter);
        }
        match letter {
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = quoted && letter == '\\' && !escaped;
    }
    out
}

/// The text of one member of a compact object.
fn member(object: &str, key: &str) -> Option<String> {
    let (mut depth, mut quoted, mut escaped, mut start) = (0usize, false, false, None);
    let mut token = 1;
    for (at, letter) in object.char_indices() {
        if quoted {
            match letter {
                '"' if !escaped => quoted = false,
                _ => {}
            }
            escaped = letter == '\\' && !escaped;
            continue;
        }
        match letter {
            '"' => quoted = true,
            '{' | '[' => depth += 1,
            '}' | ']' if depth == 1 => return start.map(|start: usize| object[start..at].to_owned()),
            '}' | ']' => depth -= 1,
            ':' if depth == 1 && object[token..at] == format!("\"{key}\"") => start = Some(at + 1),
            ',' if depth == 1 => {
                if let Some(start) = start {
                    return Some(object[start..at].to_owned());
                }
                token = at + 1;
            }
            _ => {}
        }
    }
    None
}
