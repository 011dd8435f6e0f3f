use super::{receive, started, update, vsc};
use ics_ccv::consumer::Error;
use ics_ccv::consumer::query::{self, ChainInfo, Ends};

#[test]
fn both_ends_are_known_once_the_channel_is_established() {
    let mut chain = started(&[update(1, 10)]);
    assert_eq!(query::provider_info(&chain), Err(Error::ChannelNotFound));
    assert_eq!(Error::ChannelNotFound.to_string(), "channel not found");
    receive(&mut chain, &vsc(1, &[], &[])).unwrap();
    let expected = Ends {
        consumer: ChainInfo {
            chain_id: "consumer-1".to_string(),
            client_id: "07-tendermint-0".into(),
            connection_id: "connection-0".into(),
            channel_id: "channel-0".into(),
        },
        provider: ChainInfo {
            chain_id: "provider-1".to_string(),
            client_id: "07-tendermint-5".into(),
            connection_id: "connection-7".into(),
            channel_id: "channel-9".into(),
        },
    };
    assert_eq!(query::provider_info(&chain), Ok(expected));
}

#[test]
fn the_parameters_are_those_of_genesis() {
    let chain = started(&[update(1, 10)]);
    assert_eq!(query::params(&chain).unwrap(), super::genesis(&[]).params);
}
