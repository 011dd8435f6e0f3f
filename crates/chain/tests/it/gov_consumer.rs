//! Consumers that governance owns: only those bind the validators with the most power.

use crate::base_chain::*;
use crate::gov_chain::*;
use ics_chain::modules::gov::Status;
use ics_chain::roles::PROVIDER;
use ics_client::msgs::{self, any};
use ics_proto::interchain_security::ccv::provider::v1 as pb;

const IN_BLOCK: &str = "failed to execute message; message index: 0: ";

fn create(submitter: &str, chain_id: &str) -> pb::MsgCreateConsumer {
    let metadata = pb::ConsumerMetadata { name: "n".into(), description: "d".into(), metadata: "m".into() };
    pb::MsgCreateConsumer {
        submitter: submitter.into(),
        chain_id: chain_id.into(),
        metadata: Some(metadata),
        ..pb::MsgCreateConsumer::default()
    }
}

fn top_n(owner: &str, consumer_id: &str, top_n: u32) -> pb::MsgUpdateConsumer {
    let power_shaping_parameters = Some(pb::PowerShapingParameters { top_n, ..Default::default() });
    pb::MsgUpdateConsumer {
        owner: owner.into(),
        consumer_id: consumer_id.into(),
        power_shaping_parameters,
        ..pb::MsgUpdateConsumer::default()
    }
}

fn ask(chain: &Chain, consumer_id: &str) -> pb::QueryConsumerChainResponse {
    chain.ask(
        "/interchain_security.ccv.provider.v1.Query/QueryConsumerChain",
        &pb::QueryConsumerChainRequest { consumer_id: consumer_id.into() },
    )
}

fn bound(chain: &Chain, consumer_id: &str) -> u32 {
    ask(chain, consumer_id).power_shaping_params.map_or(0, |shaping| shaping.top_n)
}

#[test]
fn a_consumer_handed_to_governance_becomes_top_n_by_a_proposal() {
    let mut chain = Chain::in_role(&PROVIDER, |state| state.gov.params = quick_params());
    let (me, gov) = (address(2), authority());
    let made = chain.deliver(&Draft::of(2, vec![any(&create(&me, "top-1"))]));
    assert_eq!(outcome(&made), good());
    let own = chain.deliver(&Draft::of(2, vec![any(&top_n(&me, "0", 60))]));
    let log = "an update to a Top N chain can only be done if the owner of the chain is the gov module: invalid transform to Top N chain";
    assert_eq!(outcome(&own), refused("provider", 39, &format!("{IN_BLOCK}{log}")));
    assert_eq!(bound(&chain, "0"), 0);
    // Before it is handed over, governance is a stranger.
    let block = pass(&mut chain, vec![any(&top_n(&gov, "0", 60))]);
    assert_eq!((status(&chain, 1), bound(&chain, "0"), verdicts(&block).len()), (Status::Failed, 0, 1));
    let reason = format!("expected owner address {me}, got {gov}: unauthorized");
    assert_eq!(known(&chain, 1).failed_reason, reason);
    let hand_over = pb::MsgUpdateConsumer {
        owner: me.clone(),
        consumer_id: "0".into(),
        new_owner_address: gov.clone(),
        ..pb::MsgUpdateConsumer::default()
    };
    assert_eq!(outcome(&chain.deliver(&Draft::of(2, vec![any(&hand_over)]))), good());
    let block = pass(&mut chain, vec![any(&top_n(&gov, "0", 60))]);
    assert_eq!(known(&chain, 2).failed_reason, "");
    assert_eq!((bound(&chain, "0"), ask(&chain, "0").owner_address), (60, gov.clone()));
    let told = block.events.iter().find(|event| event.kind == "update_consumer").unwrap();
    assert_eq!(told.get("consumer_id").unwrap(), "0");
    let of_others = new(3, MILLION, vec![any(&top_n(&me, "0", 70))]);
    let log = format!("{IN_BLOCK}{me}: expected gov account as only signer for proposal message");
    assert_eq!(outcome(&chain.deliver(&of(3, &of_others))), refused("gov", 13, &log));
}

#[test]
fn one_proposal_creates_a_top_n_consumer_or_none() {
    let mut chain = Chain::in_role(&PROVIDER, |state| state.gov.params = quick_params());
    let gov = authority();
    let both = |top| vec![any(&create(&gov, "top-1")), any(&top_n(&gov, "0", top))];
    // A share below the least that binds half of the power: refused before anybody votes.
    let result = chain.deliver(&of(2, &new(2, MILLION, both(49))));
    let log = "TopN: can be either 0 or in the range [50, 100]: invalid update consumer message: invalid proposal message";
    assert_eq!(outcome(&result), refused("gov", 12, &format!("{IN_BLOCK}{log}")));
    // An update of a consumer that is not there undoes the creation before it.
    let lost = vec![any(&create(&gov, "top-1")), any(&top_n(&gov, "7", 60))];
    pass(&mut chain, lost);
    assert_eq!(status(&chain, 1), Status::Failed);
    let chains: pb::QueryConsumerChainsResponse = chain.ask(
        "/interchain_security.ccv.provider.v1.Query/QueryConsumerChains",
        &pb::QueryConsumerChainsRequest::default(),
    );
    assert_eq!(chains.chains, []);
    pass(&mut chain, both(60));
    assert_eq!(known(&chain, 2).failed_reason, "");
    assert_eq!((bound(&chain, "0"), ask(&chain, "0").owner_address), (60, gov));
    let stay = msgs::remove_consumer(&address(2), "0");
    let result = chain.deliver(&Draft::of(2, vec![stay]));
    assert_eq!((result.codespace.as_str(), result.code, status(&chain, 2)), ("provider", 25, Status::Passed));
}
