//! What IBC costs a chain, in process CPU time: a hundred packets proved and received in one block, and a header that 150
//! validators signed.
//!
//! `cargo bench -p ics-world --bench ibc`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    missing_docs
)]

#[path = "../../../benches/clock.rs"]
mod clock;

use clock::{cpu, median};
use ics_abci::{Event, Height, Query, Time};
use ics_client::msgs::{NewTransfer, any, transfer};
use ics_client::{Body, Coin, Fee, Key, sign};
use ics_engine::Signing;
use ics_proto::Any;
use ics_proto::ibc::core::channel::v1::{MsgRecvPacket, Packet};
use ics_proto::ibc::core::client::v1::Height as ClientHeight;
use ics_proto::ibc::core::commitment::v1::MerkleProof;
use ics_proto::ics23::CommitmentProof;
use ics_relay::{End, Path, Side, View as _, refresh};
use ics_world::topology::{self, RELAYER_INDEX};
use ics_world::{Act, ChainIndex, InMemory, Outcome, Plan, Relaying, Site, World, account};
use prost::Message as _;
use std::time::Duration;

const PACKETS: u64 = 100;
const ROUNDS: u64 = 10;
const VALIDATORS: usize = 150;
const P: ChainIndex = ChainIndex(0);
const C1: ChainIndex = ChainIndex(1);
/// The consumer's end of the transfer channel.
const ON_CONSUMER: &str = "channel-1";
/// When packets time out at the latest.
const TIMEOUT: ClientHeight = ClientHeight { revision_number: 1, revision_height: 1_000_000 };

fn main() {
    packets();
    headers();
}

/// Transfers of a consumer, received by the provider.
fn packets() {
    let mut net = Net::of(Plan::local());
    let (mut proofs, mut checks, mut blocks) = (vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let from = net.send();
        let mut messages = vec![net.update(Side::A)];
        let packets = net.packets(from);
        proofs.push(cpu(|| messages.extend(packets.into_iter().map(|packet| net.receive(from, packet)))));
        let tx = net.sign(P, messages);
        let (check, block) = net.deliver(P, &tx);
        checks.push(check);
        blocks.push(block);
    }
    let (proofs, checks, blocks) = (median(proofs), median(checks), median(blocks));
    let each = |ms: f64| f64::from(u32::try_from(PACKETS).unwrap()) * 1e3 / ms;
    println!(
        "{PACKETS} transfers received in a block, with the header that proves them, CPU ms, median of {ROUNDS}:"
    );
    println!("  proofs made {proofs:.1}  CheckTx {checks:.1}  block executed and committed {blocks:.1}");
    println!(
        "  packets a second: proved {:.0}, received {:.0} (CheckTx and block)",
        each(proofs),
        each(checks + blocks)
    );
}

/// Headers of a provider with many validators, for its client on a consumer.
fn headers() {
    let mut net = Net::of(Plan::of(&[1_000_000; VALIDATORS], 1));
    let (mut checks, mut blocks) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        let update = net.update(Side::B);
        let bytes = update.value.len();
        assert!(bytes > VALIDATORS * 100, "{bytes}");
        let tx = net.sign(C1, vec![update]);
        let (check, block) = net.deliver(C1, &tx);
        let (_, empty) = net.deliver(C1, &[]);
        checks.push(check);
        blocks.push(block.saturating_sub(empty));
    }
    let (checks, blocks, floor) = (median(checks), median(blocks), signature_checks(VALIDATORS * 2 / 3 + 1));
    println!("an update of a client to a header of {VALIDATORS} validators, CPU ms, median of {ROUNDS}:");
    println!("  CheckTx {checks:.2}  its share of the block {blocks:.2}");
    println!(
        "  {} signature checks alone {floor:.2}: the block does {:.2} times that",
        VALIDATORS * 2 / 3 + 1,
        blocks / floor
    );
}

/// A network on which nobody relays but the bench.
struct Net {
    world: World,
    now: Time,
    relayer: Key,
    path: Path,
}

impl Net {
    fn of(plan: Plan) -> Self {
        let mut now = Time::new(1_790_000_000, 0).unwrap();
        let mut world = World::open(plan, now, Box::new(InMemory::default())).unwrap();
        while !world.is_ready() {
            now = now.plus(Duration::from_secs(1)).unwrap();
            world.step(now).unwrap();
        }
        for _ in 0..6 {
            now = now.plus(Duration::from_secs(1)).unwrap();
            world.step(now).unwrap();
        }
        world.act(Act::Relay(Relaying::Nothing));
        let relayer = topology::key(RELAYER_INDEX).unwrap();
        let end = |chain| End {
            client_id: "07-tendermint-0".into(),
            signer: relayer.address().to_text(world.prefix(chain)),
        };
        let path = Path::new(end(P), end(C1));
        Self { world, now, relayer, path }
    }

    fn step(&mut self) {
        self.now = self.now.plus(Duration::from_secs(1)).unwrap();
        self.world.step(self.now).unwrap();
    }

    fn view(&self, chain: ChainIndex) -> &Site {
        self.world.site(chain).unwrap()
    }

    fn address(&self, chain: ChainIndex) -> String {
        topology::key(0).unwrap().address().to_text(self.world.prefix(chain))
    }

