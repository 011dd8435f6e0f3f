//! What an update would make of a consumer, field by field, before it is sent; and the one change that nobody means.
//!
//! Journey: `update-consumer --dry-run` and `submit-proposal --dry-run` → the node tells the consumer as it is →
//! [`changes`] → the node tries the transaction.
//! Source: provider spec §2.6 (a part that is there replaces the stored one as a whole), §2.11 (queued costs), §3.1.

use super::send::{Signer, try_out};
use crate::args::Signing;
use crate::context::Context;
use crate::document::{self, Update};
use crate::output::Format;
use crate::{Failure, output};
use ics_abci::Time;
use ics_client::msgs;
use ics_proto::cosmos::base::query::v1beta1::PageRequest;
use ics_proto::cosmos::staking::v1beta1 as staking;
use ics_proto::interchain_security::ccv::provider::v1 as provider;
use ics_proto::json::{JsonError, to_json_of};
use ics_proto::{Any, Timestamp};
use provider::ConsumerPhase;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// Go's zero time, which means none: seconds since 1970.
const NO_TIME_S: i64 = -62_135_596_800;

/// `update-consumer FILE --dry-run`.
pub(super) fn of_update(file: &Path, signing: &Signing) -> Result<(), Failure> {
    let context = Context::new(&signing.terms.common)?;
    let signer = Signer::new(&context, signing)?;
    let update = document::update_consumer(file, &signer.address)?;
    show(&context, std::slice::from_ref(&update), Begins::AtOnce)?;
    refuse_silent_opt_in(&context, file, &update)?;
    try_out(&signer, signing, msgs::update_consumer(&update.message))
}

/// `submit-proposal FILE --dry-run`.
pub(super) fn of_proposal(
    file: &Path,
    updates: &[Update],
    signing: &Signing,
    message: impl FnOnce(&Signer<'_>) -> Result<Any, Failure>,
) -> Result<(), Failure> {
    let context = Context::new(&signing.terms.common)?;
    let signer = Signer::new(&context, signing)?;
    show(&context, updates, Begins::WhenPassed)?;
    for update in updates {
        refuse_silent_opt_in(&context, file, update)?;
    }
    let message = message(&signer)?;
    try_out(&signer, signing, message)
}

/// Refuses an update that would make an opt-in chain of a Top N chain by leaving a member out.
pub(super) fn refuse_silent_opt_in(context: &Context, file: &Path, update: &Update) -> Result<(), Failure> {
    if update.says_top_n {
        return Ok(());
    }
    let id = &update.message.consumer_id;
    match consumer(context, id)?.power_shaping_params.map_or(0, |shaping| shaping.top_n) {
        0 => Ok(()),
        top_n => Err(Failure(format!(
            "{}: power_shaping_parameters has no top_N, and consumer {id} is a Top {top_n} chain, which the update would \
             turn into an opt-in chain: write \"top_N\": {top_n} to leave it so, or \"top_N\": 0 to mean it",
            file.display()
        ))),
    }
}

fn consumer(context: &Context, id: &str) -> Result<provider::QueryConsumerChainResponse, Failure> {
    let request = provider::QueryConsumerChainRequest { consumer_id: id.to_owned() };
    context.rpc.ask("/interchain_security.ccv.provider.v1.Query/QueryConsumerChain", &request)
}

/// The denominations that a consumer may pay rewards in: only the list of all consumers tells them.
fn denoms(context: &Context, id: &str) -> Result<provider::AllowlistedRewardDenoms, Failure> {
    let mut page = PageRequest::default();
    loop {
        let request = provider::QueryConsumerChainsRequest { phase: 0, pagination: Some(page.clone()) };
        let path = "/interchain_security.ccv.provider.v1.Query/QueryConsumerChains";
        let answer: provider::QueryConsumerChainsResponse = context.rpc.ask(path, &request)?;
        if let Some(chain) = answer.chains.into_iter().find(|chain| chain.consumer_id == id) {
            return Ok(chain.allowlisted_reward_denoms.unwrap_or_default());
        }
        let next = answer.pagination.unwrap_or_default().next_key;
        // A node that names the same page again would be asked for ever.
        if next.is_empty() || next == page.key {
            return Err(Failure(format!("the node lists no consumer {id}")));
        }
        page.key = next;
    }
}

/// A consumer, all of it that an update can change.
#[derive(Clone, Debug, PartialEq)]
struct Consumer {
    chain: provider::QueryConsumerChainResponse,
    denoms: Option<provider::AllowlistedRewardDenoms>,
}

/// One field that an update changes, as its message names it.
#[derive(Clone, Debug, PartialEq)]
struct Change {
    field: String,
    from: Value,
    to: Value,
}

/// When an update is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begins {
    /// In the next block.
    AtOnce,
    /// When governance has accepted it.
    WhenPassed,
}

