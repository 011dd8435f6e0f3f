//! Coins: who owns how much, and how they move.
//!
//! Journey: a fee, a `MsgSend`, a delegation or a transfer → [`send`], [`delegate`], … → the balances and their events.
//! Source: SDK x/bank. Amounts are at most 2^128 - 1; more is refused.

mod coins;
mod genesis;
mod msg;
mod params;
mod query;

pub use coins::{Coin, Coins, NoCoin, is_denom};
pub use genesis::{BankGenesis, BankParams, GenesisBalance, SendEnabled, export, init};
pub use msg::MSGS;
pub use params::{check_send_enabled, default_send_enabled, send_exception, send_exceptions};
pub use query::QUERIES;

use crate::modules::auth;
use crate::{Ctx, Error};
use ics_abci::{AccAddr, Event, module_address};
use ics_kv::{Corrupt, Map, Read, Write};

/// How much there is of a denomination.
const SUPPLY: Map<String, u128> = Map::at("bank", 0);
/// By owner and denomination; nobody owns zero.
const BALANCES: Map<(Vec<u8>, String), u128> = Map::at("bank", 2);

/// How much of a denomination an account owns.
///
/// # Errors
/// [`Corrupt`] state.
pub fn balance(state: &(impl Read + ?Sized), owner: &AccAddr, denom: &str) -> Result<u128, Corrupt> {
    Ok(BALANCES.get(state, &(owner.0.clone(), denom.to_owned()))?.unwrap_or(0))
}

/// Everything that an account owns.
///
/// # Errors
/// [`Corrupt`] state.
pub fn balances(state: &(impl Read + ?Sized), owner: &AccAddr) -> Result<Coins, Corrupt> {
    let mut coins = Vec::new();
    for entry in BALANCES.under(state, &owner.0) {
        let ((_, denom), amount) = entry?;
        coins.push(Coin { denom, amount });
    }
    // Keys sort by length first, coins by their letters.
    coins.sort_by(|a, b| a.denom.cmp(&b.denom));
    Ok(Coins(coins))
}

/// How much there is of a denomination.
///
/// # Errors
/// [`Corrupt`] state.
pub fn supply(state: &(impl Read + ?Sized), denom: &str) -> Result<u128, Corrupt> {
    Ok(SUPPLY.get(state, &denom.to_owned())?.unwrap_or(0))
}

/// Moves coins from one account to another, opening the other where it is new. Emits `coin_spent`, `coin_received`,
/// `transfer` and `message`.
///
/// # Errors
/// `sdk/5` where the sender does not own as much, `sdk/10` for coins that are not valid. Nothing is written then.
pub fn send(ctx: &mut Ctx<'_>, from: &AccAddr, to: &AccAddr, coins: &Coins) -> Result<(), Error> {
    let prefix = ctx.chain.prefix;
    let (from_text, to_text) = (from.to_text(prefix), to.to_text(prefix));
    let amount = coins.to_string();
    shift(ctx, (from, &from_text), (to, &to_text), coins, &amount)?;
    auth::ensure_account(ctx, to)?;
    ctx.emit(
        Event::new("transfer").with("recipient", &to_text).with("sender", &from_text).with("amount", amount),
    );
    ctx.emit(Event::new("message").with("sender", from_text));
    Ok(())
}

/// [`send`] to the account of a module.
///
/// # Errors
/// As [`send`].
pub fn send_to_module(ctx: &mut Ctx<'_>, from: &AccAddr, module: &str, coins: &Coins) -> Result<(), Error> {
    send(ctx, from, &module_address(module), coins)
}

/// [`send`] from the account of a module to an account that may receive.
///
/// # Errors
/// `sdk/4` where the receiver is a module that takes no coins; else as [`send`].
pub fn send_from_module(ctx: &mut Ctx<'_>, module: &str, to: &AccAddr, coins: &Coins) -> Result<(), Error> {
    check_open(ctx, to)?;
    send(ctx, &module_address(module), to, coins)
}

