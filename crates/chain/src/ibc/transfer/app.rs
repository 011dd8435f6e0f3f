//! What IBC asks of the port `transfer`.

use super::state::{Change, DENOMS, count_escrow};
use super::{Denom, PORT, TransferAck, TransferData, VERSION, escrow_address, event, params, received_denom};
use crate::ibc::error::{channel, general, port, transfer};
use crate::ibc::{Ack, ChannelEnds, Packet, Port, id};
use crate::modules::bank::{self, Coins};
use crate::{Ctx, Error};
use ics_abci::AccAddr;

/// What a packet brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Whose it is now.
    pub receiver: AccAddr,
    /// What it is called here, in the bank.
    pub denom: String,
    /// In the smallest unit.
    pub amount: u128,
    /// What the packet said beside it.
    pub memo: String,
}

/// The application behind the port `transfer`.
pub struct TransferPort;

/// Receives a packet: mints vouchers, or releases what comes home. Gives the acknowledgement and, if it was taken, what
/// it brought, so that a role can go on with that.
///
/// # Errors
/// Corrupt state only: every refusal is an error acknowledgement.
pub fn on_recv(ctx: &mut Ctx<'_>, packet: &Packet) -> Result<(Ack, Option<Received>), Error> {
    let decoded = TransferData::decode(&packet.data);
    let data = decoded.clone().unwrap_or_default();
    match decoded.and_then(|data| take(ctx, packet, &data)) {
        Ok(received) => {
            event::received(ctx, &data, None);
            Ok((Ack::Success(TransferAck::received().encode()), Some(received)))
        }
        Err(Error::Refused { code, log, .. }) => {
            event::received(ctx, &data, Some(&log));
            Ok((Ack::Error(TransferAck::refused(code).encode()), None))
        }
        Err(Error::Corrupt(corrupt)) => Err(Error::Corrupt(corrupt)),
    }
}

fn take(ctx: &mut Ctx<'_>, packet: &Packet, data: &TransferData) -> Result<Received, Error> {
    data.validate().map_err(|error| error.within("error validating ICS-20 transfer packet data"))?;
    if !params(ctx)?.receive_enabled {
        return Err(transfer::receive_disabled(""));
    }
    let receiver = AccAddr::parse(ctx.chain.prefix, &data.receiver).map_err(|_| {
        general::invalid_address(format!("failed to decode receiver address: {}", data.receiver))
    })?;
    if bank::is_blocked(ctx, &receiver)? {
        return Err(general::unauthorized(format!("{} is not allowed to receive funds", data.receiver)));
    }
    let amount = data.amount()?;
    let source = (packet.source.0.as_str(), packet.source.1.as_str());
    let (port, channel) = (packet.destination.0.as_str(), packet.destination.1.as_str());
    let denom = received_denom(&data.denom, source, (port, channel));
    let name = denom.in_bank();
    // A name that reads like another way than it came would never find back.
    if !bank::is_denom(&name) || Denom::from_path(&denom.path()) != denom {
        return Err(transfer::invalid_denom(format!("invalid denom: {}", denom.path())));
    }
    if data.denom().came_over(source.0, source.1) {
        release(ctx, port, channel, &receiver, &name, amount)?;
    } else {
        let hash = denom.hash();
        if !DENOMS.has(ctx, &hash) {
            DENOMS.set(ctx, &hash, &denom.path());
        }
        event::voucher(ctx, &denom);
        mint(ctx, &receiver, &name, amount).map_err(|error| error.within("failed to mint IBC tokens"))?;
    }
    Ok(Received { receiver, denom: name, amount, memo: data.memo.clone() })
}

fn mint(ctx: &mut Ctx<'_>, to: &AccAddr, denom: &str, amount: u128) -> Result<(), Error> {
    let coins = Coins::one(denom, amount);
    bank::mint(ctx, PORT, &coins)?;
    bank::send(ctx, &ics_abci::module_address(PORT), to, &coins)
}

fn release(
    ctx: &mut Ctx<'_>,
    port: &str,
    channel: &str,
    to: &AccAddr,
    denom: &str,
    amount: u128,
) -> Result<(), Error> {
    bank::send(ctx, &escrow_address(port, channel), to, &Coins::one(denom, amount)).map_err(|error| {
        error.within("unable to unescrow tokens, this may be caused by a malicious counterparty module or a bug: please open an issue on counterparty module")
    })?;
    count_escrow(ctx, denom, Change::Out, amount)
}

