//! A crash at every storage call of fifty blocks, and what is there afterwards: exactly what was announced.

use crate::disk::{SimDisks, Torn};
use crate::dsl::{C1, Net, P, SECOND, address, operator, stake, start};
use ics_abci::{Evidence, Height, Time};
use ics_client::msgs;
use ics_engine::evidence::EvidenceError;
use ics_engine::{Signing, history};
use ics_kv::rows::Batch;
use ics_proto::cosmos::bank::v1beta1::{QuerySupplyOfRequest, QuerySupplyOfResponse};
use ics_proto::tendermint::v0_38::types as raw;
use ics_world::topology::PROVIDER;
use ics_world::{DiskFactory, Site, SiteError, World, WorldError};
use prost::Message as _;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use tendermint::Hash;
use tendermint::block::Id;

const BLOCKS: usize = 50;
/// Ten accounts, the relayer and four operators of 10^12 each, and the operators' own stake.
const GENESIS_SUPPLY: u128 = 15_000_340_000_000;

/// A write of the uncrashed run: a chain's genesis, or a block of it.
struct Written {
    chain: String,
    /// 0 for the genesis document.
    height: Height,
    /// The step in which it was written, and its time.
    step: usize,
    now: Time,
    txs: Vec<Vec<u8>>,
    hash: Vec<u8>,
}

/// Fifty steps of the local network in which nothing fails.
struct Uncrashed {
    written: Vec<Written>,
    batches: Vec<(String, Batch)>,
    app_hashes: BTreeMap<String, [u8; 32]>,
}

fn now(step: usize) -> Time {
    start().plus(SECOND * u32::try_from(step).unwrap()).unwrap()
}

fn block(site: &Site, height: Height) -> (Vec<Vec<u8>>, Vec<u8>) {
    let stored = history::block(site.disk(), height).unwrap().unwrap();
    (stored.block.txs.clone(), stored.id.hash.as_bytes().to_vec())
}

/// What users do before a step.
fn users(net: &mut Net, step: usize) {
    let message = match step {
        28 => msgs::delegate(&address(P, "bob"), &operator("val3"), &stake(5_000_000)),
        36 => msgs::undelegate(&address(P, "bob"), &operator("val3"), &stake(2_000_000)),
        42 => msgs::send(&address(P, "bob"), &address(P, "carol"), &[stake(7)]),
        _ => return,
    };
    net.submit(P, "bob", vec![message]);
}

fn uncrashed() -> &'static Uncrashed {
    static RUN: OnceLock<Uncrashed> = OnceLock::new();
    RUN.get_or_init(|| {
        let disks = SimDisks::default();
        let mut net = Net::on(Box::new(disks.clone()));
        let mut steps = vec![0; disks.writes().len()];
        for step in 1..=BLOCKS {
            users(&mut net, step);
            net.step();
            steps.resize(disks.writes().len(), step);
        }
        assert!(net.world.is_ready(), "the sweep covers the whole way up and beyond");
        let batches = disks.writes();
        let mut heights = BTreeMap::new();
        let written = batches.iter().zip(steps).map(|((chain, _), step)| {
            let height =
                *heights.entry(chain.clone()).and_modify(|h: &mut Height| *h = h.next()).or_default();
            let site = net.site(net.world.find(chain).unwrap());
            let (txs, hash) = if height.0 == 0 { Default::default() } else { block(site, height) };
            Written { chain: chain.clone(), height, step, now: now(step), txs, hash }
        });
        let written: Vec<_> = written.collect();
        assert_eq!(heights[PROVIDER], Height(50), "one write a block");
        Uncrashed { written, batches, app_hashes: app_hashes(&net.world) }
    })
}

fn supply(net: &Net) -> u128 {
    let request = QuerySupplyOfRequest { denom: "stake".to_owned() };
    let answer: QuerySupplyOfResponse = net.ask(P, "/cosmos.bank.v1beta1.Query/SupplyOf", &request);
    answer.amount.unwrap().amount.parse().unwrap()
}

fn app_hashes(world: &World) -> BTreeMap<String, [u8; 32]> {
    world.sites().iter().map(|site| (site.chain_id().to_owned(), site.app_hash())).collect()
}

fn open(disks: &SimDisks) -> World {
    World::local(start(), Box::new(disks.clone())).unwrap()
}

