//! Coins that travel between two chains, and come back.

use crate::ibc_chain::*;
use ibc_proto::cosmos::base::v1beta1::Coin;
use ibc_proto::ibc::applications::transfer::v1 as tr;
use ibc_proto::ibc::core::channel::v1 as chan;
use ics_abci::{AccAddr, Event};
use ics_chain::ibc::channel::handshake;
use ics_chain::ibc::channel::packet::{acknowledgement, recv_packet};
use ics_chain::ibc::channel::timeout::timeout;
use ics_chain::ibc::transfer::{Denom, TransferAck, TransferData, escrow_address, received_denom, transfer};
use ics_chain::modules::bank;
use std::time::Duration;

const UNORDERED: chan::Order = chan::Order::Unordered;

fn pair() -> Pair {
    let mut pair = Pair::connected();
    let (a, b) = pair.sides();
    open(a, b, "transfer", UNORDERED, "ics20-1");
    pair
}

fn message(from: &Chain, denom: &str, amount: &str, receiver: &str) -> tr::MsgTransfer {
    let timeout = from.now.plus(Duration::from_secs(600)).unwrap().packet_nanos().unwrap();
    tr::MsgTransfer {
        source_port: "transfer".into(),
        source_channel: "channel-0".into(),
        token: Some(Coin { denom: denom.into(), amount: amount.into() }),
        sender: from.user_text(),
        receiver: receiver.into(),
        timeout_height: None,
        timeout_timestamp: timeout,
        memo: String::new(),
    }
}

fn send_coins(from: &mut Chain, denom: &str, amount: u128, receiver: &str) -> chan::Packet {
    let msg = message(from, denom, &amount.to_string(), receiver);
    from.block(|ctx| transfer(ctx, msg)).unwrap();
    sent(from).pop().unwrap()
}

/// Delivers a packet and its acknowledgement; gives the acknowledgement.
fn deliver(packet: &chan::Packet, from: &mut Chain, to: &mut Chain) -> String {
    relay(from, to);
    let msg = recv_message(packet, from);
    to.block(|ctx| recv_packet(ctx, msg)).unwrap();
    let written = to.events.iter().find(|event| event.kind == "write_acknowledgement").unwrap();
    let ack = hex::decode(written.get("packet_ack_hex").unwrap()).unwrap();
    relay(to, from);
    let msg = ack_packet_message(packet, &ack, to);
    from.block(|ctx| acknowledgement(ctx, msg)).unwrap();
    String::from_utf8(ack).unwrap()
}

