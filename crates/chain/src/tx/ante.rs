//! What a transaction must pass before its messages run, in the SDK's order and words.
//!
//! Source: SDK x/auth/ante (`NewAnteHandler`).

use super::decode::SignMode;
use super::{Mode, Terms, Tx};
use crate::modules::auth::{self, Account, FEE_COLLECTOR, Params};
use crate::modules::bank::{self, Coin, Coins};
use crate::{Ctx, Error};
use base64::{Engine, engine::general_purpose::STANDARD};
use ics_abci::{AccAddr, ConsKey, Dec, Event};
use ics_kv::Corrupt;

/// Bytes that a simulation adds for each signature that is still missing: key, signature and their frame.
const SIMULATED_SIGNATURE_BYTES: u64 = 115;

/// Gas that a simulation without a fee adds for the fee that will be paid: what moving it takes. Wallets simulate before
/// they know the fee, and then allow for 1.3 or 1.4 times the gas that they were told.
const SIMULATED_FEE_GAS: u64 = 11_000;

/// How the SDK begins to say that a signature is not good.
const UNVERIFIED: &str = "signature verification failed; please verify";

/// Runs all checks; takes the fee, stores keys and counts sequences up.
pub(super) fn ante(ctx: &mut Ctx<'_>, terms: &Terms<'_>, tx: &Tx, mode: Mode) -> Result<(), Error> {
    if tx.has_extensions {
        return Err(Error::unknown_extension("unknown extension options"));
    }
    if let Some(filter) = terms.message_filter {
        let urls: Vec<&str> = tx.messages.iter().map(|message| message.type_url.as_str()).collect();
        filter(ctx, &urls)?;
    }
    if mode != Mode::Recheck {
        form(tx, mode)?;
    }
    let height = ctx.block.height.0;
    if tx.timeout_height > 0 && height > tx.timeout_height {
        let text = format!("block height: {height}, timeout height: {}", tx.timeout_height);
        return Err(Error::tx_timeout_height(text));
    }
    let params = auth::params(ctx)?;
    size(ctx, tx, &params, mode)?;
    fee(ctx, terms, tx, mode)?;
    signatures(ctx, terms, tx, &params, mode)?;
    if let (Some(check), Mode::Check | Mode::Recheck) = (terms.relay_check, mode) {
        check(ctx, &tx.messages, mode)?;
    }
    Ok(())
}

fn form(tx: &Tx, mode: Mode) -> Result<(), Error> {
    // Asked before anything takes gas: running out of none would be a worse answer.
    if mode != Mode::Simulate && tx.gas_limit == 0 {
        return Err(Error::invalid_gas_limit("must provide positive gas"));
    }
    let most = i64::MAX.unsigned_abs();
    if tx.gas_limit > most {
        return Err(Error::invalid_request(format!("invalid gas supplied; {} > {most}", tx.gas_limit)));
    }
    let (signers, signatures) = (tx.signers.len(), tx.signatures().len());
    if signatures == 0 && mode != Mode::Simulate {
        return Err(Error::Refused { codespace: "sdk", code: 15, log: "no signatures supplied".to_owned() });
    }
    if signatures != signers && (mode != Mode::Simulate || signatures != 0) {
        let text = format!("wrong number of signers; expected {signers}, got {signatures}");
        return Err(Error::unauthorized(text));
    }
    Ok(())
}

fn size(ctx: &Ctx<'_>, tx: &Tx, params: &Params, mode: Mode) -> Result<(), Error> {
    let memo = u64::try_from(tx.memo.len()).unwrap_or(u64::MAX);
    if memo > params.max_memo_characters {
        let most = params.max_memo_characters;
        let text = format!("maximum number of characters is {most} but received {memo} characters");
        return Err(Error::memo_too_large(text));
    }
    let mut bytes = u64::try_from(tx.len).unwrap_or(u64::MAX);
    if mode == Mode::Simulate {
        let there = tx.signatures().iter().filter(|signature| !signature.is_empty()).count();
        let missing = u64::try_from(tx.signers.len().saturating_sub(there)).unwrap_or(u64::MAX);
        bytes = bytes.saturating_add(missing.saturating_mul(SIMULATED_SIGNATURE_BYTES));
    }
    ctx.gas.take_for(bytes.saturating_mul(params.tx_size_cost_per_byte), "txSize");
    Ok(())
}

