//! A message on its way: who signs, what it costs, whether it is asked, tried, printed or sent.

use super::outcome;
use crate::args::{Signing, Terms};
use crate::context::Context;
use crate::{Failure, ask, keys, output};
use ics_abci::{AccAddr, Dec};
use ics_client::{
    Account, Body, Coin, Fee, GasPrice, Key, Mode, adjust, parse_coins, sign_one, to_send, unsigned,
    usual_adjustment,
};
use ics_proto::Any;
use ics_proto::cosmos::auth::v1beta1::QueryAccountRequest;
use ics_proto::cosmos::tx::v1beta1::{SimulateRequest, SimulateResponse, Tx};
use prost::Message as _;

/// What a simulation pays: as little as can be. Paying takes gas too, so a trial without a fee would promise too little.
const TRIAL_FEE: u128 = 1;
/// What one unit of gas costs where nobody says.
const USUAL_PRICE: &str = "0.001stake";
/// The most gas of a transaction that cannot be tried: what the SDK's programs take.
const UNTRIED_GAS: u64 = 200_000;
/// What addresses begin with where no node can be asked.
const UNASKED_PREFIX: &str = "cosmos";

/// Who signs, and where.
pub(super) struct Signer<'a> {
    pub(super) context: &'a Context,
    /// None where only the address is known, which is enough for a transaction that somebody else signs.
    key: Option<Key>,
    account: AccAddr,
    pub(super) address: String,
}

impl<'a> Signer<'a> {
    pub(super) fn new(context: &'a Context, signing: &Signing) -> Result<Self, Failure> {
        let (from, terms) = (&signing.from, &signing.terms);
        if let Some(prefix) = &terms.prefix {
            context.assume_prefix(prefix);
        } else if terms.offline {
            let typed = ics_abci::from_bech32(from).map(|(prefix, _)| prefix);
            context.assume_prefix(typed.as_deref().unwrap_or(UNASKED_PREFIX));
        }
        let typed = ics_abci::from_bech32(from).map(|(_, bytes)| AccAddr(bytes));
        let (account, key) = match (keys::named(&context.keys, from), typed) {
            (Ok(record), _) => (record.address(), record.key().cloned()),
            (Err(_), Ok(account)) if terms.generate_only => (account, None),
            (Err(failure), _) => return Err(failure),
        };
        if key.is_none() && !terms.generate_only {
            return Err(Failure(format!("only the public half of `{from}` is here: it cannot sign")));
        }
        let address = account.to_text(context.prefix()?);
        Ok(Self { context, key, account, address })
    }

    pub(super) fn own_operator(&self) -> Result<String, Failure> {
        let operator = ics_abci::ValAddr(self.account.0.clone());
        Ok(operator.to_text(&format!("{}valoper", self.context.prefix()?)))
    }

    pub(super) fn last_block_ns(&self) -> Result<u64, Failure> {
        let time = self.context.rpc.last_block_time()?;
        time.packet_nanos().ok_or_else(|| Failure("the node's time does not fit a packet".to_owned()))
    }
}

/// What is asked of the chain's book of accounts.
pub(super) fn account_of(context: &Context, owner: &AccAddr) -> Result<Account, Failure> {
    let prefix = context.prefix()?;
    let request = QueryAccountRequest { address: owner.to_text(prefix) }.encode_to_vec();
    let answer = context.rpc.query("/cosmos.auth.v1beta1.Query/Account", &request)?;
    Account::from_answer(&answer, prefix, owner).map_err(|error| Failure(error.to_string()))
}

/// The account as typed, else as the chain knows it.
pub(super) fn account(context: &Context, terms: &Terms, owner: &AccAddr) -> Result<Account, Failure> {
    match (terms.account_number, terms.sequence) {
        (Some(number), Some(sequence)) => Ok(Account { number, sequence }),
        _ if terms.offline => {
            Err(Failure("with --offline say --account-number and --sequence: no node is asked".to_owned()))
        }
        (number, sequence) => {
            let known = account_of(context, owner)?;
            let number = number.unwrap_or(known.number);
            Ok(Account { number, sequence: sequence.unwrap_or(known.sequence) })
        }
    }
}

