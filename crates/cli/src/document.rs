//! Files that hold a message, as `create-consumer` and `update-consumer` take them.

use crate::Failure;
use serde_json::Value;
use std::path::Path;

/// A message from a file: its JSON form, with the signer put in.
pub(crate) fn document<M: prost::Message + prost::Name + Default>(
    file: &Path,
    signer: &str,
    address: &str,
) -> Result<M, Failure> {
    let wrong = |why: String| Failure(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    understood(&text, signer, address).map_err(wrong)
}

fn understood<M: prost::Message + prost::Name + Default>(
    text: &str,
    signer: &str,
    address: &str,
) -> Result<M, String> {
    let mut value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let members = value.as_object_mut().ok_or_else(|| "not a JSON object".to_owned())?;
    members.insert(signer.to_owned(), Value::from(address));
    normalise(&mut value);
    ics_proto::json::from_json_as(&value.to_string()).map_err(|error| error.to_string())
}

/// Files write durations as whole nanoseconds, as the field's binaries read them; messages want `"3600s"`.
fn normalise(value: &mut Value) {
    const DURATIONS: [&str; 4] =
        ["unbonding_period", "ccv_timeout_period", "transfer_timeout_period", "jail_duration"];
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if let (true, Some(ns)) = (DURATIONS.contains(&name.as_str()), member.as_i64()) {
                    let (sign, size) = (if ns < 0 { "-" } else { "" }, ns.unsigned_abs());
                    let (whole, rest) = (size.wrapping_div(1_000_000_000), size.wrapping_rem(1_000_000_000));
                    let text = format!("{sign}{whole}.{rest:09}");
                    *member = Value::from(format!("{}s", text.trim_end_matches('0').trim_end_matches('.')));
                } else {
                    normalise(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(normalise),
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use ics_proto::interchain_security::ccv::provider::v1::{MsgCreateConsumer, MsgUpdateConsumer};
    use ics_proto::json::to_json_of;
    use proptest::prelude::*;
    use serde_json::json;
    use std::cell::Cell;

    #[test]
    fn whole_nanoseconds_become_seconds_with_their_sign() {
        for (ns, text) in [
            (0, "0s"),
            (3_600_000_000_000, "3600s"),
            (1_500_000_000, "1.5s"),
            (-500_000_000, "-0.5s"),
            (-1, "-0.000000001s"),
            (i64::MIN, "-9223372036.854775808s"),
        ] {
            let mut value = json!({"a": [{"unbonding_period": ns, "height": ns}], "jail_duration": "1s"});
            normalise(&mut value);
            let expected = json!({"a": [{"unbonding_period": text, "height": ns}], "jail_duration": "1s"});
            assert_eq!(value, expected);
        }
    }

    #[test]
    fn a_file_of_any_bytes_is_refused_by_its_name_or_is_the_message() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("create.json");
        let read = || document::<MsgCreateConsumer>(&file, "submitter", "cosmos1");
        let good = r#"{"chain_id":"a-1","initialization_parameters":{"unbonding_period":1500000000}}"#;
        std::fs::write(&file, good).unwrap();
        assert_eq!(
            read().map(|message| (message.chain_id, message.submitter)).ok(),
            Some(("a-1".into(), "cosmos1".into()))
        );
        for at in 0..good.len() {
            for byte in [b'"', b'{', b'[', b'9', 0, 0xff] {
                let mut bytes = good.as_bytes().to_vec();
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
                std::fs::write(&file, &bytes).unwrap();
                if let Err(Failure(why)) = read() {
                    assert!(why.contains("create.json: "), "{why}");
                }
            }
        }
        for text in ["", "[]", "null", "{", &"[".repeat(1_000_000)] {
            std::fs::write(&file, text).unwrap();
            assert!(read().is_err());
        }
    }

    /// A create-consumer file with every kind of member.
    fn good() -> Value {
        json!({
            "chain_id": "a-1",
            "metadata": {"name": "a", "description": "b", "metadata": "{}"},
            "initialization_parameters": {
                "initial_height": {"revision_number": 1, "revision_height": "1"},
                "genesis_hash": "AAE=",
                "binary_hash": null,
                "spawn_time": "2030-01-01T00:00:00Z",
                "unbonding_period": 1_500_000_000,
                "ccv_timeout_period": "2419200s",
                "transfer_timeout_period": -1,
                "consumer_redistribution_fraction": "0.75",
                "historical_entries": 10_000,
            },
            "power_shaping_parameters": {"top_N": 0, "allowlist": ["c"], "min_stake": "0", "allow_inactive_vals": true},
            "infraction_parameters": {"double_sign": {"slash_fraction": "0.05", "jail_duration": i64::MAX, "tombstone": true}},
            "allowlisted_reward_denoms": {"denoms": ["stake"]},
        })
    }

    /// Any JSON that is not too large.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
            "-?[0-9]{1,22}(\\.[0-9]{1,12})?s?".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            let members = prop::collection::vec(("[a-z_]{1,8}|jail_duration|top_N", inner.clone()), 0..4);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Value::from),
                members.prop_map(|members| members.into_iter().collect::<Value>()),
            ]
        })
    }

    /// How many values a document has, itself among them.
    fn count(value: &Value) -> usize {
        match value {
            Value::Object(members) => members.values().map(count).sum::<usize>().saturating_add(1),
            Value::Array(items) => items.iter().map(count).sum::<usize>().saturating_add(1),
            _ => 1,
        }
    }

    /// Puts `other` in the place of one value.
    fn replace(value: &mut Value, place: &mut usize, other: &Value) {
        if *place == 0 {
            *value = other.clone();
        }
        let inner: Vec<&mut Value> = match value {
            Value::Object(members) => members.values_mut().collect(),
            Value::Array(items) => items.iter_mut().collect(),
            _ => Vec::new(),
        };
        let replaced = *place == 0;
        *place = place.wrapping_sub(1);
        for inner in inner.into_iter().filter(|_| !replaced) {
            replace(inner, place, other);
        }
    }

    /// A file's text is refused, or is a message whose printed form means the same. Whether it is one.
    fn means_something<M: prost::Message + prost::Name + Default + PartialEq>(
        text: &str,
        signer: &str,
    ) -> bool {
        let Ok(message) = understood::<M>(text, signer, "cosmos1") else { return false };
        let printed = to_json_of(&message).unwrap();
        // An absent member that a message cannot lack is printed as its zero, and is there when it is read again.
        let again = understood::<M>(&printed, signer, "cosmos1").map(|again| to_json_of(&again).unwrap());
        assert_eq!(again, Ok(printed), "{text}");
        true
    }

    #[test]
    fn a_file_with_a_value_replaced_is_refused_or_comes_back() {
        let (read, refused) = (Cell::new(0_u32), Cell::new(0_u32));
        let config = ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() };
        assert!(means_something::<MsgCreateConsumer>(&good().to_string(), "submitter"));
        proptest!(config, |(place in any::<prop::sample::Index>(), other in any_json())| {
            let mut file = good();
            let mut place = place.index(count(&file));
            replace(&mut file, &mut place, &other);
            let is_read = means_something::<MsgCreateConsumer>(&file.to_string(), "submitter");
            let count = if is_read { &read } else { &refused };
            count.set(count.get().saturating_add(1));
            means_something::<MsgUpdateConsumer>(&json!({"consumer_id": "0", "metadata": other}).to_string(), "owner");
        });
        assert!(read.get() > 20 && refused.get() > 100, "{} read, {} refused", read.get(), refused.get());
    }

    #[test]
    fn a_file_of_any_text_is_refused_or_comes_back() {
        proptest!(|(text in "\\PC{0,60}", at in any::<prop::sample::Index>(), byte in any::<u8>())| {
            means_something::<MsgCreateConsumer>(&text, "submitter");
            let mut bytes = good().to_string().into_bytes();
            let at = at.index(bytes.len());
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            let text = String::from_utf8_lossy(&bytes);
            means_something::<MsgCreateConsumer>(&text, "submitter");
            means_something::<MsgUpdateConsumer>(&text, "owner");
        });
    }
}
