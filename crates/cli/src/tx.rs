//! `ics tx …`: builds, prices, signs, sends, and waits.

use crate::args::{Bank, Provider, Signing, SigningOf, Staking, Transfer, Tx};
use crate::context::Context;
use crate::document::document;
use crate::output::Format;
use crate::rpc::text_at;
use crate::{Failure, output};
use ics_client::{Account, Body, Coin, Fee, GasPrice, Key, adjust, msgs, sign, usual_adjustment};
use ics_proto::Any;
use ics_proto::cosmos::auth::v1beta1::QueryAccountRequest;
use ics_proto::cosmos::tx::v1beta1::{SimulateRequest, SimulateResponse};
use ics_proto::interchain_security::ccv::provider::v1::{MsgCreateConsumer, MsgUpdateConsumer};
use prost::Message as _;
use serde_json::json;
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
            let signing = signing.of(&from)?;
            send(&signing, |it| {
                let coins = ics_client::parse_coins(&amount).map_err(|error| Failure(error.to_string()))?;
                Ok(msgs::send(&it.address, &it.context.account(&to)?, &coins))
            })
        }
        Tx::Provider(verb) => provider(verb),
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

fn provider(verb: Provider) -> Result<(), Failure> {
    match verb {
        Provider::CreateConsumer { file, signing } => send(&signing, |it| {
            let message: MsgCreateConsumer = document(&file, "submitter", &it.address)?;
            Ok(msgs::create_consumer(&message))
        }),
        Provider::UpdateConsumer { file, signing } => send(&signing, |it| {
            let message: MsgUpdateConsumer = document(&file, "owner", &it.address)?;
            Ok(msgs::update_consumer(&message))
        }),
        Provider::RemoveConsumer { consumer_id, signing } => {
            send(&signing, |it| Ok(msgs::remove_consumer(&it.address, &consumer_id)))
        }
        Provider::OptIn { consumer_id, consumer_pubkey, signing } => send(&signing, |it| {
            let mut message = ics_proto::interchain_security::ccv::provider::v1::MsgOptIn {
                provider_addr: it.own_operator()?,
                signer: it.address.clone(),
                consumer_id: consumer_id.clone(),
                ..Default::default()
            };
            message.consumer_key = consumer_pubkey.clone().unwrap_or_default();
            Ok(msgs::any(&message))
        }),
        Provider::OptOut { consumer_id, signing } => {
            send(&signing, |it| Ok(msgs::opt_out(&it.address, &it.own_operator()?, &consumer_id)))
        }
        Provider::AssignConsensusKey { consumer_id, consumer_pubkey, signing } => send(&signing, |it| {
            Ok(msgs::assign_consumer_key(&it.address, &it.own_operator()?, &consumer_id, &consumer_pubkey))
        }),
    }
}

impl SigningOf {
    /// Who signs: the key named by `--from`, else the sender by name or by address.
    fn of(self, sender: &str) -> Result<Signing, Failure> {
        let context = Context::new(&self.terms.common)?;
        let from = match self.from_name {
            Some(name) => name,
            None if context.keys.key(sender).is_ok() => sender.to_owned(),
            None => {
                let address = ics_abci::from_bech32(sender).map(|(_, bytes)| ics_abci::AccAddr(bytes));
                let found =
                    address.ok().and_then(|address| context.keys.find(&address).map(|(name, _)| name));
                found
                    .ok_or_else(|| {
                        Failure(format!(
                            "there is no key `{sender}` in the keyring; {}",
                            context.known_keys()
                        ))
                    })?
                    .to_owned()
            }
        };
        Ok(Signing { from, terms: self.terms })
    }
}

/// Who signs, and where.
struct Signer<'a> {
    context: &'a Context,
    key: &'a Key,
    address: String,
}

impl Signer<'_> {
    fn own_operator(&self) -> Result<String, Failure> {
        Ok(self.key.operator().to_text(&format!("{}valoper", self.context.prefix()?)))
    }

    fn last_block_ns(&self) -> Result<u64, Failure> {
        let status = self.context.rpc.call("status", json!({}))?;
        let time = text_at(&status, "/sync_info/latest_block_time");
        let time =
            ics_abci::Time::parse(&time).map_err(|error| Failure(format!("the node's time: {error}")))?;
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
    let key = context.key(&signing.from)?;
    let signer = Signer { context: &context, key, address: key.address().to_text(context.prefix()?) };
    let message = message(&signer)?;
    let (chain_id, _) = context.rpc.status()?;
    let account = signer.account()?;
    let body = Body { messages: vec![message], memo: signing.terms.note.clone(), timeout_height: 0 };
    let price: GasPrice =
        signing.terms.gas_prices.parse().map_err(|error| Failure(format!("--gas-prices: {error}")))?;
    let gas_limit = match signing.terms.gas.as_str() {
        "auto" => simulate(&signer, &body, &price, &chain_id, account)?,
        number => {
            number.parse().map_err(|_| Failure(format!("--gas takes a number or `auto`, not `{number}`")))?
        }
    };
    let amount = price.fee(gas_limit).map_err(|error| Failure(error.to_string()))?;
    if !signing.terms.yes && !confirmed(&body, &chain_id, &amount, gas_limit)? {
        return Err(Failure("nothing was sent".to_owned()));
    }
    let signed = sign(&body, &Fee { amount: vec![amount], gas_limit }, &chain_id, &[(key, account)]);
    let (code, log) = context.rpc.broadcast(&signed.bytes)?;
    if code != 0 {
        return Err(Failure(format!("the node refused the transaction (code {code}): {log}")));
    }
    wait(&context, &signed.hash)
}

fn simulate(
    signer: &Signer<'_>,
    body: &Body,
    price: &GasPrice,
    chain_id: &str,
    account: Account,
) -> Result<u64, Failure> {
    let fee = Coin { denom: price.denom.clone(), amount: TRIAL_FEE };
    let fee = Fee { amount: vec![fee], gas_limit: 0 };
    let trial = sign(body, &fee, chain_id, &[(signer.key, account)]);
    #[allow(deprecated)] // The request's older field must be named, empty.
    let request = SimulateRequest { tx: None, tx_bytes: trial.bytes }.encode_to_vec();
    let answer =
        signer.context.rpc.query("/cosmos.tx.v1beta1.Service/Simulate", &request).map_err(
            |Failure(why)| Failure(format!("nothing was sent, the transaction would fail: {why}")),
        )?;
    let used = SimulateResponse::decode(answer.as_slice())
        .ok()
        .and_then(|answer| answer.gas_info)
        .map_or(0, |gas| gas.gas_used);
    adjust(used, usual_adjustment()).map_err(|error| Failure(error.to_string()))
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
                    let text = format!("height: {height}\ntxhash: {hash}\ncode: {code}\nresult: {result}\n");
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

/// `ics query tx HASH`.
pub(crate) fn show(context: &Context, hash: &str) -> Result<(), Failure> {
    match context.rpc.transaction(hash)? {
        Some(found) => output::answer(context.output, &found.raw.to_string()),
        None => Err(Failure(format!("there is no transaction {hash}"))),
    }
}
