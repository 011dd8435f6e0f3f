//! Where the protocol stands, of a provider or a consumer, by what its own queries and its state tell.

use super::Sheet;
use crate::rpc::node::Asked;
use ics_abci::{Height, Query, Time};
use ics_chain::ccv_host::standing::{self, Told};
use ics_proto::cosmos::base::query::v1beta1::PageRequest;
use ics_proto::ibc::core::channel::v1::{
    QueryChannelClientStateRequest, QueryChannelClientStateResponse, QueryChannelsRequest,
    QueryChannelsResponse, QueryNextSequenceSendRequest, QueryNextSequenceSendResponse,
    QueryPacketCommitmentsRequest, QueryPacketCommitmentsResponse,
};
use ics_proto::ibc::core::client::v1::{
    QueryClientStateRequest, QueryClientStateResponse, QueryConsensusStateRequest,
    QueryConsensusStateResponse,
};
use ics_proto::ibc::lightclients::tendermint::v1::{ClientState, ConsensusState};
use ics_proto::interchain_security::ccv::consumer::v1::{
    QueryProviderInfoRequest, QueryProviderInfoResponse,
};
use ics_proto::interchain_security::ccv::provider::v1::{
    Chain, ConsumerPhase, QueryConsumerChainsRequest, QueryConsumerChainsResponse,
    QueryConsumerValidatorsRequest, QueryConsumerValidatorsResponse, QueryThrottleStateRequest,
    QueryThrottleStateResponse,
};
use prost::Message;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// Most consumers that are told of; channels and packets likewise.
const MOST: u64 = 1_000;
/// Most launched consumers whose sets are read.
const SETS_MAX: usize = 100;

const PROVIDER: &str = "/interchain_security.ccv.provider.v1.Query/";
const CONSUMER: &str = "/interchain_security.ccv.consumer.v1.Query/";
const CLIENT: &str = "/ibc.core.client.v1.Query/";
const CHANNEL: &str = "/ibc.core.channel.v1.Query/";

/// Packets of a consumer's channel.
struct Packets {
    sent: u64,
    acknowledged: u64,
}

/// Puts where the protocol stands onto a sheet; nothing where a chain is neither provider nor consumer.
pub(crate) fn read(node: &Asked<'_>, sheet: &mut Sheet<'_>) {
    let Some(state) = node.state() else { return };
    if let Ok(Some(standing)) = standing::provider(&state) {
        let help = "Number of the next validator set update.";
        sheet.gauge("ccv_vsc_id", help, &[], standing.vsc_id);
        provider(node, sheet, &standing.consumers);
    }
    if let Ok(Some(standing)) = standing::consumer(&state) {
        let help = "Number of the last validator set update that was received.";
        sheet.gauge("ccv_received_vsc_id", help, &[], standing.vsc_id);
        let help = "Changes of the set that wait for the end of a block.";
        sheet.gauge("ccv_pending_changes", help, &[], standing.changes_pending);
        let help = "Whether transactions other than IBC's are taken: 1 if yes, 0 if no.";
        sheet.gauge("ccv_gate_open", help, &[], i64::from(standing.is_open));
        let info = ask(node, &format!("{CONSUMER}QueryProviderInfo"), &QueryProviderInfoRequest {});
        let info = info.and_then(|info: QueryProviderInfoResponse| info.consumer);
        if let Some(end) = info {
            expiry(node, sheet, &end.client_id, &[("client_id", &end.client_id)]);
        }
    }
}

fn provider(node: &Asked<'_>, sheet: &mut Sheet<'_>, told: &[Told]) {
    let throttle = ask(node, &format!("{PROVIDER}QueryThrottleState"), &QueryThrottleStateRequest {});
    if let Some(QueryThrottleStateResponse { slash_meter, slash_meter_allowance, .. }) = throttle {
        let help = "Power that may be jailed before reports are bounced; below 0 they are.";
        sheet.gauge("ccv_slash_meter", help, &[], slash_meter);
        let help = "What the slash meter holds at most.";
        sheet.gauge("ccv_slash_meter_allowance", help, &[], slash_meter_allowance);
    }
    let pagination = Some(PageRequest { limit: MOST, ..PageRequest::default() });
    let request = QueryConsumerChainsRequest { phase: 0, pagination };
    let chains = ask(node, &format!("{PROVIDER}QueryConsumerChains"), &request);
    let chains = chains.map(|answer: QueryConsumerChainsResponse| answer.chains).unwrap_or_default();
    let packets = packets(node);
    let mut sets = 0_usize;
    for chain in &chains {
        let phase = ConsumerPhase::from_str_name(&chain.phase).unwrap_or(ConsumerPhase::Unspecified);
        let is_read = phase == ConsumerPhase::Launched && sets < SETS_MAX;
        sets = sets.saturating_add(usize::from(is_read));
        consumer(node, sheet, chain, phase, is_read);
        let labels = labels(chain);
        if let Some(told) = told.iter().find(|told| told.consumer_id.to_string() == chain.consumer_id) {
            let help = "Number of the last validator set update that was sent.";
            sheet.gauge("ccv_consumer_vsc_id_sent", help, &labels, told.vsc_id_sent.unwrap_or(0));
            let help = "Validator set updates that wait to be sent.";
            sheet.gauge("ccv_consumer_pending_packets", help, &labels, told.pending);
        }
        if let Some(Packets { sent, acknowledged }) = packets.get(&chain.client_id) {
            let help = "Packets that were sent over the consumer's channel.";
            sheet.gauge("ccv_consumer_packets_sent", help, &labels, *sent);
            let help = "Packets of the consumer's channel whose acknowledgement or timeout was received.";
            sheet.gauge("ccv_consumer_packets_acknowledged", help, &labels, *acknowledged);
        }
    }
}

