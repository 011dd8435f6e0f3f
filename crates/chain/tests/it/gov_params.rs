//! Parameters of every module, changed by proposals and by nobody else, and read where they matter.

use crate::base_chain::*;
use crate::gov_chain::*;
use ics_chain::Role;
use ics_chain::modules::gov::{self, Status};
use ics_chain::modules::{auth, bank, staking};
use ics_chain::roles::{CONSUMER, PROVIDER, STANDALONE};
use ics_client::msgs::{self, any};
use ics_proto::Any;
use ics_proto::Duration as ProtoDuration;
use ics_proto::cosmos::auth::v1beta1 as pb_auth;
use ics_proto::cosmos::bank::v1beta1 as pb_bank;
use ics_proto::cosmos::gov::v1 as pb_gov;
use ics_proto::cosmos::staking::v1beta1 as pb_staking;
use ics_proto::ibc::applications::transfer::v1 as pb_transfer;
use ics_proto::ibc::core::client::v1 as pb_client;
use ics_proto::ibc::core::connection::v1 as pb_connection;
use ics_proto::interchain_security::ccv::consumer::v1 as pb_consumer;
use ics_proto::interchain_security::ccv::provider::v1 as pb_provider;

const IN_BLOCK: &str = "failed to execute message; message index: 0: ";

fn provider() -> Chain {
    Chain::in_role(&PROVIDER, |state| state.gov.params = quick_params())
}

fn seconds(seconds: i64) -> Option<ProtoDuration> {
    Some(ProtoDuration { seconds, nanos: 0 })
}

fn auth_update(authority: &str, tx_sig_limit: u64) -> Any {
    let params = pb_auth::Params {
        max_memo_characters: 10,
        tx_sig_limit,
        tx_size_cost_per_byte: 11,
        sig_verify_cost_ed25519: 12,
        sig_verify_cost_secp256k1: 13,
    };
    any(&pb_auth::MsgUpdateParams { authority: authority.into(), params: Some(params) })
}

fn bank_update(authority: &str, default_send_enabled: bool) -> Any {
    let params = pb_bank::Params { default_send_enabled, ..pb_bank::Params::default() };
    any(&pb_bank::MsgUpdateParams { authority: authority.into(), params: Some(params) })
}

fn staking_update(authority: &str, amend: impl FnOnce(&mut pb_staking::Params)) -> Any {
    let mut params = pb_staking::Params {
        unbonding_time: seconds(1_000),
        max_validators: 1,
        max_entries: 3,
        historical_entries: 5,
        bond_denom: "stake".into(),
        min_commission_rate: "50000000000000000".into(),
    };
    amend(&mut params);
    any(&pb_staking::MsgUpdateParams { authority: authority.into(), params: Some(params) })
}

fn gov_update(authority: &str, amend: impl FnOnce(&mut pb_gov::Params)) -> Any {
    let stake = |amount: u128| vec![coin(amount).to_proto()];
    let mut params = pb_gov::Params {
        min_deposit: stake(2),
        max_deposit_period: seconds(100),
        voting_period: seconds(50),
        quorum: "0.1".into(),
        threshold: "0.2".into(),
        veto_threshold: "0.3".into(),
        min_initial_deposit_ratio: "0.4".into(),
        proposal_cancel_ratio: "0.6".into(),
        proposal_cancel_dest: String::new(),
        expedited_voting_period: seconds(25),
        expedited_threshold: "0.7".into(),
        expedited_min_deposit: stake(3),
        burn_vote_quorum: true,
        burn_proposal_deposit_prevote: true,
        burn_vote_veto: true,
        min_deposit_ratio: "0".into(),
    };
    amend(&mut params);
    any(&pb_gov::MsgUpdateParams { authority: authority.into(), params: Some(params) })
}

fn client_update(signer: &str, kinds: &[&str]) -> Any {
    let allowed_clients = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let params = Some(pb_client::Params { allowed_clients });
    any(&pb_client::MsgUpdateParams { signer: signer.into(), params })
}

fn connection_update(signer: &str, nanos: u64) -> Any {
    let params = Some(pb_connection::Params { max_expected_time_per_block: nanos });
    any(&pb_connection::MsgUpdateParams { signer: signer.into(), params })
}

fn transfer_update(signer: &str, send_enabled: bool) -> Any {
    let params = Some(pb_transfer::Params { send_enabled, receive_enabled: true });
    any(&pb_transfer::MsgUpdateParams { signer: signer.into(), params })
}

