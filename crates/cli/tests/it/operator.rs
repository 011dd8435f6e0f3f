//! An operator's commands on homes of nodes that do not run. Running them is a test with a peer: `peers/home.rs`.

use crate::localnet::ics;
use crate::process_support::complaint;
use ics_client::keyfile::Record;
use ics_node::home::{Backend, Ring};
use ics_world::topology;
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;

/// A folder with homes and a keyring, and all that was printed there.
struct Desk {
    folder: tempfile::TempDir,
    printed: std::cell::RefCell<String>,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap(), printed: Default::default() };
        let ring = Ring::new(&desk.path("keys"), Backend::Test);
        for index in 0..4 {
            ring.put(&Record::local(&format!("op{index}"), topology::key(index).unwrap())).unwrap();
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, line: &str) -> Output {
        let output = ics().args(line.split_whitespace()).current_dir(self.folder.path()).output().unwrap();
        let said = [output.stdout.as_slice(), &output.stderr].concat();
        self.printed.borrow_mut().push_str(&String::from_utf8_lossy(&said));
        output
    }

    /// What a command that succeeds prints, and what it tells beside.
    fn done(&self, line: &str) -> (String, String) {
        let output = self.run(line);
        let said = |bytes| String::from_utf8(bytes).unwrap();
        assert!(output.status.success(), "{line}: {}", said(output.stderr));
        (said(output.stdout), said(output.stderr))
    }

    fn refused(&self, line: &str) -> String {
        complaint(&self.run(line))
    }

    fn genesis(&self, home: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(home).join("config/genesis.json")).unwrap()).unwrap()
    }

    fn init(&self, home: &str) {
        self.done(&format!("init {home} --chain-id test-1 --home {home}"));
    }

    /// Four homes with one genesis, and a genesis transaction in each.
    fn four(&self) {
        for index in 0..4 {
            self.init(&format!("n{index}"));
        }
        for index in 0..4 {
            self.done(&format!(
                "genesis add-genesis-account op{index} {}000000stake,7atom --home n0 --keyring-dir keys",
                index + 2
            ));
        }
        for index in 1..4 {
            fs::copy(
                self.path("n0/config/genesis.json"),
                self.path(&format!("n{index}/config/genesis.json")),
            )
            .unwrap();
        }
        for index in 0..4 {
            self.done(&format!(
                "genesis gentx op{index} {}000000stake --ip 10.0.0.{index} --home n{index} --keyring-dir keys",
                index + 1
            ));
        }
    }

    /// Puts the transactions of all into the first home; gives their files.
    fn gather(&self) -> Vec<PathBuf> {
        let to = self.path("n0/config/gentx");
        for index in 1..4 {
            for entry in fs::read_dir(self.path(&format!("n{index}/config/gentx"))).unwrap() {
                let path = entry.unwrap().path();
                fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
            }
        }
        let mut files: Vec<_> = fs::read_dir(to).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }
}

