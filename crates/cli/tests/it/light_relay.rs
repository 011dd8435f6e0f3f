//! Relaying leaves a trace: every action can be searched for, and was paid for.

use crate::light::{balance, balance_key};
use crate::light_client::{LightClient, bytes, number};
use crate::localnet::{Localnet, wait_for};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ics_proto::cosmos::tx::v1beta1::{AuthInfo, TxBody, TxRaw};
use ics_world::topology;
use prost::Message as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// What a relayer does: the message, and the event and attribute by which people look for it.
const ACTIONS: [(&str, &str, &str); 12] = [
    ("/ibc.core.client.v1.MsgUpdateClient", "update_client", "client_id"),
    ("/ibc.core.connection.v1.MsgConnectionOpenInit", "connection_open_init", "connection_id"),
    ("/ibc.core.connection.v1.MsgConnectionOpenTry", "connection_open_try", "connection_id"),
    ("/ibc.core.connection.v1.MsgConnectionOpenAck", "connection_open_ack", "connection_id"),
    ("/ibc.core.connection.v1.MsgConnectionOpenConfirm", "connection_open_confirm", "connection_id"),
    ("/ibc.core.channel.v1.MsgChannelOpenInit", "channel_open_init", "channel_id"),
    ("/ibc.core.channel.v1.MsgChannelOpenTry", "channel_open_try", "channel_id"),
    ("/ibc.core.channel.v1.MsgChannelOpenAck", "channel_open_ack", "channel_id"),
    ("/ibc.core.channel.v1.MsgChannelOpenConfirm", "channel_open_confirm", "channel_id"),
    ("/ibc.core.channel.v1.MsgRecvPacket", "recv_packet", "packet_sequence"),
    ("/ibc.core.channel.v1.MsgAcknowledgement", "acknowledge_packet", "packet_sequence"),
    ("/ibc.core.channel.v1.MsgTimeout", "timeout_packet", "packet_sequence"),
];

struct Tx {
    hash: String,
    height: u64,
    messages: Vec<String>,
    result: Value,
}

/// Every transaction that a key signed, read from the blocks themselves.
fn signed_by(chain: &LightClient, key: &[u8], tip: u64) -> Vec<Tx> {
    let mut found = Vec::new();
    for height in 1..=tip {
        let params = json!({"height": height.to_string()});
        let block = chain.node.call("block", &params);
        let txs = block["block"]["data"]["txs"].as_array().unwrap().clone();
        let hashes: Vec<Vec<u8>> = txs.iter().map(|tx| Sha256::digest(bytes(tx)).to_vec()).collect();
        // The header vouches for the transactions of its block.
        let root =
            tendermint::merkle::simple_hash_from_byte_vectors::<tendermint::crypto::default::Sha256>(&hashes);
        let header = &chain.blocks[&height].signed.header;
        assert_eq!(header.data_hash, Some(tendermint::Hash::Sha256(root)), "transactions of {height}");
        if txs.is_empty() {
            continue;
        }
        let results = chain.node.call("block_results", &params);
        for (index, tx) in txs.iter().enumerate() {
            let raw = TxRaw::decode(bytes(tx).as_slice()).unwrap();
            let auth = AuthInfo::decode(raw.auth_info_bytes.as_slice()).unwrap();
            let signer = auth.signer_infos[0].public_key.clone().unwrap().value;
            if !signer.ends_with(key) {
                continue;
            }
            let body = TxBody::decode(raw.body_bytes.as_slice()).unwrap();
            found.push(Tx {
                hash: hex::encode_upper(&hashes[index]),
                height,
                messages: body.messages.into_iter().map(|message| message.type_url).collect(),
                result: results["txs_results"][index].clone(),
            });
        }
    }
    found
}

/// Verifies the proof that `tx` gives: from the leaf, which is the transaction's hash, up to the header's data hash.
fn verify_inclusion(chain: &LightClient, tx: &Tx) {
    let hash = hex::decode(&tx.hash).unwrap();
    let answer = chain.node.call("tx", &json!({"hash": BASE64.encode(&hash), "prove": true}));
    assert_eq!(answer["height"], tx.height.to_string());
    let proof = &answer["proof"]["proof"];
    let (mut index, mut total) = (number(&proof["index"]), number(&proof["total"]));
    let aunts: Vec<Vec<u8>> = proof["aunts"].as_array().unwrap().iter().map(bytes).collect();
    // Where the way up turns: true where the aunt is on the left. The greatest power of two below the total is left.
    let mut turns = Vec::new();
    while total > 1 {
        let left = total.next_power_of_two() / 2;
        turns.push(index >= left);
        (index, total) = if index >= left { (index - left, total - left) } else { (index, left) };
    }
    assert_eq!(aunts.len(), turns.len());
    let mut root = Sha256::new().chain_update([0]).chain_update(&hash).finalize();
    for (aunt, is_left) in aunts.iter().zip(turns.iter().rev()) {
        let (left, right) = if *is_left { (&aunt[..], &root[..]) } else { (&root[..], &aunt[..]) };
        root = Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize();
    }
    let header = &chain.blocks[&tx.height].signed.header;
    assert_eq!(header.data_hash.unwrap().as_bytes(), &root[..], "proof of {}", tx.hash);
}

