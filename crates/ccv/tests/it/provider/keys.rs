//! Assigned keys: the golden values, and who may assign what.

use super::{assign, at_once, create, launched, opt_in, opt_out, phase_of, remove};
use crate::host_provider::{
    Provider, account, key, key_json, operator, provider_addr, refused, shown, start, validator,
};
use crate::vectors::each_case;
use ics_abci::Height;
use ics_ccv::Rules;
use ics_ccv::id::{ConsumerAddr, ConsumerId};
use ics_ccv::provider::error::{Error, Fault, InUse, Message, Wanted};
use ics_ccv::provider::phase::Phase;
use ics_ccv::provider::{keys, members, query, state};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Numbers for the labels of a case: provider keys are the numbers of their validators.
struct Labels(BTreeMap<String, u8>);

impl Labels {
    fn number(&mut self, label: &str) -> u8 {
        let next = u8::try_from(self.0.len()).unwrap() + 100;
        *self.0.entry(label.to_string()).or_insert(next)
    }
}

fn named(phase: &str) -> Option<Phase> {
    (1..=5).filter_map(Phase::from_number).find(|of| of.name() == phase)
}

/// Puts the phase there without its consequences, as the golden values mean it.
fn force_phase(host: &mut Provider, id: ConsumerId, phase: &str) {
    match named(phase) {
        Some(phase) => state::PHASE.set(host, &id, &phase),
        None => state::PHASE.remove(host, &id),
    }
}

fn outcome(result: Result<(), Error>) -> String {
    match result {
        Ok(()) => "ok".to_string(),
        Err(error) => {
            let (space, code) = error.code();
            format!("{space}/{code}")
        }
    }
}

fn run(case: &Value) {
    let mut host = Provider::new(Rules::reference());
    host.unbonding = Duration::from_secs(case["unbonding_seconds"].as_u64().unwrap());
    let (id, mut labels) = (ConsumerId(0), Labels(BTreeMap::new()));
    let mut validators = BTreeMap::new();
    host.validators.clear();
    for (n, (name, key)) in (1..).zip(case["validators"].as_object().unwrap()) {
        labels.0.insert(key.as_str().unwrap().to_string(), n);
        validators.insert(name.clone(), n);
        host.validators.push(validator(n, 10));
    }
    force_phase(&mut host, id, case["phase"].as_str().unwrap());
    let mut results = Vec::new();
    for op in case["ops"].as_array().unwrap() {
        host.now = start().plus(Duration::from_secs(op["time"].as_u64().unwrap())).unwrap();
        let result = match op["op"].as_str().unwrap() {
            "assign" => {
                let validator = provider_addr(validators[op["validator"].as_str().unwrap()]);
                keys::assign(&mut host, id, validator, key(labels.number(op["key"].as_str().unwrap())))
            }
            "set_phase" => {
                force_phase(&mut host, id, op["phase"].as_str().unwrap());
                Ok(())
            }
            "end_block" => keys::prune(&mut host).map_err(Error::from),
            other => panic!("unknown operation {other}"),
        };
        results.push(Value::from(outcome(result)));
    }
    let expect = &case["expect"];
    assert_eq!(Value::from(results), expect["results"]);

    let name_of = |n: u8| labels.0.iter().find(|(_, of)| **of == n).map(|(label, _)| label.clone()).unwrap();
    let key_label = |key: &ics_abci::ConsKey| name_of(key.bytes()[0]);
    let who = |addr| {
        validators.iter().find(|(_, n)| provider_addr(**n) == addr).map(|(name, _)| name.clone()).unwrap()
    };
    let by_addr: BTreeMap<ConsumerAddr, String> =
        labels.0.values().map(|n| (ConsumerAddr(key(*n).address()), name_of(*n))).collect();
    let assigned: BTreeMap<String, String> =
        keys::all(&host, id).unwrap().iter().map(|(addr, key)| (who(*addr), key_label(key))).collect();
    assert_eq!(serde_json::to_value(assigned).unwrap(), expect["assigned"]);
    let resolves: BTreeMap<String, String> = by_addr
        .iter()
        .filter_map(|(addr, label)| {
            keys::holder(&host, id, *addr).unwrap().map(|holder| (label.clone(), who(holder)))
        })
        .collect();
    assert_eq!(serde_json::to_value(resolves).unwrap(), expect["resolves"]);
    let prune: Vec<Value> = state::PRUNE_QUEUE
        .iter(&host)
        .map(|entry| {
            let (due, (_, addr)) = entry.unwrap();
            serde_json::json!({"key": by_addr[&addr], "time": due.0.since(start()).as_secs()})
        })
        .collect();
    assert_eq!(Value::from(prune), expect["prune"]);
}

