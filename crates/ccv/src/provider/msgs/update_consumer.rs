//! `MsgUpdateConsumer`: the owner changes a consumer. Source: provider spec §2.6, §11.1.

use super::create_consumer::refuse_later_parts;
use crate::id::{ChainId, ConsumerId};
use crate::provider::error::{Error, Fault, Message, Wanted};
use crate::provider::host::{Host, View};
use crate::provider::infraction_params::{self, InfractionChange};
use crate::provider::init_params::InitializationParameters;
use crate::provider::metadata::ConsumerMetadata;
use crate::provider::phase::{self, Phase};
use crate::provider::power_shaping::{self, PowerShaping};
use crate::provider::{lifecycle, report, state};
use alloc::string::String;
use alloc::vec::Vec;
use ics_abci::{AccAddr, Time};

/// Changes a consumer. A part that is present replaces the stored one as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateConsumer {
    /// Who signs, and owns it.
    pub owner: AccAddr,
    /// Which consumer, decimal.
    pub consumer_id: String,
    /// Who shall own it, bech32; blank for no change.
    pub new_owner_address: String,
    /// Its description.
    pub metadata: Option<ConsumerMetadata>,
    /// What it starts with; only before it launched.
    pub initialization_parameters: Option<InitializationParameters>,
    /// How its set is shaped.
    pub power_shaping_parameters: Option<PowerShaping>,
    /// Denominations that it may pay rewards in.
    pub allowlisted_reward_denoms: Option<Vec<String>>,
    /// What the chain calls itself; blank for no change; only before it launched.
    pub new_chain_id: String,
    /// What infractions on it cost.
    pub infraction_parameters: Option<InfractionChange>,
}

/// What is to be written, once everything is checked.
struct Plan {
    id: ConsumerId,
    chain_id: ChainId,
    owner: AccAddr,
    init: InitializationParameters,
    phase: Phase,
}