/// The chain as typed or as client.toml says, which must be the node's; else the node's.
pub(super) fn chain_id(context: &Context, terms: &Terms) -> Result<String, Failure> {
    let written = &context.settings.file.chain_id;
    let named = terms.chain_id.clone().or_else(|| (!written.is_empty()).then(|| written.clone()));
    if terms.offline {
        return named.ok_or_else(|| Failure("with --offline say --chain-id: no node is asked".to_owned()));
    }
    let (found, _) = context.rpc.status()?;
    match named {
        Some(named) if named != found => {
            let url = context.rpc.url();
            Err(Failure(format!(
                "the node at {url} is of the chain {found}, not of {named}: nothing was sent"
            )))
        }
        _ => Ok(found),
    }
}

/// What a signature is to cover.
pub(super) fn mode(terms: &Terms) -> Result<Mode, Failure> {
    match terms.sign_mode.as_deref() {
        None | Some("direct") => Ok(Mode::Direct),
        Some("amino-json") => Ok(Mode::AminoJson),
        Some(other) => Err(Failure(format!("--sign-mode takes direct or amino-json, not `{other}`"))),
    }
}

/// Builds, prices, signs and sends a message; or stops where the options say so.
pub(super) fn send(
    signing: &Signing,
    message: impl FnOnce(&Signer<'_>) -> Result<Any, Failure>,
) -> Result<(), Failure> {
    let context = Context::new(&signing.terms.common)?;
    let terms = &signing.terms;
    let signer = Signer::new(&context, signing)?;
    let draft = Draft::new(&signer, terms, message(&signer)?)?;
    if terms.dry_run {
        return estimate(&draft, &signer);
    }
    let gas_limit = match gas(&context, terms)? {
        Gas::Limit(limit) => limit,
        Gas::Auto => draft.simulate(&signer).map_err(|Failure(why)| {
            Failure(format!("nothing was sent, the transaction would fail: {why}"))
        })?,
    };
    let fee = Fee { amount: draft.price.amount(gas_limit)?, gas_limit };
    let tx = unsigned(&draft.body, &fee);
    if terms.generate_only {
        return output::print(&format!("{}\n", tx_json(&tx)?));
    }
    let chain_id = chain_id(&context, terms)?;
    if terms.offline {
        return Err(Failure(
            "with --offline nothing can be sent: say --generate-only, then `ics tx sign`".to_owned(),
        ));
    }
    if !terms.yes && !confirmed(&draft.body, &chain_id, &fee)? {
        return Err(Failure("nothing was sent".to_owned()));
    }
    let account = account(&context, terms, &signer.account)?;
    let Some(key) = &signer.key else { return Err(Failure("there is no key to sign with".to_owned())) };
    let tx =
        sign_one(&tx, key, account, &chain_id, mode(terms)?).map_err(|error| Failure(error.to_string()))?;
    outcome::broadcast(&context, terms.broadcast_mode.as_ref(), &to_send(&tx))
}

/// Tries a message on the node's state, and sends nothing.
pub(super) fn try_out(signer: &Signer<'_>, signing: &Signing, message: Any) -> Result<(), Failure> {
    let tried = Draft::new(signer, &signing.terms, message)?.simulate(signer);
    tried.map(drop).map_err(|Failure(why)| Failure(format!("the transaction would fail: {why}")))
}

fn estimate(draft: &Draft, signer: &Signer<'_>) -> Result<(), Failure> {
    let gas = draft
        .simulate(signer)
        .map_err(|Failure(why)| Failure(format!("the transaction would fail: {why}")))?;
    output::aside(&format!("gas estimate: {gas}"));
    Ok(())
}

/// The JSON of a transaction, as `ics tx sign` reads it.
pub(super) fn tx_json(tx: &Tx) -> Result<String, Failure> {
    ics_proto::json::to_json_of(tx).map_err(|error| Failure(error.to_string()))
}

enum Gas {
    Auto,
    Limit(u64),
}

fn gas(context: &Context, terms: &Terms) -> Result<Gas, Failure> {
    let written = &context.settings.file.gas;
    let typed = terms.gas.clone().or_else(|| (!written.is_empty()).then(|| written.clone()));
    match typed.as_deref() {
        None if terms.offline || terms.generate_only => Ok(Gas::Limit(UNTRIED_GAS)),
        Some("auto") if terms.offline => {
            Err(Failure("--gas auto asks a node, and --offline none: say a number".to_owned()))
        }
        None | Some("auto") => Ok(Gas::Auto),
        Some(number) => number
            .parse()
            .map(Gas::Limit)
            .map_err(|_| Failure(format!("--gas takes a number or `auto`, not `{number}`"))),
    }
}

/// What is paid: a sum, or so much for each unit of gas.
enum Price {
    Fees(Vec<Coin>),
    Gas(GasPrice),
}

impl Price {
    fn of(context: &Context, terms: &Terms) -> Result<Self, Failure> {
        if let Some(fees) = &terms.fees {
            return parse_coins(fees).map(Self::Fees).map_err(|error| Failure(format!("--fees: {error}")));
        }
        let written = &context.settings.file.gas_prices;
        let price = crate::settings::Settings::or(terms.gas_prices.as_ref(), written, USUAL_PRICE);
        price.parse().map(Self::Gas).map_err(|error| Failure(format!("--gas-prices: {error}")))
    }

    fn amount(&self, gas_limit: u64) -> Result<Vec<Coin>, Failure> {
        match self {
            Self::Fees(fees) => Ok(fees.clone()),
            Self::Gas(price) => {
                let fee = price.fee(gas_limit).map_err(|error| Failure(error.to_string()))?;
                // A transaction names no coins of which there are none.
                Ok(Some(fee).filter(|fee| fee.amount > 0).into_iter().collect())
            }
        }
    }

    fn trial(&self) -> Vec<Coin> {
        match self {
            Self::Fees(fees) => fees.clone(),
            Self::Gas(price) => vec![Coin { denom: price.denom.clone(), amount: TRIAL_FEE }],
        }
    }
}

/// A transaction that is not priced yet.
struct Draft {
    body: Body,
    price: Price,
    adjustment: Dec,
    sequence: Option<u64>,
}

impl Draft {
    fn new(signer: &Signer<'_>, terms: &Terms, message: Any) -> Result<Self, Failure> {
        let price = Price::of(signer.context, terms)?;
        let memo = terms.note.clone();
        let body = Body { messages: vec![message], memo, timeout_height: terms.timeout_height };
        let adjustment = match &terms.gas_adjustment {
            None => usual_adjustment(),
            Some(text) => text
                .parse()
                .map_err(|_| Failure(format!("--gas-adjustment takes a number such as 1.3, not `{text}`")))?,
        };
        Ok(Self { body, price, adjustment, sequence: terms.sequence })
    }

    /// What it may use: what a trial used, and the usual share more.
    fn simulate(&self, signer: &Signer<'_>) -> Result<u64, Failure> {
        let Some(key) = &signer.key else {
            return Err(Failure("without the key nothing can be tried: say --gas with a number".to_owned()));
        };
        let mut account = account_of(signer.context, &signer.account)?;
        account.sequence = self.sequence.unwrap_or(account.sequence);
        let fee = Fee { amount: self.price.trial(), gas_limit: 0 };
        // Nobody looks at a trial's signature: which chain it is for does not matter.
        let trial = sign_one(&unsigned(&self.body, &fee), key, account, "", Mode::Direct)
            .map_err(|error| Failure(error.to_string()))?;
        #[allow(deprecated)] // The request's older field must be named, empty.
        let request = SimulateRequest { tx: None, tx_bytes: to_send(&trial).bytes };
        let answer: SimulateResponse =
            signer.context.rpc.ask("/cosmos.tx.v1beta1.Service/Simulate", &request)?;
        let used = answer.gas_info.map_or(0, |gas| gas.gas_used);
        adjust(used, self.adjustment).map_err(|error| Failure(error.to_string()))
    }
}

fn confirmed(body: &Body, chain_id: &str, fee: &Fee) -> Result<bool, Failure> {
    let kinds: Vec<&str> = body.messages.iter().map(|message| message.type_url.as_str()).collect();
    let paid = ics_client::print_coins(&fee.amount);
    let (kinds, gas) = (kinds.join(", "), fee.gas_limit);
    ask::yes(&format!("{kinds} on {chain_id}, fee {paid} for {gas} gas. Send it?"))
}
