//! Parameters that governance may change. Source: provider spec §8.1.

use super::error::{Error, Fault};
use super::host::View;
use super::state;
use crate::id::{ChainId, RevisionHeight, check_denom};
use crate::wire::genesis::{ClientState, DurationNs, sdk_proof_specs};
use alloc::string::{String, ToString};
use alloc::vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::time::Duration;
use ics_abci::Dec;

/// Parameters of the module.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Params {
    /// What every client of the protocol has in common; chain id, height and periods are filled in.
    pub template_client: ClientState,
    /// Share of an unbonding period that a header is trusted, decimal text, over 0 up to 1.
    pub trusting_period_fraction: String,
    /// How long a packet to a consumer may take.
    pub ccv_timeout_period: DurationNs,
    /// How often the slash meter is refilled.
    pub slash_meter_replenish_period: DurationNs,
    /// Share of the total power by which it is refilled, decimal text, over 0 up to 1.
    pub slash_meter_replenish_fraction: String,
    /// Unused since rewards are allowed per consumer: amount and denomination.
    pub consumer_reward_denom_registration_fee: (u128, String),
    /// Blocks from one set of updates to the next.
    pub blocks_per_epoch: i64,
    /// Epochs after which a new member of a consumer's set earns.
    pub number_of_epochs_to_start_receiving_rewards: i64,
    /// How many bonded validators make the provider's own set.
    pub max_provider_consensus_validators: i64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            template_client: template_client(),
            trusting_period_fraction: "0.66".to_string(),
            ccv_timeout_period: DurationNs::from_secs(2_419_200),
            slash_meter_replenish_period: DurationNs::from_secs(3_600),
            slash_meter_replenish_fraction: "0.05".to_string(),
            consumer_reward_denom_registration_fee: (10_000_000, "stake".to_string()),
            blocks_per_epoch: 600,
            number_of_epochs_to_start_receiving_rewards: 24,
            max_provider_consensus_validators: 180,
        }
    }
}

impl Params {
    /// Checks every field.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn validate(&self) -> Result<(), Fault> {
        validate_template(&self.template_client)?;
        share("TrustingPeriodFraction", &self.trusting_period_fraction)?;
        positive("CcvTimeoutPeriod", self.ccv_timeout_period.0)?;
        positive("SlashMeterReplenishPeriod", self.slash_meter_replenish_period.0)?;
        share("SlashMeterReplenishFraction", &self.slash_meter_replenish_fraction)?;
        positive("BlocksPerEpoch", self.blocks_per_epoch)?;
        positive("NumberOfEpochsToStartReceivingRewards", self.number_of_epochs_to_start_receiving_rewards)?;
        positive("MaxProviderConsensusValidators", self.max_provider_consensus_validators)?;
        check_denom(&self.consumer_reward_denom_registration_fee.1)
            .map_err(|_| Fault::new("ConsumerRewardDenomRegistrationFee", "is no coin"))
    }

    /// Blocks of an epoch.
    #[must_use]
    pub fn epoch_length(&self) -> u64 {
        u64::try_from(self.blocks_per_epoch).unwrap_or(1)
    }

    /// How many bonded validators make the provider's own set.
    #[must_use]
    pub fn own_set_max(&self) -> usize {
        usize::try_from(self.max_provider_consensus_validators).unwrap_or(usize::MAX)
    }

    /// How long a header of a chain with this unbonding period is trusted: the fraction of it, toward zero, in
    /// nanoseconds.
    ///
    /// # Errors
    /// [`Error::TrustingPeriod`] where the numbers do not fit.
    pub fn trusting_period(&self, unbonding: DurationNs) -> Result<DurationNs, Error> {
        let trusting = || {
            let fraction: Dec = self.trusting_period_fraction.parse()?;
            let nanos = Dec::from_int(i128::from(unbonding.0))?.mul_truncate(fraction)?.truncate()?;
            i64::try_from(nanos).map(DurationNs).map_err(|_| ics_abci::DecError::Overflow)
        };
        trusting().map_err(Error::TrustingPeriod)
    }

    /// The template filled in for one chain.
    ///
    /// # Errors
    /// [`Error::TrustingPeriod`].
    pub fn client_of(
        &self,
        chain_id: ChainId,
        latest_height: RevisionHeight,
        unbonding_period: DurationNs,
    ) -> Result<ClientState, Error> {
        let trusting_period = self.trusting_period(unbonding_period)?;
        Ok(ClientState {
            chain_id,
            latest_height,
            unbonding_period,
            trusting_period,
            ..self.template_client.clone()
        })
    }
}

/// The parameters.
///
/// # Errors
/// [`Error::NoGenesis`] before genesis ran, [`Error::Corrupt`].
pub fn get(view: &impl View) -> Result<Params, Error> {
    state::PARAMS.get(view)?.ok_or(Error::NoGenesis)
}

/// A duration as messages carry it (the greatest where it does not fit).
#[must_use]
pub(super) fn duration_ns(duration: Duration) -> DurationNs {
    DurationNs(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
}

fn positive(field: &'static str, value: i64) -> Result<(), Fault> {
    if value > 0 { Ok(()) } else { Err(Fault::new(field, "must be positive")) }
}

fn share(field: &'static str, text: &str) -> Result<(), Fault> {
    let fraction: Dec = text.parse().map_err(|_| Fault::new(field, "is no decimal"))?;
    if fraction.is_negative() || fraction.is_zero() || fraction > Dec::ONE {
        return Err(Fault::new(field, "must be over 0 and at most 1"));
    }
    Ok(())
}

/// What a client of any chain must have, as IBC checks it once the template is filled in.
fn validate_template(client: &ClientState) -> Result<(), Fault> {
    let fault = |why| Fault::new("TemplateClient", why);
    let (numerator, denominator) = client.trust_level;
    // At least a third, at most all: both products are of numbers that a 128-bit product holds.
    let (n, d) = (u128::from(numerator), u128::from(denominator));
    if d == 0 || n > d || n.saturating_mul(3) < d {
        return Err(fault("trust level must be from 1/3 to 1"));
    }
    if client.max_clock_drift.0 <= 0 {
        return Err(fault("max clock drift must be positive"));
    }
    if client.frozen_height != RevisionHeight::default() {
        return Err(fault("must not be frozen"));
    }
    if client.proof_specs.is_empty() {
        return Err(fault("must have proof specs"));
    }
    if client.upgrade_path.iter().any(|key| key.trim().is_empty()) {
        return Err(fault("upgrade path must not have empty keys"));
    }
    Ok(())
}

fn template_client() -> ClientState {
    ClientState {
        chain_id: ChainId(String::new()),
        trust_level: (1, 3),
        trusting_period: DurationNs(0),
        unbonding_period: DurationNs(0),
        max_clock_drift: DurationNs::from_secs(10),
        frozen_height: RevisionHeight::default(),
        latest_height: RevisionHeight::default(),
        proof_specs: sdk_proof_specs(),
        upgrade_path: vec!["upgrade".to_string(), "upgradedIBCState".to_string()],
        allow_update_after_expiry: false,
        allow_update_after_misbehaviour: false,
    }
}
