//! `ics tx …`: builds, prices, signs, sends, and waits.

mod difference;
mod gov;
mod provider;

use crate::args::{Bank, Signing, SigningOf, Staking, Transfer, Tx};
use crate::context::Context;
use crate::output::Format;
use crate::rpc::text_at;
use crate::{Failure, keys, output};
use base64::Engine as _;
use ics_client::{Account, Body, Coin, Fee, GasPrice, Key, adjust, msgs, sign, usual_adjustment};
use ics_proto::Any;
use ics_proto::cosmos::auth::v1beta1::QueryAccountRequest;
use ics_proto::cosmos::base::abci::v1beta1::TxMsgData;
use ics_proto::cosmos::gov::v1::MsgSubmitProposalResponse;
use ics_proto::cosmos::tx::v1beta1::{SimulateRequest, SimulateResponse};
use ics_proto::interchain_security::ccv::provider::v1::MsgCreateConsumerResponse;
use prost::{Message as _, Name as _};
use std::io::{BufRead as _, Write as _};
use std::time::Duration;

/// How long to wait for a block with the transaction, in looks of a fifth of a second.
const LOOKS: u32 = 150;
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// What a simulation pays: as little as can be. Paying takes gas too, so a trial without a fee would promise too little.
const TRIAL_FEE: u128 = 1;

/// Ten minutes, nanoseconds: how long a transfer may take where nobody says.
const TRANSFER_TIMEOUT_NS: u64 = 600_000_000_000;

pub(crate) fn run(tx: Tx) -> Result<(), Failure> {
    match tx {
        Tx::Staking(Staking::Delegate { validator, amount, signing }) => send(&signing, |it| {
            Ok(msgs::delegate(&it.address, &it.context.operator(&validator)?, &coin(&amount)?))
        }),
        Tx::Staking(Staking::Unbond { validator, amount, signing }) => send(&signing, |it| {
            Ok(msgs::undelegate(&it.address, &it.context.operator(&validator)?, &coin(&amount)?))
        }),
        Tx::Bank(Bank::Send { from, to, amount, signing }) => {
            let signing = signing.of(&from);
            send(&signing, |it| {
                let coins = ics_client::parse_coins(&amount).map_err(|error| Failure(error.to_string()))?;
                Ok(msgs::send(&it.address, &it.context.account(&to)?, &coins))
            })
        }
        Tx::Provider(verb) => provider::run(verb),
        Tx::Gov(verb) => gov::run(verb),
        Tx::Transfer(Transfer::Transfer {
            port,
            channel,
            receiver,
            amount,
            packet_timeout_timestamp,
            signing,
        }) => {
            if port != "transfer" {
                return Err(Failure(format!("coins leave by the port `transfer`, not `{port}`")));
            }
            send(&signing, |it| {
                let timeout_ns = match packet_timeout_timestamp {
                    Some(timeout) => timeout,
                    None => it.last_block_ns()?.saturating_add(TRANSFER_TIMEOUT_NS),
                };
                Ok(msgs::transfer(&msgs::NewTransfer {
                    channel: channel.clone(),
                    token: coin(&amount)?,
                    sender: it.address.clone(),
                    receiver: receiver.clone(),
                    timeout_height: None,
                    timeout_unix_ns: timeout_ns,
                    memo: String::new(),
                }))
            })
        }
    }
}

impl SigningOf {
    /// Who signs: the key named by `--from`, else the sender by name or by address.
    fn of(self, sender: &str) -> Signing {
        Signing { from: self.from_name.unwrap_or_else(|| sender.to_owned()), terms: self.terms }
    }
}

/// Who signs, and where.
struct Signer<'a> {
    context: &'a Context,
    key: Key,
    address: String,
}

impl<'a> Signer<'a> {
    fn new(context: &'a Context, signing: &Signing) -> Result<Self, Failure> {
        let record = keys::named(&context.keys, &signing.from)?;
        let key = record.key().cloned().ok_or_else(|| {
            let (name, kind) = (&record.name, record.kind_name());
            Failure(format!("the key `{name}` is {kind}: it cannot sign here"))
        })?;
        let address = key.address().to_text(context.prefix()?);
        Ok(Self { context, key, address })
    }

    fn own_operator(&self) -> Result<String, Failure> {
        Ok(self.key.operator().to_text(&format!("{}valoper", self.context.prefix()?)))
    }

    fn last_block_ns(&self) -> Result<u64, Failure> {
        let time = self.context.rpc.last_block_time()?;
        time.packet_nanos().ok_or_else(|| Failure("the node's time does not fit a packet".to_owned()))
    }

    fn account(&self) -> Result<Account, Failure> {
        let request = QueryAccountRequest { address: self.address.clone() }.encode_to_vec();
        let answer = self.context.rpc.query("/cosmos.auth.v1beta1.Query/Account", &request)?;
        let prefix = self.context.prefix()?;
        Account::from_answer(&answer, prefix, &self.key.address()).map_err(|error| Failure(error.to_string()))
    }
}

fn coin(text: &str) -> Result<Coin, Failure> {
    text.parse().map_err(|error: ics_client::CoinError| Failure(error.to_string()))
}

