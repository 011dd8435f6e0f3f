//! What ABCI leaves to applications, under a real CometBFT: forgetting blocks, strangers at the door, double signatures.

use crate::comet;
use crate::node::{Between, Node, PATIENCE, provider, wait_for};
use ics_node::node_home::{NodeHome, Peer, with};
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

#[test]
fn cometbft_forgets_the_blocks_that_the_application_lets_go() {
    if comet::program().is_none() {
        return;
    }
    let mut genesis = provider(1);
    genesis["consensus_params"]["evidence"]["max_age_num_blocks"] = "2".into();
    let mut node = Node::new(1, &genesis, Between::Unix);
    let home = NodeHome::at(&node.home);
    let settings = std::fs::read_to_string(home.app_toml()).unwrap();
    let settings = with(&settings, &[("min-retain-blocks", "5".to_owned())]).unwrap();
    std::fs::write(home.app_toml(), settings).unwrap();
    node.start();
    let (height, _) = node.wait_beyond(12);
    // The block that is the first now may be forgotten before it is asked for.
    wait_for("blocks that are gone and one that is there", || {
        let status = node.get("status")?;
        let earliest = status["sync_info"]["earliest_block_height"].as_str()?.parse::<u64>().ok()?;
        (earliest > 1 && node.block(Some(earliest)).is_some()).then_some(())
    });
    assert!(node.block(Some(1)).is_none());
    // It goes on from there after both were killed.
    node.kill();
    node.start();
    node.wait_beyond(height + 2);
}

#[test]
fn a_stranger_s_bytes_are_answered_with_an_exception_and_the_chain_goes_on() {
    if comet::program().is_none() {
        return;
    }
    let mut node = Node::new(1, &provider(1), Between::Tcp);
    node.start();
    let (height, _) = node.wait_beyond(1);
    let address = node.address();
    let mut stranger = TcpStream::connect(address.strip_prefix("tcp://").unwrap()).unwrap();
    stranger.set_read_timeout(Some(PATIENCE)).unwrap();
    // Three bytes: a field that says it is longer than what comes.
    stranger.write_all(&[3, 0x0a, 0x7f, 0x00]).unwrap();
    let mut answer = [0_u8; 64];
    let read = stranger.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert!(answer.contains("a request was refused: it does not decode"), "{answer:?}");
    // A length beyond any message ends that connection, and no other.
    stranger.write_all(&[0xff; 16]).unwrap();
    let mut rest = Vec::new();
    stranger.read_to_end(&mut rest).unwrap();
    let (later, _) = node.wait_beyond(height + 2);
    assert!(node.app_said().contains("a request was refused: it does not decode"), "{}", node.logs());
    assert!(later > height);
}

#[test]
fn evidence_of_a_double_signature_comes_in_a_block_and_does_no_harm() {
    if comet::program().is_none() {
        return;
    }
    let genesis = provider(4);
    // The fourth node signs with the first one's key; val4 is away.
    let mut nodes: Vec<Node> =
        [1, 2, 3, 1].iter().map(|number| Node::new(*number, &genesis, Between::Unix)).collect();
    let peers: Vec<Peer> = nodes.iter().map(Node::peer).collect();
    for node in &mut nodes {
        node.connect(&peers);
        node.start();
    }
    let culprit = ics_world::topology::consensus_key("val1").address();
    let mut height = 1;
    let found = wait_for("block with evidence", || {
        let block = nodes[1].get(&format!("block?height={height}"))?;
        let evidence = block.pointer("/block/evidence/evidence")?.as_array()?.clone();
        height += 1;
        evidence.into_iter().next()
    });
    assert_eq!(found["type"], "tendermint/DuplicateVoteEvidence");
    assert_eq!(found["value"]["vote_a"]["validator_address"], hex::encode_upper(culprit.0));
    let at = height - 1;
    for node in &mut nodes[1..3] {
        node.wait_beyond(at + 2);
    }
    for height in at..=at + 2 {
        let seen: BTreeSet<_> =
            nodes[1..3].iter().map(|node| node.block(Some(height)).unwrap().1.app_hash).collect();
        assert_eq!(seen.len(), 1, "height {height}");
    }
    assert_eq!(nodes[1].powers().unwrap(), ["100", "100", "100", "100"], "evidence is not punished yet");
}
