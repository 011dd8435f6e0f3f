//! What a coin is called after it travelled: the way it came, or a hash of it.
//!
//! Source: ICS-20; provider spec §7.3 step 5, consumer spec §16.2; vectors/denoms.json.

use crate::Error;
use crate::ibc::error::transfer;
use crate::ibc::id;
use sha2::{Digest, Sha256};

/// What stands before the hash in the name of a voucher.
const VOUCHER: &str = "ibc/";

/// One channel that a coin came over, named from the receiving side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The port there.
    pub port: String,
    /// The channel there.
    pub channel: String,
}

/// A denomination with the way it came, last hop first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denom {
    /// The channels it came over; none at home.
    pub trace: Vec<Hop>,
    /// Its name at home.
    pub base: String,
}

impl Denom {
    /// From a full path, e.g. `transfer/channel-0/uatom`. A part that is not `channel-<number>` where a channel would
    /// stand begins the base name.
    #[must_use]
    pub fn from_path(path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').collect();
        let mut trace = Vec::new();
        let mut rest = parts.as_slice();
        // Two parts alone are a name with a slash, whatever they look like.
        while parts.len() > 2
            && let [port, channel, behind @ ..] = rest
            && id::channel_number(channel).is_some()
        {
            trace.push(Hop { port: (*port).to_owned(), channel: (*channel).to_owned() });
            rest = behind;
        }
        Self { trace, base: rest.join("/") }
    }

    /// The full path.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = self.trace_path();
        if !path.is_empty() {
            path.push('/');
        }
        path + &self.base
    }

    /// The path without the base name.
    #[must_use]
    pub fn trace_path(&self) -> String {
        let hops: Vec<String> =
            self.trace.iter().map(|hop| format!("{}/{}", hop.port, hop.channel)).collect();
        hops.join("/")
    }

    /// SHA-256 of the full path.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.path().as_bytes()).into()
    }

    /// The name in the bank: the base at home, `ibc/` and the hash elsewhere.
    #[must_use]
    pub fn in_bank(&self) -> String {
        if self.trace.is_empty() {
            self.base.clone()
        } else {
            format!("{VOUCHER}{}", hex::encode_upper(self.hash()))
        }
    }

    /// Whether it last came over this channel, so that sending it back undoes that.
    #[must_use]
    pub fn came_over(&self, port: &str, channel: &str) -> bool {
        self.trace.first().is_some_and(|hop| hop.port == port && hop.channel == channel)
    }

    /// Checks what can be checked without knowing the chains it came from.
    ///
    /// # Errors
    /// `transfer/3` where the base name is blank, and where a hop is no port.
    pub(super) fn validate(&self) -> Result<(), Error> {
        if self.base.trim().is_empty() {
            return Err(transfer::invalid_denom("base denomination cannot be blank"));
        }
        for hop in &self.trace {
            id::port(&hop.port).map_err(|error| error.within("invalid trace"))?;
        }
        Ok(())
    }

    /// Go's JSON of it, as events carry it.
    pub(super) fn json(&self) -> String {
        use super::packet::json_text;
        let hops: Vec<String> = self
            .trace
            .iter()
            .map(|hop| {
                format!("{{\"port_id\":{},\"channel_id\":{}}}", json_text(&hop.port), json_text(&hop.channel))
            })
            .collect();
        let trace = if hops.is_empty() { "null".to_owned() } else { format!("[{}]", hops.join(",")) };
        format!("{{\"base\":{},\"trace\":{trace}}}", json_text(&self.base))
    }
}

/// What a coin that a packet names `denom` is called here: it comes home, or it has one hop more.
#[must_use]
pub fn received_denom(denom: &str, source: (&str, &str), destination: (&str, &str)) -> Denom {
    let mut arrived = Denom::from_path(denom);
    if arrived.came_over(source.0, source.1) {
        arrived.trace.remove(0);
        return arrived;
    }
    let (port, channel) = destination;
    if id::channel_number(channel).is_none() {
        return Denom { trace: Vec::new(), base: format!("{port}/{channel}/{denom}") };
    }
    arrived.trace.insert(0, Hop { port: port.to_owned(), channel: channel.to_owned() });
    arrived
}

/// The hash in the name of a voucher; `None` for other names.
///
/// # Errors
/// `transfer/3` where `ibc/` stands before something that is no hash.
pub(super) fn voucher_hash(denom: &str) -> Result<Option<[u8; 32]>, Error> {
    let no_hash = || transfer::invalid_denom(format!("invalid denom trace hash {denom}"));
    if denom == "ibc" {
        return Err(no_hash());
    }
    let Some(hash) = denom.strip_prefix(VOUCHER) else { return Ok(None) };
    read_hash(hash).ok_or_else(no_hash).map(Some)
}

/// 32 bytes of hex.
pub(super) fn read_hash(text: &str) -> Option<[u8; 32]> {
    hex::decode(text).ok()?.try_into().ok()
}