/// Values of an attribute of the events of a type.
fn attributes<'a>(result: &'a Value, event: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    let events = result["events"].as_array().unwrap().iter().filter(move |found| found["type"] == event);
    let attributes = events.flat_map(|event| event["attributes"].as_array().unwrap());
    attributes.filter(move |found| found["key"] == key).map(|found| found["value"].as_str().unwrap())
}

fn hashes(found: &[Value]) -> BTreeSet<String> {
    found.iter().map(|tx| tx["hash"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_relay_action_is_found_by_search_and_the_relayer_paid_for_it() {
    let network = Localnet::ready();
    let key = topology::key(topology::RELAYER_INDEX).unwrap();
    let mut seen = BTreeSet::new();
    for place in 0..3 {
        let mut chain = LightClient::new(network.rpc(place));
        if place == 0 {
            // The last of the bring-up's actions comes a few blocks after the network is ready.
            let query = "acknowledge_packet.packet_sequence='1'";
            let found = wait_for("acknowledgement", || chain.node.search(query).into_iter().next());
            let height = number(&found["height"]);
            wait_for("block after it", || (chain.node.tip() > height).then_some(()));
        }
        chain.follow();
        let prefix = if place == 0 { topology::PROVIDER_PREFIX } else { topology::CONSUMER_PREFIX };
        let address = key.address().to_text(prefix);
        let tip = chain.height() - 1;
        // Asked for first: the node keeps the state of the last hundred blocks.
        let left = balance(&chain.proven("bank", &balance_key(&key.address().0), tip));
        let txs = signed_by(&chain, &key.public().to_bytes(), tip);
        let until = |found: Vec<Value>| -> Vec<Value> {
            found.into_iter().filter(|tx| number(&tx["height"]) <= tip).collect()
        };

        for tx in &txs {
            assert_eq!(tx.result["code"], 0, "{}", tx.result);
            assert_eq!(
                hashes(&chain.node.search(&format!("tx.hash='{}'", tx.hash))),
                [tx.hash.clone()].into()
            );
            verify_inclusion(&chain, tx);
            for url in &tx.messages {
                let (_, event, key) =
                    ACTIONS.iter().find(|(known, ..)| known == url).unwrap_or_else(|| panic!("{url}"));
                seen.insert((place > 0, url.clone()));
                let by_action = chain.node.search(&format!("message.action='{url}'"));
                assert!(hashes(&by_action).contains(&tx.hash), "{url} at {}", tx.height);
                let mut values = attributes(&tx.result, event, key).peekable();
                assert!(values.peek().is_some(), "no {event}.{key} at {}: {}", tx.height, tx.result);
                for value in values {
                    let query = format!("{event}.{key}='{value}'");
                    assert!(
                        hashes(&chain.node.search(&query)).contains(&tx.hash),
                        "{query} at {}",
                        tx.height
                    );
                }
            }
        }

        let expected: BTreeSet<String> = txs.iter().map(|tx| tx.hash.clone()).collect();
        assert!(expected.len() > 4, "{expected:?}");
        let paid = until(chain.node.search(&format!("tx.fee_payer='{address}'")));
        assert_eq!(hashes(&paid), expected);
        assert_eq!(hashes(&until(chain.node.search(&format!("message.sender='{address}'")))), expected);
        let fees: u128 = paid
            .iter()
            .flat_map(|tx| attributes(&tx["tx_result"], "tx", "fee"))
            .map(|fee| fee.strip_suffix("stake").unwrap().parse::<u128>().unwrap())
            .sum();
        assert!(fees > 0);
        assert_eq!(left, topology::FUNDS - fees, "{address} at {tip}");
    }
    let of = |consumer: bool| -> Vec<&str> {
        let urls = seen.iter().filter(|(of, _)| *of == consumer);
        urls.map(|(_, url)| url.rsplit('.').next().unwrap()).collect()
    };
    let provider = of(false);
    let consumer = of(true);
    for wanted in ["MsgUpdateClient", "MsgConnectionOpenTry", "MsgConnectionOpenConfirm", "MsgChannelOpenTry"]
    {
        assert!(provider.contains(&wanted), "{wanted} in {provider:?}");
    }
    for wanted in ["MsgConnectionOpenInit", "MsgConnectionOpenAck", "MsgChannelOpenInit", "MsgChannelOpenAck"]
    {
        assert!(consumer.contains(&wanted), "{wanted} in {consumer:?}");
    }
    assert!(provider.contains(&"MsgAcknowledgement"), "{provider:?}");
    assert!(provider.contains(&"MsgChannelOpenConfirm") && consumer.contains(&"MsgRecvPacket"));
}
