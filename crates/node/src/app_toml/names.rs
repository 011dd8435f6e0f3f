//! Which keys there are: ours, those of the SDK that mean nothing here, and no others.

use super::AppTomlError;
use toml::{Table, Value};

/// Keys that mean something here.
const KNOWN: [&str; 18] = [
    "role",
    "minimum-gas-prices",
    "pruning",
    "pruning-keep-recent",
    "pruning-interval",
    "halt-height",
    "halt-time",
    "min-retain-blocks",
    "api.enable",
    "api.swagger",
    "api.address",
    "api.enabled-unsafe-cors",
    "api.rpc-write-timeout",
    "api.max-open-connections",
    "grpc.enable",
    "grpc.address",
    "telemetry.enabled",
    "telemetry.prometheus-retention-time",
];

/// Keys of the SDK's files, 0.45 to 0.53, that mean nothing here.
const FOREIGN: [&str; 25] = [
    "query-gas-limit",
    "pruning-keep-every",
    "inter-block-cache",
    "index-events",
    "iavl-cache-size",
    "iavl-disable-fastnode",
    "iavl-lazy-loading",
    "app-db-backend",
    "grpc-only",
    "cpu-profile",
    "unsafe-skip-upgrades",
    "inv-check-period",
    "telemetry.service-name",
    "telemetry.enable-hostname",
    "telemetry.enable-hostname-label",
    "telemetry.enable-service-label",
    "telemetry.global-labels",
    "telemetry.metrics-sink",
    "telemetry.statsd-addr",
    "telemetry.datadog-hostname",
    "api.rpc-read-timeout",
    "api.rpc-max-body-bytes",
    "grpc.max-recv-msg-size",
    "grpc.max-send-msg-size",
    "grpc.skip-check-header",
];

/// Whole sections of the SDK's files and of gaia's that mean nothing here.
const FOREIGN_SECTIONS: [&str; 8] =
    ["grpc-web", "state-sync", "streaming", "mempool", "store", "streamers", "rosetta", "wasm"];

/// Sections of which some keys mean something here.
const SECTIONS: [&str; 3] = ["api", "grpc", "telemetry"];

/// Looks through the keys of a file; gives those that are to be ignored.
///
/// # Errors
/// [`AppTomlError::UnknownKey`], the first.
pub(super) fn check(file: &Table) -> Result<Vec<String>, AppTomlError> {
    let mut ignored = Vec::new();
    for (name, value) in file {
        match value {
            Value::Table(_) if FOREIGN_SECTIONS.contains(&name.as_str()) => ignored.push(format!("[{name}]")),
            Value::Table(section) if SECTIONS.contains(&name.as_str()) => {
                for key in section.keys() {
                    judge(format!("{name}.{key}"), &mut ignored)?;
                }
            }
            // Whoever reads the section says what it should be.
            _ if SECTIONS.contains(&name.as_str()) => {}
            _ => judge(name.clone(), &mut ignored)?,
        }
    }
    Ok(ignored)
}

fn judge(key: String, ignored: &mut Vec<String>) -> Result<(), AppTomlError> {
    if KNOWN.contains(&key.as_str()) {
        return Ok(());
    }
    if FOREIGN.contains(&key.as_str()) {
        ignored.push(key);
        return Ok(());
    }
    let nearest = nearest(&key, KNOWN.iter().chain(&FOREIGN).chain(&SECTIONS).chain(&FOREIGN_SECTIONS));
    Err(AppTomlError::UnknownKey { key, nearest })
}

/// The name that is written most like another: the fewest letters to change.
fn nearest<'a>(key: &str, names: impl Iterator<Item = &'a &'static str>) -> &'static str {
    names.min_by_key(|name| strsim::damerau_levenshtein(key, name)).copied().unwrap_or_default()
}
