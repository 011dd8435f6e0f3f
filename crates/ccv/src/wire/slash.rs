//! Slash packets, consumer to provider.

use super::json::{Json, JsonError, Members, Out, first_value, text};
use super::{PACKET_BYTES_MAX, PacketError};
use crate::id::VscId;
use alloc::string::ToString;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::Power;

/// Data of a packet from a consumer. Source: provider spec §1.5.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ConsumerPacket {
    /// A validator did wrong.
    Slash(Slash),
    /// An update matured (old consumers; ignored).
    VscMatured(VscId),
}

/// A report of an infraction.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Slash {
    /// Consensus address on the consumer, 1 to 255 bytes as received.
    pub address: Vec<u8>,
    /// Power as the consumer claims it.
    pub power: Power,
    /// The update that made the set which signed at the infraction's height; 0 for the genesis set.
    pub vsc_id: VscId,
    /// What was done.
    pub infraction: Infraction,
}

/// Kinds of infractions that a consumer reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Infraction {
    /// Two votes at one height.
    DoubleSign,
    /// Too many missed blocks.
    Downtime,
}

impl Infraction {
    /// The SDK's name, as events and stored documents spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DoubleSign => "INFRACTION_DOUBLE_SIGN",
            Self::Downtime => "INFRACTION_DOWNTIME",
        }
    }

    const fn name_v1(self) -> &'static str {
        match self {
            Self::DoubleSign => "INFRACTION_TYPE_DOUBLE_SIGN",
            Self::Downtime => "INFRACTION_TYPE_DOWNTIME",
        }
    }
}

/// How an infraction is spelled: on the wire always as version 1, in stored documents as the SDK.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    Wire,
    Stored,
}

const TYPES: &[(i32, &str)] = &[
    (0, "CONSUMER_PACKET_TYPE_UNSPECIFIED"),
    (1, "CONSUMER_PACKET_TYPE_SLASH"),
    (2, "CONSUMER_PACKET_TYPE_VSCM"),
];
const STORED_NAMES: &[(i32, &str)] =
    &[(0, "INFRACTION_UNSPECIFIED"), (1, "INFRACTION_DOUBLE_SIGN"), (2, "INFRACTION_DOWNTIME")];
const WIRE_NAMES: &[(i32, &str)] = &[
    (0, "INFRACTION_TYPE_UNSPECIFIED"),
    (1, "INFRACTION_TYPE_DOUBLE_SIGN"),
    (2, "INFRACTION_TYPE_DOWNTIME"),
];

impl ConsumerPacket {
    /// The packet's data; an infraction in the spelling of version 1.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Out::build(|out| self.write(out, Spelling::Wire)).into_bytes()
    }

    pub(crate) fn write(&self, out: &mut Out, spelling: Spelling) {
        out.object(|out| match self {
            Self::Slash(slash) => {
                out.quoted("type", "CONSUMER_PACKET_TYPE_SLASH");
                out.member("slashPacketData").object(|out| slash.write(out, spelling));
            }
            Self::VscMatured(id) => {
                out.quoted("type", "CONSUMER_PACKET_TYPE_VSCM");
                out.member("vscMaturedPacketData").object(|out| out.quoted("valset_update_id", id));
            }
        });
    }

    /// Reads a packet's data and checks it: a slash has an address of 1 to 255 bytes, a power that is not 0 and a known
    /// infraction. Both spellings of the infraction are understood; the body of a matured packet is of no interest.
    ///
    /// # Errors
    /// [`PacketError`]: the acknowledgement is an error.
    ///
    /// Source: provider spec §1.5, §1.6, §5.1 step 2.
    pub fn decode(data: &[u8]) -> Result<Self, PacketError> {
        let (packet, spelling) = read(first_value(data, PACKET_BYTES_MAX)?)?;
        match (&packet, spelling) {
            // Version 1 knows no matured packets, and only version 1 spells so.
            (Self::VscMatured(_), Some(Spelling::Wire)) => {
                Err(JsonError::Value { field: "type", expected: "a slash packet" }.into())
            }
            _ => Ok(packet),
        }
    }

    /// Reads a packet of a stored document, which knows the SDK's spelling alone.
    pub(crate) fn read_stored(json: Json) -> Result<Self, JsonError> {
        let expected = "a slash packet or a matured packet as this chain stores them";
        match read(json) {
            Ok((packet, None | Some(Spelling::Stored))) => Ok(packet),
            Err(PacketError::Undecodable(error)) => Err(error),
            Ok((_, Some(Spelling::Wire))) | Err(PacketError::Invalid(_)) => {
                Err(JsonError::Value { field: "pending_consumer_packets", expected })
            }
        }
    }
}

