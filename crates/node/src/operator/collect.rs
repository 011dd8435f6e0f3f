//! The genesis transactions of all operators, put into the genesis document.

use super::OperatorError;
use super::accounts::owned;
use super::document::{Document, Summary, malformed};
use super::gentx::{at, check};
use super::validate::starts;
use crate::node_home::{NodeHome, node_id};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Puts the transactions of a folder, `config/gentx` where none is named, into the home's document, in the order of their
/// files' names, and tells CometBFT of the nodes that they name. All of them, or none: a chain starts from the document,
/// or it is not written.
///
/// # Errors
/// [`OperatorError`]; nothing is written.
pub fn collect(home: &NodeHome, folder: Option<&Path>) -> Result<Summary, OperatorError> {
    let mut document = Document::of(home)?;
    let (chain_id, prefix) = (document.genesis.chain_id.clone(), document.prefix());
    let folder = folder.map_or_else(|| home.gentx_folder(), Path::to_owned);
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).map_err(|_| OperatorError::NoGenTx(folder.clone()))? {
        files.extend(
            entry.ok().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "json")),
        );
    }
    files.sort();
    let own = node_id(&home.node_key()?.public());
    let (mut txs, mut peers) = (Vec::new(), Vec::new());
    for path in files {
        let text = home.text(&path)?;
        let checked = check(&text, &chain_id, prefix).map_err(at(&path))?;
        let (denom, amount) = &checked.bond;
        let owned = owned(&mut document, &checked.operator, denom)?.unwrap_or(0);
        if owned < *amount {
            let (owned, wanted) = (format!("{owned}{denom}"), format!("{amount}{denom}"));
            return Err(OperatorError::Short { address: checked.operator, owned, wanted });
        }
        if checked.memo.split_once('@').is_some_and(|(id, _)| id != own) {
            peers.push(checked.memo);
        }
        let tx: Value = serde_json::from_str(&text).map_err(|error| at(&path)(error.to_string()))?;
        txs.push(tx);
    }
    if txs.is_empty() {
        return Err(OperatorError::NoGenTx(folder));
    }
    peers.sort();
    *document.list(["genutil", "gen_txs"])? = txs;
    starts(&document.path, &document.changed()?, document.kind)?;
    let peers = Value::from(peers.join(",")).to_string();
    let config = home.text(&home.config_toml())?;
    let config = crate::node_home::with(&config, &[("p2p.persistent_peers", peers)])
        .map_err(|error| malformed(&home.config_toml(), error))?;
    home.write_settings(&home.config_toml(), &config)?;
    document.write(home)?;
    Ok(Summary {
        moniker: home.comet()?.get("moniker").cloned().unwrap_or_default(),
        chain_id,
        node_id: own,
        gentxs_dir: folder.display().to_string(),
        app_message: document.app_state(),
    })
}
