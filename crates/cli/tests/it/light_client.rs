//! A light client over HTTP. It knows a chain's genesis document and trusts nothing else; what it verifies with are the
//! tendermint crates and ics23, never this project's code.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ics23::commitment_proof::Proof;
use ics23::{CommitmentProof, HostFunctionsManager, calculate_existence_root};
use prost::Message as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tendermint::block::CommitSig;
use tendermint::block::signed_header::SignedHeader;
use tendermint::crypto::default::Sha256;
use tendermint::crypto::default::signature::Verifier as SignatureVerifier;
use tendermint::merkle::simple_hash_from_byte_vectors;
use tendermint::validator::{Info, Set};
use tendermint::vote::{SignedVote, Type, Vote};
use tendermint::{Hash, PublicKey, Time};
use tendermint_light_client_verifier::options::Options;
use tendermint_light_client_verifier::types::{TrustThreshold, TrustedBlockState, UntrustedBlockState};
use tendermint_light_client_verifier::{ProdVerifier, Verdict, Verifier};
use tendermint_proto::v0_38::types::CommitSig as RawCommitSig;

/// A node's JSON-RPC.
pub(crate) struct Node {
    url: String,
    agent: ureq::Agent,
}

impl Node {
    pub(crate) fn new(url: String) -> Self {
        let agent = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(120))).build();
        Self { url, agent: agent.into() }
    }

    /// The whole answer; none where nobody listens.
    pub(crate) fn ask(&self, method: &str, params: &Value) -> Option<Value> {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let request = self.agent.post(&self.url).header("content-type", "application/json");
        let text = request.send(body.as_str()).ok()?.body_mut().read_to_string().ok()?;
        Some(serde_json::from_str(&text).unwrap())
    }

    pub(crate) fn call(&self, method: &str, params: &Value) -> Value {
        let mut answer = self.ask(method, params).unwrap_or_else(|| panic!("{} does not answer", self.url));
        assert!(answer.get("error").is_none(), "{method} {params}: {answer}");
        answer["result"].take()
    }

    pub(crate) fn tip(&self) -> u64 {
        number(&self.call("status", &json!({}))["sync_info"]["latest_block_height"])
    }

    /// All pages of a set, two members each.
    pub(crate) fn validators(&self, height: u64) -> Vec<Value> {
        let mut pages: Vec<Value> = Vec::new();
        loop {
            let page = pages.len() + 1;
            let params = json!({"height": height.to_string(), "page": page.to_string(), "per_page": "2"});
            let answer = self.call("validators", &params);
            let total = number(&answer["total"]);
            pages.push(answer);
            let seen: u64 = pages.iter().map(|page| number(&page["count"])).sum();
            if seen >= total {
                return pages;
            }
        }
    }

    pub(crate) fn commit(&self, height: u64) -> Value {
        self.call("commit", &json!({"height": height.to_string()}))
    }

    /// All transactions that `query` finds, as the search gives them.
    pub(crate) fn search(&self, query: &str) -> Vec<Value> {
        let mut found = Vec::new();
        for page in 1.. {
            let params =
                json!({"query": query, "page": page.to_string(), "per_page": "20", "order_by": "asc"});
            let answer = self.call("tx_search", &params);
            found.extend(answer["txs"].as_array().unwrap().iter().cloned());
            if found.len() as u64 >= number(&answer["total_count"]) {
                break;
            }
        }
        found
    }

    /// The value of a key after a block, with its proof.
    pub(crate) fn prove(&self, store: &str, key: &[u8], height: u64) -> Proven {
        let params = json!({
            "path": format!("store/{store}/key"),
            "data": hex::encode(key),
            "height": height.to_string(),
            "prove": true,
        });
        let answer = self.call("abci_query", &params);
        let response = &answer["response"];
        assert_eq!(response["code"], 0, "{store} {key:02x?} at {height}: {response}");
        assert_eq!(number(&response["height"]), height);
        assert_eq!(bytes(&response["key"]), key);
        let ops = response["proofOps"]["ops"].as_array().unwrap().iter();
        Proven {
            store: store.to_owned(),
            key: key.to_vec(),
            value: if response["value"].is_null() { Vec::new() } else { bytes(&response["value"]) },
            ops: ops
                .map(|op| (op["type"].as_str().unwrap().to_owned(), bytes(&op["key"]), bytes(&op["data"])))
                .collect(),
        }
    }
}