/// Evidence that a validator of the provider voted for two blocks at its height.
fn double_vote(site: &Site, height: Height) -> Evidence {
    let stored = history::block(site.disk(), height).unwrap().unwrap();
    let set = history::validators(site.disk(), height).unwrap().unwrap();
    let member = &set.validators()[0];
    let time = ics_engine::to_time(stored.block.header.time).unwrap();
    let timestamp = raw::Header::from(stored.block.header.clone()).time;
    let vote = |id: Id| {
        let bytes = ics_engine::solo::vote_bytes(site.chain_id(), height, Some(&id), time);
        raw::Vote {
            r#type: 2,
            height: i64::try_from(height.0).unwrap(),
            block_id: Some(id.into()),
            timestamp,
            validator_address: member.addr.0.to_vec(),
            signature: site.engine().keyring().sign(&member.addr, &bytes).unwrap().to_vec(),
            ..raw::Vote::default()
        }
    };
    let evidence = raw::DuplicateVoteEvidence {
        vote_a: Some(vote(stored.id)),
        vote_b: Some(vote(Id { hash: Hash::Sha256([0xff; 32]), ..stored.id })),
        total_voting_power: set.total_power(),
        validator_power: member.power,
        timestamp,
    };
    let sum = Some(raw::evidence::Sum::DuplicateVoteEvidence(evidence));
    ics_engine::prove::double_vote(site.disk(), &raw::Evidence { sum }.encode_to_vec()).unwrap()
}

#[test]
fn evidence_that_was_taken_is_in_the_first_block_after_a_crash() {
    let disks = SimDisks::default();
    let mut world = open(&disks);
    (1..=4).for_each(|step| drop(world.step(now(step)).unwrap()));
    let provider = world.find(PROVIDER).unwrap();
    let evidence = double_vote(world.site(provider).unwrap(), Height(2));
    world.site_mut(provider).unwrap().add_evidence(&evidence).unwrap();
    let mut world = open(&disks.survivors());
    world.step(now(5)).unwrap();
    let site = world.site(world.find(PROVIDER).unwrap()).unwrap();
    let carried = history::block(site.disk(), site.height()).unwrap().unwrap().block.evidence;
    assert_eq!((site.height(), carried.len()), (Height(5), 1));
    assert_eq!(carried[0].encode(), evidence.bytes);
    // What cannot be written down is not taken.
    let dead = disks.survivors();
    let mut world = open(&dead);
    dead.crash_at(0, Torn::Lost);
    let site = world.site_mut(provider).unwrap();
    let other = double_vote(site, Height(1));
    let refused = EvidenceError::Disk("the database failed: the machine crashed".to_owned());
    assert_eq!(site.add_evidence(&other), Err(refused.clone()));
    assert_eq!(site.add_evidence(&other), Err(refused), "it is no better known than before");
}

/// Runs a test for every write, on as many threads as there are cores.
fn for_every_write(test: impl Fn(usize) + Sync) {
    let (next, count) = (AtomicUsize::new(0), uncrashed().written.len());
    assert!(count > 130, "{count}");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(at) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < count) {
                    test(at);
                }
            });
        }
    });
}

/// What the recovered machine has: every block of the uncrashed run whose write survived, and nothing else.
fn assert_recovered(world: &World, survived: usize) {
    let run = uncrashed();
    let mut tips: BTreeMap<&str, &Written> = BTreeMap::new();
    for written in &run.written[..survived] {
        tips.insert(&written.chain, written);
        if written.height.0 > 0 {
            let site = world.site(world.find(&written.chain).unwrap()).unwrap();
            assert_eq!(block(site, written.height).1, written.hash, "{} {}", written.chain, written.height);
        }
    }
    for site in world.sites() {
        let height = tips.get(site.chain_id()).map_or(Height(0), |written| written.height);
        assert_eq!(site.height(), height, "{} after {survived} writes", site.chain_id());
        assert_eq!(site.reader().height(), height);
        assert_eq!(history::tip(site.disk()).unwrap().unwrap_or_default(), height);
    }
}

/// Crashes for real: the world at the beginning of the step in which the write is, with the transactions that waited then.
fn crash(write: usize, torn: Torn) -> SimDisks {
    let run = uncrashed();
    let crashed = &run.written[write];
    let begin = run.written.iter().position(|written| written.step == crashed.step).unwrap();
    let disks = SimDisks::holding(&run.batches[..begin]);
    disks.crash_at(write - begin, torn);
    let error = if crashed.step == 0 {
        World::local(start(), Box::new(disks.clone())).err()
    } else {
        let mut world = open(&disks);
        assert_eq!(disks.writes().len(), 0, "opening what is whole writes nothing");
        for waiting in run.written.iter().filter(|written| written.step == crashed.step) {
            if let Some(site) = world.find(&waiting.chain).and_then(|chain| world.site_mut(chain)) {
                for tx in &waiting.txs {
                    assert_eq!(site.submit(tx).unwrap().code, 0);
                }
            }
        }
        let error = world.step(crashed.now).err();
        let again = world.step(crashed.now);
        assert!(
            matches!(again, Err(WorldError::Site { .. } | WorldError::Disk(_))),
            "a dead disk stays dead"
        );
        error
    };
    let in_chain = matches!(&error, Some(WorldError::Site { chain, error: SiteError::Disk(_) }) if *chain == crashed.chain);
    assert!(in_chain, "{error:?}");
    assert!(disks.has_crashed());
    assert_eq!(disks.writes(), run.batches[begin..=write], "the same writes as in the uncrashed run");
    disks.survivors()
}

