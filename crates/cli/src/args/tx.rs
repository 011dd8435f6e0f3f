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
    /// Sends nothing, and says how much gas it would take; of changes to consumers, prints the difference.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Sends nothing, and prints the transaction for `ics tx sign`; `--from` may be an address without a key here.
    #[arg(long)]
    pub(crate) generate_only: bool,
    /// Asks no node: --chain-id, --account-number and --sequence say what it would.
    #[arg(long)]
    pub(crate) offline: bool,
    /// Price of gas; 0.001stake where nothing is given, nor in client.toml.
    #[arg(long, conflicts_with = "fees")]
    pub(crate) gas_prices: Option<String>,
    /// What to pay in all, e.g. 200stake.
    #[arg(long)]
    pub(crate) fees: Option<String>,
    /// Most gas to use; a number, or `auto` for what a simulation used and half more.
    #[arg(long)]
    pub(crate) gas: Option<String>,
    /// With --gas auto: the factor on what the simulation used, in place of 1.5.
    #[arg(long)]
    pub(crate) gas_adjustment: Option<String>,
    /// A remark to go with the transaction.
    #[arg(long, alias = "memo", default_value = "")]
    pub(crate) note: String,
    /// The last height at which it may be included; 0: any.
    #[arg(long, default_value_t = 0)]
    pub(crate) timeout_height: u64,
    /// The chain that it is for; the node's where nothing is given, nor in client.toml.
    #[arg(long)]
    pub(crate) chain_id: Option<String>,
    /// The account's number, as the chain knows it where nothing is given.
    #[arg(long)]
    pub(crate) account_number: Option<u64>,
    /// The account's next sequence, as the chain knows it where nothing is given.
    #[arg(long)]
    pub(crate) sequence: Option<u64>,
    /// What the signature covers: direct or amino-json.
    #[arg(long)]
    pub(crate) sign_mode: Option<String>,
    /// What to wait for: the node's check (sync), nothing (async), or a block (block), which is usual.
    #[arg(short, long)]
    pub(crate) broadcast_mode: Option<String>,
    /// Prefix of addresses; the chain's where nothing is given.
    #[arg(long)]
    pub(crate) prefix: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Options of every transaction.
#[derive(Debug, Args)]
pub(crate) struct Signing {
    /// The key that signs: its name, or its address.
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
    #[command(flatten)]
    Apart(Apart),
}

/// Transactions in files.
#[derive(Debug, Subcommand)]
pub(crate) enum Apart {
    /// Signs a transaction of a file, as `--generate-only` prints it.
    Sign {
        /// The file; `-` for the input.
        file: PathBuf,
        /// Writes the signed transaction there.
        #[arg(long)]
        output_document: Option<PathBuf>,
        /// Puts the signature in the place of another.
        #[arg(long)]
        overwrite: bool,
        #[command(flatten)]
        signing: Signing,
    },
    /// Sends a signed transaction of a file.
    Broadcast {
        /// The file; `-` for the input.
        file: PathBuf,
        /// What to wait for: the node's check (sync), nothing (async), or a block (block), which is usual.
        #[arg(short, long)]
        broadcast_mode: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Prints a transaction of a file as the base64 of its bytes.
    Encode {
        /// The file; `-` for the input.
        file: PathBuf,
    },
    /// Prints the JSON of a transaction's bytes.
    Decode {
        /// The bytes in base64.
        text: String,
        /// They are in hexadecimal digits.
        #[arg(short = 'x', long)]
        hex: bool,
    },
    /// Says who signed a transaction of a file, and whether the signatures are right.
    ValidateSignatures {
        /// The file; `-` for the input.
        file: PathBuf,
        #[command(flatten)]
        terms: Terms,
    },
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
    /// Bonds coins again that are on their way back, to the same validator.
    CancelUnbond {
        /// The validator's operator address.
        validator: String,
        /// E.g. 5000000stake.
        amount: String,
        /// The height at which they began to unbond, as `ics query staking unbonding-delegations` tells it.
        creation_height: u64,
        #[command(flatten)]
        signing: Signing,
    },
    /// Moves bonded coins to another validator.
    Redelegate {
        /// The operator address of the validator that they leave.
        src_validator: String,
        /// The operator address of the validator that they go to.
        dst_validator: String,
        /// E.g. 5000000stake.
        amount: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Changes one's own validator; what is not named stays as it is.
    EditValidator(Box<EditValidator>),
}

/// What is to be different about a validator.
#[derive(Debug, Args)]
pub(crate) struct EditValidator {
    /// Its name.
    #[arg(long)]
    pub(crate) new_moniker: Option<String>,
    /// A text that identifies it elsewhere.
    #[arg(long)]
    pub(crate) identity: Option<String>,
    /// Its page.
    #[arg(long)]
    pub(crate) website: Option<String>,
    /// Whom to tell of a fault.
    #[arg(long)]
    pub(crate) security_contact: Option<String>,
    /// More about it.
    #[arg(long)]
    pub(crate) details: Option<String>,
    /// Share of rewards that it keeps, from 0 to 1; it changes once in 24 hours at most.
    #[arg(long)]
    pub(crate) commission_rate: Option<String>,
    /// The least that it must keep bonded, of the denomination; more than before.
    #[arg(long)]
    pub(crate) min_self_delegation: Option<u128>,
    #[command(flatten)]
    pub(crate) signing: Signing,
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
    /// Sends coins to many at once.
    MultiSend {
        /// Who sends: a key's name, or its address.
        from: String,
        /// Who gets them: addresses, or names of keys.
        #[arg(required = true)]
        to: Vec<String>,
        /// E.g. 100stake, for each of them.
        amount: String,
        /// The amount is for all of them together, in equal parts; what cannot be shared stays.
        #[arg(long)]
        split: bool,
        #[command(flatten)]
        signing: SigningOf,
    },
}

/// As [`Signing`], where an argument already names who signs.
#[derive(Debug, Args)]
pub(crate) struct SigningOf {
    /// The key that signs, its name or its address; the sender where nothing is given.
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
