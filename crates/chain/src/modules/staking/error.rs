//! Codes of codespace `staking`.

use crate::Error;
use ics_abci::DecError;

macro_rules! staking_errors {
    ($($name:ident = $code:literal $text:literal),* $(,)?) => {
        $(pub(super) fn $name() -> Error {
            Error::refused("staking", $code, $text)
        })*
    };
}
staking_errors! {
    no_validator = 3 "validator does not exist",
    owner_exists = 4 "validator already exist for this operator address; must use new validator operator address",
    key_exists = 5 "validator already exist for this pubkey; must use new validator pubkey",
    jailed = 7 "validator for this address is currently jailed",
    commission_negative = 9 "commission must be positive",
    commission_huge = 10 "commission cannot be more than 100%",
    commission_over_max = 11 "commission cannot be more than the max rate",
    commission_again = 12 "commission cannot be changed more than once in 24h",
    change_negative = 13 "commission change rate must be positive",
    change_over_max = 14 "commission change rate cannot be more than the max rate",
    commission_jump = 15 "commission cannot be changed more than max change rate",
    self_delegation_low = 16 "validator's self delegation must be greater than their minimum self delegation",
    self_delegation_decreased = 17 "minimum self delegation cannot be decrease",
    no_delegation = 19 "no delegation for (address, validator) tuple",
    insufficient_shares = 22 "insufficient delegation shares",
    not_enough_shares = 24 "not enough delegation shares",
    too_many_unbondings = 27 "too many unbonding delegation entries for (delegator, validator) tuple",
    same_validator = 29 "cannot redelegate to the same validator",
    tiny_redelegation = 30 "too few tokens to redelegate (truncates to zero tokens)",
    no_target = 31 "redelegation destination validator not found",
    transitive = 32 "redelegation to this validator already in progress; first redelegation to this validator must complete before next redelegation",
    too_many_redelegations = 33 "too many redelegation entries for (delegator, src-validator, dst-validator) tuple",
    bad_exchange_rate = 34 "cannot delegate to validators with invalid (zero) ex-rate",
    no_key = 39 "empty validator public key",
}

pub(super) fn key_type(got: &str, expected: &str) -> Error {
    let text = format!("got: {got}, expected: {expected}: validator pubkey type is not supported");
    Error::refused("staking", 6, text)
}

pub(super) fn commission_low(least: ics_abci::Dec) -> Error {
    let text = format!(
        "cannot set validator commission to less than minimum rate of {least}: commission cannot be less than min rate"
    );
    Error::refused("staking", 40, text)
}

/// Shares and tokens beyond what 256 bits hold: no chain has as many.
pub(super) fn arithmetic(error: DecError) -> Error {
    Error::invalid_request(error)
}
