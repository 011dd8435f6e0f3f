//! Whatever strangers send to any role of the chain (messages, questions, query paths, documents): an answer, the
//! same every time, and never a panic.
//!
//! Beside noise there are messages of the right form and any content: they are made from the descriptors of the
//! protobuf types, with texts that mean something to the chain in most places and with nonsense in others.
// Values are drawn within the bounds of what they become.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]

use crate::base_chain::*;
use ics_abci::{Application, ConsAddr, Height, Query};
use ics_chain::query::QueryCtx;
use ics_chain::roles::{CONSUMER, PROVIDER, STANDALONE};
use ics_chain::tx::MAX_TX_BYTES;
use ics_chain::{App, BlockInfo, ChainConfig, Ctx, MsgRoute, Role};
use ics_proto::{Any, FILE_DESCRIPTOR_SET};
use proptest::prelude::*;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use std::cell::Cell;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

static ROLES: [&Role; 3] = [&PROVIDER, &CONSUMER, &STANDALONE];

fn pool() -> &'static DescriptorPool {
    static POOL: OnceLock<DescriptorPool> = OnceLock::new();
    POOL.get_or_init(|| DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap())
}

fn descriptor(url: &str) -> MessageDescriptor {
    let name = url.trim_start_matches('/');
    pool().get_message_by_name(name).unwrap_or_else(|| panic!("no descriptor of {name}"))
}

/// The type of a question, from its path.
fn request(path: &str) -> MessageDescriptor {
    let (service, method) = path.trim_start_matches('/').split_once('/').unwrap();
    let service = pool().get_service_by_name(service);
    let method = service.and_then(|service| service.methods().find(|known| known.name() == method));
    // The SDK's newer methods are not among the descriptors; all of them take texts and numbers.
    method.map_or_else(|| descriptor("cosmos.base.query.v1beta1.PageRequest"), |method| method.input())
}

/// Choices to be made, one byte each; where there are none left every choice is the first.
struct Tape<'a> {
    rest: &'a [u8],
    /// How many of 256 fields are nonsense or absent.
    odd: u8,
    /// Who sends.
    person: u8,
}

impl<'a> Tape<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let mut tape = Self { rest: bytes, odd: 0, person: 0 };
        tape.odd = *tape.pick(&[&0_u8, &0, &6, &80]);
        tape.person = *tape.pick(&[&0_u8, &1, &1, &2]);
        tape
    }

    fn is_odd(&mut self) -> bool {
        self.byte() < self.odd
    }

    fn byte(&mut self) -> u8 {
        let (first, rest) = self.rest.split_first().unwrap_or((&0, &[]));
        self.rest = rest;
        *first
    }

    fn pick<'t, T: ?Sized>(&mut self, from: &[&'t T]) -> &'t T {
        from[usize::from(self.byte()) % from.len()]
    }

    fn number(&mut self) -> i128 {
        let known: [i128; 12] = [
            0,
            1,
            2,
            3,
            100,
            1_000_000,
            -1,
            i64::MAX.into(),
            i64::MIN.into(),
            u64::MAX.into(),
            i32::MAX.into(),
            i32::MIN.into(),
        ];
        known[usize::from(self.byte()) % known.len()]
    }

    fn bytes(&mut self) -> Vec<u8> {
        let len = self.pick(&[&0_usize, &1, &8, &20, &32, &33, &64, &200]);
        (0..*len).map(|_| self.byte()).collect()
    }

    fn wild(&mut self) -> String {
        let long = "a".repeat(10_000);
        let known = [
            "",
            " ",
            "0",
            "-1",
            "1",
            "007",
            "18446744073709551616",
            "340282366920938463463374607431768211456",
            "0.1",
            "1e9",
            "stake",
            "ibc/27394FB092D2ECCD56123C74F36E4C1F926001CEADA9CA97EA622B25F41E5EB2",
            "transfer/channel-0/stake",
            "channel-0",
            "channel-18446744073709551615",
            "é\u{0}\u{2028}<&>",
            "../..",
            "{\"forward\":{}}",
            "[[[[",
            long.as_str(),
        ];
        self.pick(&known).to_owned()
    }
}

