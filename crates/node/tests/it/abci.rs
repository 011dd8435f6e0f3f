//! The server of ABCI, asked as CometBFT asks and as nobody should.

use crate::abci_support::{GENESIS_S, Served, block, home, init_chain};
use ics_abci::Height;
use ics_chain::roles::PROVIDER;
use ics_chain::{App, Config, Rules};
use ics_kv::rows::{Batch, Disk as _, Rows as _};
use ics_node::abci::{Address, Ended, Options, StartError, run};
use ics_node::app_toml::{Overrides, Pruning};
use ics_node::disk::Database;
use ics_store::Checkpoint;
use proptest::prelude::*;
use std::io::Write as _;
use std::net::Shutdown;
use std::sync::atomic::AtomicBool;
use tendermint_proto::google::protobuf::Timestamp;
use tendermint_proto::v0_38::abci::*;

use request::Value as Ask;
use response::Value as Said;

fn echo(message: &str) -> Ask {
    Ask::Echo(RequestEcho { message: message.to_owned() })
}

fn query(path: &str, height: i64) -> Ask {
    Ask::Query(RequestQuery { path: path.to_owned(), height, ..RequestQuery::default() })
}

fn commit() -> Ask {
    Ask::Commit(RequestCommit {})
}

fn info() -> Ask {
    Ask::Info(RequestInfo::default())
}

#[test]
fn every_method_is_answered_and_genesis_and_blocks_can_be_repeated_until_they_are_committed() {
    let home = home();
    let served = Served::start(home.path());
    let mut comet = served.connect();
    assert_eq!(comet.ask(echo("hello")), Said::Echo(ResponseEcho { message: "hello".to_owned() }));
    assert_eq!(comet.ask(Ask::Flush(RequestFlush {})), Said::Flush(ResponseFlush {}));
    let empty = ResponseInfo {
        data: "ics".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..ResponseInfo::default()
    };
    assert_eq!(comet.ask(info()), Said::Info(empty.clone()));

    let init = comet.ask(init_chain());
    let Said::InitChain(first) = &init else { panic!("{init:?}") };
    assert_eq!(first.validators.iter().map(|validator| validator.power).collect::<Vec<_>>(), [100]);
    assert_eq!(comet.ask(init_chain()), init);
    assert_eq!(comet.ask(info()), Said::Info(empty), "nothing is committed yet");

    let time = Some(Timestamp { seconds: GENESIS_S + 1, nanos: 0 });
    let txs = vec![vec![1; 10].into(), vec![2; 20].into()];
    let prepare = RequestPrepareProposal {
        max_tx_bytes: 30,
        txs: txs.clone(),
        height: 1,
        time,
        ..RequestPrepareProposal::default()
    };
    let fits = ResponsePrepareProposal { txs: vec![txs[0].clone()] };
    assert_eq!(comet.ask(Ask::PrepareProposal(prepare)), Said::PrepareProposal(fits));
    let process = RequestProcessProposal { txs, height: 1, time, ..RequestProcessProposal::default() };
    let Said::ProcessProposal(verdict) = comet.ask(Ask::ProcessProposal(process)) else { panic!() };
    assert_eq!(verdict.status(), response_process_proposal::ProposalStatus::Accept);

    let done = comet.ask(block(1, vec![vec![1; 10]]));
    let Said::FinalizeBlock(result) = &done else { panic!("{done:?}") };
    assert_eq!(result.tx_results.len(), 1);
    assert_ne!(result.tx_results[0].code, 0);
    assert!(result.events.iter().flat_map(|event| &event.attributes).all(|attribute| attribute.index));
    assert_eq!(comet.ask(init_chain()), init);
    assert_eq!(comet.ask(block(1, vec![vec![1; 10]])), done);
    assert_eq!(comet.ask(commit()), Said::Commit(ResponseCommit { retain_height: 0 }));

    let Said::Info(last) = comet.ask(info()) else { panic!() };
    assert_eq!((last.last_block_height, &last.last_block_app_hash), (1, &result.app_hash));
    let Said::CheckTx(check) = comet.ask(Ask::CheckTx(RequestCheckTx::default())) else { panic!() };
    assert_eq!((check.code, check.codespace.as_str()), (18, "sdk"));
    let Said::Query(answer) = comet.ask(query("/cosmos.staking.v1beta1.Query/Params", 0)) else { panic!() };
    assert_eq!((answer.code, answer.height), (0, 1));
    let Said::Query(answer) = comet.ask(query("/cosmos.staking.v1beta1.Query/Params", -1)) else { panic!() };
    assert_eq!((answer.code, answer.codespace.as_str()), (18, "sdk"));
    assert_eq!(answer.log, "height: -1 is negative: invalid request");

    assert_eq!(
        comet.ask(Ask::ExtendVote(RequestExtendVote::default())),
        Said::ExtendVote(ResponseExtendVote::default())
    );
    for (extension, status) in [
        (Vec::new(), response_verify_vote_extension::VerifyStatus::Accept),
        (vec![1], response_verify_vote_extension::VerifyStatus::Reject),
    ] {
        let request = RequestVerifyVoteExtension {
            vote_extension: extension.into(),
            ..RequestVerifyVoteExtension::default()
        };
        let Said::VerifyVoteExtension(verdict) = comet.ask(Ask::VerifyVoteExtension(request)) else {
            panic!()
        };
        assert_eq!(verdict.status(), status);
    }
    assert_eq!(
        comet.ask(Ask::ListSnapshots(RequestListSnapshots {})),
        Said::ListSnapshots(ResponseListSnapshots::default())
    );
    let Said::OfferSnapshot(offer) = comet.ask(Ask::OfferSnapshot(RequestOfferSnapshot::default())) else {
        panic!()
    };
    assert_eq!(offer.result(), response_offer_snapshot::Result::Abort);
    assert_eq!(
        comet.ask(Ask::LoadSnapshotChunk(RequestLoadSnapshotChunk::default())),
        Said::LoadSnapshotChunk(ResponseLoadSnapshotChunk::default())
    );
    let Said::ApplySnapshotChunk(applied) =
        comet.ask(Ask::ApplySnapshotChunk(RequestApplySnapshotChunk::default()))
    else {
        panic!()
    };
    assert_eq!(applied.result(), response_apply_snapshot_chunk::Result::Abort);
    served.stop().unwrap();
}

