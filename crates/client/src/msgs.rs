//! The messages that a user or a relayer sends, ready for a transaction's body.
//!
//! Addresses are text here, with the prefix of the chain that the message is for: the chain checks them, not the wallet.

use crate::coins::Coin;
use crate::consensus::key_json;
use ics_abci::{ConsKey, Dec};
use ics_proto::cosmos::bank::v1beta1::{Input, MsgMultiSend, MsgSend, Output};
use ics_proto::cosmos::crypto::{ed25519, secp256k1};
pub use ics_proto::cosmos::gov::v1::VoteOption;
use ics_proto::cosmos::gov::v1::{
    MsgCancelProposal, MsgDeposit, MsgSubmitProposal, MsgVote, MsgVoteWeighted, WeightedVoteOption,
};
use ics_proto::cosmos::staking::v1beta1::{
    CommissionRates, Description, MsgBeginRedelegate, MsgCancelUnbondingDelegation, MsgCreateValidator,
    MsgDelegate, MsgEditValidator, MsgUndelegate,
};
use ics_proto::google::protobuf::Any;
use ics_proto::ibc::applications::transfer::v1::MsgTransfer;
use ics_proto::ibc::core::client::v1::Height;
use ics_proto::interchain_security::ccv::provider::v1::{
    MsgAssignConsumerKey, MsgCreateConsumer, MsgOptIn, MsgOptOut, MsgRemoveConsumer,
    MsgSetConsumerCommissionRate, MsgUpdateConsumer,
};
use prost::{Message, Name};

/// Any message with its name: how every other message of the ecosystem gets into a transaction.
#[must_use]
pub fn any<M: Message + Name>(message: &M) -> Any {
    Any { type_url: M::type_url(), value: message.encode_to_vec() }
}

/// Sends coins, sorted by denomination, from the signer `from` to `to`.
#[must_use]
pub fn send(from: &str, to: &str, amount: &[Coin]) -> Any {
    any(&MsgSend {
        from_address: from.to_owned(),
        to_address: to.to_owned(),
        amount: amount.iter().map(Coin::to_proto).collect(),
    })
}

/// Sends coins, sorted by denomination, from the signer `from` to many: each gets a share of `all`.
#[must_use]
pub fn multi_send(from: &str, all: &[Coin], shares: &[(String, Vec<Coin>)]) -> Any {
    let coins = |coins: &[Coin]| coins.iter().map(Coin::to_proto).collect();
    let outputs = shares.iter().map(|(to, share)| Output { address: to.clone(), coins: coins(share) });
    any(&MsgMultiSend {
        inputs: vec![Input { address: from.to_owned(), coins: coins(all) }],
        outputs: outputs.collect(),
    })
}

/// Bonds a coin of the signer `delegator` to a validator (operator address).
#[must_use]
pub fn delegate(delegator: &str, validator: &str, amount: &Coin) -> Any {
    any(&MsgDelegate {
        delegator_address: delegator.to_owned(),
        validator_address: validator.to_owned(),
        amount: Some(amount.to_proto()),
    })
}

/// Starts to unbond a coin that the signer `delegator` bonded to a validator (operator address).
#[must_use]
pub fn undelegate(delegator: &str, validator: &str, amount: &Coin) -> Any {
    any(&MsgUndelegate {
        delegator_address: delegator.to_owned(),
        validator_address: validator.to_owned(),
        amount: Some(amount.to_proto()),
    })
}

/// Moves a coin that the signer `delegator` bonded from one validator (operator address) to another.
#[must_use]
pub fn redelegate(delegator: &str, from: &str, to: &str, amount: &Coin) -> Any {
    any(&MsgBeginRedelegate {
        delegator_address: delegator.to_owned(),
        validator_src_address: from.to_owned(),
        validator_dst_address: to.to_owned(),
        amount: Some(amount.to_proto()),
    })
}

/// Bonds a coin again that the signer `delegator` began to unbond from a validator (operator address) at a height.
#[must_use]
pub fn cancel_unbonding(delegator: &str, validator: &str, amount: &Coin, creation_height: i64) -> Any {
    any(&MsgCancelUnbondingDelegation {
        delegator_address: delegator.to_owned(),
        validator_address: validator.to_owned(),
        amount: Some(amount.to_proto()),
        creation_height,
    })
}

