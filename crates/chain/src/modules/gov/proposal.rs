//! A proposal and its way: submitted, funded, voted on, decided, or cancelled.
//!
//! Journey: `MsgSubmitProposal` → [`submit`] → `deposit::add`, which calls [`Proposal::activate`]; `MsgCancelProposal` →
//! [`cancel`]. Source: SDK x/gov `keeper/proposal.go`.

use super::params::{Params, Terms};
use super::state::{self, NEXT_ID, PROPOSALS, VOTES, VOTING, WAITING};
use super::{deposit, error, wire};
use crate::modules::auth;
use crate::modules::bank::Coins;
use crate::modules::staking::time_key;
use crate::{Ctx, Error};
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{AccAddr, Event, Time};
use ics_kv::Corrupt;
use ics_proto::Any;
use prost::Message;

/// Most bytes of a proposal's title, of its metadata and of a vote's.
const METADATA_BYTES_MAX: usize = 255;
/// Most bytes of a proposal's summary.
const SUMMARY_BYTES_MAX: usize = 10_200;

/// Where a proposal stands. The numbers are those of protobuf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Status {
    /// It waits for deposits.
    DepositPeriod,
    /// It is voted on.
    VotingPeriod,
    /// It was accepted and executed.
    Passed,
    /// It was not accepted.
    Rejected,
    /// It was accepted and could not be executed: nothing of it was.
    Failed,
}

/// Power of the votes, smallest unit of stake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Tally {
    /// For it.
    pub yes: u128,
    /// Neither.
    pub abstain: u128,
    /// Against it.
    pub no: u128,
    /// Against it, and against its being proposed.
    pub no_with_veto: u128,
}

/// A message that a proposal would execute.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ProposedMsg {
    /// Its type's URL.
    pub url: String,
    /// Its bytes.
    pub value: Vec<u8>,
}

/// When a proposal is voted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Voting {
    /// From.
    pub start: Time,
    /// To, included.
    pub end: Time,
}

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Proposal {
    /// Its number, from 1.
    pub id: u64,
    /// What it would execute.
    pub messages: Vec<ProposedMsg>,
    /// Where it stands.
    pub status: Status,
    /// How it was decided last; zeros until then.
    pub final_tally: Tally,
    /// When it was submitted.
    pub submit_time: Time,
    /// Until when it may wait for deposits.
    pub deposit_end: Time,
    /// All deposits that were ever made on it.
    pub total_deposit: Coins,
    /// When it is or was voted on, once it is.
    pub voting: Option<Voting>,
    /// A text of the proposer's, often a link.
    pub metadata: String,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub summary: String,
    /// Who submitted it.
    pub proposer: AccAddr,
    /// Whether it is in a hurry (still).
    pub expedited: bool,
    /// Why it was rejected or failed.
    pub failed_reason: String,
}

/// A proposal that somebody wants to submit.
#[derive(Clone, Debug, PartialEq)]
pub struct NewProposal {
    /// What it would execute, in the name of [`auth::authority`].
    pub messages: Vec<Any>,
    /// What the proposer deposits on it.
    pub initial_deposit: Coins,
    /// Who submits it.
    pub proposer: AccAddr,
    /// At most 255 bytes.
    pub metadata: String,
    /// At most 255 bytes.
    pub title: String,
    /// At most 10,200 bytes.
    pub summary: String,
    /// Whether it is in a hurry.
    pub expedited: bool,
}

impl NewProposal {
    fn check(&self) -> Result<(), Error> {
        if self.title.is_empty() {
            return Err(Error::invalid_request("proposal title cannot be empty"));
        }
        if self.summary.is_empty() {
            return Err(Error::invalid_request("proposal summary cannot be empty"));
        }
        if self.messages.is_empty() && self.metadata.is_empty() {
            return Err(error::no_messages("either metadata or Msgs length must be non-nil"));
        }
        self.agrees_with_metadata()
    }

