//! The ports of the consumer's protocol: IBC and the block, read from wherever the chain's state is.

use super::{STORE, refusal};
use crate::ccv_host::on_state::{self, OnState};
use crate::ccv_host::provider::shared;
use crate::ibc::View as ChainView;
use crate::ibc::channel as ibc_channel;
use crate::ibc::core::{client as ibc_client, connection as ibc_connection};
use crate::{Ctx, Error};
use ics_abci::{ConsAddr, Event, Height, Time};
use ics_ccv::Rules;
use ics_ccv::consumer::host::{ChannelOrder, OpenChannel};
use ics_ccv::consumer::{self, Host, View};
use ics_ccv::id::{ChannelId, ClientId, ConnectionId};
use ics_ccv::provider::{ChannelView, ConnectionView, SendError};
use ics_ccv::wire::genesis::{ClientState, ConsensusState};

/// Runs a step of the protocol.
pub(super) fn run<'c, T>(
    ctx: &mut Ctx<'c>,
    step: impl FnOnce(&mut OnState<&mut Ctx<'c>>) -> Result<T, consumer::Error>,
) -> Result<T, Error> {
    on_state::run(ctx, STORE, refusal, step)
}

/// Asks the protocol.
pub(super) fn ask<V: ChainView, T>(
    view: V,
    question: impl FnOnce(&OnState<V>) -> Result<T, consumer::Error>,
) -> Result<T, Error> {
    on_state::ask(view, STORE, refusal, question)
}

impl<V: ChainView> View for OnState<V> {
    fn height(&self) -> Height {
        // The protocol counts the chain's genesis as height 0, whatever the first block's is.
        let block = self.at.block();
        if block.genesis { Height(0) } else { block.height }
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
    fn connection(&self, id: &ConnectionId) -> Option<ConnectionView> {
        shared::connection(self.sound(ibc_connection::connection_view(self.at.state(), &id.0)))
    }
    fn channel(&self, port: &str, id: &ChannelId) -> Option<ChannelView> {
        shared::channel(self.sound(ibc_channel::channel_view(self.at.state(), port, &id.0)))
    }
    fn counterparty_channel(&self, port: &str, id: &ChannelId) -> Option<ChannelId> {
        let end = self.sound(ibc_channel::channel_view(self.at.state(), port, &id.0))?;
        Some(ChannelId(end.counterparty_channel)).filter(|id| !id.0.is_empty())
    }
    fn counterparty_client(&self, id: &ConnectionId) -> Option<ClientId> {
        let end = self.sound(ibc_connection::connection_view(self.at.state(), &id.0))?;
        Some(ClientId(end.counterparty_client_id))
    }
    fn client_chain_id(&self, id: &ClientId) -> Option<String> {
        self.sound(ibc_client::client_view(&self.at, &id.0)).map(|client| client.chain_id)
    }
    fn header_record(&self) -> Vec<u8> {
        let block = self.at.block();
        let mut record = block.time.unix_nanos().to_be_bytes().to_vec();
        record.extend_from_slice(&block.app_hash);
        record.extend_from_slice(&block.next_validators_hash);
        record
    }
}

impl Host for OnState<&mut Ctx<'_>> {
    fn atomically<T, E>(&mut self, step: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        self.undoably(step)
    }
    fn emit(&mut self, event: Event) {
        self.at.emit(event);
    }
    fn send(&mut self, channel: &ChannelId, data: Vec<u8>, timeout: Time) -> Result<u64, SendError> {
        shared::send(self.at, consumer::PORT, channel, data, timeout)
    }
    fn create_client(&mut self, state: &ClientState, consensus: &ConsensusState) -> Result<ClientId, String> {
        shared::create_client(self.at, state, consensus)
    }
    fn open_channel(&mut self, init: &OpenChannel) -> Result<ChannelId, String> {
        let wish = ibc_channel::OpenChannel {
            port: init.port.to_owned(),
            counterparty_port: init.counterparty_port.to_owned(),
            connection: init.connection.0.clone(),
            version: init.version.to_owned(),
            ordered: init.order == ChannelOrder::Ordered,
        };
        ibc_channel::open_channel(self.at, &wish)
            .map(|(channel, _)| ChannelId(channel))
            .map_err(|error| error.to_string())
    }
    fn on_bonded(&mut self, _: ConsAddr) {
        // Nobody watches for downtime yet: the slashing module comes with the reports to the provider.
    }
}