/// A text that fits a field of this name.
fn fitting(tape: &mut Tape<'_>, name: &str) -> String {
    let person = tape.person;
    let key =
        r#"{"@type":"/cosmos.crypto.ed25519.PubKey","key":"Ui5Gf1+mtWUdH8u3xlmzdKID+F3PK0sfXZ73GZ6q6is="}"#;
    match name {
        "validator_address" | "provider_addr" | "provider_address" | "validator_addr" => valoper(person),
        "consumer_key" => key.to_owned(),
        "consumer_id" => tape.pick(&["0", "0", "1", "2"]).to_owned(),
        "new_chain_id" => tape.pick(&["", "", "consumer-2", "a-18446744073709551616"]).to_owned(),
        name if name.contains("chain_id") => tape.pick(&["consumer-1", CHAIN_ID, "x-1", "a--1"]).to_owned(),
        "consumer_redistribution_fraction" => "0.75".to_owned(),
        "rate" | "max_rate" | "max_change_rate" => "100000000000000000".to_owned(),
        "denom" => "stake".to_owned(),
        "amount" => sound(tape, name, false).to_string(),
        name if name.contains("port") => tape.pick(&["transfer", "provider", "consumer"]).to_owned(),
        name if name.contains("channel") => "channel-0".to_owned(),
        "client_id" => "07-tendermint-0".to_owned(),
        name if name.contains("connection") => tape.pick(&["connection-0", ""]).to_owned(),
        "name" | "description" | "moniker" | "metadata" | "memo" => "a word".to_owned(),
        name if ["submitter", "owner", "signer", "sender", "receiver"].contains(&name)
            || name.contains("address") =>
        {
            address(person)
        }
        _ => tape.wild(),
    }
}

/// A number that fits a field of this name.
fn sound(tape: &mut Tape<'_>, name: &str, of_time: bool) -> i128 {
    match name {
        "seconds" if !of_time => 1_000 + i128::from(tape.byte()) * 10_000,
        "seconds" => 1_704_000_000 + i128::from(tape.byte()) * 1_000,
        "nanos" => i128::from(tape.byte()),
        "revision_number" => 1,
        _ => 1 + i128::from(tape.byte()),
    }
}

fn content(tape: &mut Tape<'_>, field: &FieldDescriptor, depth: usize) -> Value {
    let number = |tape: &mut Tape<'_>| {
        if tape.is_odd() {
            tape.number()
        } else {
            sound(tape, field.name(), field.parent_message().name() == "Timestamp")
        }
    };
    match field.kind() {
        Kind::Bool => Value::Bool(tape.byte().is_multiple_of(2)),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            Value::I32(number(tape).clamp(i32::MIN.into(), i32::MAX.into()) as i32)
        }
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            Value::I64(number(tape).clamp(i64::MIN.into(), i64::MAX.into()) as i64)
        }
        Kind::Uint32 | Kind::Fixed32 => Value::U32(number(tape).clamp(0, u32::MAX.into()) as u32),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(number(tape).clamp(0, u64::MAX.into()) as u64),
        Kind::Float => Value::F32(f32::NAN),
        Kind::Double => Value::F64(f64::NAN),
        Kind::Enum(_) => Value::EnumNumber(number(tape).clamp(-1, 5) as i32),
        Kind::Bytes => Value::Bytes(tape.bytes().into()),
        Kind::String if tape.is_odd() => Value::String(tape.wild()),
        Kind::String => Value::String(fitting(tape, field.name())),
        Kind::Message(inner) => Value::Message(message(tape, &inner, depth + 1)),
    }
}

/// Parts of messages that belong to later work, and are refused by name where they are given.
fn is_refused_yet(field: &FieldDescriptor) -> bool {
    ["power_shaping_parameters", "allowlisted_reward_denoms", "infraction_parameters", "chain_id"]
        .contains(&field.name())
        && (field.name() != "chain_id" || field.parent_message().name() != "MsgCreateConsumer")
}

/// A message of the right form.
fn message(tape: &mut Tape<'_>, descriptor: &MessageDescriptor, depth: usize) -> DynamicMessage {
    const KINDS: [&str; 9] = [
        "cosmos.crypto.ed25519.PubKey",
        "cosmos.crypto.secp256k1.PubKey",
        "ibc.lightclients.tendermint.v1.ClientState",
        "ibc.lightclients.tendermint.v1.ConsensusState",
        "ibc.lightclients.tendermint.v1.Header",
        "ibc.lightclients.tendermint.v1.Misbehaviour",
        "cosmos.bank.v1beta1.MsgSend",
        "google.protobuf.Any",
        "cosmos.base.v1beta1.Coin",
    ];
    let mut made = DynamicMessage::new(descriptor.clone());
    if depth > 6 {
        return made;
    }
    if descriptor.full_name() == "google.protobuf.Any" {
        let kind = tape.pick(&KINDS);
        let inner = message(tape, &self::descriptor(kind), depth + 1).encode_to_vec();
        made.set_field_by_name("type_url", Value::String(format!("/{kind}")));
        made.set_field_by_name("value", Value::Bytes(inner.into()));
        return made;
    }
    for field in descriptor.fields().filter(|field| !field.is_map()) {
        if tape.is_odd() || is_refused_yet(&field) && tape.odd < 24 {
            continue;
        }
        let value = if field.is_list() {
            Value::List((0..tape.byte() % 4).map(|_| content(tape, &field, depth)).collect())
        } else {
            content(tape, &field, depth)
        };
        made.set_field(&field, value);
    }
    made
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn tapes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..600)
}

