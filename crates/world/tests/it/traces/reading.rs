//! What the chains hold inside their open blocks, in the model's words.

use super::cast::{CAST, TOKEN};
use super::chain::Chain;
use super::network::{CONSUMERS, Consumer, Network, consumer_id};
use ics_abci::{ConsAddr, Time, ValUpdate};
use ics_ccv::consumer::state as on_consumer;
use ics_ccv::id::{AtHeight, ConsumerId, VscId};
use ics_ccv::provider::link::Link;
use ics_ccv::provider::phase::Phase;
use ics_ccv::provider::state;
use ics_ccv::wire::vsc::ValidatorSetChange;
use ics_chain::ibc::channel::ChannelState;
use ics_chain::ibc::channel_view;
use ics_chain::modules::staking;
use ics_kv::{Bytes, KeyRange, Read, Scan};
use ics_proto::Any;
use ics_proto::ibc::core::channel::v1::Packet;
use ics_proto::ibc::core::connection::v1::{ConnectionEnd, State as ConnectionState};
use ics_proto::ibc::lightclients::tendermint::v1::{ClientState, ConsensusState};
use prost::Message;
use serde_json::{Map, Value, json};

/// Fields of the provider that are compared. Not there yet: `jailedUntil`, `tomb`, `ackOut`.
pub(crate) const PROVIDER_FIELDS: [&str; 10] =
    ["height", "time", "tokens", "jailed", "lastPower", "vscId", "vscHeight", "meter", "meterTime", "toCons"];
/// Fields of the provider's record of each consumer that are compared. Not there yet: `slashAcks`. `clientTime` is
/// compared while there is a client.
pub(crate) const RECORD_FIELDS: [&str; 17] = [
    "phase",
    "spawn",
    "removal",
    "optedIn",
    "minPower",
    "keyOf",
    "addrToVal",
    "prune",
    "valset",
    "pending",
    "channel",
    "closed",
    "hasClient",
    "initHeight",
    "hs",
    "shape",
    "clientTime",
];
/// Fields of each consumer's chain that are compared while it runs. Not there yet: `queue`, `recExists`, `recWaiting`,
/// `recTime`, `toProv`.
pub(crate) const CHAIN_FIELDS: [&str; 10] = [
    "height",
    "time",
    "valset",
    "pendChanges",
    "curVsc",
    "nextVsc",
    "outstanding",
    "est",
    "chanOpen",
    "clientTime",
];

/// A store of a state.
pub(crate) struct Scope<'a> {
    state: &'a (dyn Read + Send + Sync),
    prefix: &'static [u8],
}

impl<'a> Scope<'a> {
    pub(crate) fn provider(chain: &'a Chain) -> Self {
        Self { state: chain.state(), prefix: b"provider/" }
    }

    fn consumer(chain: &'a Chain) -> Self {
        Self { state: chain.state(), prefix: b"ccvconsumer/" }
    }

    fn ibc(chain: &'a Chain) -> Self {
        Self { state: chain.state(), prefix: b"ibc/" }
    }

    /// A protobuf message under a path.
    fn message<M: Message + Default>(&self, path: &str) -> Option<M> {
        self.get(path.as_bytes()).map(|bytes| M::decode(bytes).unwrap())
    }
}

impl Read for Scope<'_> {
    fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.state.get(&[self.prefix, key].concat())
    }

    fn scan(&self, range: KeyRange) -> Scan<'_> {
        let end = match range.end {
            Some(end) => Some([self.prefix, &end].concat()),
            None => KeyRange::prefix(self.prefix).end,
        };
        let start = [self.prefix, &range.start].concat();
        let entries = self.state.scan(KeyRange { start, end, descending: range.descending });
        Box::new(entries.map(|(key, value)| (key.slice(self.prefix.len()..), value)))
    }
}

/// All that is compared, as the model's state has it.
pub(crate) fn read(net: &Network) -> Value {
    let chains = net.consumers.iter().map(|(c, consumer)| ((*c).to_owned(), chain(net, consumer)));
    json!({"P": provider(net), "C": chains.collect::<Map<_, _>>()})
}

