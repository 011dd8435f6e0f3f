//! What can be wrong with a machine: one clear line each, an exit that is not zero, and nothing lost.

use crate::localnet::{free_port_offset, ics, wait_for};
use crate::process_support::{Copy, Known, Process, assert_resumes, complaint, known, localnet, one_line};
use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

#[test]
fn a_port_in_use_is_named_and_the_network_resumes_when_it_is_free() {
    let copy = Copy::new();
    // The second consumer's JSON-RPC, and the provider's gRPC.
    for port in [26_677, 9_090] {
        let port = port + copy.offset;
        let taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let line = copy.refused(&[]);
        assert_eq!(
            line,
            format!(
                "127.0.0.1:{port} is in use: stop what listens there, or choose other ports with --port-offset"
            )
        );
        // Starting over does not begin by forgetting when it cannot begin at all.
        assert_eq!(copy.refused(&["--reset"]), line);
        drop(taken);
    }
    copy.resumes();
}

#[test]
fn a_port_offset_that_leaves_no_ports_is_refused() {
    let mut copy = Copy::new();
    copy.offset = 38_859;
    let line = copy.refused(&[]);
    assert_eq!(line, "--port-offset 38859 leaves no port for every chain: choose one of at most 38858");
    let output = localnet(&copy.home, 0, &["--port-offset", "65536"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output = ics().args(["localnet", "--block-time", "0ms"]).output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains(": a block takes time: write 1s or 250ms"));
    copy.offset = free_port_offset();
    copy.resumes();
}

#[test]
fn a_home_of_another_version_is_left_alone() {
    let copy = Copy::new();
    let mark = copy.home.join("VERSION");
    let own = fs::read(&mark).unwrap();
    fs::write(&mark, "ics-localnet/2\n").unwrap();
    assert_eq!(
        copy.refused(&[]),
        format!(
            "{} holds a network of format `ics-localnet/2`, and this program reads `ics-localnet/1`: \
             use the version that made it, or another --home",
            copy.home.display()
        )
    );
    fs::write(&mark, own).unwrap();
    copy.resumes();
}

/// Names and contents of everything in a folder, sorted.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries
        .map(|path| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap_or_default())
        })
        .collect();
    found.sort();
    found
}

#[test]
fn somebody_elses_folder_is_left_alone_even_by_reset() {
    let whose: [&[(&str, &str)]; 2] =
        [&[("thesis.tex", "years of work")], &[("VERSION", "1.4.2\n"), ("localnet.json", "{}")]];
    for files in whose {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let before = contents(folder.path());
        for more in [&[][..], &["--reset"]] {
            let ended = Process::start(folder.path(), free_port_offset(), more).end();
            assert_eq!(ended.code, Some(1));
            let home = folder.path().display();
            assert_eq!(
                one_line(&ended.stderr),
                format!("{home} is not empty and holds no local network: choose another --home")
            );
            assert_eq!(contents(folder.path()), before);
        }
    }
}

#[test]
fn a_corrupt_database_is_named_left_as_it_is_and_can_be_restored() {
    let copy = Copy::new();
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 5] = [
        ("provider-1", |bytes| *bytes = b"a letter to my aunt".repeat(300)),
        ("consumer-2", |bytes| bytes.truncate(bytes.len() / 2)),
        ("provider-1", Vec::clear),
        ("consumer-1", |bytes| bytes[0] ^= 1),
        // One bit in the middle of every page.
        ("provider-1", |bytes| bytes.iter_mut().skip(4_096 + 100).step_by(4_096).for_each(|byte| *byte ^= 4)),
    ];
    for (chain, damage) in damages {
        let path = copy.database(chain);
        let whole = fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        damage(&mut bytes);
        fs::write(&path, &bytes).unwrap();
        let line = copy.refused(&[]);
        let what = format!("{}: the network's files are damaged ({chain}: ", copy.home.display());
        let advice = "): restore them from a copy, or start over with --reset";
        assert!(line.starts_with(&what) && line.ends_with(advice), "{line}");
        assert!(fs::read(&path).unwrap() == bytes, "the damaged file was changed");
        fs::write(&path, &whole).unwrap();
    }
    for chain in ["provider-1", "consumer-1"] {
        let path = copy.database(chain);
        let aside = path.with_extension("aside");
        fs::rename(&path, &aside).unwrap();
        assert_eq!(
            copy.refused(&[]),
            format!(
                "{}: the network's files are damaged ({chain}: {} is missing): \
                 restore them from a copy, or start over with --reset",
                copy.home.display(),
                path.display()
            )
        );
        fs::rename(&aside, &path).unwrap();
    }
    copy.resumes();
}

#[test]
fn a_damaged_list_of_chains_or_keyring_is_named() {
    let copy = Copy::new();
    let add = ics().args(["keys", "add-consensus", "spare", "--home"]).arg(&copy.home).output().unwrap();
    assert!(add.status.success(), "{add:?}");
    for name in ["localnet.json", "keyring-test/keys.json"] {
        let path = copy.home.join(name);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, "{").unwrap();
        let line = copy.refused(&[]);
        let what = format!("{} cannot be understood: ", path.display());
        assert!(
            line.starts_with(&what) && line.ends_with(": restore it, or --reset to start over"),
            "{line}"
        );
        fs::write(&path, whole).unwrap();
    }
    copy.resumes();
}

