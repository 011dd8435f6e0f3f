//! Keys and addresses that the whole ecosystem agrees on.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ics_abci::{ConsKey, module_address, to_bech32};
use ics_client::{ConsensusKey, DEVELOPMENT_MNEMONIC, HdPath, Key, consensus};
use serde_json::Value;
use std::path::PathBuf;

fn vector_file(name: &str) -> Value {
    let folder = std::env::var_os("ICS_VECTORS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors")), PathBuf::from);
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

#[test]
fn addresses_vectors() {
    let file = vector_file("addresses.json");
    let cases = file["cases"].as_array().unwrap();
    let mut ran = 0;
    for case in cases {
        let (name, input) = (case["name"].as_str().unwrap(), case["input"].as_str().unwrap());
        let raw = || STANDARD.decode(input).unwrap();
        let key = match case["kind"].as_str().unwrap() {
            "ed25519" => Some(ConsKey::ed25519(&raw()).unwrap()),
            "secp256k1" => Some(ConsKey::secp256k1(&raw()).unwrap()),
            "seed" => {
                let seed = consensus::seed_from_number(input.parse().unwrap());
                Some(ConsensusKey::from_seed(seed).public())
            }
            "module_account" => None,
            kind => panic!("{name}: unknown kind {kind}"),
        };
        let address = key.map_or_else(|| module_address(input).0, |key| key.address().0.to_vec());
        let expect = &case["expect"];
        assert_eq!(key.map(|key| STANDARD.encode(key.bytes())).as_deref(), expect["key"].as_str(), "{name}");
        assert_eq!(hex::encode(&address), expect["address"].as_str().unwrap(), "{name}");
        let texts = expect["bech32"].as_object().unwrap();
        assert!(!texts.is_empty(), "{name}");
        for (prefix, text) in texts {
            assert_eq!(to_bech32(prefix, &address), text.as_str().unwrap(), "{name}");
        }
        ran += 1;
    }
    assert!(ran > 0 && ran == cases.len(), "{ran} of {}", cases.len());
}

#[test]
fn known_words_give_the_addresses_that_every_wallet_shows() {
    let abandon = format!("{}about", "abandon ".repeat(11));
    let legal = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    for (words, account, index, address) in [
        (abandon.as_str(), 0, 0, "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4"),
        (&abandon, 1, 0, "cosmos1tehv5km5e9y706rc2gzk9yyun9dljjjnvyt3u0"),
        (&abandon, 2, 0, "cosmos1n56pcy6078dpacyj4m6rye47auhxs4ycm8k0dw"),
        (&abandon, 3, 0, "cosmos1uknksegvstqxdyhyca7zk5mkwyzjlj2jrjl9er"),
        (&abandon, 4, 0, "cosmos1e75p6tg3l6w8e39judaprlg07tew99uhqr3cu9"),
        (legal, 0, 0, "cosmos1avgyh77ycn997ja45q5q8ss8y9mr424jq6zn4p"),
        (DEVELOPMENT_MNEMONIC, 0, 0, "cosmos15yk64u7zc9g9k2yr2wmzeva5qgwxps6yxj00e7"),
    ] {
        let key = Key::from_mnemonic(words, &HdPath::cosmos(account, index).unwrap()).unwrap();
        assert_eq!(key.address().to_text("cosmos"), address);
        assert_eq!(key.operator().to_text("cosmosvaloper")[..14], *"cosmosvaloper1");
    }
}

#[test]
fn spaces_between_words_do_not_matter() {
    let spread = format!("  {}\n", DEVELOPMENT_MNEMONIC.replace(' ', " \t "));
    let (one, other) =
        (Key::from_mnemonic_index(&spread, 3), Key::from_mnemonic_index(DEVELOPMENT_MNEMONIC, 3));
    assert_eq!(one.unwrap().public(), other.unwrap().public());
}
