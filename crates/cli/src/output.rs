//! Words for humans, JSON for programs.

use crate::Failure;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{self, Write as _};

/// How to print an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Indented names and values.
    #[default]
    Text,
    /// One line of JSON.
    Json,
}

/// Prints a JSON answer in the format asked for.
///
/// # Errors
/// See [`print`].
pub(crate) fn answer(format: Format, json: &str) -> Result<(), Failure> {
    match (format, serde_json::from_str::<Value>(json)) {
        (Format::Text, Ok(value)) => print(&yaml(&value)),
        _ => print(&format!("{json}\n")),
    }
}

/// Prints an answer. A reader that has gone away, as in `ics query … | head -1`, has seen enough.
///
/// # Errors
/// [`Failure`] where the output cannot be written, for example into a file on a full disk.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    script(visible(text).as_bytes())
}

/// Prints a script as it is, for the program that reads it.
///
/// # Errors
/// As [`print`].
pub(crate) fn script(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure(format!("cannot write the answer: {error}")))
        }
        _ => Ok(()),
    }
}

/// Tells what happens, in one line. Whether anybody listens does not matter to what runs.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(io::stdout(), "{}", in_a_line(line));
}

/// Tells something beside the answer, on the error output.
pub(crate) fn aside(line: &str) {
    let _ = writeln!(io::stderr(), "{}", in_a_line(line));
}

/// Answers, chain ids and logs are other people's text: what would control a terminal is shown, as JSON writes it,
/// instead of obeyed.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() && letter != '\n' {
            let _ = write!(out, "\\u{:04x}", u32::from(letter));
        } else {
            out.push(letter);
        }
    }
    out
}

/// As [`visible`], for text that must not begin lines of its own.
pub(crate) fn in_a_line(text: &str) -> String {
    visible(text).replace('\n', "\\n")
}

/// Tells why a command failed.
pub(crate) fn complain(why: &str) {
    let _ = writeln!(io::stderr(), "error: {}", visible(why.trim_end()));
}

/// The value as YAML, which is what people know this text from.
fn yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(_) | Value::Array(_) => block(&mut out, value, 0),
        scalar => {
            let _ = writeln!(out, "{}", inline(scalar));
        }
    }
    out
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn block(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                pad(out, depth);
                out.push_str(name);
                out.push(':');
                below(out, member, depth);
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut inner = String::new();
                block(&mut inner, item, depth.saturating_add(1));
                pad(out, depth);
                out.push_str("- ");
                out.push_str(inner.trim_start());
            }
        }
        scalar => {
            pad(out, depth);
            let _ = writeln!(out, "{}", inline(scalar));
        }
    }
}

fn below(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(_) | Value::Array(_) if !is_empty(value) => {
            out.push('\n');
            let deeper = if value.is_array() { depth } else { depth.saturating_add(1) };
            block(out, value, deeper);
        }
        scalar => {
            let _ = writeln!(out, " {}", inline(scalar));
        }
    }
}

fn pad(out: &mut String, depth: usize) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Object(_) => "{}".to_owned(),
        Value::Array(_) => "[]".to_owned(),
        Value::String(text) if !is_plain(text) => value.to_string(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether a text without quotes reads as that text.
fn is_plain(text: &str) -> bool {
    let is_word = !matches!(text, "" | "true" | "false" | "null" | "~") && text.parse::<f64>().is_err();
    let begins = |text: &str| {
        text.starts_with("- ")
            || text.starts_with(['{', '[', '&', '*', '!', '|', '>', '%', '@', '`', '"', '\''])
    };
    is_word
        && !begins(text)
        && text.trim() == text
        && !text.ends_with(':')
        && !text.contains(": ")
        && !text.contains('#')
        && !text.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::{in_a_line, inline, visible};
    use serde_json::Value;

    #[test]
    fn what_would_control_the_terminal_is_shown() {
        assert_eq!(visible("consumer-1  runs"), "consumer-1  runs");
        assert_eq!(visible("\u{1b}[2J\nä\u{9b}\r"), "\\u001b[2J\nä\\u009b\\u000d");
        assert_eq!(in_a_line("a\nready\u{7}"), "a\\nready\\u0007");
    }

    #[test]
    fn text_that_would_read_as_something_else_stands_in_quotes() {
        for text in [
            "",
            "7",
            "1e3",
            "null",
            "~",
            "true",
            "- a",
            "a: b",
            "a:",
            "a #b",
            " a",
            "*a",
            "\"a",
            "a\r",
            "\u{1b}[2J",
        ] {
            assert_eq!(inline(&Value::from(text)), Value::from(text).to_string());
        }
        for text in ["consumer-1", "a:b", "stride/4 (four)", "/cosmos.bank.v1beta1.MsgSend", "a-b", "Ä"] {
            assert_eq!(inline(&Value::from(text)), text);
        }
    }
}
