//! What a network of the reference wrote decodes, and encodes to the same bytes again.

use super::{list, text};
use ics_ccv::wire::Ack;
use ics_ccv::wire::genesis::{ConsumerGenesis, ConsumerParams, GenesisState};
use ics_ccv::wire::slash::ConsumerPacket;
use ics_ccv::wire::vsc::ValidatorSetChange;
use serde_json::Value;

fn recording(name: &str) -> String {
    let path = format!("{}/../../recordings/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The same JSON without white space between tokens.
fn compact(text: &str) -> String {
    let mut out = String::new();
    let (mut inside, mut escaped) = (false, false);
    for c in text.chars() {
        if inside || !c.is_whitespace() {
            out.push(c);
        }
        if inside && escaped {
            escaped = false;
        } else if inside && c == '\\' {
            escaped = true;
        } else if c == '"' {
            inside = !inside;
        }
    }
    out
}

/// The object that is the value of the member `name`, in compact JSON.
fn object<'a>(json: &'a str, name: &str) -> &'a str {
    let start = json.find(&format!("\"{name}\":{{")).unwrap() + name.len() + 3;
    let mut depth = 0;
    for (i, c) in json[start..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return &json[start..=start + i],
            '}' => depth -= 1,
            _ => {}
        }
    }
    panic!("{name} does not end");
}

#[test]
fn every_served_genesis_encodes_to_the_same_json() {
    let files = [
        ("genesis/consumer_genesis_section_from_provider.json", None),
        ("genesis/democracy_ccv_section.json", None),
        ("genesis/consumer_genesis.json", Some("ccvconsumer")),
        ("genesis/democracy_genesis.json", Some("ccvconsumer")),
        ("genesis/consumer_init_default_genesis.json", Some("ccvconsumer")),
        ("queries/01_consumer_genesis.json", Some("output")),
        ("queries/launch_consumer_genesis.json", Some("output")),
    ];
    for (file, member) in files {
        let whole = compact(&recording(file));
        let expected = member.map_or(whole.as_str(), |member| object(&whole, member));
        let genesis = ConsumerGenesis::from_json(expected.as_bytes()).unwrap();
        assert_eq!(genesis.to_json(), expected, "{file}");
        assert_eq!(genesis.validate(), Ok(()), "{file}");
        // A consumer reads the same document as its own.
        assert_eq!(GenesisState::from_json(expected.as_bytes()), Ok(genesis.into()), "{file}");
    }
}

#[test]
fn every_exported_consumer_encodes_to_the_same_json() {
    for run in ["run1_consumer", "run2_consumer", "run2_democracy"] {
        let expected = compact(&recording(&format!("genesis/export_{run}_module.json")));
        let genesis = GenesisState::from_json(expected.as_bytes()).unwrap();
        assert_eq!(genesis.to_json(), expected, "{run}");
        assert_eq!(genesis.validate(), Ok(()), "{run}");
    }
}

#[test]
fn every_params_answer_encodes_to_the_same_json() {
    for file in ["c2_params", "consumer_params_before_channel", "democ_ccvconsumer_params"] {
        let whole = compact(&recording(&format!("queries/{file}.json")));
        let expected = object(&whole, "params");
        assert_eq!(ConsumerParams::from_json(expected.as_bytes()).unwrap().to_json(), expected, "{file}");
    }
}

#[test]
fn every_recorded_packet_and_acknowledgement_encodes_to_the_same_bytes() {
    let (mut to_consumer, mut to_provider, mut acks) = (0, 0, 0);
    for run in 1..=3 {
        let events: Value =
            serde_json::from_str(&recording(&format!("packets/run{run}_packet_events.json"))).unwrap();
        for event in events.as_array().unwrap() {
            let attribute = |name: &str| {
                list(event, "attributes").iter().find(|a| a[0] == name).map(|a| a[1].as_str().unwrap())
            };
            let source = attribute("packet_src_port").unwrap();
            let Some(data) = attribute("packet_data_hex").map(|data| hex::decode(data).unwrap()) else {
                continue;
            };
            match source {
                "provider" => {
                    assert_eq!(ValidatorSetChange::decode(&data).unwrap().encode(), data);
                    to_consumer += 1;
                }
                "consumer" => {
                    assert_eq!(ConsumerPacket::decode(&data).unwrap().encode(), data);
                    to_provider += 1;
                }
                _ => assert_eq!(source, "transfer"),
            }
            if let Some(ack) = attribute("packet_ack_hex") {
                let ack = hex::decode(ack).unwrap();
                assert_eq!(Ack::decode(&ack).unwrap().encode(), ack, "{}", text(event, "event"));
                acks += 1;
            }
        }
    }
    assert_eq!((to_consumer, to_provider, acks), (41, 12, 23));
}
