//! `MsgCreateConsumer`: anybody registers a consumer, and owns it. Source: provider spec §2.5.

use crate::id::{ChainId, ConsumerId};
use crate::provider::error::{Error, Fault, Message};
use crate::provider::host::Host;
use crate::provider::infraction_params::{self, InfractionChange};
use crate::provider::init_params::InitializationParameters;
use crate::provider::metadata::ConsumerMetadata;
use crate::provider::power_shaping::{self, PowerShaping};
use crate::provider::{lifecycle, phase, report, state};
use alloc::string::String;
use alloc::vec::Vec;
use ics_abci::{AccAddr, Time};

/// Registers a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateConsumer {
    /// Who signs, and will own it.
    pub submitter: AccAddr,
    /// What the chain calls itself.
    pub chain_id: String,
    /// Its description.
    pub metadata: ConsumerMetadata,
    /// What it starts with; the defaults where absent.
    pub initialization_parameters: Option<InitializationParameters>,
    /// How its set is shaped; not at all where absent.
    pub power_shaping_parameters: Option<PowerShaping>,
    /// Denominations that it may pay rewards in.
    pub allowlisted_reward_denoms: Option<Vec<String>>,
    /// What infractions on it cost; the defaults for what is absent.
    pub infraction_parameters: Option<InfractionChange>,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Created {
    /// The new consumer.
    pub consumer_id: ConsumerId,
}

impl CreateConsumer {
    /// Checks what needs no state. `prefix` is that of accounts.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::CreateTopN`].
    pub fn validate_basic(&self, prefix: &str) -> Result<(), Error> {
        let fault = |part| Message::Create.fault(part);
        ChainId(self.chain_id.clone())
            .check()
            .map_err(|_| fault(Fault::new("ChainId", "is empty, too long or reserved")))?;
        self.metadata.validate().map_err(fault)?;
        if let Some(init) = &self.initialization_parameters {
            init.validate().map_err(fault)?;
        }
        if let Some(shaping) = &self.power_shaping_parameters {
            if shaping.top_n != 0 {
                return Err(Error::CreateTopN);
            }
            shaping.validate(prefix).map_err(fault)?;
        }
        if let Some(infraction) = &self.infraction_parameters {
            infraction.validate().map_err(fault)?;
        }
        Ok(())
    }

    /// Registers the consumer, and queues it where it has a spawn time.
    ///
    /// # Errors
    /// Those of [`Self::validate_basic`], [`Error::NotYet`], [`Error::WrongRevision`], [`Error::LongUnbonding`], [`Error::IdsExhausted`],
    /// [`Error::Corrupt`]; then nothing is written.
    pub fn handle(&self, host: &mut impl Host) -> Result<Created, Error> {
        self.validate_basic(host.prefix())?;
        refuse_later_parts(self.allowlisted_reward_denoms.as_deref())?;
        host.atomically(|host| self.register(host))
    }

    fn register(&self, host: &mut impl Host) -> Result<Created, Error> {
        let id = lifecycle::next_id(host)?;
        let chain_id = ChainId(self.chain_id.clone());
        let init = self.initialization_parameters.clone();
        let init = init.unwrap_or_else(|| InitializationParameters::of_chain(host, &chain_id)).normalized();
        init.validate_revision(id, &chain_id)?;
        init.validate_unbonding(host, id)?;
        let change = self.infraction_parameters.as_ref();
        let infraction = change.cloned().unwrap_or_default().over(infraction_params::defaults(host));
        phase::register(host, id)?;
        state::OWNER.set(host, &id, &self.submitter);
        state::CHAIN_ID.set(host, &id, &chain_id);
        state::METADATA.set(host, &id, &self.metadata);
        state::INIT_PARAMS.set(host, &id, &init);
        let shaping = self.power_shaping_parameters.clone().unwrap_or_default();
        power_shaping::set(host, id, &shaping)?;
        state::INFRACTION_PARAMS.set(host, &id, &infraction);
        lifecycle::initialize(host, id)?;
        let spawn = (init.spawn_time != Time::ZERO).then_some(init.spawn_time);
        let facts = report::ConsumerFacts {
            id,
            chain: &chain_id,
            name: Some(&self.metadata.name),
            submitter: &self.submitter,
            owner: &self.submitter,
            spawn,
            top_n: None,
            phase: if spawn.is_some() { phase::Phase::Initialized } else { phase::Phase::Registered },
        };
        let event = report::create_consumer(&facts, host.prefix());
        host.emit(event);
        Ok(Created { consumer_id: id })
    }
}

/// Refuses the parts of a message that are not there yet; parts that ask for nothing are fine.
pub(super) fn refuse_later_parts(denoms: Option<&[String]>) -> Result<(), Error> {
    if denoms.is_some_and(|denoms| !denoms.is_empty()) {
        return Err(Error::NotYet("allowlisted reward denominations"));
    }
    Ok(())
}