fn fee(ctx: &mut Ctx<'_>, terms: &Terms<'_>, tx: &Tx, mode: Mode) -> Result<(), Error> {
    if matches!(mode, Mode::Check | Mode::Recheck) {
        enough(terms.min_gas_prices, tx)?;
    }
    if !tx.granter.is_empty() && tx.granter != tx.payer {
        return Err(Error::invalid_request("fee grants are not enabled"));
    }
    let payer = payer(ctx, tx)?;
    let text = payer.to_text(ctx.chain.prefix);
    if !auth::has_account(ctx, &payer) {
        return Err(Error::unknown_address(format!("fee payer address: {text} does not exist")));
    }
    if !tx.fee.is_zero() {
        if !tx.fee.is_valid() {
            return Err(Error::insufficient_fee(format!("invalid fee amount: {}", tx.fee)));
        }
        bank::send_to_module(ctx, &payer, FEE_COLLECTOR, &tx.fee).map_err(|error| match error {
            Error::Refused { log, .. } => Error::insufficient_funds(log),
            corrupt @ Error::Corrupt(_) => corrupt,
        })?;
    }
    if mode == Mode::Simulate && tx.fee.is_zero() {
        ctx.gas.take_for(SIMULATED_FEE_GAS, "fee");
    }
    let amount = if tx.fee.is_zero() { Coins::default() } else { tx.fee.clone() };
    ctx.emit(Event::new("tx").with("fee", amount).with("fee_payer", text));
    Ok(())
}

/// The first signer, or another signer whom the transaction names.
fn payer(ctx: &Ctx<'_>, tx: &Tx) -> Result<AccAddr, Error> {
    let first =
        tx.signers.first().ok_or_else(|| Error::invalid_request("a transaction must have a signer"))?;
    if tx.payer.is_empty() {
        return Ok(first.clone());
    }
    let payer = AccAddr::parse(ctx.chain.prefix, &tx.payer)
        .map_err(|error| Error::invalid_address(format!("invalid fee payer address ({error})")))?;
    if tx.signers.contains(&payer) {
        return Ok(payer);
    }
    // In the SDK a payer becomes one more signer; here only who signs a message can pay.
    Err(Error::not_supported("a fee payer who signs none of the messages is not available yet"))
}

/// Whether the fee reaches this node's least price in some denomination.
fn enough(prices: &[(String, Dec)], tx: &Tx) -> Result<(), Error> {
    let mut required = Vec::new();
    for (denom, price) in prices.iter().filter(|(_, price)| !price.is_zero()) {
        required.push(Coin { denom: denom.clone(), amount: fee_of(*price, tx.gas_limit)? });
    }
    let reached =
        |coin: &Coin| tx.fee.0.iter().any(|fee| fee.denom == coin.denom && fee.amount >= coin.amount);
    if required.is_empty() || required.iter().any(reached) {
        return Ok(());
    }
    let (got, required) = (&tx.fee, Coins(required));
    Err(Error::insufficient_fee(format!("insufficient fees; got: {got} required: {required}")))
}

/// Price times gas, rounded up.
fn fee_of(price: Dec, gas: u64) -> Result<u128, Error> {
    let product = price.mul_int(i128::from(gas));
    let whole = product.and_then(Dec::truncate);
    let exact = whole.and_then(Dec::from_int);
    let (Ok(product), Ok(whole), Ok(exact)) = (product, whole, exact) else {
        return Err(Error::insufficient_fee(format!("a fee for {gas} gas does not fit")));
    };
    Ok(u128::try_from(whole).unwrap_or(0).saturating_add(u128::from(exact < product)))
}

fn signatures(
    ctx: &mut Ctx<'_>,
    terms: &Terms<'_>,
    tx: &Tx,
    params: &Params,
    mode: Mode,
) -> Result<(), Error> {
    let mut accounts = Vec::with_capacity(tx.signers.len());
    for (index, addr) in tx.signers.iter().enumerate() {
        accounts.push(keyed_account(ctx, tx, index, addr, mode)?);
    }
    announce(ctx, tx);
    let count = u64::try_from(tx.signatures().len()).unwrap_or(u64::MAX);
    if count > params.tx_sig_limit {
        return Err(Error::too_many_signatures(format!(
            "signatures: {count}, limit: {}",
            params.tx_sig_limit
        )));
    }
    for _ in &accounts {
        ctx.gas.take_for(params.sig_verify_cost_secp256k1, "ante verify: secp256k1");
    }
    if tx.signer_infos.len() != tx.signers.len() {
        let (expected, got) = (tx.signers.len(), tx.signer_infos.len());
        return Err(Error::unauthorized(format!(
            "invalid number of signer;  expected: {expected}, got {got}"
        )));
    }
    for (index, account) in accounts.iter().enumerate() {
        verify(ctx, terms, tx, index, account, mode)?;
    }
    for (addr, mut account) in tx.signers.iter().zip(accounts) {
        let no_next = || Error::invalid_sequence("an account has used all its sequences");
        account.sequence = account.sequence.checked_add(1).ok_or_else(no_next)?;
        auth::set_account(ctx, addr, &account);
    }
    Ok(())
}

