//! A genesis document as it is edited: what this program does not know in it stays.

use super::OperatorError;
use crate::abci::role_of;
use crate::app_toml::ChainKind;
use crate::node_home::{NodeHome, NodeHomeError};
use ics_abci::Genesis;
use ics_world::genesis_from_json;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// What commands about a new chain tell of it, as gaiad does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The node's name.
    pub moniker: String,
    /// The chain's id.
    pub chain_id: String,
    /// What other nodes know the node by.
    pub node_id: String,
    /// Where genesis transactions were looked for; empty where they were not.
    pub gentxs_dir: String,
    /// What the chain begins with.
    pub app_message: Value,
}

impl Summary {
    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        json!({
            "app_message": self.app_message,
            "chain_id": self.chain_id,
            "gentxs_dir": self.gentxs_dir,
            "moniker": self.moniker,
            "node_id": self.node_id,
        })
        .to_string()
    }
}

/// The document of a home, read and not yet written.
pub(super) struct Document {
    pub(super) path: PathBuf,
    pub(super) json: Value,
    pub(super) genesis: Genesis,
    pub(super) kind: ChainKind,
}

impl Document {
    pub(super) fn of(home: &NodeHome) -> Result<Self, OperatorError> {
        let path = home.genesis_json();
        let text = home.genesis()?;
        let genesis = read(&path, &text)?;
        let json = serde_json::from_str(&text).map_err(|error| malformed(&path, error))?;
        let kind = role_of(home.path(), &genesis)?;
        Ok(Self { path, json, genesis, kind })
    }

    /// The chain's prefix of accounts.
    pub(super) fn prefix(&self) -> &'static str {
        crate::abci::prefix(self.kind)
    }

    /// A list in `app_state`, by the names that lead to it; made where there is none.
    pub(super) fn list(&mut self, names: [&str; 2]) -> Result<&mut Vec<Value>, OperatorError> {
        let wrong = || malformed(&self.path, format!("app_state.{} is no list", names.join(".")));
        let mut place = self.json.get_mut("app_state").ok_or_else(wrong)?;
        for name in names {
            let section = place.as_object_mut().ok_or_else(wrong)?;
            place = section.entry(name).or_insert(Value::Null);
            if place.is_null() {
                *place = if name == names[1] { json!([]) } else { Value::Object(Map::new()) };
            }
        }
        place.as_array_mut().ok_or_else(wrong)
    }

    /// The document as it is now, read anew.
    pub(super) fn changed(&self) -> Result<Genesis, OperatorError> {
        read(&self.path, &self.json.to_string())
    }

    pub(super) fn write(&self, home: &NodeHome) -> Result<(), OperatorError> {
        Ok(home.write_genesis(&format!("{:#}", self.json))?)
    }

    pub(super) fn app_state(&self) -> Value {
        self.json.get("app_state").cloned().unwrap_or_default()
    }
}

pub(super) fn read(path: &Path, text: &str) -> Result<Genesis, OperatorError> {
    genesis_from_json(text).map_err(|error| malformed(path, error))
}

pub(super) fn malformed(path: &Path, why: impl ToString) -> OperatorError {
    NodeHomeError::Malformed { path: path.to_owned(), why: why.to_string() }.into()
}
