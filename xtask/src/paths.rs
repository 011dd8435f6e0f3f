//! Finds the paths that a source names from its crate's root: `crate::modules::{auth, bank::Coin}` is two.

/// Every path after `crate::`, cut to two names.
pub(crate) fn from_crate_root(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, marker) in code.match_indices("crate::") {
        let before = code.get(..at).and_then(|text| text.chars().next_back());
        if !before.is_some_and(is_name) {
            expand(code.get(at.saturating_add(marker.len())..).unwrap_or_default(), &[], &mut found);
        }
    }
    found
}

/// Whether a letter can be part of a name.
pub(crate) fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn expand(text: &str, before: &[String], found: &mut Vec<Vec<String>>) {
    let text = text.trim_start();
    if let Some(group) = text.strip_prefix('{') {
        members(group).into_iter().for_each(|member| expand(member, before, found));
        return;
    }
    let name: String = text.chars().take_while(|letter| is_name(*letter)).collect();
    if name.is_empty() {
        return;
    }
    let rest = text.get(name.len()..).unwrap_or_default();
    let path = [before, &[name]].concat();
    match rest.strip_prefix("::") {
        Some(rest) if path.len() < 2 => expand(rest, &path, found),
        _ => found.push(path),
    }
}

/// The members of a group whose opening brace is gone.
fn members(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut members) = (0_usize, 0, Vec::new());
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth = depth.saturating_add(1),
            '}' if depth > 0 => depth = depth.saturating_sub(1),
            ',' | '}' if depth == 0 => {
                members.extend(group.get(start..at));
                start = at.saturating_add(1);
                if letter == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::from_crate_root;

    #[test]
    fn groups_within_groups_are_paths_of_their_own() {
        let code = "use crate::{Ctx, modules::{auth, bank::{self, Coin}},\n tx};\n fn f() { crate::ibc::port::g(); mycrate::x; }";
        let found: Vec<String> = from_crate_root(code).iter().map(|path| path.join("::")).collect();
        assert_eq!(found, ["Ctx", "modules::auth", "modules::bank", "tx", "ibc::port"]);
    }
}
