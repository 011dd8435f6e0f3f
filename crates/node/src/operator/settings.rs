//! Single keys of the files of settings; comments and order stay as they are.

use super::OperatorError;
use super::document::malformed;
use crate::app_toml::AppToml;
use crate::client_toml::ClientToml;
use crate::node_home::NodeHome;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, Item, Table, Value, value};

/// A file of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// `config/app.toml`.
    App,
    /// `config/client.toml`.
    Client,
    /// `config/config.toml`, CometBFT's.
    Config,
}

impl File {
    fn path(self, home: &NodeHome) -> PathBuf {
        match self {
            Self::App => home.app_toml(),
            Self::Client => home.client_toml(),
            Self::Config => home.config_toml(),
        }
    }
}

/// The value of a key, `section.key`, as TOML writes it.
///
/// # Errors
/// [`OperatorError`].
pub fn get(home: &NodeHome, file: File, key: &str) -> Result<String, OperatorError> {
    let path = file.path(home);
    let document = parse(&path, &home.text(&path)?)?;
    let no_key = || OperatorError::NoKey { path: path.clone(), key: key.to_owned() };
    let mut item = document.as_item();
    for name in key.split('.') {
        item = item.get(name).ok_or_else(no_key)?;
    }
    match item {
        Item::Value(found) => Ok(found.clone().decorated("", "").to_string()),
        Item::Table(table) => Ok(table.to_string().trim().to_owned()),
        Item::None | Item::ArrayOfTables(_) => Err(no_key()),
    }
}

/// The whole file, as it is.
///
/// # Errors
/// [`OperatorError`].
pub fn view(home: &NodeHome, file: File) -> Result<String, OperatorError> {
    let path = file.path(home);
    let text = home.text(&path)?;
    parse(&path, &text)?;
    Ok(text)
}

/// The whole file, as JSON.
///
/// # Errors
/// [`OperatorError`].
pub fn view_json(home: &NodeHome, file: File) -> Result<Json, OperatorError> {
    let path = file.path(home);
    toml::from_str(&home.text(&path)?).map_err(|error: toml::de::Error| malformed(&path, error.message()))
}

/// Gives a key, `section.key`, another value: what is TOML of the kind that the key has is taken as such, anything else as
/// text. The file is written where it still means something.
///
/// # Errors
/// [`OperatorError`]; nothing is written.
pub fn set(home: &NodeHome, file: File, key: &str, text: &str) -> Result<(), OperatorError> {
    let path = file.path(home);
    let mut document = parse(&path, &home.text(&path)?)?;
    let no_key = || OperatorError::NoKey { path: path.clone(), key: key.to_owned() };
    let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
    let mut table: &mut Table = document.as_table_mut();
    for part in section.split('.').filter(|part| !part.is_empty()) {
        if !table.contains_key(part) && file == File::App {
            table.insert(part, Item::Table(Table::new()));
        }
        table = table.get_mut(part).and_then(Item::as_table_mut).ok_or_else(no_key)?;
    }
    let is_known = match file {
        // The schema says which there are.
        File::App => true,
        File::Client => ClientToml::has_key(key),
        File::Config => table.contains_key(name),
    };
    if !is_known {
        return Err(no_key());
    }
    let new = match table.get(name).and_then(Item::as_value) {
        Some(old) => of_kind(old, text).ok_or_else(|| OperatorError::Setting {
            path: path.clone(),
            why: format!(
                "`{key}` is {} now, and `{text}` is not of that kind",
                old.clone().decorated("", "")
            ),
        })?,
        None => text.parse().unwrap_or_else(|_| Value::from(text)),
    };
    match table.get_mut(name).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = new;
            *old.decor_mut() = decor;
        }
        None => drop(table.insert(name, value(new))),
    }
    let changed = document.to_string();
    let checked = match file {
        File::App => AppToml::read(&changed).map(drop).map_err(|error| error.to_string()),
        File::Client => ClientToml::check(&changed),
        File::Config => Ok(()),
    };
    checked.map_err(|why| OperatorError::Setting { path: path.clone(), why })?;
    Ok(home.write_settings(&path, &changed)?)
}

/// A value of the same kind as another one; any text is a text.
fn of_kind(old: &Value, text: &str) -> Option<Value> {
    let parsed: Option<Value> = text.parse().ok();
    if old.is_str() {
        return Some(match parsed {
            Some(Value::String(quoted)) => Value::from(quoted.into_value()),
            _ => Value::from(text),
        });
    }
    parsed.filter(|new| new.type_name() == old.type_name())
}

fn parse(path: &Path, text: &str) -> Result<DocumentMut, OperatorError> {
    text.parse().map_err(|error: toml_edit::TomlError| malformed(path, error.message()))
}
