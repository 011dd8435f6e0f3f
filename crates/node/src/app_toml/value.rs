//! Values of keys. The SDK writes some numbers as text, and reads either.

use super::AppTomlError;
use std::fmt;
use std::str::FromStr;
use toml::{Table, Value};

/// Where to listen: `tcp://localhost:1317`, or without the scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// A name or an address of this machine.
    pub host: String,
    /// A port; 0 takes any free one.
    pub port: u16,
}

impl FromStr for Listen {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let rest = text.strip_prefix("tcp://").unwrap_or(text);
        let (host, port) = rest.rsplit_once(':').ok_or(())?;
        let is_bare = !host.contains([':', '/', '[', ']', ' ']);
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(inner) if inner.parse::<std::net::Ipv6Addr>().is_ok() => inner,
            // As Go reads `:1317`.
            None if host.is_empty() => "0.0.0.0",
            None if is_bare => host,
            _ => return Err(()),
        };
        Ok(Self { host: host.to_owned(), port: port.parse().map_err(|_| ())? })
    }
}

/// As [`std::net::ToSocketAddrs`] reads it: `localhost:1317`.
impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            host if host.contains(':') => write!(f, "[{host}]:{}", self.port),
            host => write!(f, "{host}:{}", self.port),
        }
    }
}

/// A section of a file; without keys where the file does not have it.
pub(super) struct Section<'a> {
    name: &'static str,
    table: Option<&'a Table>,
}

impl<'a> Section<'a> {
    pub(super) const fn root(file: &'a Table) -> Self {
        Self { name: "", table: Some(file) }
    }

    pub(super) fn section(&self, name: &'static str) -> Result<Section<'a>, AppTomlError> {
        match self.get(name) {
            None => Ok(Section { name, table: None }),
            Some(Value::Table(table)) => Ok(Section { name, table: Some(table) }),
            Some(_) => Err(self.wrong(name, format!("a section: write [{name}]"))),
        }
    }

    pub(super) fn switch(&self, key: &'static str, usual: bool) -> Result<bool, AppTomlError> {
        match self.get(key) {
            None => Ok(usual),
            Some(Value::Boolean(value)) => Ok(*value),
            Some(value) => {
                let read = value.as_str().and_then(|text| text.parse().ok());
                read.ok_or_else(|| self.wrong(key, "true or false".to_owned()))
            }
        }
    }

    pub(super) fn number(&self, key: &'static str, usual: u64) -> Result<u64, AppTomlError> {
        let number = match self.get(key) {
            None => return Ok(usual),
            Some(Value::Integer(number)) => u64::try_from(*number).ok(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        number.ok_or_else(|| self.wrong(key, "a number that is not negative".to_owned()))
    }

    pub(super) fn text(&self, key: &'static str) -> Result<Option<&'a str>, AppTomlError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.wrong(key, "text in quotes".to_owned())),
        }
    }

    pub(super) fn parsed<T>(
        &self,
        key: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, AppTomlError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        parse(text).map(Some).ok_or_else(|| self.wrong(key, expected.to_owned()))
    }

    pub(super) fn listen(&self, key: &'static str, usual_port: u16) -> Result<Listen, AppTomlError> {
        let expected = format!("an address such as \"tcp://localhost:{usual_port}\"");
        let found = self.parsed(key, &expected, |text| text.parse().ok())?;
        Ok(found.unwrap_or_else(|| Listen { host: "localhost".to_owned(), port: usual_port }))
    }

    /// That a key does not take what it has.
    pub(super) fn wrong(&self, key: &str, expected: String) -> AppTomlError {
        let found = self.get(key).map_or_else(|| "nothing".to_owned(), Value::to_string);
        let found = found.replace('\n', " ").trim().to_owned();
        let key = if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) };
        AppTomlError::Value { key, expected, found }
    }

    fn get(&self, key: &str) -> Option<&'a Value> {
        self.table?.get(key)
    }
}