/// Moves `all` out of an account to others, of whom each gets its share; the shares add up to `all`. Emits `coin_spent` and
/// `message`, then `coin_received` and `transfer` for each. Source: SDK x/bank `keeper/send.go` (`InputOutputCoins`).
///
/// # Errors
/// As [`send`].
pub fn send_to_many(
    ctx: &mut Ctx<'_>,
    from: &AccAddr,
    all: &Coins,
    shares: &[(AccAddr, Coins)],
) -> Result<(), Error> {
    check_valid(all)?;
    let lowered = lowered(ctx, from, all)?;
    let prefix = ctx.chain.prefix;
    ctx.atomically(|ctx| {
        store(ctx, from, &lowered);
        let from = from.to_text(prefix);
        ctx.emit(Event::new("coin_spent").with("spender", &from).with("amount", all.to_string()));
        ctx.emit(Event::new("message").with("sender", from));
        for (to, coins) in shares {
            // One after the other: somebody may be named twice, the sender among them.
            let raised = raised(ctx, to, coins)?;
            store(ctx, to, &raised);
            auth::ensure_account(ctx, to)?;
            let (to, amount) = (to.to_text(prefix), coins.to_string());
            ctx.emit(Event::new("coin_received").with("receiver", &to).with("amount", &amount));
            ctx.emit(Event::new("transfer").with("recipient", to).with("amount", amount));
        }
        Ok(())
    })
}

/// [`send`] between the accounts of two modules.
///
/// # Errors
/// As [`send`].
pub fn send_between_modules(ctx: &mut Ctx<'_>, from: &str, to: &str, coins: &Coins) -> Result<(), Error> {
    send(ctx, &module_address(from), &module_address(to), coins)
}

/// Moves coins into a pool of stake. Emits `coin_spent` and `coin_received` only, as the SDK.
///
/// # Errors
/// As [`send`].
pub fn delegate(ctx: &mut Ctx<'_>, from: &AccAddr, pool: &str, coins: &Coins) -> Result<(), Error> {
    stake(ctx, from, &module_address(pool), coins)
}

/// Moves coins out of a pool of stake. Emits `coin_spent` and `coin_received` only, as the SDK.
///
/// # Errors
/// As [`send`].
pub fn undelegate(ctx: &mut Ctx<'_>, pool: &str, to: &AccAddr, coins: &Coins) -> Result<(), Error> {
    stake(ctx, &module_address(pool), to, coins)
}

fn stake(ctx: &mut Ctx<'_>, from: &AccAddr, to: &AccAddr, coins: &Coins) -> Result<(), Error> {
    let prefix = ctx.chain.prefix;
    let (from_text, to_text) = (from.to_text(prefix), to.to_text(prefix));
    shift(ctx, (from, &from_text), (to, &to_text), coins, &coins.to_string())
}

/// Makes new coins in the account of a module with permission `minter`. Emits `coin_received` and `coinbase`.
///
/// # Errors
/// `sdk/4` without the permission, `sdk/10` where there would be more than fit.
pub fn mint(ctx: &mut Ctx<'_>, module: &str, coins: &Coins) -> Result<(), Error> {
    let addr = permitted(ctx, module, "minter")?;
    check_valid(coins)?;
    let mut writes = Vec::new();
    for coin in &coins.0 {
        let supply = supply(ctx, &coin.denom)?.checked_add(coin.amount);
        writes.push((coin, supply.ok_or_else(|| too_much(coin))?));
    }
    let raised = raised(ctx, &addr, coins)?;
    for (coin, supply) in writes {
        SUPPLY.set(ctx, &coin.denom, &supply);
    }
    store(ctx, &addr, &raised);
    let (minter, amount) = (addr.to_text(ctx.chain.prefix), coins.to_string());
    ctx.emit(Event::new("coin_received").with("receiver", &minter).with("amount", &amount));
    ctx.emit(Event::new("coinbase").with("minter", minter).with("amount", amount));
    Ok(())
}

/// Destroys coins in the account of a module with permission `burner`. Emits `coin_spent` and `burn`.
///
/// # Errors
/// `sdk/4` without the permission, `sdk/5` where the module does not own as much.
pub fn burn(ctx: &mut Ctx<'_>, module: &str, coins: &Coins) -> Result<(), Error> {
    let addr = permitted(ctx, module, "burner")?;
    check_valid(coins)?;
    let mut writes = Vec::new();
    for coin in &coins.0 {
        let supply = supply(ctx, &coin.denom)?.checked_sub(coin.amount);
        let supply =
            supply.ok_or_else(|| Error::insufficient_funds(format!("the supply is less than {coin}")))?;
        writes.push((coin, supply));
    }
    let lowered = lowered(ctx, &addr, coins)?;
    for (coin, supply) in writes {
        if supply == 0 {
            SUPPLY.remove(ctx, &coin.denom);
        } else {
            SUPPLY.set(ctx, &coin.denom, &supply);
        }
    }
    store(ctx, &addr, &lowered);
    let (burner, amount) = (addr.to_text(ctx.chain.prefix), coins.to_string());
    ctx.emit(Event::new("coin_spent").with("spender", &burner).with("amount", &amount));
    ctx.emit(Event::new("burn").with("burner", burner).with("amount", amount));
    Ok(())
}

