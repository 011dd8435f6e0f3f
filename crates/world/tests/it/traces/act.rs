//! What an action of the model is on real chains: a signed transaction, a decision of governance, a block.

use super::cast::{CAST, TOKEN};
use super::network::{CONSUMERS, Network, chain_id, consumer_id, governance, shaping};
use super::relaying;
use ics_abci::{Time, TxResult};
use ics_ccv::provider::state;
use ics_client::consensus::key_json;
use ics_client::{Coin, msgs};
use ics_proto::Any;
use ics_proto::google::protobuf::{Duration, Timestamp};
use ics_proto::ibc::core::client::v1::Height as ClientHeight;
use ics_proto::interchain_security::ccv::provider::v1 as pb;
use ics_world::topology::{DENOM, PROVIDER_PREFIX};
use serde_json::Value;

/// Kinds of actions that need what is not there yet: slashing, evidence, the consumer's outbox. A trace is replayed up
/// to the first of them.
pub(crate) const NOT_YET: [&str; 4] = ["ConsumerInfraction", "RelaySlash", "DoubleVoteEvidence", "Unjail"];

/// What a transaction came to: nothing, or why it was refused (codespace, code, words).
pub(crate) type Outcome = Result<(), (String, u32, String)>;

/// An action of the model.
pub(crate) struct Act<'a>(pub(crate) &'a Value);

impl Act<'_> {
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap()
    }

    pub(crate) fn number(&self, name: &str) -> i64 {
        self.0[name].as_i64().unwrap()
    }

    pub(crate) fn kind(&self) -> &str {
        self.text("kind")
    }
}

/// Does it; says what went other than the model says.
pub(crate) fn perform(net: &mut Network, act: &Act<'_>) -> Result<(), String> {
    let (c, v) = (act.text("c"), act.text("v"));
    let outcome = match act.kind() {
        "init" => Ok(()),
        "ProviderBlock" => {
            net.provider.block(act.number("dt").unsigned_abs());
            net.start_launched();
            Ok(())
        }
        "ConsumerBlock" => {
            net.consumers.get_mut(c).unwrap().chain.block(act.number("dt").unsigned_abs());
            Ok(())
        }
        "Delegate" => as_operator(net, v, |signer, operator| stake(signer, operator, act.number("amt"))),
        "CreateConsumer" => create(net, act),
        "UpdateConsumer" => update(net, act),
        "RemoveConsumer" => decree(net, &msgs::remove_consumer(&governance(), &consumer_id(c).to_string())),
        "AssignKey" => as_operator(net, v, |signer, operator| {
            let key = key_json(&CAST.key(act.text("key")));
            msgs::assign_consumer_key(signer, operator, &consumer_id(c).to_string(), &key)
        }),
        "OptIn" => as_operator(net, v, |signer, operator| {
            let key = Some(act.text("key")).filter(|key| !key.is_empty()).map(|key| CAST.key(key));
            msgs::opt_in(signer, operator, &consumer_id(c).to_string(), key.as_ref())
        }),
        "OptOut" => as_operator(net, v, |signer, operator| {
            msgs::opt_out(signer, operator, &consumer_id(c).to_string())
        }),
        _ => return relaying::perform(net, act),
    };
    compare(act, outcome)
}

/// Whether the transaction came to what the model says.
fn compare(act: &Act<'_>, outcome: Outcome) -> Result<(), String> {
    let (ok, note) = (act.0["ok"].as_bool().unwrap(), act.text("note"));
    match (ok, outcome) {
        (true, Ok(())) => Ok(()),
        (true, Err(refusal)) => Err(format!("accepted, refused with {refusal:?}")),
        (false, Ok(())) => Err(format!("refused ({note}), accepted")),
        (false, Err((codespace, code, log))) => {
            let codes: &[u32] = match note {
                "phase" => &[27],
                "key of another validator" | "key in use" => &[10],
                "default key" => &[11],
                "in top N" => &[20],
                other => panic!("the driver does not know the refusal {other}"),
            };
            if codespace == "provider" && codes.contains(&code) {
                Ok(())
            } else {
                Err(format!("refused ({note}), refused with {codespace}/{code}: {log}"))
            }
        }
    }
}

