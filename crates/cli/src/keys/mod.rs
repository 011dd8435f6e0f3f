//! `ics keys …`: the keyring, without a word of its secrets but where they are asked for.

mod add;
mod consensus;
mod parse;
mod secret;

use crate::args::{Keys, KeysHome};
use crate::output::Format;
use crate::settings::Settings;
use crate::{Failure, ask, output};
use ics_abci::AccAddr;
use ics_client::consensus::key_json;
use ics_client::keyfile::{Kind, Record};
use ics_node::home::Ring;
use serde_json::{Value, json};

pub(crate) fn run(keys: Keys) -> Result<(), Failure> {
    match keys {
        Keys::Add(options) => add::run(&options),
        Keys::List { list_names, home } => list(&home, list_names),
        Keys::Show { name, address, pubkey, bech, home } if bech == "cons" => {
            consensus::show(&name, part(address, pubkey), &home)
        }
        Keys::Show { name, address, pubkey, bech, home } => show(&name, part(address, pubkey), &bech, &home),
        Keys::AddConsensus { name, home } => consensus::add(&name, &home),
        Keys::Import { name, file, home } => secret::import(&name, &file, &home),
        Keys::ImportHex { name, hex, home } => secret::import_hex(&name, hex, &home),
        Keys::Export { name, unarmored_hex, is_unsafe: _, yes, home } => {
            secret::export(&name, unarmored_hex, yes, &home)
        }
        Keys::Delete { names, yes, home } => delete(&names, yes, &home),
        Keys::Rename { from, to, yes, home } => rename(&from, &to, yes, &home),
        Keys::Parse { address, home } => parse::run(&address, &home),
        Keys::Mnemonic => secret::mnemonic(),
    }
}

/// Which part of a key to print.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Address,
    PublicKey,
}

const fn part(address: bool, pubkey: bool) -> Part {
    match (address, pubkey) {
        (true, _) => Part::Address,
        (false, true) => Part::PublicKey,
        (false, false) => Part::All,
    }
}

/// Prints a key, or the part of it that was asked for.
fn print_part(part: Part, fact: &Value, format: Format) -> Result<(), Failure> {
    let key = match part {
        Part::All => return output::answer(format, &fact.to_string()),
        Part::Address => "address",
        Part::PublicKey => "pubkey",
    };
    output::print(&format!("{}\n", fact.get(key).and_then(Value::as_str).unwrap_or_default()))
}

/// The keyring that the options name, and how to print.
fn open(options: &KeysHome) -> Result<(Ring, Format), Failure> {
    let settings = Settings::of(&options.keyring)?;
    Ok((settings.ring(&options.keyring)?, settings.output(options.output)?))
}

fn list(options: &KeysHome, names: bool) -> Result<(), Failure> {
    let (ring, format) = open(options)?;
    let mut list = Vec::new();
    for name in ring.names()? {
        if names {
            list.push(Value::from(name));
            continue;
        }
        // One file that cannot be used does not hide the others.
        match ring.get(&name) {
            Ok(record) => list.push(fact(&record, &options.prefix, "acc")?),
            Err(error) => output::complain(&error.to_string()),
        }
    }
    if names && format == Format::Text {
        let names: String = list.iter().filter_map(Value::as_str).map(|name| format!("{name}\n")).collect();
        return output::print(&names);
    }
    if !names {
        list.extend(consensus::list(options)?);
    }
    output::answer(format, &Value::from(list).to_string())
}

fn show(name: &str, part: Part, bech: &str, options: &KeysHome) -> Result<(), Failure> {
    let (ring, format) = open(options)?;
    print_part(part, &fact(&named(&ring, name)?, &options.prefix, bech)?, format)
}

/// The key of a name or of an address.
pub(crate) fn named(ring: &Ring, text: &str) -> Result<Record, Failure> {
    if let Some(record) = ring.look_up(text)? {
        return Ok(record);
    }
    if let Ok((_, bytes)) = ics_abci::from_bech32(text)
        && let Some(record) = ring.find(&AccAddr(bytes))?
    {
        return Ok(record);
    }
    Ok(ring.get(text)?)
}

/// What is said of a key: the members are the SDK's.
fn fact(record: &Record, prefix: &str, bech: &str) -> Result<Value, Failure> {
    let address = match bech {
        "acc" => record.address().to_text(prefix),
        "val" => ics_abci::ValAddr(record.address().0).to_text(&format!("{prefix}valoper")),
        other => return Err(Failure(format!("--bech takes acc, val or cons, not `{other}`"))),
    };
    Ok(json!({
        "name": record.name,
        "type": record.kind_name(),
        "address": address,
        "pubkey": key_json(&record.public),
    }))
}

fn delete(names: &[String], yes: bool, options: &KeysHome) -> Result<(), Failure> {
    let (ring, _) = open(options)?;
    for name in names {
        let record = ring.get(name)?;
        if !yes && !ask::yes(&format!("The key `{name}` will be forgotten. Continue?"))? {
            output::aside(&format!("`{name}` stays"));
            continue;
        }
        ring.delete(name)?;
        output::aside(match record.kind {
            Kind::Local(_) => "Key deleted forever",
            _ => "Public key reference deleted",
        });
    }
    Ok(())
}

fn rename(from: &str, to: &str, yes: bool, options: &KeysHome) -> Result<(), Failure> {
    let (ring, _) = open(options)?;
    ring.get(from)?;
    if !yes && !ask::yes(&format!("The key `{from}` will be called `{to}`. Continue?"))? {
        output::aside(&format!("`{from}` stays"));
        return Ok(());
    }
    ring.rename(from, to)?;
    output::aside(&format!("Key was successfully renamed from {from} to {to}"));
    Ok(())
}