pub(crate) fn number(value: &Value) -> u64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value} is no number"))
}

fn says(value: &Value, number: u64) -> bool {
    value.as_str().and_then(|text| text.parse().ok()) == Some(number)
}

pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    BASE64.decode(value.as_str().unwrap()).unwrap()
}

/// A value, or that there is none, and why that is so.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Proven {
    pub(crate) store: String,
    pub(crate) key: Vec<u8>,
    /// Empty: there is none.
    pub(crate) value: Vec<u8>,
    /// Type, key and data of each.
    pub(crate) ops: Vec<(String, Vec<u8>, Vec<u8>)>,
}

fn ensure(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

impl Proven {
    /// Verifies both levels against the app hash of the next header.
    pub(crate) fn verify(&self, app_hash: &[u8]) -> Result<(), String> {
        let [(iavl_type, iavl_key, iavl), (simple_type, simple_key, simple)] = self.ops.as_slice() else {
            return Err("two levels".to_owned());
        };
        ensure(iavl_type == "ics23:iavl" && simple_type == "ics23:simple", "types")?;
        ensure(*iavl_key == self.key && *simple_key == self.store.as_bytes(), "keys")?;
        let decode = |data: &[u8]| CommitmentProof::decode(data).map_err(|error| error.to_string());
        let (iavl, simple) = (decode(iavl)?, decode(simple)?);
        let Some(Proof::Exist(store)) = &simple.proof else { return Err("the store exists".to_owned()) };
        // What the simple proof speaks of is the store's root.
        let root = store.value.clone();
        calculate_existence_root::<HostFunctionsManager>(store).map_err(|error| error.to_string())?;
        let app_hash = &app_hash.to_vec();
        let in_app = ics23::verify_membership::<HostFunctionsManager>(
            &simple,
            &ics23::tendermint_spec(),
            app_hash,
            self.store.as_bytes(),
            &root,
        );
        ensure(in_app, "the store's root is in the app hash")?;
        let spec = ics23::iavl_spec();
        if let Some(Proof::Nonexist(absence)) = &iavl.proof {
            ensure(absence.key == self.key && self.value.is_empty(), "the absent key")?;
            let absent = ics23::verify_non_membership::<HostFunctionsManager>(&iavl, &spec, &root, &self.key);
            return ensure(absent, "the key is absent");
        }
        let present =
            ics23::verify_membership::<HostFunctionsManager>(&iavl, &spec, &root, &self.key, &self.value);
        ensure(present, "the key has the value")
    }
}

/// A header, its commit, its set and the next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Block {
    pub(crate) signed: SignedHeader,
    pub(crate) set: Set,
    pub(crate) next: Set,
}

/// A block as a node tells of it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) height: u64,
    pub(crate) commit: Value,
    /// Pages.
    pub(crate) set: Vec<Value>,
    /// Pages.
    pub(crate) next: Vec<Value>,
}

fn member(value: &Value) -> Result<Info, String> {
    ensure(value["pub_key"]["type"] == "tendermint/PubKeyEd25519", "key type")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let key = BASE64.decode(text(&value["pub_key"]["value"])).map_err(|error| error.to_string())?;
    let key = PublicKey::from_raw_ed25519(&key).ok_or("key")?;
    let power: u64 = text(&value["voting_power"]).parse().map_err(|_| "power")?;
    let info = Info::new(key, power.try_into().map_err(|_| "power")?);
    ensure(info.address.to_string() == text(&value["address"]), "address")?;
    Ok(info)
}

/// The set of some pages; a set keeps its order in its hash.
fn set(pages: &[Value], height: u64) -> Result<Set, String> {
    let mut members = Vec::new();
    for page in pages {
        let listed = page["validators"].as_array().ok_or("list")?;
        ensure(says(&page["block_height"], height), "height")?;
        ensure(says(&page["count"], listed.len() as u64), "count")?;
        for value in listed {
            members.push(member(value)?);
        }
    }
    ensure(pages.iter().all(|page| says(&page["total"], members.len() as u64)), "total")?;
    Ok(Set::without_proposer(members))
}

