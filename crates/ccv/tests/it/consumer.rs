//! The consumer, step by step.

mod blocks;
mod genesis;
mod handshake;
mod packets;
mod properties;
mod query;

use crate::host_consumer::Chain;
use ics_abci::{ConsKey, Event, Power, Time, ValUpdate};
use ics_ccv::consumer::{self, Error};
use ics_ccv::id::{ChannelId, RevisionHeight, VscId};
use ics_ccv::wire::Ack;
use ics_ccv::wire::genesis::{
    ClientState, ConsensusState, ConsumerParams, DurationNs, GenesisState, ProviderInfo, sdk_proof_specs,
};
use ics_ccv::wire::vsc::ValidatorSetChange;

fn key(n: u8) -> ConsKey {
    ConsKey::Ed25519([n; 32])
}

fn update(n: u8, power: Power) -> ValUpdate {
    ValUpdate { key: key(n), power }
}

fn genesis(validators: &[ValUpdate]) -> GenesisState {
    let client_state = ClientState {
        chain_id: "provider-1".into(),
        trust_level: (1, 3),
        trusting_period: DurationNs::from_secs(1_197_504),
        unbonding_period: DurationNs::from_secs(1_814_400),
        max_clock_drift: DurationNs::from_secs(10),
        frozen_height: RevisionHeight::default(),
        latest_height: RevisionHeight { revision: 1, height: 24 },
        proof_specs: sdk_proof_specs(),
        upgrade_path: vec!["upgrade".to_string(), "upgradedIBCState".to_string()],
        allow_update_after_expiry: false,
        allow_update_after_misbehaviour: false,
    };
    let consensus_state = ConsensusState {
        timestamp: Time::new(1_700_000_000, 0).unwrap(),
        root: vec![7; 32],
        next_validators_hash: vec![8; 32],
    };
    GenesisState {
        params: ConsumerParams { enabled: true, ..ConsumerParams::default() },
        new_chain: true,
        provider: ProviderInfo {
            client_state: Some(client_state),
            consensus_state: Some(consensus_state),
            initial_val_set: validators.to_vec(),
        },
        ..GenesisState::default()
    }
}

/// A chain after its genesis, at height 1, with a channel that a packet may come on.
fn started(validators: &[ValUpdate]) -> Chain {
    let mut chain = Chain::new();
    let first = consumer::init_genesis(&mut chain, &genesis(validators)).unwrap();
    assert_eq!(first, validators);
    chain.has_channel("consumer", "channel-0");
    chain.height = 1;
    chain
}

fn vsc(id: u64, updates: &[ValUpdate], slash_acks: &[&str]) -> Vec<u8> {
    let slash_acks = slash_acks.iter().map(|ack| (*ack).to_string()).collect();
    ValidatorSetChange { updates: updates.to_vec(), id: VscId(id), slash_acks }.encode()
}

fn receive(chain: &mut Chain, data: &[u8]) -> Result<Ack, Error> {
    consumer::on_recv(chain, &ChannelId::from("channel-0"), data)
}

fn packet_event(id: u64, success: bool) -> Event {
    Event::new("ccv_packet").with("module", "CCV").with("valset_update_id", id).with("success", success)
}
