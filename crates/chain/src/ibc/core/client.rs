//! Clients: what this chain knows of others. Source: ICS-02, ICS-07, ibc-go `02-client`.

use super::refusal::of_client;
use super::{IbcCtx, verify};
use crate::ibc::error::{client, general};
use crate::ibc::view::{self, IbcHeight, View};
use crate::ibc::{id, params};
use crate::{Ctx, Error};
use core::str::FromStr;
use core::time::Duration;
use ibc::clients::tendermint::client_state::ClientState;
use ibc::clients::tendermint::types::{
    ConsensusState as ConsensusStateType, Header, Misbehaviour, TENDERMINT_CLIENT_STATE_TYPE_URL,
    TENDERMINT_HEADER_TYPE_URL, TENDERMINT_MISBEHAVIOUR_TYPE_URL,
};
use ibc::core::client::context::client_state::{ClientStateCommon, ClientStateValidation};
use ibc::core::client::handler;
// ibc-rs marks misbehaviour's own message as superseded by updates; relayers still send it.
#[allow(deprecated)]
use ibc::core::client::types::msgs::MsgSubmitMisbehaviour as Submit;
use ibc::core::client::types::msgs::{
    MsgCreateClient as Create, MsgUpdateClient as Update, MsgUpdateOrMisbehaviour,
};
use ibc::core::commitment_types::specs::ProofSpecs;
use ibc::core::host::ValidationContext;
use ibc::core::host::types::identifiers::{ChainId, ClientId};
use ibc::core::primitives::Signer;
use ibc_proto::google::protobuf::Any;
use ibc_proto::ibc::core::client::v1::{
    MsgCreateClient, MsgCreateClientResponse, MsgSubmitMisbehaviour, MsgSubmitMisbehaviourResponse,
    MsgUpdateClient, MsgUpdateClientResponse,
};
use ibc_proto::ibc::lightclients::tendermint::v1::ClientState as RawClientState;
use ics_kv::{Corrupt, Read};
use prost::Message;

/// Greatest denominator of a trust level.
const DENOMINATOR_MAX: u64 = 15;

/// Whether a client can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientStatus {
    /// It can.
    Active,
    /// Its latest header is older than its trusting period.
    Expired,
    /// It saw its chain misbehave.
    Frozen,
    /// Governance does not trust its kind.
    Unauthorized,
}

impl ClientStatus {
    /// ibc-go's word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Expired => "Expired",
            Self::Frozen => "Frozen",
            Self::Unauthorized => "Unauthorized",
        }
    }
}

/// A Tendermint client, as others ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientView {
    /// The chain that it follows.
    pub chain_id: String,
    /// The latest height it knows.
    pub latest_height: IbcHeight,
    /// Whether it can be used: neither frozen nor expired.
    pub active: bool,
    /// The same, and why not.
    pub status: ClientStatus,
    /// How long a header is trusted.
    pub trusting_period: Duration,
}

/// A client, if there is one of this name.
///
/// # Errors
/// [`Corrupt`] if stored values do not decode.
pub fn client_view(view: &(impl View + ?Sized), id: &str) -> Result<Option<ClientView>, Corrupt> {
    let Some(state) = verify::client_state(view, id)? else { return Ok(None) };
    let latest = state.latest_height();
    let status = verify::status(view, id, &state)?;
    Ok(Some(ClientView {
        chain_id: state.inner().chain_id().to_string(),
        latest_height: (latest.revision_number(), latest.revision_height()),
        active: status == ClientStatus::Active,
        status,
        trusting_period: state.inner().trusting_period,
    }))
}

/// How many clients were created so far.
///
/// # Errors
/// [`Corrupt`] if the counter is missing or does not decode.
pub fn client_counter(state: &(impl Read + ?Sized)) -> Result<u64, Corrupt> {
    let path = crate::ibc::path::NEXT_CLIENT;
    view::number(state, path)?.ok_or_else(|| Corrupt { key: crate::ibc::path::key(path) })
}

