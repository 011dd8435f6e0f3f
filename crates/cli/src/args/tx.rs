//! What may be typed behind `ics tx`.

use super::Common;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// How a transaction is priced and sent.
#[derive(Debug, Args)]
pub(crate) struct Terms {
    /// Does not ask before it sends.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Price of gas.
    #[arg(long, default_value = "0.001stake")]
    pub(crate) gas_prices: String,
    /// Most gas to use; a number, or `auto` for what a simulation used and half more.
    #[arg(long, default_value = "auto")]
    pub(crate) gas: String,
    /// A remark to go with the transaction.
    #[arg(long, default_value = "")]
    pub(crate) note: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Options of every transaction.
#[derive(Debug, Args)]
pub(crate) struct Signing {
    /// Name of the key that signs.
    #[arg(long)]
    pub(crate) from: String,
    #[command(flatten)]
    pub(crate) terms: Terms,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Tx {
    /// Stake.
    #[command(subcommand)]
    Staking(Staking),
    /// Coins.
    #[command(subcommand)]
    Bank(Bank),
    /// Securing consumers.
    #[command(subcommand)]
    Provider(Provider),
    /// Proposals and votes.
    #[command(subcommand)]
    Gov(Gov),
    /// Coins to another chain.
    #[command(subcommand, name = "ibc-transfer")]
    Transfer(Transfer),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Staking {
    /// Bonds coins to a validator.
    Delegate {
        /// The validator's operator address.
        validator: String,
        /// E.g. 5000000stake.
        amount: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Unbonds coins from a validator; they come back after the unbonding period.
    Unbond {
        /// The validator's operator address.
        validator: String,
        /// E.g. 5000000stake.
        amount: String,
        #[command(flatten)]
        signing: Signing,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Bank {
    /// Sends coins.
    Send {
        /// Who sends: a key's name, or its address.
        from: String,
        /// Who gets them: an address, or a key's name.
        to: String,
        /// E.g. 100stake.
        amount: String,
        #[command(flatten)]
        signing: SigningOf,
    },
}

/// As [`Signing`], where an argument already names who signs.
#[derive(Debug, Args)]
pub(crate) struct SigningOf {
    /// Name of the key that signs; the sender where nothing is given.
    #[arg(long = "from")]
    pub(crate) from_name: Option<String>,
    #[command(flatten)]
    pub(crate) terms: Terms,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Provider {
    /// Registers a consumer, described by a JSON file.
    CreateConsumer {
        /// The file: `chain_id`, `metadata`, `initialization_parameters`, …
        file: PathBuf,
        #[command(flatten)]
        signing: Signing,
    },
    /// Changes a consumer, described by a JSON file.
    UpdateConsumer {
        /// The file: `consumer_id` and what changes.
        file: PathBuf,
        /// Sends nothing, and prints the difference that it would make.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        signing: Signing,
    },
    /// Stops a consumer.
    RemoveConsumer {
        /// Its id on the provider.
        consumer_id: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Offers to validate a consumer.
    OptIn {
        /// Its id on the provider.
        consumer_id: String,
        /// The key to sign with there, as `{"@type":"/cosmos.crypto.ed25519.PubKey","key":"…"}`.
        consumer_pubkey: Option<String>,
        #[command(flatten)]
        signing: Signing,
    },
    /// Stops to validate a consumer.
    OptOut {
        /// Its id on the provider.
        consumer_id: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Keeps another share of a consumer's rewards than of the provider's.
    SetConsumerCommissionRate {
        /// Its id on the provider.
        consumer_id: String,
        /// From 0 to 1, e.g. 0.1.
        rate: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Uses another consensus key on a consumer.
    AssignConsensusKey {
        /// Its id on the provider.
        consumer_id: String,
        /// The key, as `{"@type":"/cosmos.crypto.ed25519.PubKey","key":"…"}`.
        consumer_pubkey: String,
        #[command(flatten)]
        signing: Signing,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Transfer {
    /// Sends coins over a channel.
    Transfer {
        /// Port here, `transfer`.
        port: String,
        /// Channel here, e.g. channel-1.
        channel: String,
        /// Who gets them there.
        receiver: String,
        /// E.g. 100stake.
        amount: String,
        /// Nanoseconds since 1970 after which they come back; ten minutes after the last block where nothing is given.
        #[arg(long)]
        packet_timeout_timestamp: Option<u64>,
        #[command(flatten)]
        signing: Signing,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Gov {
    /// Proposes what governance shall do, described by a JSON file.
    SubmitProposal {
        /// The file: `messages`, `deposit`, `title`, `summary`, …
        file: PathBuf,
        /// Sends nothing, and prints the difference that it would make to consumers.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        signing: Signing,
    },
    /// Deposits coins on a proposal.
    Deposit {
        /// The proposal's number.
        proposal_id: u64,
        /// E.g. 10000000stake.
        amount: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Votes on a proposal.
    Vote {
        /// The proposal's number.
        proposal_id: u64,
        /// One of yes, abstain, no, no_with_veto.
        option: String,
        /// A remark to go with the vote.
        #[arg(long, default_value = "")]
        metadata: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Votes on a proposal with shares of one's stake.
    WeightedVote {
        /// The proposal's number.
        proposal_id: u64,
        /// E.g. yes=0.6,no=0.4.
        options: String,
        /// A remark to go with the vote.
        #[arg(long, default_value = "")]
        metadata: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Takes back a proposal of one's own; part of the deposits is lost.
    CancelProposal {
        /// The proposal's number.
        proposal_id: u64,
        #[command(flatten)]
        signing: Signing,
    },
}
