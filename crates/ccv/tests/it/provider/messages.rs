//! Static checks of messages, the parts that come later, and the golden values of what a consumer starts with.

use super::{at_once, create, launched, metadata, update};
use crate::host_provider::{Provider, refused};
use crate::vectors::document::{self, mutated};
use crate::vectors::each_case;
use ics_abci::{AccAddr, Time};
use ics_ccv::Rules;
use ics_ccv::id::{ConsumerId, RevisionHeight};
use ics_ccv::provider::Host;
use ics_ccv::provider::error::{Error, Fault, Message};
use ics_ccv::provider::genesis::Genesis;
use ics_ccv::provider::infraction_params::InfractionChange;
use ics_ccv::provider::init_params::InitializationParameters;
use ics_ccv::provider::metadata::ConsumerMetadata;
use ics_ccv::provider::msgs::UpdateParams;
use ics_ccv::provider::params::Params;
use ics_ccv::provider::{View, query, state};
use ics_ccv::wire::genesis::DurationNs;
use serde_json::Value;

/// Proto JSON of `ConsumerInitializationParameters`, as far as the golden values use it.
fn init_params(document: &Value) -> Option<InitializationParameters> {
    use base64::Engine;
    let text = |of: &Value| of.as_str().unwrap_or_default().to_string();
    let bytes = |name: &str| base64::engine::general_purpose::STANDARD.decode(text(&document[name])).ok();
    let int = |of: &Value| if of.is_null() { Some(0) } else { text(of).parse::<i64>().ok() };
    let nat = |of: &Value| if of.is_null() { Some(0) } else { text(of).parse::<u64>().ok() };
    let duration = |name: &str| document::duration(&document[name]);
    let height = &document["initial_height"];
    Some(InitializationParameters {
        initial_height: RevisionHeight {
            revision: nat(&height["revision_number"])?,
            height: nat(&height["revision_height"])?,
        },
        genesis_hash: bytes("genesis_hash")?,
        binary_hash: bytes("binary_hash")?,
        spawn_time: Time::parse(&text(&document["spawn_time"])).ok()?,
        unbonding_period: duration("unbonding_period")?,
        ccv_timeout_period: duration("ccv_timeout_period")?,
        transfer_timeout_period: duration("transfer_timeout_period")?,
        consumer_redistribution_fraction: text(&document["consumer_redistribution_fraction"]),
        blocks_per_distribution_transmission: int(&document["blocks_per_distribution_transmission"])?,
        historical_entries: int(&document["historical_entries"])?,
        distribution_transmission_channel: text(&document["distribution_transmission_channel"]),
        connection_id: text(&document["connection_id"]),
    })
}

#[test]
fn vectors_of_initialization_params_hold() {
    each_case("initialization_params", |case, bases| {
        let (kind, document) = mutated(case, bases);
        assert_eq!(kind, "interchain_security.ccv.provider.v1.ConsumerInitializationParameters");
        let params = init_params(&document);
        let valid = params.is_some_and(|params| params.validate().is_ok());
        assert_eq!(valid, case["expect"]["valid"].as_bool().unwrap(), "{}", case["name"]);
    });
}

#[test]
fn a_creation_that_is_wrong_in_itself_is_refused_with_the_field() {
    let mut host = Provider::new(Rules::default());
    let fault = |field, why| Message::Create.fault(Fault::new(field, why));
    let named = |name: &str| ConsumerMetadata { name: name.to_string(), ..metadata() };
    for chain_id in ["", "  ", "stride-1", "neutron-1", &"c".repeat(51)] {
        let error = fault("ChainId", "is empty, too long or reserved");
        assert_eq!(error.code(), ("provider", 44));
        refused(&mut host, &error, |host| create(chain_id, None).handle(host));
    }
    for (metadata, why) in [(named(" "), "cannot be empty"), (named(&"n".repeat(51)), "is too long")] {
        let mut message = create("c-1", None);
        message.metadata = metadata;
        refused(&mut host, &fault("Metadata: Name", why), |host| message.handle(host));
    }
    let fraction = |text: &str| InitializationParameters {
        consumer_redistribution_fraction: text.to_string(),
        ..at_once()
    };
    for (text, why) in
        [("1.5", "cannot be greater than 1"), ("-0.1", "cannot be negative"), ("x", "is no decimal")]
    {
        let error = fault("ConsumerRedistributionFraction", why);
        refused(&mut host, &error, |host| create("c-1", Some(fraction(text))).handle(host));
    }
}

#[test]
fn what_comes_later_is_refused_by_name() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    let mut updated = update(id);
    updated.allowlisted_reward_denoms = Some(vec!["stake".to_string()]);
    refused(&mut host, &Error::NotYet("allowlisted reward denominations"), |host| updated.handle(host));

    let mut nothing = create("c-1", None);
    nothing.allowlisted_reward_denoms = Some(Vec::new());
    nothing.infraction_parameters = Some(InfractionChange::default());
    assert_eq!(nothing.handle(&mut host).unwrap().consumer_id, ConsumerId(1));
}

