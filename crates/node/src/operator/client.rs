//! `config/client.toml` of a new home, and which keys it has.

use toml::Table;

/// Keys of the SDK's file that mean something here.
pub(super) const KEYS: [&str; 7] =
    ["chain-id", "keyring-backend", "output", "node", "broadcast-mode", "gas", "gas-prices"];

const TEXT: &str = r#"# What the command line takes where nothing is typed.

# The chain that transactions are for.
chain-id = CHAIN_ID

# How keys are kept: "test", or "file" under a passphrase.
keyring-backend = "test"

# How answers are printed: "text" or "json".
output = "text"

# A node's RPC.
node = "tcp://localhost:26657"

# When a transaction counts as sent: "sync" or "async".
broadcast-mode = "sync"
"#;

pub(super) fn template(chain_id: &str) -> String {
    TEXT.replacen("CHAIN_ID", &toml::Value::from(chain_id).to_string(), 1)
}

/// What is wrong with a file.
pub(super) fn check(text: &str) -> Result<(), String> {
    let file: Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let choice = |key: &str, known: &[&str]| {
        let found = file.get(key).and_then(toml::Value::as_str).unwrap_or_default();
        if found.is_empty() || known.contains(&found) {
            Ok(())
        } else {
            Err(format!("`{key}` takes {}, not {found:?}", known.join(" or ")))
        }
    };
    choice("keyring-backend", &["test", "file"])?;
    choice("output", &["text", "json"])?;
    choice("broadcast-mode", &["sync", "async"])
}
