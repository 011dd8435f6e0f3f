//! `MsgUpdateParams`: governance replaces the module's parameters. Source: provider spec §8.1.

use crate::provider::error::Error;
use crate::provider::host::Host;
use crate::provider::params::Params;
use crate::provider::state;
use ics_abci::AccAddr;

/// Replaces the parameters as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateParams {
    /// Who signs: governance.
    pub authority: AccAddr,
    /// The new parameters.
    pub params: Params,
}

impl UpdateParams {
    /// Replaces the parameters; they hold from this block on. The reference tells no event.
    ///
    /// # Errors
    /// [`Error::NotAuthority`], [`Error::Params`]; then nothing is written.
    pub fn handle(&self, host: &mut impl Host) -> Result<(), Error> {
        let authority = host.authority();
        if self.authority != authority {
            let text = |account: &AccAddr| account.to_text(host.prefix());
            return Err(Error::NotAuthority { expected: text(&authority), found: text(&self.authority) });
        }
        self.params.validate().map_err(Error::Params)?;
        state::PARAMS.set(host, &self.params);
        Ok(())
    }
}
