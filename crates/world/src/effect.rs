//! What happened in a step of a world, for whoever watches.

use crate::unstarted::Unstarted;
use crate::world::ChainIndex;
use ics_abci::{ConsAddr, Height, Time};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A chain made a block.
    Block {
        /// Which chain.
        chain: ChainIndex,
        /// Height of the block.
        height: Height,
        /// Its time.
        time: Time,
        /// How many transactions it has.
        txs: usize,
        /// How many of them failed.
        failed: usize,
        /// Whether the validator set changes two blocks later.
        set_changes: bool,
    },
    /// A chain lacks signatures for its next block and stands still until they come back; told once.
    Stands {
        /// Which chain.
        chain: ChainIndex,
        /// Height of the block that it cannot make.
        height: Height,
        /// Who does not sign.
        missing: Vec<ConsAddr>,
    },
    /// A transaction of a block failed.
    TxFailed {
        /// Which chain.
        chain: ChainIndex,
        /// Height of the block.
        height: Height,
        /// The chain's words.
        log: String,
    },
    /// The relayer submitted a transaction.
    Relayed {
        /// To which chain.
        chain: ChainIndex,
        /// Hash of the transaction.
        hash: String,
        /// Type URLs of its messages.
        messages: Vec<String>,
    },
    /// The relayer could not submit.
    RelayFailed {
        /// To which chain.
        chain: ChainIndex,
        /// Why.
        why: String,
    },
    /// A consumer launched, and its chain starts.
    ConsumerStarted {
        /// Which chain.
        chain: ChainIndex,
        /// What the provider calls it.
        consumer_id: String,
    },
    /// A consumer could not launch: it is registered again, without a spawn time.
    LaunchFailed {
        /// What the provider calls it.
        consumer_id: String,
        /// Its chain id, which may be any text.
        chain_id: String,
        /// Why, in the provider's words.
        why: String,
    },
    /// A consumer launched, and its chain is not started here; told once.
    Unstarted {
        /// What the provider calls it.
        consumer_id: String,
        /// Its chain id, which may be any text.
        chain_id: String,
        /// Why.
        why: Unstarted,
    },
    /// A consumer's chain cannot go on; the others do.
    Halted {
        /// Which chain.
        chain: ChainIndex,
        /// Why.
        why: String,
    },
    /// The keys beside the plan's cannot be read; told once.
    KeysUnreadable {
        /// Why.
        why: String,
    },
    /// The network came one step further.
    Progress(crate::Progress),
}
