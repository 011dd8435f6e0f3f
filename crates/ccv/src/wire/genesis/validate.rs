//! What a genesis document and its parameters must fulfil, in the reference's order; the first failure counts.
//! Source: consumer spec §5, §6.3.

use super::{
    ClientState, ConsensusState, ConsumerGenesis, ConsumerParams, DurationNs, GenesisState, ProviderInfo,
};
use crate::id::{ChainId, ChannelId, ConnectionId, ConsumerId, IdError, check_denom};
use crate::wire::slash::ConsumerPacket;
use alloc::string::String;
use ics_abci::Dec;

/// A parameter that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// A count or a period that must be more than zero.
    #[error("{0} must be positive")]
    NotPositive(&'static str),
    /// The channel of the rewards is no channel identifier.
    #[error("distribution transmission channel: {0}")]
    Channel(IdError),
    /// The fraction is no decimal in [0, 1].
    #[error("consumer redistribution fraction {0:?} is not a decimal from 0 to 1")]
    Fraction(String),
    /// A denom that no coin can have.
    #[error("{field}: {error}")]
    Denom {
        /// Which list.
        field: &'static str,
        /// Why not.
        error: IdError,
    },
    /// The consumer's id is no number.
    #[error("consumer id: {0}")]
    ConsumerId(IdError),
}

/// A light client's state that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// Blank, or longer than 50 bytes.
    #[error("chain id: {0}")]
    ChainId(IdError),
    /// Below one third, or above one.
    #[error("trust level must be from 1/3 to 1")]
    TrustLevel,
    /// A period that must be more than zero.
    #[error("{0} must be positive")]
    NotPositive(&'static str),
    /// The height counts in another revision than the chain id.
    #[error("latest height revision must match the chain id's")]
    Revision,
    /// The height is zero.
    #[error("latest height cannot be zero")]
    Height,
    /// The trusting period is not below the unbonding period.
    #[error("trusting period must be below the unbonding period")]
    TrustingPeriod,
    /// There are none.
    #[error("proof specs cannot be absent")]
    ProofSpecs,
    /// A key of the upgrade path is blank.
    #[error("key of the upgrade path cannot be blank")]
    UpgradePath,
    /// The consensus state has no root.
    #[error("root cannot be empty")]
    Root,
    /// The hash has neither 0 nor 32 bytes.
    #[error("next validators hash of {0} bytes, expected 32")]
    ValidatorsHash(usize),
    /// Before or at 1970.
    #[error("timestamp must be after 1970")]
    Timestamp,
}