/// Gives back what was sent and did not arrive.
fn refund(ctx: &mut Ctx<'_>, packet: &Packet, data: &TransferData) -> Result<(), Error> {
    let sender = AccAddr::parse(ctx.chain.prefix, &data.sender)
        .map_err(|error| general::invalid_address(format!("sender: {error}")))?;
    if bank::is_blocked(ctx, &sender)? {
        return Err(general::unauthorized(format!("{} is not allowed to receive funds", data.sender)));
    }
    let (denom, amount) = (data.denom(), data.amount()?);
    let (port, channel) = (packet.source.0.as_str(), packet.source.1.as_str());
    if denom.came_over(port, channel) {
        mint(ctx, &sender, &denom.in_bank(), amount)
    } else {
        release(ctx, port, channel, &sender, &denom.in_bank(), amount)
    }
}

fn check_channel(ends: &ChannelEnds) -> Result<(), Error> {
    // Escrow addresses are 20 bytes: their safety is argued for 2^32 channels only.
    let number = id::channel_number(&ends.channel).ok_or_else(|| channel::invalid_id(&ends.channel))?;
    if number > u64::from(u32::MAX) {
        return Err(transfer::max_channels(format!(
            "channel sequence {number} is greater than max allowed transfer channels {}",
            u32::MAX
        )));
    }
    if ends.ordered {
        return Err(channel::invalid_order("expected ORDER_UNORDERED channel, got ORDER_ORDERED "));
    }
    if ends.port != PORT {
        return Err(port::invalid(format!("invalid port: {}, expected {PORT}", ends.port)));
    }
    Ok(())
}

impl Port for TransferPort {
    fn on_open_init(&self, _: &mut Ctx<'_>, ends: &ChannelEnds, version: &str) -> Result<String, Error> {
        check_channel(ends)?;
        if version.trim().is_empty() || version == VERSION {
            return Ok(VERSION.to_owned());
        }
        Err(transfer::invalid_version(format!("expected one of [{VERSION}], got {version}")))
    }

    fn on_open_try(&self, _: &mut Ctx<'_>, ends: &ChannelEnds, _: &str) -> Result<String, Error> {
        check_channel(ends)?;
        // Whatever they propose, this is what we speak; they see it in our end and may give up.
        Ok(VERSION.to_owned())
    }

    fn on_open_ack(&self, _: &mut Ctx<'_>, _: &ChannelEnds, version: &str) -> Result<(), Error> {
        if version == VERSION {
            return Ok(());
        }
        Err(transfer::invalid_version(format!(
            "invalid counterparty version: expected one of [{VERSION}], got {version}"
        )))
    }

    fn on_open_confirm(&self, _: &mut Ctx<'_>, _: &ChannelEnds) -> Result<(), Error> {
        Ok(())
    }

    fn on_close_init(&self, _: &mut Ctx<'_>, _: &ChannelEnds) -> Result<(), Error> {
        Err(general::invalid_request("user cannot close channel"))
    }

    fn on_close_confirm(&self, _: &mut Ctx<'_>, _: &ChannelEnds) -> Result<(), Error> {
        Ok(())
    }

    fn on_recv(&self, ctx: &mut Ctx<'_>, packet: &Packet) -> Result<Ack, Error> {
        on_recv(ctx, packet).map(|(ack, _)| ack)
    }

    fn on_ack(&self, ctx: &mut Ctx<'_>, packet: &Packet, ack: &[u8]) -> Result<(), Error> {
        let ack = TransferAck::decode(ack)?;
        let data = TransferData::decode(&packet.data)?;
        if matches!(ack, TransferAck::Error(_)) {
            refund(ctx, packet, &data)?;
        }
        event::acknowledged(ctx, &data, &ack);
        Ok(())
    }

    fn on_timeout(&self, ctx: &mut Ctx<'_>, packet: &Packet) -> Result<(), Error> {
        let data = TransferData::decode(&packet.data)?;
        refund(ctx, packet, &data)?;
        event::timed_out(ctx, &data);
        Ok(())
    }
}