    /// Metadata in the recommended form must not say something else than the proposal.
    fn agrees_with_metadata(&self) -> Result<(), Error> {
        #[derive(Default, serde::Deserialize)]
        #[serde(default)]
        struct Form {
            title: String,
            summary: String,
        }
        let Ok(form) = serde_json::from_str::<Form>(&self.metadata) else { return Ok(()) };
        for (what, said, ours) in
            [("title", form.title, &self.title), ("summary", form.summary, &self.summary)]
        {
            if said != *ours {
                let text = format!("metadata {what} '{said}' must equal proposal {what} '{ours}'");
                return Err(error::invalid_content(text));
            }
        }
        Ok(())
    }
}

/// Refuses metadata (of a proposal or a vote) that is too long.
pub(super) fn check_metadata(text: &str) -> Result<(), Error> {
    if text.len() > METADATA_BYTES_MAX {
        return Err(error::metadata_too_long(format!("got metadata with length {}", text.len())));
    }
    Ok(())
}

impl Proposal {
    /// What it needs.
    pub(super) fn terms<'a>(&self, params: &'a Params) -> Terms<'a> {
        if self.expedited { params.expedited() } else { params.regular() }
    }

    fn waiting_key(&self) -> state::Due {
        (time_key(self.deposit_end), self.id)
    }

    fn voting_key(&self) -> Option<state::Due> {
        self.voting.map(|voting| (time_key(voting.end), self.id))
    }

    /// Lets it be voted on, from now.
    pub(super) fn activate(&mut self, ctx: &mut Ctx<'_>, params: &Params) -> Result<(), Error> {
        let start = ctx.block.time;
        WAITING.remove(ctx, &self.waiting_key());
        self.status = Status::VotingPeriod;
        self.vote_until(ctx, start, self.terms(params).voting_period)
    }

    /// Lets it be voted on until a period after `start` is over.
    pub(super) fn vote_until(
        &mut self,
        ctx: &mut Ctx<'_>,
        start: Time,
        period: std::time::Duration,
    ) -> Result<(), Error> {
        let end = start.plus(period).map_err(Error::invalid_request)?;
        self.voting = Some(Voting { start, end });
        if let Some(key) = self.voting_key() {
            VOTING.set(ctx, &key, &());
        }
        Ok(())
    }

    /// Forgets it, but not its deposits and votes.
    pub(super) fn remove(&self, ctx: &mut Ctx<'_>) {
        WAITING.remove(ctx, &self.waiting_key());
        if let Some(key) = self.voting_key() {
            VOTING.remove(ctx, &key);
        }
        PROPOSALS.remove(ctx, &self.id);
    }
}

/// Whether a message may be proposed: somebody answers it, it passes its own check, and only the authority signs it.
fn admit(ctx: &Ctx<'_>, message: &Any) -> Result<(), Error> {
    let url = &message.type_url;
    let route = ctx.chain.route(url).ok_or_else(|| error::unroutable(url))?;
    let signers = (route.check)(ctx.chain, &message.value).map_err(|error| match error {
        Error::Refused { log, .. } => error::invalid_message(log),
        corrupt @ Error::Corrupt(_) => corrupt,
    })?;
    match signers.as_slice() {
        [signer] if *signer == auth::authority() => Ok(()),
        [signer] => Err(auth::invalid_signer(signer.to_text(ctx.chain.prefix))),
        _ => Err(auth::invalid_signer(format!("{} signers", signers.len()))),
    }
}

