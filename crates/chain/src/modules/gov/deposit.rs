//! Deposits: what makes proposals rare. They come back unless the rules say that they burn.
//!
//! All of them lie in the module's account; their sum is kept, so that no proposal can spend those of others.
//! Source: SDK x/gov `keeper/deposit.go`.

use super::error;
use super::params::{Params, Terms};
use super::proposal::Status;
use super::state::{self, DEPOSITS, HELD, PROPOSALS, STORE};
use crate::modules::auth;
use crate::modules::bank::{self, Coin, Coins};
use crate::{Ctx, Error};
use ics_abci::{AccAddr, Dec, Event};

/// What a deposit led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// The proposal still waits, or is voted on already.
    NothingBegins,
    /// The proposal is voted on from now.
    VotingBegins,
}

/// A share of every coin, rounded down or half to even.
fn share_of(
    coins: &Coins,
    share: Dec,
    round: fn(Dec) -> Result<i128, ics_abci::DecError>,
) -> Result<Coins, Error> {
    let part = |coin: &Coin| {
        let amount = Dec::from_uint(coin.amount).and_then(|amount| amount.times(share)).and_then(round);
        let amount = u128::try_from(amount.map_err(error::arithmetic)?).unwrap_or(0);
        Ok(Coin { denom: coin.denom.clone(), amount })
    };
    coins.0.iter().map(part).collect::<Result<_, Error>>().map(Coins)
}

/// Whether a proposer brings enough at once, and nothing else than what proposals need.
pub(super) fn check_initial(params: &Params, terms: Terms<'_>, deposit: &Coins) -> Result<(), Error> {
    if !deposit.is_valid() {
        return Err(Error::invalid_coins(deposit));
    }
    if !params.min_initial_deposit_ratio.is_zero() {
        let least = share_of(terms.min_deposit, params.min_initial_deposit_ratio, Dec::round)?;
        if !deposit.covers(&least) {
            return Err(error::deposit_too_small(format!("was ({deposit}), need ({least})")));
        }
    }
    check_denoms(params, deposit)
}

fn check_denoms(params: &Params, deposit: &Coins) -> Result<(), Error> {
    let accepted: Vec<&str> = params.min_deposit.0.iter().map(|coin| coin.denom.as_str()).collect();
    if deposit.0.iter().all(|coin| accepted.contains(&coin.denom.as_str())) {
        return Ok(());
    }
    let accepted = accepted.join(" ");
    let text = format!("deposited {deposit}, but gov accepts only the following denom(s): [{accepted}]");
    Err(error::deposit_denom(text))
}

/// Whether a single deposit is worth being kept.
fn check_size(params: &Params, terms: Terms<'_>, deposit: &Coins) -> Result<(), Error> {
    if params.min_deposit_ratio.is_zero() {
        return Ok(());
    }
    let least = share_of(terms.min_deposit, params.min_deposit_ratio, Dec::truncate)?;
    let has = |coin: &Coin| deposit.0.iter().any(|own| own.denom == coin.denom && own.amount >= coin.amount);
    if least.0.iter().any(has) {
        return Ok(());
    }
    let text = format!("received {deposit} but need at least one of the following: {least}");
    Err(error::deposit_too_small(text))
}

/// Adds to the deposits on a proposal. Emits `proposal_deposit`.
///
/// # Errors
/// A proposal that is not there or decided, a deposit of other coins or too small, coins that the depositor does not own.
pub fn add(ctx: &mut Ctx<'_>, id: u64, depositor: &AccAddr, amount: &Coins) -> Result<Added, Error> {
    let mut proposal = PROPOSALS.get(ctx, &id)?.ok_or_else(|| error::no_proposal(id))?;
    if !matches!(proposal.status, Status::DepositPeriod | Status::VotingPeriod) {
        return Err(error::inactive_proposal(id));
    }
    let params = state::params(ctx)?;
    check_denoms(&params, amount)?;
    let terms = proposal.terms(&params);
    check_size(&params, terms, amount)?;
    let key = (id, depositor.0.clone());
    let sum = DEPOSITS.get(ctx, &key)?.unwrap_or_default().plus(amount)?;
    let held = HELD.get(ctx)?.unwrap_or_default().plus(amount)?;
    proposal.total_deposit = proposal.total_deposit.plus(amount)?;
    let begins = proposal.status == Status::DepositPeriod && proposal.total_deposit.covers(terms.min_deposit);
    ctx.atomically(|ctx| {
        bank::send_to_module(ctx, depositor, STORE, amount)?;
        if begins {
            proposal.activate(ctx, &params)?;
        }
        PROPOSALS.set(ctx, &id, &proposal);
        DEPOSITS.set(ctx, &key, &sum);
        HELD.set(ctx, &held);
        ctx.emit(
            Event::new("proposal_deposit")
                .with("depositor", depositor.to_text(ctx.chain.prefix))
                .with("amount", amount)
                .with("proposal_id", id),
        );
        Ok(if begins { Added::VotingBegins } else { Added::NothingBegins })
    })
}

