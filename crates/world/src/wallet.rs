//! Submitting ordinary signed transactions to a chain: account, simulation, fee, signature, mempool.

use crate::endpoint::Endpoint;
use ics_abci::{AccAddr, Height, Query};
use ics_client::{Account, Body, Coin, Fee, GasPrice, Key, adjust, sign, usual_adjustment};
use ics_proto::Any;
use ics_proto::cosmos::auth::v1beta1::QueryAccountRequest;
use ics_proto::cosmos::tx::v1beta1::{SimulateRequest, SimulateResponse};
use prost::Message as _;

/// What a simulation pays: as little as can be. Paying takes gas too, so a trial without a fee would promise too little.
const TRIAL_FEE: u128 = 1;

/// A transaction that waits for a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Its hash, upper-case hex.
    pub hash: String,
    /// The fee that it pays.
    pub fee: Coin,
    /// Type URLs of its messages.
    pub messages: Vec<String>,
    /// Who signed it.
    pub signer: AccAddr,
    /// The account's sequence once it is in a block.
    pub sequence: u64,
    /// The chain's height when it was submitted.
    pub after: Height,
}

/// Why a transaction was not submitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The chain does not know the account: it never received a coin.
    #[error("the account has no coins: {0}")]
    Unfunded(String),
    /// The chain would refuse it.
    #[error("the simulation failed: {0}")]
    Simulation(String),
    /// The mempool, or the chain's first check, refused it.
    #[error("refused with code {code}: {log}")]
    Refused {
        /// The chain's code; 0 where the mempool refused.
        code: u32,
        /// In words.
        log: String,
    },
}

fn ask(chain: &impl Endpoint, path: &str, data: Vec<u8>, height: Height) -> Result<Vec<u8>, String> {
    let answer = chain.query(&Query { path: path.to_owned(), data, height, prove: false });
    if answer.code == 0 { Ok(answer.value) } else { Err(answer.log) }
}

/// The account of a key after the last block.
///
/// # Errors
/// [`SubmitError::Unfunded`].
pub fn account(chain: &impl Endpoint, key: &Key) -> Result<Account, SubmitError> {
    account_at(chain, &key.address(), Height(0))
}

/// An account after the block of a height, 0 for the last.
///
/// # Errors
/// [`SubmitError::Unfunded`].
pub fn account_at(chain: &impl Endpoint, address: &AccAddr, height: Height) -> Result<Account, SubmitError> {
    let prefix = chain.prefix();
    let request = QueryAccountRequest { address: address.to_text(prefix) }.encode_to_vec();
    let answer =
        ask(chain, "/cosmos.auth.v1beta1.Query/Account", request, height).map_err(SubmitError::Unfunded)?;
    Account::from_answer(&answer, prefix, address).map_err(|error| SubmitError::Unfunded(error.to_string()))
}

/// Simulates, prices, signs and submits messages in one transaction; advances the account.
///
/// # Errors
/// [`SubmitError`]; the account has not advanced then.
pub fn submit(
    chain: &mut impl Endpoint,
    key: &Key,
    account: &mut Account,
    price: &GasPrice,
    messages: Vec<Any>,
) -> Result<Submission, SubmitError> {
    let chain_id = chain.chain_id().to_owned();
    let names = messages.iter().map(|message| message.type_url.clone()).collect();
    let body = Body::of(messages);
    let trial_fee = Coin { denom: price.denom.clone(), amount: TRIAL_FEE };
    let trial_fee = Fee { amount: vec![trial_fee], gas_limit: 0 };
    let trial = sign(&body, &trial_fee, &chain_id, &[(key, *account)]);
    #[allow(deprecated)] // The request's older field must be named, empty.
    let request = SimulateRequest { tx: None, tx_bytes: trial.bytes }.encode_to_vec();
    let answer = ask(chain, "/cosmos.tx.v1beta1.Service/Simulate", request, Height(0))
        .map_err(SubmitError::Simulation)?;
    let used = SimulateResponse::decode(answer.as_slice())
        .ok()
        .and_then(|answer| answer.gas_info)
        .map_or(0, |gas| gas.gas_used);
    let too_much = |error: ics_client::FeeError| SubmitError::Simulation(error.to_string());
    let gas_limit = adjust(used, usual_adjustment()).map_err(too_much)?;
    let fee = price.fee(gas_limit).map_err(too_much)?;
    let signed = sign(&body, &Fee { amount: vec![fee.clone()], gas_limit }, &chain_id, &[(key, *account)]);
    chain.offer(&signed.bytes)?;
    account.advance();
    Ok(Submission {
        hash: signed.hash,
        fee,
        messages: names,
        signer: key.address(),
        sequence: account.sequence,
        after: chain.tip().0,
    })
}
