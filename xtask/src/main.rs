//! Prints the blocks of ARCHITECTURE.md as the sources have them.

use std::io;

/// The crates whose types belong at a border.
const FOREIGN: [&str; 12] = [
    "cosmrs",
    "ibc",
    "ibc_core_host_cosmos",
    "ibc_proto",
    "ics23",
    "prost",
    "redb",
    "tendermint",
    "tendermint_light_client_verifier",
    "tendermint_proto",
    "tokio",
    "tonic",
];

#[allow(clippy::print_stdout)] // a tool for whoever edits the document
fn main() -> io::Result<()> {
    let sources = xtask::sources()?;
    println!("```arrows\n{}```\n", xtask::arrows::draw(&xtask::arrows::crates(&sources), ""));
    let modules = xtask::arrows::chain_modules(&sources);
    println!("```chain-arrows\n{}```\n", xtask::arrows::draw(&modules, "chain::"));
    println!("```borders\n{}```", xtask::borders::found(&FOREIGN, &sources));
    Ok(())
}
