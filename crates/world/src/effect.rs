//! What happened in a step of a world, for whoever watches.

use crate::unstarted::Unstarted;
use crate::world::ChainIndex;
use ics_abci::{ConsAddr, Event, Height, Time, TxResult};

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

impl Effect {
    /// What is to be told of a chain's block of this height and time: of its transactions, its own events, and how many
    /// validators change.
    #[must_use]
    pub fn of_block(
        chain: ChainIndex,
        (height, time): (Height, Time),
        txs: &[TxResult],
        events: &[Event],
        changes: usize,
    ) -> Vec<Self> {
        let failed = txs.iter().filter(|tx| tx.code != 0);
        let mut effects = vec![Self::Block {
            chain,
            height,
            time,
            txs: txs.len(),
            failed: failed.clone().count(),
            set_changes: changes > 0,
        }];
        effects.extend(failed.map(|tx| Self::TxFailed { chain, height, log: tx.log.clone() }));
        effects.extend(events.iter().filter_map(launch_failed));
        effects
    }
}

/// What the provider says of a consumer that could not launch.
fn launch_failed(event: &Event) -> Option<Effect> {
    let said = |key| event.get(key).unwrap_or_default().to_owned();
    (event.kind == "consumer_launch_failed").then(|| Effect::LaunchFailed {
        consumer_id: said("consumer_id"),
        chain_id: said("consumer_chain_id"),
        why: said("error"),
    })
}