/// What is to be different about a validator; nothing stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValidatorChange {
    /// The name that people see.
    pub moniker: Option<String>,
    /// A text that identifies it elsewhere.
    pub identity: Option<String>,
    /// Its page.
    pub website: Option<String>,
    /// Whom to tell of a fault.
    pub security_contact: Option<String>,
    /// More about it.
    pub details: Option<String>,
    /// Share of the rewards that the operator keeps, 0 to 1.
    pub commission: Option<Dec>,
    /// The least that the operator must keep bonded, in the bonded denomination.
    pub self_delegation_min: Option<u128>,
}

/// Changes a validator (operator address); the signer is the account of the same bytes.
#[must_use]
pub fn edit_validator(operator: &str, change: &ValidatorChange) -> Any {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "[do-not-modify]".to_owned());
    any(&MsgEditValidator {
        description: Some(Description {
            moniker: text(&change.moniker),
            identity: text(&change.identity),
            website: text(&change.website),
            security_contact: text(&change.security_contact),
            details: text(&change.details),
        }),
        validator_address: operator.to_owned(),
        commission_rate: change.commission.map(Dec::to_atomics_text).unwrap_or_default(),
        min_self_delegation: change.self_delegation_min.map(|least| least.to_string()).unwrap_or_default(),
    })
}

/// A validator to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewValidator {
    /// Operator address; the signer is the account of the same bytes.
    pub operator: String,
    /// The key that will sign blocks.
    pub key: ConsKey,
    /// The name that people see.
    pub moniker: String,
    /// More about it.
    pub details: String,
    /// What the operator bonds at once.
    pub self_delegation: Coin,
    /// The least that the operator must keep bonded, in the bonded denomination.
    pub self_delegation_min: u128,
    /// Share of the rewards that the operator keeps, 0 to 1.
    pub commission: Dec,
    /// The commission's bound for ever.
    pub commission_max: Dec,
    /// The most that the commission may change in a day.
    pub commission_change_max: Dec,
}

/// Creates a validator.
#[must_use]
pub fn create_validator(new: &NewValidator) -> Any {
    any(&MsgCreateValidator {
        description: Some(Description {
            moniker: new.moniker.clone(),
            details: new.details.clone(),
            ..Description::default()
        }),
        commission: Some(CommissionRates {
            rate: new.commission.to_atomics_text(),
            max_rate: new.commission_max.to_atomics_text(),
            max_change_rate: new.commission_change_max.to_atomics_text(),
        }),
        min_self_delegation: new.self_delegation_min.to_string(),
        validator_address: new.operator.clone(),
        pubkey: Some(consensus_key(&new.key)),
        value: Some(new.self_delegation.to_proto()),
        // The field of the delegator is deprecated and stays empty.
        ..MsgCreateValidator::default()
    })
}

/// A consensus key as messages carry it: `/cosmos.crypto.ed25519.PubKey` or its secp256k1 sister.
#[must_use]
pub fn consensus_key(key: &ConsKey) -> Any {
    let bytes = key.bytes().to_vec();
    match key {
        ConsKey::Ed25519(_) => any(&ed25519::PubKey { key: bytes }),
        ConsKey::Secp256k1(_) => any(&secp256k1::PubKey { key: bytes }),
    }
}

/// A coin on its way to another chain (ICS-20).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTransfer {
    /// The channel on the chain that the message is for; its port is `transfer`.
    pub channel: String,
    /// What is sent.
    pub token: Coin,
    /// The signer.
    pub sender: String,
    /// Who gets it, as the other chain writes addresses.
    pub receiver: String,
    /// The other chain's height (revision, height) at which it comes back.
    pub timeout_height: Option<(u64, u64)>,
    /// The other chain's time at which it comes back, nanoseconds since 1970; 0: none.
    pub timeout_unix_ns: u64,
    /// A note for the other chain.
    pub memo: String,
}