fn provider(net: &Network) -> Value {
    let chain = &net.provider;
    let mut tokens = Map::new();
    let mut jailed = Vec::new();
    for validator in staking::validators(chain.state()) {
        let validator = validator.unwrap();
        let name = CAST.name_of_operator(&validator.operator);
        assert_eq!(validator.tokens % TOKEN, 0);
        tokens.insert(name.to_owned(), number(validator.tokens / TOKEN));
        if validator.jailed {
            jailed.push(name);
        }
    }
    jailed.sort_unstable();
    let powers = staking::last_powers(chain.state()).unwrap().into_iter();
    let powers = powers.map(|(operator, power)| (CAST.name_of_operator(&operator).to_owned(), power.into()));
    let scope = Scope::provider(chain);
    let heights = state::LIABLE.iter(&scope).map(|entry| entry.unwrap());
    let heights = heights.map(|(id, liable)| (id.0.to_string(), liable.height.0.into()));
    let meter = state::METER.get(&scope).unwrap().unwrap();
    let by_consumer = |of: &dyn Fn(&str) -> Value| {
        Value::Object(CONSUMERS.map(|c| (c.to_owned(), of(c))).into_iter().collect())
    };
    json!({
        "height": chain.height(),
        "time": net.seconds(chain.time()),
        "tokens": tokens,
        "jailed": jailed,
        "lastPower": powers.collect::<Map<_, _>>(),
        "vscId": state::VSC_ID.get(&scope).unwrap().unwrap().0,
        "vscHeight": heights.collect::<Map<_, _>>(),
        "meter": meter.level,
        "meterTime": net.seconds(meter.candidate),
        "cons": by_consumer(&|c| record(net, c)),
        "toCons": by_consumer(&|c| net.consumers.get(c).map_or(json!([]), |consumer| under_way(net, consumer))),
    })
}

/// What the provider knows of a consumer.
fn record(net: &Network, c: &str) -> Value {
    let (chain, id) = (&net.provider, consumer_id(c));
    let scope = Scope::provider(chain);
    let phase = state::PHASE.get(&scope, &id).unwrap();
    let link = state::LINK.get(&scope, &id).unwrap();
    let spawn = state::INIT_PARAMS.get(&scope, &id).unwrap().map(|init| init.spawn_time);
    let spawn = spawn.filter(|spawn| *spawn != Time::ZERO);
    let removal = state::REMOVAL_AT.get(&scope, &id).unwrap();
    let opted_in = state::OPTED_IN.iter(&scope).map(|entry| entry.unwrap().0);
    let opted_in = opted_in.filter(|(_, of)| *of == id).map(|(validator, _)| name(&validator.0));
    let set = state::SET.get(&scope, &id).unwrap().unwrap_or_default().into_iter().map(|member| {
        let key = json!({"key": name(&member.key.address()), "power": member.power});
        (name(&member.provider_addr.0).to_owned(), key)
    });
    let keys = state::KEY.under(&scope, &id).map(|entry| entry.unwrap());
    let keys = keys.map(|((_, validator), key)| (name(&validator.0).to_owned(), name(&key.address()).into()));
    let holders = state::HOLDER.iter(&scope).map(|entry| entry.unwrap()).filter(|((_, of), _)| *of == id);
    let holders = holders.map(|((key, _), validator)| (name(&key.0).to_owned(), name(&validator.0).into()));
    let pending = state::PENDING.under(&scope, &id).map(|entry| change(&entry.unwrap().1, 0, 0));
    let client = link.as_ref().map(|link: &Link| client_time(net, chain, &link.client().0));
    json!({
        "phase": phase.map_or("none", phase_name),
        "spawn": spawn.map_or(0, |spawn| net.seconds(spawn)),
        "removal": removal.map_or(0, |removal| net.seconds(removal)),
        "optedIn": sorted(opted_in),
        "minPower": state::MIN_POWER.get(&scope, &id).unwrap().unwrap_or(0),
        "shape": shape(&scope, id),
        "keyOf": keys.collect::<Map<_, _>>(),
        "addrToVal": holders.collect::<Map<_, _>>(),
        "prune": replaced(net, &scope, id),
        "valset": set.collect::<Map<_, _>>(),
        "pending": pending.collect::<Vec<_>>(),
        "channel": link.as_ref().is_some_and(|link| link.channel().is_some()),
        "closed": net.consumers.get(c).is_some_and(|consumer| channel(net, consumer, 0) == Some(ChannelState::Closed)),
        "hasClient": link.is_some(),
        "clientTime": client.unwrap_or(0),
        "initHeight": link.as_ref().and_then(Link::opened).map_or(0, |height| height.0),
        "hs": net.consumers.get(c).map_or(0, |consumer| steps(net, consumer)),
    })
}

