//! `ics keys` in a folder, without a network.

use crate::launch::{Block, are_lines, blocks};
use crate::localnet::ics;
use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const ABANDON: &str =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
const ALICE: &str = "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4";

/// `ics keys …` in a home, with this on its input.
fn keys(home: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = ics();
    command.arg("keys").args(arguments).arg("--home").arg(home);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that asks nothing may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn done(home: &Path, arguments: &[&str], input: &str) -> (String, String) {
    let output = keys(home, arguments, input);
    assert!(output.status.success(), "{output:?}");
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn json(home: &Path, arguments: &[&str], input: &str) -> Value {
    let arguments = [arguments, &["-o", "json"]].concat();
    serde_json::from_str(&done(home, &arguments, input).0).unwrap()
}

fn refused(home: &Path, arguments: &[&str], input: &str) -> String {
    let output = keys(home, arguments, input);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    String::from_utf8(output.stderr).unwrap()
}

fn recorded() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../recordings/keyring")
}

#[test]
fn a_new_key_shows_its_words_once_on_the_error_output_and_they_bring_it_back() {
    let home = tempfile::tempdir().unwrap();
    let (shown, told) = done(home.path(), &["add", "alice"], "");
    let words = told.lines().last().unwrap();
    assert_eq!(words.split(' ').count(), 24, "{told}");
    assert!(!shown.contains(words) && shown.contains("name: alice\n"), "{shown}");
    let other = tempfile::tempdir().unwrap();
    let address = |home: &Path| json(home, &["show", "alice"], "")["address"].clone();
    done(other.path(), &["add", "alice", "--recover"], &format!("{words}\n"));
    assert_eq!(address(home.path()), address(other.path()));
    for entry in std::fs::read_dir(home.path().join("keyring-test")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains(words.split(' ').next().unwrap()) || text.starts_with("eyJ"), "{text}");
    }
    let error = refused(home.path(), &["add", "alice"], "");
    assert_eq!(error, "error: a key named alice exists already: choose another name\n");
    let added = json(home.path(), &["add", "bob", "--no-backup"], "");
    assert_eq!(added.get("mnemonic"), None);
    let dry = json(home.path(), &["add", "carol", "--dry-run"], "");
    assert_eq!(dry["mnemonic"].as_str().unwrap().split(' ').count(), 24);
    assert_eq!(done(home.path(), &["list", "-n"], "").0, "alice\nbob\n");
}

#[test]
fn words_give_the_keys_that_other_wallets_derive() {
    let home = tempfile::tempdir().unwrap();
    let words = format!("{ABANDON}\n");
    let add = |name: &str, more: &[&str]| {
        let arguments = [&["add", name, "--recover"], more].concat();
        json(home.path(), &arguments, &words)["address"].as_str().unwrap().to_owned()
    };
    assert_eq!(add("alice", &[]), ALICE);
    assert_eq!(add("bob", &["--index", "1"]), "cosmos1jrkmdcwgq94uaamx6zax2luewlhf7u4kucx3kz");
    let by_path = add("carol", &["--hd-path", "m/44'/118'/7'/0/2"]);
    done(home.path(), &["delete", "carol", "-y"], "");
    assert_eq!(add("dave", &["--account", "7", "--index", "2"]), by_path);
    assert_ne!(add("erin", &["--coin-type", "60"]), ALICE);
    let error = refused(home.path(), &["add", "x", "--recover"], "abandon abandon\n");
    assert_eq!(error, "error: a mnemonic has 12, 15, 18, 21 or 24 words, not 2\n");
    let error = refused(home.path(), &["add", "x", "--hd-path", "44"], "");
    assert_eq!(error, "error: no key stands there: a derivation path begins with \"m/\"\n");
    let error = refused(home.path(), &["add", "x", "--recover"], &words);
    assert_eq!(error, "error: this key is in the keyring already, as `alice`\n");
}

#[test]
fn keyrings_of_the_sdk_are_listed_and_shown() {
    let dir = recorded();
    let dir = ["--keyring-dir", dir.to_str().unwrap()];
    let home = tempfile::tempdir().unwrap();
    for (backend, input, bob) in [("test", "", "offline"), ("file", "password1\n", "local")] {
        let with = |arguments: &[&'static str]| -> Vec<&str> {
            arguments.iter().copied().chain(dir).chain(["--keyring-backend", backend]).collect()
        };
        let list = json(home.path(), &with(&["list"]), input);
        let named = |place: usize| (list[place]["name"].as_str(), list[place]["type"].as_str());
        assert_eq!((named(0), named(1)), ((Some("alice"), Some("local")), (Some("bob"), Some(bob))));
        assert_eq!(done(home.path(), &with(&["show", "alice", "-a"]), input).0, format!("{ALICE}\n"));
        let operator = done(home.path(), &with(&["show", ALICE, "-a", "--bech", "val"]), input).0;
        assert_eq!(operator, "cosmosvaloper19rl4cm2hmr8afy4kldpxz3fka4jguq0ae5egnx\n");
        let public = done(home.path(), &with(&["show", "alice", "-p"]), input).0;
        assert_eq!(
            public,
            "{\"@type\":\"/cosmos.crypto.secp256k1.PubKey\",\"key\":\"Ak9OKtmcNNYLm6YoPJQxqEGK+GcyEpYfl6d7Y3f80Fti\"}\n"
        );
    }
    let wrong = [&["show", "alice"], &dir[..], &["--keyring-backend", "file"]].concat();
    let folder = recorded().join("keyring-file");
    assert_eq!(
        refused(home.path(), &wrong, "a\nb\nc\n"),
        format!("error: too many wrong passphrases for {}: nothing was done\n", folder.display())
    );
    let os = refused(home.path(), &["list", "--keyring-backend", "os"], "");
    assert_eq!(os, "error: there is no keyring backend `os` here: say --keyring-backend test, or file\n");
}

