//! The ports of the provider's protocol: staking, IBC and the block, read from wherever the chain's state is.

use super::{STORE, refusal};
use crate::ccv_host::convert;
use crate::ccv_host::on_state::{self, OnState};
use crate::ibc::View as ChainView;
use crate::ibc::channel::{self as ibc_channel, ChannelState};
use crate::ibc::core::{client as ibc_client, connection as ibc_connection};
use crate::modules::staking::{self, Status};
use crate::{Ctx, Error};
use ics_abci::{AccAddr, Dec, Event, Height, Time, ValAddr, module_address};
use ics_ccv::Rules;
use ics_ccv::id::{ChannelId, ClientId, ConnectionId, ProviderAddr, RevisionHeight};
use ics_ccv::provider::{
    self, Bonded, ChannelView, ClientView, ConnectionView, Host, SendError, ValidatorStatus, View,
};
use ics_ccv::wire::genesis::{ClientState, ConsensusState};
use std::time::Duration;

/// Runs a step of the protocol.
pub(super) fn run<'c, T>(
    ctx: &mut Ctx<'c>,
    step: impl FnOnce(&mut OnState<&mut Ctx<'c>>) -> Result<T, provider::Error>,
) -> Result<T, Error> {
    on_state::run(ctx, STORE, refusal, step)
}

/// Asks the protocol.
pub(super) fn ask<V: ChainView, T>(
    view: V,
    question: impl FnOnce(&OnState<V>) -> Result<T, provider::Error>,
) -> Result<T, Error> {
    on_state::ask(view, STORE, refusal, question)
}

impl<V: ChainView> OnState<V> {
    fn staked(&self, validator: staking::Validator) -> Bonded {
        let power = self.sound(staking::last_power(self.at.state(), &validator.operator));
        bonded(validator, power)
    }
}

fn bonded(validator: staking::Validator, power: ics_abci::Power) -> Bonded {
    Bonded {
        provider_addr: ProviderAddr(validator.key.address()),
        operator: validator.operator,
        key: validator.key,
        power,
        tokens: validator.tokens,
        status: match validator.status {
            Status::Unbonded => ValidatorStatus::Unbonded,
            Status::Unbonding => ValidatorStatus::Unbonding,
            Status::Bonded => ValidatorStatus::Bonded,
        },
        jailed: validator.jailed,
    }
}

impl<V: ChainView> View for OnState<V> {
    fn height(&self) -> Height {
        self.at.block().height
    }
    fn now(&self) -> Time {
        self.at.block().time
    }
    fn chain_id(&self) -> &str {
        &self.at.chain().chain_id
    }
    fn rules(&self) -> &Rules {
        &self.at.chain().rules
    }
    fn prefix(&self) -> &str {
        self.at.chain().prefix
    }
    fn authority(&self) -> AccAddr {
        module_address("gov")
    }
    fn unbonding_period(&self) -> Duration {
        self.sound(staking::unbonding_time(self.at.state()))
    }
    fn min_commission_rate(&self) -> Dec {
        self.sound(staking::params(self.at.state())).min_commission()
    }
    fn total_power(&self) -> ics_abci::Power {
        self.sound(staking::last_total_power(self.at.state()))
    }
    fn infraction_defaults(&self) -> (Dec, Duration) {
        // The SDK's defaults, until the slashing module holds them: one twentieth, ten minutes.
        (Dec::from_atomics(50_000_000_000_000_000), Duration::from_secs(600))
    }
    fn bonded(&self) -> Vec<Bonded> {
        let set = self.sound(staking::bonded(self.at.state()));
        set.into_iter().map(|member| bonded(member.validator, member.last_power)).collect()
    }
    fn validator(&self, operator: &ValAddr) -> Option<Bonded> {
        self.sound(staking::validator(self.at.state(), operator)).map(|validator| self.staked(validator))
    }
    fn validator_by_key(&self, provider_addr: &ProviderAddr) -> Option<Bonded> {
        let found = self.sound(staking::validator_by_cons_addr(self.at.state(), &provider_addr.0));
        found.map(|validator| self.staked(validator))
    }
    fn client(&self, id: &ClientId) -> Option<ClientView> {
        let client = self.sound(ibc_client::client_view(&self.at, &id.0))?;
        let (revision, height) = client.latest_height;
        Some(ClientView {
            chain_id: client.chain_id,
            latest_height: RevisionHeight { revision, height },
            active: client.active,
        })
    }
    fn connection(&self, id: &ConnectionId) -> Option<ConnectionView> {
        connection(self.sound(ibc_connection::connection_view(self.at.state(), &id.0)))
    }
    fn channel(&self, id: &ChannelId) -> Option<ChannelView> {
        channel(self.sound(ibc_channel::channel_view(self.at.state(), provider::channel::PORT, &id.0)))
    }
    fn self_consensus_state(&self) -> Option<ConsensusState> {
        let block = self.at.block();
        Some(ConsensusState {
            timestamp: block.time,
            root: block.app_hash.to_vec(),
            next_validators_hash: block.next_validators_hash.to_vec(),
        })
    }
}

/// A connection, as the protocol sees it.
pub(in crate::ccv_host) fn connection(
    found: Option<ibc_connection::ConnectionView>,
) -> Option<ConnectionView> {
    found.map(|found| ConnectionView {
        client_id: ClientId(found.client_id),
        counterparty_connection_id: found.counterparty_connection_id.map(ConnectionId),
    })
}

/// A channel end, as the protocol sees it.
pub(in crate::ccv_host) fn channel(found: Option<ibc_channel::ChannelView>) -> Option<ChannelView> {
    found.map(|found| ChannelView {
        hops: found.hops.into_iter().map(ConnectionId).collect(),
        closed: found.state == ChannelState::Closed,
        open: found.state == ChannelState::Open,
    })
}

impl Host for OnState<&mut Ctx<'_>> {
    fn atomically<T, E>(&mut self, step: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        self.undoably(step)
    }
    fn emit(&mut self, event: Event) {
        self.at.emit(event);
    }
    fn send(&mut self, channel: &ChannelId, data: Vec<u8>, timeout: Time) -> Result<u64, SendError> {
        send(self.at, provider::channel::PORT, channel, data, timeout)
    }
    fn close(&mut self, channel: &ChannelId) -> Result<(), String> {
        ibc_channel::close_channel(self.at, provider::channel::PORT, &channel.0)
            .map_err(|error| error.to_string())
    }
    fn create_client(&mut self, state: &ClientState, consensus: &ConsensusState) -> Result<ClientId, String> {
        create_client(self.at, state, consensus)
    }
}

/// Sends a packet of the protocol; its timeout is a time alone.
pub(in crate::ccv_host) fn send(
    ctx: &mut Ctx<'_>,
    port: &str,
    channel: &ChannelId,
    data: Vec<u8>,
    timeout: Time,
) -> Result<u64, SendError> {
    ibc_channel::send_packet(ctx, port, &channel.0, (0, 0), Some(timeout), data).map_err(
        |error| match error {
            ibc_channel::SendError::ClientInactive(_) => SendError::ClientInactive,
            other => SendError::Refused(other.to_string()),
        },
    )
}

/// Creates a client from the protocol's states.
pub(in crate::ccv_host) fn create_client(
    ctx: &mut Ctx<'_>,
    state: &ClientState,
    consensus: &ConsensusState,
) -> Result<ClientId, String> {
    let state = convert::any(&convert::client_state(state));
    let consensus = convert::any(&convert::consensus_state(consensus));
    ibc_client::create_client_from_states(ctx, state, consensus)
        .map(|id| ClientId(id.to_string()))
        .map_err(|error| error.to_string())
}