fn shape(scope: &Scope<'_>, id: ConsumerId) -> Value {
    let shape = state::POWER_SHAPING.get(scope, &id).unwrap().unwrap_or_default();
    let list = |texts: &[String]| {
        sorted(texts.iter().map(|text| name(&ConsAddr::parse("cosmosvalcons", text).unwrap())))
    };
    json!({
        "topN": shape.top_n,
        "setCap": shape.validator_set_cap,
        "powerCap": shape.validators_power_cap,
        "minStake": number(u128::from(shape.min_stake) / TOKEN),
        "allowInactive": shape.allow_inactive_vals,
        "allow": list(&shape.allowlist),
        "deny": list(&shape.denylist),
        "prio": list(&shape.prioritylist),
    })
}

/// The replaced keys of a consumer that wait to be forgotten, in the order of the model's list.
fn replaced(net: &Network, scope: &Scope<'_>, id: ConsumerId) -> Value {
    let retired = state::RETIRED.under(scope, &id).map(|entry| entry.unwrap());
    let mut entries: Vec<(i64, &str)> = retired
        .map(|((_, key), slot)| (slot.map_or(-1, |slot| net.seconds(slot.due)), name(&key.0)))
        .collect();
    entries.sort_unstable();
    entries.into_iter().map(|(ts, key)| json!({"key": key, "ts": ts})).collect()
}

/// Packets to a consumer that nobody has relayed yet.
fn under_way(net: &Network, consumer: &Consumer) -> Value {
    let Some(channel) = &consumer.ends.channel[0] else { return json!([]) };
    let scope = Scope::ibc(&net.provider);
    let mut list = Vec::new();
    for sent in net.provider.sent.iter().filter(|sent| sent.packet.source_channel == *channel) {
        let sequence = sent.packet.sequence;
        if consumer.settled.contains(&sequence) {
            continue;
        }
        let commitment = format!("commitments/ports/provider/channels/{channel}/sequences/{sequence}");
        assert!(scope.get(commitment.as_bytes()).is_some(), "packet {sequence} of {channel} is committed to");
        let timeout_s = i64::try_from(sent.packet.timeout_timestamp / 1_000_000_000).unwrap();
        let timeout_s = net.seconds(Time::new(timeout_s, 0).unwrap());
        list.push(change(&ValidatorSetChange::decode(&sent.packet.data).unwrap(), sent.height, timeout_s));
    }
    list.into()
}

/// The id of an update.
pub(crate) fn packet_id(packet: &Packet) -> i64 {
    i64::try_from(ValidatorSetChange::decode(&packet.data).unwrap().id.0).unwrap()
}

fn change(change: &ValidatorSetChange, sent_height: u64, timeout_s: i64) -> Value {
    let acks = change.slash_acks.iter().map(|text| name(&ConsAddr::parse("cosmosvalcons", text).unwrap()));
    json!({
        "id": change.id.0,
        "updates": powers(&change.updates),
        "acks": acks.collect::<Vec<_>>(),
        "sentHeight": sent_height,
        "timeout": timeout_s,
    })
}

