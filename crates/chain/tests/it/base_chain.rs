//! A chain for tests: five funded accounts, two of which run a validator, and blocks of one second.

use ics_abci::{
    Application, Block, BlockResult, Check, ConsAddr, ConsKey, Event, Genesis, Height, Init, Params, Query,
    Time, TxResult, ValAddr,
};
use ics_chain::genesis::AppState;
use ics_chain::modules::auth::{AuthGenesis, GenesisAccount};
use ics_chain::modules::bank::{BankGenesis, Coins, GenesisBalance};
use ics_chain::modules::genutil::Genutil;
use ics_chain::modules::{auth, bank, staking};
use ics_chain::roles::STANDALONE;
use ics_chain::{App, Config, Role};
use ics_client::{Account, Body, Fee, Key};
use ics_kv::rows::{Batch, Memory};
use ics_proto::Any;
use std::time::Duration;

pub const FUNDS: u128 = 1_000_000_000_000;
pub const CHAIN_ID: &str = "base-1";
/// Stake of the two validators of genesis, in millions.
pub const STAKES: [u128; 2] = [100, 90];

pub fn key(index: u8) -> Key {
    Key::from_secret(&[index + 1; 32]).unwrap()
}

pub fn cons_key(index: u8) -> ConsKey {
    ConsKey::Ed25519([index + 101; 32])
}

pub fn address(index: u8) -> String {
    key(index).address().to_text("cosmos")
}

pub fn valoper(index: u8) -> String {
    operator(index).to_text("cosmosvaloper")
}

pub fn operator(index: u8) -> ValAddr {
    ValAddr(key(index).address().0)
}

pub fn coin(amount: u128) -> ics_client::Coin {
    ics_client::Coin { denom: "stake".into(), amount }
}

pub fn config() -> Config {
    Config {
        chain_id: CHAIN_ID.into(),
        prefix: "cosmos",
        initial_height: Height(1),
        min_gas_prices: vec![("stake".into(), "0.001".parse().unwrap())],
        keep: 100,
        moniker: "base".into(),
        rules: ics_ccv::Rules::default(),
    }
}

pub fn app_state() -> AppState {
    let accounts = (0..5_u8).map(|i| GenesisAccount::new(address(i), u64::from(i))).collect();
    let balances = (0..5_u8)
        .map(|i| GenesisBalance { address: address(i), coins: Coins::one("stake", FUNDS) })
        .collect();
    let gen_tx = |i: u8| gen_tx(i, &founder(i));
    AppState {
        auth: AuthGenesis { accounts, ..AuthGenesis::default() },
        bank: BankGenesis { balances, supply: Coins::one("stake", 5 * FUNDS), ..BankGenesis::default() },
        genutil: Genutil { gen_txs: vec![gen_tx(0), gen_tx(1)] },
        ..AppState::default()
    }
}

/// A validator of genesis.
pub fn founder(index: u8) -> ics_client::msgs::NewValidator {
    new_validator(index, STAKES[usize::from(index)] * 1_000_000)
}

/// A genesis transaction that an account signs.
pub fn gen_tx(signer: u8, new: &ics_client::msgs::NewValidator) -> serde_json::Value {
    let body = Body::of(vec![ics_client::msgs::create_validator(new)]);
    let tx = ics_client::sign_genesis(&body, &key(signer), CHAIN_ID).unwrap();
    serde_json::from_str(&ics_proto::json::to_json_of(&tx).unwrap()).unwrap()
}

pub fn genesis(app_state: &AppState) -> Genesis {
    Genesis {
        chain_id: CHAIN_ID.into(),
        time: start(),
        initial_height: Height(1),
        params: Params::default(),
        validators: vec![],
        app_state: serde_json::to_vec(app_state).unwrap(),
    }
}

pub fn start() -> Time {
    Time::parse("2024-01-01T00:00:00.5Z").unwrap()
}

pub struct Chain {
    pub app: App,
    pub init: Init,
    pub now: Time,
    pub disk: Memory,
}

impl Chain {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(amend: impl FnOnce(&mut AppState)) -> Self {
        Self::in_role(&STANDALONE, amend)
    }

    /// A chain after its first block.
    pub fn in_role(role: &'static Role, amend: impl FnOnce(&mut AppState)) -> Self {
        let mut state = app_state();
        amend(&mut state);
        let mut app = App::new(config(), role);
        let init = app.init_chain(&genesis(&state)).unwrap();
        let mut chain = Self { app, init, now: start(), disk: Memory::default() };
        chain.block(&[]);
        chain
    }

    /// A chain that was imported, before its first block.
    pub fn resume(app: App, now: Time) -> Self {
        let init = Init { validators: vec![], app_hash: app.app_hash() };
        Self { app, init, now, disk: Memory::default() }
    }

    pub fn next(&self, txs: &[Vec<u8>]) -> Block {
        Block {
            height: Height(self.app.store().next_height()),
            time: self.now,
            hash: [1; 32],
            next_validators_hash: [2; 32],
            proposer: ConsAddr([3; 20]),
            txs: txs.to_vec(),
            last_commit: vec![],
            misbehavior: vec![],
        }
    }

