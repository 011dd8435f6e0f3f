//! Where consensus is: here always before the first round of the next height, since a block is proposed, voted on and
//! committed in one go. There are no proposals, votes or peers to tell of.
//!
//! Source: CometBFT 0.38 `rpc/core/consensus.go`, `consensus/types/round_state.go`.

use super::super::args::Args;
use super::super::form::validator::ValidatorForm;
use super::super::form::{Hex, Int, Stamp};
use super::{Answered, Refusal, print};
use crate::rpc::Backend;
use crate::rpc::backend::History;
use ics_abci::Height;
use ics_engine::{ValidatorSet, history};
use ics_proto::Timestamp;
use ics_proto::tendermint::v0_38::types as raw;
use serde::Serialize;

/// The step in which a height begins.
const NEW_HEIGHT: u32 = 1;

#[derive(Serialize)]
struct StateAnswer {
    round_state: StateForm,
}

#[derive(Serialize)]
struct StateForm {
    #[serde(rename = "height/round/step")]
    at: String,
    start_time: Stamp,
    proposal_block_hash: Hex,
    locked_block_hash: Hex,
    valid_block_hash: Hex,
    height_vote_set: [(); 0],
    proposer: ProposerForm,
}

#[derive(Serialize)]
struct ProposerForm {
    address: Hex,
    index: usize,
}

#[derive(Serialize)]
struct DumpAnswer {
    round_state: DumpForm,
    peers: [(); 0],
}

#[derive(Serialize)]
struct DumpForm {
    height: Int<u64>,
    round: u32,
    step: u32,
    start_time: Stamp,
    commit_time: Stamp,
    validators: SetForm,
    proposal: Option<()>,
    proposal_block: Option<()>,
    proposal_block_parts: Option<()>,
    locked_round: i32,
    locked_block: Option<()>,
    locked_block_parts: Option<()>,
    valid_round: i32,
    valid_block: Option<()>,
    valid_block_parts: Option<()>,
    commit_round: i32,
    last_validators: Option<SetForm>,
    triggered_timeout_precommit: bool,
}

#[derive(Serialize)]
struct SetForm {
    validators: Vec<ValidatorForm>,
    proposer: Option<ValidatorForm>,
}

impl From<&ValidatorSet> for SetForm {
    fn from(set: &ValidatorSet) -> Self {
        Self {
            validators: set.validators().iter().map(ValidatorForm::from).collect(),
            proposer: set.get(&set.proposer()).map(ValidatorForm::from),
        }
    }
}

/// The height that comes next, its set, and when the last block was.
fn next(rows: &History<'_>) -> Result<(Height, ValidatorSet, Option<Timestamp>), Refusal> {
    let tip = history::tip(rows)?.ok_or(Refusal::NoBlock)?;
    let set = history::validators(rows, tip.next())?.ok_or(Refusal::NoBlock)?;
    let header = history::header(rows, tip)?.ok_or(Refusal::NoBlock)?;
    Ok((tip.next(), set, raw::Header::from(header).time))
}

pub(super) fn consensus_state(backend: &dyn Backend, _: &Args) -> Answered {
    let (height, set, since) = next(&History::of(backend))?;
    let proposer = set.proposer();
    let index = set.validators().iter().position(|validator| validator.addr == proposer);
    print(&StateAnswer {
        round_state: StateForm {
            at: format!("{height}/0/{NEW_HEIGHT}"),
            start_time: Stamp(since),
            proposal_block_hash: Hex(Vec::new()),
            locked_block_hash: Hex(Vec::new()),
            valid_block_hash: Hex(Vec::new()),
            height_vote_set: [],
            proposer: ProposerForm { address: Hex(proposer.0.to_vec()), index: index.unwrap_or_default() },
        },
    })
}

pub(super) fn dump_consensus_state(backend: &dyn Backend, _: &Args) -> Answered {
    let rows = &History::of(backend);
    let (height, set, since) = next(rows)?;
    let last = height.0.checked_sub(1).map(|last| history::validators(rows, Height(last))).transpose()?;
    print(&DumpAnswer {
        round_state: DumpForm {
            height: Int(height.0),
            round: 0,
            step: NEW_HEIGHT,
            start_time: Stamp(since),
            commit_time: Stamp(since),
            validators: SetForm::from(&set),
            proposal: None,
            proposal_block: None,
            proposal_block_parts: None,
            locked_round: -1,
            locked_block: None,
            locked_block_parts: None,
            valid_round: -1,
            valid_block: None,
            valid_block_parts: None,
            commit_round: -1,
            last_validators: last.flatten().as_ref().map(SetForm::from),
            triggered_timeout_precommit: false,
        },
        peers: [],
    })
}
