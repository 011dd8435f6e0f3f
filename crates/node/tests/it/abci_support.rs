//! A served chain, and a client that speaks ABCI to it as CometBFT does: by frames on a socket.

use ics_abci::Time;
use ics_node::abci::{Address, Ended, Notice, Options, StartError, run};
use ics_node::app_toml::Overrides;
use ics_world::{Plan, genesis_json, provider_genesis};
use prost::Message as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use tendermint_proto::google::protobuf::{Duration as RawDuration, Timestamp};
use tendermint_proto::v0_38::abci::{
    Request, RequestFinalizeBlock, RequestInitChain, Response, ResponseException, request, response,
};
use tendermint_proto::v0_38::types as raw;

/// When the chain begins, seconds.
pub(crate) const GENESIS_S: i64 = 1_800_000_000;

/// A home of a provider with one validator.
pub(crate) fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("config");
    fs::create_dir(&config).unwrap();
    fs::write(config.join("genesis.json"), genesis_json(&genesis()).unwrap()).unwrap();
    fs::write(config.join("app.toml"), "role = \"provider\"\n[grpc]\nenable = false\n").unwrap();
    home
}

fn genesis() -> ics_abci::Genesis {
    provider_genesis(&Plan::of(&[100_000_000], 0), Time::new(GENESIS_S, 0).unwrap()).unwrap()
}

/// A chain that is served; it is stopped when this is dropped.
pub(crate) struct Served {
    pub(crate) addr: SocketAddr,
    pub(crate) height: u64,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<Ended, StartError>>>,
}

impl Served {
    pub(crate) fn start(home: &Path) -> Self {
        Self::start_with(home, Overrides::default())
    }

    /// With options of the command line.
    pub(crate) fn start_with(home: &Path, overrides: Overrides) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (told, listening) = mpsc::channel();
        let options = Options {
            home: home.to_owned(),
            address: "tcp://127.0.0.1:0".parse().unwrap(),
            overrides,
            node: None,
        };
        let flag = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            run(&options, &flag, &mut |notice| {
                if let Notice::Listening { address: Address::Tcp(addr), height, .. } = notice {
                    told.send((addr, height.0)).unwrap();
                }
            })
        });
        let (addr, height) = listening.recv_timeout(Duration::from_secs(600)).unwrap();
        Self { addr, height, stop, thread: Some(thread) }
    }

    pub(crate) fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.addr).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(600))).unwrap();
        Client(stream)
    }

    /// What became of it, after it was told to stop.
    pub(crate) fn stop(mut self) -> Result<Ended, StartError> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }

    /// What became of it, without being told to.
    pub(crate) fn end(mut self) -> Result<Ended, StartError> {
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A connection.
pub(crate) struct Client(pub(crate) TcpStream);

impl Client {
    pub(crate) fn ask(&mut self, request: request::Value) -> response::Value {
        self.send(request);
        self.answer().unwrap()
    }

    pub(crate) fn send(&mut self, request: request::Value) {
        let bytes = Request { value: Some(request) }.encode_length_delimited_to_vec();
        self.0.write_all(&bytes).unwrap();
    }

    /// The next answer; none where the connection ended.
    pub(crate) fn answer(&mut self) -> Option<response::Value> {
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            let mut byte = [0];
            self.0.read_exact(&mut byte).ok()?;
            length |= usize::from(byte[0] & 0x7f) << shift;
            shift += 7;
            if byte[0] & 0x80 == 0 {
                break;
            }
        }
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes).ok()?;
        Response::decode(bytes.as_slice()).unwrap().value
    }

    /// The error that the next answer must be.
    pub(crate) fn exception(&mut self) -> String {
        match self.answer() {
            Some(response::Value::Exception(ResponseException { error })) => error,
            other => panic!("no exception: {other:?}"),
        }
    }
}

pub(crate) fn init_chain() -> request::Value {
    let genesis = genesis();
    let day = RawDuration { seconds: 172_800, nanos: 0 };
    request::Value::InitChain(RequestInitChain {
        time: Some(Timestamp { seconds: GENESIS_S, nanos: 0 }),
        chain_id: genesis.chain_id,
        consensus_params: Some(raw::ConsensusParams {
            block: Some(raw::BlockParams { max_bytes: 4_194_304, max_gas: -1 }),
            evidence: Some(raw::EvidenceParams {
                max_age_num_blocks: 100_000,
                max_age_duration: Some(day),
                max_bytes: 1_048_576,
            }),
            validator: Some(raw::ValidatorParams { pub_key_types: vec!["ed25519".to_owned()] }),
            version: Some(raw::VersionParams { app: 0 }),
            abci: Some(raw::AbciParams { vote_extensions_enable_height: 0 }),
        }),
        validators: Vec::new(),
        app_state_bytes: genesis.app_state.into(),
        initial_height: 1,
    })
}

pub(crate) fn block(height: i64, txs: Vec<Vec<u8>>) -> request::Value {
    request::Value::FinalizeBlock(RequestFinalizeBlock {
        txs: txs.into_iter().map(Into::into).collect(),
        decided_last_commit: None,
        misbehavior: Vec::new(),
        hash: vec![1; 32].into(),
        height,
        time: Some(Timestamp { seconds: GENESIS_S + height, nanos: 7 }),
        next_validators_hash: vec![2; 32].into(),
        proposer_address: vec![3; 20].into(),
    })
}
