//! Proofs of what another chain stores, checked by the client that follows it.
//!
//! Source: ICS-02, ICS-23, ibc-go `03-connection/keeper/verify.go` and 07-tendermint.

use super::IbcCtx;
use super::client::ClientStatus;
use super::refusal::of_client;
use crate::Error;
use crate::ibc::error::{client, commitment, general, tendermint};
use crate::ibc::view::{self, IbcHeight, View};
use crate::ibc::{params, path};
use ibc::clients::tendermint::client_state::ClientState;
use ibc::clients::tendermint::consensus_state::ConsensusState;
use ibc::core::client::context::ClientValidationContext;
use ibc::core::client::context::client_state::{ClientStateCommon, ClientStateValidation};
use ibc::core::client::context::consensus_state::ConsensusState as _;
use ibc::core::client::types::Status;
use ibc::core::commitment_types::commitment::{CommitmentPrefix, CommitmentProofBytes};
use ibc::core::host::types::identifiers::ClientId;
use ibc::core::host::types::path::PathBytes;
use ibc_proto::ibc::core::client::v1::Height as RawHeight;
use ibc_proto::ibc::core::connection::v1::ConnectionEnd;
use ics_kv::Corrupt;

/// What a counterparty is said to hold.
pub(crate) enum Held {
    /// These bytes.
    Value(Vec<u8>),
    /// Nothing.
    Nothing,
}

/// Whether the connection's delay must have passed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delay {
    /// For packets.
    Respected,
    /// For handshakes.
    Skipped,
}

/// A proof and the height of the other chain whose header it leads to.
pub(crate) struct Evidence<'a> {
    pub(crate) proof: &'a [u8],
    pub(crate) height: Option<RawHeight>,
}

impl Evidence<'_> {
    /// The height, as revision and height.
    pub(crate) fn height(&self) -> IbcHeight {
        let height = self.height.unwrap_or_default();
        (height.revision_number, height.revision_height)
    }
}

/// A client's state.
pub(crate) fn client_state(view: &(impl View + ?Sized), id: &str) -> Result<Option<ClientState>, Corrupt> {
    let Some(any) = view::client_any(view.state(), id)? else { return Ok(None) };
    let key = || path::key(&path::client_state(id));
    ClientState::try_from(any).map(Some).map_err(|_| Corrupt { key: key() })
}

/// What a client knows of a height.
pub(crate) fn consensus_state(
    view: &(impl View + ?Sized),
    id: &str,
    at: IbcHeight,
) -> Result<Option<ConsensusState>, Corrupt> {
    let path = path::consensus_state(id, at);
    let Some(any) = view::message::<ibc_proto::google::protobuf::Any>(view.state(), &path)? else {
        return Ok(None);
    };
    ConsensusState::try_from(any).map(Some).map_err(|_| Corrupt { key: path::key(&path) })
}

/// Whether a client can be used now.
pub(crate) fn status(
    view: &(impl View + ?Sized),
    id: &str,
    state: &ClientState,
) -> Result<ClientStatus, Corrupt> {
    if !params::is_tendermint_allowed(view.state())? {
        return Ok(ClientStatus::Unauthorized);
    }
    let host = IbcCtx::new(view);
    let Ok(client_id) = id.parse::<ClientId>() else { return Ok(ClientStatus::Expired) };
    let asked = state.status(&host, &client_id);
    match host.settle(Ok(())) {
        Err(Error::Corrupt(corrupt)) => return Err(corrupt),
        Err(Error::Refused { .. }) | Ok(()) => {}
    }
    Ok(match asked {
        Ok(Status::Active) => ClientStatus::Active,
        Ok(Status::Frozen) => ClientStatus::Frozen,
        // A client that cannot be asked is as good as expired.
        Ok(Status::Expired | Status::Unauthorized) | Err(_) => ClientStatus::Expired,
    })
}

/// The time of a height that a client knows, nanoseconds since 1970.
///
/// # Errors
/// `client/7` where it does not know the height.
pub(crate) fn nanos_at(view: &(impl View + ?Sized), id: &str, at: IbcHeight) -> Result<u64, Error> {
    let unknown = || client::consensus_not_found(format!("height ({}-{})", at.0, at.1));
    let known = consensus_state(view, id, at)?.ok_or_else(unknown)?;
    let time = ibc::core::client::context::consensus_state::ConsensusState::timestamp(&known);
    time.map(|time| time.nanoseconds()).map_err(of_client)
}

