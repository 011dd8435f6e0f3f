//! Every recorded question to a provider of the reference, asked again: the answers have the same keys in the same order,
//! the same types, the same encodings; refusals have the same code and words.

use crate::base_chain::*;
use crate::provider_chain::*;
use crate::shape::Shape;
use ics_abci::Height;
use ics_ccv::id::ConsumerId;
use ics_chain::query::QueryError;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A question: its method, its verb on the command line, its path in REST, the names of its arguments.
type Question = (&'static str, &'static str, &'static str, &'static [&'static str]);

const QUESTIONS: [Question; 16] = [
    ("QueryConsumerGenesis", "consumer-genesis", "consumer_genesis", &["consumer_id"]),
    ("QueryConsumerChains", "list-consumer-chains", "consumer_chains", &["phase"]),
    (
        "QueryValidatorConsumerAddr",
        "validator-consumer-key",
        "validator_consumer_addr",
        &["consumer_id", "provider_address"],
    ),
    (
        "QueryValidatorProviderAddr",
        "validator-provider-key",
        "validator_provider_addr",
        &["consumer_id", "consumer_address"],
    ),
    ("QueryThrottleState", "throttle-state", "throttle_state", &[]),
    (
        "QueryRegisteredConsumerRewardDenoms",
        "registered-consumer-reward-denoms",
        "registered_consumer_reward_denoms",
        &[],
    ),
    (
        "QueryAllPairsValConsAddrByConsumer",
        "all-pairs-valconsensus-address",
        "address_pairs",
        &["consumer_id"],
    ),
    ("QueryParams", "params", "params", &[]),
    (
        "QueryConsumerChainOptedInValidators",
        "consumer-opted-in-validators",
        "opted_in_validators",
        &["consumer_id"],
    ),
    (
        "QueryConsumerChainsValidatorHasToValidate",
        "has-to-validate",
        "consumer_chains_per_validator",
        &["provider_address"],
    ),
    (
        "QueryValidatorConsumerCommissionRate",
        "validator-consumer-commission-rate",
        "consumer_commission_rate",
        &["consumer_id", "provider_address"],
    ),
    ("QueryConsumerValidators", "consumer-validators", "consumer_validators", &["consumer_id"]),
    ("QueryBlocksUntilNextEpoch", "blocks-until-next-epoch", "blocks_until_next_epoch", &[]),
    ("QueryConsumerIdFromClientId", "consumer-id-from-client-id", "consumer_id", &["client_id"]),
    ("QueryConsumerChain", "consumer-chain", "consumer_chain", &["consumer_id"]),
    ("QueryConsumerGenesisTime", "consumer-genesis-time", "consumer_genesis_time", &["consumer_id"]),
];

/// The provider as it was when a recording was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Empty,
    Initialized,
    Launched,
    Stopped,
}

impl Stage {
    fn of(file: &str) -> Self {
        match file {
            _ if file.starts_with("empty_") => Self::Empty,
            _ if file.starts_with("pre_") || file.ends_with("_initialized") => Self::Initialized,
            _ if file.ends_with("_stopped") => Self::Stopped,
            _ => Self::Launched,
        }
    }

    fn chain(self) -> Chain {
        let mut chain = provider();
        if self == Self::Empty {
            return chain;
        }
        create(&mut chain, "consumer-1", &init(FUTURE));
        opt_in(&mut chain, 0, "0", Some(consumer_key(0)));
        opt_in(&mut chain, 1, "0", Some(consumer_key(1)));
        if self >= Self::Launched {
            update(&mut chain, "0", "initialization_parameters", &init(PAST));
            // One names a connection that is not there, one has nobody, one has no spawn time.
            let mut reusing = init(PAST);
            reusing["connection_id"] = json!("connection-9");
            create(&mut chain, "sover-1", &reusing);
            create(&mut chain, "empty-1", &init(PAST));
            create(&mut chain, "mini-1", &init(""));
            chain.block(&[]);
        }
        if self == Self::Stopped {
            let message = json!({"owner": address(OWNER), "consumer_id": "0"});
            told(&mut chain, OWNER, "MsgRemoveConsumer", &message);
        }
        chain
    }
}

/// A recorded file: its text, in which the order of keys is that of the network, and what it says.
pub(crate) fn recording(path: &str) -> (String, Value) {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../recordings")).join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let value = serde_json::from_str(&text).unwrap();
    (text, value)
}

/// The recordings of a folder, by name without ending.
fn folder(folder: &str) -> Vec<(String, String, Value)> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../recordings")).join(folder);
    let mut names: Vec<String> = std::fs::read_dir(path)
        .unwrap()
        .filter_map(|entry| {
            entry.unwrap().file_name().into_string().unwrap().strip_suffix(".json").map(str::to_owned)
        })
        .collect();
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let (text, value) = recording(&format!("{folder}/{name}.json"));
            (name, text, value)
        })
        .collect()
}