/// What a consumer's chain holds.
fn chain(net: &Network, consumer: &Consumer) -> Value {
    let chain = &consumer.chain;
    let scope = Scope::consumer(chain);
    let members = on_consumer::VALIDATORS.iter(&scope).map(|entry| entry.unwrap());
    let members = members.map(|(addr, member)| (name(&addr.0).to_owned(), member.power.into()));
    let vsc_at = |height: u64| {
        on_consumer::VSC_ID_AT.get(&scope, &AtHeight(ics_abci::Height(height))).unwrap().unwrap_or(VscId(0)).0
    };
    let outstanding = on_consumer::OUTSTANDING_DOWNTIME.iter(&scope).map(|entry| name(&entry.unwrap().0.0));
    json!({
        "height": chain.height(),
        "time": net.seconds(chain.time()),
        "valset": members.collect::<Map<_, _>>(),
        "pendChanges": powers(&on_consumer::PENDING_CHANGES.get(&scope).unwrap().unwrap_or_default()),
        "curVsc": vsc_at(chain.height()),
        "nextVsc": vsc_at(chain.height() + 1),
        "outstanding": sorted(outstanding),
        "est": on_consumer::PROVIDER_CHANNEL.get(&scope).unwrap().is_some(),
        "chanOpen": channel(net, consumer, 1) == Some(ChannelState::Open),
        "clientTime": client_time(net, chain, &consumer.path.b.client_id),
    })
}

/// The time of the latest header that a client knows.
fn client_time(net: &Network, chain: &Chain, client: &str) -> i64 {
    let scope = Scope::ibc(chain);
    let state = scope.message::<Any>(&format!("clients/{client}/clientState")).unwrap();
    let height = ClientState::decode(state.value.as_slice()).unwrap().latest_height.unwrap();
    let height = format!("{}-{}", height.revision_number, height.revision_height);
    let state = scope.message::<Any>(&format!("clients/{client}/consensusStates/{height}")).unwrap();
    let time = ConsensusState::decode(state.value.as_slice()).unwrap().timestamp.unwrap();
    net.seconds(Time::new(time.seconds, u32::try_from(time.nanos).unwrap()).unwrap())
}

/// How many steps of the handshake both chains have taken; side 0 is the provider.
fn steps(net: &Network, consumer: &Consumer) -> usize {
    let taken = [0, 1].map(|side| {
        let chain = if side == 0 { &net.provider } else { &consumer.chain };
        let connection = consumer.ends.connection[side].as_ref().map(|id| {
            Scope::ibc(chain).message::<ConnectionEnd>(&format!("connections/{id}")).unwrap().state()
        });
        let channel = channel(net, consumer, side);
        let is_past_open = matches!(channel, Some(ChannelState::Open | ChannelState::Closed));
        usize::from(connection.is_some())
            + usize::from(connection == Some(ConnectionState::Open))
            + usize::from(channel.is_some())
            + usize::from(is_past_open)
    });
    taken.iter().sum()
}

fn channel(net: &Network, consumer: &Consumer, side: usize) -> Option<ChannelState> {
    let (chain, port) = if side == 0 { (&net.provider, "provider") } else { (&consumer.chain, "consumer") };
    let id = consumer.ends.channel[side].as_ref()?;
    Some(channel_view(chain.state(), port, id).unwrap().unwrap().state)
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Registered => "registered",
        Phase::Initialized => "initialized",
        Phase::Launched => "launched",
        Phase::Stopped => "stopped",
        Phase::Deleted => "deleted",
    }
}

fn name(addr: &ConsAddr) -> &'static str {
    CAST.name(addr)
}

fn powers(updates: &[ValUpdate]) -> Value {
    let updates = updates.iter();
    updates
        .map(|update| (name(&update.key.address()).to_owned(), Value::from(update.power)))
        .collect::<Map<_, _>>()
        .into()
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Value {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.into()
}

fn number(value: u128) -> Value {
    u64::try_from(value).unwrap().into()
}
