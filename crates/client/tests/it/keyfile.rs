//! Keys that the Cosmos SDK wrote: keyring files and armored keys (`recordings/keyring`).

use ics_client::Key;
use ics_client::keyfile::{KeyFileError, Kind, Record, armor, item, jwe, keyhash};
use std::path::PathBuf;

const PASSPHRASE: &str = "password1";

fn recorded(path: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../recordings/keyring");
    std::fs::read_to_string(folder.join(path)).unwrap()
}

fn key(index: u32) -> Key {
    Key::from_mnemonic_index(&format!("{}about", "abandon ".repeat(11)), index).unwrap()
}

fn bytes(path: &str, passphrase: &str) -> Vec<u8> {
    item::decode(&jwe::open(&recorded(path), passphrase).unwrap()).unwrap().to_vec()
}

#[test]
fn records_of_the_sdk_are_read_and_written_to_the_byte() {
    for (path, passphrase, index, kind) in [
        ("keyring-test/alice.info", "test", 0, "local"),
        ("keyring-test/bob.info", "test", 1, "offline"),
        ("keyring-file/alice.info", PASSPHRASE, 0, "local"),
        ("keyring-file/bob.info", PASSPHRASE, 1, "local"),
    ] {
        let bytes = bytes(path, passphrase);
        let record = Record::decode(&bytes).unwrap();
        assert_eq!((record.address(), record.kind_name()), (key(index).address(), kind), "{path}");
        assert_eq!(record.key().map(Key::public), (kind == "local").then(|| key(index).public()));
        assert_eq!(record.encode().as_slice(), bytes, "{path}");
    }
    let ours = Record::local("alice", key(0)).encode();
    assert_eq!(ours.as_slice(), bytes("keyring-test/alice.info", "test"));
    let address = "keyring-file/28ff5c6d57d8cfd492b6fb42614536ed648e01fd.address";
    assert_eq!(bytes(address, PASSPHRASE), b"alice.info");
}

#[test]
fn items_are_written_as_the_sdk_does() {
    let text = jwe::open(&recorded("keyring-test/alice.info"), "test").unwrap();
    let ours = item::encode("alice.info", &bytes("keyring-test/alice.info", "test"));
    assert_eq!(std::str::from_utf8(&text).unwrap(), *ours);
}

#[test]
fn armored_keys_of_the_sdk_are_read_for_their_passphrase() {
    for path in ["alice.armor", "alice.bcrypt.armor"] {
        let text = recorded(path);
        let read = |passphrase: &str| armor::decode(&text, passphrase).map(|key| key.public());
        assert_eq!(read(PASSPHRASE), Ok(key(0).public()), "{path}");
        assert_eq!(read("password2"), Err(KeyFileError::Passphrase), "{path}");
    }
}

#[test]
fn an_armored_key_is_written_as_the_sdk_does() {
    let text = recorded("alice.armor");
    let salt = text.lines().find_map(|line| line.strip_prefix("salt: ")).unwrap();
    let salt = hex::decode(salt).unwrap().try_into().unwrap();
    assert_eq!(armor::encode(&key(0), PASSPHRASE, salt).unwrap().trim_end(), text);
}

#[test]
fn a_keyhash_of_the_sdk_knows_the_passphrase() {
    let hash = recorded("keyring-file/keyhash");
    assert!(keyhash::matches(&hash, PASSPHRASE));
    assert!(!keyhash::matches(&hash, "password2"));
}

#[test]
fn records_that_lie_or_are_of_another_kind_are_refused() {
    let alice = Record::local("alice", key(0)).encode();
    let lying = Record { public: Record::local("x", key(1)).public, ..Record::local("alice", key(0)) };
    let wrong = KeyFileError::Malformed("the record of the key");
    let read = |bytes: &[u8]| Record::decode(bytes).map(|record| record.kind_name()).unwrap_err();
    assert_eq!(read(&lying.encode()), wrong);
    assert_eq!(read(&[]), wrong);
    assert_eq!(read(&alice[..alice.len() - 1]), wrong);
    let mut ledger = Record { kind: Kind::Ledger(vec![8, 44]), ..Record::local("alice", key(0)) };
    let back = Record::decode(&ledger.encode()).unwrap();
    assert!(matches!(back.kind, Kind::Ledger(path) if path == [8, 44]));
    ledger.public = ics_abci::ConsKey::Ed25519([1; 32]);
    assert_eq!(Record::decode(&ledger.encode()).unwrap().public, ledger.public);
    let mut other = alice.to_vec();
    let place = other.windows(9).position(|part| part == b"secp256k1").unwrap();
    other[place + 8] = b'2';
    let found = "/cosmos.crypto.secp256k2.PubKey".to_owned();
    let known = "secp256k1, and public keys of ed25519";
    assert_eq!(read(&other), KeyFileError::Unknown { what: "the key's type", found, known });
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}", Record::local("alice", key(0)));
    assert!(shown.contains("alice") && !shown.contains(&key(0).to_secret_hex()[..16]), "{shown}");
}
