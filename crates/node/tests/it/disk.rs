//! The database: all of a batch or nothing, through every way to die.

use ics_kv::rows::{Batch, Disk, DiskError, Memory, Rows};
use ics_kv::{Bytes, KeyRange};
use ics_node::disk::Database;
use proptest::prelude::*;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const A: &str = "a";
const B: &str = "b";

fn open(path: &Path) -> Database {
    Database::open(path).unwrap()
}

fn error(path: &Path) -> DiskError {
    Database::open(path).err().unwrap()
}

fn file(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("state.redb")
}

fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

#[test]
fn a_batch_is_there_after_opening_again_and_its_later_entries_win() {
    let folder = tempfile::tempdir().unwrap();
    {
        let disk = open(&file(&folder));
        let mut batch = Batch::default();
        batch.put(A, "k", "1");
        batch.put(A, "k", "2");
        batch.put(B, "k", "3");
        batch.put(B, "gone", "4");
        batch.delete(B, "gone");
        batch.delete(A, "never there");
        disk.write(batch).unwrap();
    }
    let disk = open(&file(&folder));
    assert_eq!(disk.row(A, b"k"), Ok(Some(bytes("2"))));
    assert_eq!(disk.row(B, b"k"), Ok(Some(bytes("3"))));
    assert_eq!(disk.row(B, b"gone"), Ok(None));
}

#[test]
fn a_table_that_was_never_written_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let disk = open(&file(&folder));
    assert_eq!(disk.row(A, b"k"), Ok(None));
    assert_eq!(disk.rows(A, KeyRange::prefix(b""), 10), Ok(Vec::new()));
}

#[test]
fn a_database_that_is_open_is_not_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder);
    let _first = open(&path);
    let why = format!("{} is open already: another process runs this chain", path.display());
    assert_eq!(error(&path), DiskError::Failed(why));
}

#[test]
fn a_file_that_is_no_database_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder);
    fs::write(&path, vec![7; 100_000]).unwrap();
    assert!(matches!(error(&path), DiskError::Corrupt(_)), "{:?}", error(&path));
    fs::write(&path, b"short").unwrap();
    assert!(matches!(error(&path), DiskError::Corrupt(_)), "{:?}", error(&path));
}

