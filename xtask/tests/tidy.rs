//! ARCHITECTURE.md against the sources.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use xtask::{architecture, arrows, block, borders, decoder_table, decoders, references, sources, vectors};

fn lines(document: &str, name: &str) -> Vec<String> {
    let lines = block(document, name).unwrap_or_else(|| panic!("ARCHITECTURE.md has no block {name}"));
    assert!(!lines.is_empty(), "block {name} is empty");
    lines.into_iter().map(str::to_owned).collect()
}

fn document() -> String {
    architecture().expect("ARCHITECTURE.md stands at the root")
}

fn none(complaints: &[String]) {
    assert!(
        complaints.is_empty(),
        "{}\n\n`cargo run -p xtask` prints the blocks as they are",
        complaints.join("\n")
    );
}

fn drawn(name: &str, prefix: &str) -> arrows::Arrows {
    let document = document();
    let lines = lines(&document, name);
    arrows::parse(&lines.iter().map(String::as_str).collect::<Vec<_>>(), prefix).unwrap()
}

#[test]
fn the_arrows_between_crates_are_those_of_the_picture() {
    none(&arrows::compare(&drawn("arrows", ""), &arrows::crates(&sources().unwrap())));
}

#[test]
fn the_arrows_between_modules_of_chain_are_those_of_the_picture() {
    let found = arrows::chain_modules(&sources().unwrap());
    none(&arrows::compare(&drawn("chain-arrows", "chain::"), &found));
}

#[test]
fn foreign_crates_are_named_only_inside_their_borders() {
    let document = document();
    let lines = lines(&document, "borders");
    let borders = borders::parse(&lines.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    none(&borders::check(&borders, &sources().unwrap()));
}

#[test]
fn every_file_and_function_that_the_document_names_exists() {
    none(&references::broken(&document(), &sources().unwrap()));
}

#[test]
fn every_file_of_golden_values_is_read_by_a_test_or_belongs_to_a_later_issue() {
    let files = vectors::files().unwrap();
    assert_eq!(files.len(), 30);
    none(&vectors::check(&files, &vectors::LATER, &sources().unwrap()));
}

#[test]
fn every_decoder_of_outside_bytes_stands_in_the_table_with_a_test() {
    let (table, sources) = (decoder_table().unwrap(), sources().unwrap());
    assert!(decoders::rows(&table).len() > 30, "the table is not read");
    none(&references::broken(&table, &sources));
    none(&decoders::check(&table, &sources));
}

#[test]
fn nobody_catches_panics() {
    none(&decoders::catchers(&sources().unwrap()));
}

#[test]
fn an_arrow_that_is_drawn_wrongly_is_told() {
    let drawn = arrows::parse(&["a -> b c", "d ->"], "").unwrap();
    let found = arrows::parse(&["a -> b x", "e ->"], "").unwrap();
    assert_eq!(
        arrows::compare(&drawn, &found),
        ["a -> x is not drawn", "a -> c is drawn but not there", "e has no line", "d does not exist"]
    );
    assert_eq!(arrows::parse(&["a b"], ""), Err("not an arrow: a b".into()));
}