/// A packet, and the spelling of its infraction where one is named.
fn read(json: Json) -> Result<(ConsumerPacket, Option<Spelling>), PacketError> {
    let mut members = Members::of("packet", json)?;
    let kind = members.enumeration("type", TYPES)?;
    let slash = members.take("slashPacketData");
    let matured = members.take("vscMaturedPacketData");
    members.finish()?;
    if slash.is_some() && matured.is_some() {
        return Err(JsonError::Both("slashPacketData", "vscMaturedPacketData").into());
    }
    let id = matured.map_or(Ok(VscId(0)), read_matured)?;
    let (slash, spelling) = match slash.map(read_slash).transpose()? {
        None => (None, None),
        Some(raw) => (Some(raw.slash), raw.spelling),
    };
    match kind {
        1 => {
            let slash =
                slash.ok_or_else(|| PacketError::Invalid("slash packet data is absent".to_string()))?;
            Ok((ConsumerPacket::Slash(slash.check()?), spelling))
        }
        2 => Ok((ConsumerPacket::VscMatured(id), spelling)),
        _ => Err(PacketError::Invalid("unknown type of packet".to_string())),
    }
}

fn read_matured(json: Json) -> Result<VscId, JsonError> {
    let mut members = Members::of("vscMaturedPacketData", json)?;
    let id = members.integer("valset_update_id").map(VscId)?;
    members.finish()?;
    Ok(id)
}

/// A slash as it came: unchecked.
struct Unchecked {
    address: Vec<u8>,
    power: Power,
    vsc_id: VscId,
    infraction: i32,
}

struct RawSlash {
    slash: Unchecked,
    spelling: Option<Spelling>,
}

fn read_slash(json: Json) -> Result<RawSlash, JsonError> {
    let mut members = Members::of("slashPacketData", json)?;
    let mut validator = Members::of("validator", members.take("validator").unwrap_or(Json::Null))?;
    let address = validator.bytes("address")?;
    let power = validator.integer("power")?;
    validator.finish()?;
    let vsc_id = VscId(members.integer("valset_update_id")?);
    let (infraction, spelling) = match members.present("infraction") {
        None => (0, None),
        Some(json @ Json::Text(_)) => {
            let name = text("infraction", json)?;
            let known = |names: &[(i32, &str)]| names.iter().find(|(_, n)| *n == name).map(|(n, _)| *n);
            match (known(STORED_NAMES), known(WIRE_NAMES)) {
                (Some(number), _) => (number, Some(Spelling::Stored)),
                (None, Some(number)) => (number, Some(Spelling::Wire)),
                (None, None) => {
                    return Err(JsonError::Value { field: "infraction", expected: "a name of the enum" });
                }
            }
        }
        Some(json) => (super::json::integer("infraction", json)?, None),
    };
    members.finish()?;
    Ok(RawSlash { slash: Unchecked { address, power, vsc_id, infraction }, spelling })
}

impl Unchecked {
    fn check(self) -> Result<Slash, PacketError> {
        let invalid = |what: &str| Err(PacketError::Invalid(what.to_string()));
        if self.address.is_empty() || self.address.len() > 255 {
            return invalid("invalid validator address");
        }
        if self.power == 0 {
            return invalid("validator power cannot be zero");
        }
        let infraction = match self.infraction {
            1 => Infraction::DoubleSign,
            2 => Infraction::Downtime,
            _ => return invalid("invalid infraction type"),
        };
        Ok(Slash { address: self.address, power: self.power, vsc_id: self.vsc_id, infraction })
    }
}

impl Slash {
    fn write(&self, out: &mut Out, spelling: Spelling) {
        out.member("validator").object(|out| {
            out.bytes("address", &self.address);
            out.quoted("power", self.power);
        });
        out.quoted("valset_update_id", self.vsc_id);
        let name = match spelling {
            Spelling::Wire => self.infraction.name_v1(),
            Spelling::Stored => self.infraction.name(),
        };
        out.quoted("infraction", name);
    }
}
