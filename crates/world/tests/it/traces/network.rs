//! The world of a trace: one provider, up to three consumers, nobody but the trace to move them.

use super::cast::{CAST, TOKEN};
use super::chain::Chain;
use ics_abci::{Height, Time, module_address};
use ics_ccv::id::ConsumerId;
use ics_ccv::provider::phase::Phase;
use ics_ccv::provider::state;
use ics_chain::roles::{CONSUMER, PROVIDER};
use ics_proto::ibc::lightclients::tendermint::v1::{ClientState, Fraction};
use ics_proto::interchain_security::ccv::provider::v1 as pb;
use ics_relay::{End, Path, Side, Wanted};
use ics_world::topology::{CONSUMER_PREFIX, PROVIDER_PREFIX};
use ics_world::{consumer_genesis, provider_genesis};
use prost::Message;
use std::collections::{BTreeMap, BTreeSet};

/// The model's consumers, in the order in which they are created.
pub(crate) const CONSUMERS: [&str; 3] = ["c0", "c1", "c2"];

/// A consumer's chain and the path to it; the provider is side A.
pub(crate) struct Consumer {
    pub(crate) chain: Chain,
    pub(crate) path: Path,
    /// Connection and channel, here and on the provider, as the handshake goes on.
    pub(crate) ends: Ends,
    /// Sequences of the provider's packets that were delivered, or gave up with their channel.
    pub(crate) settled: BTreeSet<u64>,
}

/// Names that a handshake has given so far.
#[derive(Default)]
pub(crate) struct Ends {
    pub(crate) connection: [Option<String>; 2],
    pub(crate) channel: [Option<String>; 2],
}

/// All chains.
pub(crate) struct Network {
    pub(crate) provider: Chain,
    pub(crate) consumers: BTreeMap<&'static str, Consumer>,
    genesis_time: Time,
}

/// What a consumer calls itself.
pub(crate) fn chain_id(c: &str) -> String {
    format!("{c}-1")
}

/// What the provider calls a consumer.
pub(crate) fn consumer_id(c: &str) -> ConsumerId {
    ConsumerId(u64::try_from(CONSUMERS.iter().position(|name| *name == c).unwrap()).unwrap())
}

/// Who owns every consumer.
pub(crate) fn governance() -> String {
    module_address("gov").to_text(PROVIDER_PREFIX)
}

impl Network {
    /// Starts the provider.
    pub(crate) fn new() -> Self {
        let genesis_time = Time::parse("2025-01-01T00:00:00Z").unwrap();
        let mut genesis = provider_genesis(&CAST.plan, genesis_time).unwrap();
        let mut app_state: serde_json::Value = serde_json::from_slice(&genesis.app_state).unwrap();
        app_state["staking"]["params"]["max_entries"] = 1_000_000.into();
        app_state["provider"]["params"] = provider_params();
        genesis.app_state = serde_json::to_vec(&app_state).unwrap();
        let provider = Chain::start(&genesis, PROVIDER_PREFIX, &PROVIDER);
        Self { provider, consumers: BTreeMap::new(), genesis_time }
    }

    /// A time in the model's seconds.
    pub(crate) fn seconds(&self, time: Time) -> i64 {
        assert_eq!(time.nanos(), 0);
        time.seconds() - self.genesis_time.seconds()
    }

    /// A moment of the model.
    pub(crate) fn moment(&self, seconds: i64) -> Time {
        Time::new(self.genesis_time.seconds() + seconds, 0).unwrap()
    }

    /// Starts the chains of consumers that have just launched.
    pub(crate) fn start_launched(&mut self) {
        for c in CONSUMERS {
            let provider = super::reading::Scope::provider(&self.provider);
            let phase = state::PHASE.get(&provider, &consumer_id(c)).unwrap();
            if phase == Some(Phase::Launched) && !self.consumers.contains_key(c) {
                let consumer = self.launch(c);
                self.consumers.insert(c, consumer);
            }
        }
    }

    fn launch(&self, c: &str) -> Consumer {
        let id = consumer_id(c);
        let path = "/interchain_security.ccv.provider.v1.Query/QueryConsumerGenesis";
        let request = pb::QueryConsumerGenesisRequest { consumer_id: id.to_string() }.encode_to_vec();
        let answer = self.provider.open().call(path, &request).unwrap();
        let served = pb::QueryConsumerGenesisResponse::decode(answer.as_slice()).unwrap();
        let text = ics_proto::json::to_json_of(&served.genesis_state.unwrap()).unwrap();
        let genesis =
            consumer_genesis(&CAST.plan, &chain_id(c), Height(1), self.provider.time(), &text).unwrap();
        let link = state::LINK.get(&super::reading::Scope::provider(&self.provider), &id).unwrap().unwrap();
        let end = |client: &str, prefix: &str| End {
            client_id: client.to_owned(),
            signer: CAST.relayer.address().to_text(prefix),
        };
        let on_provider = end(&link.client().0, PROVIDER_PREFIX);
        let mut path = Path::new(on_provider, end("07-tendermint-0", CONSUMER_PREFIX));
        path.connect_from = Some(Side::B);
        path.wanted.push(Wanted {
            from: Side::B,
            port: "consumer".to_owned(),
            counterparty_port: "provider".to_owned(),
            version: "1".to_owned(),
            ordered: true,
        });
        let chain = Chain::start(&genesis, CONSUMER_PREFIX, &CONSUMER);
        Consumer { chain, path, ends: Ends::default(), settled: BTreeSet::new() }
    }
}

fn provider_params() -> serde_json::Value {
    let template = ClientState {
        trust_level: Some(Fraction { numerator: 1, denominator: 3 }),
        // Chains of a trace run up to 130 days apart.
        max_clock_drift: Some(ics_proto::google::protobuf::Duration { seconds: 1_000 * 86_400, nanos: 0 }),
        proof_specs: vec![ics_proto::ics23::iavl_spec(), ics_proto::ics23::tendermint_spec()],
        upgrade_path: vec!["upgrade".to_owned(), "upgradedIBCState".to_owned()],
        ..ClientState::default()
    };
    let template = ics_proto::json::to_json_of(&template).unwrap();
    serde_json::json!({
        "template_client": serde_json::from_str::<serde_json::Value>(&template).unwrap(),
        "trusting_period_fraction": "0.666666666666666667",
        "ccv_timeout_period": "2419200s",
        "slash_meter_replenish_period": "3600s",
        "slash_meter_replenish_fraction": "0.3",
        "blocks_per_epoch": "3",
        "max_provider_consensus_validators": "4",
    })
}

/// How a set is shaped, of the model's record.
pub(crate) fn shaping(shape: &serde_json::Value) -> pb::PowerShapingParameters {
    let number = |name: &str| u32::try_from(shape[name].as_u64().unwrap()).unwrap();
    let list = |name: &str| {
        let names = shape[name].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        names.map(|name| CAST.key(name).address().to_text("cosmosvalcons")).collect()
    };
    pb::PowerShapingParameters {
        top_n: number("topN"),
        validators_power_cap: number("powerCap"),
        validator_set_cap: number("setCap"),
        allowlist: list("allow"),
        denylist: list("deny"),
        min_stake: shape["minStake"].as_u64().unwrap() * u64::try_from(TOKEN).unwrap(),
        allow_inactive_vals: shape["allowInactive"].as_bool().unwrap(),
        prioritylist: list("prio"),
    }
}
