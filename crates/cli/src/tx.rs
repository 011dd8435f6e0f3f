//! `ics tx …`: builds, prices, signs, sends, and waits.

mod difference;
mod files;
mod gov;
mod outcome;
mod provider;
mod send;
mod staking;

pub(crate) use outcome::{search, show, wait_for};

use crate::Failure;
use crate::args::{Bank, Signing, SigningOf, Transfer, Tx};
use ics_client::{Coin, msgs};
use send::send;

/// Ten minutes, nanoseconds: how long a transfer may take where nobody says.
const TRANSFER_TIMEOUT_NS: u64 = 600_000_000_000;

pub(crate) fn run(tx: Tx) -> Result<(), Failure> {
    match tx {
        Tx::Staking(verb) => staking::run(verb),
        Tx::Bank(Bank::Send { from, to, amount, signing }) => {
            let signing = signing.of(&from);
            send(&signing, |it| Ok(msgs::send(&it.address, &it.context.account(&to)?, &coins(&amount)?)))
        }
        Tx::Bank(Bank::MultiSend { from, to, amount, split, signing }) => {
            let (share, all) = shares(coins(&amount)?, to.len(), split)?;
            send(&signing.of(&from), |it| {
                let to = to.iter().map(|to| Ok((it.context.account(to)?, share.clone())));
                Ok(msgs::multi_send(&it.address, &all, &to.collect::<Result<Vec<_>, Failure>>()?))
            })
        }
        Tx::Apart(verb) => files::run(verb),
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

fn coin(text: &str) -> Result<Coin, Failure> {
    text.parse().map_err(|error: ics_client::CoinError| Failure(error.to_string()))
}

fn coins(text: &str) -> Result<Vec<Coin>, Failure> {
    ics_client::parse_coins(text).map_err(|error| Failure(error.to_string()))
}

/// What each of `count` gets, and what that is together.
fn shares(amount: Vec<Coin>, count: usize, split: bool) -> Result<(Vec<Coin>, Vec<Coin>), Failure> {
    let count = u128::try_from(count).unwrap_or(u128::MAX);
    let (mut share, mut all) = (amount.clone(), amount);
    for (share, all) in share.iter_mut().zip(&mut all) {
        if split {
            share.amount = share.amount.checked_div(count).unwrap_or_default();
            if share.amount == 0 {
                return Err(Failure(format!("{all} cannot be split in {count}: each would get nothing")));
            }
        }
        let too_much = || Failure(format!("{count} times {share} is more than there can be"));
        all.amount = share.amount.checked_mul(count).ok_or_else(too_much)?;
    }
    Ok((share, all))
}
