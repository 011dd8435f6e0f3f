//! What a node tells on the standard error output while it runs: a line an event, with the chain and the height in fields.

use crate::args::{Log, LogFormat, LogLevel};
use std::io;
use tracing_subscriber::filter::LevelFilter;

/// Tells from now on.
pub(crate) fn begin(options: &Log) {
    let level = match options.level {
        LogLevel::Trace => LevelFilter::TRACE,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Disabled => LevelFilter::OFF,
    };
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).with_ansi(false);
    let log = log.with_target(false);
    // It fails where it was begun before, which nobody does.
    let _ = match options.format {
        LogFormat::Plain => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).try_init(),
    };
}