/// The addresses of the recorded network, as ours.
fn ours(text: &str) -> String {
    [
        ("cosmosvalcons1dlg5t0xglqr35u3evxdk5xngewxgkt025n0fte", valcons(cons_key(0).address())),
        ("cosmosvalcons1h80w5ctkv85ddm4d74vv54rw55fnc2jtk33j30", valcons(cons_key(1).address())),
        ("cosmosvalcons1elvf8vr34s9z6c7luqde4mel4trt80u630ylgx", valcons(consumer_key(0).address())),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (theirs, ours)| text.replace(theirs, &ours))
}

/// The answer as JSON, or the refusal.
fn ask(chain: &Chain, method: &str, request: &Value) -> Result<String, QueryError> {
    let request =
        ics_proto::json::from_json(&format!("{MSG}{method}Request"), &ours(&request.to_string())).unwrap();
    let (answer, _) = chain.app.reader().call(&format!("/{MSG}Query/{method}"), &request, Height(0))?;
    Ok(ics_proto::json::to_json(&format!("{MSG}{method}Response"), &answer).unwrap())
}

/// Asks at every stage once made, and compares with what is recorded: JSON of the response, or code and words.
#[derive(Default)]
struct Replay {
    chains: BTreeMap<Stage, Chain>,
    answered: usize,
    refused: usize,
}

impl Replay {
    fn chain(&mut self, stage: Stage) -> &Chain {
        self.chains.entry(stage).or_insert_with(|| stage.chain())
    }

    fn answer(&mut self, file: &str, method: &str, request: &Value, recorded: &Shape, member: Option<&str>) {
        let answer = ask(self.chain(Stage::of(file)), method, request);
        let answer = Shape::of(&answer.unwrap_or_else(|error| panic!("{file}: {error:?}")));
        let shown = member.map_or(&answer, |member| answer.at(&[member]));
        assert_eq!(shown.differs(recorded, file), None);
        self.answered += 1;
    }

    fn refusal(&mut self, file: &str, method: &str, request: &Value, grpc: i32, words: &str) {
        let refusal = ask(self.chain(Stage::of(file)), method, request).unwrap_err();
        assert_eq!((refusal.grpc, refusal.message.as_str()), (grpc, words), "{file}");
        self.refused += 1;
    }

    fn counted(&self) -> (usize, usize) {
        (self.answered, self.refused)
    }
}

fn code(name: &str) -> i32 {
    match name {
        "InvalidArgument" => 3,
        "NotFound" => 5,
        other => panic!("code {other}"),
    }
}

fn request(names: &[&str], arguments: &[&str]) -> Value {
    let mut request = json!({});
    for (name, argument) in names.iter().zip(arguments) {
        request[*name] = match argument.parse::<u64>() {
            Ok(number) if *name == "phase" => json!(number),
            _ => json!(argument),
        };
    }
    request
}