impl Told {
    pub(crate) fn by(node: &Node, height: u64) -> Self {
        Self {
            height,
            commit: node.commit(height),
            set: node.validators(height),
            next: node.validators(height + 1),
        }
    }

    pub(crate) fn parse(&self) -> Result<Block, String> {
        // The tendermint crates panic over base64 that is none.
        for sig in self.commit["signed_header"]["commit"]["signatures"].as_array().ok_or("signatures")? {
            let text = sig["signature"].as_str().unwrap_or_default();
            BASE64.decode(text).map_err(|error| error.to_string())?;
        }
        let signed: SignedHeader = serde_json::from_value(self.commit["signed_header"].clone())
            .map_err(|error| error.to_string())?;
        ensure(signed.header.height.value() == self.height, "height")?;
        Ok(Block { signed, set: set(&self.set, self.height)?, next: set(&self.next, self.height + 1)? })
    }
}

fn options() -> Options {
    Options {
        trust_threshold: TrustThreshold::ONE_THIRD,
        trusting_period: Duration::from_secs(14 * 86_400),
        clock_drift: Duration::from_secs(10),
    }
}

fn success(verdict: Verdict) -> Result<(), String> {
    match verdict {
        Verdict::Success => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

/// The verifier stops where more than two thirds have signed; here every signature that is there must be good.
fn every_signature(block: &Block) -> Result<(), String> {
    let commit = &block.signed.commit;
    ensure(commit.signatures.len() == block.set.validators().len(), "one place per validator")?;
    for (index, (sig, info)) in commit.signatures.iter().zip(block.set.validators()).enumerate() {
        let (validator_address, timestamp, signature, block_id) = match sig {
            CommitSig::BlockIdFlagAbsent => continue,
            CommitSig::BlockIdFlagCommit { validator_address, timestamp, signature } => {
                (*validator_address, *timestamp, signature, Some(commit.block_id))
            }
            CommitSig::BlockIdFlagNil { validator_address, timestamp, signature } => {
                (*validator_address, *timestamp, signature, None)
            }
        };
        ensure(validator_address == info.address, "whose signature")?;
        let vote = Vote {
            vote_type: Type::Precommit,
            height: commit.height,
            round: commit.round,
            block_id,
            timestamp: Some(timestamp),
            validator_address,
            validator_index: u32::try_from(index).unwrap().try_into().unwrap(),
            signature: signature.clone(),
            extension: Vec::new(),
            extension_signature: None,
        };
        let vote = SignedVote::from_vote(vote, block.signed.header.chain_id.clone()).ok_or("no signature")?;
        info.verify_signature::<SignatureVerifier>(&vote.sign_bytes(), vote.signature())
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn commit_hash(block: &Block) -> Hash {
    let leaf = |sig: &CommitSig| RawCommitSig::from(sig.clone()).encode_to_vec();
    let leaves: Vec<Vec<u8>> = block.signed.commit.signatures.iter().map(leaf).collect();
    Hash::Sha256(simple_hash_from_byte_vectors::<Sha256>(&leaves))
}

/// Verifies a block against the one before it.
pub(crate) fn verify_next(trusted: &Block, block: &Block) -> Result<(), String> {
    let header = &trusted.signed.header;
    let untrusted = UntrustedBlockState {
        signed_header: &block.signed,
        validators: &block.set,
        next_validators: Some(&block.next),
    };
    let state = TrustedBlockState {
        chain_id: &header.chain_id,
        header_time: header.time,
        height: header.height,
        next_validators: &trusted.next,
        next_validators_hash: header.next_validators_hash,
    };
    success(ProdVerifier::default().verify_update_header(untrusted, state, &options(), Time::now()))?;
    every_signature(block)?;
    let next = &block.signed.header;
    ensure(next.height == header.height.increment(), "the next height")?;
    ensure(next.last_block_id == Some(trusted.signed.commit.block_id), "the last block's id")?;
    ensure(next.last_commit_hash == Some(commit_hash(trusted)), "the last block's commit")
}

/// What a genesis document says, computed here.
pub(crate) struct Genesis {
    pub(crate) document: Value,
    set: Set,
}

impl Genesis {
    pub(crate) fn of(node: &Node) -> Self {
        let document = node.call("genesis", &json!({}))["genesis"].take();
        let state = &document["app_state"];
        let mut members: Vec<Info> = Vec::new();
        let key = |text: &Value| PublicKey::from_raw_ed25519(&bytes(text)).unwrap();
        for tx in state["genutil"]["gen_txs"].as_array().into_iter().flatten() {
            let message = &tx["body"]["messages"][0];
            // A million of the staked coin is one power.
            let power = number(&message["value"]["amount"]) / 1_000_000;
            members.push(Info::new(key(&message["pubkey"]["key"]), power.try_into().unwrap()));
        }
        for update in state["ccvconsumer"]["provider"]["initial_val_set"].as_array().into_iter().flatten() {
            members.push(Info::new(
                key(&update["pub_key"]["ed25519"]),
                number(&update["power"]).try_into().unwrap(),
            ));
        }
        // By power, the greatest first, then by address.
        members.sort_by_key(|info| (std::cmp::Reverse(info.power), info.address));
        Self { document, set: Set::without_proposer(members) }
    }

    /// Verifies the first block: its set is that of the genesis, which signed it.
    pub(crate) fn verify_first(&self, block: &Block) -> Result<(), String> {
        let header = &block.signed.header;
        ensure(header.validators_hash == self.set.hash(), "the set of the genesis")?;
        ensure(header.chain_id.as_str() == self.document["chain_id"], "chain id")?;
        ensure(header.height.to_string() == self.document["initial_height"].as_str().unwrap(), "height")?;
        let time = Time::parse_from_rfc3339(self.document["genesis_time"].as_str().unwrap()).unwrap();
        ensure(header.time == time, "the first block has the time of the genesis")?;
        ensure(header.last_block_id.is_none(), "nothing before it")?;
        let untrusted = UntrustedBlockState {
            signed_header: &block.signed,
            validators: &block.set,
            next_validators: Some(&block.next),
        };
        let verifier = ProdVerifier::default();
        success(verifier.verify_validator_sets(&untrusted))?;
        success(verifier.check_header_is_from_past(&untrusted, &options(), Time::now()))?;
        success(verifier.verify_commit(&untrusted))?;
        every_signature(block)
    }
}

/// A chain followed from its genesis, header by header.
pub(crate) struct LightClient {
    pub(crate) node: Node,
    pub(crate) genesis: Genesis,
    pub(crate) blocks: BTreeMap<u64, Block>,
}

impl LightClient {
    /// Knows the genesis, and has verified nothing yet.
    pub(crate) fn new(url: String) -> Self {
        let node = Node::new(url);
        let genesis = Genesis::of(&node);
        Self { node, genesis, blocks: BTreeMap::new() }
    }

    /// The last verified height.
    pub(crate) fn height(&self) -> u64 {
        self.blocks.last_key_value().map_or(0, |(height, _)| *height)
    }

    pub(crate) fn last(&self) -> &Block {
        self.blocks.last_key_value().unwrap().1
    }

    /// Verifies every block up to a height.
    pub(crate) fn follow_to(&mut self, tip: u64) {
        for height in self.height() + 1..=tip {
            let block = Told::by(&self.node, height).parse().unwrap();
            let verified = match self.blocks.get(&(height - 1)) {
                Some(trusted) => verify_next(trusted, &block),
                None => self.genesis.verify_first(&block),
            };
            assert_eq!(verified, Ok(()), "{} at {height}", block.signed.header.chain_id);
            self.blocks.insert(height, block);
        }
    }

    /// Verifies every block up to the tip, at least two; those too that are made meanwhile, but for a few, so that the
    /// node still has the state that the last ones speak of.
    pub(crate) fn follow(&mut self) {
        let mut tip =
            crate::localnet::wait_for("second block", || Some(self.node.tip()).filter(|tip| *tip >= 2));
        while self.height() < tip {
            self.follow_to(tip);
            tip = self.node.tip().saturating_sub(20);
        }
    }

    pub(crate) fn app_hash(&self, height: u64) -> &[u8] {
        self.blocks[&height].signed.header.app_hash.as_bytes()
    }

    /// A key's value after a block, verified with the next header; empty where it is proven absent.
    pub(crate) fn proven(&self, store: &str, key: &[u8], height: u64) -> Proven {
        let proven = self.node.prove(store, key, height);
        assert_eq!(proven.verify(self.app_hash(height + 1)), Ok(()), "{store} {key:02x?} at {height}");
        proven
    }
}