/// Verifies that the chain behind `connection` held, at the height of the evidence, this at `path`. `what` names it.
///
/// # Errors
/// ibc-go's refusals, with `failed {what} verification for client (…)` before them.
pub(crate) fn verify(
    view: &(impl View + ?Sized),
    connection: &ConnectionEnd,
    evidence: &Evidence<'_>,
    delay: Delay,
    what: &str,
    path: String,
    held: Held,
) -> Result<(), Error> {
    let verified = verify_inner(view, connection, evidence, delay, path, held);
    verified.map_err(|error| {
        error.within(&format!("failed {what} verification for client ({})", connection.client_id))
    })
}

fn verify_inner(
    view: &(impl View + ?Sized),
    connection: &ConnectionEnd,
    evidence: &Evidence<'_>,
    delay: Delay,
    path: String,
    held: Held,
) -> Result<(), Error> {
    let id = connection.client_id.as_str();
    let at = evidence.height();
    let state = client_state(view, id)?.ok_or_else(|| client::not_found(id))?;
    let status = status(view, id, &state)?;
    if status != ClientStatus::Active {
        return Err(client::not_active(format!("client ({id}) status is {}", status.as_str())));
    }
    let latest = state.latest_height();
    if (latest.revision_number(), latest.revision_height()) < at {
        return Err(general::invalid_height(format!(
            "client state height < proof height ({latest} < {}-{}), please ensure the client has been updated",
            at.0, at.1
        )));
    }
    let unknown = "please ensure the proof was constructed against a height that exists on the client";
    let consensus = consensus_state(view, id, at)?.ok_or_else(|| client::consensus_not_found(unknown))?;
    if delay == Delay::Respected && connection.delay_period > 0 {
        delay_passed(view, id, at, connection.delay_period)?;
    }
    let prefix = connection.counterparty.as_ref().and_then(|end| end.prefix.as_ref());
    let prefix = prefix.map(|prefix| prefix.key_prefix.clone()).unwrap_or_default();
    if prefix.is_empty() {
        return Err(commitment::invalid_prefix("prefix can't be empty"));
    }
    let prefix = CommitmentPrefix::from(prefix);
    let proof = CommitmentProofBytes::try_from(evidence.proof.to_vec()).map_err(commitment::invalid_proof)?;
    let path = PathBytes::from_bytes(path);
    match held {
        Held::Value(value) => state.verify_membership_raw(&prefix, &proof, consensus.root(), path, value),
        Held::Nothing => state.verify_non_membership_raw(&prefix, &proof, consensus.root(), path),
    }
    .map_err(of_client)
}

/// Checks that the connection's delay has passed since our client learnt of the height, in time and in blocks.
fn delay_passed(view: &(impl View + ?Sized), id: &str, at: IbcHeight, delay: u64) -> Result<(), Error> {
    let host = IbcCtx::new(view);
    let (Ok(client_id), Ok(height)) =
        (id.parse::<ClientId>(), ibc::core::client::types::Height::new(at.0, at.1))
    else {
        return Err(client::not_found(id));
    };
    let learnt = host.client_update_meta(&client_id, &height).map_err(|error| of_client(error.into()));
    let (time, height) = host.settle(learnt)?;
    let earliest = time.nanoseconds().saturating_add(delay);
    let now = view::host_nanos(view);
    if now < earliest {
        return Err(tendermint::delay_not_passed(format!(
            "cannot verify packet until time: {earliest}, current time: {now}"
        )));
    }
    let per_block = u64::try_from(params::block_time_max(view.state())?.as_nanos()).unwrap_or(u64::MAX);
    let earliest = height.revision_height().saturating_add(delay.div_ceil(per_block));
    let current = view::host_height(view).1;
    if current < earliest {
        return Err(tendermint::delay_not_passed(format!(
            "cannot verify packet until height: {earliest}, current height: {current}"
        )));
    }
    Ok(())
}
