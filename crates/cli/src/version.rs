//! `ics version` and `ics completion`.

use crate::args::{Cli, Shell};
use crate::output::Format;
use crate::{Failure, output};
use clap::CommandFactory as _;
use serde_json::json;

const NAME: &str = "ics";

pub(crate) fn run(long: bool, format: Option<Format>) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    // As the field's programs do: a format asks for more than a number.
    if !long && format != Some(Format::Json) {
        return output::print(&format!("{version}\n"));
    }
    let answer = json!({
        "name": NAME,
        "server_name": NAME,
        "version": version,
        "commit": env!("ICS_BUILT_FROM"),
        "build_tags": "",
        "rust": env!("ICS_RUSTC"),
        "cometbft_abci": "2.0.0",
    });
    output::answer(format.unwrap_or_default(), &answer.to_string())
}

pub(crate) fn completion(shell: Shell) -> Result<(), Failure> {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
        Shell::Powershell => clap_complete::Shell::PowerShell,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    output::script(&script)
}
