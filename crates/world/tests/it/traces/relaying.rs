//! The relayer of a trace: one message at a time, with real headers and real proofs, built by the relayer's own plan.

use super::act::{Act, outcome};
use super::cast::CAST;
use super::chain::Chain;
use super::network::{Consumer, Network};
use ics_abci::TxResult;
use ics_ccv::wire::ack::Ack;
use ics_proto::Any;
use ics_proto::ibc::core::channel::v1::{
    MsgChannelOpenAck, MsgChannelOpenConfirm, MsgChannelOpenInit, MsgChannelOpenTry, MsgRecvPacket,
    MsgTimeout,
};
use ics_proto::ibc::core::connection::v1::{
    MsgConnectionOpenAck, MsgConnectionOpenConfirm, MsgConnectionOpenInit, MsgConnectionOpenTry,
};
use ics_relay::{Side, plan_toward, refresh};
use prost::{Message, Name};

/// Does what a relayer does; says what went other than the model says.
pub(crate) fn perform(net: &mut Network, act: &Act<'_>) -> Result<(), String> {
    let Network { provider, consumers, .. } = net;
    let consumer = consumers.get_mut(act.text("c")).ok_or("the consumer runs, it does not")?;
    match act.kind() {
        "UpdateClientOnProvider" => update_client(provider, consumer, Side::A),
        "UpdateClientOnConsumer" => update_client(provider, consumer, Side::B),
        "Handshake" => handshake(provider, consumer, act.number("amt")),
        "RelayVsc" => relay_vsc(provider, consumer, act.number("vscId")),
        "TimeoutVsc" => time_out_vsc(provider, consumer, act.number("vscId")),
        other => panic!("the driver does not know the action {other}"),
    }
}

/// Executes messages in the open block of one side.
fn deliver(
    provider: &mut Chain,
    consumer: &mut Consumer,
    to: Side,
    messages: Vec<Any>,
) -> Result<TxResult, String> {
    let chain = if to == Side::A { provider } else { &mut consumer.chain };
    let result = chain.send(&CAST.relayer, messages);
    let refused = |(codespace, code, log)| format!("relayed, refused with {codespace}/{code}: {log}");
    outcome(result.clone()).map_err(refused)?;
    Ok(result)
}

fn update_client(provider: &mut Chain, consumer: &mut Consumer, to: Side) -> Result<(), String> {
    let headers = {
        let Consumer { chain, path, .. } = &*consumer;
        let now = if to == Side::A { provider.time() } else { chain.time() };
        match to {
            Side::A => refresh(path, to, now, &provider.opened(), chain.committed()),
            Side::B => refresh(path, to, now, &chain.opened(), provider.committed()),
        }
    };
    let headers = headers.map_err(|error| error.to_string())?.ok_or("an active client, it is dead")?;
    if !headers.is_empty() {
        deliver(provider, consumer, to, headers)?;
    }
    Ok(())
}

/// Updates the client, then relays the first message of type `M` that the relayer has for that side.
fn relay<M: Message + Name + Default>(
    provider: &mut Chain,
    consumer: &mut Consumer,
    to: Side,
) -> Result<(M, TxResult), String> {
    update_client(provider, consumer, to)?;
    let planned = {
        let Consumer { chain, path, .. } = &mut *consumer;
        // Seen anew each time: what an open block had of events was not all.
        path.forget();
        match to {
            Side::A => plan_toward(path, to, provider.time(), &provider.opened(), chain.committed()),
            Side::B => plan_toward(path, to, chain.time(), &chain.opened(), provider.committed()),
        }
    };
    let planned = planned.map_err(|error| error.to_string())?.ok_or("an active client, it is dead")?;
    let urls: Vec<String> = planned.iter().map(|message| message.type_url.clone()).collect();
    let wanted = planned.into_iter().find(|message| message.type_url == M::type_url());
    let wanted = wanted.ok_or_else(|| format!("{} to relay, there is {urls:?}", M::NAME))?;
    let message = M::decode(wanted.value.as_slice()).unwrap();
    let result = deliver(provider, consumer, to, vec![wanted])?;
    Ok((message, result))
}

fn handshake(provider: &mut Chain, consumer: &mut Consumer, step: i64) -> Result<(), String> {
    let named = |result: &TxResult, kind: &str, attribute: &str| {
        let event = result.events.iter().find(|event| event.kind == kind).unwrap();
        Some(event.get(attribute).unwrap().to_owned())
    };
    match step {
        1 => {
            let (_, done) = relay::<MsgConnectionOpenInit>(provider, consumer, Side::B)?;
            consumer.ends.connection[1] = named(&done, "connection_open_init", "connection_id");
        }
        2 => {
            let (_, done) = relay::<MsgConnectionOpenTry>(provider, consumer, Side::A)?;
            consumer.ends.connection[0] = named(&done, "connection_open_try", "connection_id");
        }
        3 => drop(relay::<MsgConnectionOpenAck>(provider, consumer, Side::B)?),
        4 => drop(relay::<MsgConnectionOpenConfirm>(provider, consumer, Side::A)?),
        5 => {
            let (_, done) = relay::<MsgChannelOpenInit>(provider, consumer, Side::B)?;
            consumer.ends.channel[1] = named(&done, "channel_open_init", "channel_id");
        }
        6 => {
            let (_, done) = relay::<MsgChannelOpenTry>(provider, consumer, Side::A)?;
            consumer.ends.channel[0] = named(&done, "channel_open_try", "channel_id");
        }
        7 => drop(relay::<MsgChannelOpenAck>(provider, consumer, Side::B)?),
        8 => drop(relay::<MsgChannelOpenConfirm>(provider, consumer, Side::A)?),
        other => panic!("a handshake has no step {other}"),
    }
    Ok(())
}

fn relay_vsc(provider: &mut Chain, consumer: &mut Consumer, vsc_id: i64) -> Result<(), String> {
    let (message, result) = relay::<MsgRecvPacket>(provider, consumer, Side::B)?;
    let packet = message.packet.unwrap();
    let found = super::reading::packet_id(&packet);
    if found != vsc_id {
        return Err(format!("update {vsc_id} is the oldest, it is {found}"));
    }
    let written = result.events.iter().find(|event| event.kind == "write_acknowledgement").unwrap();
    let ack = super::chain::unhex(written.get("packet_ack_hex").unwrap());
    if Ack::decode(&ack).ok() != Some(Ack::ok()) {
        return Err(format!("a success, the answer is {}", String::from_utf8_lossy(&ack)));
    }
    consumer.settled.insert(packet.sequence);
    Ok(())
}

fn time_out_vsc(provider: &mut Chain, consumer: &mut Consumer, vsc_id: i64) -> Result<(), String> {
    let (message, _) = relay::<MsgTimeout>(provider, consumer, Side::A)?;
    let found = super::reading::packet_id(&message.packet.unwrap());
    if found != vsc_id {
        return Err(format!("update {vsc_id} times out, it is {found}"));
    }
    // The channel is closed: nothing behind it is ever delivered.
    let channel = consumer.ends.channel[0].clone().unwrap();
    let lost = provider.sent.iter().filter(|sent| sent.packet.source_channel == channel);
    consumer.settled.extend(lost.map(|sent| sent.packet.sequence));
    Ok(())
}
