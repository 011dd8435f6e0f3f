//! Coins that travel between a consumer and its provider over the channel that the consumer opened (ICS-20).

use crate::dsl::{C1, Net, P, SECOND, address, stake, value};
use ics_abci::Height;
use ics_client::msgs::{NewTransfer, transfer};
use ics_client::{Coin, msgs};
use ics_proto::ibc::applications::transfer::v1 as ics20;
use ics_proto::ibc::core::channel::v1::{MsgTimeout, Packet};
use ics_proto::ibc::core::client::v1::Height as ClientHeight;
use ics_relay::{End, Path, plan};
use ics_world::{ChainIndex, Relaying};

/// The transfer channel's end on consumer-1.
const ON_CONSUMER: &str = "channel-1";
/// Its end on the provider.
const ON_PROVIDER: &str = "channel-2";

fn coins(from: (ChainIndex, &str), to: (ChainIndex, &str), token: Coin, timeout: Timeout) -> ics_proto::Any {
    let channel = if from.0 == P { ON_PROVIDER } else { ON_CONSUMER };
    let (timeout_height, timeout_unix_ns) = match timeout {
        Timeout::At(time) => (None, time.packet_nanos().unwrap()),
        Timeout::Height(height) => (Some((1, height.0)), 0),
    };
    transfer(&NewTransfer {
        channel: channel.to_owned(),
        token,
        sender: address(from.0, from.1),
        receiver: address(to.0, to.1),
        timeout_height,
        timeout_unix_ns,
        memo: String::new(),
    })
}

enum Timeout {
    At(ics_abci::Time),
    Height(Height),
}

fn soon(net: &Net, seconds: u32) -> Timeout {
    Timeout::At(net.now.plus(SECOND * seconds).unwrap())
}

fn escrowed(net: &Net, chain: ChainIndex, channel: &str) -> u128 {
    let request =
        ics20::QueryEscrowAddressRequest { port_id: "transfer".to_owned(), channel_id: channel.to_owned() };
    let path = "/ibc.applications.transfer.v1.Query/EscrowAddress";
    let answer: ics20::QueryEscrowAddressResponse = net.ask(chain, path, &request);
    net.balances(chain, &answer.escrow_address).get("stake").copied().unwrap_or(0)
}

fn voucher(net: &Net, chain: ChainIndex, channel: &str) -> String {
    let path = "/ibc.applications.transfer.v1.Query/DenomHash";
    let request = ics20::QueryDenomHashRequest { trace: format!("transfer/{channel}/stake") };
    let answer: ics20::QueryDenomHashResponse = net.ask(chain, path, &request);
    format!("ibc/{}", answer.hash)
}

fn vouchers(net: &Net, chain: ChainIndex, who: &str) -> u128 {
    let all = net.balances(chain, &address(chain, who));
    all.into_iter().filter(|(denom, _)| denom.starts_with("ibc/")).map(|(_, amount)| amount).sum()
}

#[test]
fn coins_travel_to_the_provider_as_vouchers_and_come_back_out_of_escrow() {
    let mut net = Net::ready();
    let (alice, carol) = (net.purse(C1, "alice"), net.purse(C1, "carol"));
    let message = coins((C1, "alice"), (P, "bob"), stake(1_000), soon(&net, 600));
    let sent = net.deliver(C1, "alice", message);
    assert_eq!(net.purse(C1, "alice"), alice - 1_000 - sent.fee);
    assert_eq!(escrowed(&net, C1, ON_CONSUMER), 1_000);

    net.until("vouchers arrive", 10, |net| vouchers(net, P, "bob") > 0);
    let denom = voucher(&net, P, ON_PROVIDER);
    assert_eq!(net.balances(P, &address(P, "bob")).get(&denom), Some(&1_000));
    net.until("the acknowledgement is back", 10, |net| net.in_flight(C1, "transfer", ON_CONSUMER).is_empty());

    let back = Coin { denom: denom.clone(), amount: 400 };
    let message = coins((P, "bob"), (C1, "carol"), back, soon(&net, 600));
    net.deliver(P, "bob", message);
    assert_eq!(net.balances(P, &address(P, "bob")).get(&denom), Some(&600), "vouchers are burnt on the way");
    net.until("coins come back", 10, |net| net.purse(C1, "carol") == carol + 400);
    assert_eq!(escrowed(&net, C1, ON_CONSUMER), 600);
    assert_eq!(net.failures(0), [] as [&str; 0]);
}

