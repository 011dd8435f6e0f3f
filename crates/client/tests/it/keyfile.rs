//! Keys that the Cosmos SDK wrote: keyring files and armored keys (`recordings/keyring`).

use ics_client::Key;
use ics_client::keyfile::{KeyFileError, Kind, Record, armor, item, jwe, keyhash};
use proptest::prelude::*;
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

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn damaged(bytes: &[u8], place: prop::sample::Index, byte: u8, cut: Option<prop::sample::Index>) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = place.index(bytes.len());
    bytes[at] = byte;
    if let Some(cut) = cut {
        bytes.truncate(cut.index(bytes.len()));
    }
    bytes
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn damaged_keyring_files_are_refused_or_mean_the_same(
        place in any::<prop::sample::Index>(), byte in any::<u8>(), cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        // Below the seal, where bytes could only differ by their writer's mistake.
        let good = Record::local("alice", key(0)).encode();
        if let Ok(record) = Record::decode(&damaged(&good, place, byte, cut)) {
            prop_assert_eq!(Record::decode(&record.encode()).map(|again| again.address()), Ok(record.address()));
        }
        let json = item::encode("alice.info", &good);
        if let Ok(data) = item::decode(&damaged(json.as_bytes(), place, byte, cut)) {
            prop_assert!(data.len() <= json.len());
        }
        let sealed = jwe::seal(b"text", "test", 1, &[7; jwe::CHANCE]).unwrap();
        let text = damaged(sealed.as_bytes(), place, byte & 0x7f, cut);
        // The seal covers every byte that says something: what still opens is the text.
        if let Ok(opened) = jwe::open(std::str::from_utf8(&text).unwrap(), "test") {
            prop_assert_eq!(opened.as_slice(), b"text");
        }
    }
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn damaged_armor_is_refused_or_means_the_same(
        place in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f, cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let text = damaged(recorded("alice.armor").as_bytes(), place, byte, cut);
        if let Ok(read) = armor::decode(std::str::from_utf8(&text).unwrap(), PASSPHRASE) {
            prop_assert_eq!(read.public(), key(0).public());
        }
    }
}
