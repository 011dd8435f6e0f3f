//! The transactions that make the first validators of a new chain.
//!
//! Journey: a role's `init_genesis` → [`init`] → [`tx::run()`], as if they were in a block before the first: fees are paid,
//! keys stored, sequences counted. What is signed holds the account number 0, and gas is not limited.
//! Source: SDK x/genutil `DeliverGenTxs`, x/auth/ante.

use crate::modules::staking;
use crate::tx::{self, Mode, Terms, Verified};
use crate::{Ctx, Error};
use ics_proto::cosmos::tx::v1beta1::{Tx, TxRaw};
use prost::Message;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const CREATE_VALIDATOR: &str = "/cosmos.staking.v1beta1.MsgCreateValidator";

/// Section `genutil`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Genutil {
    /// Signed transactions in the SDK's JSON, one per validator.
    pub gen_txs: Vec<Value>,
}

impl Genutil {
    /// Whether nobody validates by it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.gen_txs.is_empty()
    }
}

/// Delivers the transactions in their order; gives the first set, none where there are no transactions.
///
/// # Errors
/// `sdk/18` beside the stake of a chain that ran before; what a transaction is refused for, with its place and its
/// validator's moniker.
pub fn init(ctx: &mut Ctx<'_>, genutil: &Genutil) -> Result<Vec<staking::PowerChange>, Error> {
    if genutil.is_empty() {
        return Ok(Vec::new());
    }
    if staking::validators(ctx).next().is_some() {
        let text = "genutil.gen_txs must be empty beside the validators of a chain that ran before";
        return Err(Error::invalid_request(text));
    }
    let verified = Verified::default();
    let terms = Terms { message_filter: None, relay_check: None, min_gas_prices: &[], verified: &verified };
    for (index, json) in genutil.gen_txs.iter().enumerate() {
        deliver(ctx, &terms, json).map_err(|error| {
            let moniker = json.pointer("/body/messages/0/description/moniker").and_then(Value::as_str);
            let moniker = moniker.map(|name| format!(" ({name})")).unwrap_or_default();
            error.within(&format!("genutil.gen_txs[{index}]{moniker}"))
        })?;
    }
    staking::apply_set(ctx)
}

fn deliver(ctx: &mut Ctx<'_>, terms: &Terms<'_>, json: &Value) -> Result<(), Error> {
    let tx: Tx = ics_proto::json::from_json_as(&json.to_string()).map_err(Error::tx_decode)?;
    let body = tx.body.unwrap_or_default();
    if !matches!(body.messages.as_slice(), [message] if message.type_url == CREATE_VALIDATOR) {
        return Err(Error::invalid_request("it must hold one message, a MsgCreateValidator"));
    }
    let raw = TxRaw {
        body_bytes: body.encode_to_vec(),
        auth_info_bytes: tx.auth_info.unwrap_or_default().encode_to_vec(),
        signatures: tx.signatures,
    };
    tx::run(ctx, terms, &raw.encode_to_vec(), Mode::Deliver)?.result.map(drop)
}
