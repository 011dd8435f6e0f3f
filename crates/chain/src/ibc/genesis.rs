//! The start of IBC's core, new or again: section `ibc` of a genesis document.
//!
//! Everything in the store lies at a path of ICS-24, so the section is the store sorted by kinds of paths, in ibc-go's
//! JSON, and back. What ibc-go v10 adds for its second version is empty here. Source: ibc-go v10 `ExportGenesis` of
//! 02-client, 03-connection and 04-channel.

mod export;
mod import;

pub use export::export;
pub use import::init;

use serde_json::{Value, json};

/// The sections of ibc-go's second version, of which this chain has nothing.
fn second_version() -> [(&'static str, Value); 2] {
    [
        ("client_v2_genesis", json!({"counterparty_infos": []})),
        (
            "channel_v2_genesis",
            json!({
                "acknowledgements": [],
                "commitments": [],
                "receipts": [],
                "async_packets": [],
                "send_sequences": [],
            }),
        ),
    ]
}

/// What stands before the numbers in a key of a client's index of heights.
const INDEX: &[u8] = b"iterateConsensusStates";
/// Behind the path of a consensus state: when it was learnt.
const PROCESSED_TIME: &str = "/processedTime";
/// Behind the path of a consensus state: at which of our heights it was learnt.
const PROCESSED_HEIGHT: &str = "/processedHeight";
/// Where a client's consensus states lie, below the client.
const CONSENSUS_STATES: &str = "consensusStates/";