/// When the parts of an update of a launched consumer begin to hold.
enum Delays {
    /// Counted from now.
    FromNow {
        /// Costs of infractions, at about this time.
        costs: Time,
        /// The set, in so many blocks.
        epoch: u64,
    },
    /// Counted from when a proposal passes, which nobody knows yet.
    FromPassing {
        /// Costs of infractions, so much later.
        costs: Duration,
    },
}

fn show(context: &Context, updates: &[Update], begins: Begins) -> Result<(), Failure> {
    let (mut text, mut list) = (String::new(), Vec::new());
    for Update { message, .. } in updates {
        let id = &message.consumer_id;
        let chain = consumer(context, id)?;
        let launched = chain.phase == ConsumerPhase::Launched.as_str_name();
        let denoms = message.allowlisted_reward_denoms.as_ref().map(|_| denoms(context, id)).transpose()?;
        let before = Consumer { chain, denoms };
        let changes = changes(&before, message).map_err(|error| Failure(error.to_string()))?;
        let delays = if launched { Some(delays(context, begins)?) } else { None };
        let from_when = |field: &str| delays.as_ref().and_then(|delays| delays.of(field));
        let (chain_id, phase) = (&before.chain.chain_id, &before.chain.phase);
        let name = output::in_a_line(chain_id);
        let verdict = if changes.is_empty() { "would not change" } else { "would change:" };
        let _ = writeln!(text, "consumer {id} ({name}, {phase}) {verdict}");
        for Change { field, from, to } in &changes {
            let when = from_when(field).map(|when| format!(", {when}")).unwrap_or_default();
            let _ = writeln!(text, "  {field}: {from} -> {to}{when}");
        }
        let withdraws = launched
            && message.infraction_parameters.is_some()
            && !changes.iter().any(|change| is_cost(&change.field));
        if withdraws {
            text.push_str("  infraction_parameters: as they are; a change of them that waits is dropped\n");
        }
        let changes = changes.iter().map(|Change { field, from, to }| {
            json!({"field": field, "from": from, "to": to, "when": from_when(field).unwrap_or_else(|| begins.text().to_owned())})
        });
        list.push(json!({
            "consumer_id": id, "chain_id": chain_id, "phase": phase,
            "changes": changes.collect::<Vec<_>>(),
            "drops_waiting_infraction_parameters": withdraws,
        }));
    }
    match context.output {
        Format::Text if updates.is_empty() => output::print("no consumer would change\n"),
        Format::Text => output::print(&text),
        Format::Json => output::print(&format!("{}\n", Value::from(list))),
    }
}

fn is_cost(field: &str) -> bool {
    field.starts_with("infraction_parameters")
}

impl Begins {
    const fn text(self) -> &'static str {
        match self {
            Self::AtOnce => "at once",
            Self::WhenPassed => "when it passes",
        }
    }
}

impl Delays {
    fn of(&self, field: &str) -> Option<String> {
        if is_cost(field) {
            Some(match self {
                Self::FromNow { costs, .. } => format!("from about {costs} on"),
                Self::FromPassing { costs } => format!("{} s after it passes", costs.as_secs()),
            })
        } else if field.starts_with("power_shaping_parameters") {
            Some(match self {
                Self::FromNow { epoch: 1, .. } => "in the set from the next epoch on, in 1 block".to_owned(),
                Self::FromNow { epoch, .. } => {
                    format!("in the set from the next epoch on, in {epoch} blocks")
                }
                Self::FromPassing { .. } => "in the set from the next epoch after it passes on".to_owned(),
            })
        } else {
            None
        }
    }
}

fn delays(context: &Context, begins: Begins) -> Result<Delays, Failure> {
    let params: staking::QueryParamsResponse =
        context.rpc.ask("/cosmos.staking.v1beta1.Query/Params", &staking::QueryParamsRequest {})?;
    let unbonding = params.params.and_then(|params| params.unbonding_time).unwrap_or_default();
    let costs = Duration::from_secs(u64::try_from(unbonding.seconds).unwrap_or_default());
    if begins == Begins::WhenPassed {
        return Ok(Delays::FromPassing { costs });
    }
    let costs = context.rpc.last_block_time()?.plus(costs);
    let path = "/interchain_security.ccv.provider.v1.Query/QueryBlocksUntilNextEpoch";
    let epoch: provider::QueryBlocksUntilNextEpochResponse =
        context.rpc.ask(path, &provider::QueryBlocksUntilNextEpochRequest {})?;
    Ok(Delays::FromNow {
        costs: costs.map_err(|error| Failure(format!("the unbonding period: {error}")))?,
        epoch: epoch.blocks_until_next_epoch,
    })
}

