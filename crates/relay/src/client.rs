//! Keeping light clients alive and high enough for the proofs that follow.

use crate::path::Hop;
use crate::view::{LightBlock, View, ViewError, decoded, grpc, revision};
use ics_abci::{Height, Time};
use ics_proto::Any;
use ics_proto::google::protobuf::Duration;
use ics_proto::ibc::core::client::v1::{
    Height as ClientHeight, MsgCreateClient, MsgUpdateClient, QueryClientStatusRequest,
    QueryClientStatusResponse,
};
use ics_proto::ibc::core::commitment::v1::MerkleRoot;
use ics_proto::ibc::lightclients::tendermint::v1::{ClientState, ConsensusState, Fraction, Header};
use ics_proto::tendermint::types::{BlockIdFlag, ValidatorSet};
use prost::{Message, Name};
use std::collections::BTreeMap;

/// What there is to do for a client.
pub(crate) enum Update {
    /// It is high and young enough.
    Current,
    /// It needs these messages first.
    Headers(Vec<Any>),
    /// It is expired or frozen: nothing can be proved to that chain.
    Dead,
}

/// Periods of a client to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientPeriods {
    /// How long a header is trusted, seconds.
    pub trusting_s: i64,
    /// The followed chain's unbonding period, seconds.
    pub unbonding_s: i64,
}

/// A third of the trusting period: a client older than that is refreshed though nobody needs it.
const REFRESH: i64 = 3;

fn client_height(chain_id: &str, height: Height) -> ClientHeight {
    ClientHeight { revision_number: revision(chain_id), revision_height: height.0 }
}

/// The height, as the destination's client counts, of the header that proves the source's state after `at`.
pub(crate) fn proof_height(hop: &Hop<'_>) -> Option<ClientHeight> {
    Some(client_height(hop.src.chain_id(), hop.src_at.next()))
}

/// The message that creates a client of `of` on another chain, at the last header.
///
/// # Errors
/// [`ViewError`] where the chain does not answer.
pub fn create_client(of: &dyn View, periods: ClientPeriods, signer: &str) -> Result<Any, ViewError> {
    let (tip, _) = of.tip();
    let header = of.light_block(tip)?.signed_header.header.ok_or(ViewError::NoBlock(tip))?;
    let seconds = |seconds| Some(Duration { seconds, nanos: 0 });
    let state = ClientState {
        chain_id: of.chain_id().to_owned(),
        trust_level: Some(Fraction { numerator: 1, denominator: 3 }),
        trusting_period: seconds(periods.trusting_s),
        unbonding_period: seconds(periods.unbonding_s),
        max_clock_drift: seconds(10),
        frozen_height: Some(ClientHeight::default()),
        latest_height: Some(client_height(of.chain_id(), tip)),
        proof_specs: vec![ics_proto::ics23::iavl_spec(), ics_proto::ics23::tendermint_spec()],
        upgrade_path: vec!["upgrade".to_owned(), "upgradedIBCState".to_owned()],
        ..ClientState::default()
    };
    let consensus = ConsensusState {
        timestamp: header.time,
        root: Some(MerkleRoot { hash: header.app_hash }),
        next_validators_hash: header.next_validators_hash,
    };
    Ok(any(&MsgCreateClient {
        client_state: Some(any(&state)),
        consensus_state: Some(any(&consensus)),
        signer: signer.to_owned(),
    }))
}

pub(crate) fn any<M: Message + Name>(message: &M) -> Any {
    Any { type_url: M::type_url(), value: message.encode_to_vec() }
}

/// The client of the source on the destination, brought to the header that proves `hop.src_at`.
pub(crate) fn update(hop: &Hop<'_>, now: Time, needs_proof: bool) -> Result<Update, ViewError> {
    let id = &hop.dst_end.client_id;
    let path = format!("clients/{id}/clientState");
    let Some(state) = decoded::<Any>(hop.dst, &path, hop.dst_tip)? else { return Ok(Update::Dead) };
    let state = ClientState::decode(state.value.as_slice()).map_err(|_| ViewError::Undecodable(path))?;
    let trusted = Height(state.latest_height.unwrap_or_default().revision_height);
    let target = hop.src_at.next();
    if trusted >= target {
        return Ok(Update::Current);
    }
    let stale = is_stale(hop.src, &state, trusted, now)?;
    if !needs_proof && !stale {
        return Ok(Update::Current);
    }
    let status: QueryClientStatusResponse = grpc(
        hop.dst,
        "/ibc.core.client.v1.Query/ClientStatus",
        &QueryClientStatusRequest { client_id: id.clone() },
        hop.dst_tip,
    )?;
    if status.status != "Active" {
        return Ok(Update::Dead);
    }
    headers(hop, trusted, target).map(Update::Headers)
}

fn is_stale(src: &dyn View, state: &ClientState, trusted: Height, now: Time) -> Result<bool, ViewError> {
    let period = state.trusting_period.as_ref().map_or(0, |period| period.seconds);
    let time = src.light_block(trusted)?.signed_header.header.and_then(|header| header.time);
    let Some(time) = time else { return Ok(false) };
    Ok(now.seconds().saturating_sub(time.seconds) > period.wrapping_div(REFRESH))
}

/// One update to `target` where at least a third of the trusted power signed it, else by way of the middle.
fn headers(hop: &Hop<'_>, trusted: Height, target: Height) -> Result<Vec<Any>, ViewError> {
    let mut steps = vec![target];
    let mut from = trusted;
    let mut out = Vec::new();
    while let Some(to) = steps.last().copied() {
        let block = hop.src.light_block(to)?;
        let trusted_set = hop.src.validators(from.next())?;
        if to <= from.next() || is_trusted(&trusted_set, &block) {
            steps.pop();
            out.push(update_message(hop, from, trusted_set, block));
            from = to;
        } else {
            // Halves the distance each time; adjacent blocks need no overlap, so this ends.
            let middle = from.0.saturating_add(to.0.saturating_sub(from.0) / 2);
            steps.push(Height(middle.max(from.next().0)));
        }
    }
    Ok(out)
}

fn update_message(hop: &Hop<'_>, trusted: Height, trusted_set: ValidatorSet, block: LightBlock) -> Any {
    let header = Header {
        signed_header: Some(block.signed_header),
        validator_set: Some(block.validators),
        trusted_height: Some(client_height(hop.src.chain_id(), trusted)),
        trusted_validators: Some(trusted_set),
    };
    any(&MsgUpdateClient {
        client_id: hop.dst_end.client_id.clone(),
        client_message: Some(any(&header)),
        signer: hop.dst_end.signer.clone(),
    })
}

/// Whether more than a third of the trusted power signed the block.
fn is_trusted(trusted: &ValidatorSet, block: &LightBlock) -> bool {
    let powers: BTreeMap<&[u8], i128> =
        trusted.validators.iter().map(|v| (v.address.as_slice(), i128::from(v.voting_power))).collect();
    let total: i128 = powers.values().sum();
    let commit = block.signed_header.commit.as_ref();
    let signed: i128 = commit
        .map(|commit| commit.signatures.as_slice())
        .unwrap_or_default()
        .iter()
        .filter(|signature| signature.block_id_flag == i32::from(BlockIdFlag::Commit as u8))
        .filter_map(|signature| powers.get(signature.validator_address.as_slice()))
        .sum();
    signed.saturating_mul(3) > total
}