#[test]
fn parameters_are_checked() {
    assert_eq!(Params::default().validate(), Ok(()));
    let wrong = |set: &dyn Fn(&mut Params)| {
        let mut params = Params::default();
        set(&mut params);
        params.validate().unwrap_err()
    };
    let positive = |field| Fault::new(field, "must be positive");
    assert_eq!(wrong(&|of| of.blocks_per_epoch = 0), positive("BlocksPerEpoch"));
    assert_eq!(wrong(&|of| of.ccv_timeout_period = DurationNs(-1)), positive("CcvTimeoutPeriod"));
    assert_eq!(
        wrong(&|of| of.max_provider_consensus_validators = 0),
        positive("MaxProviderConsensusValidators")
    );
    let share = |field| Fault::new(field, "must be over 0 and at most 1");
    assert_eq!(wrong(&|of| of.trusting_period_fraction = "0".to_string()), share("TrustingPeriodFraction"));
    assert_eq!(
        wrong(&|of| of.slash_meter_replenish_fraction = "1.1".to_string()),
        share("SlashMeterReplenishFraction")
    );
    assert_eq!(
        wrong(&|of| of.template_client.trust_level = (1, 4)),
        Fault::new("TemplateClient", "trust level must be from 1/3 to 1")
    );
    let mut host = Provider::new(Rules::default());
    let genesis = Genesis { valset_update_id: ics_ccv::id::VscId(0), ..Genesis::default() };
    let error = Error::Params(Fault::new("ValsetUpdateId", "cannot be zero"));
    refused(&mut host, &error, |host| ics_ccv::provider::genesis::init(host, &genesis));
}

#[test]
fn governance_alone_replaces_the_parameters_and_they_hold_at_once() {
    let mut host = Provider::new(Rules::default());
    host.block(|_| ());
    let mut params = query::params(&host).unwrap();
    (params.blocks_per_epoch, params.max_provider_consensus_validators) = (7, 2);
    let stranger = UpdateParams { authority: AccAddr(vec![9; 20]), params: params.clone() };
    let text = |account: &AccAddr| account.to_text("cosmos");
    let error = Error::NotAuthority { expected: text(&host.authority()), found: text(&stranger.authority) };
    assert_eq!(error.code(), ("gov", 13));
    refused(&mut host, &error, |host| stranger.handle(host));

    let mut wrong = UpdateParams { authority: host.authority(), params: params.clone() };
    wrong.params.blocks_per_epoch = 0;
    let error = Error::Params(Fault::new("BlocksPerEpoch", "must be positive"));
    assert_eq!(error.code(), ("undefined", 1));
    refused(&mut host, &error, |host| wrong.handle(host));
    wrong.params = Params { consumer_reward_denom_registration_fee: (1, "1".to_string()), ..params.clone() };
    let error = Error::Params(Fault::new("ConsumerRewardDenomRegistrationFee", "is no coin"));
    refused(&mut host, &error, |host| wrong.handle(host));

    assert_eq!(state::OWN_SET.get(&host).unwrap().unwrap().len(), 4);
    host.block(|host| {
        UpdateParams { authority: host.authority(), params: params.clone() }.handle(host).unwrap();
    });
    assert_eq!((query::params(&host), query::blocks_until_next_epoch(&host)), (Ok(params), Ok(5)));
    assert_eq!(
        state::OWN_SET.get(&host).unwrap().unwrap().len(),
        2,
        "the end of the same block cuts the set"
    );
}

#[test]
fn trusting_periods_are_the_fraction_toward_zero() {
    let params = Params::default();
    for (unbonding, trusting) in [
        (DurationNs::from_secs(1_814_400), DurationNs::from_secs(1_197_504)),
        (DurationNs::from_secs(1_728_000), DurationNs::from_secs(1_140_480)),
        (DurationNs(10), DurationNs(6)),
        (DurationNs(1), DurationNs(0)),
    ] {
        assert_eq!(params.trusting_period(unbonding), Ok(trusting));
    }
}

#[test]
fn a_step_that_fails_inside_another_is_undone_alone() {
    let mut host = Provider::new(Rules::default());
    let before = host.entries();
    let outcome: Result<u8, Error> = host.atomically(|host| {
        let inner: Result<(), Error> = host.atomically(|host| {
            create("c-1", None).handle(host)?;
            Err(Error::NoGenesis)
        });
        assert_eq!(inner, Err(Error::NoGenesis));
        Ok(1)
    });
    assert_eq!((outcome, host.entries()), (Ok(1), before));
}