fn provider_params(chain: &Chain) -> pb_provider::Params {
    let response: pb_provider::QueryParamsResponse = chain
        .ask("/interchain_security.ccv.provider.v1.Query/QueryParams", &pb_provider::QueryParamsRequest {});
    response.params.unwrap()
}

#[test]
fn one_proposal_changes_the_parameters_of_every_module_of_a_provider() {
    let mut chain = provider();
    let gov = authority();
    let mut ours = provider_params(&chain);
    ours.blocks_per_epoch = 77;
    let ours = pb_provider::MsgUpdateParams { authority: gov.clone(), params: Some(ours) };
    let block = pass(
        &mut chain,
        vec![
            auth_update(&gov, 3),
            bank_update(&gov, false),
            staking_update(&gov, |_| {}),
            client_update(&gov, &["06-solomachine"]),
            connection_update(&gov, 7),
            transfer_update(&gov, false),
            any(&ours),
            gov_update(&gov, |_| {}),
        ],
    );
    assert_eq!((known(&chain, 1).failed_reason, status(&chain, 1)), (String::new(), Status::Passed));
    // Gov's end of block is before staking's: the smaller set holds at once.
    assert_eq!(block.validators.iter().filter(|update| update.power == 0).count(), 1);
    let auth: pb_auth::QueryParamsResponse =
        chain.ask("/cosmos.auth.v1beta1.Query/Params", &pb_auth::QueryParamsRequest {});
    assert_eq!(auth.params.unwrap().max_memo_characters, 10);
    let bank: pb_bank::QueryParamsResponse =
        chain.ask("/cosmos.bank.v1beta1.Query/Params", &pb_bank::QueryParamsRequest {});
    assert!(!bank.params.unwrap().default_send_enabled);
    let staking: pb_staking::QueryParamsResponse =
        chain.ask("/cosmos.staking.v1beta1.Query/Params", &pb_staking::QueryParamsRequest {});
    let staking = staking.params.unwrap();
    assert_eq!((staking.unbonding_time, staking.max_entries), (seconds(1_000), 3));
    assert_eq!(staking.min_commission_rate, "50000000000000000");
    let clients: pb_client::QueryClientParamsResponse =
        chain.ask("/ibc.core.client.v1.Query/ClientParams", &pb_client::QueryClientParamsRequest {});
    assert_eq!(clients.params.unwrap().allowed_clients, ["06-solomachine"]);
    let connections: pb_connection::QueryConnectionParamsResponse = chain.ask(
        "/ibc.core.connection.v1.Query/ConnectionParams",
        &pb_connection::QueryConnectionParamsRequest {},
    );
    assert_eq!(connections.params.unwrap().max_expected_time_per_block, 7);
    let transfer: pb_transfer::QueryParamsResponse =
        chain.ask("/ibc.applications.transfer.v1.Query/Params", &pb_transfer::QueryParamsRequest {});
    assert!(!transfer.params.unwrap().send_enabled);
    assert_eq!(provider_params(&chain).blocks_per_epoch, 77);
    let rules: pb_gov::QueryParamsResponse = chain
        .ask("/cosmos.gov.v1.Query/Params", &pb_gov::QueryParamsRequest { params_type: "voting".into() });
    let params = rules.params.unwrap();
    assert_eq!(
        (params.min_deposit, params.threshold),
        (vec![coin(2).to_proto()], "0.200000000000000000".into())
    );
    #[allow(deprecated)]
    let voting = rules.voting_params.unwrap().voting_period;
    assert_eq!(voting, seconds(50));
}

#[test]
fn nobody_else_changes_parameters() {
    let mut chain = provider();
    let me = address(2);
    let ours = pb_provider::MsgUpdateParams { authority: me.clone(), params: Some(provider_params(&chain)) };
    let enabled =
        pb_bank::MsgSetSendEnabled { authority: me.clone(), ..pb_bank::MsgSetSendEnabled::default() };
    let gov = authority();
    let sdk = format!(
        "invalid authority; expected {gov}, got {me}: expected gov account as only signer for proposal message"
    );
    let ibc = format!("expected {gov}, got {me}: unauthorized");
    for (message, codespace, code, log) in [
        (auth_update(&me, 3), "gov", 13, &sdk),
        (bank_update(&me, false), "gov", 13, &sdk),
        (any(&enabled), "gov", 13, &sdk),
        (staking_update(&me, |_| {}), "gov", 13, &sdk),
        (gov_update(&me, |_| {}), "gov", 13, &sdk),
        (any(&ours), "gov", 13, &sdk),
        (client_update(&me, &["*"]), "ibc", 2, &ibc),
        (connection_update(&me, 7), "ibc", 2, &ibc),
        (transfer_update(&me, false), "ibc", 2, &ibc),
    ] {
        let url = message.type_url.clone();
        let result = chain.deliver(&Draft::of(2, vec![message.clone()]));
        assert_eq!(outcome(&result), refused(codespace, code, &format!("{IN_BLOCK}{log}")), "{url}");
        // The same within a proposal.
        let result = chain.deliver(&of(2, &new(2, MILLION, vec![message])));
        let log = format!("{IN_BLOCK}{me}: expected gov account as only signer for proposal message");
        assert_eq!(outcome(&result), refused("gov", 13, &log), "{url}");
    }
}

