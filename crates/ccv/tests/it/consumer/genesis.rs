use super::{genesis, key, receive, started, update, vsc};
use crate::host_consumer::Chain;
use ics_abci::{AddrError, Height};
use ics_ccv::consumer::host::{ChannelOrder, OpenChannel};
use ics_ccv::consumer::{self, Error, state};
use ics_ccv::id::{AtHeight, ConsumerAddr, VscId};
use ics_ccv::wire::genesis::{GenesisError, GenesisState, ParamsError, ProviderInfo};
use ics_ccv::wire::slash::ConsumerPacket;

#[test]
fn a_new_chain_creates_the_providers_client_and_starts_with_the_set_as_given() {
    let mut chain = Chain::new();
    let document = genesis(&[update(1, 10), update(2, 20), update(3, 0)]);
    let first = consumer::init_genesis(&mut chain, &document).unwrap();
    // As given: also what is no member.
    assert_eq!(first, [update(1, 10), update(2, 20), update(3, 0)]);
    let provider = document.provider;
    assert_eq!(chain.clients, [(provider.client_state.unwrap(), provider.consensus_state.unwrap())]);
    assert_eq!(state::PROVIDER_CLIENT.get(&chain), Ok(Some("07-tendermint-0".into())));
    assert_eq!(state::VSC_ID_AT.get(&chain, &AtHeight(Height(0))), Ok(Some(VscId(0))));
    assert_eq!(state::INIT_HEIGHT.get(&chain), Ok(Some(Height(0))));
    assert_eq!(state::VALIDATORS.iter(&chain).count(), 2);
    assert_eq!(chain.bonded, [key(1).address(), key(2).address()]);
    assert_eq!(chain.opened, []);
    assert_eq!(state::PROVIDER_CHANNEL.get(&chain), Ok(None));
}

fn on_connection() -> GenesisState {
    let mut document = genesis(&[update(1, 10)]);
    document.provider.client_state = None;
    document.provider.consensus_state = None;
    document.connection_id = "connection-0".to_string();
    document
}

#[test]
fn on_a_connection_it_reuses_the_client_and_opens_the_channel_through_its_own_callback() {
    let mut chain = Chain::new();
    consumer::init_genesis(&mut chain, &on_connection()).unwrap();
    assert_eq!(chain.clients.len(), 0);
    assert_eq!(state::PROVIDER_CLIENT.get(&chain), Ok(Some("07-tendermint-0".into())));
    assert_eq!(
        chain.opened,
        [OpenChannel {
            port: "consumer",
            counterparty_port: "provider",
            connection: "connection-0".into(),
            version: "1",
            order: ChannelOrder::Ordered,
        }]
    );
}

#[test]
fn a_refused_genesis_writes_nothing() {
    let packet = ConsumerPacket::VscMatured(VscId(4));
    let base = genesis(&[update(1, 10)]);
    let again = GenesisState {
        new_chain: false,
        provider_client_id: "07-tendermint-0".to_string(),
        provider_channel_id: "channel-0".to_string(),
        provider: ProviderInfo { initial_val_set: vec![update(1, 10)], ..ProviderInfo::default() },
        ..base.clone()
    };
    let mut bad_params = base.clone();
    bad_params.params.historical_entries = 0;
    let cases = [
        (genesis(&[]), Error::Genesis(GenesisError::NoValidators)),
        (bad_params, Error::Genesis(GenesisError::Params(ParamsError::NotPositive("historical entries")))),
        (
            GenesisState { pre_ccv: true, ..on_connection() },
            Error::NotYet("a running chain that becomes a consumer (preCCV) is"),
        ),
        (
            GenesisState { connection_id: "connection-9".to_string(), ..on_connection() },
            Error::ConnectionNotFound("connection-9".into()),
        ),
        (
            GenesisState { pending_packets: vec![packet], ..again.clone() },
            Error::NotYet("sending pending_consumer_packets is"),
        ),
        (
            GenesisState { outstanding_downtime: vec![key(1).address().to_text("cosmosvalcons")], ..again },
            Error::GenesisAddress {
                address: key(1).address().to_text("cosmosvalcons"),
                error: AddrError::Prefix {
                    expected: "consumervalcons".to_string(),
                    found: "cosmosvalcons".to_string(),
                },
            },
        ),
    ];
    for (document, error) in cases {
        let mut chain = Chain::new();
        assert_eq!(consumer::init_genesis(&mut chain, &document), Err(error));
        assert!(chain.written().is_empty());
    }
    let mut chain = Chain::new();
    chain.ibc_refuses = Some("no".to_string());
    for document in [base, on_connection()] {
        let refused = consumer::init_genesis(&mut chain, &document);
        assert_eq!(refused, Err(Error::GenesisIbc("no".to_string())));
        assert!(chain.written().is_empty());
    }
}

#[test]
fn a_disabled_consumer_stores_its_parameters_and_stays_inert() {
    let mut chain = Chain::new();
    assert_eq!(consumer::init_genesis(&mut chain, &GenesisState::default()), Ok(Vec::new()));
    assert_eq!(chain.written().len(), 2);
    chain.height = 1;
    consumer::begin_block(&mut chain).unwrap();
    assert_eq!(consumer::end_block(&mut chain), Ok(Vec::new()));
    assert_eq!(chain.written().len(), 2);
    assert_eq!(consumer::export_genesis(&chain), Ok(GenesisState::default()));
}

#[test]
fn an_established_chain_exports_a_document_from_which_it_starts_again() {
    let mut chain = started(&[update(1, 10), update(2, 20)]);
    consumer::begin_block(&mut chain).unwrap();
    receive(&mut chain, &vsc(7, &[update(3, 5)], &[])).unwrap();
    consumer::end_block(&mut chain).unwrap();
    let flagged = ConsumerAddr(key(2).address());
    state::OUTSTANDING_DOWNTIME.set(&mut chain, &flagged, &());
    let exported = consumer::export_genesis(&chain).unwrap();
    assert_eq!(exported.validate(), Ok(()));
    assert_eq!(exported.provider_channel_id, "channel-0");
    assert_eq!(exported.height_to_vsc_id, [(Height(0), VscId(0)), (Height(2), VscId(7))]);
    assert_eq!(exported.outstanding_downtime, [key(2).address().to_text("consumervalcons")]);
    assert_eq!(exported.provider.initial_val_set.len(), 3);
    let document = GenesisState::from_json(exported.to_json().as_bytes()).unwrap();
    assert_eq!(document, exported);

    let mut again = Chain::new();
    again.has_channel("consumer", "channel-0");
    let first = consumer::init_genesis(&mut again, &document).unwrap();
    assert_eq!(first, exported.provider.initial_val_set);
    assert_eq!(again.clients.len(), 0);
    assert_eq!(consumer::gate::is_open(&again), Ok(true));
    // As the reference does it, whoever starts in the set starts without a reported downtime.
    let expected = GenesisState { outstanding_downtime: Vec::new(), ..exported };
    assert_eq!(consumer::export_genesis(&again), Ok(expected));
}

#[test]
fn a_chain_in_the_handshake_exports_no_channel() {
    let chain = started(&[update(1, 10)]);
    let exported = consumer::export_genesis(&chain).unwrap();
    assert_eq!(exported.validate(), Ok(()));
    assert_eq!(exported.provider_client_id, "07-tendermint-0");
    assert_eq!(exported.provider_channel_id, "");
    assert!(!exported.new_chain);
}
