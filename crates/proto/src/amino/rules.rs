//! How each message and field is written: read once from the options in the descriptors.
//!
//! Source: amino/amino.proto for what the options mean; x/tx/signing/aminojson/options.go for what beats what.

use std::{collections::BTreeMap, sync::LazyLock};

use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, MessageDescriptor,
};

use crate::json::{JsonError, schema::Schema};

/// The Go type of decimals that protobuf carries as units of 10^-18.
const LEGACY_DEC: &str = "cosmossdk.io/math.LegacyDec";

/// How a message is written.
#[derive(Debug)]
pub(super) struct MessageRule {
    /// What stands for its type in an `Any`; its URL where the message has no such name.
    pub(super) name: String,
    /// Form of the whole.
    pub(super) form: MessageForm,
    /// Its fields, in the order of the JSON.
    pub(super) fields: Vec<FieldRule>,
}

/// Form of a whole message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MessageForm {
    /// An object.
    Object,
    /// The bytes of its field `key`.
    Key,
    /// A form that is not known here, by its name.
    Other(String),
}

/// How a field is written.
#[derive(Debug)]
pub(super) struct FieldRule {
    /// The field.
    pub(super) field: FieldDescriptor,
    /// Its name in the JSON.
    pub(super) name: String,
    /// Where it belongs to a oneof: that one's name, and what stands for the field's type, if it has such a name.
    pub(super) oneof: Option<(String, Option<String>)>,
    /// Whether it is written when it is empty.
    pub(super) always: bool,
    /// Form of its value.
    pub(super) form: FieldForm,
}

/// Form of a field's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FieldForm {
    /// As its protobuf type says.
    Plain,
    /// A list, `[]` where it is empty.
    Coins,
    /// An integer as text, "0" where it is empty.
    Integer,
    /// Integer text of 10^-18 units in protobuf, decimal text in JSON, "0" where it is empty.
    Decimal,
    /// A form that is not known here, by its name.
    Other(String),
}

static RULES: LazyLock<Result<BTreeMap<String, MessageRule>, String>> = LazyLock::new(build);

/// The rule of a message.
pub(super) fn of(message: &MessageDescriptor) -> Result<&'static MessageRule, JsonError> {
    let rules = RULES.as_ref().map_err(|why| JsonError::Descriptors(why.clone()))?;
    rules.get(message.full_name()).ok_or_else(|| JsonError::UnknownType(message.full_name().to_owned()))
}

/// The options that are looked at.
struct Options {
    name: ExtensionDescriptor,
    message_encoding: ExtensionDescriptor,
    encoding: ExtensionDescriptor,
    field_name: ExtensionDescriptor,
    oneof_name: ExtensionDescriptor,
    dont_omitempty: ExtensionDescriptor,
    scalar: ExtensionDescriptor,
    customtype: ExtensionDescriptor,
}

fn build() -> Result<BTreeMap<String, MessageRule>, String> {
    let pool = Schema::load().map_err(|error| error.to_string())?.pool();
    let options = Options::of(pool)?;
    let messages = pool.all_messages().filter(|message| !message.is_map_entry());
    Ok(messages.map(|message| (message.full_name().to_owned(), options.message(&message))).collect())
}

impl Options {
    fn of(pool: &DescriptorPool) -> Result<Self, String> {
        let option = |name: &str| pool.get_extension_by_name(name).ok_or_else(|| format!("no option {name}"));
        Ok(Self {
            name: option("amino.name")?,
            message_encoding: option("amino.message_encoding")?,
            encoding: option("amino.encoding")?,
            field_name: option("amino.field_name")?,
            oneof_name: option("amino.oneof_name")?,
            dont_omitempty: option("amino.dont_omitempty")?,
            scalar: option("cosmos_proto.scalar")?,
            customtype: option("gogoproto.customtype")?,
        })
    }

    fn message(&self, message: &MessageDescriptor) -> MessageRule {
        let options = message.options();
        let form = match text(&options, &self.message_encoding).as_deref() {
            None => MessageForm::Object,
            Some("key_field") => MessageForm::Key,
            Some(other) => MessageForm::Other(other.to_owned()),
        };
        let mut fields: Vec<FieldRule> = message.fields().map(|field| self.field(field)).collect();
        // A oneof stands where its own name belongs, whichever of its fields is set.
        fields.sort_by(|a, b| a.sorted_by().cmp(b.sorted_by()));
        let name = text(&options, &self.name).unwrap_or_else(|| format!("/{}", message.full_name()));
        MessageRule { name, form, fields }
    }

    fn field(&self, field: FieldDescriptor) -> FieldRule {
        let options = field.options();
        let custom = text(&options, &self.customtype);
        let form = match (text(&options, &self.encoding), text(&options, &self.scalar)) {
            (Some(encoding), _) if encoding == "legacy_coins" => FieldForm::Coins,
            (Some(encoding), _) => FieldForm::Other(encoding),
            (None, Some(scalar)) if scalar == "cosmos.Int" => FieldForm::Integer,
            (None, Some(scalar)) if scalar == "cosmos.Dec" && custom.as_deref() == Some(LEGACY_DEC) => {
                FieldForm::Decimal
            }
            (None, _) => FieldForm::Plain,
        };
        let oneof =
            field.containing_oneof().map(|oneof| (camel(oneof.name()), text(&options, &self.oneof_name)));
        FieldRule {
            name: text(&options, &self.field_name).unwrap_or_else(|| field.name().to_owned()),
            oneof,
            always: options.get_extension(&self.dont_omitempty).as_bool() == Some(true),
            form,
            field,
        }
    }
}

impl FieldRule {
    fn sorted_by(&self) -> &str {
        self.oneof.as_ref().map_or(self.name.as_str(), |(name, _)| name)
    }
}

fn text(options: &DynamicMessage, option: &ExtensionDescriptor) -> Option<String> {
    options
        .has_extension(option)
        .then(|| options.get_extension(option).as_str().unwrap_or_default().to_owned())
}

/// `a_b` as `AB`.
fn camel(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    name.split('_').filter_map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_are_not_known_belong_to_types_that_no_transaction_holds() {
        let rules = RULES.as_ref().unwrap();
        let other = rules.iter().filter(|(_, rule)| matches!(rule.form, MessageForm::Other(_)));
        let other: Vec<&String> = other.map(|(name, _)| name).collect();
        assert_eq!(other, ["cosmos.auth.v1beta1.ModuleAccount", "cosmos.crypto.multisig.LegacyAminoPubKey"]);
        let fields = rules.values().flat_map(|rule| &rule.fields);
        assert_eq!(fields.filter(|rule| matches!(rule.form, FieldForm::Other(_))).count(), 0);
    }
}