/// Creates a Tendermint client from its first state (ICS-02 `createClient`); gives its id.
///
/// # Errors
/// ibc-go's refusals of states that no working client can start from; ibc-rs' refusal of chain ids outside ICS-24.
pub fn create_client_from_states(
    ctx: &mut Ctx<'_>,
    client_state: Any,
    consensus_state: Any,
) -> Result<String, Error> {
    if client_state.type_url != TENDERMINT_CLIENT_STATE_TYPE_URL {
        return Err(client::invalid_type(format!("cannot create client of type {}", client_state.type_url)));
    }
    if !params::is_tendermint_allowed(ctx)? {
        let id = client_counter(ctx)?;
        return Err(client::invalid_type(format!(
            "client (07-tendermint-{id}) type 07-tendermint is not in the allowed client list"
        )));
    }
    check_chain_id(&client_state)?;
    let state = ClientState::try_from(client_state.clone()).map_err(client::invalid)?;
    sound(&state)?;
    if state.inner().is_frozen() {
        return Err(client::not_active("cannot create client with status Frozen"));
    }
    ConsensusStateType::try_from(consensus_state.clone()).map_err(client::invalid_consensus)?;
    ctx.atomically(|ctx| {
        let mut host = IbcCtx::new(&mut *ctx);
        let msg = Create { client_state, consensus_state, signer: Signer::from(String::new()) };
        let created = (|| {
            let id = state.client_type().build_client_id(host.client_counter()?);
            handler::create_client::validate(&host, msg.clone())?;
            handler::create_client::execute(&mut host, msg)?;
            Ok(id)
        })();
        host.settle(created.map(|id: ClientId| id.to_string()).map_err(of_client))
    })
}

/// Says which chain id the light client's code cannot hold: its own words do not.
fn check_chain_id(client_state: &Any) -> Result<(), Error> {
    let chain_id = RawClientState::decode(client_state.value.as_slice()).map_err(client::invalid)?.chain_id;
    match ChainId::from_str(&chain_id) {
        Ok(_) => Ok(()),
        Err(error) => Err(client::invalid(format!("chain id {chain_id:?}: {error}"))),
    }
}

/// What the light client's code can work with, whoever wrote the state: anybody may create a client.
pub(crate) fn sound(state: &ClientState) -> Result<(), Error> {
    let state = state.inner();
    // The verifier multiplies a voting power of at most 2^60 by these, unchecked, in 64 bits.
    let denominator = state.trust_level.denominator();
    if denominator > DENOMINATOR_MAX {
        return Err(client::invalid(format!(
            "trust level with denominator {denominator}, at most {DENOMINATOR_MAX} is supported"
        )));
    }
    // The ICS-23 verifier divides and indexes by what a specification says: unchecked, any other one can stop the chain.
    if state.proof_specs != ProofSpecs::cosmos() {
        return Err(client::invalid(
            "only the proof specifications of the Cosmos SDK (IAVL, simple Merkle) are supported",
        ));
    }
    state.validate().map_err(client::invalid)
}

/// Answers `MsgCreateClient`.
///
/// # Errors
/// As [`create_client_from_states`].
pub fn create_client(ctx: &mut Ctx<'_>, msg: MsgCreateClient) -> Result<MsgCreateClientResponse, Error> {
    let state = msg.client_state.ok_or_else(|| client::invalid("no client state"))?;
    let consensus = msg.consensus_state.ok_or_else(|| client::invalid_consensus("no consensus state"))?;
    create_client_from_states(ctx, state, consensus)?;
    Ok(MsgCreateClientResponse {})
}

/// Answers `MsgUpdateClient`: a header, or misbehaviour.
///
/// # Errors
/// Where the client is missing or not active, and where the message does not verify.
pub fn update_client(ctx: &mut Ctx<'_>, msg: MsgUpdateClient) -> Result<MsgUpdateClientResponse, Error> {
    let message = msg.client_message.ok_or_else(|| client::invalid_header("no client message"))?;
    let client_id = ready(ctx, &msg.client_id, &message)?;
    let update = Update { client_id, client_message: message, signer: Signer::from(msg.signer) };
    apply(ctx, || MsgUpdateOrMisbehaviour::UpdateClient(update.clone()))?;
    Ok(MsgUpdateClientResponse {})
}