fn noise() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..200)
}

fn edits() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3)
}

fn damaged(mut bytes: Vec<u8>, edits: &[(prop::sample::Index, u8)]) -> Vec<u8> {
    for (at, byte) in edits.iter().filter(|_| !bytes.is_empty()).collect::<Vec<_>>() {
        let at = at.index(bytes.len());
        bytes[at] ^= byte;
    }
    bytes
}

/// A chain of each role, after its first block; nothing here changes them.
struct Started {
    role: &'static Role,
    chain: Chain,
    config: ChainConfig,
    info: BlockInfo,
}

fn started() -> Vec<Started> {
    let of = |role: &'static Role| {
        let chain = Chain::in_role(role, |_| {});
        let config = ChainConfig {
            chain_id: CHAIN_ID.into(),
            prefix: "cosmos",
            initial_height: Height(1),
            ports: role.ports,
            msgs: role.msgs,
            electorate: role.electorate,
            rules: ics_ccv::Rules::default(),
        };
        let info = BlockInfo {
            height: chain.app.height(),
            time: chain.now,
            app_hash: [0; 32],
            next_validators_hash: [2; 32],
            proposer: ConsAddr([3; 20]),
            votes: vec![],
            genesis: false,
        };
        Started { role, chain, config, info }
    };
    ROLES.into_iter().map(of).collect()
}

impl Started {
    /// Every message at hand, checked and executed; the two times that it is checked it says the same.
    fn take(&self, route: &MsgRoute, bytes: &[u8]) -> Result<(), TestCaseError> {
        let check = |bytes: &[u8]| (route.check)(&self.config, bytes).map_err(|error| error.parts());
        let checked = check(bytes);
        prop_assert_eq!(&check(bytes), &checked);
        if let Ok(read) = DynamicMessage::decode(descriptor(route.url), bytes) {
            prop_assert_eq!(check(&read.encode_to_vec()), checked, "decoded, encoded and decoded again");
        }
        let run = || {
            let mut ctx = Ctx::new(&self.config, &self.info, Arc::new(self.chain.state()));
            let done = (route.run)(&mut ctx, bytes).map_err(|error| error.parts());
            (done, ctx.take_events())
        };
        prop_assert_eq!(run(), run());
        Ok(())
    }

    fn ask(&self, bytes: &[u8], path: &str) -> Result<(), TestCaseError> {
        let state = self.chain.state();
        let ctx = QueryCtx { state: &state, block: &self.info, chain: &self.config };
        for route in self.role.queries.iter().flat_map(|table| table.iter()).filter(|row| row.path == path) {
            prop_assert_eq!((route.answer)(&ctx, bytes), (route.answer)(&ctx, bytes));
        }
        for prove in [false, true] {
            let query = Query { path: path.into(), data: bytes.to_vec(), height: Height(0), prove };
            prop_assert_eq!(self.chain.app.query(&query), self.chain.app.query(&query));
        }
        Ok(())
    }
}

#[test]
fn noise_upsets_no_message_and_no_question_of_any_role() {
    let chains = started();
    let routes: usize = chains.iter().flat_map(|started| started.role.msgs).map(|table| table.len()).sum();
    let queries: usize =
        chains.iter().flat_map(|started| started.role.queries).map(|table| table.len()).sum();
    assert!(routes > 50 && queries > 100, "{routes} messages, {queries} questions");
    proptest!(cases(40), |(bytes in noise())| {
        for started in &chains {
            for route in started.role.msgs.iter().flat_map(|table| table.iter()) {
                started.take(route, &bytes)?;
            }
            for route in started.role.queries.iter().flat_map(|table| table.iter()) {
                started.ask(&bytes, route.path)?;
            }
        }
    });
}

