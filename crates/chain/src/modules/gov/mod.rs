//! Governance: whoever has stake decides what the chain's authority does.
//!
//! Journey: `MsgSubmitProposal` → [`submit`] → deposits → votes → [`end_block`], which counts the stake behind the votes and
//! executes what passes, with the role's own table of messages, in the name of `auth::authority`.
//! Source: SDK x/gov (0.50). Not here: hooks, legacy contents other than text.

mod deposit;
mod end_block;
mod error;
mod genesis;
mod msg;
mod msg_v1beta1;
mod params;
mod proposal;
mod query;
mod query_v1beta1;
mod state;
mod tally;
mod vote;
mod wire;
mod wire_v1beta1;

pub use deposit::{Added, add as add_deposit};
pub use end_block::end_block;
pub use genesis::{GovGenesis, export, init};
pub use msg::MSGS;
pub use msg_v1beta1::MSGS as MSGS_V1BETA1;
pub use params::Params;
pub use proposal::{NewProposal, Proposal, ProposedMsg, Status, Tally, Voting, cancel, submit};
pub use query::QUERIES;
pub use query_v1beta1::QUERIES as QUERIES_V1BETA1;
pub use state::{STORE, deposit_of, params, proposal, vote_of};
pub use tally::{Electorate, all_bonded, nobody};
pub use vote::{Vote, VoteOption, WeightedOption, add as add_vote, whole};

use crate::modules::auth::ModuleAccount;

/// The account that deposits lie in, and in whose name proposals act.
pub const MODULE_ACCOUNT: ModuleAccount =
    ModuleAccount { name: STORE, permissions: &["burner"], open: false };