    fn coin(&self) -> NewTransfer {
        let now = self.now.packet_nanos().unwrap();
        NewTransfer {
            channel: ON_CONSUMER.into(),
            token: Coin { denom: topology::DENOM.into(), amount: 1 },
            sender: self.address(C1),
            receiver: self.address(P),
            timeout_height: Some((TIMEOUT.revision_number, TIMEOUT.revision_height)),
            timeout_unix_ns: now + 3_600_000_000_000,
            memo: String::new(),
        }
    }

    /// Sends packets from the consumer; gives the height after which they are there to be proved.
    fn send(&mut self) -> Height {
        let messages = (1..=PACKETS).map(|_| transfer(&self.coin())).collect();
        let outcome = self.world.act(Act::Send { chain: C1, signer: 0, messages });
        assert!(matches!(outcome, Outcome::Submitted(_)), "{outcome:?}");
        self.step();
        let height = self.view(C1).tip().0;
        self.step();
        height
    }

    /// The message that brings one side's client to the other chain's last header.
    fn update(&self, to: Side) -> Any {
        let (on, of) = if to == Side::A { (P, C1) } else { (C1, P) };
        let messages = refresh(&self.path, to, self.now, self.view(on), self.view(of)).unwrap().unwrap();
        let [update] = messages.try_into().unwrap();
        update
    }

    /// The packets that the consumer sent in a block.
    fn packets(&self, at: Height) -> Vec<Packet> {
        let events = self.view(C1).events(at).unwrap();
        let packets: Vec<Packet> =
            events.iter().filter(|event| event.kind == "send_packet").map(packet).collect();
        assert_eq!(packets.len(), usize::try_from(PACKETS).unwrap());
        packets
    }

    /// The message that proves and delivers a packet of the consumer.
    fn receive(&self, sent_at: Height, packet: Packet) -> Any {
        let sequence = packet.sequence;
        let path = format!("commitments/ports/transfer/channels/{ON_CONSUMER}/sequences/{sequence}");
        let query =
            Query { path: "store/ibc/key".into(), data: path.into_bytes(), height: sent_at, prove: true };
        let answer = self.view(C1).query(&query);
        assert_eq!((answer.code, answer.value.len()), (0, 32), "{}", answer.log);
        let proofs =
            answer.proof.iter().map(|(_, _, proof)| CommitmentProof::decode(proof.as_slice()).unwrap());
        any(&MsgRecvPacket {
            packet: Some(packet),
            proof_commitment: MerkleProof { proofs: proofs.collect() }.encode_to_vec(),
            proof_height: Some(ClientHeight { revision_number: 1, revision_height: sent_at.0 + 1 }),
            signer: self.path.a.signer.clone(),
        })
    }

    fn sign(&self, chain: ChainIndex, messages: Vec<Any>) -> Vec<u8> {
        let site = self.world.site(chain).unwrap();
        let account = account(site, &self.relayer).unwrap();
        let price = self.world.plan().gas_price.clone();
        let gas_limit = 35_000_000;
        let fee = Fee { amount: vec![price.fee(gas_limit).unwrap()], gas_limit };
        sign(&Body::of(messages), &fee, site.chain_id(), &[(&self.relayer, account)]).bytes
    }

    /// CPU time of CheckTx and of the block that holds the transaction, written to memory; no transaction where it is empty.
    fn deliver(&mut self, chain: ChainIndex, tx: &[u8]) -> (Duration, Duration) {
        self.now = self.now.plus(Duration::from_secs(1)).unwrap();
        let now = self.now;
        let site = self.world.site_mut(chain).unwrap();
        let check = cpu(|| {
            if !tx.is_empty() {
                let result = site.submit(tx).unwrap();
                assert_eq!(result.code, 0, "{}", result.log);
            }
        });
        let block = cpu(|| {
            let block = site.produce(now, &Signing::default()).unwrap();
            assert!(block.result.txs.iter().all(|tx| tx.code == 0), "{:?}", block.result.txs);
        });
        self.step();
        (check, block)
    }
}

fn packet(event: &Event) -> Packet {
    let told = |name: &str| event.get(name).unwrap();
    Packet {
        sequence: told("packet_sequence").parse().unwrap(),
        source_port: told("packet_src_port").into(),
        source_channel: told("packet_src_channel").into(),
        destination_port: told("packet_dst_port").into(),
        destination_channel: told("packet_dst_channel").into(),
        data: hex::decode(told("packet_data_hex")).unwrap(),
        timeout_height: Some(TIMEOUT),
        timeout_timestamp: told("packet_timeout_timestamp").parse().unwrap(),
    }
}

/// CPU milliseconds of so many checks of an Ed25519 signature with the key already parsed.
fn signature_checks(count: usize) -> f64 {
    let key = ed25519_consensus::SigningKey::from([7; 32]);
    let (public, signature) = (key.verification_key(), key.sign(b"a vote of about a hundred bytes"));
    let times = (0..ROUNDS).map(|_| {
        cpu(|| {
            for _ in 0..count {
                public.verify(&signature, b"a vote of about a hundred bytes").unwrap();
            }
        })
    });
    median(times.collect())
}
