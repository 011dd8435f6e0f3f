//! Keyrings in folders: those of the Cosmos SDK, and our own.

use ics_client::keyfile::{KeyFileError, Record};
use ics_client::{Key, KeyringError};
use ics_node::home::{Backend, Ring, RingError};
use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use zeroize::Zeroizing;

fn key(index: u32) -> Key {
    Key::from_mnemonic_index(&format!("{}about", "abandon ".repeat(11)), index).unwrap()
}

/// A keyring under a passphrase whose user types these lines; gives what they were asked, too.
fn typed(folder: &Path, lines: &[&str]) -> (Ring, Rc<RefCell<Vec<String>>>) {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let seen = asked.clone();
    let lines: RefCell<Vec<String>> = RefCell::new(lines.iter().rev().map(|&line| line.to_owned()).collect());
    let ask = move |prompt: &str| {
        seen.borrow_mut().push(prompt.to_owned());
        Ok(Zeroizing::new(lines.borrow_mut().pop().unwrap()))
    };
    (Ring::new(folder, Backend::File(Box::new(ask))), asked)
}

fn recorded() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../recordings/keyring")
}

#[test]
fn keyrings_of_the_sdk_are_read() {
    let test = Ring::new(&recorded(), Backend::Test);
    let (file, asked) = typed(&recorded(), &["wrong-one", "password1"]);
    for ring in [&test, &file] {
        assert_eq!(ring.names().unwrap(), ["alice", "bob"]);
        assert_eq!(ring.get("alice").unwrap().key().unwrap().public(), key(0).public());
        assert_eq!(ring.find(&key(1).address()).unwrap().unwrap().name, "bob");
        assert!(ring.find(&key(2).address()).unwrap().is_none());
    }
    assert_eq!(test.get("bob").unwrap().kind_name(), "offline");
    let prompt = |attempt| format!("Enter keyring passphrase (attempt {attempt}/3):");
    assert_eq!(*asked.borrow(), [prompt(1), prompt(2)]);
}

#[test]
fn a_wrong_passphrase_ends_after_three_attempts() {
    let (ring, _) = typed(&recorded(), &["wrong-one", "wrong-two", "wrong-three"]);
    let error = ring.get("alice").unwrap_err();
    assert!(matches!(&error, RingError::Attempts(folder) if folder.ends_with("keyring-file")), "{error}");
}

#[test]
fn keys_are_kept_renamed_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let passphrase = ["password1"; 2];
    for ring in [Ring::new(folder.path(), Backend::Test), typed(folder.path(), &passphrase).0] {
        assert_eq!(ring.names().unwrap(), [""; 0]);
        ring.put(&Record::local("alice", key(0))).unwrap();
        ring.put(&Record::local("bob", key(1))).unwrap();
        let refused = |name: &str, index| ring.put(&Record::local(name, key(index))).unwrap_err();
        assert!(
            matches!(refused("alice", 2), RingError::Name(KeyringError::Exists(name)) if name == "alice")
        );
        assert!(matches!(refused("../x", 2), RingError::Name(KeyringError::Name(name)) if name == "../x"));
        assert!(matches!(refused("carol", 0), RingError::Known(name) if name == "alice"));
        let taken = ring.rename("alice", "bob").unwrap_err();
        assert!(matches!(taken, RingError::Name(KeyringError::Exists(name)) if name == "bob"));
        ring.rename("alice", "carol").unwrap();
        assert_eq!(ring.find(&key(0).address()).unwrap().unwrap().name, "carol");
        ring.delete("bob").unwrap();
        assert!(ring.find(&key(1).address()).unwrap().is_none());
        let error = ring.get("alice").unwrap_err().to_string();
        let home = folder.path().display();
        assert_eq!(error, format!("there is no key `alice` in the keyring of {home}; known keys: carol"));
        assert_eq!(ring.names().unwrap(), ["carol"]);
    }
    for kind in ["keyring-test", "keyring-file"] {
        let folder = folder.path().join(kind);
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
        }
    }
    assert_eq!(
        typed(folder.path(), &["password1"]).0.get("carol").unwrap().key().unwrap().public(),
        key(0).public()
    );
}

#[test]
fn a_new_passphrase_is_typed_twice_and_long_enough() {
    let folder = tempfile::tempdir().unwrap();
    for (lines, why) in [
        (["password1", "password2"], "the two passphrases differ"),
        (["seven77", "seven77"], "a passphrase has at least 8 characters"),
    ] {
        let (ring, _) = typed(folder.path(), &lines);
        match ring.put(&Record::local("alice", key(0))).unwrap_err() {
            RingError::NoPassphrase { why: said, .. } => assert_eq!(said, why),
            other => panic!("{other}"),
        }
        assert_eq!(ring.names().unwrap(), [""; 0]);
        assert!(!folder.path().join("keyring-file/keyhash").exists());
    }
}

#[test]
fn an_address_without_its_key_as_a_crash_leaves_it_is_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let ring = Ring::new(folder.path(), Backend::Test);
    ring.put(&Record::local("alice", key(0))).unwrap();
    fs::remove_file(folder.path().join("keyring-test/alice.info")).unwrap();
    assert!(ring.find(&key(0).address()).unwrap().is_none());
    ring.put(&Record::local("bob", key(0))).unwrap();
    assert_eq!(ring.find(&key(0).address()).unwrap().unwrap().name, "bob");
}

#[test]
fn a_damaged_file_is_named_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let ring = Ring::new(folder.path(), Backend::Test);
    ring.put(&Record::local("alice", key(0))).unwrap();
    let path = folder.path().join("keyring-test/alice.info");
    for bytes in [&b"x"[..], b"\xff\xff", b""] {
        fs::write(&path, bytes).unwrap();
        match ring.get("alice").unwrap_err() {
            RingError::File { path: named, error } => {
                assert_eq!((named, error), (path.clone(), KeyFileError::Malformed("the encrypted text")));
            }
            other => panic!("{other}"),
        }
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}