/// The account of a signer, with the key that the transaction names where it has none yet.
fn keyed_account(ctx: &Ctx<'_>, tx: &Tx, index: usize, addr: &AccAddr, mode: Mode) -> Result<Account, Error> {
    let text = || addr.to_text(ctx.chain.prefix);
    let named = tx.signer_infos.get(index).and_then(|info| info.key);
    if let Some(key) = named
        && mode != Mode::Simulate
        && ConsKey::Secp256k1(key).address().0.as_slice() != addr.0
    {
        let text = format!("pubKey does not match signer address {} with signer index: {index}", text());
        return Err(Error::invalid_pub_key(text));
    }
    let account: Result<Option<Account>, Corrupt> = auth::account(ctx, addr);
    let mut account =
        account?.ok_or_else(|| Error::unknown_address(format!("account {} does not exist", text())))?;
    if account.key.is_none() {
        account.key = named;
    }
    Ok(account)
}

fn announce(ctx: &mut Ctx<'_>, tx: &Tx) {
    let prefix = ctx.chain.prefix;
    for ((addr, info), signature) in tx.signers.iter().zip(&tx.signer_infos).zip(tx.signatures()) {
        let sequence = format!("{}/{}", addr.to_text(prefix), info.sequence);
        ctx.emit(Event::new("tx").with("acc_seq", sequence));
        ctx.emit(Event::new("tx").with("signature", STANDARD.encode(signature)));
    }
}

fn verify(
    ctx: &Ctx<'_>,
    terms: &Terms<'_>,
    tx: &Tx,
    index: usize,
    account: &Account,
    mode: Mode,
) -> Result<(), Error> {
    let Some(info) = tx.signer_infos.get(index) else { return Ok(()) };
    if info.sequence != account.sequence {
        let (expected, got) = (account.sequence, info.sequence);
        return Err(Error::wrong_sequence(format!(
            "account sequence mismatch, expected {expected}, got {got}"
        )));
    }
    if mode == Mode::Simulate {
        return Ok(());
    }
    let key = account.key.ok_or_else(|| Error::invalid_pub_key("pubkey on account is not set"))?;
    if mode == Mode::Recheck {
        return Ok(());
    }
    let chain_id = ctx.chain.chain_id.as_str();
    // Accounts have no numbers yet while genesis is executed.
    let number = if ctx.block.genesis { 0 } else { account.number };
    let failed = |why: &str| {
        let text = format!("{UNVERIFIED} account number ({number}) and chain-id ({chain_id}): ({why})");
        Error::unauthorized(text)
    };
    let digest = match info.mode {
        SignMode::Direct => tx.sign_digest(chain_id, number),
        SignMode::AminoJson => {
            let digest = tx.amino_digest(chain_id, number, account.sequence);
            digest.map_err(|why| failed(&why.to_string()))?
        }
        SignMode::Other(_) | SignMode::Multi => {
            return Err(failed("only SIGN_MODE_DIRECT and SIGN_MODE_LEGACY_AMINO_JSON are available"));
        }
    };
    let signature = tx.signatures().get(index).map(Vec::as_slice).unwrap_or_default();
    if terms.verified.check(&key, &digest, signature) {
        return Ok(());
    }
    if info.mode == SignMode::AminoJson {
        let sequence = account.sequence;
        let text = format!(
            "{UNVERIFIED} account number ({number}), sequence ({sequence}) and chain-id ({chain_id})"
        );
        return Err(Error::unauthorized(text));
    }
    Err(failed("unable to verify single signer signature"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fee_is_rounded_up_to_the_next_unit() {
        for (price, gas, fee) in [
            ("0.001", 2_000_000, 2_000),
            ("0.001", 1, 1),
            ("0.001", 1_001, 2),
            ("1", 7, 7),
            ("0.000000000000000001", 1, 1),
        ] {
            assert_eq!(fee_of(price.parse().unwrap(), gas), Ok(fee), "{price} x {gas}");
        }
    }
}
