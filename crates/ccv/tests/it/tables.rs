//! What is exported is all that is stored.

use ics_kv::Listed;

/// The names of the tables that a source file declares, in its order.
fn declared(source: &str) -> Vec<String> {
    let constants = source.lines().filter_map(|line| line.split_once("const ")?.1.split_once(": "));
    let tables =
        constants.filter(|(_, kind)| ["Item<", "Map<", "TimeQueue<"].iter().any(|is| kind.starts_with(is)));
    tables.map(|(name, _)| name.to_lowercase()).collect()
}

fn listed(tables: &[Listed]) -> Vec<&str> {
    tables.iter().map(|table| table.name).collect()
}

#[test]
fn every_table_of_both_sides_is_listed_for_export() {
    let provider = declared(include_str!("../../src/provider/state.rs"));
    assert!(provider.len() > 40, "{provider:?}");
    assert_eq!(listed(ics_ccv::provider::TABLES), provider);
    let consumer = declared(include_str!("../../src/consumer/state.rs"));
    assert!(consumer.len() > 8, "{consumer:?}");
    assert_eq!(listed(ics_ccv::consumer::state::TABLES), consumer);
}
