//! What stands in a sealed file: some bytes and the name that they are kept under.

use super::KeyFileError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    key: String,
    data: Option<String>,
    #[serde(default)]
    label: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    keychain_not_trust_application: bool,
    #[serde(default)]
    keychain_not_synchronizable: bool,
}

impl Drop for Item {
    fn drop(&mut self) {
        self.data.zeroize();
    }
}

/// The JSON of an item.
#[must_use]
pub fn encode(name: &str, data: &[u8]) -> Zeroizing<String> {
    let item = Item {
        key: name.to_owned(),
        data: Some(BASE64.encode(data)),
        label: String::new(),
        description: String::new(),
        keychain_not_trust_application: false,
        keychain_not_synchronizable: false,
    };
    // Strings and booleans always have a JSON form.
    Zeroizing::new(serde_json::to_string(&item).unwrap_or_default())
}

/// The bytes of an item.
///
/// # Errors
/// [`KeyFileError::Malformed`].
pub fn decode(json: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let wrong = || KeyFileError::Malformed("the item in the file");
    let item: Item = serde_json::from_slice(json).map_err(|_| wrong())?;
    let data = item.data.as_deref().unwrap_or_default();
    BASE64.decode(data).map(Zeroizing::new).map_err(|_| wrong())
}
