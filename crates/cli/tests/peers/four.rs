//! Four validators, a node each: one is killed with -9 and started again. What docs/cometbft.md shows is what happens: its
//! commands are typed, their output compared.

use crate::comet;
use crate::node::{Between, Node, PATIENCE, ics, keyring, provider, wait_for};
use crate::page::{Typed, are_printed, typed};
use ics_node::node_home::Peer;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const PAGE: &str = include_str!("../../../../docs/cometbft.md");
/// Where the part of the page begins that is typed elsewhere.
const LOCALNET: &str = "## The local network on CometBFT";
/// The page's port of the first node's RPC, and how far the others' lie apart.
const RPC: (u16, u16) = (26_657, 10);

struct Network {
    nodes: Vec<Node>,
    keys: PathBuf,
}

impl Network {
    fn node(&mut self, home: &str) -> &mut Node {
        let number: usize = home.strip_prefix("node").unwrap().parse().unwrap();
        &mut self.nodes[number - 1]
    }

    /// Types a command; gives what it prints.
    fn type_in(&mut self, command: &str) -> String {
        let words: Vec<&str> = command.split(' ').collect();
        match words.as_slice() {
            ["ics", "start", "--home", home, "--address", _, "&"] => {
                let node = self.node(home);
                let before = node.app_said();
                node.start_app();
                let said = wait_for("application that waits", || {
                    let said = node.app_said().split_off(before.len());
                    said.ends_with('\n').then_some(said)
                });
                said.replace(node.home.to_str().unwrap(), home)
            }
            ["cometbft", "start", "--home", home, "--proxy_app", _, "&"] => {
                self.node(home).start_comet();
                String::new()
            }
            ["pkill", "-9", "-f", home] => {
                self.node(home).kill();
                String::new()
            }
            ["ics", words @ ..] => {
                let word = |word: &&str| match *word {
                    "keys" => self.keys.to_str().unwrap().to_owned(),
                    other => self.moved(other),
                };
                let output = ics().args(words.iter().map(word)).output().unwrap();
                String::from_utf8(output.stdout).unwrap()
            }
            _ => panic!("the page types `{command}`"),
        }
    }

    /// An address of the page where it really is.
    fn moved(&self, word: &str) -> String {
        let port = word.strip_prefix("http://127.0.0.1:").map(|port| port.parse::<u16>().unwrap());
        port.map_or_else(|| word.to_owned(), |port| self.nodes[usize::from((port - RPC.0) / RPC.1)].url())
    }

    /// Types a command; a question again until the answer is that of the page.
    fn follow(&mut self, typed: &Typed) {
        let Typed { command, shown } = typed;
        let began = Instant::now();
        loop {
            let printed = self.type_in(command);
            if !(printed.is_empty() && command.starts_with("ics")) && are_printed(shown, &printed) {
                return;
            }
            let again = command.starts_with("ics query") && began.elapsed() < PATIENCE;
            assert!(again, "$ {command}\n{printed}is not\n{}", shown.join("\n"));
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

#[test]
fn three_of_four_go_on_without_the_fourth_and_it_catches_up_as_the_page_shows() {
    if comet::program().is_none() {
        return;
    }
    let genesis = provider(4);
    let mut nodes: Vec<Node> = (1..=4).map(|number| Node::new(number, &genesis, Between::Unix)).collect();
    let peers: Vec<Peer> = nodes.iter().map(Node::peer).collect();
    nodes.iter_mut().for_each(|node| node.connect(&peers));
    let folder = tempfile::tempdir().unwrap();
    let keys = keyring(folder.path());
    let mut network = Network { nodes, keys };

    let typed = typed(PAGE.split(LOCALNET).next().unwrap());
    for step in &typed {
        network.follow(step);
    }
    assert_eq!(typed.len(), 14, "the page has its commands");
    let nodes = &mut network.nodes;
    let (last, _) = nodes[0].block(None).unwrap();
    nodes.iter_mut().for_each(|node| drop(node.wait_beyond(last)));
    for height in 1..=last + 1 {
        let seen: Vec<_> = nodes.iter().map(|node| node.block(Some(height)).unwrap()).collect();
        assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
    }
    let powers = nodes[3].powers().unwrap();
    assert_eq!(powers.iter().filter(|power| *power == "109").count(), 1, "{powers:?}");
}

#[test]
fn gaps_of_the_page_stand_for_what_is_there_and_no_more() {
    let shown = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    assert!(are_printed(&shown(&["height: …", "…", "code: 0"]), "height: 7\nhash: a\ncode: 0\n"));
    assert!(are_printed(&shown(&["at … waits"]), "at 7 waits\n"));
    assert!(!are_printed(&shown(&["code: 0", "height: …"]), "height: 7\ncode: 0\n"));
    assert!(!are_printed(&shown(&["at … waits"]), "at 7 ends\n"));
}
