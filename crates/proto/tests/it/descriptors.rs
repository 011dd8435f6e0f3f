//! Our `.proto` files against what the reference's reflection service says.

use ics_proto::FILE_DESCRIPTOR_SET;
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind};
use serde_json::{Value, json};

use crate::recorded::Recorded;

const OURS: &str = "interchain_security.ccv.";

pub(crate) fn pool() -> DescriptorPool {
    DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap()
}

fn type_name(field: &FieldDescriptor) -> String {
    match field.kind() {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(kind) => kind.full_name().to_owned(),
        kind => format!("{kind:?}").to_lowercase(),
    }
}

#[test]
fn every_message_has_the_fields_of_the_reference() {
    let recorded = Recorded::open("rpc/descriptors_from_reflection.json");
    let expected = recorded.value["messages"].as_object().unwrap();
    assert_eq!(expected.len(), 119);
    let pool = pool();
    let ours: Vec<String> =
        pool.all_messages().map(|m| m.full_name().to_owned()).filter(|name| name.starts_with(OURS)).collect();
    assert_eq!(ours.len(), expected.len(), "no message more, none less");
    for (name, fields) in expected {
        let message = pool.get_message_by_name(name).unwrap_or_else(|| panic!("no {name}"));
        let actual: Vec<Value> = message
            .fields()
            .map(|f| json!([f.number(), f.name(), type_name(&f), f.is_list() || f.is_map()]))
            .collect();
        assert_eq!(&Value::Array(actual), fields, "{name}");
    }
}

#[test]
fn every_enum_and_service_is_that_of_the_reference() {
    let recorded = Recorded::open("rpc/descriptors_from_reflection.json");
    let pool = pool();
    let enums = recorded.value["enums"].as_object().unwrap();
    assert_eq!(pool.all_enums().filter(|e| e.full_name().starts_with(OURS)).count(), enums.len());
    for (name, values) in enums {
        let found = pool.get_enum_by_name(name).unwrap_or_else(|| panic!("no {name}"));
        let actual: Vec<Value> = found.values().map(|value| json!([value.name(), value.number()])).collect();
        assert_eq!(&Value::Array(actual), values, "{name}");
    }
    let services = recorded.value["services"].as_object().unwrap();
    assert!(!services.is_empty());
    for (name, methods) in services {
        let found = pool.get_service_by_name(name).unwrap_or_else(|| panic!("no {name}"));
        let actual: Vec<Value> = found
            .methods()
            .map(|m| {
                json!([
                    m.name(),
                    format!(".{}", m.input().full_name()),
                    format!(".{}", m.output().full_name())
                ])
            })
            .collect();
        assert_eq!(&Value::Array(actual), methods, "{name}");
    }
}
