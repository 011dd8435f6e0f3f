//! Accounts, coins, stake.