/// Whether an account takes no coins from strangers: the accounts of modules, unless open.
///
/// # Errors
/// [`Corrupt`] state.
pub fn is_blocked(state: &(impl Read + ?Sized), addr: &AccAddr) -> Result<bool, Corrupt> {
    Ok(auth::account(state, addr)?.and_then(|account| account.module).is_some_and(|module| !module.open))
}

/// Refuses who takes no coins from strangers, see [`is_blocked`].
///
/// # Errors
/// `sdk/4`.
pub fn check_open(ctx: &Ctx<'_>, addr: &AccAddr) -> Result<(), Error> {
    if is_blocked(ctx, addr)? {
        let addr = addr.to_text(ctx.chain.prefix);
        return Err(Error::unauthorized(format!("{addr} is not allowed to receive funds")));
    }
    Ok(())
}

fn permitted(ctx: &Ctx<'_>, module: &str, permission: &str) -> Result<AccAddr, Error> {
    let addr = module_address(module);
    let account = auth::account(ctx, &addr)?.and_then(|account| account.module);
    if account.is_some_and(|module| module.permissions.iter().any(|has| has == permission)) {
        return Ok(addr);
    }
    Err(Error::unauthorized(format!("module account {module} does not have permission {permission}")))
}

fn shift(
    ctx: &mut Ctx<'_>,
    (from, from_text): (&AccAddr, &str),
    (to, to_text): (&AccAddr, &str),
    coins: &Coins,
    amount: &str,
) -> Result<(), Error> {
    check_valid(coins)?;
    let lowered = lowered(ctx, from, coins)?;
    // Who sends to himself owns as much as before: only that he could pay is asked.
    if from != to {
        let raised = raised(ctx, to, coins)?;
        store(ctx, from, &lowered);
        store(ctx, to, &raised);
    }
    ctx.emit(Event::new("coin_spent").with("spender", from_text).with("amount", amount));
    ctx.emit(Event::new("coin_received").with("receiver", to_text).with("amount", amount));
    Ok(())
}

fn check_valid(coins: &Coins) -> Result<(), Error> {
    if coins.is_valid() { Ok(()) } else { Err(Error::invalid_coins(coins)) }
}

/// What an account would own after paying.
fn lowered(ctx: &Ctx<'_>, owner: &AccAddr, coins: &Coins) -> Result<Vec<Coin>, Error> {
    let mut after = Vec::with_capacity(coins.0.len());
    for coin in &coins.0 {
        let owned = balance(ctx, owner, &coin.denom)?;
        let Some(amount) = owned.checked_sub(coin.amount) else {
            let owned = Coin::new(&coin.denom, owned);
            return Err(Error::insufficient_funds(format!(
                "spendable balance {owned} is smaller than {coin}"
            )));
        };
        after.push(Coin { denom: coin.denom.clone(), amount });
    }
    Ok(after)
}

/// What an account would own after being paid.
fn raised(ctx: &Ctx<'_>, owner: &AccAddr, coins: &Coins) -> Result<Vec<Coin>, Error> {
    let mut after = Vec::with_capacity(coins.0.len());
    for coin in &coins.0 {
        let amount = balance(ctx, owner, &coin.denom)?.checked_add(coin.amount);
        after.push(Coin { denom: coin.denom.clone(), amount: amount.ok_or_else(|| too_much(coin))? });
    }
    Ok(after)
}

fn too_much(coin: &Coin) -> Error {
    Error::invalid_coins(format!("more {} than fit into 128 bits", coin.denom))
}

fn store(state: &mut (impl Write + ?Sized), owner: &AccAddr, coins: &[Coin]) {
    for coin in coins {
        let key = (owner.0.clone(), coin.denom.clone());
        if coin.amount == 0 {
            BALANCES.remove(state, &key);
        } else {
            BALANCES.set(state, &key, &coin.amount);
        }
    }
}
