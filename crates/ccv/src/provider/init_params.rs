//! What a consumer starts with, and when. Source: provider spec §2.2 to §2.4.

use super::error::{Error, Fault};
use super::host::View;
use crate::id::{ChainId, ChannelId, ConnectionId, ConsumerId, RevisionHeight};
use crate::rules::ConsumerUnbonding;
use crate::wire::genesis::DurationNs;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{Dec, Time};

/// What a consumer starts with.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct InitializationParameters {
    /// Its first height; the revision is that of its chain id.
    pub initial_height: RevisionHeight,
    /// Hash of its genesis without the protocol's part, at most 64 bytes; for people.
    pub genesis_hash: Vec<u8>,
    /// Hash of its binary, at most 64 bytes; for people.
    pub binary_hash: Vec<u8>,
    /// When to launch (UTC); [`Time::ZERO`] for not yet.
    pub spawn_time: Time,
    /// Its unbonding period.
    pub unbonding_period: DurationNs,
    /// How long its packets to the provider may take.
    pub ccv_timeout_period: DurationNs,
    /// How long its transfers of rewards may take.
    pub transfer_timeout_period: DurationNs,
    /// Share of its fees that it keeps, decimal text from 0 to 1.
    pub consumer_redistribution_fraction: String,
    /// Blocks between its transfers of rewards.
    pub blocks_per_distribution_transmission: i64,
    /// How many blocks of historical info it keeps.
    pub historical_entries: i64,
    /// Transfer channel for rewards; "" to make a new one.
    pub distribution_transmission_channel: String,
    /// The provider's end of a connection to reuse; "" to make a new client.
    pub connection_id: String,
}

impl Default for InitializationParameters {
    fn default() -> Self {
        Self {
            initial_height: RevisionHeight { revision: 1, height: 1 },
            genesis_hash: Vec::new(),
            binary_hash: Vec::new(),
            spawn_time: Time::ZERO,
            unbonding_period: DurationNs::from_secs(1_728_000),
            ccv_timeout_period: DurationNs::from_secs(2_419_200),
            transfer_timeout_period: DurationNs::from_secs(3_600),
            consumer_redistribution_fraction: "0.75".to_string(),
            blocks_per_distribution_transmission: 1_000,
            historical_entries: 10_000,
            distribution_transmission_channel: String::new(),
            connection_id: String::new(),
        }
    }
}

impl InitializationParameters {
    /// What a chain starts with whose owner says nothing: the initial height has the revision of the chain id, and stake
    /// is bound no longer than on the provider.
    #[must_use]
    pub fn of_chain(view: &impl View, chain_id: &ChainId) -> Self {
        let initial_height = RevisionHeight { revision: chain_id.revision().unwrap_or(1), height: 1 };
        let usual = Self { initial_height, ..Self::default() };
        let most = i64::try_from(view.unbonding_period().as_nanos()).unwrap_or(i64::MAX);
        match view.rules().consumer_unbonding {
            ConsumerUnbonding::WithinProviders => {
                Self { unbonding_period: usual.unbonding_period.min(DurationNs(most)), ..usual }
            }
            ConsumerUnbonding::Any => usual,
        }
    }

    /// Checks every field by itself, in the reference's order. Past spawn times are fine.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn validate(&self) -> Result<(), Fault> {
        if self.initial_height == RevisionHeight::default() {
            return Err(Fault::new("InitialHeight", "cannot be zero"));
        }
        for (field, hash) in [("GenesisHash", &self.genesis_hash), ("BinaryHash", &self.binary_hash)] {
            if hash.len() > 64 {
                return Err(Fault::new(field, "hash exceeds 64 bytes"));
            }
        }
        validate_fraction(&self.consumer_redistribution_fraction)?;
        positive("BlocksPerDistributionTransmission", self.blocks_per_distribution_transmission)?;
        ChannelId::check_optional(&self.distribution_transmission_channel)
            .map_err(|_| Fault::new("DistributionTransmissionChannel", "is no channel identifier"))?;
        positive("HistoricalEntries", self.historical_entries)?;
        positive("CcvTimeoutPeriod", self.ccv_timeout_period.0)?;
        positive("TransferTimeoutPeriod", self.transfer_timeout_period.0)?;
        positive("UnbondingPeriod", self.unbonding_period.0)?;
        ConnectionId::check_optional(&self.connection_id)
            .map_err(|_| Fault::new("ConnectionId", "is no connection identifier"))
    }

    /// Checks that the initial height belongs to the chain id.
    ///
    /// # Errors
    /// [`Error::WrongRevision`].
    pub fn validate_revision(&self, id: ConsumerId, chain_id: &ChainId) -> Result<(), Error> {
        let revision = self.initial_height.revision;
        if chain_id.revision() == Ok(revision) {
            return Ok(());
        }
        Err(Error::WrongRevision { id, chain_id: chain_id.clone(), revision })
    }

    /// Checks that stake is not bound longer on the consumer than on the provider, which could not punish it to the end.
    ///
    /// # Errors
    /// [`Error::LongUnbonding`].
    pub fn validate_unbonding(&self, view: &impl View, id: ConsumerId) -> Result<(), Error> {
        let (found, most) = (self.unbonding_period.get().unwrap_or_default(), view.unbonding_period());
        match view.rules().consumer_unbonding {
            ConsumerUnbonding::WithinProviders if found > most => {
                Err(Error::LongUnbonding { id, found: found.as_secs(), most: most.as_secs() })
            }
            ConsumerUnbonding::WithinProviders | ConsumerUnbonding::Any => Ok(()),
        }
    }

    /// The same with a blank connection made empty, so that "blank" and "none" mean one thing (provider spec §11.17).
    #[must_use]
    pub fn normalized(mut self) -> Self {
        if self.connection_id.trim().is_empty() {
            self.connection_id = String::new();
        }
        self
    }
}

fn positive(field: &'static str, value: i64) -> Result<(), Fault> {
    if value > 0 { Ok(()) } else { Err(Fault::new(field, "must be positive")) }
}

fn validate_fraction(text: &str) -> Result<(), Fault> {
    let fault = |why| Fault::new("ConsumerRedistributionFraction", why);
    let fraction: Dec = text.parse().map_err(|_| fault("is no decimal"))?;
    if fraction.is_negative() {
        return Err(fault("cannot be negative"));
    }
    if fraction > Dec::ONE {
        return Err(fault("cannot be greater than 1"));
    }
    Ok(())
}