#[test]
fn a_full_disk_stops_the_network_and_it_resumes_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let offset = free_port_offset();
    // A limit on the size of files stands for the full disk: writes fail in the same place. The unit is 512 bytes.
    let run = localnet(&home, offset, &[]);
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -f 3000; exec \"$0\" \"$@\""]).arg(run.get_program()).args(run.get_args());
    limited.env_remove("ICS_HOME");
    let mut process = Process::spawn(limited, offset);
    // It may end at any moment: what was seen until then must be there afterwards.
    let mut known: Known = BTreeMap::new();
    wait_for("end on the full disk", || {
        for place in 0..3 {
            let Some(last) = process.node(place).block(None) else { continue };
            let newest = last.clone();
            let seen = known.entry(place).or_insert([last.clone(), last]);
            seen[1] = newest;
        }
        process.try_wait()
    });
    assert!(!known.is_empty(), "no chain was seen");
    let ended = process.end();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let line = one_line(&ended.stderr);
    assert_eq!(
        line,
        format!(
            "{}: the disk is full: make room and start again, nothing that was announced is lost",
            home.display()
        )
    );
    assert_resumes(&home, offset, &known);
}

#[test]
fn a_second_network_in_the_same_home_is_refused() {
    let copy = Copy::new();
    let mut first = Process::start(&copy.home, copy.offset, &[]);
    first.wait_served();
    for more in [&[][..], &["--reset"]] {
        let ended = Process::start(&copy.home, free_port_offset(), more).end();
        assert_eq!(ended.code, Some(1));
        let line = one_line(&ended.stderr);
        let home = copy.home.display();
        assert_eq!(
            line,
            format!("{home} is in use by another `ics localnet`: stop that one, or choose another --home")
        );
    }
    assert_eq!(first.signal("INT").code, Some(0));
    copy.resumes();
}

#[test]
fn an_interrupt_and_a_termination_leave_a_network_that_resumes() {
    let copy = Copy::new();
    for signal in ["INT", "TERM", "HUP"] {
        let mut process = Process::start(&copy.home, copy.offset, &[]);
        process.wait_served();
        let ended = process.signal(signal);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{signal}");
        assert!(ended.stdout.ends_with("stopped; the next start goes on from here\n"));
    }
    copy.resumes();
}

#[test]
fn reset_starts_over_and_removes_nothing_but_our_files() {
    let copy = Copy::new();
    fs::write(copy.home.join("notes.txt"), "mine").unwrap();
    fs::write(copy.home.join("provider-1").join("notes.txt"), "mine too").unwrap();
    let mut before = Process::start(&copy.home, copy.offset, &[]);
    before.wait_served();
    let old = known(&before);
    assert_eq!(before.signal("INT").code, Some(0));
    let mut after = Process::start(&copy.home, copy.offset, &["--reset"]);
    after.wait_served();
    let new = known(&after);
    assert_eq!(after.signal("INT").code, Some(0));
    for (place, [first, _]) in &old {
        assert_eq!(first.0, 1);
        assert_ne!(new[place][0].1.id, first.1.id, "chain {place} was not forgotten");
    }
    assert_eq!(fs::read(copy.home.join("notes.txt")).unwrap(), b"mine");
    assert_eq!(fs::read(copy.home.join("provider-1").join("notes.txt")).unwrap(), b"mine too");
    assert_resumes(&copy.home, copy.offset, &new);
    // A reset that was interrupted is finished by the next start, as a new network.
    fs::write(copy.home.join("resetting"), "").unwrap();
    fs::remove_file(copy.database("provider-1")).unwrap();
    let mut finished = Process::start(&copy.home, copy.offset, &[]);
    finished.wait_served();
    assert_ne!(finished.node(1).block(Some(1)).unwrap().1.id, new[&1][0].1.id);
    assert_eq!(finished.signal("INT").code, Some(0));
    assert!(!copy.home.join("resetting").exists());
}

#[test]
fn commands_in_a_home_without_a_network_say_how_to_start_one() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().to_str().unwrap();
    let expected = format!("there is no local network in {home}: start one with `ics localnet`");
    for words in [&["status"][..], &["keys", "add-consensus", "a"], &["query", "staking", "pool"]] {
        assert_eq!(complaint(&ics().args(words).args(["--home", home]).output().unwrap()), expected);
        assert_eq!(complaint(&ics().args(words).env("ICS_HOME", home).output().unwrap()), expected);
    }
    // A network that does not run.
    let copy = Copy::new();
    let output = ics().arg("status").arg("--home").arg(&copy.home).output().unwrap();
    let line = complaint(&output);
    let advice = ": start a local network with `ics localnet`, or name a node that runs with --node";
    assert!(line.starts_with("no answer from the node at http://127.0.0.1:"), "{line}");
    assert!(line.ends_with(advice), "{line}");
}
