//! A consumer is closed to everybody but the relayer until its provider has spoken.

use crate::light_client::{Node, number};
use crate::localnet::{Localnet, free_port_offset, wait_for};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ics_client::{Account, Body, Coin, Fee, msgs, sign};
use ics_world::topology;
use serde_json::{Value, json};

/// Alice's first transaction on a consumer: one coin to Bob. The genesis gave her account number 0.
fn first_send(chain_id: &str) -> Vec<u8> {
    let address = |index| topology::key(index).unwrap().address().to_text(topology::CONSUMER_PREFIX);
    let coin = |amount| Coin { denom: topology::DENOM.to_owned(), amount };
    let body = Body::of(vec![msgs::send(&address(0), &address(1), &[coin(1)])]);
    let fee = Fee { amount: vec![coin(200)], gas_limit: 200_000 };
    sign(&body, &fee, chain_id, &[(&topology::key(0).unwrap(), Account { number: 0, sequence: 0 })]).bytes
}

fn broadcast(node: &Node, tx: &[u8]) -> Option<Value> {
    let answer = node.ask("broadcast_tx_sync", &json!({"tx": BASE64.encode(tx)}))?;
    Some(answer["result"].clone())
}

#[test]
fn a_send_on_a_consumer_is_refused_before_its_first_validator_set_update_and_included_after_it() {
    let (folder, offset) = (tempfile::tempdir().unwrap(), free_port_offset());
    // No update comes while nobody relays.
    let mut network = Localnet::launch_with(folder.path(), offset, &["--relayer", "none"]);
    let tx = first_send("consumer-1");
    let node = Node::new(network.rpc(1));
    let refused = wait_for("answer of consumer-1", || broadcast(&node, &tx));
    assert_eq!(refused["code"], 1, "{refused}");
    assert_eq!(refused["codespace"], "undefined", "{refused}");
    let log = refused["log"].as_str().unwrap();
    let height = log
        .strip_prefix("tx contains unsupported message types at height ")
        .unwrap_or_else(|| panic!("{log}"));
    let height: u64 = height.parse().unwrap();

    network.kill();
    let mut network = Localnet::launch_in(folder.path(), offset);
    network.wait_ready();
    let received = node.search("recv_packet.packet_sequence='1'");
    assert_eq!(received.len(), 1);
    let first_update = number(&received[0]["height"]);
    assert!(height <= first_update, "refused at {height}, updated at {first_update}");

    let accepted = broadcast(&node, &tx).unwrap();
    assert_eq!(accepted["code"], 0, "{accepted}");
    let query = format!("tx.hash='{}'", accepted["hash"].as_str().unwrap());
    let included = wait_for("block with the send", || node.search(&query).into_iter().next());
    assert_eq!(included["tx_result"]["code"], 0, "{included}");
    assert!(number(&included["height"]) > first_update);
    assert_eq!(BASE64.decode(included["tx"].as_str().unwrap()).unwrap(), tx);
}

#[test]
fn the_first_send_of_an_account_is_given_enough_gas() {
    let network = Localnet::ready();
    for (from, node) in [("ivan", 0), ("ivan", 1), ("judy", 2), ("ivan", 0)] {
        let output =
            network.run(&["tx", "bank", "send", from, "bob", "1stake", "-y", "--node", &network.rpc(node)]);
        assert!(output.status.success(), "{from} on {node}: {output:?}");
    }
}