#[test]
fn messages_of_the_right_form_and_any_content_upset_no_role() {
    let chains = started();
    let good = Cell::new(0_u32);
    proptest!(cases(60), |(tape in tapes(), edits in edits())| {
        for started in &chains {
            for route in started.role.msgs.iter().flat_map(|table| table.iter()) {
                let bytes = message(&mut Tape::new(&tape), &descriptor(route.url), 0).encode_to_vec();
                good.set(good.get() + u32::from((route.check)(&started.config, &bytes).is_ok()));
                started.take(route, &bytes)?;
                started.take(route, &damaged(bytes, &edits))?;
            }
        }
    });
    let good = good.get();
    assert!(good > 100, "only {good} messages passed their check: the generator reaches too little");
}

#[test]
fn questions_of_the_right_form_and_any_content_upset_no_role() {
    let chains = started();
    proptest!(cases(40), |(tape in tapes(), edits in edits())| {
        for started in &chains {
            for route in started.role.queries.iter().flat_map(|table| table.iter()) {
                let bytes = message(&mut Tape::new(&tape), &request(route.path), 0).encode_to_vec();
                started.ask(&bytes, route.path)?;
                started.ask(&damaged(bytes, &edits), route.path)?;
            }
        }
    });
}

#[test]
fn any_path_and_height_of_a_query_has_an_answer() {
    let chains = started();
    let path = prop_oneof![
        ".{0,30}",
        "/?(store|app|p2p)/[a-z/]{0,12}",
        "/(store/)?(bank|ibc|provider|headers)/(key|subspace)",
        "/[a-z.]{0,20}Query/[A-Za-z]{0,9}",
    ];
    proptest!(cases(200), |(path in path, data in noise(), height in any::<u64>(), near in 0_u64..4, far in any::<bool>())| {
        for started in &chains {
            let height = Height(if far { height } else { near });
            let query = Query { path: path.clone(), data: data.clone(), height, prove: far };
            prop_assert_eq!(started.chain.app.query(&query), started.chain.app.query(&query));
        }
    });
}

/// What is signed is executed by the chain as a whole, and then epochs, launches and queues work with what it left.
#[test]
fn whatever_is_signed_the_provider_goes_on() {
    let routes: Vec<&MsgRoute> = PROVIDER.msgs.iter().flat_map(|table| table.iter()).collect();
    let first = routes.iter().position(|route| route.url.ends_with("MsgCreateConsumer")).unwrap();
    let of_protocol = &routes[first..];
    let picks = prop::collection::vec((any::<prop::sample::Index>(), tapes(), any::<bool>()), 1..10);
    let done = Cell::new(0_u32);
    proptest!(cases(60), |(picks in picks, pause_s in 1_u64..3_000_000)| {
        let mut chain = Chain::in_role(&PROVIDER, |_| {});
        let config = ChainConfig {
            chain_id: CHAIN_ID.into(),
            prefix: "cosmos",
            initial_height: Height(1),
            ports: PROVIDER.ports,
            msgs: PROVIDER.msgs,
            electorate: PROVIDER.electorate,
            rules: ics_ccv::Rules::default(),
        };
        for (at, (which, tape, ours)) in picks.into_iter().enumerate() {
            // The first creates a consumer; half of the others are of the protocol.
            let mut tape = Tape::new(&tape);
            let route = match at {
                0 => of_protocol[0],
                _ if ours => which.get::<&MsgRoute>(of_protocol),
                _ => which.get::<&MsgRoute>(&routes),
            };
            tape.odd = if at == 0 { 0 } else { tape.odd };
            let value = message(&mut tape, &descriptor(route.url), 0).encode_to_vec();
            let Ok(signers) = (route.check)(&config, &value) else { continue };
            let index = |who: &ics_abci::AccAddr| (0..5).find(|index| key(*index).address() == *who);
            let Some(signers) = signers.iter().map(index).collect::<Option<Vec<u8>>>() else { continue };
            let any = Any { type_url: route.url.into(), value };
            let draft = Draft { signers, ..Draft::of(0, vec![any]) };
            done.set(done.get() + u32::from(chain.deliver(&draft).code == 0));
        }
        for _ in 0..3 {
            chain.pass(Duration::from_secs(pause_s));
            chain.block(&[]);
        }
    });
    let done = done.get();
    assert!(done > 20, "only {done} messages were executed: the generator reaches too little");
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        prop::sample::select(vec![0, 1, -1, i64::MAX, i64::MIN]).prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        prop::sample::select(vec![
            "",
            "0",
            "1",
            "-1",
            "18446744073709551616",
            "1s",
            "-1s",
            "9223372036s",
            "0.5",
            "1.0",
            "-0.1",
            "stake",
            "x",
            "2024-01-01T00:00:00Z",
        ])
        .prop_map(Into::into),
        Just(serde_json::json!([])),
        Just(serde_json::json!({})),
        Just(serde_json::json!([{}])),
        Just(serde_json::json!([null, 1])),
    ]
}