/// Sends a coin to another chain.
///
/// The chain refuses a transfer with neither timeout.
#[must_use]
pub fn transfer(new: &NewTransfer) -> Any {
    let (revision_number, revision_height) = new.timeout_height.unwrap_or_default();
    any(&MsgTransfer {
        source_port: "transfer".to_owned(),
        source_channel: new.channel.clone(),
        token: Some(new.token.to_proto()),
        sender: new.sender.clone(),
        receiver: new.receiver.clone(),
        timeout_height: Some(Height { revision_number, revision_height }),
        timeout_timestamp: new.timeout_unix_ns,
        memo: new.memo.clone(),
    })
}

/// Registers a consumer chain; the signer is the message's submitter.
#[must_use]
pub fn create_consumer(message: &MsgCreateConsumer) -> Any {
    any(message)
}

/// Changes a consumer chain; the signer is the message's owner. What is not set stays as it is.
#[must_use]
pub fn update_consumer(message: &MsgUpdateConsumer) -> Any {
    any(message)
}

/// Stops a consumer chain that the signer `owner` owns.
#[must_use]
pub fn remove_consumer(owner: &str, consumer_id: &str) -> Any {
    any(&MsgRemoveConsumer { consumer_id: consumer_id.to_owned(), owner: owner.to_owned() })
}

/// Lets a validator (operator address) validate a consumer chain, there with its own key or with another.
#[must_use]
pub fn opt_in(signer: &str, validator: &str, consumer_id: &str, key: Option<&ConsKey>) -> Any {
    any(&MsgOptIn {
        provider_addr: validator.to_owned(),
        consumer_key: key.map(key_json).unwrap_or_default(),
        signer: signer.to_owned(),
        consumer_id: consumer_id.to_owned(),
        ..MsgOptIn::default()
    })
}

/// Ends a validator's (operator address) work for a consumer chain.
#[must_use]
pub fn opt_out(signer: &str, validator: &str, consumer_id: &str) -> Any {
    any(&MsgOptOut {
        provider_addr: validator.to_owned(),
        signer: signer.to_owned(),
        consumer_id: consumer_id.to_owned(),
        ..MsgOptOut::default()
    })
}

/// Gives a validator (operator address) another key on a consumer chain. The key is the JSON text of
/// [`key_json`], passed on as the user wrote it.
#[must_use]
pub fn assign_consumer_key(signer: &str, validator: &str, consumer_id: &str, key_json: &str) -> Any {
    any(&MsgAssignConsumerKey {
        provider_addr: validator.to_owned(),
        consumer_key: key_json.to_owned(),
        signer: signer.to_owned(),
        consumer_id: consumer_id.to_owned(),
        ..MsgAssignConsumerKey::default()
    })
}

/// Says which share of a consumer's rewards, 0 to 1, a validator (operator address) keeps.
#[must_use]
pub fn set_consumer_commission_rate(signer: &str, validator: &str, consumer_id: &str, rate: &Dec) -> Any {
    any(&MsgSetConsumerCommissionRate {
        provider_addr: validator.to_owned(),
        rate: rate.to_atomics_text(),
        signer: signer.to_owned(),
        consumer_id: consumer_id.to_owned(),
        ..MsgSetConsumerCommissionRate::default()
    })
}

/// A proposal to be (`cosmos.gov.v1`).
#[derive(Clone, Debug, PartialEq)]
pub struct NewProposal {
    /// What it would execute, signed by the chain's authority alone: [`authority`].
    pub messages: Vec<Any>,
    /// What the proposer deposits at once, sorted by denomination.
    pub initial_deposit: Vec<Coin>,
    /// The signer.
    pub proposer: String,
    /// A note of at most 255 bytes, often a link.
    pub metadata: String,
    /// At most 255 bytes, not empty.
    pub title: String,
    /// Not empty.
    pub summary: String,
    /// Whether it is voted on for a shorter time and needs more votes.
    pub expedited: bool,
}

/// The account in whose name proposals act, on a chain with this prefix.
#[must_use]
pub fn authority(prefix: &str) -> String {
    ics_abci::module_address("gov").to_text(prefix)
}

/// Submits a proposal.
#[must_use]
pub fn submit_proposal(new: &NewProposal) -> Any {
    any(&MsgSubmitProposal {
        messages: new.messages.clone(),
        initial_deposit: new.initial_deposit.iter().map(Coin::to_proto).collect(),
        proposer: new.proposer.clone(),
        metadata: new.metadata.clone(),
        title: new.title.clone(),
        summary: new.summary.clone(),
        expedited: new.expedited,
    })
}