/// Submits a proposal with its first deposit; gives its number. Emits `submit_proposal`, and it again where the deposit
/// suffices to begin voting.
///
/// # Errors
/// Texts that are missing or too long, a deposit that is too small, messages that cannot be executed by the authority.
pub fn submit(ctx: &mut Ctx<'_>, new: NewProposal) -> Result<u64, Error> {
    new.check()?;
    let params = state::params(ctx)?;
    let terms = if new.expedited { params.expedited() } else { params.regular() };
    deposit::check_initial(&params, terms, &new.initial_deposit)?;
    check_metadata(&new.metadata)?;
    if new.summary.len() > SUMMARY_BYTES_MAX {
        return Err(error::summary_too_long(format!("got summary with length {}", new.summary.len())));
    }
    check_metadata(&new.title)?;
    for message in &new.messages {
        admit(ctx, message)?;
    }
    let (id, now) = (NEXT_ID.get(ctx)?.unwrap_or(1), ctx.block.time);
    let urls: String = new.messages.iter().map(|message| format!(",{}", message.type_url)).collect();
    let messages = new.messages.into_iter().map(|any| ProposedMsg { url: any.type_url, value: any.value });
    let proposal = Proposal {
        id,
        messages: messages.collect(),
        status: Status::DepositPeriod,
        final_tally: Tally::default(),
        submit_time: now,
        deposit_end: now.plus(params.max_deposit_period.into()).map_err(Error::invalid_request)?,
        total_deposit: Coins::default(),
        voting: None,
        metadata: new.metadata,
        title: new.title,
        summary: new.summary,
        proposer: new.proposer.clone(),
        expedited: new.expedited,
        failed_reason: String::new(),
    };
    let bytes = wire::proposal(ctx.chain, &proposal).encoded_len();
    ctx.atomically(|ctx| {
        NEXT_ID.set(ctx, &id.saturating_add(1));
        PROPOSALS.set(ctx, &id, &proposal);
        WAITING.set(ctx, &proposal.waiting_key(), &());
        ctx.emit(
            Event::new("submit_proposal")
                .with("proposal_id", id)
                .with("proposal_proposer", new.proposer.to_text(ctx.chain.prefix))
                .with("proposal_messages", urls),
        );
        // Three times what writing it costs: it is read at least as often.
        ctx.gas.take_for(u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(90), "submit proposal");
        if deposit::add(ctx, id, &new.proposer, &new.initial_deposit)? == deposit::Added::VotingBegins {
            ctx.emit(Event::new("submit_proposal").with("voting_period_start", id));
        }
        Ok(id)
    })
}

/// Takes a proposal back before its votes are counted; a share of the deposits is the price. Emits `cancel_proposal`.
///
/// # Errors
/// A proposal that is not there, not the proposer's, or decided.
pub fn cancel(ctx: &mut Ctx<'_>, id: u64, proposer: &AccAddr) -> Result<(), Error> {
    let proposal = PROPOSALS.get(ctx, &id)?.ok_or_else(|| error::no_proposal(id))?;
    let text = proposer.to_text(ctx.chain.prefix);
    if proposal.proposer != *proposer {
        return Err(error::invalid_proposer(format!("invalid proposer {text}")));
    }
    if !matches!(proposal.status, Status::DepositPeriod | Status::VotingPeriod) {
        return Err(error::invalid_proposal("proposal should be in the deposit or voting period"));
    }
    if proposal.voting.is_some_and(|voting| voting.end < ctx.block.time) {
        let text = format!("voting period is already ended for this proposal {id}");
        return Err(error::voting_ended(text));
    }
    let params = state::params(ctx)?;
    ctx.atomically(|ctx| {
        deposit::charge(ctx, id, &params)?;
        remove_votes(ctx, id)?;
        proposal.remove(ctx);
        ctx.emit(Event::new("cancel_proposal").with("sender", text).with("proposal_id", id));
        Ok(())
    })
}

/// Forgets all votes on a proposal.
pub(super) fn remove_votes(ctx: &mut Ctx<'_>, id: u64) -> Result<(), Corrupt> {
    let keys: Vec<(u64, Vec<u8>)> =
        VOTES.under(ctx, &id).map(|entry| entry.map(|(key, _)| key)).collect::<Result<_, _>>()?;
    for key in keys {
        VOTES.remove(ctx, &key);
    }
    Ok(())
}