/// Whether all deposits are where they should be: a proposal that spends those of others fails.
pub(super) fn check_held(ctx: &Ctx<'_>) -> Result<(), Error> {
    for coin in HELD.get(ctx)?.unwrap_or_default().0 {
        let balance = bank::balance(ctx, &auth::authority(), &coin.denom)?;
        if balance < coin.amount {
            let text = format!("deposits of {coin} must stay, {balance}{} would be left", coin.denom);
            return Err(Error::insufficient_funds(text));
        }
    }
    Ok(())
}

/// Takes all deposits on a proposal off the books; the coins are still in the account.
fn take_all(ctx: &mut Ctx<'_>, id: u64) -> Result<Vec<(AccAddr, Coins)>, Error> {
    let mut taken = Vec::new();
    for entry in DEPOSITS.under(ctx, &id) {
        let ((_, depositor), coins) = entry?;
        taken.push((AccAddr(depositor), coins));
    }
    let mut held = HELD.get(ctx)?.unwrap_or_default();
    for (depositor, coins) in &taken {
        DEPOSITS.remove(ctx, &(id, depositor.0.clone()));
        held = held.minus(coins)?;
    }
    if !taken.is_empty() {
        HELD.set(ctx, &held);
    }
    Ok(taken)
}

/// Whoever deposited may receive, even where strangers may not send to him: otherwise one refund could stop the chain.
fn give_back(ctx: &mut Ctx<'_>, depositor: &AccAddr, coins: &Coins) -> Result<(), Error> {
    bank::send(ctx, &auth::authority(), depositor, coins)
}

/// Gives all deposits on a proposal back.
pub(super) fn refund(ctx: &mut Ctx<'_>, id: u64) -> Result<(), Error> {
    for (depositor, coins) in take_all(ctx, id)? {
        give_back(ctx, &depositor, &coins)?;
    }
    Ok(())
}

/// Burns all deposits on a proposal.
pub(super) fn burn(ctx: &mut Ctx<'_>, id: u64) -> Result<(), Error> {
    let mut sum = Coins::default();
    for (_, coins) in take_all(ctx, id)? {
        sum = sum.plus(&coins)?;
    }
    bank::burn(ctx, STORE, &sum)
}

/// Gives the deposits on a cancelled proposal back, less the price of that, which burns or goes where the rules say.
pub(super) fn charge(ctx: &mut Ctx<'_>, id: u64, params: &Params) -> Result<(), Error> {
    let mut price = Coins::default();
    for (depositor, coins) in take_all(ctx, id)? {
        let mut part = share_of(&coins, params.proposal_cancel_ratio, Dec::truncate)?;
        part.0.retain(|coin| coin.amount > 0);
        let rest = coins.minus(&part)?;
        if !rest.is_zero() {
            give_back(ctx, &depositor, &rest)?;
        }
        price = price.plus(&part)?;
    }
    if price.is_zero() {
        return Ok(());
    }
    match params.proposal_cancel_dest.as_str() {
        "" => bank::burn(ctx, STORE, &price),
        dest => {
            let dest = AccAddr::parse(ctx.chain.prefix, dest).map_err(Error::invalid_address)?;
            bank::send_from_module(ctx, STORE, &dest, &price)
        }
    }
}
