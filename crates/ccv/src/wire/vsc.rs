//! Validator set changes, provider to consumer.

use super::json::{Members, Out, first_value, read_update, write_update};
use super::{PACKET_BYTES_MAX, PacketError};
use crate::id::VscId;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::ValUpdate;

/// What changes in a consumer's validator set. Source: provider spec §1.4.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ValidatorSetChange {
    /// New powers by consensus key; 0 removes.
    pub updates: Vec<ValUpdate>,
    /// Which update this is; never 0 on the wire.
    pub id: VscId,
    /// Consumer addresses whose downtime was dealt with, bech32 with the provider's consensus prefix.
    pub slash_acks: Vec<String>,
}

impl ValidatorSetChange {
    /// The packet's data.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Out::build(|out| {
            out.object(|out| {
                out.list("validator_updates", &self.updates, write_update);
                out.quoted("valset_update_id", self.id);
                out.texts("slash_acks", &self.slash_acks);
            });
        })
        .into_bytes()
    }

    /// Reads a packet's data and checks it: there is a list of updates (maybe an empty one) and the id is not 0.
    /// Powers are not looked at, keys may come twice.
    ///
    /// # Errors
    /// [`PacketError`]: the acknowledgement is an error.
    ///
    /// Source: consumer spec §2.2, §4.
    pub fn decode(data: &[u8]) -> Result<Self, PacketError> {
        let mut members = Members::of("packet", first_value(data, PACKET_BYTES_MAX)?)?;
        let updates = members.list("validator_updates")?;
        let id = VscId(members.integer("valset_update_id")?);
        let slash_acks = members.texts("slash_acks")?;
        members.finish()?;
        let Some(updates) = updates else {
            return Err(PacketError::Invalid("validator updates are absent".to_string()));
        };
        let updates = updates.into_iter().map(read_update).collect::<Result<_, _>>()?;
        if id == VscId(0) {
            return Err(PacketError::Invalid("valset update id is zero".to_string()));
        }
        Ok(Self { updates, id, slash_acks })
    }
}
