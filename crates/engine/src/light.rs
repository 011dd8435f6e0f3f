//! What a light client needs of a block: the signed header, the set that signed it, and the set after it.

use crate::border::{BorderError, from_addr, from_key};
use crate::history::{self, HistoryError};
use crate::set::ValidatorSet;
use crate::tables;
use ics_abci::Height;
use ics_kv::rows::Rows;
use tendermint::block::signed_header::SignedHeader;
use tendermint::validator::{Info, Set};

/// A block as light clients verify it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LightBlock {
    /// Header and commit.
    pub signed_header: SignedHeader,
    /// The set that signed it.
    pub validators: Set,
    /// The set that signs the block after it.
    pub next_validators: Set,
}

/// The light block of a height; `None` where there is no such block.
///
/// # Errors
/// [`HistoryError`].
pub fn light_block(rows: &impl Rows, height: Height) -> Result<Option<LightBlock>, HistoryError> {
    let Some(stored) = history::commit(rows, height)? else { return Ok(None) };
    let signed_header = SignedHeader::new(stored.header, stored.commit)
        .map_err(|error| HistoryError::corrupt(tables::BLOCKS, error))?;
    let set = |height| {
        let set = history::stored_set(rows, height)?;
        let set =
            set.ok_or_else(|| HistoryError::corrupt(tables::TURNS, format!("no set of height {height}")))?;
        validator_set(&set).map_err(|error| HistoryError::corrupt(tables::MEMBERS, error))
    };
    Ok(Some(LightBlock { signed_header, validators: set(height)?, next_validators: set(height.next())? }))
}

/// A set in the type that light clients take, with proposer and priorities.
///
/// # Errors
/// [`BorderError`] for keys that light clients here cannot verify.
pub fn validator_set(set: &ValidatorSet) -> Result<Set, BorderError> {
    let odd = |error: tendermint::Error| BorderError::new("validator", error);
    let infos = set.validators().iter().map(|validator| {
        Ok(Info {
            address: from_addr(validator.addr),
            pub_key: from_key(&validator.key)?,
            power: tendermint::vote::Power::try_from(validator.power).map_err(odd)?,
            name: None,
            proposer_priority: validator.priority.into(),
        })
    });
    let infos = infos.collect::<Result<Vec<_>, BorderError>>()?;
    Set::with_proposer(infos, from_addr(set.proposer())).map_err(odd)
}