/// Deposits coins, sorted by denomination, of the signer on a proposal.
#[must_use]
pub fn deposit(depositor: &str, proposal_id: u64, amount: &[Coin]) -> Any {
    let amount = amount.iter().map(Coin::to_proto).collect();
    any(&MsgDeposit { proposal_id, depositor: depositor.to_owned(), amount })
}

/// The option that people type as `yes`, `abstain`, `no` or `no_with_veto`.
#[must_use]
pub fn vote_option(word: &str) -> Option<VoteOption> {
    match word {
        "yes" => Some(VoteOption::Yes),
        "abstain" => Some(VoteOption::Abstain),
        "no" => Some(VoteOption::No),
        "no_with_veto" => Some(VoteOption::NoWithVeto),
        _ => None,
    }
}

/// Votes on a proposal with all of the signer's stake.
#[must_use]
pub fn vote(voter: &str, proposal_id: u64, option: VoteOption, metadata: &str) -> Any {
    let (voter, metadata) = (voter.to_owned(), metadata.to_owned());
    any(&MsgVote { proposal_id, voter, option: option.into(), metadata })
}

/// Votes on a proposal with shares of the signer's stake that sum to one.
#[must_use]
pub fn vote_weighted(voter: &str, proposal_id: u64, options: &[(VoteOption, Dec)], metadata: &str) -> Any {
    let option = |(option, weight): &(VoteOption, Dec)| WeightedVoteOption {
        option: (*option).into(),
        weight: weight.to_string(),
    };
    let (voter, metadata) = (voter.to_owned(), metadata.to_owned());
    any(&MsgVoteWeighted { proposal_id, voter, options: options.iter().map(option).collect(), metadata })
}

/// Takes back a proposal of the signer `proposer`; part of the deposits is lost.
#[must_use]
pub fn cancel_proposal(proposer: &str, proposal_id: u64) -> Any {
    any(&MsgCancelProposal { proposal_id, proposer: proposer.to_owned() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// No transfer was recorded: the fields are compared with the protobuf encoding written out by hand.
    #[test]
    fn transfer_encodes_every_field_and_an_empty_height() {
        let mut new = NewTransfer {
            channel: "channel-1".to_owned(),
            token: Coin { denom: "stake".to_owned(), amount: 7 },
            sender: "s".to_owned(),
            receiver: "r".to_owned(),
            timeout_height: None,
            timeout_unix_ns: 300,
            memo: "m".to_owned(),
        };
        let head = b"\x0a\x08transfer\x12\x09channel-1\x1a\x0a\x0a\x05stake\x12\x017\x22\x01s\x2a\x01r";
        let with = |tail: &[u8]| [head.as_slice(), tail].concat();
        let message = transfer(&new);
        assert_eq!(message.type_url, "/ibc.applications.transfer.v1.MsgTransfer");
        assert_eq!(message.value, with(b"\x32\x00\x38\xac\x02\x42\x01m"));
        new.timeout_height = Some((1, 9));
        new.timeout_unix_ns = 0;
        assert_eq!(transfer(&new).value, with(b"\x32\x04\x08\x01\x10\x09\x42\x01m"));
    }

    #[test]
    fn a_commission_rate_is_sent_in_units_of_its_last_place() {
        let message = set_consumer_commission_rate("s", "v", "7", &"0.1".parse().unwrap());
        assert_eq!(message.type_url, "/interchain_security.ccv.provider.v1.MsgSetConsumerCommissionRate");
        assert_eq!(message.value, b"\x0a\x01v\x1a\x12100000000000000000\x22\x01s\x2a\x017");
    }

    #[test]
    fn consensus_keys_of_both_kinds_bear_their_names() {
        let key = consensus_key(&ConsKey::Secp256k1([2; 33]));
        assert_eq!(key.type_url, "/cosmos.crypto.secp256k1.PubKey");
        assert_eq!(key.value, [&[0x0a, 33][..], &[2; 33]].concat());
        assert_eq!(consensus_key(&ConsKey::Ed25519([3; 32])).type_url, "/cosmos.crypto.ed25519.PubKey");
    }
}