/// Answers `MsgSubmitMisbehaviour`.
///
/// # Errors
/// Where the client is missing or not active, and where there is no misbehaviour to see.
pub fn submit_misbehaviour(
    ctx: &mut Ctx<'_>,
    msg: MsgSubmitMisbehaviour,
) -> Result<MsgSubmitMisbehaviourResponse, Error> {
    let misbehaviour = msg.misbehaviour.ok_or_else(|| client::invalid_misbehaviour("no misbehaviour"))?;
    let client_id = ready(ctx, &msg.client_id, &misbehaviour)?;
    #[allow(deprecated)]
    let submit = Submit { client_id, misbehaviour, signer: Signer::from(msg.signer) };
    apply(ctx, || MsgUpdateOrMisbehaviour::Misbehaviour(submit.clone()))?;
    Ok(MsgSubmitMisbehaviourResponse {})
}

fn apply(ctx: &mut Ctx<'_>, msg: impl Fn() -> MsgUpdateOrMisbehaviour) -> Result<(), Error> {
    ctx.atomically(|ctx| {
        let mut host = IbcCtx::new(&mut *ctx);
        let done = handler::update_client::validate(&host, msg())
            .and_then(|()| handler::update_client::execute(&mut host, msg()));
        host.settle(done.map_err(of_client))
    })
}

/// Verifies a header and keeps what it says, without looking for misbehaviour and without events: what a mempool needs
/// to judge the messages behind an update.
pub(crate) fn update_for_check(ctx: &mut Ctx<'_>, msg: MsgUpdateClient) -> Result<(), Error> {
    use ibc::core::client::context::client_state::ClientStateExecution;
    let message = msg.client_message.ok_or_else(|| client::invalid_header("no client message"))?;
    let client_id = ready(ctx, &msg.client_id, &message)?;
    let state =
        verify::client_state(ctx, &msg.client_id)?.ok_or_else(|| client::not_found(&msg.client_id))?;
    if message.type_url != TENDERMINT_HEADER_TYPE_URL {
        return Ok(());
    }
    ctx.atomically(|ctx| {
        let mut host = IbcCtx::new(&mut *ctx);
        let done = state
            .verify_client_message(&host, &client_id, message.clone())
            .and_then(|()| state.update_state(&mut host, &client_id, message));
        host.settle(done.map(|_| ()).map_err(of_client))
    })
}

/// The client that a message is for, if it is there and active and the message cannot upset ibc-rs.
fn ready(ctx: &Ctx<'_>, client_id: &str, message: &Any) -> Result<ClientId, Error> {
    id::client(client_id)?;
    let Some(known) = client_view(ctx, client_id)? else { return Err(client::not_found(client_id)) };
    if known.status != ClientStatus::Active {
        let status = known.status.as_str();
        return Err(client::not_active(format!("cannot update client ({client_id}) with status {status}")));
    }
    match message.type_url.as_str() {
        TENDERMINT_HEADER_TYPE_URL => {
            countable(&Header::try_from(message.clone()).map_err(general::unpack_any)?)?
        }
        TENDERMINT_MISBEHAVIOUR_TYPE_URL => {
            let found = Misbehaviour::try_from(message.clone()).map_err(general::unpack_any)?;
            countable(found.header1())?;
            countable(found.header2())?;
        }
        other => return Err(general::unpack_any(format!("no client message of type {other:?}"))),
    }
    ClientId::from_str(client_id).map_err(client::not_found)
}

/// ibc-rs takes for granted that a header has a height and a chain id that it can parse, and panics otherwise.
fn countable(header: &Header) -> Result<(), Error> {
    let inner = &header.signed_header.header;
    if inner.height.value() == 0 {
        return Err(client::invalid_header("height of the header is 0"));
    }
    ChainId::from_str(inner.chain_id.as_str()).map(|_| ()).map_err(client::invalid_header)
}
