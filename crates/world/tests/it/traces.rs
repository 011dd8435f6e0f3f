//! Runs of the model of the protocol, replayed on real chains: after every step every compared field is the model's.
//!
//! The traces were replayed on the reference too, which equals them in every field; so the chains run under its rules.
//! Where the model has a transaction, here is one, in the block that is open; where it relays, here are real headers and
//! proofs. Read first `cast` and `network`, then `act` and `relaying`, then `reading`.

mod act;
mod cast;
mod chain;
mod itf;
mod network;
mod reading;
mod relaying;

use act::{Act, NOT_YET, perform};
use itf::Trace;
use network::Network;
use reading::{CHAIN_FIELDS, PROVIDER_FIELDS, RECORD_FIELDS, read};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How many states of the project's traces were compared when this was last changed: it must not shrink unseen.
const COMPARED_MIN: usize = 9_603;

/// What became of a trace.
struct Replayed {
    name: String,
    states: usize,
    compared: usize,
    took: Duration,
    difference: Option<String>,
}

/// Where the traces are, and whether the caller said so.
fn folder() -> (String, bool) {
    let default = || concat!(env!("CARGO_MANIFEST_DIR"), "/../../traces").to_owned();
    std::env::var("ICS_TRACES").map_or_else(|_| (default(), false), |given| (given, true))
}

#[test]
fn every_trace_of_the_model_is_replayed_without_a_difference() {
    let (folder, given) = folder();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_str().unwrap().ends_with(".itf.json.xz"));
    files.sort();
    assert!(!files.is_empty(), "{folder} has no trace");

    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let replayed = replay(&itf::read(path));
                    done.lock().unwrap().push(replayed);
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(done.len(), files.len(), "every file is read");

    let differences: Vec<&String> = done.iter().filter_map(|trace| trace.difference.as_ref()).collect();
    let (compared, states) = (sum(&done, |trace| trace.compared), sum(&done, |trace| trace.states));
    let whole = done.iter().filter(|trace| trace.compared == trace.states).count();
    for Replayed { name, states, compared, took, .. } in &done {
        println!("{name}: {compared} of {states} states compared in {} ms", took.as_millis());
    }
    println!("{compared} of {states} states compared in {} traces, {whole} of them whole", done.len());
    for difference in &differences {
        println!("{difference}");
    }
    assert!(differences.is_empty(), "{} traces differ, the first:\n{}", differences.len(), differences[0]);
    if !given {
        assert!(compared >= COMPARED_MIN, "{compared} states compared, it was {COMPARED_MIN}");
    }
}

/// A driver that looks at nothing finds no difference either.
#[test]
fn a_difference_in_any_compared_field_of_traces_is_found_and_named() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../traces/c7_latechan_0.itf.json.xz");
    let trace = itf::read(path.as_ref());
    let mut net = Network::new();
    let mut last = &trace.states[0];
    for state in trace.states.iter().take_while(|state| !NOT_YET.contains(&Act(&state["act"]).kind())) {
        perform(&mut net, &Act(&state["act"])).unwrap();
        last = state;
    }
    let ours = read(&net);
    assert_eq!(compare(last, &ours), Ok(()));
    let places = [
        ("/P", "P", &PROVIDER_FIELDS[..]),
        ("/P/cons/c0", "P.cons[c0]", &RECORD_FIELDS),
        ("/C/c0", "C[c0]", &CHAIN_FIELDS),
    ];
    for (pointer, place, fields) in places {
        for field in fields {
            let mut other = last.clone();
            let value = &mut other.pointer_mut(pointer).unwrap()[field];
            let expected = std::mem::replace(value, Value::from("something else"));
            let found = compare(&other, &ours).unwrap_err();
            assert_eq!(
                found,
                format!("{place}.{field}\n  expected \"something else\"\n  found    {expected}")
            );
        }
    }
}

fn sum(traces: &[Replayed], of: impl Fn(&Replayed) -> usize) -> usize {
    traces.iter().map(of).sum()
}

/// Replays a trace up to its first difference, or its first action of a kind that is not there yet.
fn replay(trace: &Trace) -> Replayed {
    #[allow(clippy::disallowed_methods)] // Only to tell which trace is slow.
    let begun = std::time::Instant::now();
    let mut net = Network::new();
    let mut compared = 0;
    let mut difference = None;
    for (step, state) in trace.states.iter().enumerate() {
        let act = Act(&state["act"]);
        if NOT_YET.contains(&act.kind()) {
            break;
        }
        let found = perform(&mut net, &act).map_err(|what| format!("expected: {what}"));
        if let Err(what) = found.and_then(|()| compare(state, &read(&net))) {
            let name = &trace.name;
            difference = Some(format!("{name}, state {step} after {}: {what}", told(&act)));
            break;
        }
        compared += 1;
    }
    let (name, states) = (trace.name.clone(), trace.states.len());
    Replayed { name, states, compared, took: begun.elapsed(), difference }
}

/// The action without what does not matter in it.
fn told(act: &Act<'_>) -> String {
    let mut members = act.0.as_object().unwrap().clone();
    members.retain(|_, value| !matches!(value.to_string().as_str(), "0" | "\"\"" | "false"));
    if !matches!(act.kind(), "CreateConsumer" | "UpdateConsumer") {
        members.remove("shape");
    }
    Value::from(members).to_string()
}

/// The first field that differs.
fn compare(model: &Value, ours: &Value) -> Result<(), String> {
    let field = |place: &str, model: &Value, ours: &Value, name: &str| {
        let (expected, found) = (ordered(name, &model[name]), &ours[name]);
        assert!(!expected.is_null() && !found.is_null(), "{place}.{name} is in both");
        let what = || format!("{place}.{name}\n  expected {expected}\n  found    {found}");
        if expected == *found { Ok(()) } else { Err(what()) }
    };
    for name in PROVIDER_FIELDS {
        field("P", &model["P"], &ours["P"], name)?;
    }
    for c in network::CONSUMERS {
        let (model_record, our_record) = (&model["P"]["cons"][c], &ours["P"]["cons"][c]);
        for name in RECORD_FIELDS {
            if name != "clientTime" || model_record["hasClient"] == true {
                field(&format!("P.cons[{c}]"), model_record, our_record, name)?;
            }
        }
    }
    for c in network::CONSUMERS {
        let (model_chain, our_chain) = (&model["C"][c], &ours["C"][c]);
        if model_chain["running"] == true {
            for name in CHAIN_FIELDS {
                field(&format!("C[{c}]"), model_chain, our_chain, name)?;
            }
        }
    }
    Ok(())
}

/// The model's value; the list of keys to prune is compared as a multiset.
fn ordered(field: &str, value: &Value) -> Value {
    let mut value = value.clone();
    if let ("prune", Value::Array(entries)) = (field, &mut value) {
        entries.sort_by_key(|entry| (entry["ts"].as_i64(), entry["key"].as_str().map(str::to_owned)));
    }
    value
}
