//! `ics keys parse`: an address in its other forms.

use crate::args::KeysHome;
use crate::settings::Settings;
use crate::{Failure, output};
use ics_abci::{from_bech32, to_bech32};
use serde_json::{Value, json};

pub(super) fn run(text: &str, options: &KeysHome) -> Result<(), Failure> {
    let format = Settings::of(&options.keyring)?.output(options.output)?;
    let text = text.trim();
    let answer = match (from_bech32(text), hex::decode(text)) {
        (Ok((human, bytes)), _) => json!({"human": human, "bytes": hex::encode_upper(bytes)}),
        (Err(_), Ok(bytes)) if !bytes.is_empty() => {
            let forms = ["", "pub", "valoper", "valoperpub", "valcons", "valconspub"];
            let form = |of: &str| Value::from(to_bech32(&format!("{}{of}", options.prefix), &bytes));
            json!({"formats": forms.map(form)})
        }
        _ => return Err(Failure(format!("`{text}` is neither an address nor hexadecimal digits"))),
    };
    output::answer(format, &answer.to_string())
}