fn file(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn four_operators_make_a_genesis_together_and_no_secret_is_printed() {
    let desk = Desk::new();
    desk.four();
    desk.gather();
    let (out, told) = desk.done("genesis collect-gentxs --home n0");
    assert_eq!(out, "");
    let summary: Value = serde_json::from_str(&told).unwrap();
    let (id, _) = desk.done("comet show-node-id --home n0");
    assert_eq!(summary["node_id"], id.trim());
    assert_eq!((&summary["moniker"], &summary["chain_id"]), (&"n0".into(), &"test-1".into()));
    assert_eq!(summary["app_message"], desk.genesis("n0")["app_state"]);
    let txs = &summary["app_message"]["genutil"]["gen_txs"];
    assert_eq!(txs.as_array().unwrap().len(), 4);
    assert_eq!(txs[0]["body"]["messages"][0]["@type"], "/cosmos.staking.v1beta1.MsgCreateValidator");
    assert_eq!(txs[0]["body"]["messages"][0]["commission"]["rate"], "0.100000000000000000");
    assert_eq!(txs[0]["signatures"].as_array().unwrap().len(), 1);

    // CometBFT is told of the others, each where its transaction says.
    let (peers, _) = desk.done("config get config p2p.persistent_peers --home n0");
    let mut expected: Vec<String> = (1..4)
        .map(|index| {
            let (id, _) = desk.done(&format!("comet show-node-id --home n{index}"));
            format!("{}@10.0.0.{index}:26656", id.trim())
        })
        .collect();
    expected.sort();
    assert_eq!(peers.trim(), format!("\"{}\"", expected.join(",")));

    let valid = "File at n0/config/genesis.json is a valid genesis file\n";
    assert_eq!(desk.done("genesis validate --home n0").0, valid);
    let mut forged = desk.genesis("n0");
    let second = &mut forged["app_state"]["genutil"]["gen_txs"][1];
    let moniker = second["body"]["messages"][0]["description"]["moniker"].as_str().unwrap().to_owned();
    second["body"]["messages"][0]["commission"]["rate"] = "0.110000000000000000".into();
    fs::write(desk.path("forged.json"), forged.to_string()).unwrap();
    assert_eq!(
        desk.refused("genesis validate forged.json --home n0"),
        format!(
            "forged.json is no genesis that a chain starts from: genutil.gen_txs[1] ({moniker}): signature verification \
             failed; please verify account number (0) and chain-id (test-1): (unable to verify single signer signature): \
             unauthorized"
        )
    );
    assert_eq!(
        desk.done("tendermint show-validator --home n0").0.trim(),
        txs.as_array()
            .unwrap()
            .iter()
            .map(|tx| tx["body"]["messages"][0].clone())
            .find(|message| message["description"]["moniker"] == "n0")
            .unwrap()["pubkey"]
            .to_string()
    );
    assert!(desk.done("comet show-address --home n0").0.starts_with("cosmosvalcons1"));

    for index in 0..4 {
        for name in ["priv_validator_key.json", "node_key.json"] {
            let path = desk.path(&format!("n{index}/config")).join(name);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            let key: Value = serde_json::from_str(&file(&path)).unwrap();
            let secret = key["priv_key"]["value"].as_str().unwrap();
            assert_eq!(secret.len(), 88);
            assert!(!desk.printed.borrow().contains(&secret[..40]), "a secret was printed");
        }
    }
}

#[test]
fn a_genesis_transaction_that_is_not_its_operator_s_is_refused_and_nothing_is_written() {
    let desk = Desk::new();
    desk.four();
    let files = desk.gather();
    let before = file(&desk.path("n0/config/genesis.json"));
    let whole = file(&files[2]);
    let name = |path: &Path| path.strip_prefix(desk.folder.path()).unwrap().display().to_string();
    let amount = |tx: &str| -> String {
        let tx: Value = serde_json::from_str(tx).unwrap();
        tx["body"]["messages"][0]["value"]["amount"].as_str().unwrap().to_owned()
    };
    let changed = whole.replace(&format!("\"amount\":\"{}\"", amount(&whole)), "\"amount\":\"1\"");
    let mut idle: Value = serde_json::from_str(&whole).unwrap();
    idle["body"]["messages"] = serde_json::json!([]);
    let idle = idle.to_string();
    let cut = whole[..whole.len() / 2].to_owned();
    let doubled = file(&files[1]);
    let cases = [
        (
            changed,
            "its signature is not one for chain test-1 (signature 0 does not verify): have its operator make it again",
        ),
        (idle, "it does not hold one message, a MsgCreateValidator"),
        (whole.replace("\"signatures\":[\"", "\"signatures\":[],\"x\":[\""), "cosmos.tx.v1beta1.Tx: "),
        (cut, "cosmos.tx.v1beta1.Tx: "),
    ];
    for (text, why) in cases {
        assert_ne!(text, whole);
        fs::write(&files[2], text).unwrap();
        let line = desk.refused("genesis collect-gentxs --home n0");
        assert!(line.starts_with(&format!("{}: {why}", name(&files[2]))), "{line}");
    }
    fs::write(&files[2], doubled).unwrap();
    let line = desk.refused("genesis collect-gentxs --home n0");
    assert!(line.starts_with("n0/config/genesis.json is no genesis that a chain starts from: "), "{line}");
    // That of another chain.
    desk.done("init x --chain-id other-1 --home x");
    desk.done("genesis add-genesis-account op3 9000000stake --home x --keyring-dir keys");
    desk.done("genesis gentx op3 4000000stake --home x --keyring-dir keys --output-document other.json");
    fs::copy(desk.path("other.json"), &files[2]).unwrap();
    let line = desk.refused("genesis collect-gentxs --home n0");
    assert!(line.contains("its signature is not one for chain test-1"), "{line}");
    assert_eq!(file(&desk.path("n0/config/genesis.json")), before);
    assert_eq!(desk.done("config get config p2p.persistent_peers --home n0").0, "\"\"\n");
    fs::write(&files[2], whole).unwrap();
    desk.done("genesis collect-gentxs --home n0");
}

#[test]
fn accounts_and_bonds_that_do_not_fit_are_refused_in_one_line() {
    let desk = Desk::new();
    desk.init("n");
    let add = "genesis add-genesis-account";
    desk.done(&format!("{add} op0 100stake --home n --keyring-dir keys"));
    let address = topology::key(0).unwrap().address().to_text("cosmos");
    assert_eq!(
        desk.refused(&format!("{add} {address} 5stake --home n")),
        format!("genesis has the account {address} already: say --append to add to its coins")
    );
    desk.done(&format!("{add} {address} 5stake,2atom --append --home n"));
    let bank = &desk.genesis("n")["app_state"]["bank"];
    let coins = serde_json::json!([{"amount": "2", "denom": "atom"}, {"amount": "105", "denom": "stake"}]);
    assert_eq!((&bank["balances"][0]["coins"], &bank["supply"]), (&coins, &coins));
    assert_eq!(
        desk.refused("genesis gentx op0 106stake --home n --keyring-dir keys"),
        format!(
            "{address} has 105stake at genesis, less than the 106stake that it is to bond: add to it with --append"
        )
    );
    assert_eq!(
        desk.refused("genesis gentx op0 10stake --chain-id other-1 --home n --keyring-dir keys"),
        "n/config/genesis.json cannot be understood: it is that of test-1, not of other-1: restore it from a copy"
    );
    assert_eq!(
        desk.refused("genesis gentx op0 10stake --commission-rate much --home n --keyring-dir keys"),
        "`much` is no rate of commission: write a decimal from 0 to 1 such as 0.10"
    );
    let consumer = topology::key(1).unwrap().address().to_text("consumer");
    let line = desk.refused(&format!("{add} {consumer} 5stake --home n"));
    let what = format!("`{consumer}` is no address of this chain, whose addresses begin with cosmos1: ");
    assert!(line.starts_with(&what), "{line}");
    let line = desk.refused(&format!("{add} {address} lots --home n"));
    assert!(line.ends_with(": write it as 1000000stake"), "{line}");
    let line = desk.refused(&format!("{add} nobody 5stake --home n --keyring-dir keys"));
    assert!(line.starts_with("`nobody` is no address, and there is no key `nobody`"), "{line}");
    assert_eq!(
        desk.refused("genesis collect-gentxs --home n"),
        "there is no genesis transaction in n/config/gentx: make one with `ics genesis gentx`"
    );
    assert_eq!(
        desk.refused("genesis validate --home n"),
        "n/config/genesis.json is no genesis that a chain starts from: it names no validators that bond a unit of power: \
         add some with `ics genesis gentx` and `ics genesis collect-gentxs`"
    );
    fs::write(desk.path("n/config/genesis.json"), "{\"chain_id\": 7}").unwrap();
    let line = desk.refused("genesis validate --home n");
    assert!(line.starts_with("n/config/genesis.json cannot be understood: "), "{line}");
    assert_eq!(
        desk.refused("genesis validate nowhere.json --home n"),
        "nowhere.json is missing: restore it, or make a new home with `ics init`"
    );
}

#[test]
fn init_keeps_keys_and_never_replaces_a_genesis_by_itself() {
    let desk = Desk::new();
    desk.init("n");
    let (id, _) = desk.done("comet show-node-id --home n");
    assert_eq!(
        desk.refused("init n --chain-id test-2 --home n"),
        "n/config/genesis.json is there already: say --overwrite to write a new one"
    );
    let (_, told) = desk.done(
        "init two --chain-id test-2 --default-denom uatom --initial-height 7 --role standalone --overwrite --home n",
    );
    let summary: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(summary["node_id"], id.trim());
    let genesis = desk.genesis("n");
    assert_eq!((&genesis["chain_id"], &genesis["initial_height"]), (&"test-2".into(), &"7".into()));
    assert_eq!(genesis["app_state"]["staking"]["params"]["bond_denom"], "uatom");
    assert_eq!(genesis["app_state"]["gov"]["params"]["min_deposit"][0]["denom"], "uatom");
    assert_eq!(genesis["app_state"].get("provider"), None);
    assert_eq!(desk.done("config get app role --home n").0, "\"standalone\"\n");
    assert_eq!(desk.done("config get client chain-id --home n").0, "\"test-2\"\n");
    for (line, why) in [
        ("init x --default-denom 1 --home x", "`1` is no denomination: write it as 1000000stake"),
        ("init x --home x --chain-id 123456789012345678901234567890123456789012345678901", ""),
    ] {
        let said = desk.refused(line);
        assert!(said.starts_with(why) && said.contains("no "), "{said}");
        assert!(!desk.path("x").exists());
    }
    let (_, told) = desk.done("init x --home x");
    let summary: Value = serde_json::from_str(&told).unwrap();
    assert!(summary["chain_id"].as_str().unwrap().starts_with("test-chain-"), "{summary}");
}

#[test]
fn the_key_of_a_node_is_recovered_from_words_as_cometbft_does() {
    let desk = Desk::new();
    let init = |home: &str, words: &str| {
        let mut child = ics()
            .args(["init", "x", "--recover", "--home", home])
            .current_dir(desk.folder.path())
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // One that refuses before it reads has hung up.
        let _ = child.stdin.take().unwrap().write_all(words.as_bytes());
        child.wait_with_output().unwrap()
    };
    let words = format!("{}about\n", "abandon ".repeat(11));
    let output = init("n", &words);
    assert!(output.status.success() && output.stdout.is_empty());
    assert!(!String::from_utf8(output.stderr).unwrap().contains("abandon"));
    // The first validator of the recorded network has this key.
    assert_eq!(
        desk.done("comet show-validator --home n").0,
        "{\"@type\":\"/cosmos.crypto.ed25519.PubKey\",\"key\":\"k6XyYZhJMeDfXHQ0sW1GjvsZUwmNPK1PoVBrngUuf8c=\"}\n"
    );
    // The same words are welcome again, others do not take the key's place.
    std::fs::remove_file(desk.path("n/config/genesis.json")).unwrap();
    assert!(init("n", &words).status.success());
    std::fs::remove_file(desk.path("n/config/genesis.json")).unwrap();
    let key = file(&desk.path("n/config/priv_validator_key.json"));
    let line = complaint(&init("n", "test test test test test test test test test test test junk\n"));
    assert!(
        line.starts_with("n/config/priv_validator_key.json holds another key than the words give; "),
        "{line}"
    );
    assert_eq!(file(&desk.path("n/config/priv_validator_key.json")), key);
    let refused = complaint(&init("m", "abandon about\n"));
    assert!(refused.ends_with(": nothing was made") && !refused.contains("abandon"), "{refused}");
    assert!(!desk.path("m").exists());
}

#[test]
fn settings_change_one_key_at_a_time_and_comments_stay() {
    let desk = Desk::new();
    desk.init("n");
    let app = desk.path("n/config/app.toml");
    let before = file(&app);
    desk.done("config set app api.enable true --home n");
    desk.done("config set app minimum-gas-prices 0.25stake --home n");
    desk.done("config set app halt-height 9 --home n");
    let after = file(&app);
    let changed: Vec<_> = before.lines().zip(after.lines()).filter(|(old, new)| old != new).collect();
    assert_eq!(
        changed,
        [
            ("minimum-gas-prices = \"0stake\"", "minimum-gas-prices = \"0.25stake\""),
            ("halt-height = 0", "halt-height = 9"),
            ("enable = false", "enable = true"),
        ]
    );
    assert_eq!(before.lines().count(), after.lines().count());
    assert_eq!(desk.done("config view app --home n").0, after);
    let json = desk.done("config view app --output-format json --home n").0;
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["api"]["enable"], true);
    desk.done("config set config p2p.max_num_inbound_peers 7 --home n");
    assert_eq!(desk.done("config get config p2p.max_num_inbound_peers --home n").0, "7\n");
    desk.done("config set client gas-prices 0.1stake --home n");
    assert_eq!(desk.done("config get client gas-prices --home n").0, "\"0.1stake\"\n");
    for (line, why) in [
        (
            "config set app api.enable maybe --home n",
            "n/config/app.toml: `api.enable` is true now, and `maybe` is not of that kind; nothing was changed",
        ),
        (
            "config set app api.enabl true --home n",
            "n/config/app.toml: there is no key `api.enabl`; the nearest is `api.enable`; nothing was changed",
        ),
        (
            "config set app minimum-gas-prices cheap --home n",
            "n/config/app.toml: `minimum-gas-prices` takes prices of gas such as \"0.001stake\", several behind commas, \
             not \"cheap\"; nothing was changed",
        ),
        ("config set config p2p.monkey 1 --home n", "n/config/config.toml has no key `p2p.monkey`"),
        ("config get config monkey --home n", "n/config/config.toml has no key `monkey`"),
        (
            "config set client output xml --home n",
            "n/config/client.toml: `output` takes text or json, not \"xml\"; nothing was changed",
        ),
        (
            "config view app --home m",
            "m/config/app.toml is missing: restore it, or make a new home with `ics init`",
        ),
    ] {
        assert_eq!(desk.refused(line), why);
    }
    assert_eq!(file(&app), after);
}

