//! Transactions in files and in base64: signed apart from where they are sent.

use super::{outcome, send};
use crate::args::{Apart, Terms};
use crate::context::Context;
use crate::{Failure, keys, output};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ics_abci::AccAddr;
use ics_client::{sign_one, to_send, verify};
use ics_proto::cosmos::tx::v1beta1::{AuthInfo, Tx, TxBody, TxRaw};
use prost::Message as _;
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::Path;

pub(super) fn run(verb: Apart) -> Result<(), Failure> {
    match verb {
        Apart::Sign { file, output_document, overwrite, signing } => {
            let tx = read(&file)?;
            if !tx.signatures.is_empty() && !overwrite {
                return Err(Failure(format!(
                    "{} has a signature already: say --overwrite to put yours in its place",
                    file.display()
                )));
            }
            let terms = &signing.terms;
            let context = Context::new(&terms.common)?;
            let record = keys::named(&context.keys, &signing.from)?;
            let key = record.key().ok_or_else(|| {
                Failure(format!("only the public half of `{}` is here: it cannot sign", signing.from))
            })?;
            let chain_id = send::chain_id(&context, terms)?;
            let account = send::account(&context, terms, &key.address())?;
            let signed = sign_one(&tx, key, account, &chain_id, send::mode(terms)?)
                .map_err(|error| Failure(error.to_string()))?;
            let text = format!("{}\n", send::tx_json(&signed)?);
            match output_document {
                None => output::print(&text),
                Some(path) => std::fs::write(&path, text)
                    .map_err(|error| Failure(format!("cannot write {}: {error}", path.display()))),
            }
        }
        Apart::Broadcast { file, broadcast_mode, common } => {
            let tx = read(&file)?;
            if tx.signatures.is_empty() {
                return Err(Failure(format!(
                    "{} has no signature: make one with `ics tx sign`",
                    file.display()
                )));
            }
            outcome::broadcast(&Context::new(&common)?, broadcast_mode.as_ref(), &to_send(&tx))
        }
        Apart::Encode { file } => {
            output::print(&format!("{}\n", BASE64.encode(to_send(&read(&file)?).bytes)))
        }
        Apart::Decode { text, hex } => {
            let wrong = |form: &str| Failure(format!("this is no transaction in {form}"));
            let bytes = if hex {
                hex::decode(text.trim()).map_err(|_| wrong("hexadecimal digits"))?
            } else {
                BASE64.decode(text.trim()).map_err(|_| wrong("base64; -x takes hexadecimal digits"))?
            };
            let tx = decode(&bytes).ok_or_else(|| Failure("these bytes are no transaction".to_owned()))?;
            output::print(&format!("{}\n", send::tx_json(&tx)?))
        }
        Apart::ValidateSignatures { file, terms } => validate(&file, &terms),
    }
}

/// Says who signed, and whether what they signed is this.
fn validate(file: &Path, terms: &Terms) -> Result<(), Failure> {
    let tx = read(file)?;
    let context = Context::new(&terms.common)?;
    let chain_id = send::chain_id(&context, terms)?;
    let infos = tx.auth_info.as_ref().map(|info| info.signer_infos.as_slice()).unwrap_or_default();
    let (mut signers, mut numbers) = (Vec::new(), Vec::new());
    for (place, info) in infos.iter().enumerate() {
        let key = ics_client::public_key(info)
            .ok_or_else(|| Failure(format!("signer {place} has no secp256k1 key")))?;
        let account = send::account(&context, terms, &key.address())?;
        if account.sequence != info.sequence {
            return Err(Failure(format!(
                "signer {place} signed with sequence {}, and the account's next is {}",
                info.sequence, account.sequence
            )));
        }
        signers.push(key.address());
        numbers.push(account.number);
    }
    verify(&to_send(&tx).bytes, &chain_id, &numbers)
        .map_err(|error| Failure(format!("{}: {error}", file.display())))?;
    let prefix =
        if terms.offline { terms.prefix.as_deref().unwrap_or("cosmos") } else { context.prefix()? };
    let signers: Vec<Value> = signers.iter().map(|signer: &AccAddr| json!(signer.to_text(prefix))).collect();
    output::answer(context.output, &json!({"signers": signers, "signatures": "valid"}).to_string())
}

/// A transaction's JSON from a file, or from the input where its name is `-`.
fn read(path: &Path) -> Result<Tx, Failure> {
    let unreadable = |error: std::io::Error| Failure(format!("cannot read {}: {error}", path.display()));
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().lock().read_to_string(&mut text).map_err(unreadable)?;
    } else {
        text = std::fs::read_to_string(path).map_err(unreadable)?;
    }
    ics_proto::json::from_json_as(&text)
        .map_err(|error| Failure(format!("{} holds no transaction: {error}", path.display())))
}

fn decode(bytes: &[u8]) -> Option<Tx> {
    let raw = TxRaw::decode(bytes).ok()?;
    let body = TxBody::decode(raw.body_bytes.as_slice()).ok()?;
    let auth_info = AuthInfo::decode(raw.auth_info_bytes.as_slice()).ok()?;
    Some(Tx { body: Some(body), auth_info: Some(auth_info), signatures: raw.signatures })
}

/// A transaction's bytes as answers show them; null where they are none.
pub(super) fn value(bytes: &[u8]) -> Value {
    let json = decode(bytes).and_then(|tx| ics_proto::json::to_json_of(&tx).ok());
    let Some(mut value) = json.and_then(|json| serde_json::from_str::<Value>(&json).ok()) else {
        return Value::Null;
    };
    if let Some(members) = value.as_object_mut() {
        members.insert("@type".to_owned(), Value::from("/cosmos.tx.v1beta1.Tx"));
    }
    value
}
