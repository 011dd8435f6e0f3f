//! Which number the next transaction of an account bears.
//!
//! Transactions may follow one another faster than blocks: the wallet counts by itself, and learns from the chain only
//! when the two disagree.

use ics_abci::AccAddr;
use ics_proto::cosmos::auth::v1beta1::{BaseAccount, QueryAccountResponse};
use prost::{Message, Name};

/// An account as a signer must know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// The number that the chain gave the account.
    pub number: u64,
    /// The sequence of the next transaction, counted from 0.
    pub sequence: u64,
}

/// The chain's and the wallet's idea of the next sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What the chain wants next.
    pub expected: u64,
    /// What the refused transaction bore.
    pub got: u64,
}

/// Why an answer holds no account that can sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The bytes are no answer to an account query.
    #[error("the answer to the account query does not decode")]
    Undecodable,
    /// The answer is empty.
    #[error("the answer to the account query holds no account")]
    Missing,
    /// Module and vesting accounts do not sign here.
    #[error("an account of type {0} cannot sign")]
    Kind(String),
    /// The account has another owner than the one asked for.
    #[error("the answer is about account {0}, not about the one asked for")]
    Other(String),
}

impl Account {
    /// Reads the value of a `/cosmos.auth.v1beta1.Query/Account` answer about this address.
    ///
    /// # Errors
    /// [`AccountError`].
    pub fn from_answer(answer: &[u8], prefix: &str, address: &AccAddr) -> Result<Self, AccountError> {
        let answer = QueryAccountResponse::decode(answer).map_err(|_| AccountError::Undecodable)?;
        let any = answer.account.ok_or(AccountError::Missing)?;
        if any.type_url != BaseAccount::type_url() {
            return Err(AccountError::Kind(any.type_url));
        }
        let account = BaseAccount::decode(any.value.as_slice()).map_err(|_| AccountError::Undecodable)?;
        if account.address != address.to_text(prefix) {
            return Err(AccountError::Other(account.address));
        }
        Ok(Self { number: account.account_number, sequence: account.sequence })
    }

    /// Counts a transaction that CheckTx took.
    pub const fn advance(&mut self) {
        // No account signs 2^64 transactions; staying there is refused by the chain like any wrong sequence.
        self.sequence = self.sequence.saturating_add(1);
    }

    /// Takes the chain's sequence from the log of a refusal, if the refusal is about that. Sign again where it says
    /// that something changed.
    pub fn correct(&mut self, log: &str) -> Option<Mismatch> {
        let mismatch = Mismatch::find(log)?;
        self.sequence = mismatch.expected;
        Some(mismatch)
    }
}

impl Mismatch {
    /// Finds `account sequence mismatch, expected E, got G` in the log of a refusal.
    #[must_use]
    pub fn find(log: &str) -> Option<Self> {
        let (_, rest) = log.split_once("account sequence mismatch, expected ")?;
        let (expected, rest) = rest.split_once(", got ")?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let got = rest.get(..digits)?;
        // `u64::from_str` alone would take "+1".
        if !expected.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(Self { expected: expected.parse().ok()?, got: got.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_sets_the_sequence_that_the_chain_expects() {
        let mut account = Account { number: 3, sequence: 8 };
        account.advance();
        assert_eq!(account, Account { number: 3, sequence: 9 });
        let log = "account sequence mismatch, expected 4, got 9: incorrect account sequence";
        assert_eq!(account.correct(log), Some(Mismatch { expected: 4, got: 9 }));
        assert_eq!(account, Account { number: 3, sequence: 4 });
        assert_eq!(account.correct("out of gas in location: WriteFlat"), None);
        assert_eq!(account, Account { number: 3, sequence: 4 });
    }

    #[test]
    fn other_logs_hold_no_mismatch() {
        let begin = "account sequence mismatch, expected ";
        for (tail, found) in [
            ("6, got 2: incorrect account sequence [sigverify.go:294]", Some((6, 2))),
            ("18446744073709551615, got 0", Some((u64::MAX, 0))),
            ("18446744073709551616, got 0", None),
            ("6, got ", None),
            ("6", None),
            ("+6, got 2", None),
            (", got 2", None),
            ("-6, got 2", None),
        ] {
            let found = found.map(|(expected, got)| Mismatch { expected, got });
            assert_eq!(Mismatch::find(&format!("failed to execute message: {begin}{tail}")), found, "{tail}");
        }
        assert_eq!(Mismatch::find(""), None);
    }
}
