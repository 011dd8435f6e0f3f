//! What the provider tells the world: one function per event.
//!
//! Types and attributes are the reference's, in its order. Those that it lacks are ours: `consumer_launch_failed`,
//! `consumer_stopped`, `consumer_deleted`, `consumer_set_kept`. Source: provider spec §8.8.

use super::phase::{Cause, Phase};
use crate::event::{CONSUMER_MODULE, PROVIDER_MODULE, key, kind};
use crate::id::{ChainId, ChannelId, ClientId, ConnectionId, ConsumerId, RevisionHeight, VscId};
use crate::wire::genesis::DurationNs;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Display;
use core::fmt::Write;
use ics_abci::{AccAddr, Dec, Event, Time, ValAddr};

fn event(kind: &str) -> Event {
    Event::new(kind).with(key::MODULE, PROVIDER_MODULE)
}

fn about(kind: &str, id: ConsumerId, chain: &ChainId) -> Event {
    event(kind).with("consumer_id", id).with("consumer_chain_id", chain)
}

/// A consumer as its create and update events show it.
pub(super) struct ConsumerFacts<'a> {
    pub(super) id: ConsumerId,
    pub(super) chain: &'a ChainId,
    pub(super) name: Option<&'a str>,
    pub(super) submitter: &'a AccAddr,
    pub(super) owner: &'a AccAddr,
    pub(super) spawn: Option<Time>,
    pub(super) top_n: Option<u32>,
    pub(super) phase: Phase,
}

pub(super) fn create_consumer(facts: &ConsumerFacts<'_>, prefix: &str) -> Event {
    let mut event = about("create_consumer", facts.id, facts.chain);
    if let Some(name) = facts.name {
        event = event.with("consumer_name", name);
    }
    event = event
        .with("submitter_address", facts.submitter.to_text(prefix))
        .with("consumer_owner", facts.owner.to_text(prefix));
    if let Some(spawn) = facts.spawn {
        event = event.with("consumer_spawn_time", go_time(spawn));
    }
    event.with("consumer_phase", facts.phase)
}

pub(super) fn update_consumer(facts: &ConsumerFacts<'_>, prefix: &str) -> Event {
    let mut event = about("update_consumer", facts.id, facts.chain)
        .with("submitter_address", facts.submitter.to_text(prefix));
    if let Some(name) = facts.name {
        event = event.with("consumer_name", name);
    }
    if let Some(spawn) = facts.spawn {
        event = event.with("consumer_spawn_time", go_time(spawn));
    }
    if let Some(top_n) = facts.top_n {
        event = event.with("consumer_topn", top_n);
    }
    event.with("consumer_owner", facts.owner.to_text(prefix)).with("consumer_phase", facts.phase)
}

pub(super) fn remove_consumer(id: ConsumerId, chain: &ChainId, submitter: &AccAddr, prefix: &str) -> Event {
    about("remove_consumer", id, chain).with("submitter_address", submitter.to_text(prefix))
}

/// What a validator did on a consumer; it signed for itself.
pub(super) struct ValidatorAct<'a> {
    pub(super) id: ConsumerId,
    pub(super) chain: &'a ChainId,
    pub(super) operator: &'a ValAddr,
    pub(super) prefix: &'a str,
}

impl ValidatorAct<'_> {
    fn event(&self, kind: &str, chosen: Option<(&str, &dyn Display)>) -> Event {
        let operator = self.operator.to_text(&format!("{}valoper", self.prefix));
        let mut event = about(kind, self.id, self.chain).with("provider_validator_address", operator);
        if let Some((name, value)) = chosen {
            event = event.with(name, value);
        }
        event.with("submitter_address", AccAddr(self.operator.0.clone()).to_text(self.prefix))
    }

    pub(super) fn opt_in(&self, key: &str) -> Event {
        self.event("opt_in", Some(("consumer_consensus_pub_key", &key)))
    }

    pub(super) fn opt_out(&self) -> Event {
        self.event("opt_out", None)
    }

    pub(super) fn set_commission(&self, rate: Dec) -> Event {
        self.event("set_consumer_commission_rate", Some(("consumer_commission_rate", &rate)))
    }

    pub(super) fn assign_key(&self, key: &str) -> Event {
        self.event("assign_consumer_key", Some(("consumer_consensus_pub_key", &key)))
    }
}

/// The client of a new consumer.
pub(super) struct NewClient<'a> {
    pub(super) client: &'a ClientId,
    pub(super) initial_height: RevisionHeight,
    pub(super) trusting: DurationNs,
    pub(super) unbonding: DurationNs,
    pub(super) set_hash: &'a [u8],
}

/// The hash is upper-case hex; the reference puts its raw bytes there, which no reader gets back.
pub(super) fn client_created(id: ConsumerId, chain: &ChainId, new: &NewClient<'_>) -> Event {
    about("consumer_client_created", id, chain)
        .with("client_id", new.client)
        .with("initial_height", new.initial_height)
        .with("trusting_period", go_duration(new.trusting))
        .with("unbonding_period", go_duration(new.unbonding))
        .with("valset_hash", hex::encode_upper(new.set_hash))
}