#[test]
fn parameters_that_make_no_sense_fail_with_the_rule_and_change_nothing() {
    let gov = authority();
    let staked = |amend: fn(&mut pb_staking::Params)| staking_update(&authority(), amend);
    let decided = |amend: fn(&mut pb_gov::Params)| gov_update(&authority(), amend);
    for (message, reason) in [
        (auth_update(&gov, 0), "invalid tx signature limit: 0"),
        (staked(|params| params.max_validators = 0), "max validators must be positive: 0"),
        (staked(|params| params.max_entries = 0), "max entries must be positive: 0"),
        (staked(|params| params.unbonding_time = None), "unbonding time must be positive: 0"),
        (staked(|params| params.unbonding_time = seconds(-1)), "unbonding time must be positive: -1s"),
        (
            staked(|params| params.unbonding_time = seconds(i64::MAX)),
            "unbonding time is longer than 292 years",
        ),
        (staked(|params| params.bond_denom.clear()), "bond denom cannot be blank"),
        (
            staked(|params| params.bond_denom = "other".into()),
            "the bond denomination stays stake while there are validators: feature not supported",
        ),
        (
            staked(|params| params.min_commission_rate = "1000000000000000001".into()),
            "minimum commission rate cannot be greater than 100%: 1.000000000000000001",
        ),
        (decided(|params| params.min_deposit.clear()), "invalid minimum deposit: "),
        (
            decided(|params| params.expedited_min_deposit = vec![coin(2).to_proto()]),
            "expedited minimum deposit must be greater than minimum deposit: 2stake",
        ),
        (decided(|params| params.voting_period = None), "voting period must not be nil: 0"),
        (decided(|params| params.voting_period = seconds(0)), "voting period must be positive: 0s"),
        (
            decided(|params| params.voting_period = seconds(i64::MAX)),
            "voting period is longer than 292 years",
        ),
        (
            decided(|params| params.expedited_voting_period = seconds(50)),
            "expedited voting period 50s must be strictly less than the regular voting period 50s",
        ),
        (decided(|params| params.quorum = "1.1".into()), "quorom too large: 1.100000000000000000"),
        (decided(|params| params.quorum = "x".into()), "invalid quorum string: invalid decimal"),
        (
            decided(|params| params.threshold = "0".into()),
            "vote threshold must be positive: 0.000000000000000000",
        ),
        (
            decided(|params| params.expedited_threshold = "0.2".into()),
            "expedited vote threshold 0.200000000000000000, must be greater than the regular threshold 0.200000000000000000",
        ),
        (
            decided(|params| params.proposal_cancel_dest = "nobody".into()),
            "deposits destination address is invalid: nobody",
        ),
        (
            decided(|params| params.min_deposit_ratio = "2".into()),
            "mininum deposit ratio of proposal is too large: 2.000000000000000000",
        ),
    ] {
        let mut chain = quick(|_| {});
        let (rules, stakes) = (gov::params(&chain.state()), staking::params(&chain.state()));
        let accounts = auth::params(&chain.state());
        pass(&mut chain, vec![message]);
        assert_eq!((known(&chain, 1).failed_reason.as_str(), status(&chain, 1)), (reason, Status::Failed));
        assert_eq!((gov::params(&chain.state()), staking::params(&chain.state())), (rules, stakes));
        assert_eq!(auth::params(&chain.state()), accounts);
    }
    let mut chain = provider();
    for (message, reason) in [
        (client_update(&gov, &["a", "a"]), "duplicate client type: a"),
        (client_update(&gov, &[" "]), "client type 0 cannot be blank"),
        (
            client_update(&gov, &["a", "*"]),
            "allow list must have only one element because the allow all clients wildcard (*) is present",
        ),
        (connection_update(&gov, 0), "MaxExpectedTimePerBlock cannot be zero"),
    ] {
        let log = format!("{IN_BLOCK}{reason}: invalid proposal message");
        let result = chain.deliver(&of(2, &new(2, MILLION, vec![message])));
        assert_eq!(outcome(&result), refused("gov", 12, &log));
    }
}

