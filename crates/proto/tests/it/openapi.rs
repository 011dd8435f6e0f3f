//! The document of the gateway: it says what the gateway does, and is OpenAPI 3.

use ics_proto::http::{Verb, addresses};
use ics_proto::openapi::document;
use serde_json::Value;
use std::collections::BTreeSet;

/// Every `$ref` in a value.
fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get("$ref") {
                assert_eq!(fields.len(), 1, "a reference stands alone: {fields:?}");
                found.insert(target);
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn every_address_of_the_gateway_is_described_and_no_other() {
    let document = document("gateway", "1").unwrap();
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for verb in item.as_object().unwrap().keys() {
            described.insert((verb.clone(), path.clone()));
        }
    }
    let served: BTreeSet<(String, String)> = addresses()
        .unwrap()
        .into_iter()
        .map(|(verb, path)| (if verb == Verb::Get { "get" } else { "post" }.to_owned(), path))
        .collect();
    assert!(served.len() > 100, "{}", served.len());
    assert_eq!(described, served);
}

/// The rules of OpenAPI 3.0.3 that a document of this kind can break.
#[test]
fn the_document_is_openapi_3() {
    let document = document("gateway", "1").unwrap();
    assert_eq!(document["openapi"], "3.0.3");
    assert_eq!((&document["info"]["title"], &document["info"]["version"]), (&"gateway".into(), &"1".into()));
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let legal = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    assert!(schemas.keys().all(|name| name.chars().all(legal)), "names of components");
    let mut ids = BTreeSet::new();
    let mut shapes = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with('/'), "{path}");
        let blank = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
        let shape: Vec<String> = path.split('/').map(blank).collect();
        assert!(shapes.insert(shape), "{path} is another path with other names");
        let in_path: BTreeSet<&str> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')))
            .collect();
        for operation in item.as_object().unwrap().values() {
            assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{path}");
            assert!(operation["responses"]["200"]["description"].is_string(), "{path}");
            let mut named = BTreeSet::new();
            let mut told = BTreeSet::new();
            for parameter in operation["parameters"].as_array().unwrap() {
                let (name, place) = (parameter["name"].as_str().unwrap(), parameter["in"].as_str().unwrap());
                assert!(named.insert((name, place)), "{path}: {name} twice");
                assert!(parameter["schema"].is_object(), "{path}: {name}");
                if place == "path" {
                    assert_eq!(parameter["required"], true, "{path}: {name}");
                    told.insert(name);
                }
            }
            assert_eq!(told, in_path, "{path}");
        }
    }
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for target in found {
        let name = target.strip_prefix("#/components/schemas/").unwrap();
        assert!(schemas.contains_key(name), "{target} leads nowhere");
    }
}

#[test]
fn fields_are_described_as_they_are_printed() {
    let document = document("gateway", "1").unwrap();
    let schemas = &document["components"]["schemas"];
    let chain = &schemas["interchain_security.ccv.provider.v1.Chain"]["properties"];
    assert_eq!(chain["top_N"]["type"], "integer");
    assert_eq!(chain["min_power_in_top_N"], serde_json::json!({"type": "string", "format": "int64"}));
    assert_eq!(chain["allowlist"], serde_json::json!({"type": "array", "items": {"type": "string"}}));
    let chains = &document["paths"]["/interchain_security/ccv/provider/consumer_chains/{phase}"]["get"];
    let names: Vec<&str> =
        chains["parameters"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"pagination.limit") && names.contains(&"phase"), "{names:?}");
}