/// `module` names the other side, as the reference has it.
pub(super) fn channel_established(
    id: ConsumerId,
    chain: &str,
    client: &ClientId,
    channel: &ChannelId,
    connection: &ConnectionId,
) -> Event {
    Event::new(kind::CHANNEL_ESTABLISHED)
        .with(key::MODULE, CONSUMER_MODULE)
        .with("consumer_id", id)
        .with("consumer_chain_id", chain)
        .with("client_id", client)
        .with(key::CHANNEL_ID, channel)
        .with("connection_id", connection)
}

pub(super) fn packet_received(vsc_id: Option<VscId>, error: Option<&dyn Display>) -> Event {
    let mut event = event(kind::CCV_PACKET);
    if let Some(vsc_id) = vsc_id {
        event = event.with(key::VALSET_UPDATE_ID, vsc_id);
    }
    match error {
        None => event.with(key::SUCCESS, "true"),
        Some(error) => event.with(key::SUCCESS, "false").with(key::ERROR, error),
    }
}

pub(super) fn ack_received(text: &str) -> Event {
    event(kind::CCV_PACKET).with(key::ACKNOWLEDGEMENT, text)
}

pub(super) fn ack_success(result: &str) -> Event {
    Event::new(kind::CCV_PACKET).with(key::SUCCESS, result)
}

pub(super) fn ack_error(error: &str) -> Event {
    Event::new(kind::CCV_PACKET).with(key::ERROR, error)
}

pub(super) fn timeout() -> Event {
    event(kind::TIMEOUT)
}

pub(super) fn launch_failed(id: ConsumerId, chain: &ChainId, why: &impl Display) -> Event {
    about("consumer_launch_failed", id, chain).with(key::ERROR, why)
}

pub(super) fn consumer_stopped(id: ConsumerId, cause: &Cause, removal: Time) -> Event {
    event("consumer_stopped")
        .with("consumer_id", id)
        .with("reason", cause)
        .with("consumer_removal_time", go_time(removal))
}

pub(super) fn consumer_deleted(id: ConsumerId, close_error: Option<&str>) -> Event {
    let event = event("consumer_deleted").with("consumer_id", id);
    match close_error {
        None => event,
        Some(error) => event.with(key::ERROR, error),
    }
}

pub(super) fn set_kept(id: ConsumerId) -> Event {
    event("consumer_set_kept")
        .with("consumer_id", id)
        .with("reason", "the next set would be empty; the last one stays")
}

/// A time as Go prints it by default: `2024-08-29 12:26:16.529913 +0000 UTC`.
fn go_time(time: Time) -> String {
    let (year, month, day, hour, minute, second) = time.civil();
    let mut text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
    text.push_str(&go_fraction(time.nanos()));
    text.push_str(" +0000 UTC");
    text
}

/// `.5` for half of 10^9; nothing for 0.
fn go_fraction(nanos: u32) -> String {
    if nanos == 0 {
        return String::new();
    }
    format!(".{nanos:09}").trim_end_matches('0').to_string()
}

/// A duration as Go prints it: `316h48m0s`, `5m56.4s`, `1.5ms`, `0s`.
fn go_duration(duration: DurationNs) -> String {
    let nanos = duration.0.unsigned_abs();
    let mut text = String::from(if duration.0 < 0 { "-" } else { "" });
    let (seconds, below) = (nanos / 1_000_000_000, u32::try_from(nanos % 1_000_000_000).unwrap_or(0));
    if seconds == 0 {
        let (unit, whole, rest) = match below {
            0 => return "0s".to_string(),
            1..=999 => ("ns", below, 0),
            1_000..=999_999 => ("µs", below / 1_000, (below % 1_000).saturating_mul(1_000_000)),
            _ => ("ms", below / 1_000_000, (below % 1_000_000).saturating_mul(1_000)),
        };
        text.push_str(&format!("{whole}{}{unit}", go_fraction(rest)));
        return text;
    }
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    // Writing to a string cannot fail.
    if hours > 0 {
        let _ = write!(text, "{hours}h");
    }
    if seconds >= 60 {
        let _ = write!(text, "{minutes}m");
    }
    let _ = write!(text, "{}{}s", seconds % 60, go_fraction(below));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_print_as_go_prints_them() {
        for (nanos, text) in [
            (0, "0s"),
            (1, "1ns"),
            (1_500, "1.5µs"),
            (1_500_000, "1.5ms"),
            (1_000_000_000, "1s"),
            (356_400_000_000, "5m56.4s"),
            (1_140_480_000_000_000, "316h48m0s"),
            (47_520_000_000_000, "13h12m0s"),
            (-1_500_000_000, "-1.5s"),
        ] {
            assert_eq!(go_duration(DurationNs(nanos)), text);
        }
    }

    #[test]
    fn times_print_as_go_prints_them() {
        for (text, go) in [
            ("0001-01-01T00:00:00Z", "0001-01-01 00:00:00 +0000 UTC"),
            ("2024-08-29T12:26:16.529913Z", "2024-08-29 12:26:16.529913 +0000 UTC"),
            ("2030-01-01T00:00:00.1Z", "2030-01-01 00:00:00.1 +0000 UTC"),
        ] {
            assert_eq!(go_time(Time::parse(text).unwrap()), go);
        }
    }
}
