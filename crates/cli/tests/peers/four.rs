//! Four validators, a node each: one is killed with -9 and started again.

use crate::comet;
use crate::node::{Between, Node, provider, wait_for};

#[test]
fn three_of_four_go_on_without_the_fourth_and_it_catches_up() {
    if comet::program().is_none() {
        return;
    }
    let genesis = provider(4);
    let mut nodes: Vec<Node> = (1..=4).map(|number| Node::new(number, &genesis, Between::Unix)).collect();
    let peers: Vec<String> = nodes.iter().map(Node::peer).collect();
    let peers = format!("\"{}\"", peers.join(","));
    for node in &mut nodes {
        node.set(&[("persistent_peers", &peers)]);
        node.start();
    }
    let (met, _) = nodes[0].wait_beyond(3);
    assert_eq!(nodes[3].powers().unwrap(), ["100"; 4]);

    nodes[3].kill();
    let sent = nodes[1].delegate("9000000stake");
    assert!(sent.status.success(), "{sent:?}\n{}", nodes[1].logs());
    wait_for("power of the delegation", || {
        nodes[2].powers().filter(|powers| powers.iter().filter(|power| *power == "109").count() == 1)
    });
    let (ahead, _) = nodes[0].wait_beyond(met + 3);

    nodes[3].start();
    nodes[3].wait_beyond(ahead + 1);
    for height in 1..=ahead + 1 {
        let seen: Vec<_> = nodes.iter().map(|node| node.block(Some(height)).unwrap()).collect();
        assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
    }
}