fn labels(chain: &Chain) -> [(&'static str, &str); 2] {
    [("consumer_id", &chain.consumer_id), ("consumer_chain_id", &chain.chain_id)]
}

fn consumer(node: &Asked<'_>, sheet: &mut Sheet<'_>, chain: &Chain, phase: ConsumerPhase, is_read: bool) {
    let labels = labels(chain);
    let help = "Phase: 1 registered, 2 initialized, 3 launched, 4 stopped, 5 deleted.";
    sheet.gauge("ccv_consumer_phase", help, &labels, i32::from(phase));
    if is_read {
        let request = QueryConsumerValidatorsRequest { consumer_id: chain.consumer_id.clone() };
        let set = ask(node, &format!("{PROVIDER}QueryConsumerValidators"), &request);
        if let Some(QueryConsumerValidatorsResponse { validators }) = set {
            let power = validators.iter().fold(0_i64, |sum, one| sum.saturating_add(one.consumer_power));
            sheet.gauge("ccv_consumer_validators", "Validators of the consumer.", &labels, validators.len());
            sheet.gauge("ccv_consumer_power", "Their power together.", &labels, power);
        }
    }
    if !chain.client_id.is_empty() {
        let [id, of] = labels;
        expiry(node, sheet, &chain.client_id, &[id, of, ("client_id", &chain.client_id)]);
    }
}

/// Puts how long a client can still be updated, by the time of the chain's last block.
fn expiry(node: &Asked<'_>, sheet: &mut Sheet<'_>, client_id: &str, labels: &[(&'static str, &str)]) {
    if let Some(left) = expires_in(node, client_id) {
        let help = "Seconds until the client expires where nobody updates it; below 0 it has.";
        sheet.gauge("ccv_client_expiry_seconds", help, labels, left);
    }
}

fn expires_in(node: &Asked<'_>, client_id: &str) -> Option<i64> {
    #[derive(Deserialize)]
    struct Answer {
        header: Header,
    }
    #[derive(Deserialize)]
    struct Header {
        time: String,
    }
    let request = QueryClientStateRequest { client_id: client_id.to_owned() };
    let client: QueryClientStateResponse = ask(node, &format!("{CLIENT}ClientState"), &request)?;
    let client = ClientState::decode(client.client_state?.value.as_slice()).ok()?;
    let request = QueryConsensusStateRequest {
        client_id: client_id.to_owned(),
        latest_height: true,
        ..QueryConsensusStateRequest::default()
    };
    let state: QueryConsensusStateResponse = ask(node, &format!("{CLIENT}ConsensusState"), &request)?;
    let state = ConsensusState::decode(state.consensus_state?.value.as_slice()).ok()?;
    let last = node.engine("header", &json!({})).ok()?;
    let Answer { header } = serde_json::from_str(last.get()).ok()?;
    let now = Time::parse(&header.time).ok()?.seconds();
    let until = state.timestamp?.seconds.checked_add(client.trusting_period?.seconds)?;
    until.checked_sub(now)
}

/// Packets of the protocol's channels, by the client that each runs over.
fn packets(node: &Asked<'_>) -> BTreeMap<String, Packets> {
    let pagination = Some(PageRequest { limit: MOST, ..PageRequest::default() });
    let channels = ask(node, &format!("{CHANNEL}Channels"), &QueryChannelsRequest { pagination });
    let channels = channels.map(|answer: QueryChannelsResponse| answer.channels).unwrap_or_default();
    let ours = channels.into_iter().filter(|channel| channel.port_id == "provider").take(SETS_MAX);
    ours.filter_map(|channel| of_channel(node, &channel.port_id, &channel.channel_id)).collect()
}

fn of_channel(node: &Asked<'_>, port_id: &str, channel_id: &str) -> Option<(String, Packets)> {
    let (port_id, channel_id) = (port_id.to_owned(), channel_id.to_owned());
    let request = QueryChannelClientStateRequest { port_id: port_id.clone(), channel_id: channel_id.clone() };
    let client = ask(node, &format!("{CHANNEL}ChannelClientState"), &request);
    let client = client.and_then(|answer: QueryChannelClientStateResponse| answer.identified_client_state)?;
    let request = QueryNextSequenceSendRequest { port_id: port_id.clone(), channel_id: channel_id.clone() };
    let next: QueryNextSequenceSendResponse = ask(node, &format!("{CHANNEL}NextSequenceSend"), &request)?;
    let pagination = Some(PageRequest { limit: MOST, ..PageRequest::default() });
    let request = QueryPacketCommitmentsRequest { port_id, channel_id, pagination };
    let waiting: QueryPacketCommitmentsResponse =
        ask(node, &format!("{CHANNEL}PacketCommitments"), &request)?;
    let sent = next.next_sequence_send.saturating_sub(1);
    let waiting = u64::try_from(waiting.commitments.len()).unwrap_or(u64::MAX);
    Some((client.client_id, Packets { sent, acknowledged: sent.saturating_sub(waiting) }))
}

fn ask<Q: Message, A: Message + Default>(node: &Asked<'_>, path: &str, request: &Q) -> Option<A> {
    let query =
        Query { path: path.to_owned(), data: request.encode_to_vec(), height: Height(0), prove: false };
    let answer = node.ask(&query);
    if answer.code == 0 { A::decode(answer.value.as_slice()).ok() } else { None }
}