#[test]
fn keys_leave_a_keyring_and_come_into_another() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = ["--keyring-backend", "file"];
    let add = [&["add", "alice", "--recover"], &file[..]].concat();
    done(home.path(), &add, &format!("{ABANDON}\npassword1\npassword1\n"));
    let export = [&["export", "alice"], &file[..]].concat();
    let armored = done(home.path(), &export, "password1\npassword2\n").0;
    assert!(armored.starts_with("-----BEGIN TENDERMINT PRIVATE KEY-----\nkdf: argon2\n"), "{armored}");
    let path = home.path().join("armored");
    std::fs::write(&path, armored).unwrap();
    let import = ["import", "bob", path.to_str().unwrap()];
    let error = refused(other.path(), &import, "password1\n");
    assert_eq!(error, format!("error: {}: the passphrase is wrong\n", path.display()));
    done(other.path(), &import, "password2\n");
    assert_eq!(done(other.path(), &["show", "bob", "-a"], "").0, format!("{ALICE}\n"));
    let bare = ["export", "bob", "--unarmored-hex", "--unsafe"];
    assert!(refused(other.path(), &bare, "n\n").ends_with("error: nothing was shown\n"));
    let secret = done(other.path(), &bare, "y\n").0;
    assert_eq!(secret, "c4a48e2fce1481cd3294b4490f6678090ea98d3d0e5cd984558ab0968741b104\n");
    done(other.path(), &["rename", "bob", "carol", "-y"], "");
    assert!(done(other.path(), &["delete", "carol"], "n\n").1.ends_with("`carol` stays\n"));
    assert_eq!(done(other.path(), &["delete", "carol", "-y"], "").1, "Key deleted forever\n");
    done(other.path(), &["import-hex", "dave"], &secret);
    assert_eq!(done(other.path(), &["show", "dave", "-a"], "").0, format!("{ALICE}\n"));
}

#[test]
fn addresses_are_written_in_their_other_forms() {
    let home = tempfile::tempdir().unwrap();
    let bytes = "28FF5C6D57D8CFD492B6FB42614536ED648E01FD";
    let parsed = json(home.path(), &["parse", ALICE], "");
    assert_eq!(parsed, serde_json::json!({"human": "cosmos", "bytes": bytes}));
    let parsed = json(home.path(), &["parse", bytes, "--prefix", "consumer"], "");
    let forms: Vec<&str> = parsed["formats"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let heads: Vec<&str> = forms.iter().map(|form| form.split_once('1').unwrap().0).collect();
    let expected = ["", "pub", "valoper", "valoperpub", "valcons", "valconspub"];
    assert_eq!(heads, expected.map(|form| format!("consumer{form}")));
    let error = refused(home.path(), &["parse", "xyz"], "");
    assert_eq!(error, "error: `xyz` is neither an address nor hexadecimal digits\n");
    let words = ics().args(["keys", "mnemonic"]).output().unwrap();
    assert_eq!(String::from_utf8(words.stdout).unwrap().trim_end().split(' ').count(), 24);
}

#[test]
fn the_commands_of_the_page_do_what_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_ics")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut typed = 0;
    for block in blocks(include_str!("../../../../docs/keys.md")) {
        let Block::Typed(command, shown) = block else { panic!("the page has commands alone") };
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1; {command}")])
            .current_dir(folder.path())
            .env("PATH", format!("{}:{path}", binary.display()))
            .env("ICS_HOME", folder.path().join("home"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let seen = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<&str> = seen.lines().collect();
        assert!(are_lines(&shown, &lines), "$ {command}\n{seen}is not\n{}", shown.join("\n"));
        typed += 1;
    }
    assert!(typed > 18, "{typed} commands");
}

#[test]
fn the_program_says_which_it_is_and_completes_commands() {
    let run = |words: &[&str]| {
        let output = ics().args(words).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(run(&["version"]), format!("{version}\n"));
    assert!(run(&["version", "--long"]).contains("name: ics\n"));
    let long: Value = serde_json::from_str(&run(&["version", "-o", "json"])).unwrap();
    assert_eq!((long["server_name"].as_str(), long["version"].as_str()), (Some("ics"), Some(version)));
    assert!(long["rust"].as_str().unwrap().starts_with("rustc 1."), "{long}");
    for (shell, mark) in [
        ("bash", "complete -F _ics"),
        ("zsh", "#compdef ics"),
        ("fish", "complete -c ics"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = run(&["completion", shell]);
        assert!(script.contains(mark) && script.contains("set-consumer-commission-rate"), "{shell}");
    }
}