#[test]
fn a_file_that_was_cut_is_corrupt_or_whole_but_never_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder);
    {
        let disk = open(&path);
        for n in 0..50_u32 {
            let mut batch = Batch::default();
            batch.put(A, n.to_be_bytes().to_vec(), vec![1; 20_000]);
            disk.write(batch).unwrap();
        }
    }
    let whole = fs::read(&path).unwrap();
    for cut in [whole.len() / 4, whole.len() / 2, whole.len() - 4_096] {
        fs::write(&path, &whole[..cut]).unwrap();
        match Database::open(&path) {
            Ok(disk) => {
                let rows = disk.rows(A, KeyRange::prefix(b""), 100);
                assert!(rows.as_ref().is_ok_and(|rows| rows.len() == 50), "{cut}");
            }
            Err(error) => assert!(matches!(error, DiskError::Corrupt(_)), "cut at {cut}: {error:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// The file answers as tables in memory do, whatever is written and asked, up and down.
    #[test]
    fn the_database_answers_as_memory_does(
        batches in prop::collection::vec(
            prop::collection::vec((any::<bool>(), prop::collection::vec(0..4_u8, 1..4), any::<Option<u8>>()), 0..12), 1..5),
        start in prop::collection::vec(0..4_u8, 0..4),
        end in prop::option::of(prop::collection::vec(0..4_u8, 0..4)),
        descending in any::<bool>(),
        limit in 0..12_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let disk = open(&file(&folder));
        let mut memory = Memory::default();
        for rows in batches {
            let mut batch = Batch::default();
            for (first, key, value) in rows {
                let table = if first { A } else { B };
                match value {
                    Some(value) => batch.put(table, key, vec![value]),
                    None => batch.delete(table, key),
                }
            }
            memory.apply(batch.clone());
            disk.write(batch).unwrap();
        }
        let range = KeyRange { start, end, descending };
        for table in [A, B] {
            prop_assert_eq!(disk.rows(table, range.clone(), limit), memory.rows(table, range.clone(), limit));
            prop_assert_eq!(disk.row(table, &range.start), memory.row(table, &range.start));
        }
    }
}

/// Where a child process of these tests finds its database.
const CHILD_PATH: &str = "ICS_NODE_TEST_DISK";

/// Writes batch after batch, each the same number into two tables, and says so after each one, until it cannot.
#[test]
fn a_writer_says_what_it_has_written() {
    let folder = tempfile::tempdir().unwrap();
    let (path, count) = match std::env::var_os(CHILD_PATH) {
        Some(path) => (PathBuf::from(path), u32::MAX),
        None => (file(&folder), 3),
    };
    let disk = open(&path);
    for n in 0..count {
        let mut batch = Batch::default();
        batch.put(A, n.to_be_bytes().to_vec(), vec![1; 3_000]);
        batch.put(B, n.to_be_bytes().to_vec(), vec![2; 3_000]);
        match disk.write(batch) {
            Ok(()) => println!("wrote {n}"),
            Err(error) => {
                println!("refused {n}: {error}");
                assert_eq!(error, DiskError::Full);
                let mut batch = Batch::default();
                batch.put(A, "after", "1");
                println!("then {}", disk.write(batch).unwrap_err());
                return;
            }
        }
    }
    assert_eq!(disk.rows(A, KeyRange::prefix(b""), 10).unwrap().len(), 3);
}

fn child(script: &str, path: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "disk::a_writer_says_what_it_has_written", "--nocapture"])
        .env(CHILD_PATH, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// Numbers in both tables; both have the same ones, from 0 without a gap.
fn written(path: &Path) -> u32 {
    let disk = open(path);
    let keys = |table| -> Vec<u32> {
        let rows = disk.rows(table, KeyRange::prefix(b""), 1_000_000).unwrap();
        rows.iter().map(|(key, _)| u32::from_be_bytes(key.as_ref().try_into().unwrap())).collect()
    };
    let (a, b) = (keys(A), keys(B));
    assert_eq!(a, b, "half a batch");
    let count = u32::try_from(a.len()).unwrap();
    assert_eq!(a, (0..count).collect::<Vec<_>>());
    count
}

#[test]
fn what_was_announced_survives_a_kill_and_nothing_is_halved() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder);
    for round in 1..4_u32 {
        let mut process = child("exec \"$0\" \"$@\"", &path).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut announced = None;
        for line in lines.by_ref() {
            if let Some(n) = line.unwrap().rsplit_once("wrote ").and_then(|(_, n)| n.parse::<u32>().ok()) {
                announced = Some(n);
                if n == 20 * round {
                    break;
                }
            }
        }
        process.kill().unwrap();
        process.wait().unwrap();
        let announced = announced.unwrap();
        assert!(written(&path) > announced, "batch {announced} is lost");
    }
}

#[test]
fn a_full_disk_is_said_so_and_takes_nothing_of_the_batch() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder);
    // The limit stands for the end of the disk; the signal that it sends is ignored, as a full disk sends none.
    let script = "trap '' XFSZ; ulimit -f 8192; exec \"$0\" \"$@\"";
    let mut process = child(script, &path).spawn().unwrap();
    let mut said = String::new();
    process.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(process.wait().unwrap().success(), "{said}");
    let count = u32::try_from(said.matches("wrote ").count()).unwrap();
    assert!(count > 0, "{said}");
    assert!(said.contains(&format!("refused {count}: the disk is full")), "{said}");
    assert!(said.contains("then the database failed: an earlier write failed"), "{said}");
    assert_eq!(written(&path), count);
}