pub(crate) fn outcome(result: TxResult) -> Outcome {
    if result.code == 0 { Ok(()) } else { Err((result.codespace, result.code, result.log)) }
}

/// A transaction of a validator's operator: `message` gets the account and the operator's address.
fn as_operator(net: &mut Network, v: &str, message: impl FnOnce(&str, &str) -> Any) -> Outcome {
    let key = CAST.operator(v);
    let signer = key.address().to_text(PROVIDER_PREFIX);
    let operator = key.operator().to_text(&format!("{PROVIDER_PREFIX}valoper"));
    outcome(net.provider.send(key, vec![message(&signer, &operator)]))
}

fn stake(signer: &str, operator: &str, tokens: i64) -> Any {
    let amount = Coin { denom: DENOM.to_owned(), amount: u128::from(tokens.unsigned_abs()) * TOKEN };
    if tokens < 0 {
        msgs::undelegate(signer, operator, &amount)
    } else {
        msgs::delegate(signer, operator, &amount)
    }
}

fn decree(net: &mut Network, message: &Any) -> Outcome {
    net.provider.decree(message).map(drop)
}

fn create(net: &mut Network, act: &Act<'_>) -> Outcome {
    let c = act.text("c");
    let next = state::NEXT_CONSUMER.get(&super::reading::Scope::provider(&net.provider)).unwrap();
    assert_eq!(next.unwrap_or(0), consumer_id(c).0, "consumers get their ids in order");
    let message = pb::MsgCreateConsumer {
        submitter: governance(),
        chain_id: chain_id(c),
        metadata: Some(pb::ConsumerMetadata {
            name: c.to_owned(),
            description: "of a trace".to_owned(),
            metadata: "trace".to_owned(),
        }),
        initialization_parameters: Some(init_params(net, act.number("spawn"))),
        power_shaping_parameters: Some(shaping(&act.0["shape"])),
        ..pb::MsgCreateConsumer::default()
    };
    decree(net, &msgs::create_consumer(&message))
}

fn update(net: &mut Network, act: &Act<'_>) -> Outcome {
    let spawn = act.number("spawn");
    let message = pb::MsgUpdateConsumer {
        owner: governance(),
        consumer_id: consumer_id(act.text("c")).to_string(),
        initialization_parameters: (spawn != 0).then(|| init_params(net, spawn)),
        power_shaping_parameters: Some(shaping(&act.0["shape"])),
        ..pb::MsgUpdateConsumer::default()
    };
    decree(net, &msgs::update_consumer(&message))
}

/// What a consumer starts with; spawn time 0 stands for none.
fn init_params(net: &Network, spawn: i64) -> pb::ConsumerInitializationParameters {
    let seconds = |seconds| Some(Duration { seconds, nanos: 0 });
    let spawn = if spawn == 0 { Time::ZERO } else { net.moment(spawn) };
    pb::ConsumerInitializationParameters {
        initial_height: Some(ClientHeight { revision_number: 1, revision_height: 1 }),
        spawn_time: Some(Timestamp { seconds: spawn.seconds(), nanos: 0 }),
        unbonding_period: seconds(21 * 86_400),
        ccv_timeout_period: seconds(28 * 86_400),
        transfer_timeout_period: seconds(3_600),
        consumer_redistribution_fraction: "0.75".to_owned(),
        blocks_per_distribution_transmission: 1_000,
        historical_entries: 10_000,
        ..pb::ConsumerInitializationParameters::default()
    }
}

#[test]
fn consumers_of_traces_are_numbered_as_they_are_created() {
    assert_eq!(CONSUMERS.map(|c| consumer_id(c).0), [0, 1, 2]);
}
