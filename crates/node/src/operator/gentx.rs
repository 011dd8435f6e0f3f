//! Genesis transactions: each makes one of the first validators, signed by its operator.
//!
//! They are in the SDK's JSON of transactions, so that gaiad's and ours can be collected together. The account's number in
//! what is signed is 0, whatever it becomes.

use super::OperatorError;
use super::accounts::owned;
use super::document::{Document, malformed};
use crate::node_home::{NodeHome, node_id};
use ics_abci::{AccAddr, Dec};
use ics_client::{Body, Key, parse_coins, sign_genesis, to_send, verify};
use ics_proto::cosmos::crypto::secp256k1::PubKey;
use ics_proto::cosmos::staking::v1beta1::{CommissionRates, Description, MsgCreateValidator};
use ics_proto::cosmos::tx::v1beta1::Tx;
use prost::Message as _;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};

/// What a validator is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenTxPlan {
    /// What it bonds, e.g. `1000000stake`.
    pub amount: String,
    /// Its name; the node's where there is none.
    pub moniker: Option<String>,
    /// A text that identifies it elsewhere.
    pub identity: String,
    /// Its page.
    pub website: String,
    /// Whom to tell of a fault.
    pub security_contact: String,
    /// More about it.
    pub details: String,
    /// Share of rewards that it keeps, a decimal from 0 to 1.
    pub commission_rate: String,
    /// The commission's bound for ever.
    pub commission_max_rate: String,
    /// The most that the commission may change in a day.
    pub commission_max_change_rate: String,
    /// The least that it must keep bonded, of the denomination.
    pub min_self_delegation: u128,
    /// Where other nodes find it; the address that this machine has towards others where there is none.
    pub ip: Option<String>,
    /// The chain's id, where the caller believes to know it.
    pub chain_id: Option<String>,
    /// Where to write it; `config/gentx/gentx-<node id>.json` where nothing is said.
    pub output: Option<PathBuf>,
}

/// Makes the transaction of a home's node, signed by its operator. Gives the file.
///
/// # Errors
/// [`OperatorError`]; nothing is written.
pub fn gentx(home: &NodeHome, key: &Key, plan: &GenTxPlan) -> Result<PathBuf, OperatorError> {
    let mut document = Document::of(home)?;
    let chain_id = document.genesis.chain_id.clone();
    if let Some(asked) = plan.chain_id.as_ref().filter(|asked| **asked != chain_id) {
        return Err(malformed(&document.path, format!("it is that of {chain_id}, not of {asked}")));
    }
    let coin = match parse_coins(&plan.amount).as_deref() {
        Ok([coin]) => coin.clone(),
        Ok(_) => return Err(OperatorError::Coins(format!("`{}` is not one coin", plan.amount))),
        Err(error) => return Err(OperatorError::Coins(error.to_string())),
    };
    let address = key.address().to_text(document.prefix());
    let owned = owned(&mut document, &address, &coin.denom)?.unwrap_or(0);
    if owned < coin.amount {
        let denom = &coin.denom;
        return Err(OperatorError::Short {
            address,
            owned: format!("{owned}{denom}"),
            wanted: format!("{}{denom}", coin.amount),
        });
    }
    let settings = home.comet()?;
    let setting = |name: &str| settings.get(name).cloned().unwrap_or_default();
    let node = node_id(&home.node_key()?.public());
    let rate = |text: &str| {
        let parsed: Option<Dec> = text.parse().ok();
        parsed.map(|rate| rate.to_atomics_text()).ok_or_else(|| OperatorError::Rate(text.to_owned()))
    };
    let message = MsgCreateValidator {
        description: Some(Description {
            moniker: plan.moniker.clone().unwrap_or_else(|| setting("moniker")),
            identity: plan.identity.clone(),
            website: plan.website.clone(),
            security_contact: plan.security_contact.clone(),
            details: plan.details.clone(),
        }),
        commission: Some(CommissionRates {
            rate: rate(&plan.commission_rate)?,
            max_rate: rate(&plan.commission_max_rate)?,
            max_change_rate: rate(&plan.commission_max_change_rate)?,
        }),
        min_self_delegation: plan.min_self_delegation.to_string(),
        validator_address: key.operator().to_text(&format!("{}valoper", document.prefix())),
        pubkey: Some(ics_client::msgs::consensus_key(&home.validator_key()?.public())),
        value: Some(coin.to_proto()),
        ..MsgCreateValidator::default()
    };
    let port = setting("p2p.laddr").rsplit(':').next().unwrap_or_default().to_owned();
    let ip = plan.ip.clone().unwrap_or_else(own_address);
    let body = Body {
        messages: vec![ics_client::msgs::any(&message)],
        memo: format!("{node}@{ip}:{port}"),
        ..Body::default()
    };
    let path = plan.output.clone().unwrap_or_else(|| home.gentx_folder().join(format!("gentx-{node}.json")));
    let signed = sign_genesis(&body, key, &chain_id).map_err(|error| at(&path)(error.to_string()))?;
    let text = ics_proto::json::to_json_of(&signed).map_err(|error| at(&path)(error.to_string()))?;
    home.write_settings(&path, &format!("{text}\n"))?;
    Ok(path)
}