#[test]
fn vectors_of_key_assignment_hold() {
    each_case("key_assignment", |case, _| run(case));
}

#[test]
fn only_the_validator_itself_acts_for_it() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    let fault = Fault::new("Signer", "is not the validator");
    let mut stolen = assign(id, 2, 22);
    stolen.signer = account(3);
    refused(&mut host, &Message::AssignKey.fault(fault), |host| stolen.handle(host));
    let mut stolen = opt_in(id, 2);
    stolen.signer = account(3);
    refused(&mut host, &Message::OptIn.fault(fault), |host| stolen.handle(host));
    let mut stolen = opt_out(id, 1);
    stolen.signer = account(3);
    refused(&mut host, &Message::OptOut.fault(fault), |host| stolen.handle(host));
    let codes = [Message::AssignKey, Message::OptIn, Message::OptOut].map(|of| of.fault(fault).code());
    assert_eq!(codes, [("provider", 46), ("provider", 49), ("provider", 50)]);
}

#[test]
fn messages_of_validators_are_refused_with_the_reason() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    let fault = |field, why| Message::AssignKey.fault(Fault::new(field, why));
    let mut message = assign(id, 1, 11);
    message.chain_id = "consumer-1".to_string();
    let error = fault("ChainId", "is deprecated; use ConsumerId");
    refused(&mut host, &error, |host| message.handle(host));
    let mut message = assign(id, 1, 11);
    message.consumer_id = "x".to_string();
    refused(&mut host, &fault("ConsumerId", "is no consumer id"), |host| message.handle(host));
    let mut message = assign(id, 1, 11);
    message.provider_addr = account(1).to_text("cosmos");
    refused(&mut host, &fault("ProviderAddr", "is no validator address"), |host| message.handle(host));
    let mut message = assign(id, 1, 11);
    message.consumer_key = key_json(11).replace("ed25519", "secp256k1");
    let error = Error::KeyType("/cosmos.crypto.secp256k1.PubKey".to_string());
    assert_eq!(error.code(), ("staking", 6));
    refused(&mut host, &error, |host| message.handle(host));
    let stranger = assign(id, 9, 11);
    let error = Error::NoValidator(ics_abci::ValAddr(vec![9; 20]));
    assert_eq!(error.code(), ("staking", 3));
    refused(&mut host, &error, |host| stranger.handle(host));
}

#[test]
fn opting_in_with_a_key_that_is_refused_does_not_opt_in() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    let mut message = opt_in(id, 2);
    message.consumer_key = key_json(3);
    refused(&mut host, &Error::KeyInUse(InUse::ProviderKey), |host| message.handle(host));
    assert_eq!(members::is_opted_in(&host, id, provider_addr(2)), Ok(false));
    message.consumer_key = key_json(2);
    refused(&mut host, &Error::DefaultKey, |host| message.handle(host));
    message.consumer_key = key_json(22);
    host.events();
    message.handle(&mut host).unwrap();
    assert_eq!(members::is_opted_in(&host, id, provider_addr(2)), Ok(true));
    assert_eq!(keys::assigned(&host, id, provider_addr(2)), Ok(Some(key(22))));
    let event = host.events().remove(0);
    assert_eq!(event.get("consumer_consensus_pub_key"), Some(key_json(22).as_str()));
    // Again with one's own key: it is taken, by oneself (as on the reference).
    refused(&mut host, &Error::KeyInUse(InUse::Assigned), |host| message.handle(host));
}

