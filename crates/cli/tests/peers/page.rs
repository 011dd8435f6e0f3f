//! A page of the documentation that is typed: its commands, and what it shows of their output.

/// A command of the page, and the lines that it shows.
pub(crate) struct Typed {
    pub(crate) command: String,
    pub(crate) shown: Vec<String>,
}

/// All commands of the page's `console` blocks.
pub(crate) fn typed(page: &str) -> Vec<Typed> {
    let mut typed: Vec<Typed> = Vec::new();
    let blocks = page.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    for line in blocks.flat_map(str::lines) {
        match line.strip_prefix("$ ") {
            Some(command) => typed.push(Typed { command: command.to_owned(), shown: Vec::new() }),
            None => typed.last_mut().unwrap().shown.push(line.to_owned()),
        }
    }
    typed
}

/// Whether a line is the one of the page, where `…` stands for any part of it.
fn is_line(shown: &str, line: &str) -> bool {
    let parts: Vec<&str> = shown.split('…').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return shown == line };
    let mut rest = line.strip_prefix(first);
    for part in middle {
        rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, behind)| behind);
    }
    rest.is_some_and(|rest| rest.ends_with(last))
}

/// Whether the lines are printed in this order; a line `…` stands for any number of them.
pub(crate) fn are_printed(shown: &[String], printed: &str) -> bool {
    let mut rest = printed.lines();
    shown.iter().filter(|line| *line != "…").all(|line| rest.any(|found| is_line(line, found)))
}

#[test]
fn gaps_of_a_line_stand_for_what_is_there_and_no_more() {
    assert!(is_line("ready after … s", "ready after 3.1 s") && is_line("…\"a\":1…", "{\"b\":2,\"a\":1}"));
    assert!(
        !is_line("ready after … s", "ready after 3.1")
            && !is_line("…\"a\":1…", "{\"a\":2}")
            && !is_line("a", "ab")
    );
}