#[test]
fn a_restart_knows_what_was_committed_and_nothing_of_what_was_only_executed() {
    let home = home();
    let served = Served::start(home.path());
    let mut comet = served.connect();
    comet.ask(init_chain());
    comet.ask(block(1, Vec::new()));
    comet.ask(commit());
    let known = comet.ask(info());
    let second = comet.ask(block(2, Vec::new()));
    served.stop().unwrap();

    let served = Served::start(home.path());
    assert_eq!(served.height, 1);
    let mut comet = served.connect();
    assert_eq!(comet.ask(info()), known);
    assert_eq!(comet.ask(block(2, Vec::new())), second);
    comet.ask(commit());
    let (Said::Info(last), Said::FinalizeBlock(second)) = (comet.ask(info()), second) else { panic!() };
    assert_eq!((last.last_block_height, last.last_block_app_hash), (2, second.app_hash));
}

#[test]
fn blocks_may_be_forgotten_that_neither_the_operator_nor_evidence_needs() {
    let home = home();
    let config = home.path().join("config");
    std::fs::write(
        config.join("app.toml"),
        "role = \"provider\"\nmin-retain-blocks = 1\n[grpc]\nenable = false\n",
    )
    .unwrap();
    let genesis = std::fs::read_to_string(config.join("genesis.json")).unwrap();
    assert!(genesis.contains("\"100000\""));
    std::fs::write(config.join("genesis.json"), genesis.replace("\"100000\"", "\"2\"")).unwrap();
    let served = Served::start(home.path());
    let mut comet = served.connect();
    comet.ask(init_chain());
    for (height, retain_height) in [(1, 0), (2, 0), (3, 1), (4, 2)] {
        comet.ask(block(height, Vec::new()));
        assert_eq!(comet.ask(commit()), Said::Commit(ResponseCommit { retain_height }), "{height}");
    }
}

#[test]
fn questions_and_checks_are_answered_while_a_block_runs() {
    let home = home();
    let served = Served::start(home.path());
    let (mut consensus, mut asks, mut mempool) = (served.connect(), served.connect(), served.connect());
    consensus.ask(init_chain());
    consensus.ask(block(1, Vec::new()));
    consensus.ask(commit());
    consensus.send(block(2, vec![vec![7]; 400_000]));
    let mut beside = 0;
    consensus.0.set_nonblocking(true).unwrap();
    while consensus.0.peek(&mut [0]).is_err() {
        let Said::Query(answer) = asks.ask(query("/cosmos.staking.v1beta1.Query/Params", 0)) else {
            panic!()
        };
        assert_eq!((answer.code, answer.height), (0, 1));
        let Said::Info(last) = asks.ask(info()) else { panic!() };
        assert_eq!(last.last_block_height, 1);
        let Said::CheckTx(check) = mempool.ask(Ask::CheckTx(RequestCheckTx::default())) else { panic!() };
        assert_eq!(check.code, 18);
        beside += 1;
    }
    consensus.0.set_nonblocking(false).unwrap();
    let Some(Said::FinalizeBlock(result)) = consensus.answer() else { panic!() };
    assert_eq!(result.tx_results.len(), 400_000);
    assert!(beside > 0, "no questions were answered while the block ran");
}

