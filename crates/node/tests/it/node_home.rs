//! The home of a node: what CometBFT reads stands there in its form, and keys are closed to others.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ics_client::ConsensusKey;
use ics_node::app_toml::{AppToml, ChainKind};
use ics_node::node_home::{Comet, NodeHome, NodeHomeError, Setup, Users, node_id, random_key};
use serde_json::{Value, json};
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

fn made(folder: &Path) -> (NodeHome, Result<(), NodeHomeError>) {
    let setup = Setup {
        kind: ChainKind::Consumer,
        minimum_gas_prices: "0.001stake",
        genesis: "{}",
        comet: &Comet::usual("one"),
        users: Users { grpc: Some(SocketAddr::from(([127, 0, 0, 1], 9_191))), rest: None, metrics: false },
        node_key: &ConsensusKey::from_seed([1; 32]),
        validator_key: &ConsensusKey::from_seed([2; 32]),
    };
    let home = NodeHome::at(folder);
    let made = home.make(&setup);
    (home, made)
}

fn document(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn every_file_has_cometbft_s_form_and_keys_are_their_owner_s_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (home, done) = made(&folder.path().join("node"));
    done.unwrap();
    let address = ConsensusKey::from_seed([2; 32]).address();
    let key = document(&home.validator_key_json());
    assert_eq!(key["pub_key"]["type"], "tendermint/PubKeyEd25519");
    assert_eq!(key["priv_key"]["type"], "tendermint/PrivKeyEd25519");
    assert_eq!(key["address"], hex::encode_upper(address.0));
    let secret = key["priv_key"]["value"].as_str().unwrap();
    assert!(secret.starts_with("AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg"), "the seed first");
    assert_eq!(secret.len(), 88);
    let bytes = |text: &str| BASE64.decode(text).unwrap();
    let public = key["pub_key"]["value"].as_str().unwrap();
    assert_eq!(bytes(secret)[32..], bytes(public), "the public key after it");
    assert_eq!(document(&home.validator_state_json()), json!({"height": "0", "round": 0, "step": 0}));
    assert_eq!(document(&home.node_key_json())["priv_key"]["type"], "tendermint/PrivKeyEd25519");
    for path in [home.validator_key_json(), home.node_key_json(), home.validator_state_json()] {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert_eq!(mode(&home.path().join("config")), 0o700);
    assert_eq!(
        fs::read_to_string(home.app_toml()).unwrap(),
        AppToml::template(ChainKind::Consumer, "0.001stake")
            .replace("\"localhost:9090\"", "\"tcp://127.0.0.1:9191\"")
    );
    assert_eq!(home.node_key().unwrap().seed(), [1; 32]);
    assert_eq!(home.validator_key().unwrap().seed(), [2; 32]);
    let id = node_id(&home.node_key().unwrap().public());
    assert_eq!((id.len(), id.to_lowercase()), (40, id.clone()));
    assert_ne!(random_key().unwrap().seed(), random_key().unwrap().seed());
}

#[test]
fn a_node_is_made_once_and_what_it_signed_is_never_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let (home, done) = made(folder.path());
    done.unwrap();
    let (_, again) = made(folder.path());
    let path = folder.path().display();
    assert_eq!(
        again.unwrap_err().to_string(),
        format!("{path} is the home of a node already: choose another --home")
    );
    let signed = "{\"height\":\"7\",\"round\":0,\"step\":3}";
    fs::write(home.validator_state_json(), signed).unwrap();
    fs::remove_file(home.genesis_json()).unwrap();
    made(folder.path()).1.unwrap();
    assert_eq!(fs::read_to_string(home.validator_state_json()).unwrap(), signed);
}

#[test]
fn a_damaged_key_is_refused_without_a_word_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (home, done) = made(folder.path());
    done.unwrap();
    let path = home.validator_key_json();
    let whole = fs::read_to_string(&path).unwrap();
    let refused = |text: &str| {
        fs::write(&path, text).unwrap();
        let line = home.validator_key().unwrap_err().to_string();
        line.replace(path.to_str().unwrap(), "KEY")
    };
    let expected = |why: &str| format!("KEY cannot be understood: {why}: restore it from a copy");
    assert_eq!(refused("AgICAgIC"), expected("it is no JSON"));
    assert_eq!(refused("{}"), expected("it holds no key"));
    assert_eq!(refused(&whole.replace("AgIC", "")), expected("its key has not the length of one"));
    assert_eq!(
        refused(&whole.replacen("AgIC", "AwIC", 1)),
        expected("the halves of its key do not belong together")
    );
    let other = ConsensusKey::from_seed([3; 32]).address();
    let own = ConsensusKey::from_seed([2; 32]).address();
    let moved = whole.replace(&hex::encode_upper(own.0), &hex::encode_upper(other.0));
    assert_eq!(refused(&moved), expected("its address is that of another key"));
    let secp = whole.replace("PrivKeyEd25519", "PrivKeySecp256k1");
    assert_eq!(refused(&secp), expected("its key is not of Ed25519"));
    fs::remove_file(&path).unwrap();
    let line = home.validator_key().unwrap_err().to_string();
    assert_eq!(
        line.replace(path.to_str().unwrap(), "KEY"),
        "KEY is missing: restore it, or make a new home with `ics init`"
    );
}