/// The address that this machine has towards others; nothing is sent to find it.
fn own_address() -> String {
    let socket = UdpSocket::bind(SocketAddr::from(([0, 0, 0, 0], 0)));
    let found = socket.and_then(|socket| {
        socket.connect(SocketAddr::from(([192, 0, 2, 1], 9)))?;
        socket.local_addr()
    });
    found.map_or_else(|_| "127.0.0.1".to_owned(), |addr| addr.ip().to_string())
}

/// A genesis transaction that its operator has signed.
pub(super) struct Checked {
    /// The operator's account, bech32.
    pub(super) operator: String,
    /// What it bonds: denomination and amount.
    pub(super) bond: (String, u128),
    /// Where its node is: `id@ip:port`.
    pub(super) memo: String,
}

/// Checks a transaction in the SDK's JSON: one message that makes a validator, signed by its operator for this chain.
pub(super) fn check(text: &str, chain_id: &str, prefix: &str) -> Result<Checked, String> {
    let tx: Tx = ics_proto::json::from_json_as(text).map_err(|error| error.to_string())?;
    let (Some(body), Some(auth_info)) = (&tx.body, &tx.auth_info) else {
        return Err("it is no transaction".to_owned());
    };
    let message = match body.messages.as_slice() {
        [message] if message.type_url == "/cosmos.staking.v1beta1.MsgCreateValidator" => message,
        _ => return Err("it does not hold one message, a MsgCreateValidator".to_owned()),
    };
    let message = MsgCreateValidator::decode(message.value.as_slice()).map_err(|error| error.to_string())?;
    let signed_by = |key: &ics_proto::Any| {
        let key = PubKey::decode(key.value.as_slice()).ok()?;
        Some(ics_client::PublicKey::from_bytes(&key.key).ok()?.address())
    };
    let signer: Option<AccAddr> =
        auth_info.signer_infos.first().and_then(|info| info.public_key.as_ref()).and_then(signed_by);
    let signer = signer.ok_or("it names no key that signed it")?;
    verify(&to_send(&tx).bytes, chain_id, &[0]).map_err(|error| {
        format!("its signature is not one for chain {chain_id} ({error}): have its operator make it again")
    })?;
    let operator = ics_abci::ValAddr::parse(&format!("{prefix}valoper"), &message.validator_address)
        .map_err(|error| format!("its validator address: {error}"))?;
    if operator.0 != signer.0 {
        return Err("it is not signed by the operator of its validator".to_owned());
    }
    let coin = message.value.ok_or("it bonds nothing")?;
    let amount = coin.amount.parse().map_err(|_| format!("`{}` is no amount", coin.amount))?;
    Ok(Checked { operator: signer.to_text(prefix), bond: (coin.denom, amount), memo: body.memo.clone() })
}

pub(super) fn at(path: &Path) -> impl FnOnce(String) -> OperatorError {
    let path = path.to_owned();
    move |why| OperatorError::GenTx { path, why }
}
