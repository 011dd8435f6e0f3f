//! What validators keep of a consumer's rewards.

use super::{launched, remove, set_commission};
use crate::host_provider::{Provider, account, operator, provider_addr, refused, shown};
use ics_ccv::Rules;
use ics_ccv::id::ConsumerId;
use ics_ccv::provider::error::{Error, Fault, Message, Wanted};
use ics_ccv::provider::phase::Phase;
use ics_ccv::provider::query::{self, Commission};
use ics_ccv::provider::{commission, keys};

#[test]
fn a_validator_chooses_its_commission_for_a_consumer_and_changes_it() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    let of = |host: &Provider, n| query::commission_of(host, id, provider_addr(n)).unwrap();
    let staking = host.validators[0].operator.clone();
    assert_eq!(of(&host, 1), Commission::Staking(staking));
    host.events();
    set_commission(id, 1, "0.1").handle(&mut host).unwrap();
    assert_eq!(
        shown(&host.events()[0]),
        format!(
            "set_consumer_commission_rate[module=provider, consumer_id=0, consumer_chain_id=consumer-1, \
             provider_validator_address={}, consumer_commission_rate=0.100000000000000000, submitter_address={}]",
            operator(1),
            account(1).to_text("cosmos")
        )
    );
    assert_eq!(of(&host, 1), Commission::Chosen("0.1".parse().unwrap()));
    // No step is too large, and who does not validate the chain may choose too.
    set_commission(id, 1, "1").handle(&mut host).unwrap();
    set_commission(id, 2, "0.05").handle(&mut host).unwrap();
    assert_eq!(of(&host, 1), Commission::Chosen("1".parse().unwrap()));
    let members = query::consumer_validators(&host, id).unwrap();
    assert_eq!(members[0].commission, Some("1".parse().unwrap()));
}

#[test]
fn what_is_no_commission_is_refused_and_changes_nothing() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    let range = Message::SetCommission.fault(Fault::new("Rate", "should be in the range [0, 1]"));
    for rate in ["-0.000000000000000001", "1.000000000000000001"] {
        refused(&mut host, &range, |host| set_commission(id, 1, rate).handle(host));
    }
    let (rate, least) = ("0.049".parse().unwrap(), "0.05".parse().unwrap());
    let low = Error::LowCommission { rate, least };
    assert_eq!(low.code(), ("staking", 40));
    refused(&mut host, &low, |host| set_commission(id, 1, "0.049").handle(host));
    let nobody = Error::WrongPhase { id: ConsumerId(9), wanted: Wanted::Active, found: None };
    refused(&mut host, &nobody, |host| set_commission(ConsumerId(9), 1, "0.1").handle(host));
    host.block(|host| remove(id).handle(host).unwrap());
    let stopped = Error::WrongPhase { id, wanted: Wanted::Active, found: Some(Phase::Stopped) };
    refused(&mut host, &stopped, |host| set_commission(id, 1, "0.1").handle(host));
}

#[test]
fn a_commission_goes_with_its_validator_on_every_consumer() {
    let mut host = Provider::new(Rules::default());
    let (first, second) = (launched(&mut host, &[1, 2]), launched(&mut host, &[1, 2]));
    for (id, n) in [(first, 1), (first, 2), (second, 2)] {
        set_commission(id, n, "0.1").handle(&mut host).unwrap();
    }
    keys::on_validator_removed(&mut host, provider_addr(2)).unwrap();
    let chosen = |id, n| commission::chosen(&host, id, provider_addr(n)).unwrap();
    assert_eq!([chosen(first, 1), chosen(first, 2), chosen(second, 2)], ["0.1".parse().ok(), None, None]);
    let rows = host.entries().keys().filter(|key| [66, 67].contains(&key[0])).count();
    assert_eq!(rows, 2, "the commission and its index");
}