#[test]
fn a_request_that_makes_no_sense_is_refused_by_name_and_the_node_lives() {
    let home = home();
    let served = Served::start(home.path());
    let mut comet = served.connect();
    comet.0.write_all(&[3, 0xff, 0xff, 0xff]).unwrap();
    assert!(comet.exception().starts_with("a request was refused: it does not decode: "));
    comet.0.write_all(&[0]).unwrap();
    assert_eq!(comet.exception(), "a request was refused: it is none of ABCI 2.0");
    comet.send(Ask::FinalizeBlock(RequestFinalizeBlock::default()));
    assert_eq!(comet.exception(), "a request was refused: time: is missing");
    comet.send(Ask::InitChain(RequestInitChain::default()));
    assert_eq!(comet.exception(), "a request was refused: time: is missing");
    comet.send(Ask::CheckTx(RequestCheckTx { r#type: 9, ..RequestCheckTx::default() }));
    assert_eq!(comet.exception(), "a request was refused: 9 is no kind of check");
    assert_eq!(
        comet.ask(echo("still there")),
        Said::Echo(ResponseEcho { message: "still there".to_owned() })
    );

    // Where the next request would begin is unknown after these: the connection ends, the node does not.
    let mut long = served.connect();
    long.0.write_all(&[0x81, 0x80, 0x80, 0x32]).unwrap();
    assert_eq!(
        long.exception(),
        "a request was refused: a message of 104857601 bytes is longer than 104857600"
    );
    assert_eq!(long.answer(), None);
    let mut endless = served.connect();
    endless.0.write_all(&[0xff; 11]).unwrap();
    assert_eq!(endless.exception(), "a request was refused: the length of a message does not end");
    assert_eq!(endless.answer(), None);
    let mut cut = served.connect();
    cut.0.write_all(&[9, 1]).unwrap();
    cut.0.shutdown(Shutdown::Write).unwrap();
    assert_eq!(cut.exception(), "a request was refused: the connection ended within a message");
    assert_eq!(comet.ask(info()), served.connect().ask(info()));
    served.stop().unwrap();
}

#[test]
fn arbitrary_bytes_end_no_node() {
    let home = home();
    let served = Served::start(home.path());
    let config = ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
    let framed = prop::collection::vec(any::<u8>(), 0..60);
    // Whatever these are, they are neither a genesis nor a block that the chain takes: those have dozens of bytes in order.
    proptest!(config, |(bytes in framed, is_framed in any::<bool>())| {
        let mut client = served.connect();
        let mut sent = bytes.clone();
        if is_framed {
            sent.insert(0, u8::try_from(bytes.len()).unwrap());
        }
        client.0.write_all(&sent).unwrap();
        client.0.shutdown(Shutdown::Write).unwrap();
        while client.answer().is_some() {}
    });
    assert_eq!(served.connect().ask(echo("alive")), Said::Echo(ResponseEcho { message: "alive".to_owned() }));
    served.stop().unwrap();
}

#[test]
fn a_genesis_that_no_chain_starts_from_ends_the_node_with_the_reason() {
    let home = home();
    let mut with_extensions = init_chain();
    let Ask::InitChain(request) = &mut with_extensions else { panic!() };
    let params = request.consensus_params.as_mut().unwrap();
    params.abci.as_mut().unwrap().vote_extensions_enable_height = 1;
    let served = Served::start(home.path());
    let mut comet = served.connect();
    comet.send(with_extensions);
    let why = "the chain halts: vote extensions are not supported: abci.VoteExtensionsEnableHeight must be 0";
    assert_eq!(comet.exception(), why);
    let Err(StartError::Halted(said)) = served.end() else { panic!() };
    assert_eq!(said, why);

    let mut forged = init_chain();
    let Ask::InitChain(request) = &mut forged else { panic!() };
    let state = String::from_utf8(request.app_state_bytes.to_vec()).unwrap();
    let (honest, changed) = ("\"min_self_delegation\":\"1\"", "\"min_self_delegation\":\"2\"");
    assert_eq!(state.matches(honest).count(), 1);
    request.app_state_bytes = state.replace(honest, changed).into_bytes().into();
    let served = Served::start(home.path());
    let mut comet = served.connect();
    comet.send(forged);
    let why = "the chain halts: genesis: genutil.gen_txs[0] (val1): signature verification failed; please verify account \
               number (0) and chain-id (provider-1): (unable to verify single signer signature): unauthorized";
    assert_eq!(comet.exception(), why);
    let Err(StartError::Halted(said)) = served.end() else { panic!() };
    assert_eq!(said, why);

    let served = Served::start(home.path());
    let Said::InitChain(_) = served.connect().ask(init_chain()) else { panic!("the home is as it was") };
}

#[test]
fn addresses_are_read_as_they_are_written_or_refused() {
    for text in ["tcp://127.0.0.1:26658", "tcp://[::1]:0", "unix:///run/ics.sock"] {
        assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
    }
    for text in
        ["", "127.0.0.1:26658", "tcp://localhost", "tcp://1.2.3.4:65536", "unix://", "http://127.0.0.1:1"]
    {
        let why = format!(
            "`{text}` is no address of an application: write tcp://127.0.0.1:26658 or unix:///path/to/socket"
        );
        assert_eq!(text.parse::<Address>().map_err(|error| error.to_string()), Err(why));
    }
    proptest!(|(text in ".{0,40}")| {
        if let Ok(address) = text.parse::<Address>() {
            prop_assert_eq!(address.to_string().parse::<Address>(), Ok(address));
        }
    });
}

/// Executes and commits the block of a height, the first one after genesis.
fn make(comet: &mut crate::abci_support::Client, height: i64) {
    if height == 1 {
        comet.ask(init_chain());
    }
    let Said::FinalizeBlock(_) = comet.ask(block(height, Vec::new())) else {
        panic!("block {height} is not executed")
    };
    assert_eq!(comet.ask(commit()), Said::Commit(ResponseCommit { retain_height: 0 }));
}

#[test]
fn a_halt_height_stops_the_node_after_that_block_is_committed_and_answered() {
    let home = home();
    let options = || Overrides(vec![("halt-height", "2".to_owned())]);
    let served = Served::start_with(home.path(), options());
    let mut comet = served.connect();
    make(&mut comet, 1);
    make(&mut comet, 2);
    assert_eq!(served.end().unwrap(), Ended::Reached(Height(2)));
    // It would stop again at once, so it does not begin.
    let again =
        Options { home: home.path().to_owned(), address: nowhere(), overrides: options(), node: None };
    let refused = run(&again, &AtomicBool::new(false), &mut |_| {}).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the chain stands at height 2, where halt-height or halt-time stops it: \
         raise them in config/app.toml, or set them to 0"
    );
    let served = Served::start(home.path());
    assert_eq!(served.height, 2);
    make(&mut served.connect(), 3);
    assert_eq!(served.stop().unwrap(), Ended::Told);
}

#[test]
fn a_halt_time_stops_the_node_after_the_first_block_that_is_so_late() {
    let home = home();
    let late = Overrides(vec![("halt-time", (GENESIS_S + 2).to_string())]);
    let served = Served::start_with(home.path(), late);
    let mut comet = served.connect();
    make(&mut comet, 1);
    make(&mut comet, 2);
    assert_eq!(served.end().unwrap(), Ended::Reached(Height(2)));
}

#[test]
fn a_pruned_home_has_the_heights_that_it_says_however_many_checkpoints_there_were() {
    let home = home();
    let served = Served::start(home.path());
    let mut comet = served.connect();
    (1..=9).for_each(|height| make(&mut comet, height));
    drop(comet);
    served.stop().unwrap();
    let database = Database::open(&home.path().join("data/application.redb")).unwrap();
    let config = Config {
        chain_id: "provider-1".to_owned(),
        prefix: "cosmos",
        initial_height: Height(1),
        min_gas_prices: Vec::new(),
        keep: 100,
        moniker: String::new(),
        rules: Rules::default(),
    };
    let app = App::recover(&database, config, &PROVIDER).unwrap();
    for height in [3, 5, 7, 8] {
        for part in Checkpoint::begin_archive(&database, app.store().at(height).unwrap()).unwrap() {
            database.write(part).unwrap();
        }
    }
    drop(database);
    for (keep_recent, oldest) in [(100, 1), (6, 4), (100, 4), (2, 8)] {
        let pruning = Pruning { keep_recent, is_archive: false };
        let pruned = ics_node::abci::prune(home.path(), Some(pruning)).unwrap();
        assert_eq!((pruned.oldest, pruned.last), (Height(oldest), Height(9)), "keeping {keep_recent}");
        let served = Served::start(home.path());
        for height in 1..=9 {
            let path = "/cosmos.bank.v1beta1.Query/Params";
            let Said::Query(answer) = served.connect().ask(query(path, height)) else { panic!("no answer") };
            let code = if height < i64::try_from(oldest).unwrap() { 18 } else { 0 };
            assert_eq!(answer.code, code, "keeping {keep_recent}, height {height}: {}", answer.log);
        }
        served.stop().unwrap();
    }
}

#[test]
fn an_archive_answers_about_heights_that_are_in_memory_no_longer_also_after_a_restart() {
    let home = home();
    let archive =
        || Overrides(vec![("pruning", "nothing".to_owned()), ("pruning-keep-recent", "2".to_owned())]);
    let answered = |served: &Served, height: i64| {
        let Said::Query(answer) = served.connect().ask(query("/cosmos.bank.v1beta1.Query/Params", height))
        else {
            panic!("no answer")
        };
        (answer.code, answer.height, answer.log)
    };
    let served = Served::start_with(home.path(), archive());
    let mut comet = served.connect();
    (1..=6).for_each(|height| make(&mut comet, height));
    for height in 1..=6 {
        assert_eq!(answered(&served, height), (0, height, String::new()));
    }
    drop(comet);
    served.stop().unwrap();
    let served = Served::start_with(home.path(), archive());
    assert_eq!(answered(&served, 2), (0, 2, String::new()));
    served.stop().unwrap();
    // Without an archive it is gone.
    let served = Served::start_with(home.path(), Overrides(vec![("pruning", "everything".to_owned())]));
    let log = "failed to load state at height 2; version does not exist (latest height: 6): invalid request";
    assert_eq!(answered(&served, 2), (18, 2, log.to_owned()));
    served.stop().unwrap();
    std::fs::write(home.path().join("config/app.toml"), "role = \"provider\"\npruning = \"nothing\"\n")
        .unwrap();
    let refused = ics_node::abci::prune(home.path(), None).unwrap_err();
    let path = home.path().join("data/application.redb");
    assert_eq!(
        refused.to_string(),
        format!(
            "{}: pruning = \"nothing\" forgets nothing: name what to keep, as in `ics prune default`",
            path.display()
        )
    );
}

#[test]
fn an_option_that_its_key_does_not_take_is_refused_before_anything_begins() {
    let home = home();
    let overrides = Overrides(vec![("pruning", "all".to_owned())]);
    let options = Options { home: home.path().to_owned(), address: nowhere(), overrides, node: None };
    let refused = run(&options, &AtomicBool::new(false), &mut |_| {}).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the options of the command: `pruning` takes \"default\", \"nothing\", \"everything\" or \"custom\", not \"all\""
    );
    assert!(!home.path().join("data").exists());
}

fn nowhere() -> Address {
    "tcp://127.0.0.1:0".parse().unwrap()
}

#[test]
fn a_database_of_another_version_or_of_a_chain_that_begins_elsewhere_is_refused_and_nothing_is_lost() {
    let home = home();
    let served = Served::start(home.path());
    make(&mut served.connect(), 1);
    served.stop().unwrap();
    let path = home.path().join("data/application.redb");
    let options = || Options {
        home: home.path().to_owned(),
        address: nowhere(),
        overrides: Overrides::default(),
        node: None,
    };
    let refused = || run(&options(), &AtomicBool::new(false), &mut |_| {}).unwrap_err().to_string();

    let config = home.path().join("config/genesis.json");
    let genesis = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, genesis.replace("\"initial_height\":\"1\"", "\"initial_height\":\"9\"")).unwrap();
    assert_eq!(
        refused(),
        format!(
            "{}: the stored chain begins at height 1, this one at 9: \
             use the home of this chain, or start from an empty one",
            path.display()
        )
    );
    std::fs::write(&config, genesis).unwrap();

    let form = |version: u64| {
        let disk = Database::open(&path).unwrap();
        let old = disk.row("store_meta", b"form").unwrap().unwrap();
        let mut batch = Batch::default();
        batch.put("store_meta", b"form".to_vec(), [&version.to_be_bytes()[..], &old[8..]].concat());
        disk.write(batch).unwrap();
    };
    form(2);
    assert_eq!(
        refused(),
        format!(
            "{}: the stored state has form 2, this version reads form 1: \
             use the version that wrote it, or start from an empty home",
            path.display()
        )
    );
    form(1);
    assert_eq!(Served::start(home.path()).height, 1);
}
