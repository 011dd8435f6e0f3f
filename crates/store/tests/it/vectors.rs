//! Roots and proofs made by Go iavl v1.2.2, byte for byte.

use crate::proofs::tree_verifies;
use ics_kv::Bytes;
use ics_store::iavl::Tree;
use prost::Message;
use serde_json::Value;

fn bytes(hex_text: &Value) -> Vec<u8> {
    hex::decode(hex_text.as_str().unwrap()).unwrap()
}

#[test]
fn iavl_vectors_give_the_roots_and_proofs_of_go() {
    let folder = std::env::var("ICS_VECTORS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors").to_owned());
    let text = std::fs::read_to_string(format!("{folder}/iavl.json")).unwrap();
    let cases: Value = serde_json::from_str(&text).unwrap();
    let cases = cases.as_array().unwrap();
    let (mut cases_run, mut roots, mut proofs) = (0, 0, 0);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let mut tree = Tree::new();
        for version in case["versions"].as_array().unwrap() {
            let height = version["version"].as_u64().unwrap();
            for op in version["ops"].as_array().into_iter().flatten() {
                match op.get("v") {
                    Some(value) => tree.set(&bytes(&op["k"]), Bytes::from(bytes(value)), height),
                    None => {
                        assert_eq!(op["del"], Value::Bool(true), "{name} {height}");
                        tree.remove(&bytes(&op["k"]), height);
                    }
                }
            }
            assert_eq!(tree.root_hash().to_vec(), bytes(&version["root"]), "{name} {height}");
            roots += 1;
            for expected in version["proofs"].as_array().into_iter().flatten() {
                let key = bytes(&expected["key"]);
                let proof = tree.prove(&key).unwrap();
                assert_eq!(
                    hex::encode(proof.encode_to_vec()),
                    expected["proof"].as_str().unwrap(),
                    "{name} {height} {key:02x?}"
                );
                let value = expected["exist"].as_bool().unwrap().then(|| bytes(&expected["value"]));
                assert_eq!(tree.get(&key).map(|value| value.to_vec()), value);
                assert!(tree_verifies(&proof, tree.root_hash(), &key, value.as_deref()), "{name} {height}");
                assert!(!tree_verifies(&proof, [7; 32], &key, value.as_deref()));
                proofs += 1;
            }
        }
        cases_run += 1;
    }
    let versions: Vec<&Value> = cases.iter().flat_map(|case| case["versions"].as_array().unwrap()).collect();
    let listed =
        versions.iter().flat_map(|version| version["proofs"].as_array().into_iter().flatten()).count();
    assert!(cases_run == cases.len() && roots == versions.len() && proofs == listed);
    assert!(cases_run > 0 && roots > 0 && proofs > 0);
}
