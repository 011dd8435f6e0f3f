//! A chain of the test: an application of a few words, an engine, rows in memory and a virtual clock.

use ics_abci::*;
use ics_engine::evidence::EvidenceError;
use ics_engine::{Engine, EngineError, Keyring, Made, Signing, TxRefused};
use ics_kv::rows::Memory;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;

/// Transactions are words: `set KEY VALUE`, `unset KEY`, `need KEY`, `power SEED POWER`, `gas WANTED`, `fail`, `bad`, `gasmax N`, `once KEY`.
#[derive(Clone, Default)]
pub struct Words {
    pub committed: BTreeMap<String, String>,
    working: Option<BTreeMap<String, String>>,
    params: Params,
    pub blocks: Vec<Block>,
    pub reject: bool,
    pub prepared: Option<Vec<Vec<u8>>>,
    pub extra_result: bool,
}

fn hash_of(state: &BTreeMap<String, String>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for (key, value) in state {
        hasher.update(format!("{key}={value};"));
    }
    hasher.finalize().into()
}

fn answer(code: u32, log: &str) -> TxResult {
    TxResult { code, log: log.into(), gas_wanted: 10, gas_used: 7, ..TxResult::default() }
}

impl Application for Words {
    type Writes = Vec<(String, String)>;

    fn init_chain(&mut self, genesis: &Genesis) -> Result<Init, Halt> {
        self.params = genesis.params.clone();
        if genesis.app_state == b"broken" {
            return Err(Halt("broken genesis".into()));
        }
        Ok(Init { validators: Vec::new(), app_hash: hash_of(&self.committed) })
    }

    fn check_tx(&mut self, tx: &[u8], _: Check) -> TxResult {
        let text = String::from_utf8_lossy(tx).into_owned();
        match text.split(' ').collect::<Vec<_>>()[..] {
            ["bad"] => answer(3, "bad"),
            ["once", key] if self.committed.contains_key(key) => answer(4, "already"),
            ["gas", wanted] => TxResult { gas_wanted: wanted.parse().unwrap(), ..TxResult::default() },
            _ => answer(0, ""),
        }
    }

    fn prepare(&self, proposal: Proposal) -> Vec<Vec<u8>> {
        self.prepared.clone().unwrap_or(proposal.txs)
    }

    fn process(&self, _: &Proposal) -> Verdict {
        if self.reject { Verdict::Reject } else { Verdict::Accept }
    }

    fn finalize_block(&mut self, block: &Block) -> Result<BlockResult, Halt> {
        let mut state = self.committed.clone();
        let mut validators = Vec::new();
        let mut params = None;
        let mut txs = Vec::new();
        for tx in &block.txs {
            let text = String::from_utf8_lossy(tx).into_owned();
            let mut result = answer(0, "");
            match text.split(' ').collect::<Vec<_>>()[..] {
                ["set", key, value] => {
                    state.insert(key.into(), value.into());
                    result.data = value.as_bytes().to_vec();
                    result.events = vec![
                        Event::new("set").with("key", key).with("value", value),
                        Event::new("message").with("action", "set"),
                    ];
                }
                ["once", key] => {
                    state.insert(key.into(), "1".into());
                }
                ["power", seed, power] => validators
                    .push(ValUpdate { key: key(seed.parse().unwrap()), power: power.parse().unwrap() }),
                ["gasmax", max] => {
                    self.params.block_max_gas = max.parse().unwrap();
                    params = Some(self.params.clone());
                }
                ["unset", key] => {
                    state.remove(key);
                }
                ["need", key] if !state.contains_key(key) => result = answer(6, "missing"),
                ["fail"] => result = answer(5, "failed"),
                _ => {}
            }
            txs.push(result);
        }
        if self.extra_result {
            txs.push(answer(0, ""));
        }
        let app_hash = hash_of(&state);
        self.working = Some(state);
        self.blocks.push(block.clone());
        let events = vec![Event::new("tick").with("height", block.height).with("mode", "BeginBlock")];
        Ok(BlockResult { events, txs, validators, params, app_hash })
    }

    fn commit(&mut self) -> Result<Commit<Self::Writes>, Halt> {
        self.committed = self.working.take().ok_or_else(|| Halt("nothing executed".into()))?;
        Ok(Commit { retain_height: Height(0), writes: self.committed.clone().into_iter().collect() })
    }

    fn query(&self, _: &Query) -> Answer {
        Answer::default()
    }
}

pub fn seed(n: u8) -> [u8; 32] {
    [n; 32]
}

pub fn key(n: u8) -> ConsKey {
    Keyring::default().add(seed(n))
}

pub fn addr(n: u8) -> ConsAddr {
    key(n).address()
}

/// Seeds 0 to 19.
pub fn keyring() -> Keyring {
    Keyring::from_seeds((0..20).map(seed))
}

pub fn genesis(powers: &[i64]) -> Genesis {
    Genesis {
        chain_id: "words-1".into(),
        time: Time::new(1_700_000_000, 5).unwrap(),
        initial_height: Height(1),
        params: Params::default(),
        validators: (0..).zip(powers).map(|(n, power)| ValUpdate { key: key(n), power: *power }).collect(),
        app_state: Vec::new(),
    }
}

pub fn absent(seeds: &[u8]) -> Signing {
    Signing { absent: seeds.iter().map(|n| addr(*n)).collect(), ..Signing::default() }
}

pub fn nil(seeds: &[u8]) -> Signing {
    Signing { nil: seeds.iter().map(|n| addr(*n)).collect(), ..Signing::default() }
}

pub struct Chain {
    pub app: Words,
    pub engine: Engine,
    pub rows: Memory,
    pub now: Time,
}

pub type Block1 = Made<Vec<(String, String)>>;

impl Chain {
    /// Validators with seeds 0, 1, …
    pub fn start(powers: &[i64]) -> Self {
        Self::from(&genesis(powers))
    }

    pub fn from(genesis: &Genesis) -> Self {
        let mut app = Words::default();
        let engine = Engine::start(genesis, keyring(), &mut app).unwrap();
        Self { app, engine, rows: Memory::default(), now: genesis.time }
    }

    pub fn submit(&mut self, tx: &str) -> Result<TxResult, TxRefused> {
        self.engine.check_tx(&mut self.app, tx.as_bytes())
    }

    /// Hands in evidence, and writes it.
    pub fn add(&mut self, evidence: &Evidence) -> Result<(), EvidenceError> {
        self.engine.add_evidence(evidence, |batch| {
            self.rows.apply(batch);
            Ok(())
        })
    }

    /// A block one second later, signed by all.
    pub fn block(&mut self) -> Block1 {
        self.block_signed(&Signing::default()).unwrap()
    }

    pub fn block_signed(&mut self, signing: &Signing) -> Result<Block1, EngineError> {
        self.now = self.now.plus(Duration::from_secs(1)).unwrap();
        let made = self.engine.produce(&mut self.app, self.now, signing)?;
        self.rows.apply(made.batch.clone());
        Ok(made)
    }

    /// A block with these transactions, all of which must be taken.
    pub fn block_of(&mut self, txs: &[&str]) -> Block1 {
        for tx in txs {
            assert_eq!(self.submit(tx).unwrap().code, 0, "{tx}");
        }
        let made = self.block();
        assert_eq!(made.txs.len(), txs.len());
        made
    }
}