#[test]
fn answers_have_the_form_that_the_command_line_of_the_reference_shows() {
    let mut replay = Replay::default();
    for (file, text, value) in folder("queries") {
        let Some((_, command)) = value["command"].as_str().unwrap_or_default().split_once("query provider ")
        else {
            continue;
        };
        let words: Vec<&str> = command.split(' ').filter(|word| !word.is_empty()).collect();
        let (method, _, _, names) = QUESTIONS.iter().find(|(_, verb, ..)| *verb == words[0]).unwrap();
        let arguments: Vec<&str> =
            words[1..].iter().take_while(|word| !word.starts_with('-')).copied().collect();
        let mut request = request(names, &arguments);
        if words.contains(&"--limit") {
            request["pagination"] = json!({"limit": "1", "count_total": words.contains(&"--count-total")});
        }
        if value["exit_code"] == 0 {
            let member = match *method {
                "QueryConsumerGenesis" => Some("genesis_state"),
                "QueryParams" => Some("params"),
                _ => None,
            };
            replay.answer(&file, method, &request, Shape::of(&text).at(&["output"]), member);
        } else {
            let words = value["stderr"].as_str().unwrap().rsplit_once("rpc error: code = ").unwrap().1;
            let (grpc, words) = words.split_once(" desc = ").unwrap();
            // What the SDK adds for its own code.
            let words = words.strip_suffix(": invalid request").unwrap_or(words);
            let words = words.strip_suffix(": key not found").unwrap_or(words);
            replay.refusal(&file, method, &request, code(grpc), words);
        }
    }
    assert_eq!(replay.counted(), (45, 9));
}

#[test]
fn answers_have_the_form_that_rest_shows() {
    let mut replay = Replay::default();
    for (file, text, value) in folder("rest") {
        let path = value["request"].as_str().unwrap_or_default();
        let Some((_, path)) = path.split_once("/interchain_security/ccv/provider/") else { continue };
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let words: Vec<&str> = path.split('/').collect();
        let Some((method, _, _, names)) = QUESTIONS.iter().find(|(_, _, suffix, _)| *suffix == words[0])
        else {
            assert_eq!(path, "nosuch");
            continue;
        };
        if value["http_status"] == 501 {
            assert_eq!(path, "consumer_chains", "a phase is part of the path");
            continue;
        }
        let mut request = request(names, &words[1..]);
        if !query.is_empty() {
            request["pagination"] = json!({"limit": "1", "count_total": true});
        }
        match value["http_status"].as_u64().unwrap() {
            200 => replay.answer(&file, method, &request, Shape::of(&text).at(&["body"]), None),
            _ => {
                let (body, message) = (&value["body"], value["body"]["message"].as_str().unwrap());
                let grpc = i32::try_from(body["code"].as_i64().unwrap()).unwrap();
                replay.refusal(&file, method, &request, grpc, message);
            }
        }
    }
    assert_eq!(replay.counted(), (19, 3));
}

#[test]
fn answers_have_the_form_of_the_recorded_bytes() {
    use base64::Engine;
    let mut replay = Replay::default();
    for (file, _, value) in folder("rpc/grpc") {
        let path = value["grpc_method"].as_str().unwrap_or_default();
        let Some(method) = path.strip_prefix(&format!("/{MSG}Query/")) else { continue };
        if !QUESTIONS.iter().any(|(name, ..)| *name == method) {
            continue;
        }
        let request = &value["request_json"];
        if file == "err_garbage" {
            let chain = replay.chain(Stage::Launched);
            let refusal = chain.app.reader().call(path, &[0xff; 3], Height(0)).unwrap_err();
            assert!(refusal.message.starts_with("cannot decode the request: "), "{}", refusal.message);
            continue;
        }
        let bytes =
            ics_proto::json::from_json(&format!("{MSG}{method}Request"), &request.to_string()).unwrap();
        assert_eq!(hex::encode(bytes), value["request_hex"].as_str().unwrap(), "{file}");
        let answer = &value["abci_query_response"];
        if answer["code"] == 0 {
            let bytes = answer["value"].as_str().unwrap_or_default();
            let bytes = base64::engine::general_purpose::STANDARD.decode(bytes).unwrap();
            let recorded = ics_proto::json::to_json(&format!("{MSG}{method}Response"), &bytes).unwrap();
            replay.answer(&file, method, request, &Shape::of(&recorded), None);
        } else {
            let said = value["grpcurl_json"].as_str().unwrap();
            let (_, said) = said.split_once("Code: ").unwrap();
            let (grpc, words) = said.split_once("\n  Message: ").unwrap();
            replay.refusal(&file, method, request, code(grpc), words.trim_end());
        }
    }
    assert_eq!(replay.counted(), (18, 3));
}