#[test]
fn coins_travel_there_and_back_and_nothing_is_left_in_escrow() {
    let Pair { mut a, mut b } = pair();
    let escrow = escrow_address("transfer", "channel-0");
    let to = b.user_text();
    let packet = send_coins(&mut a, "stake", 100, &to);
    assert_eq!(
        String::from_utf8(packet.data.clone()).unwrap(),
        format!(r#"{{"denom":"stake","amount":"100","sender":"{}","receiver":"{to}"}}"#, a.user_text())
    );
    assert_eq!(
        line(a.events.iter().rev().nth(1).unwrap()),
        format!("ibc_transfer{{sender={},receiver={to},denom=stake,amount=100,memo=}}", a.user_text())
    );
    assert_eq!((a.balance(&Chain::user(), "stake"), a.balance(&escrow, "stake")), (999_900, 100));
    relay(&mut a, &mut b);
    let msg = recv_message(&packet, &a);
    b.block(|ctx| recv_packet(ctx, msg)).unwrap();
    let kinds: Vec<&str> = b.events.iter().map(|event| event.kind.as_str()).collect();
    let from = kinds.iter().position(|kind| *kind == "denomination").unwrap();
    assert_eq!(kinds[..from], ["recv_packet", "message"]);
    assert_eq!(
        kinds[kinds.len() - 4..],
        ["fungible_token_packet", "message", "write_acknowledgement", "message"]
    );
    let voucher = Denom::from_path("transfer/channel-0/stake").in_bank();
    assert_eq!(
        line(&b.events[from]),
        format!(
            r#"denomination{{denom_hash={},denom={{"base":"stake","trace":[{{"port_id":"transfer","channel_id":"channel-0"}}]}}}}"#,
            &voucher[4..]
        )
    );
    assert_eq!(b.balance(&Chain::user(), &voucher), 100);
    relay(&mut b, &mut a);
    let msg = ack_packet_message(&packet, br#"{"result":"AQ=="}"#, &b);
    a.block(|ctx| acknowledgement(ctx, msg)).unwrap();
    assert_eq!(
        a.events[2..].iter().map(line).collect::<Vec<_>>(),
        [
            format!(
                "fungible_token_packet{{sender={},receiver={to},denom=stake,amount=100,memo=,acknowledgement=result:\"\\001\" }}",
                a.user_text()
            ),
            "message{module=transfer}".into(),
            "fungible_token_packet{success=\u{1}}".into(),
        ]
    );
    // Home again, over the same channel.
    let home = a.user_text();
    let packet = send_coins(&mut b, &voucher, 60, &home);
    assert_eq!(TransferData::decode(&packet.data).unwrap().denom, "transfer/channel-0/stake");
    assert_eq!(deliver(&packet, &mut b, &mut a), r#"{"result":"AQ=="}"#);
    assert_eq!((a.balance(&Chain::user(), "stake"), a.balance(&escrow, "stake")), (999_960, 40));
    assert_eq!(b.balance(&Chain::user(), &voucher), 40);
    assert_eq!(b.look(|ctx| bank::supply(ctx, &voucher)), Ok(40));
    // "All I have".
    let msg = message(
        &b,
        &voucher,
        "115792089237316195423570985008687907853269984665640564039457584007913129639935",
        &home,
    );
    b.block(|ctx| transfer(ctx, msg)).unwrap();
    let packet = sent(&b).pop().unwrap();
    deliver(&packet, &mut b, &mut a);
    assert_eq!((a.balance(&Chain::user(), "stake"), a.balance(&escrow, "stake")), (1_000_000, 0));
    assert_eq!(b.look(|ctx| bank::supply(ctx, &voucher)), Ok(0));
    let trace: tr::QueryDenomTraceResponse = b
        .ask("/ibc.applications.transfer.v1.Query/DenomTrace", &tr::QueryDenomTraceRequest { hash: voucher })
        .unwrap();
    let trace = trace.denom_trace.unwrap();
    assert_eq!((trace.path.as_str(), trace.base_denom.as_str()), ("transfer/channel-0", "stake"));
}

#[test]
fn a_refused_transfer_gives_the_coins_back() {
    let Pair { mut a, mut b } = pair();
    let packet = send_coins(&mut a, "stake", 100, "nobody");
    let ack = deliver(&packet, &mut a, &mut b);
    assert_eq!(ack, r#"{"error":"ABCI code: 5: error handling packet: see events for details"}"#);
    assert_eq!(a.balance(&Chain::user(), "stake"), 1_000_000);
    let told = b.look(|ctx| bank::supply(ctx, &Denom::from_path("transfer/channel-0/stake").in_bank()));
    assert_eq!(told, Ok(0));
    // Vouchers that cannot go home are minted back.
    let to = b.user_text();
    let packet = send_coins(&mut a, "stake", 50, &to);
    deliver(&packet, &mut a, &mut b);
    let voucher = Denom::from_path("transfer/channel-0/stake").in_bank();
    let packet = send_coins(&mut b, &voucher, 50, "nobody");
    assert_eq!(b.balance(&Chain::user(), &voucher), 0);
    deliver(&packet, &mut b, &mut a);
    assert_eq!(b.balance(&Chain::user(), &voucher), 50);
}

#[test]
fn a_transfer_that_times_out_gives_the_coins_back() {
    let Pair { mut a, mut b } = pair();
    let to = b.user_text();
    let packet = send_coins(&mut a, "stake", 100, &to);
    b.now = b.now.plus(Duration::from_secs(1_200)).unwrap();
    b.block(|_| Ok(())).unwrap();
    relay(&mut b, &mut a);
    let msg = timeout_message(&packet, &b, UNORDERED);
    a.block(|ctx| timeout(ctx, msg)).unwrap();
    assert_eq!(a.balance(&Chain::user(), "stake"), 1_000_000);
    let told = a.events.iter().find(|event| event.kind == "timeout").unwrap();
    assert_eq!(
        line(told),
        format!(
            r#"timeout{{receiver={},refund_tokens={{"denom":{{"base":"stake","trace":null}},"amount":"100"}},memo=}}"#,
            a.user_text()
        )
    );
}

#[test]
fn more_than_was_escrowed_cannot_be_taken_out() {
    // The other chain may be malicious: it claims coins that never left this one.
    let Pair { mut a, mut b } = pair();
    let to = b.user_text();
    let packet = send_coins(&mut a, "stake", 10, &to);
    deliver(&packet, &mut a, &mut b);
    let forged = TransferData {
        denom: "transfer/channel-0/stake".into(),
        amount: "11".into(),
        sender: b.user_text(),
        receiver: a.user_text(),
        memo: String::new(),
    };
    let timeout = b.now.plus(Duration::from_secs(600)).unwrap();
    b.block(|ctx| {
        Ok(ics_chain::ibc::send_packet(ctx, "transfer", "channel-0", (0, 0), Some(timeout), forged.encode())?)
    })
    .unwrap();
    let packet = sent(&b).pop().unwrap();
    relay(&mut b, &mut a);
    let msg = recv_message(&packet, &b);
    a.block(|ctx| recv_packet(ctx, msg)).unwrap();
    assert_eq!(a.balance(&Chain::user(), "stake"), 999_990);
    assert_eq!(a.balance(&escrow_address("transfer", "channel-0"), "stake"), 10);
    let told = a.events.iter().find(|event| event.kind == "ibccallbackerror-fungible_token_packet").unwrap();
    assert_eq!(told.get("ibccallbackerror-success"), Some("false"));
}

#[test]
fn transfers_that_cannot_work_take_no_coins() {
    let Pair { a, .. } = pair();
    let try_it = |change: &dyn Fn(&mut tr::MsgTransfer)| {
        let mut msg = message(&a, "stake", "5", "beta1whoever");
        change(&mut msg);
        let (codespace, code, _) = refusal(a.look(|ctx| {
            let done = transfer(ctx, msg);
            assert_eq!(bank::balance(ctx, &Chain::user(), "stake"), Ok(1_000_000));
            done
        }));
        (codespace, code)
    };
    assert_eq!(try_it(&|m| m.source_channel = "channel-9".into()), ("channel", 3));
    assert_eq!(try_it(&|m| m.source_port = "app".into()), ("port", 4));
    assert_eq!(try_it(&|m| m.token.as_mut().unwrap().amount = "0".into()), ("ibc", 6));
    assert_eq!(try_it(&|m| m.token.as_mut().unwrap().amount = "-1".into()), ("ibc", 6));
    assert_eq!(try_it(&|m| m.token.as_mut().unwrap().amount = "1000001".into()), ("sdk", 5));
    assert_eq!(try_it(&|m| m.token.as_mut().unwrap().denom = "ibc/00".into()), ("ibc", 6));
    let unknown = format!("ibc/{}", "AB".repeat(32));
    assert_eq!(try_it(&|m| m.token.as_mut().unwrap().denom = unknown.clone()), ("transfer", 6));
    assert_eq!(try_it(&|m| m.receiver = " ".into()), ("ibc", 5));
    assert_eq!(try_it(&|m| m.memo = "m".repeat(40_000)), ("transfer", 11));
    assert_eq!(try_it(&|m| m.timeout_timestamp = 0), ("channel", 13));
    assert_eq!(try_it(&|m| m.timeout_timestamp = 1), ("channel", 40));
}

#[test]
fn transfer_channels_are_unordered_and_users_cannot_close_them() {
    let Pair { a, .. } = pair();
    let close = chan::MsgChannelCloseInit {
        port_id: "transfer".into(),
        channel_id: "channel-0".into(),
        signer: USER.into(),
    };
    assert_eq!(
        refusal(a.look(|ctx| handshake::close_init(ctx, close))),
        (
            "ibc",
            8,
            "channel close init callback failed for port ID: transfer, channel ID: channel-0: user cannot close channel: invalid request".into()
        )
    );
    let wish = handshake::OpenChannel {
        port: "transfer".into(),
        counterparty_port: "transfer".into(),
        connection: "connection-0".into(),
        version: "ics20-1".into(),
        ordered: true,
    };
    let (codespace, code, _) = refusal(a.look(|ctx| handshake::open_channel(ctx, &wish)));
    assert_eq!((codespace, code), ("channel", 6));
}

#[test]
fn the_memo_is_written_with_gos_escapes_only_where_there_is_one() {
    let data = TransferData {
        denom: "stake".into(),
        amount: "1".into(),
        sender: "s".into(),
        receiver: "r".into(),
        memo: "{\n\t\"a\": \"<&>\u{2028}\"}".into(),
    };
    assert_eq!(
        String::from_utf8(data.encode()).unwrap(),
        r#"{"denom":"stake","amount":"1","sender":"s","receiver":"r","memo":"{\n\t\"a\": \"\u003c\u0026\u003e\u2028\"}"}"#
    );
    assert_eq!(TransferData::decode(&data.encode()), Ok(data));
}

#[test]
fn the_escrow_address_is_that_of_adr_028() {
    // Worked out independently: bech32 of the first 20 bytes of SHA-256 of "ics20-1", 0, "transfer/channel-0".
    let address = escrow_address("transfer", "channel-0").to_text("cosmos");
    assert_eq!(address, "cosmos1a53udazy8ayufvy0s434pfwjcedzqv34kvz9tw");
    assert_eq!(AccAddr::parse("cosmos", &address).unwrap().0.len(), 20);
}

#[test]
fn vectors_of_denominations() {
    let folder = std::env::var("ICS_VECTORS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors").into());
    let file = std::fs::read(format!("{folder}/denoms.json")).unwrap();
    let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
    let cases = file["cases"].as_array().unwrap();
    let mut ran = 0;
    for case in cases {
        let text = |key: &str| case[key].as_str().unwrap();
        let denom = match text("kind") {
            "trace" => Denom::from_path(text("denom")),
            "received" => received_denom(
                text("denom"),
                (text("source_port"), text("source_channel")),
                (text("dest_port"), text("dest_channel")),
            ),
            kind => panic!("unknown kind {kind}"),
        };
        assert_eq!(denom.in_bank(), case["expect"]["denom"].as_str().unwrap(), "{}", text("name"));
        ran += 1;
    }
    assert!(ran > 0 && ran == cases.len());
}

/// The packets that a live network of the reference sent.
fn recorded() -> Vec<serde_json::Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../recordings/packets");
    let read = |run: u8| {
        let file = std::fs::read(format!("{folder}/run{run}_packet_events.json")).unwrap();
        serde_json::from_slice::<Vec<serde_json::Value>>(&file).unwrap()
    };
    (1..=3).flat_map(read).collect()
}

fn recorded_attributes(event: &serde_json::Value) -> Vec<(&str, &str)> {
    fn pair(pair: &serde_json::Value) -> (&str, &str) {
        (pair[0].as_str().unwrap(), pair[1].as_str().unwrap())
    }
    // What the chain appends to every event comes last.
    let all = event["attributes"].as_array().unwrap();
    all.iter().map(pair).filter(|(key, _)| !["mode", "msg_index"].contains(key)).collect()
}

#[test]
fn recorded_transfers_and_their_acknowledgements_encode_to_the_same_bytes() {
    let (mut transfers, mut acks) = (0, 0);
    for event in &recorded() {
        for (key, value) in recorded_attributes(event) {
            let bytes = hex::decode(value).unwrap_or_default();
            if key == "packet_data_hex" && bytes.starts_with(b"{\"denom\"") {
                assert_eq!(TransferData::decode(&bytes).unwrap().encode(), bytes);
                transfers += 1;
            }
            if key == "packet_ack_hex" {
                assert_eq!(TransferAck::decode(&bytes).unwrap().encode(), bytes);
                acks += 1;
            }
        }
    }
    assert!(transfers >= 12 && acks >= 20, "{transfers} transfers, {acks} acknowledgements");
}

#[test]
fn packet_events_have_the_recorded_attributes_in_their_order() {
    let Pair { mut a, mut b } = pair();
    let to = b.user_text();
    let mut ours: Vec<Event> = vec![];
    let packet = send_coins(&mut a, "stake", 100, &to);
    ours.append(&mut a.events);
    relay(&mut a, &mut b);
    let msg = recv_message(&packet, &a);
    b.block(|ctx| recv_packet(ctx, msg)).unwrap();
    ours.append(&mut b.events);
    relay(&mut b, &mut a);
    let msg = ack_packet_message(&packet, br#"{"result":"AQ=="}"#, &b);
    a.block(|ctx| acknowledgement(ctx, msg)).unwrap();
    ours.append(&mut a.events);
    let packet = send_coins(&mut a, "stake", 100, &to);
    b.now = b.now.plus(Duration::from_secs(1_200)).unwrap();
    b.block(|_| Ok(())).unwrap();
    relay(&mut b, &mut a);
    let msg = timeout_message(&packet, &b, UNORDERED);
    a.block(|ctx| timeout(ctx, msg)).unwrap();
    ours.append(&mut a.events);
    let mut compared = 0;
    for event in &recorded() {
        let kind = event["event"].as_str().unwrap();
        let mine = ours.iter().find(|mine| mine.kind == kind).unwrap();
        let mine: Vec<&str> = mine.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
        let theirs: Vec<&str> = recorded_attributes(event).into_iter().map(|(key, _)| key).collect();
        assert_eq!(mine, theirs, "{kind}");
        compared += 1;
    }
    assert!(compared >= 100, "{compared}");
}
