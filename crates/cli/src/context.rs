//! What a command needs to know before it speaks to a node: which home, which node, whose keys, which chain.

use crate::output::Format;
use crate::rpc::Rpc;
use crate::settings::Settings;
use crate::{Failure, args::Common};
use ics_abci::{ConsKey, ValAddr};
use ics_node::home::{Home, HomeError, Ring};
use ics_proto::Any;
use ics_proto::cosmos::auth::v1beta1::{Bech32PrefixRequest, Bech32PrefixResponse};
use ics_proto::cosmos::crypto::{ed25519, secp256k1};
use ics_proto::cosmos::staking::v1beta1::{QueryValidatorRequest, QueryValidatorResponse};
use prost::{Message as _, Name as _};
use serde_json::Value;
use std::cell::OnceCell;

/// Where a node listens when nobody says otherwise.
const USUAL_NODE: &str = "http://127.0.0.1:26657";

pub(crate) struct Context {
    pub(crate) rpc: Rpc,
    pub(crate) output: Format,
    pub(crate) keys: Ring,
    pub(crate) settings: Settings,
    prefix: OnceCell<String>,
}

impl Context {
    pub(crate) fn new(common: &Common) -> Result<Self, Failure> {
        let settings = Settings::of(&common.keyring)?;
        let (mut node, mut missing) = (None, None);
        match Home::existing(&settings.home) {
            Ok(home) => {
                node = home.facts()?.and_then(|facts| facts.chains.into_iter().next()).map(|chain| chain.rpc);
            }
            // Whoever names a home means the network in it, not one that happens to listen on the usual port.
            Err(HomeError::Empty(_))
                if common.node.is_some()
                    || !settings.file.node.is_empty()
                    || settings.home.join("config").is_dir()
                    || !Home::is_named(common.keyring.home.as_deref()) => {}
            // Keys, and transactions that are signed apart, need no network.
            Err(error @ HomeError::Empty(_)) => missing = Some(error.to_string()),
            Err(error) => return Err(error.into()),
        }
        let usual = node.unwrap_or_else(|| USUAL_NODE.to_owned());
        let node = Settings::or(common.node.as_ref(), &settings.file.node, &usual);
        let (output, keys) = (settings.output(common.output)?, settings.ring(&common.keyring)?);
        let mut rpc = Rpc::new(&node);
        rpc.missing = missing.or(rpc.missing);
        Ok(Self { rpc, output, keys, settings, prefix: OnceCell::new() })
    }

    /// Takes this prefix without asking the node.
    pub(crate) fn assume_prefix(&self, prefix: &str) {
        // Whoever asked first has the node's word, which is as good.
        let _ = self.prefix.set(prefix.to_owned());
    }

    /// The chain's prefix of accounts, as the node tells it.
    pub(crate) fn prefix(&self) -> Result<&str, Failure> {
        if let Some(prefix) = self.prefix.get() {
            return Ok(prefix);
        }
        let answer: Bech32PrefixResponse =
            self.rpc.ask("/cosmos.auth.v1beta1.Query/Bech32Prefix", &Bech32PrefixRequest {})?;
        Ok(self.prefix.get_or_init(|| answer.bech32_prefix))
    }

    /// What to say to somebody who names a key that is not there.
    pub(crate) fn known_keys(&self) -> Result<String, Failure> {
        Ok(ics_node::home::names(&self.keys.names()?))
    }

    /// An argument of a query as JSON: names of keys become addresses, numbers of phases numbers.
    pub(crate) fn resolve(&self, argument: &str, text: &str) -> Result<Value, Failure> {
        let argument = argument.trim_start_matches('?');
        if argument == "phase" {
            return Ok(text.parse::<u32>().map_or_else(|_| Value::from(phase(text)), Value::from));
        }
        let account = matches!(argument, "address" | "delegator_addr" | "voter" | "depositor");
        if account && let Some(key) = self.keys.look_up(text)? {
            return Ok(Value::from(key.address().to_text(self.prefix()?)));
        }
        if argument.ends_with("validator_addr")
            && let Some(key) = self.keys.look_up(text)?
        {
            return Ok(Value::from(ValAddr(key.address().0).to_text(&format!("{}valoper", self.prefix()?))));
        }
        if argument == "provider_address" {
            return self.provider_address(text).map(Value::from);
        }
        Ok(Value::from(text))
    }

    /// The address of the key that a validator signs the provider's blocks with: that address itself, its operator
    /// address, or the name of its operator's key.
    fn provider_address(&self, text: &str) -> Result<String, Failure> {
        let operator = self.resolve("validator_addr", text)?.as_str().unwrap_or(text).to_owned();
        let Some(prefix) = ics_abci::from_bech32(&operator)
            .ok()
            .and_then(|(prefix, _)| Some(prefix.strip_suffix("valoper")?.to_owned()))
        else {
            return Ok(operator);
        };
        let request = QueryValidatorRequest { validator_addr: operator.clone() };
        let answer: QueryValidatorResponse =
            self.rpc.ask("/cosmos.staking.v1beta1.Query/Validator", &request)?;
        let key = answer.validator.and_then(|validator| validator.consensus_pubkey);
        let key = key
            .as_ref()
            .and_then(consensus_key)
            .ok_or_else(|| Failure(format!("the node tells no consensus key of {operator}")))?;
        Ok(key.address().to_text(&format!("{prefix}valcons")))
    }

    /// An account: the address itself, or that of a key's name.
    pub(crate) fn account(&self, text: &str) -> Result<String, Failure> {
        self.address("address", text, "an account")
    }

    /// A validator: its operator address, or the name of its operator's key.
    pub(crate) fn operator(&self, text: &str) -> Result<String, Failure> {
        self.address("validator_addr", text, "a validator")
    }

    fn address(&self, argument: &str, text: &str, what: &str) -> Result<String, Failure> {
        let address = self.resolve(argument, text)?.as_str().unwrap_or(text).to_owned();
        if ics_abci::from_bech32(&address).is_err() {
            let known = self.known_keys()?;
            return Err(Failure(format!(
                "`{text}` is neither the address of {what} nor a key's name; {known}"
            )));
        }
        Ok(address)
    }
}

/// A consumer's phase by the word that people type.
fn phase(word: &str) -> String {
    let word = word.to_ascii_uppercase();
    if word.starts_with("CONSUMER_PHASE_") { word } else { format!("CONSUMER_PHASE_{word}") }
}

/// The reverse of `ics_client::msgs::consensus_key`.
fn consensus_key(key: &Any) -> Option<ConsKey> {
    if key.type_url == ed25519::PubKey::type_url() {
        ConsKey::ed25519(&ed25519::PubKey::decode(key.value.as_slice()).ok()?.key)
    } else if key.type_url == secp256k1::PubKey::type_url() {
        ConsKey::secp256k1(&secp256k1::PubKey::decode(key.value.as_slice()).ok()?.key)
    } else {
        None
    }
}