    pub fn block(&mut self, txs: &[Vec<u8>]) -> BlockResult {
        let result = self.app.finalize_block(&self.next(txs)).unwrap();
        let writes: Batch = self.app.commit().unwrap().writes;
        self.disk.apply(writes);
        assert_eq!(self.app.app_hash(), result.app_hash);
        self.now = self.now.plus(Duration::from_secs(1)).unwrap();
        result
    }

    /// One transaction in a block of its own.
    pub fn deliver(&mut self, draft: &Draft) -> TxResult {
        let tx = draft.sign(self);
        self.block(&[tx]).txs.remove(0)
    }

    pub fn check(&mut self, draft: &Draft) -> TxResult {
        let tx = draft.sign(self);
        self.app.check_tx(&tx, Check::New)
    }

    pub fn pass(&mut self, duration: Duration) {
        self.now = self.now.plus(duration).unwrap();
    }

    pub fn state(&self) -> ics_store::Snapshot {
        self.app.reader().state(Height(0)).unwrap()
    }

    pub fn balance(&self, index: u8) -> u128 {
        bank::balance(&self.state(), &key(index).address(), "stake").unwrap()
    }

    pub fn account(&self, index: u8) -> Account {
        let account = auth::account(&self.state(), &key(index).address()).unwrap().unwrap();
        Account { number: account.number, sequence: account.sequence }
    }

    pub fn pools(&self) -> (u128, u128) {
        let pool = |name| staking::tokens_of(&self.state(), name).unwrap();
        (pool(staking::BONDED_POOL), pool(staking::NOT_BONDED_POOL))
    }

    pub fn query(&self, path: &str, data: &impl prost::Message) -> ics_abci::Answer {
        self.app.query(&Query {
            path: path.into(),
            data: data.encode_to_vec(),
            height: Height(0),
            prove: false,
        })
    }

    pub fn ask<R: prost::Message + Default>(&self, path: &str, data: &impl prost::Message) -> R {
        let answer = self.query(path, data);
        assert_eq!((answer.code, answer.log.as_str()), (0, ""), "{path}");
        assert_eq!(answer.height, self.app.height());
        R::decode(answer.value.as_slice()).unwrap()
    }
}

/// A transaction to be signed, with what may be wrong about it.
#[derive(Clone)]
pub struct Draft {
    pub signers: Vec<u8>,
    pub body: Body,
    pub fee: Fee,
    pub chain_id: String,
    /// In place of what the chain expects.
    pub number: Option<u64>,
    pub sequence: Option<u64>,
}

impl Draft {
    pub fn of(signer: u8, messages: Vec<Any>) -> Self {
        Self {
            signers: vec![signer],
            body: Body::of(messages),
            fee: Fee { amount: vec![coin(2_000)], gas_limit: 2_000_000 },
            chain_id: CHAIN_ID.into(),
            number: None,
            sequence: None,
        }
    }

    pub fn send(from: u8, to: u8, amount: u128) -> Self {
        Self::of(from, vec![send(from, to, amount)])
    }

    pub fn delegate(from: u8, validator: u8, amount: u128) -> Self {
        Self::of(from, vec![ics_client::msgs::delegate(&address(from), &valoper(validator), &coin(amount))])
    }

    pub fn undelegate(from: u8, validator: u8, amount: u128) -> Self {
        Self::of(from, vec![ics_client::msgs::undelegate(&address(from), &valoper(validator), &coin(amount))])
    }

    pub fn create_validator(index: u8, amount: u128) -> Self {
        Self::of(index, vec![ics_client::msgs::create_validator(&new_validator(index, amount))])
    }

    pub fn sign(&self, chain: &Chain) -> Vec<u8> {
        let keys: Vec<Key> = self.signers.iter().map(|i| key(*i)).collect();
        let signers: Vec<(&Key, Account)> = self
            .signers
            .iter()
            .zip(&keys)
            .map(|(index, key)| {
                let known = chain.account(*index);
                let account = Account {
                    number: self.number.unwrap_or(known.number),
                    sequence: self.sequence.unwrap_or(known.sequence),
                };
                (key, account)
            })
            .collect();
        ics_client::sign(&self.body, &self.fee, &self.chain_id, &signers).bytes
    }
}

pub fn send(from: u8, to: u8, amount: u128) -> Any {
    ics_client::msgs::send(&address(from), &address(to), &[coin(amount)])
}

pub fn new_validator(index: u8, amount: u128) -> ics_client::msgs::NewValidator {
    ics_client::msgs::NewValidator {
        operator: valoper(index),
        key: cons_key(index),
        moniker: format!("val{index}"),
        details: String::new(),
        self_delegation: coin(amount),
        self_delegation_min: 1,
        commission: "0.1".parse().unwrap(),
        commission_max: "0.2".parse().unwrap(),
        commission_change_max: "0.01".parse().unwrap(),
    }
}

/// An event as text: `kind{key=value,…}`.
pub fn text(event: &Event) -> String {
    let attributes: Vec<String> =
        event.attributes.iter().map(|attribute| format!("{}={}", attribute.key, attribute.value)).collect();
    format!("{}{{{}}}", event.kind, attributes.join(","))
}

pub fn outcome(result: &TxResult) -> (String, u32, String) {
    (result.codespace.clone(), result.code, result.log.clone())
}

pub fn refused(codespace: &str, code: u32, log: &str) -> (String, u32, String) {
    (codespace.into(), code, log.into())
}

pub fn good() -> (String, u32, String) {
    refused("", 0, "")
}
