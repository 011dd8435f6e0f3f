//! Nothing that a node tells can be changed unnoticed, byte by byte.

use crate::light::balance_key;
use crate::light_client::{Block, Genesis, LightClient, Proven, Told, verify_next};
use crate::localnet::{Localnet, wait_for};
use serde_json::Value;

/// Pointers to every text and number below a value, but for what is no part of what the chain signed: whose turn it is.
fn leaves(value: &Value, at: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(name, _)| *name != "proposer_priority") {
                leaves(member, &format!("{at}/{name}"), into);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                leaves(item, &format!("{at}/{index}"), into);
            }
        }
        Value::String(_) | Value::Number(_) => into.push(at.to_owned()),
        Value::Bool(_) | Value::Null => {}
    }
}

/// Another character of the same kind, so that hex stays hex and base64 stays base64.
fn other(char: char) -> char {
    match char {
        '0'..='8' | 'A'..='E' | 'a'..='e' | 'g'..='y' | 'G'..='Y' => {
            char::from(u8::try_from(char).unwrap() + 1)
        }
        '9' => '0',
        'F' => 'A',
        'Z' => 'G',
        'f' => 'a',
        'z' => 'g',
        '+' => '/',
        '/' => '+',
        _ => '7',
    }
}

/// Every value that differs from this one in one character of one leaf, with where that is.
fn changed(value: &Value) -> Vec<(String, Value)> {
    let mut pointers = Vec::new();
    leaves(value, "", &mut pointers);
    let mut all = Vec::new();
    for pointer in pointers {
        let leaf = value.pointer(&pointer).unwrap();
        let others: Vec<Value> = match leaf {
            Value::Number(number) => vec![(number.as_u64().unwrap() + 1).into()],
            text => {
                let chars: Vec<char> = text.as_str().unwrap().chars().collect();
                let with = |index: usize| {
                    let mut chars = chars.clone();
                    chars[index] = other(chars[index]);
                    Value::String(chars.into_iter().collect())
                };
                (0..chars.len()).map(with).collect()
            }
        };
        for (index, leaf) in others.into_iter().enumerate() {
            let mut bad = value.clone();
            *bad.pointer_mut(&pointer).unwrap() = leaf;
            all.push((format!("{pointer} [{index}]"), bad));
        }
    }
    all
}

/// What a node told of a block, and everything that is verified beside it.
struct Case<'a> {
    genesis: &'a Genesis,
    before: Option<&'a Block>,
    told: Told,
    after: &'a Block,
}

impl Case<'_> {
    /// The block follows the one before it, and the next one follows it.
    fn verify(&self, told: &Told) -> Result<Block, String> {
        let block = told.parse()?;
        match self.before {
            Some(before) => verify_next(before, &block)?,
            None => self.genesis.verify_first(&block)?,
        }
        verify_next(&block, self.after)?;
        Ok(block)
    }

    /// Changes everything; gives how much that was.
    fn refuses_every_change(&self) -> usize {
        let good = self.verify(&self.told).unwrap();
        let mut count = 0;
        let mut refuse = |what: String, told: &Told| {
            // The last character before the padding of base64 has bits that say nothing.
            if told.parse().as_ref() != Ok(&good) {
                count += 1;
                assert!(self.verify(told).is_err(), "{what} at {} is accepted", told.height);
            }
        };
        for (what, signed_header) in changed(&self.told.commit["signed_header"]) {
            let mut told = self.told.clone();
            told.commit["signed_header"] = signed_header;
            refuse(what, &told);
        }
        for page in 0..self.told.set.len() {
            for (what, bad) in changed(&self.told.set[page]) {
                let mut told = self.told.clone();
                told.set[page] = bad;
                refuse(format!("set {what}"), &told);
            }
        }
        for page in 0..self.told.next.len() {
            for (what, bad) in changed(&self.told.next[page]) {
                let mut told = self.told.clone();
                told.next[page] = bad;
                refuse(format!("next set {what}"), &told);
            }
        }
        count
    }
}

#[test]
fn no_character_of_a_header_a_vote_or_a_set_can_be_changed() {
    let network = Localnet::ready();
    for place in 0..3 {
        let mut chain = LightClient::new(network.rpc(place));
        chain.follow();
        // The first block, and one in the middle of everything.
        for height in [1, chain.height() / 2] {
            let case = Case {
                genesis: &chain.genesis,
                before: chain.blocks.get(&(height - 1)),
                told: Told::by(&chain.node, height),
                after: &chain.blocks[&(height + 1)],
            };
            let count = case.refuses_every_change();
            assert!(count > 1_500, "only {count} changes");
        }
    }
}

/// Changes every byte of value, key, name and proof.
fn refuses_every_flip(proven: &Proven, app_hash: &[u8]) -> usize {
    assert_eq!(proven.verify(app_hash), Ok(()));
    let mut count = 0;
    let mut refuse = |what: &str, index: usize, bad: &Proven| {
        count += 1;
        assert!(bad.verify(app_hash).is_err(), "{what} [{index}] of {:02x?} is accepted", proven.key);
    };
    for bit in [0x01, 0x80] {
        for index in 0..proven.value.len() {
            let mut bad = proven.clone();
            bad.value[index] ^= bit;
            refuse("value", index, &bad);
        }
        for index in 0..proven.key.len() {
            let mut bad = proven.clone();
            bad.key[index] ^= bit;
            refuse("key", index, &bad);
        }
        for op in 0..proven.ops.len() {
            for index in 0..proven.ops[op].1.len() {
                let mut bad = proven.clone();
                bad.ops[op].1[index] ^= bit;
                refuse("name", index, &bad);
            }
            for index in 0..proven.ops[op].2.len() {
                let mut bad = proven.clone();
                bad.ops[op].2[index] ^= bit;
                refuse("proof", index, &bad);
            }
        }
        for index in 0..app_hash.len() {
            let mut other = app_hash.to_vec();
            other[index] ^= bit;
            assert!(proven.verify(&other).is_err(), "app hash [{index}]");
        }
    }
    let mut bad = proven.clone();
    bad.value.push(0);
    refuse("one byte more", 0, &bad);
    count
}

#[test]
fn no_byte_of_a_value_or_a_proof_can_be_changed() {
    let network = Localnet::ready();
    for place in 0..3 {
        let mut chain = LightClient::new(network.rpc(place));
        chain.follow();
        wait_for("state that is not the first", || {
            chain.follow();
            (chain.height() > 10).then_some(())
        });
        let height = chain.height() - 1;
        let own = if place == 0 { ("provider", vec![1]) } else { ("ccvconsumer", vec![4]) };
        let absent_own = (own.0, vec![200]);
        let cases = [
            ("ibc", b"clients/07-tendermint-0/clientState".to_vec()),
            ("ibc", b"connections/connection-0".to_vec()),
            ("ibc", b"connections/connection-9".to_vec()),
            ("ibc", b"a".to_vec()),
            ("ibc", b"zzzz".to_vec()),
            ("bank", balance_key(&ics_world::topology::key(0).unwrap().address().0)),
            ("bank", balance_key(&[7; 20])),
            own,
            absent_own,
        ];
        // Asked for first: the node keeps the state of the last hundred blocks.
        let proofs = cases.map(|(store, key)| chain.proven(store, &key, height));
        for proven in &proofs {
            let count = refuses_every_flip(proven, chain.app_hash(height + 1));
            assert!(count > 300, "only {count} flips");
        }
    }
}