fn pointers(json: &serde_json::Value, prefix: &str, out: &mut Vec<String>) {
    out.push(prefix.to_owned());
    match json {
        serde_json::Value::Object(members) => {
            members.iter().for_each(|(name, value)| pointers(value, &format!("{prefix}/{name}"), out));
        }
        serde_json::Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| pointers(value, &format!("{prefix}/{at}"), out));
        }
        _ => {}
    }
}

/// The provider's parameters as they print, so that each of them is replaced some time.
fn provider_section() -> serde_json::Value {
    let (reply, _) = Chain::in_role(&PROVIDER, |_| {})
        .app
        .reader()
        .call("/interchain_security.ccv.provider.v1.Query/QueryParams", &[], Height(0))
        .unwrap();
    let name = "interchain_security.ccv.provider.v1.QueryParamsResponse";
    let text = ics_proto::json::to_json(name, &reply).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_genesis_document_with_a_member_replaced_is_refused_or_the_chain_runs() {
    let mut base = serde_json::to_value(app_state()).unwrap();
    base["provider"] = provider_section();
    let mut places = Vec::new();
    pointers(&base, "", &mut places);
    assert!(places.len() > 60, "{places:?}");
    let (refused, ran) = (Cell::new(0_u32), Cell::new(0_u32));
    let strategy = (any::<prop::sample::Index>(), any_json(), 0..2_usize);
    proptest!(cases(400), |((place, json, role) in strategy)| {
        let mut state = base.clone();
        *state.pointer_mut(place.get::<String>(&places)).unwrap() = json;
        let role = [&PROVIDER, &STANDALONE][role];
        let mut document = genesis(&app_state());
        document.app_state = state.to_string().into_bytes();
        let mut app = App::new(config(), role);
        match app.init_chain(&document) {
            Err(halt) => {
                prop_assert!(!halt.to_string().is_empty());
                refused.set(refused.get() + 1);
            }
            Ok(init) => {
                let mut chain = Chain { app, init, now: start(), disk: Default::default() };
                for _ in 0..3 {
                    chain.block(&[]);
                }
                ran.set(ran.get() + 1);
            }
        }
    });
    let (refused, ran) = (refused.get(), ran.get());
    assert!(refused > 50 && ran > 50, "{refused} refused, {ran} ran");
}

#[test]
fn claimed_lengths_and_deep_nesting_are_refused_at_once() {
    let chains = started();
    // A field that claims 2^62 bytes, and messages in messages in messages.
    let claim = [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f, 1];
    let mut nested = Vec::new();
    while nested.len() < 100_000 {
        let mut outer = vec![0x0a];
        prost::encoding::encode_varint(nested.len() as u64, &mut outer);
        outer.append(&mut nested);
        nested = outer;
        if nested.len() > 4_000 {
            // From here on by doubling: the rest needs no structure.
            nested.extend_from_within(..);
        }
    }
    for started in &chains {
        for route in started.role.msgs.iter().flat_map(|table| table.iter()) {
            assert!((route.check)(&started.config, &claim).is_err(), "{}", route.url);
            started.take(route, &nested).unwrap();
        }
        for route in started.role.queries.iter().flat_map(|table| table.iter()) {
            started.ask(&claim, route.path).unwrap();
            started.ask(&nested, route.path).unwrap();
        }
        let mut app = App::new(config(), started.role);
        let mut document = genesis(&app_state());
        document.app_state = "[".repeat(1_000_000).into_bytes();
        let halt = app.init_chain(&document).unwrap_err().to_string();
        assert!(halt.contains("app_state of the genesis document: "), "{halt}");
    }
    let mut chain = Chain::new();
    let checked = chain.app.check_tx(&vec![0x0a; MAX_TX_BYTES + 1], ics_abci::Check::New);
    assert_eq!((checked.codespace.as_str(), checked.code), ("sdk", 21));
}