/// What an update makes of a consumer.
fn after(before: &Consumer, update: &provider::MsgUpdateConsumer) -> Consumer {
    let mut after = before.clone();
    let chain = &mut after.chain;
    for (new, place) in
        [(&update.new_chain_id, &mut chain.chain_id), (&update.new_owner_address, &mut chain.owner_address)]
    {
        if !new.trim().is_empty() {
            new.clone_into(place);
        }
    }
    if update.metadata.is_some() {
        chain.metadata.clone_from(&update.metadata);
    }
    if let Some(init) = &update.initialization_parameters {
        let mut init = init.clone();
        let none = Timestamp { seconds: NO_TIME_S, nanos: 0 };
        let spawn = init.spawn_time.get_or_insert(none).seconds;
        let prelaunched = [ConsumerPhase::Registered, ConsumerPhase::Initialized];
        if prelaunched.iter().any(|phase| chain.phase == phase.as_str_name()) {
            let [registered, initialized] = prelaunched;
            let next = if spawn == NO_TIME_S { registered } else { initialized };
            next.as_str_name().clone_into(&mut chain.phase);
        }
        chain.init_params = Some(init);
    }
    if update.power_shaping_parameters.is_some() {
        chain.power_shaping_params.clone_from(&update.power_shaping_parameters);
    }
    if let Some(costs) = &update.infraction_parameters {
        let there = chain.infraction_parameters.get_or_insert_default();
        for (new, place) in
            [(&costs.double_sign, &mut there.double_sign), (&costs.downtime, &mut there.downtime)]
        {
            if new.is_some() {
                place.clone_from(new);
            }
        }
    }
    if update.allowlisted_reward_denoms.is_some() {
        after.denoms.clone_from(&update.allowlisted_reward_denoms);
    }
    after
}

fn changes(before: &Consumer, update: &provider::MsgUpdateConsumer) -> Result<Vec<Change>, JsonError> {
    let mut to = leaves(&after(before, update))?;
    let mut changes = Vec::new();
    for (field, from) in leaves(before)? {
        let to = to.remove(&field).unwrap_or_default();
        if from != to {
            changes.push(Change { field, from, to });
        }
    }
    changes.extend(to.into_iter().map(|(field, to)| Change { field, from: Value::Null, to }));
    Ok(changes)
}

/// The fields of a consumer that hold no others, by the names of the update's message.
fn leaves(consumer: &Consumer) -> Result<BTreeMap<String, Value>, JsonError> {
    let mut found = BTreeMap::new();
    let parsed = |text: String| serde_json::from_str(&text).unwrap_or_default();
    let mut members: Map<String, Value> = parsed(to_json_of(&consumer.chain)?);
    if let Some(denoms) = &consumer.denoms {
        members.insert("allowlisted_reward_denoms".to_owned(), Value::Object(parsed(to_json_of(denoms)?)));
    }
    for (name, member) in members {
        let name = match name.as_str() {
            "init_params" => "initialization_parameters",
            "power_shaping_params" => "power_shaping_parameters",
            name => name,
        };
        gather(name.to_owned(), member, &mut found);
    }
    Ok(found)
}

