//! Journey: from the genesis validators of each chain, a verifier follows the network through a change of power.

use crate::light_client::{LightClient, Proven};
use crate::localnet::{Localnet, PATIENCE, free_port_offset, wait_for};
use serde_json::Value;
use std::time::Instant;

/// What stands in the store "ibc" of a chain whose first client, connection and channel have been made.
fn first_path(port: &str) -> [String; 3] {
    [
        "clients/07-tendermint-0/clientState".to_owned(),
        "connections/connection-0".to_owned(),
        format!("channelEnds/ports/{port}/channels/channel-0"),
    ]
}

/// Key of an account's balance in the store "bank": tag, length and address, length and denomination.
pub(crate) fn balance_key(address: &[u8]) -> Vec<u8> {
    [&[2, 0, 20], address, &[0, 5], b"stake"].concat()
}

/// The amount in a balance's value: 16 bytes, least significant first, and a mark.
pub(crate) fn balance(proven: &Proven) -> u128 {
    u128::from_le_bytes(proven.value[..16].try_into().unwrap())
}

fn clients(network: &Localnet) -> Vec<LightClient> {
    (0..3).map(|place| LightClient::new(network.rpc(place))).collect()
}

/// Proofs of what is and of what is not, in every store, after the block before the last verified one.
fn prove_all(chain: &LightClient, is_provider: bool) -> Vec<Proven> {
    let height = chain.height() - 1;
    let port = if is_provider { "provider" } else { "consumer" };
    let mut present: Vec<(&str, Vec<u8>)> = first_path(port).map(|key| ("ibc", key.into_bytes())).to_vec();
    let mut absent: Vec<(&str, Vec<u8>)> = vec![
        ("ibc", b"clients/07-tendermint-9/clientState".to_vec()),
        ("ibc", b"connections/connection-9".to_vec()),
        ("ibc", b"a".to_vec()),
        ("ibc", b"zzzz".to_vec()),
        ("bank", balance_key(&[7; 20])),
    ];
    let alice = ics_world::topology::key(0).unwrap().address();
    present.push(("bank", balance_key(&alice.0)));
    // A stored acknowledgement is on the chain that received; a commitment is gone once acknowledged.
    if is_provider {
        present.push(("ibc", b"nextSequenceSend/ports/provider/channels/channel-0".to_vec()));
        present.push(("provider", vec![1]));
        absent.push(("provider", vec![200]));
        absent.push(("ibc", b"commitments/ports/provider/channels/channel-0/sequences/1".to_vec()));
    } else {
        present.push(("ibc", b"nextSequenceRecv/ports/consumer/channels/channel-0".to_vec()));
        present.push(("ibc", b"acks/ports/consumer/channels/channel-0/sequences/1".to_vec()));
        present.push(("ccvconsumer", vec![4]));
        absent.push(("ccvconsumer", vec![200]));
        absent.push(("ibc", b"receipts/ports/consumer/channels/channel-0/sequences/1".to_vec()));
    }
    let mut proofs = Vec::new();
    for (expected, keys) in [(true, present), (false, absent)] {
        for (store, key) in keys {
            let proven = chain.proven(store, &key, height);
            assert_eq!(
                !proven.value.is_empty(),
                expected,
                "{store} {:?} at {height}",
                String::from_utf8_lossy(&key)
            );
            proofs.push(proven);
        }
    }
    proofs
}

#[test]
fn a_verifier_that_knows_only_the_genesis_validators_accepts_every_header_and_proof() {
    let network = Localnet::ready();
    let mut chains = clients(&network);
    let mut powers = Vec::new();
    for (place, chain) in chains.iter_mut().enumerate() {
        chain.follow();
        // The packet's acknowledgement reaches the provider a few blocks after the network is ready.
        wait_for("proofs", || {
            chain.follow();
            let height = chain.height() - 1;
            let commitment = b"commitments/ports/provider/channels/channel-0/sequences/1";
            (place > 0 || chain.proven("ibc", commitment, height).value.is_empty()).then_some(())
        });
        prove_all(chain, place == 0);
        powers.push(chain.last().next.total_voting_power().value());
    }
    assert_eq!(powers, [340, 340, 270]);

    let before: Vec<_> = chains.iter().map(|chain| chain.last().signed.header.next_validators_hash).collect();
    let facts = network.facts().unwrap();
    let operator = facts["validators"][0]["operator_address"].as_str().unwrap();
    let delegate =
        ["tx", "staking", "delegate", operator, "5000000stake", "--from", "alice", "-y", "-o", "json"];
    let output = network.run(&delegate);
    assert!(output.status.success(), "{output:?}");
    let included: Value = serde_json::from_slice(&output.stdout).unwrap();
    let height: u64 = included["height"].as_str().unwrap().parse().unwrap();

    let began = Instant::now();
    for (chain, before) in chains.iter_mut().zip(before) {
        while chain.last().signed.header.next_validators_hash == before {
            assert!(began.elapsed() < PATIENCE, "{} keeps its set", chain.genesis.document["chain_id"]);
            chain.follow();
        }
    }
    for (chain, power) in chains.iter_mut().zip(powers) {
        assert_eq!(chain.last().next.total_voting_power().value(), power + 5);
        assert_eq!(chain.last().next.validators()[0].power(), 105);
    }
    let provider = &chains[0];
    let changed =
        provider.blocks.values().find(|block| block.next.total_voting_power().value() == 345).unwrap();
    // The set that a block changes signs two heights later: the next header names it as the one to come.
    assert_eq!(changed.signed.header.height.value(), height + 1);

    for (place, chain) in chains.iter_mut().enumerate() {
        // Two more blocks, signed by the new set.
        let tip = chain.height() + 2;
        wait_for("two more blocks", || (chain.node.tip() >= tip).then_some(()));
        chain.follow();
        prove_all(chain, place == 0);
    }
}

#[test]
fn at_height_one_the_provider_has_no_client_no_connection_and_no_channel() {
    // Blocks come slowly once nobody relays, so that the state of the first is kept for minutes.
    let folder = tempfile::tempdir().unwrap();
    let slow = ["--relayer", "none", "--block-time", "5s"];
    let network = Localnet::launch_with(folder.path(), free_port_offset(), &slow);
    let provider = crate::light_client::Node::new(network.rpc(0));
    wait_for("provider", || provider.ask("genesis", &serde_json::json!({})));
    let mut provider = LightClient::new(network.rpc(0));
    provider.follow();
    let mut absent = first_path("provider").to_vec();
    absent.extend(first_path("consumer"));
    absent.extend(first_path("transfer"));
    absent.push("nextSequenceSend/ports/provider/channels/channel-0".to_owned());
    for key in &absent {
        assert_eq!(provider.proven("ibc", key.as_bytes(), 1).value, b"", "{key}");
    }
    // The same proofs speak of nothing but height 1.
    let proven = provider.node.prove("ibc", absent[0].as_bytes(), 1);
    assert!(proven.verify(&[0; 32]).is_err());
}