#[test]
fn coins_that_may_not_be_sent_are_not_except_by_modules() {
    let mut chain = quick(|_| {});
    let enabled = |denom: &str, enabled| pb_bank::SendEnabled { denom: denom.into(), enabled };
    let set = |send_enabled, use_default_for: &[&str]| {
        let use_default_for = use_default_for.iter().map(|denom| (*denom).to_owned()).collect();
        any(&pb_bank::MsgSetSendEnabled { authority: authority(), send_enabled, use_default_for })
    };
    let frozen = format!("{IN_BLOCK}stake transfers are currently disabled: send transactions are disabled");
    pass(&mut chain, vec![set(vec![enabled("stake", false)], &[])]);
    assert_eq!(status(&chain, 1), Status::Passed);
    assert_eq!(outcome(&chain.deliver(&Draft::send(2, 3, 5))), refused("bank", 5, &frozen));
    let listed: pb_bank::QuerySendEnabledResponse = chain.ask(
        "/cosmos.bank.v1beta1.Query/SendEnabled",
        &pb_bank::QuerySendEnabledRequest { denoms: vec![], pagination: None },
    );
    assert_eq!(listed.send_enabled, [enabled("stake", false)]);
    // Deposits, fees and stake move all the same; the exception ends as it began.
    pass(&mut chain, vec![set(vec![], &["stake"]), bank_update(&authority(), false)]);
    assert_eq!(status(&chain, 2), Status::Passed);
    assert_eq!(outcome(&chain.deliver(&Draft::send(2, 3, 5))), refused("bank", 5, &frozen));
    pass(&mut chain, vec![set(vec![enabled("stake", true)], &[])]);
    assert_eq!(outcome(&chain.deliver(&Draft::send(2, 3, 5))), good());
    assert_eq!(bank::send_exception(&chain.state(), "stake"), Ok(Some(true)));
    let twice = set(vec![enabled("stake", true), enabled("stake", false)], &[]);
    let log = format!(
        "{IN_BLOCK}duplicate denom entries found for \"stake\": invalid request: invalid proposal message"
    );
    let result = chain.deliver(&of(2, &new(2, MILLION, vec![twice])));
    assert_eq!(outcome(&result), refused("gov", 12, &log));
}

#[test]
fn validators_beyond_the_providers_own_set_do_not_decide() {
    let passes = |own: i64| {
        let mut chain = provider();
        let mut params = provider_params(&chain);
        params.max_provider_consensus_validators = own;
        let update = pb_provider::MsgUpdateParams { authority: authority(), params: Some(params) };
        pass(&mut chain, vec![any(&update)]);
        assert_eq!(status(&chain, 1), Status::Passed);
        let id = propose(&mut chain, 2, MILLION, vec![]);
        must_vote(&mut chain, 1, id, msgs::VoteOption::Yes);
        after(&mut chain, VOTE_S);
        (status(&chain, id), known(&chain, id).final_tally.yes)
    };
    // Of 190 million, 90 are enough; beyond the set they are none.
    assert_eq!(passes(2), (Status::Passed, 90 * MILLION));
    assert_eq!(passes(1), (Status::Rejected, 0));
}

#[test]
fn every_role_has_governance_and_one_without_stake_passes_nothing() {
    for role in [&STANDALONE, &PROVIDER, &CONSUMER] as [&'static Role; 3] {
        let chain = Chain::in_role(role, |state| state.gov.params = quick_params());
        assert_eq!(gov::params(&chain.state()), Ok(quick_params()), "{}", role.name);
        let account = auth::account(&chain.state(), &auth::authority()).unwrap().unwrap();
        assert_eq!(account.module.unwrap().permissions, ["burner"]);
    }
    // Before its channel is up a consumer takes nothing but IBC.
    let mut chain = Chain::in_role(&CONSUMER, |_| {});
    let height = chain.app.height().next();
    let log = format!("tx contains unsupported message types at height {height}");
    let result = chain.deliver(&of(2, &new(2, MILLION, vec![])));
    assert_eq!(outcome(&result), refused("undefined", 1, &log));
}