fn gather(name: String, value: Value, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) => {
            for (inner, member) in members {
                gather(format!("{name}.{inner}"), member, found);
            }
        }
        leaf => {
            found.insert(name, leaf);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use ics_proto::Duration as Span;

    fn consumer() -> Consumer {
        let costs = |fraction: &str, seconds| provider::SlashJailParameters {
            slash_fraction: fraction.as_bytes().to_vec(),
            jail_duration: Some(Span { seconds, nanos: 0 }),
            tombstone: false,
        };
        let chain = provider::QueryConsumerChainResponse {
            consumer_id: "3".to_owned(),
            chain_id: "a-1".to_owned(),
            owner_address: "cosmos1a".to_owned(),
            phase: "CONSUMER_PHASE_REGISTERED".to_owned(),
            metadata: Some(provider::ConsumerMetadata { name: "a".to_owned(), ..Default::default() }),
            init_params: Some(provider::ConsumerInitializationParameters {
                spawn_time: Some(Timestamp { seconds: NO_TIME_S, nanos: 0 }),
                unbonding_period: Some(Span { seconds: 60, nanos: 0 }),
                ..Default::default()
            }),
            power_shaping_params: Some(provider::PowerShapingParameters {
                top_n: 60,
                validators_power_cap: 40,
                ..Default::default()
            }),
            infraction_parameters: Some(provider::InfractionParameters {
                double_sign: Some(costs("50000000000000000", 600)),
                downtime: Some(costs("0", 600)),
            }),
            client_id: String::new(),
        };
        Consumer { chain, denoms: None }
    }

    fn changed(update: &provider::MsgUpdateConsumer) -> Vec<String> {
        let changes = changes(&consumer(), update).unwrap();
        changes.iter().map(|Change { field, from, to }| format!("{field}: {from} -> {to}")).collect()
    }

    #[test]
    fn an_update_without_parts_changes_nothing() {
        assert_eq!(changed(&provider::MsgUpdateConsumer::default()), [""; 0]);
        let same = provider::MsgUpdateConsumer {
            new_chain_id: " ".to_owned(),
            metadata: consumer().chain.metadata,
            initialization_parameters: consumer().chain.init_params,
            power_shaping_parameters: consumer().chain.power_shaping_params,
            infraction_parameters: consumer().chain.infraction_parameters,
            ..Default::default()
        };
        assert_eq!(changed(&same), [""; 0]);
    }

    #[test]
    fn a_power_shaping_replaces_the_whole_one_and_costs_are_merged() {
        let mut costs = consumer().chain.infraction_parameters.unwrap().downtime.unwrap();
        costs.jail_duration = Some(Span { seconds: 20, nanos: 0 });
        let update = provider::MsgUpdateConsumer {
            new_owner_address: "cosmos1b".to_owned(),
            power_shaping_parameters: Some(provider::PowerShapingParameters {
                denylist: vec!["c".to_owned()],
                ..Default::default()
            }),
            infraction_parameters: Some(provider::InfractionParameters {
                double_sign: None,
                downtime: Some(costs),
            }),
            ..Default::default()
        };
        assert_eq!(
            changed(&update),
            [
                r#"infraction_parameters.downtime.jail_duration: "600s" -> "20s""#,
                r#"owner_address: "cosmos1a" -> "cosmos1b""#,
                r#"power_shaping_parameters.denylist: [] -> ["c"]"#,
                "power_shaping_parameters.top_N: 60 -> 0",
                "power_shaping_parameters.validators_power_cap: 40 -> 0",
            ]
        );
    }

    #[test]
    fn a_spawn_time_moves_the_phase_and_what_is_left_out_becomes_zero() {
        let mut init = consumer().chain.init_params.unwrap();
        init.spawn_time = Some(Timestamp { seconds: 0, nanos: 0 });
        init.unbonding_period = None;
        let update =
            provider::MsgUpdateConsumer { initialization_parameters: Some(init), ..Default::default() };
        assert_eq!(
            changed(&update),
            [
                r#"initialization_parameters.spawn_time: "0001-01-01T00:00:00Z" -> "1970-01-01T00:00:00Z""#,
                r#"initialization_parameters.unbonding_period: "60s" -> "0s""#,
                r#"phase: "CONSUMER_PHASE_REGISTERED" -> "CONSUMER_PHASE_INITIALIZED""#,
            ]
        );
    }

    #[test]
    fn what_waits_in_a_launched_chain_says_how_long() {
        let costs = Time::parse("2026-01-31T12:00:00Z").unwrap();
        let delays = Delays::FromNow { costs, epoch: 4 };
        let when = |field| delays.of(field);
        assert_eq!(
            when("infraction_parameters.downtime.tombstone").as_deref(),
            Some("from about 2026-01-31T12:00:00Z on")
        );
        assert_eq!(
            when("power_shaping_parameters.top_N").as_deref(),
            Some("in the set from the next epoch on, in 4 blocks")
        );
        assert_eq!(when("metadata.name"), None);
    }

    #[test]
    fn what_a_proposal_changes_in_a_launched_chain_waits_from_when_it_passes() {
        let delays = Delays::FromPassing { costs: Duration::from_secs(60) };
        let when = |field| delays.of(field);
        assert_eq!(when("infraction_parameters.downtime.tombstone").as_deref(), Some("60 s after it passes"));
        assert_eq!(
            when("power_shaping_parameters.top_N").as_deref(),
            Some("in the set from the next epoch after it passes on")
        );
        assert_eq!(when("metadata.name"), None);
    }
}