#[test]
fn a_key_file_that_others_can_read_or_that_is_none_is_refused_without_a_word_of_it() {
    let desk = Desk::new();
    desk.init("n");
    let path = desk.path("n/config/priv_validator_key.json");
    let whole = file(&path);
    let read_by_all = fs::Permissions::from_mode(0o644);
    fs::set_permissions(&path, read_by_all).unwrap();
    let exposed = "n/config/priv_validator_key.json can be read by others, and holds a key: \
                   `chmod 600` it, and take a new key if somebody did";
    for line in ["comet show-validator --home n", "start --home n --address tcp://127.0.0.1:0"] {
        assert_eq!(desk.refused(line), exposed);
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let key: Value = serde_json::from_str(&whole).unwrap();
    let secret = key["priv_key"]["value"].as_str().unwrap();
    for (text, why) in [
        (whole[..whole.len() - 9].to_owned(), "it is no JSON"),
        (whole.replace(secret, &secret[..20]), "its key has not the length of one"),
        (whole.replace("\"address\": \"", "\"address\": \"AA"), "its address is that of another key"),
    ] {
        fs::write(&path, text).unwrap();
        for line in ["comet show-validator --home n", "start --home n --address tcp://127.0.0.1:0"] {
            assert_eq!(
                desk.refused(line),
                format!(
                    "n/config/priv_validator_key.json cannot be understood: {why}: restore it from a copy"
                )
            );
        }
    }
    assert!(!desk.printed.borrow().contains(&secret[..16]));
    assert!(!desk.path("n/data/application.redb").exists());
}

#[test]
fn a_reset_forgets_blocks_and_signatures_and_keeps_keys() {
    let desk = Desk::new();
    desk.init("n");
    let (id, _) = desk.done("comet show-node-id --home n");
    fs::create_dir(desk.path("n/data/blockstore.db")).unwrap();
    fs::write(desk.path("n/data/application.redb"), "state").unwrap();
    fs::write(desk.path("n/data/priv_validator_state.json"), "{\"height\": \"7\"}").unwrap();
    fs::write(desk.path("n/config/addrbook.json"), "{}").unwrap();
    desk.done("comet unsafe-reset-all --keep-addr-book --home n");
    assert!(desk.path("n/config/addrbook.json").exists());
    let (said, _) = desk.done("comet unsafe-reset-all --home n");
    assert_eq!(said, "all of n/data is removed; the node has signed nothing now\n");
    assert!(!desk.path("n/config/addrbook.json").exists());
    let mut left: Vec<_> = fs::read_dir(desk.path("n/data"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["application.lock", "priv_validator_state.json"]);
    assert!(file(&desk.path("n/data/priv_validator_state.json")).contains("\"height\": \"0\""));
    assert_eq!(desk.done("comet show-node-id --home n").0, id);
    assert_eq!(
        desk.refused("comet unsafe-reset-all --home nowhere"),
        "nowhere/config/config.toml is missing: restore it, or make a new home with `ics init`"
    );
    assert!(!desk.path("nowhere").exists());
    assert_eq!(desk.refused("prune --home n"), "n/data/application.redb cannot go back: there is no block");
}
