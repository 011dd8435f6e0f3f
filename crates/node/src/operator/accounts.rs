//! Accounts of a genesis document and their coins.

use super::OperatorError;
use super::document::{Document, malformed};
use crate::node_home::NodeHome;
use ics_abci::AccAddr;
use ics_chain::modules::bank::{Coin, Coins};
use ics_client::parse_coins;
use serde_json::{Value, json};

/// Adds an account with coins, such as `1000stake,5atom`. `append` adds to the coins of one that is there.
///
/// # Errors
/// [`OperatorError`]; nothing is written.
pub fn add_account(home: &NodeHome, address: &str, coins: &str, append: bool) -> Result<(), OperatorError> {
    let mut document = Document::of(home)?;
    let prefix = document.prefix();
    AccAddr::parse(prefix, address).map_err(|error| OperatorError::Address {
        text: address.to_owned(),
        prefix: prefix.to_owned(),
        why: error.to_string(),
    })?;
    let parsed = parse_coins(coins).map_err(|error| OperatorError::Coins(error.to_string()))?;
    let mut added = Coins::default();
    for coin in parsed {
        added = plus(&added, &Coins::one(&coin.denom, coin.amount))?;
    }

    let is_known = |account: &Value| {
        let of = |account: &Value| account.get("address").and_then(Value::as_str) == Some(address);
        of(account) || account.get("base_account").is_some_and(of)
    };
    let accounts = document.list(["auth", "accounts"])?;
    let known = accounts.iter().any(is_known);
    if known && !append {
        return Err(OperatorError::Twice(address.to_owned()));
    }
    if !known {
        accounts.push(json!({
            "@type": "/cosmos.auth.v1beta1.BaseAccount",
            "address": address,
            "pub_key": null,
            "account_number": "0",
            "sequence": "0",
        }));
    }
    let path = document.path.clone();
    let balances = document.list(["bank", "balances"])?;
    let had_balances = !balances.is_empty();
    match balances.iter_mut().find(|balance| is_known(balance)) {
        Some(balance) => {
            let owned = coins_of(balance.get("coins")).map_err(|why| malformed(&path, why))?;
            let sum = json(&plus(&owned, &added)?);
            if let Some(balance) = balance.as_object_mut() {
                balance.insert("coins".to_owned(), sum);
            }
        }
        None => balances.push(json!({"address": address, "coins": json(&added)})),
    }
    let supply = document.list(["bank", "supply"])?;
    // A document that does not say the supply does not begin to.
    if !supply.is_empty() || !had_balances {
        let old = coins_of(Some(&Value::Array(supply.clone()))).map_err(|why| malformed(&path, why))?;
        if let Value::Array(sum) = json(&plus(&old, &added)?) {
            *supply = sum;
        }
    }
    document.changed()?;
    document.write(home)
}

/// What an account has of a denomination; none where genesis does not have the account.
pub(super) fn owned(
    document: &mut Document,
    address: &str,
    denom: &str,
) -> Result<Option<u128>, OperatorError> {
    let path = document.path.clone();
    let balances = document.list(["bank", "balances"])?;
    let of = |balance: &&Value| balance.get("address").and_then(Value::as_str) == Some(address);
    let Some(balance) = balances.iter().find(of) else { return Ok(None) };
    let coins = coins_of(balance.get("coins")).map_err(|why| malformed(&path, why))?;
    Ok(Some(coins.amount_of(denom)))
}

fn plus(coins: &Coins, more: &Coins) -> Result<Coins, OperatorError> {
    coins.plus(more).map_err(|error| OperatorError::Coins(error.to_string()))
}

fn coins_of(json: Option<&Value>) -> Result<Coins, String> {
    let Some(json) = json else { return Ok(Coins::default()) };
    let coins: Vec<Coin> = serde_json::from_value(json.clone()).map_err(|error| error.to_string())?;
    let sum =
        coins.iter().try_fold(Coins::default(), |sum, coin| sum.plus(&Coins::one(&coin.denom, coin.amount)));
    sum.map_err(|error| error.to_string())
}

fn json(coins: &Coins) -> Value {
    serde_json::to_value(coins).unwrap_or_default()
}