/// Writes what is missing of the uncrashed run, with its transactions and its clock; every block must be the same.
fn replay(disks: &SimDisks, mut world: World, survived: usize) {
    let run = uncrashed();
    for written in &run.written[survived..] {
        if written.height.0 == 0 {
            // The provider has launched it by now: it starts when the network is opened.
            world = open(disks);
            assert!(world.find(&written.chain).is_some(), "{} starts", written.chain);
            continue;
        }
        let chain = world.find(&written.chain).unwrap();
        let site = world.site_mut(chain).unwrap();
        for tx in &written.txs {
            assert_eq!(site.submit(tx).unwrap().code, 0);
        }
        let made = site.produce(written.now, &Signing::default()).unwrap();
        assert_eq!((made.height, &made.hash), (written.height, &written.hash), "{}", written.chain);
    }
    assert_eq!(app_hashes(&world), run.app_hashes);
}

#[test]
fn recovery_after_a_crash_at_any_storage_call_is_exact_and_the_rest_is_made_bit_for_bit() {
    for_every_write(|write| {
        for (torn, survived) in [(Torn::Lost, write), (Torn::Written, write + 1)] {
            let survivors = crash(write, torn);
            let world = open(&survivors);
            assert_recovered(&world, survived);
            // What survives a lost write is what survives the written one before it, so replay once for each.
            if torn == Torn::Lost {
                replay(&survivors, world, survived);
            }
        }
    });
}

/// The crash changes which block a waiting transaction gets into, so later blocks differ from the uncrashed run's: what must
/// hold is that nothing announced changes, that the network gets where it was going, and that no coin is lost or made.
#[test]
fn the_network_goes_on_after_a_crash_at_any_storage_call() {
    for_every_write(|write| {
        let torn = if write % 2 == 0 { Torn::Lost } else { Torn::Written };
        let survivors = crash(write, torn);
        let survived = write + usize::from(torn == Torn::Written);
        let mut net = Net { world: open(&survivors), now: uncrashed().written[write].now, log: Vec::new() };
        net.until("the network is up again", 80, |net| net.world.is_ready());
        net.until("consumer-1 is secured by the provider's set", 20, |net| {
            net.next_powers(C1) == net.next_powers(P)
        });
        assert_eq!(supply(&net), GENESIS_SUPPLY);
        let run = uncrashed();
        for written in run.written[..survived].iter().filter(|written| written.height.0 > 0) {
            let site = net.site(net.world.find(&written.chain).unwrap());
            assert_eq!(block(site, written.height).1, written.hash);
        }
        assert_eq!(net.failures(0), [] as [&str; 0]);
    });
}

#[test]
fn a_database_of_another_chain_is_refused() {
    let run = uncrashed();
    let swapped = run.batches.iter().filter(|(chain, _)| chain == "consumer-1").cloned();
    let swapped: Vec<(String, Batch)> = swapped.map(|(_, batch)| ("consumer-2".to_owned(), batch)).collect();
    let provider = run.batches.iter().filter(|(chain, _)| chain == PROVIDER).cloned();
    let disks = SimDisks::holding(&provider.chain(swapped).collect::<Vec<_>>());
    let refused = World::local(start(), Box::new(disks)).err().unwrap();
    assert_eq!(refused.to_string(), "consumer-2: the database holds chain consumer-1, not consumer-2");
}

/// Disks that are asked for twice are the same.
#[test]
fn a_reopened_network_is_where_it_was() {
    let mut disks = SimDisks::default();
    let mut net = Net::on(Box::new(disks.clone()));
    net.steps(30);
    let before = app_hashes(&net.world);
    drop(net);
    let world = open(&disks);
    assert_eq!(app_hashes(&world), before);
    assert_eq!(history::tip(&disks.disk(PROVIDER).unwrap()).unwrap(), Some(Height(30)));
}