/// A consumer's own stake passes no proposal here, so its message is executed as the end of a block would.
#[test]
fn a_consumers_parameters_are_replaced_as_a_whole_by_its_authority_alone() {
    let chain = Chain::in_role(&CONSUMER, |_| {});
    let config = config_of(&CONSUMER);
    let block = ics_chain::BlockInfo {
        height: chain.app.height().next(),
        time: chain.now,
        app_hash: chain.app.app_hash(),
        next_validators_hash: [2; 32],
        proposer: ics_abci::ConsAddr([3; 20]),
        votes: vec![],
        genesis: false,
    };
    let asked: pb_consumer::QueryParamsResponse = chain
        .ask("/interchain_security.ccv.consumer.v1.Query/QueryParams", &pb_consumer::QueryParamsRequest {});
    let before = asked.params.unwrap();
    let update = |who: &str, entries: i64| {
        let mut params = before.clone();
        params.historical_entries = entries;
        params.consumer_id = "7".into();
        let message = pb_consumer::MsgUpdateParams { authority: who.into(), params: Some(params) };
        let base = std::sync::Arc::new(chain.state());
        let mut ctx = ics_chain::Ctx::new(&config, &block, base);
        let route = config.route("/interchain_security.ccv.consumer.v1.MsgUpdateParams").unwrap();
        let done = (route.run)(&mut ctx, &any(&message).value);
        done.map(|_| ctx.changes().iter().count()).map_err(ics_chain::Error::parts)
    };
    assert_eq!(update(&authority(), 5), Ok(1));
    let me = address(2);
    let stranger = format!(
        "invalid authority; expected {}, got {me}: expected gov account as only signer for proposal message",
        authority()
    );
    assert_eq!(update(&me, 5), Err(("gov".into(), 13, stranger)));
    assert_eq!(update(&authority(), 0).unwrap_err().1, 1);
}

fn config_of(role: &'static Role) -> ics_chain::ChainConfig {
    ics_chain::ChainConfig {
        chain_id: CHAIN_ID.into(),
        prefix: "cosmos",
        initial_height: ics_abci::Height(1),
        ports: role.ports,
        msgs: role.msgs,
        electorate: role.electorate,
        rules: ics_ccv::Rules::default(),
    }
}

#[test]
fn what_is_exported_starts_a_chain_in_the_same_state() {
    let mut chain = quick(|_| {});
    let waiting = propose(&mut chain, 2, 300_000, vec![bank_update(&authority(), false)]);
    let voting = propose(&mut chain, 3, MILLION, vec![auth_update(&authority(), 3)]);
    let split = [(msgs::VoteOption::Yes, dec("0.7")), (msgs::VoteOption::Abstain, dec("0.3"))];
    let vote = msgs::vote_weighted(&address(0), voting, &split, "m");
    assert_eq!(outcome(&chain.deliver(&Draft::of(0, vec![vote]))), good());
    pass(&mut chain, vec![bank_update(&authority(), true)]);
    let other = propose(&mut chain, 4, MILLION, vec![auth_update(&authority(), 4)]);
    let config = config_of(&STANDALONE);
    let exported = gov::export(&chain.state(), &config).unwrap();
    let statuses: Vec<&str> =
        exported.proposals.iter().map(|proposal| proposal["status"].as_str().unwrap()).collect();
    assert_eq!(
        statuses,
        ["DEPOSIT_PERIOD", "PASSED", "PASSED", "VOTING_PERIOD"].map(|name| format!("PROPOSAL_STATUS_{name}"))
    );
    assert_eq!(exported.proposals[0]["messages"][0]["@type"], "/cosmos.bank.v1beta1.MsgUpdateParams");
    assert_eq!(exported.starting_proposal_id, 5);
    let text = serde_json::to_string(&exported).unwrap();
    let again: gov::GovGenesis = serde_json::from_str(&text).unwrap();
    let deposited = 1_300_000;
    let mut next = quick(|state| {
        state.gov = again.clone();
        state.bank.balances.push(bank::GenesisBalance { address: authority(), coins: stake(deposited) });
        state.bank.supply = stake(5 * FUNDS + deposited);
    });
    assert_eq!(gov::export(&next.state(), &config), Ok(exported.clone()));
    assert_eq!(known(&next, waiting), known(&chain, waiting));
    // Its queues are those of the old chain.
    next.now = chain.now;
    must_vote(&mut next, 0, other, msgs::VoteOption::Yes);
    after(&mut next, VOTE_S);
    assert_eq!(status(&next, other), Status::Passed);
    // A document whose deposits are not there is refused.
    let mut state = app_state();
    state.gov = again;
    let mut app = ics_chain::App::new(crate::base_chain::config(), &STANDALONE);
    let halt = ics_abci::Application::init_chain(&mut app, &genesis(&state)).unwrap_err();
    assert_eq!(
        halt.0,
        "genesis: expected module account was 1300000stake but we got : invalid genesis state"
    );
}
