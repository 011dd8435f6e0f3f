//! Every error code of the specification's lists is what some step of ours gives, or stands here with the reason why none
//! does: a step of a later issue, a code that is always within another's, one that nothing can give any more.

use super::power_shaping::{make_top, shaped, top};
use super::{
    assign, connected, create, launched, open_try, opt_in, opt_out, owner, remove, set_commission, update,
};
use crate::host_provider::Provider;
use ics_abci::AccAddr;
use ics_ccv::Rules;
use ics_ccv::id::{ConnectionId, ConsumerId, VscId};
use ics_ccv::provider::channel::{OpenTry, on_open_confirm, on_open_init, on_open_try, on_recv};
use ics_ccv::provider::error::Error;
use ics_ccv::provider::init_params::InitializationParameters;
use ics_ccv::provider::metadata::ConsumerMetadata;
use ics_ccv::provider::msgs::{RemoveConsumer, UpdateConsumer};
use ics_ccv::provider::{View, link, query, state};
use ics_ccv::wire::slash::{ConsumerPacket, Infraction, Slash};
use std::collections::BTreeMap;

/// A step that must fail, on a provider of its own.
type Step = fn(&mut Provider) -> Error;

enum Code {
    Given(Step),
    Absent(&'static str),
}

use Code::{Absent, Given};

const EVIDENCE: &str = "evidence is punished later";
const REWARDS: &str = "rewards come later";
const WITHIN: &str = "only within the error of a message";
const NEVER: &str = "no step of ours can end so";

const PROVIDER: [(u32, Code); 35] = [
    (3, Given(|host| opt_out(ConsumerId(9), 1).handle(host).unwrap_err())),
    (4, Given(|host| on_recv(host, &"channel-9".into(), b"{}").unwrap_err())),
    (10, Given(|host| assign(launched(host, &[1]), 1, 2).handle(host).unwrap_err())),
    (11, Given(|host| assign(launched(host, &[1]), 1, 1).handle(host).unwrap_err())),
    (14, Absent(REWARDS)),
    (16, Given(on_another_client)),
    (20, Given(bound_by_top_n)),
    (23, Absent(NEVER)),
    (
        25,
        Given(|host| {
            let consumer_id = launched(host, &[1]).to_string();
            RemoveConsumer { consumer_id, owner: AccAddr(vec![9; 20]) }.handle(host).unwrap_err()
        }),
    ),
    (27, Given(|host| opt_in(ConsumerId(9), 1).handle(host).unwrap_err())),
    (28, Absent(WITHIN)),
    (29, Absent(WITHIN)),
    (30, Given(|host| create("c-2", Some(InitializationParameters::default())).handle(host).unwrap_err())),
    (31, Given(nobody_to_bind)),
    (33, Given(|host| query::consumer_genesis(host, ConsumerId(9)).unwrap_err())),
    (34, Absent(NEVER)),
    (35, Given(|host| query::consumer_id_from_client_id(host, &"07-tendermint-9".into()).unwrap_err())),
    (36, Absent(NEVER)),
    (37, Given(|host| remove(ConsumerId(9)).handle(host).unwrap_err())),
    (38, Given(|host| given(host, "nobody").unwrap_err())),
    (
        39,
        Given(|host| {
            let id = launched(host, &[1]);
            shaped(id, owner(), top(60)).handle(host).unwrap_err()
        }),
    ),
    (40, Given(top_n_leaves_governance)),
    (41, Absent("a creation with Top N fails before, without a code of its own, as the reference's")),
    (43, Absent(NEVER)),
    (44, Given(|host| create("", None).handle(host).unwrap_err())),
    (
        45,
        Given(|host| {
            let metadata = Some(ConsumerMetadata::default());
            UpdateConsumer { metadata, ..update(ConsumerId(0)) }.handle(host).unwrap_err()
        }),
    ),
    (
        46,
        Given(|host| {
            let mut message = assign(launched(host, &[1]), 1, 11);
            message.consumer_key = String::new();
            message.handle(host).unwrap_err()
        }),
    ),
    (47, Absent(EVIDENCE)),
    (48, Absent(EVIDENCE)),
    (
        49,
        Given(|host| {
            let mut message = opt_in(launched(host, &[1]), 1);
            message.signer = owner();
            message.handle(host).unwrap_err()
        }),
    ),
    (
        50,
        Given(|host| {
            let mut message = opt_out(launched(host, &[1]), 1);
            message.chain_id = "consumer-1".to_string();
            message.handle(host).unwrap_err()
        }),
    ),
    (
        51,
        Given(|host| {
            let mut message = set_commission(launched(host, &[1]), 1, "1");
            message.rate = "1.000000000000000001".parse().unwrap();
            message.handle(host).unwrap_err()
        }),
    ),
    (52, Absent(REWARDS)),
    (53, Absent(REWARDS)),
    (54, Absent(WITHIN)),
];

const SHARED: [(u32, Code); 19] = [
    (1, Given(unknown_update)),
    (
        2,
        Given(|host| {
            launched(host, &[1]);
            let hops = [ConnectionId::from("connection-0")];
            on_open_try(host, &OpenTry { counterparty_version: "2", ..open_try(&hops) }).unwrap_err()
        }),
    ),
    (3, Given(|_| on_open_init().unwrap_err())),
    (4, Absent("an imported state comes later")),
    (
        5,
        Given(|host| {
            connected(host, &[1]);
            on_open_try(host, &open_try(&["connection-0".into()])).unwrap_err()
        }),
    ),
    (6, Absent("matured packets are accepted unread")),
    (7, Absent("matured packets are accepted unread")),
    (8, Absent("the pool's address is never too long for a version")),
    (9, Absent("given by the consumer's side")),
    (10, Given(a_client_without_link)),
    (11, Absent(NEVER)),
    (12, Given(a_client_taken)),
    (13, Absent("proposals of that kind are gone")),
    (14, Absent("chain ids are not unique")),
    (
        15,
        Given(|host| {
            host.foreign_client("07-tendermint-5", "other-1", 1);
            host.connect("07-tendermint-5", "connection-5");
            on_open_try(host, &open_try(&["connection-5".into()])).unwrap_err()
        }),
    ),
    (16, Absent(EVIDENCE)),
    (17, Absent(NEVER)),
    (18, Absent("what is stored and does not decode halts the node")),
    (
        19,
        Given(|host| {
            RemoveConsumer { consumer_id: "x".to_string(), owner: owner() }.handle(host).unwrap_err()
        }),
    ),
];

fn given(host: &mut Provider, to: &str) -> Result<(), Error> {
    let id = launched(host, &[1]);
    UpdateConsumer { new_owner_address: to.to_string(), ..update(id) }.handle(host)
}

fn on_another_client(host: &mut Provider) -> Error {
    let id = launched(host, &[1]);
    host.foreign_client("07-tendermint-5", "consumer-1", 1);
    host.connect("07-tendermint-5", "connection-5");
    // What no step does: a second client that leads to the consumer.
    state::CONSUMER_OF_CLIENT.set(host, &"07-tendermint-5".into(), &id);
    on_open_try(host, &open_try(&["connection-5".into()])).unwrap_err()
}

fn a_client_without_link(host: &mut Provider) -> Error {
    let id = launched(host, &[1]);
    host.connect("07-tendermint-0", "connection-0");
    host.channel_end("connection-0", "channel-0");
    state::LINK.remove(host, &id);
    on_open_confirm(host, &"channel-0".into()).unwrap_err()
}

fn a_client_taken(host: &mut Provider) -> Error {
    launched(host, &[1]);
    link::verify_free(host, ConsumerId(7), &"07-tendermint-0".into()).unwrap_err()
}

fn bound_by_top_n(host: &mut Provider) -> Error {
    let id = launched(host, &[1]);
    make_top(host, id, top(60));
    opt_out(id, 1).handle(host).unwrap_err()
}

fn nobody_to_bind(host: &mut Provider) -> Error {
    let id = launched(host, &[1]);
    let gov = host.authority();
    UpdateConsumer { new_owner_address: gov.to_text("cosmos"), ..update(id) }.handle(host).unwrap();
    host.validators.clear();
    shaped(id, gov, top(60)).handle(host).unwrap_err()
}

fn top_n_leaves_governance(host: &mut Provider) -> Error {
    let id = launched(host, &[1]);
    make_top(host, id, top(60));
    let away = UpdateConsumer { new_owner_address: owner().to_text("cosmos"), ..update(id) };
    UpdateConsumer { owner: host.authority(), ..away }.handle(host).unwrap_err()
}

fn unknown_update(host: &mut Provider) -> Error {
    connected(host, &[1]);
    let slash = Slash { address: vec![1; 20], power: 1, vsc_id: VscId(77), infraction: Infraction::Downtime };
    host.events();
    on_recv(host, &"channel-0".into(), &ConsumerPacket::Slash(slash).encode()).unwrap();
    // The refusal is in the acknowledgement and in the event; the step itself succeeded.
    let event = host.events().pop().unwrap();
    let error = Error::UnknownUpdate(VscId(77));
    assert_eq!(event.get("error"), Some(error.to_string().as_str()));
    error
}

fn check(space: &str, codes: &[(u32, Code)]) -> BTreeMap<u32, &'static str> {
    let mut absent = BTreeMap::new();
    for (code, how) in codes {
        match how {
            Given(step) => {
                let error = step(&mut Provider::new(Rules::default()));
                assert_eq!(error.code(), (space, *code), "{error}");
            }
            Absent(why) => drop(absent.insert(*code, *why)),
        }
    }
    absent
}

#[test]
fn every_code_of_the_provider_is_given_or_has_its_reason() {
    let absent = check("provider", &PROVIDER);
    let later = [14, 47, 48, 52, 53];
    for (code, why) in &absent {
        assert_eq!(later.contains(code), *why == REWARDS || *why == EVIDENCE, "{code}: {why}");
    }
    assert_eq!(PROVIDER.len() - absent.len(), 22);
}

#[test]
fn every_shared_code_is_given_or_has_its_reason() {
    let absent = check("CCV", &SHARED);
    assert_eq!(SHARED.len() - absent.len(), 8);
}
