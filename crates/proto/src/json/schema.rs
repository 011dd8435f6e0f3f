//! The descriptors, and which fields the SDK prints in a way of its own.
//!
//! Source: the options `gogoproto.customtype`, `gogoproto.casttype` and `gogoproto.nullable` of each field.

use std::{collections::BTreeMap, sync::LazyLock};

use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, MessageDescriptor, Value};

use super::JsonError;

/// How a field's value is printed where that differs from its protobuf type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As its protobuf type says.
    Plain,
    /// Integer text of 10^-18 units in protobuf, decimal text in JSON.
    Decimal,
    /// An integer as text; empty means zero.
    Integer,
    /// Bytes as upper-case hex.
    Hex,
    /// A message that is always there: printed with its defaults when absent.
    Present,
}

/// Descriptors with the forms of their fields.
pub(crate) struct Schema {
    pool: DescriptorPool,
    forms: BTreeMap<String, Form>,
}

static SCHEMA: LazyLock<Result<Schema, String>> = LazyLock::new(Schema::build);

impl Schema {
    /// The one schema of this process.
    pub(crate) fn load() -> Result<&'static Self, JsonError> {
        SCHEMA.as_ref().map_err(|reason| JsonError::Descriptors(reason.clone()))
    }

    fn build() -> Result<Self, String> {
        let pool = DescriptorPool::decode(crate::FILE_DESCRIPTOR_SET).map_err(|error| error.to_string())?;
        let option = |name: &str| pool.get_extension_by_name(name).ok_or_else(|| format!("no option {name}"));
        let custom = option("gogoproto.customtype")?;
        let cast = option("gogoproto.casttype")?;
        let nullable = option("gogoproto.nullable")?;
        let mut forms = BTreeMap::new();
        for field in pool.all_messages().flat_map(|message| message.fields().collect::<Vec<_>>()) {
            let options = field.options();
            let go_type = |option| options.get_extension(option).as_str().unwrap_or_default().to_owned();
            let form = match (go_type(&custom).as_str(), go_type(&cast).as_str()) {
                (name, _) if name.ends_with("Dec") => Form::Decimal,
                (name, _) if name.ends_with(".Int") => Form::Integer,
                (_, name) if name.ends_with("HexBytes") => Form::Hex,
                _ if options.has_extension(&nullable)
                    && options.get_extension(&nullable).as_ref() == &Value::Bool(false) =>
                {
                    Form::Present
                }
                _ => Form::Plain,
            };
            if form != Form::Plain {
                forms.insert(field.full_name().to_owned(), form);
            }
        }
        Ok(Self { pool, forms })
    }

    /// Every descriptor.
    pub(crate) const fn pool(&self) -> &DescriptorPool {
        &self.pool
    }

    pub(super) fn message(&self, name: &str) -> Result<MessageDescriptor, JsonError> {
        self.pool.get_message_by_name(name).ok_or_else(|| JsonError::UnknownType(name.into()))
    }

    pub(crate) fn decode(&self, name: &str, bytes: &[u8]) -> Result<DynamicMessage, JsonError> {
        let fail =
            |error: prost::DecodeError| JsonError::Bytes { name: name.into(), reason: error.to_string() };
        DynamicMessage::decode(self.message(name)?, bytes).map_err(fail)
    }

    pub(crate) fn form(&self, field: &FieldDescriptor) -> Form {
        self.forms.get(field.full_name()).copied().unwrap_or(Form::Plain)
    }
}

/// The fields of a message in the order of declaration, which is the order of the SDK's JSON.
pub(crate) fn declared(message: &MessageDescriptor) -> impl Iterator<Item = FieldDescriptor> + '_ {
    let numbers = message.descriptor_proto().field.iter().map(prost_types::FieldDescriptorProto::number);
    numbers.filter_map(|number| message.get_field(u32::try_from(number).ok()?))
}
