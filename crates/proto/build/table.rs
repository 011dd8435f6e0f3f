//! Turns the table of foreign messages into sources for the compiler. Its form is explained at its head.

use std::{collections::BTreeMap, fmt::Write};

/// One package of the table.
#[derive(Default)]
struct Package {
    imports: Vec<String>,
    body: String,
    /// Messages within messages, by the outer one's name.
    nested: BTreeMap<String, String>,
}

/// The files of a table, as (name, source).
///
/// # Errors
/// A line that is not of the table's form.
pub(crate) fn files(table: &str) -> Result<Vec<(String, String)>, String> {
    let mut packages: Vec<(String, Package)> = Vec::new();
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(head) = line.strip_prefix("package ") {
            let (name, imports) = head.split_once(" imports ").unwrap_or((head, ""));
            let imports = imports.split_whitespace().map(file_name).collect();
            packages.push((name.into(), Package { imports, ..Package::default() }));
            continue;
        }
        let (_, package) = packages.last_mut().ok_or("the first line names no package")?;
        definition(package, line).ok_or_else(|| format!("not a line of the table: {line}"))?;
    }
    Ok(packages.into_iter().map(|(name, package)| (file_name(&name), source(&name, package))).collect())
}

/// Files are imported by path, packages of the table by name: theirs are files of our own making.
fn file_name(name: &str) -> String {
    if name.ends_with(".proto") { name.into() } else { format!("table/{name}.proto") }
}

fn source(name: &str, package: Package) -> String {
    let imports: String = package.imports.iter().map(|file| format!("import \"{file}\";\n")).collect();
    let nested = |body: String, (outer, inner): (&String, &String)| {
        body.replacen(&format!("message {outer} {{"), &format!("message {outer} {{ {inner}"), 1)
    };
    let body = package.nested.iter().fold(package.body, nested);
    format!(
        "syntax = \"proto3\"; package {name};\nimport \"amino/amino.proto\";\nimport \"cosmos_proto/cosmos.proto\";\nimport \"gogoproto/gogo.proto\";\nimport \"google/api/annotations.proto\";\n{imports}{body}"
    )
}

fn definition(package: &mut Package, line: &str) -> Option<()> {
    let (head, rest) = line.split_once(':')?;
    let items = rest.split(',').map(str::trim).filter(|item| !item.is_empty());
    let mut body = String::new();
    let (name, amino) = head.split_once(" (").map_or((head, None), |(name, amino)| (name, Some(amino)));
    if let Some(name) = head.strip_prefix("enum ") {
        let values =
            items.map(|item| item.split_once(' ').map(|(number, name)| format!("{name} = {number};")));
        write!(body, "enum {name} {{ {} }}", values.collect::<Option<String>>()?).ok()?;
    } else if let Some(name) = head.strip_prefix("service ") {
        write!(body, "service {name} {{ {} }}", items.map(method).collect::<Option<String>>()?).ok()?;
    } else {
        let name = name.rsplit_once('.').map_or(name, |(_, inner)| inner);
        write!(body, "message {name} {{ {}{} }}", message_options(amino), fields(items)?).ok()?;
    }
    body.push('\n');
    match name.rsplit_once('.') {
        Some((outer, _)) => package.nested.entry(outer.into()).or_default().push_str(&body),
        None => package.body.push_str(&body),
    }
    Some(())
}

fn method(item: &str) -> Option<String> {
    let mut words = item.split(' ');
    let (name, request, response) = (words.next()?, words.next()?, words.next()?);
    let option = match (words.next(), words.next()) {
        (None, _) => String::new(),
        (Some("POST"), Some(path)) => {
            format!("option (google.api.http) = {{ post: \"{path}\" body: \"*\" }};")
        }
        (Some(path), None) => format!("option (google.api.http).get = \"{path}\";"),
        _ => return None,
    };
    Some(format!("rpc {name}({request}) returns ({response}) {{ {option} }} "))
}

/// `name)` or `name encoding)` as options.
fn message_options(amino: Option<&str>) -> String {
    let Some(amino) = amino.map(|amino| amino.trim_end_matches(')')) else { return String::new() };
    let (name, encoding) = amino.split_once(' ').unwrap_or((amino, ""));
    let mut text = format!("option (amino.name) = \"{name}\"; ");
    if !encoding.is_empty() {
        text.push_str(&format!("option (amino.message_encoding) = \"{encoding}\"; "));
    }
    text
}

fn fields<'a>(items: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut text = String::new();
    let mut oneof = None;
    for item in items {
        let (item, member) =
            item.split_once(" @").map_or((item, None), |(item, member)| (item, Some(member)));
        let mut words = item.split(' ');
        let (number, name, kind) = (words.next()?, words.next()?, words.next()?);
        if member != oneof {
            text.push_str(if oneof.is_some() { "} " } else { "" });
            if let Some(member) = member {
                write!(text, "oneof {member} {{ ").ok()?;
            }
            oneof = member;
        }
        let (kind, repeated) = kind.strip_prefix('*').map_or((kind, ""), |kind| (kind, "repeated "));
        let (kind, mut options) = match (kind.strip_suffix('!'), kind.split_once('=')) {
            (Some(kind), _) => (kind, vec!["(gogoproto.nullable) = false".to_owned()]),
            (None, Some((kind, scalar))) => (kind, number_options(scalar)?),
            (None, None) => (kind, Vec::new()),
        };
        while let Some(word) = words.next() {
            options.push(match word {
                "always" => "(amino.dont_omitempty) = true".to_owned(),
                "coins" => "(amino.encoding) = \"legacy_coins\"".to_owned(),
                "as" => format!("(amino.field_name) = \"{}\"", words.next()?),
                _ => return None,
            });
        }
        let option = if options.is_empty() { String::new() } else { format!(" [{}]", options.join(", ")) };
        let dot = if kind.contains('.') && kind.starts_with(char::is_lowercase) { "." } else { "" };
        write!(text, "{repeated}{dot}{kind} {name} = {number}{option}; ").ok()?;
    }
    text.push_str(if oneof.is_some() { "}" } else { "" });
    Some(text)
}

/// What the SDK says of a number that is carried as text.
fn number_options(scalar: &str) -> Option<Vec<String>> {
    let go = match scalar {
        "Dec" => "LegacyDec",
        "Int" => "Int",
        _ => return None,
    };
    Some(vec![
        format!("(gogoproto.customtype) = \"cosmossdk.io/math.{go}\""),
        format!("(cosmos_proto.scalar) = \"cosmos.{scalar}\""),
    ])
}