#[test]
fn assigning_a_key_is_told() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    host.events();
    assign(id, 1, 11).handle(&mut host).unwrap();
    assert_eq!(
        shown(&host.events()[0]),
        format!(
            "assign_consumer_key[module=provider, consumer_id=0, consumer_chain_id=consumer-1, \
             provider_validator_address={}, consumer_consensus_pub_key={}, submitter_address={}]",
            operator(1),
            key_json(11),
            account(1).to_text("cosmos")
        )
    );
}

#[test]
fn an_address_leads_to_its_holder_else_to_itself() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    assign(id, 1, 11).handle(&mut host).unwrap();
    let addr = |n| ConsumerAddr(key(n).address());
    assert_eq!(keys::resolve(&host, id, addr(11)), Ok(provider_addr(1)));
    assert_eq!(keys::resolve(&host, id, addr(1)), Ok(provider_addr(1)));
    assert_eq!(keys::resolve(&host, id, addr(99)), Ok(provider_addr(99)));
}

#[test]
fn the_same_key_serves_on_two_consumers_for_two_validators() {
    let mut host = Provider::new(Rules::default());
    let first = launched(&mut host, &[1]);
    let second = launched(&mut host, &[1]);
    assign(first, 1, 11).handle(&mut host).unwrap();
    assign(second, 2, 11).handle(&mut host).unwrap();
    let addr = ConsumerAddr(key(11).address());
    assert_eq!(keys::holder(&host, first, addr), Ok(Some(provider_addr(1))));
    assert_eq!(keys::holder(&host, second, addr), Ok(Some(provider_addr(2))));
}

#[test]
fn a_new_validator_cannot_bring_a_key_that_an_active_consumer_knows() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    assert_eq!(keys::admit(&host, &key(11)), Ok(()));
    assign(id, 1, 11).handle(&mut host).unwrap();
    assert_eq!(keys::admit(&host, &key(11)), Err(Error::KeyInUse(InUse::Assigned)));
    remove(id).handle(&mut host).unwrap();
    assert_eq!(keys::admit(&host, &key(11)), Ok(()));
}

#[test]
fn nothing_of_a_removed_validator_resolves_and_its_keys_are_free() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1, 2]);
    assign(id, 2, 21).handle(&mut host).unwrap();
    assign(id, 2, 22).handle(&mut host).unwrap();
    keys::on_validator_removed(&mut host, provider_addr(2)).unwrap();
    host.validators.remove(1);
    for n in [21, 22] {
        assert_eq!(keys::holder(&host, id, ConsumerAddr(key(n).address())), Ok(None));
    }
    assert_eq!(members::opted_in(&host, id), Ok(vec![provider_addr(1)]));
    assert_eq!(keys::all(&host, id), Ok(vec![]));
    // Another takes a replaced key at once: its time of forgetting does not strike the new holder.
    assign(id, 3, 21).handle(&mut host).unwrap();
    super::wait(&mut host, crate::host_provider::UNBONDING);
    host.block(|_| ());
    assert_eq!(keys::holder(&host, id, ConsumerAddr(key(21).address())), Ok(Some(provider_addr(3))));
}

#[test]
fn keys_may_be_assigned_before_the_launch_and_not_after_the_stop() {
    let mut host = Provider::new(Rules::default());
    let id = create("consumer-1", Some(at_once())).handle(&mut host).unwrap().consumer_id;
    assign(id, 1, 11).handle(&mut host).unwrap();
    assign(id, 1, 12).handle(&mut host).unwrap();
    assert_eq!(keys::holder(&host, id, ConsumerAddr(key(11).address())), Ok(None), "forgotten at once");
    opt_in(id, 1).handle(&mut host).unwrap();
    host.block(|_| ());
    assert_eq!(query::consumer_genesis(&host, id).unwrap().provider.initial_val_set[0].key, key(12));
    remove(id).handle(&mut host).unwrap();
    assert_eq!((phase_of(&host, id), host.height), (Some(Phase::Stopped), Height(1)));
    let error = Error::WrongPhase { id, wanted: Wanted::Active, found: Some(Phase::Stopped) };
    refused(&mut host, &error, |host| assign(id, 1, 13).handle(host));
}