impl UpdateConsumer {
    /// Checks what needs no state. `prefix` is that of accounts.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn validate_basic(&self, prefix: &str) -> Result<(), Error> {
        let fault = |part| Message::Update.fault(part);
        super::validate_id(&self.consumer_id).map_err(fault)?;
        if let Some(metadata) = &self.metadata {
            metadata.validate().map_err(fault)?;
        }
        if let Some(init) = &self.initialization_parameters {
            init.validate().map_err(fault)?;
        }
        if let Some(shaping) = &self.power_shaping_parameters {
            shaping.validate(prefix).map_err(fault)?;
        }
        if let Some(infraction) = &self.infraction_parameters {
            infraction.validate().map_err(fault)?;
        }
        Ok(())
    }

    /// Changes the consumer.
    ///
    /// # Errors
    /// Those of [`Self::validate_basic`], [`Error::UnknownConsumer`], [`Error::WrongPhase`], [`Error::NoOwner`],
    /// [`Error::NotOwner`], [`Error::InvalidNewOwner`], [`Error::WrongRevision`], [`Error::LongUnbonding`],
    /// [`Error::NotOwnedByGovernance`],
    /// [`Error::TopNNeedsGovernance`], [`Error::NobodyToBind`], [`Error::NotYet`], [`Error::Corrupt`]; then nothing is
    /// written.
    pub fn handle(&self, host: &mut impl Host) -> Result<(), Error> {
        self.validate_basic(host.prefix())?;
        let plan = self.plan(host)?;
        host.atomically(|host| self.write(host, &plan))
    }

    fn plan(&self, view: &impl View) -> Result<Plan, Error> {
        let id = super::consumer_id(&self.consumer_id)?;
        let found = phase::of(view, id)?;
        let Some(phase) = found.filter(|phase| phase.is_active()) else {
            return Err(Error::WrongPhase { id, wanted: Wanted::Active, found });
        };
        lifecycle::require_owner(view, id, &self.owner)?;
        let chain_id = self.next_chain_id(id, phase, lifecycle::chain_id(view, id)?)?;
        let owner = self.next_owner(view.prefix())?;
        let init = self.next_init(phase, lifecycle::init_params(view, id)?)?;
        if self.initialization_parameters.is_some() {
            init.validate_unbonding(view, id)?;
        }
        if phase.is_prelaunched() {
            // Also where only the chain id changes: what waits for its launch is valid.
            init.validate_revision(id, &chain_id)?;
        }
        if self.power_shaping_parameters.as_ref().is_some_and(|shaping| shaping.top_n != 0)
            && self.owner != view.authority()
        {
            return Err(Error::NotOwnedByGovernance);
        }
        let top_n = match &self.power_shaping_parameters {
            Some(shaping) => shaping.top_n,
            None => power_shaping::get(view, id)?.top_n,
        };
        if top_n != 0 && owner != view.authority() {
            return Err(Error::TopNNeedsGovernance);
        }
        refuse_later_parts(self.allowlisted_reward_denoms.as_deref())?;
        Ok(Plan { id, chain_id, owner, init, phase })
    }

    fn next_chain_id(&self, id: ConsumerId, phase: Phase, current: ChainId) -> Result<ChainId, Error> {
        if self.new_chain_id.trim().is_empty() || self.new_chain_id == current.0 {
            return Ok(current);
        }
        let next = ChainId(self.new_chain_id.clone());
        let fault = Fault::new("NewChainId", "is empty, too long or reserved");
        next.check().map_err(|_| Message::Update.fault(fault))?;
        if !phase.is_prelaunched() {
            return Err(Error::WrongPhase { id, wanted: Wanted::Prelaunched, found: Some(phase) });
        }
        Ok(next)
    }

    fn next_owner(&self, prefix: &str) -> Result<AccAddr, Error> {
        if self.new_owner_address.trim().is_empty() {
            return Ok(self.owner.clone());
        }
        AccAddr::parse(prefix, &self.new_owner_address)
            .map_err(|_| Error::InvalidNewOwner(self.new_owner_address.clone()))
    }

    fn next_init(
        &self,
        phase: Phase,
        current: InitializationParameters,
    ) -> Result<InitializationParameters, Error> {
        match &self.initialization_parameters {
            None => Ok(current),
            Some(init) if phase.is_prelaunched() => Ok(init.clone().normalized()),
            Some(_) => Err(Message::Update
                .fault(Fault::new("InitializationParameters", "the chain has launched already"))),
        }
    }

    fn write(&self, host: &mut impl Host, plan: &Plan) -> Result<(), Error> {
        let id = plan.id;
        state::CHAIN_ID.set(host, &id, &plan.chain_id);
        state::OWNER.set(host, &id, &plan.owner);
        if let Some(metadata) = &self.metadata {
            state::METADATA.set(host, &id, metadata);
        }
        if let Some(shaping) = &self.power_shaping_parameters {
            power_shaping::set(host, id, shaping)?;
        }
        if plan.phase.is_prelaunched() {
            state::INIT_PARAMS.set(host, &id, &plan.init);
            if plan.init.spawn_time == Time::ZERO && plan.phase == Phase::Initialized {
                phase::unschedule(host, id)?;
            }
            lifecycle::initialize(host, id)?;
        }
        if let Some(change) = &self.infraction_parameters {
            infraction_params::change(host, id, plan.phase, change)?;
        }
        let facts = report::ConsumerFacts {
            id,
            chain: &plan.chain_id,
            name: self.metadata.as_ref().map(|metadata| metadata.name.as_str()),
            submitter: &self.owner,
            owner: &plan.owner,
            spawn: self.initialization_parameters.as_ref().map(|init| init.spawn_time),
            top_n: self.power_shaping_parameters.as_ref().map(|shaping| shaping.top_n),
            phase: phase::of(host, id)?.unwrap_or(plan.phase),
        };
        let event = report::update_consumer(&facts, host.prefix());
        host.emit(event);
        Ok(())
    }
}
