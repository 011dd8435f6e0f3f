//! The types of an unmodified client read our answers, and an unmodified light client follows them.

use crate::rpc_chain::Net;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ics_engine::header::tx_hash;
use serde_json::{Value, json};
use std::time::Duration;
use tendermint::validator::Set;
use tendermint_light_client_verifier::options::Options;
use tendermint_light_client_verifier::types::{TrustThreshold, TrustedBlockState, UntrustedBlockState};
use tendermint_light_client_verifier::{ProdVerifier, Verdict, Verifier as _};
use tendermint_rpc::{Response, endpoint};

fn read<R: Response>(net: &Net, method: &str, params: Value) -> R {
    let text = net.text(method, params);
    R::from_string(&text).unwrap_or_else(|error| panic!("{method}: {error}: {text}"))
}

#[test]
fn the_types_of_an_unmodified_client_read_every_answer() {
    let net = Net::busy();
    let status: endpoint::status::Response = read(&net, "status", json!({}));
    assert_eq!(status.sync_info.latest_block_height.value(), 5);
    assert!(!status.sync_info.catching_up);
    let block: endpoint::block::Response = read(&net, "block", json!({"height": "3"}));
    assert_eq!(block.block.header.hash(), block.block_id.hash);
    assert_eq!(block.block.data.len(), 3);
    let first: endpoint::block::Response = read(&net, "block", json!({"height": "1"}));
    assert_eq!(first.block.header.hash(), first.block_id.hash);
    let commit: endpoint::commit::Response = read(&net, "commit", json!({}));
    assert_eq!(commit.signed_header.header.hash(), commit.signed_header.commit.block_id.hash);
    let header: endpoint::header::Response = read(&net, "header", json!({"height": "3"}));
    assert_eq!(header.header, block.block.header);
    let validators: endpoint::validators::Response = read(&net, "validators", json!({}));
    assert_eq!((validators.total, validators.block_height.value()), (3, 6));
    let params: endpoint::consensus_params::Response = read(&net, "consensus_params", json!({}));
    assert_eq!(params.consensus_params.block.max_gas, -1);
    let results: endpoint::block_results::Response = read(&net, "block_results", json!({"height": "4"}));
    assert_eq!(results.validator_updates.len(), 2);
    assert_eq!(results.finalize_block_events.len(), 1);
    let tx: endpoint::tx::Response =
        read(&net, "tx", json!({"hash": STANDARD.encode(tx_hash(b"set a 3")), "prove": true}));
    assert_eq!((tx.height.value(), tx.index, tx.tx), (3, 0, b"set a 3".to_vec()));
    let found: endpoint::tx_search::Response = read(&net, "tx_search", json!({"query": "set.key='a'"}));
    assert_eq!((found.total_count, found.txs.len()), (2, 2));
    let blocks: endpoint::block_search::Response =
        read(&net, "block_search", json!({"query": "tick.height='3'"}));
    assert_eq!(blocks.blocks[0].block, block.block);
    let info: endpoint::abci_info::Response = read(&net, "abci_info", json!({}));
    assert_eq!(info.response.last_block_height.value(), 5);
    let query: endpoint::abci_query::Response =
        read(&net, "abci_query", json!({"path": "store/words/key", "data": "61", "prove": true}));
    assert_eq!(query.response.proof.unwrap().ops.len(), 2);
    let sent: endpoint::broadcast::tx_sync::Response =
        read(&net, "broadcast_tx_sync", json!({"tx": STANDARD.encode("set e 1")}));
    assert_eq!(sent.hash.as_bytes(), tx_hash(b"set e 1"));
    let info: endpoint::net_info::Response = read(&net, "net_info", json!({}));
    assert_eq!(info.n_peers, 0);
    let _: endpoint::health::Response = read(&net, "health", json!({}));
}

/// A block as a light client fetches it: the commit, the set that signed it, the set after it.
fn fetch(net: &Net, height: u64) -> (tendermint::block::signed_header::SignedHeader, Set, Set) {
    let commit: endpoint::commit::Response = read(net, "commit", json!({"height": height.to_string()}));
    let set = |height: u64| {
        let found: endpoint::validators::Response =
            read(net, "validators", json!({"height": height.to_string(), "per_page": "100"}));
        Set::without_proposer(found.validators)
    };
    (commit.signed_header, set(height), set(height + 1))
}

#[test]
fn an_unmodified_light_client_follows_the_headers_it_fetches_up_to_the_tip() {
    let net = Net::busy();
    let options = Options {
        trust_threshold: TrustThreshold::ONE_THIRD,
        trusting_period: Duration::from_secs(100_000),
        clock_drift: Duration::from_secs(10),
    };
    for (from, to) in [(1, 2), (2, 3), (3, 4), (4, 5), (1, 5), (2, 5)] {
        let (trusted, _, next) = fetch(&net, from);
        let (untrusted, validators, next_validators) = fetch(&net, to);
        let verdict = ProdVerifier::default().verify_update_header(
            UntrustedBlockState {
                signed_header: &untrusted,
                validators: &validators,
                next_validators: Some(&next_validators),
            },
            TrustedBlockState {
                chain_id: &trusted.header.chain_id,
                header_time: trusted.header.time,
                height: trusted.header.height,
                next_validators: &next,
                next_validators_hash: trusted.header.next_validators_hash,
            },
            &options,
            untrusted.header.time.checked_add(Duration::from_secs(5)).unwrap(),
        );
        assert_eq!(verdict, Verdict::Success, "{from} to {to}");
    }
}