fn send(signing: &Signing, message: impl FnOnce(&Signer<'_>) -> Result<Any, Failure>) -> Result<(), Failure> {
    let context = Context::new(&signing.terms.common)?;
    let signer = Signer::new(&context, signing)?;
    let draft = Draft::new(&signer, signing, message(&signer)?)?;
    let gas_limit = match signing.terms.gas.as_str() {
        "auto" => draft.simulate(&signer).map_err(|Failure(why)| {
            Failure(format!("nothing was sent, the transaction would fail: {why}"))
        })?,
        number => {
            number.parse().map_err(|_| Failure(format!("--gas takes a number or `auto`, not `{number}`")))?
        }
    };
    let Draft { body, chain_id, account, price } = draft;
    let amount = price.fee(gas_limit).map_err(|error| Failure(error.to_string()))?;
    if !signing.terms.yes && !confirmed(&body, &chain_id, &amount, gas_limit)? {
        return Err(Failure("nothing was sent".to_owned()));
    }
    let signed = sign(&body, &Fee { amount: vec![amount], gas_limit }, &chain_id, &[(&signer.key, account)]);
    let (code, log) = context.rpc.broadcast(&signed.bytes)?;
    if code != 0 {
        return Err(Failure(format!("the node refused the transaction (code {code}): {log}")));
    }
    wait(&context, &signed.hash)
}

/// Tries a message on the node's state, and sends nothing.
fn try_out(signer: &Signer<'_>, signing: &Signing, message: Any) -> Result<(), Failure> {
    let tried = Draft::new(signer, signing, message)?.simulate(signer);
    tried.map(drop).map_err(|Failure(why)| Failure(format!("the transaction would fail: {why}")))
}

/// A transaction that is not priced yet.
struct Draft {
    body: Body,
    chain_id: String,
    account: Account,
    price: GasPrice,
}

impl Draft {
    fn new(signer: &Signer<'_>, signing: &Signing, message: Any) -> Result<Self, Failure> {
        let terms = &signing.terms;
        let price = terms.gas_prices.parse().map_err(|error| Failure(format!("--gas-prices: {error}")))?;
        let (chain_id, _) = signer.context.rpc.status()?;
        let body = Body { messages: vec![message], memo: terms.note.clone(), timeout_height: 0 };
        Ok(Self { body, chain_id, account: signer.account()?, price })
    }

    /// What it may use: what a trial used, and the usual share more.
    fn simulate(&self, signer: &Signer<'_>) -> Result<u64, Failure> {
        let fee = Coin { denom: self.price.denom.clone(), amount: TRIAL_FEE };
        let fee = Fee { amount: vec![fee], gas_limit: 0 };
        let trial = sign(&self.body, &fee, &self.chain_id, &[(&signer.key, self.account)]);
        #[allow(deprecated)] // The request's older field must be named, empty.
        let request = SimulateRequest { tx: None, tx_bytes: trial.bytes };
        let answer: SimulateResponse =
            signer.context.rpc.ask("/cosmos.tx.v1beta1.Service/Simulate", &request)?;
        let used = answer.gas_info.map_or(0, |gas| gas.gas_used);
        adjust(used, usual_adjustment()).map_err(|error| Failure(error.to_string()))
    }
}

fn confirmed(body: &Body, chain_id: &str, fee: &Coin, gas: u64) -> Result<bool, Failure> {
    let kinds: Vec<&str> = body.messages.iter().map(|message| message.type_url.as_str()).collect();
    let question = format!("{} on {chain_id}, fee {fee} for {gas} gas. Send it? [y/N] ", kinds.join(", "));
    let refuse =
        |error: std::io::Error| Failure(format!("cannot ask: {error}; say -y to send without asking"));
    std::io::stderr().write_all(question.as_bytes()).map_err(refuse)?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(refuse)?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

fn wait(context: &Context, hash: &str) -> Result<(), Failure> {
    for _ in 0..LOOKS {
        if let Some(done) = context.rpc.transaction(hash)? {
            match context.output {
                Format::Json => output::print(&format!("{}\n", done.raw))?,
                Format::Text => {
                    let result = if done.code == 0 { "success" } else { "failed" };
                    let (height, code) = (done.height, done.code);
                    let made = made(&text_at(&done.raw, "/tx_result/data"));
                    let text =
                        format!("height: {height}\ntxhash: {hash}\ncode: {code}\nresult: {result}\n{made}");
                    output::print(&text)?;
                }
            }
            return if done.code == 0 {
                Ok(())
            } else {
                Err(Failure(format!("the transaction failed (code {}): {}", done.code, done.log)))
            };
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
    Err(Failure(format!(
        "transaction {hash} was accepted by {} but is in no block yet; look again with `ics query tx {hash}`",
        context.rpc.url()
    )))
}

/// The ids of what a transaction made, one a line, from the answers to its messages in base64.
fn made(data: &str) -> String {
    let data = base64::engine::general_purpose::STANDARD.decode(data).unwrap_or_default();
    let answers = TxMsgData::decode(data.as_slice()).unwrap_or_default().msg_responses;
    let id = |answer: &Any| {
        let bytes = answer.value.as_slice();
        if answer.type_url == MsgCreateConsumerResponse::type_url() {
            let made = MsgCreateConsumerResponse::decode(bytes).ok()?;
            Some(format!("consumer_id: {}\n", made.consumer_id))
        } else if answer.type_url == MsgSubmitProposalResponse::type_url() {
            let made = MsgSubmitProposalResponse::decode(bytes).ok()?;
            Some(format!("proposal_id: {}\n", made.proposal_id))
        } else {
            None
        }
    };
    answers.iter().filter_map(id).collect()
}

/// `ics query tx HASH`.
pub(crate) fn show(context: &Context, hash: &str) -> Result<(), Failure> {
    match context.rpc.transaction(hash)? {
        Some(found) => output::answer(context.output, &found.raw.to_string()),
        None => Err(Failure(format!("there is no transaction {hash}"))),
    }
}