#[test]
fn every_question_of_the_reference_has_a_route() {
    let chain = provider();
    for (method, ..) in QUESTIONS {
        let refusal = chain.app.reader().call(&format!("/{MSG}Query/{method}"), &[], Height(0)).err();
        let message = refusal.map(|refusal| refusal.message).unwrap_or_default();
        assert!(!message.starts_with("unknown method"), "{method}: {message}");
    }
}

#[test]
fn pages_of_consumers_follow_one_another_by_key_or_by_offset() {
    let mut chain = provider();
    for _ in 0..5 {
        create(&mut chain, "mini-1", &init(""));
    }
    let page = |pagination: Value| {
        let answer = ask(&chain, "QueryConsumerChains", &json!({"pagination": pagination}))?;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let ids: Vec<String> = answer["chains"]
            .as_array()
            .unwrap()
            .iter()
            .map(|chain| chain["consumer_id"].as_str().unwrap().to_owned())
            .collect();
        Ok::<_, QueryError>((ids.join(","), answer["pagination"].clone()))
    };
    let (ids, next) = page(json!({"limit": "2"})).unwrap();
    assert_eq!((ids.as_str(), &next["total"]), ("0,1", &json!("0")));
    let (ids, next) = page(json!({"limit": "2", "key": next["next_key"]})).unwrap();
    assert_eq!(ids, "2,3");
    let (ids, next) = page(json!({"limit": "2", "key": next["next_key"]})).unwrap();
    assert_eq!((ids.as_str(), &next["next_key"]), ("4", &Value::Null));
    let (ids, next) = page(json!({"limit": "2", "offset": "3", "count_total": true})).unwrap();
    assert_eq!((ids.as_str(), &next["total"]), ("3,4", &json!("5")));
    let (ids, next) = page(json!({})).unwrap();
    assert_eq!((ids.as_str(), &next["total"]), ("0,1,2,3,4", &json!("5")));
    let (ids, next) = page(json!({"limit": "3", "reverse": true})).unwrap();
    assert_eq!(ids, "4,3,2");
    let (ids, next) = page(json!({"limit": "3", "reverse": true, "key": next["next_key"]})).unwrap();
    assert_eq!((ids.as_str(), &next["next_key"]), ("1,0", &Value::Null));
    let refused = |pagination| page(pagination).unwrap_err();
    assert_eq!(
        refused(json!({"offset": "1", "key": "AAAAAAAAAAE="})),
        QueryError::invalid("invalid request, either offset or key is expected, got both")
    );
    assert_eq!(refused(json!({"key": "AAE="})), QueryError::invalid("invalid page key"));
    let phase = ask(&chain, "QueryConsumerChains", &json!({"phase": 9}));
    assert_eq!(phase, Err(QueryError::invalid("invalid phase: 9")));
    assert_eq!(ConsumerId(4).to_string(), "4");
}

#[test]
fn what_a_question_cannot_be_about_is_refused_in_words() {
    let chain = Stage::Launched.chain();
    let refused = |method, request: Value| {
        let refusal = ask(&chain, method, &request).unwrap_err();
        assert_eq!(refusal.grpc, 3, "{method} {request}");
        refusal.message
    };
    let nobody = valcons(cons_key(77).address());
    for (id, words) in [
        ("", "consumer id cannot be blank: invalid consumer id"),
        (
            "-1",
            "consumer id (-1) cannot be parsed: strconv.ParseUint: parsing \"-1\": invalid syntax: invalid consumer id",
        ),
        (
            "18446744073709551616",
            "consumer id (18446744073709551616) cannot be parsed: strconv.ParseUint: parsing \
             \"18446744073709551616\": value out of range: invalid consumer id",
        ),
        ("007", "007: no consumer chain with this consumer id"),
    ] {
        assert_eq!(refused("QueryConsumerChain", json!({"consumer_id": id})), words);
    }
    let rate = |id: &str, who: &str| {
        refused("QueryValidatorConsumerCommissionRate", json!({"consumer_id": id, "provider_address": who}))
    };
    assert_eq!(rate("9", &nobody), "unknown consumer chain: 9");
    assert_eq!(rate("0", &nobody), format!("unknown validator: {nobody}"));
    assert!(rate("0", "cosmosvalcons1nonsense").starts_with("invalid provider address: "));
    let duty = refused("QueryConsumerChainsValidatorHasToValidate", json!({}));
    assert_eq!(duty, "empty provider address");
}