/// A genesis document that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// Nobody validates.
    #[error("initial validator set is empty")]
    NoValidators,
    /// The parameters.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// A member that must be there.
    #[error("{0} cannot be absent")]
    Absent(&'static str),
    /// A member that must not be there in this kind of start.
    #[error("{0} must be absent")]
    Present(&'static str),
    /// The states of the provider's client.
    #[error("provider client: {0}")]
    Client(#[from] ClientError),
    /// The connection.
    #[error(transparent)]
    Connection(IdError),
    /// What a provider serves starts a new chain.
    #[error("new_chain must be set")]
    NotNew,
}

fn positive(what: &'static str, amount: i64) -> Result<(), ParamsError> {
    if amount > 0 { Ok(()) } else { Err(ParamsError::NotPositive(what)) }
}

fn fraction(text: &str) -> Result<(), ParamsError> {
    let one = Dec::ONE;
    match text.parse::<Dec>() {
        Ok(share) if share >= Dec::ZERO && share <= one => Ok(()),
        _ => Err(ParamsError::Fraction(text.into())),
    }
}

impl ConsumerParams {
    /// Checks the parameters in the order of their declaration.
    ///
    /// # Errors
    /// [`ParamsError`], the first one.
    ///
    /// Source: consumer spec §5.
    pub fn validate(&self) -> Result<(), ParamsError> {
        positive("blocks per distribution transmission", self.blocks_per_distribution_transmission)?;
        ChannelId::check_optional(&self.distribution_transmission_channel).map_err(ParamsError::Channel)?;
        positive("ccv timeout period", self.ccv_timeout_period.0)?;
        positive("transfer timeout period", self.transfer_timeout_period.0)?;
        fraction(&self.consumer_redistribution_fraction)?;
        positive("historical entries", self.historical_entries)?;
        positive("unbonding period", self.unbonding_period.0)?;
        for (field, denoms) in
            [("reward denoms", &self.reward_denoms), ("provider reward denoms", &self.provider_reward_denoms)]
        {
            for denom in denoms {
                check_denom(denom).map_err(|error| ParamsError::Denom { field, error })?;
            }
        }
        positive("retry delay period", self.retry_delay_period.0)?;
        ConsumerId::check(&self.consumer_id).map_err(ParamsError::ConsumerId)
    }
}

impl ClientState {
    /// Checks the state as ibc-go does before it creates a client.
    ///
    /// # Errors
    /// [`ClientError`], the first one.
    pub fn validate(&self) -> Result<(), ClientError> {
        let found = self.chain_id.0.len();
        if self.chain_id.0.trim().is_empty() {
            return Err(ClientError::ChainId(IdError::Blank("chain id")));
        }
        if found > ChainId::BYTES_MAX {
            let max = ChainId::BYTES_MAX;
            return Err(ClientError::ChainId(IdError::Length { what: "chain id", found, min: 1, max }));
        }
        let (numerator, denominator) = (u128::from(self.trust_level.0), u128::from(self.trust_level.1));
        if denominator == 0 || numerator > denominator || numerator.saturating_mul(3) < denominator {
            return Err(ClientError::TrustLevel);
        }
        for (what, period) in [
            ("trusting period", self.trusting_period),
            ("unbonding period", self.unbonding_period),
            ("max clock drift", self.max_clock_drift),
        ] {
            if period <= DurationNs(0) {
                return Err(ClientError::NotPositive(what));
            }
        }
        if self.chain_id.revision() != Ok(self.latest_height.revision) {
            return Err(ClientError::Revision);
        }
        if self.latest_height.height == 0 {
            return Err(ClientError::Height);
        }
        if self.trusting_period >= self.unbonding_period {
            return Err(ClientError::TrustingPeriod);
        }
        if self.proof_specs.is_empty() {
            return Err(ClientError::ProofSpecs);
        }
        if self.upgrade_path.iter().any(|key| key.trim().is_empty()) {
            return Err(ClientError::UpgradePath);
        }
        Ok(())
    }
}

impl ConsensusState {
    /// Checks the state as ibc-go v10.0 does before it creates a client.
    ///
    /// # Errors
    /// [`ClientError`], the first one.
    pub fn validate(&self) -> Result<(), ClientError> {
        if self.root.is_empty() {
            return Err(ClientError::Root);
        }
        let hash = self.next_validators_hash.len();
        if hash != 0 && hash != 32 {
            return Err(ClientError::ValidatorsHash(hash));
        }
        if self.timestamp.seconds() <= 0 {
            return Err(ClientError::Timestamp);
        }
        Ok(())
    }
}

impl ProviderInfo {
    fn states_valid(&self) -> Result<(), GenesisError> {
        self.client_state.as_ref().ok_or(GenesisError::Absent("provider client state"))?.validate()?;
        self.consensus_state.as_ref().ok_or(GenesisError::Absent("provider consensus state"))?.validate()?;
        Ok(())
    }

    fn states_absent(&self) -> Result<(), GenesisError> {
        absent("provider client state", self.client_state.is_none())?;
        absent("provider consensus state", self.consensus_state.is_none())
    }
}

const fn absent(what: &'static str, is: bool) -> Result<(), GenesisError> {
    if is { Ok(()) } else { Err(GenesisError::Present(what)) }
}

impl ConsumerGenesis {
    /// Checks what a provider serves. Where nothing is enabled, nothing is checked.
    ///
    /// # Errors
    /// [`GenesisError`], the first one.
    ///
    /// Source: consumer spec §6.3, last paragraph.
    pub fn validate(&self) -> Result<(), GenesisError> {
        if !self.params.enabled {
            return Ok(());
        }
        if self.provider.initial_val_set.is_empty() {
            return Err(GenesisError::NoValidators);
        }
        self.params.validate()?;
        if !self.new_chain {
            return Err(GenesisError::NotNew);
        }
        let connection_id = &self.connection_id;
        if self.pre_ccv {
            self.provider.states_absent()?;
            if connection_id.trim().is_empty() {
                return Err(GenesisError::Absent("connection id"));
            }
            ConnectionId::check_optional(connection_id).map_err(GenesisError::Connection)
        } else {
            self.provider.states_valid()?;
            absent("connection id", connection_id.trim().is_empty())
        }
    }
}

impl GenesisState {
    /// Checks what a consumer starts from. Where nothing is enabled, nothing is checked.
    ///
    /// # Errors
    /// [`GenesisError`], the first one.
    ///
    /// Source: consumer spec §6.3.
    pub fn validate(&self) -> Result<(), GenesisError> {
        if !self.params.enabled {
            return Ok(());
        }
        if self.provider.initial_val_set.is_empty() {
            return Err(GenesisError::NoValidators);
        }
        self.params.validate()?;
        if self.new_chain { self.validate_new() } else { self.validate_restart() }
    }

    fn validate_new(&self) -> Result<(), GenesisError> {
        if self.connection_id.is_empty() {
            self.provider.states_valid()?;
        } else {
            self.provider.states_absent()?;
            ConnectionId::check_optional(&self.connection_id).map_err(GenesisError::Connection)?;
        }
        absent("provider client id", self.provider_client_id.is_empty())?;
        absent("provider channel id", self.provider_channel_id.is_empty())?;
        absent("height to valset update id", self.height_to_vsc_id.is_empty())?;
        absent("outstanding downtime", self.outstanding_downtime.is_empty())?;
        absent("pending consumer packets", self.pending_packets.is_empty())?;
        absent("last transmission height", self.last_transmission_height == 0)
    }

    fn validate_restart(&self) -> Result<(), GenesisError> {
        if self.provider_client_id.is_empty() {
            return Err(GenesisError::Absent("provider client id"));
        }
        if self.provider_channel_id.is_empty() {
            absent("outstanding downtime", self.outstanding_downtime.is_empty())?;
            absent("last transmission height", self.last_transmission_height == 0)?;
            let matured = |packet: &ConsumerPacket| matches!(packet, ConsumerPacket::VscMatured(_));
            absent("pending matured packet", !self.pending_packets.iter().any(matured))?;
        }
        self.provider.states_absent()
    }
}