#[test]
fn coins_of_the_provider_travel_to_a_consumer_and_back() {
    let mut net = Net::ready();
    let message = coins((P, "dave"), (C1, "erin"), stake(77), soon(&net, 600));
    net.deliver(P, "dave", message);
    assert_eq!(escrowed(&net, P, ON_PROVIDER), 77);
    net.until("vouchers arrive", 10, |net| vouchers(net, C1, "erin") == 77);
    let dave = net.purse(P, "dave");
    let back = Coin { denom: voucher(&net, C1, ON_CONSUMER), amount: 77 };
    let message = coins((C1, "erin"), (P, "dave"), back, soon(&net, 600));
    net.deliver(C1, "erin", message);
    net.until("coins are home", 10, |net| net.purse(P, "dave") == dave + 77);
    assert_eq!((escrowed(&net, P, ON_PROVIDER), vouchers(&net, C1, "erin")), (0, 0));
}

#[test]
fn a_transfer_that_times_out_by_time_or_by_height_is_refunded() {
    for by_height in [false, true] {
        let mut net = Net::ready();
        net.relay(Relaying::Nothing);
        let before = net.purse(C1, "alice");
        let at = if by_height { Timeout::Height(Height(net.height(P).0 + 3)) } else { soon(&net, 30) };
        let message = coins((C1, "alice"), (P, "bob"), stake(1_000), at);
        let sent = net.deliver(C1, "alice", message);
        assert_eq!(net.purse(C1, "alice"), before - 1_000 - sent.fee);

        net.steps(3);
        net.leap(SECOND * 60);
        net.steps(2);
        let (since, height) = (net.log.len(), net.height(C1));
        net.relay(Relaying::Everything);
        net.until("the coins are back", 6, |net| net.purse(C1, "alice") == before - sent.fee);
        assert_eq!(net.relayed(C1, since), [["MsgUpdateClient", "MsgTimeout"]]);
        assert_eq!(net.relayed(P, since), [] as [Vec<&str>; 0], "nobody delivers what is over");
        let timed_out = net.events(C1, "timeout_packet", height);
        assert_eq!(timed_out.len(), 1);
        assert_eq!(value(&timed_out[0].1, "packet_src_channel"), ON_CONSUMER);
        assert_eq!((escrowed(&net, C1, ON_CONSUMER), vouchers(&net, P, "bob")), (0, 0));
        assert_eq!(net.in_flight(C1, "transfer", ON_CONSUMER), [] as [u64; 0]);
    }
}

/// The packet that consumer-1 sent last, of an event.
fn sent_packet(event: &ics_abci::Event, data: Vec<u8>) -> Packet {
    Packet {
        sequence: value(event, "packet_sequence").parse().unwrap(),
        source_port: "transfer".to_owned(),
        source_channel: ON_CONSUMER.to_owned(),
        destination_port: "transfer".to_owned(),
        destination_channel: ON_PROVIDER.to_owned(),
        data,
        timeout_height: Some(ClientHeight::default()),
        timeout_timestamp: value(event, "packet_timeout_timestamp").parse().unwrap(),
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn a_delivered_transfer_cannot_be_timed_out() {
    let mut net = Net::ready();
    let since = net.height(C1);
    let before = net.purse(C1, "alice");
    let message = coins((C1, "alice"), (P, "bob"), stake(1_000), soon(&net, 30));
    let sent = net.deliver(C1, "alice", message);
    let at = net.height(P);
    net.wait_for(P, "recv_packet", at);
    net.relay(Relaying::Nothing);
    net.leap(SECOND * 60);
    net.steps(3);

    let (_, event) = net.events(C1, "send_packet", since).remove(0);
    let packet = sent_packet(&event, unhex(value(&event, "packet_data_hex")));
    let path = format!("receipts/ports/transfer/channels/{ON_PROVIDER}/sequences/{}", packet.sequence);
    let end = |client: &str, chain| End { client_id: client.to_owned(), signer: address(chain, "alice") };
    let mut relay = Path::new(end("07-tendermint-0", P), end("07-tendermint-0", C1));
    let planned = plan(&mut relay, net.now, net.site(P), net.site(C1)).unwrap();
    let update = planned.b[0].clone();
    assert_eq!(update.type_url, "/ibc.core.client.v1.MsgUpdateClient");
    let timeout = msgs::any(&MsgTimeout {
        packet: Some(packet),
        proof_unreceived: net.proof(P, &path),
        proof_height: Some(ClientHeight { revision_number: 1, revision_height: net.height(P).0 }),
        next_sequence_recv: 1,
        signer: address(C1, "alice"),
    });
    assert_eq!(
        net.refused(C1, "alice", vec![update, timeout]),
        "failed to execute message; message index: 1: timeout packet verification failed: failed packet receipt \
         absence verification for client (07-tendermint-0): invalid merkle proof: invalid proof"
    );

    net.relay(Relaying::Everything);
    net.until("the acknowledgement is back", 6, |net| net.in_flight(C1, "transfer", ON_CONSUMER).is_empty());
    assert_eq!(net.purse(C1, "alice"), before - 1_000 - sent.fee, "paid once, never refunded");
    assert_eq!(vouchers(&net, P, "bob"), 1_000);
}
