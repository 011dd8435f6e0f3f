//! Whether a message holds only fields that are known: what is signed must be what a chain reads.
//!
//! A table of all messages is made once from the descriptors. The walk over a message's bytes allocates nothing, follows
//! `Any` into the message that its URL names, and reads each field once, however deep it lies.
//!
//! Journey: `chain` decodes a transaction → [`check`] for its body and for what its signers say.
//! Source: ADR-020 (a field is not critical where bit 11 of its number is set); SDK codec/unknownproto, whose words these are.

use crate::json::schema::Schema;
use prost::encoding::{WireType, decode_key, decode_varint};
use prost_reflect::{Kind, MessageDescriptor};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// How deep messages may nest, `Any` counted as its content; deeper input is refused.
const DEPTH_MAX: usize = 64;

/// The bit of a field's number that says that it may be ignored.
const NOT_CRITICAL: u32 = 1 << 10;

/// Fields of later versions which no chain here obeys: whoever sends one must hear of it, as from SDK 0.50.
const NOT_OBEYED: [(&str, u32); 2] = [("cosmos.tx.v1beta1.TxBody", 4), ("cosmos.tx.v1beta1.TxBody", 5)];

/// Which fields may be unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// None.
    Refuse,
    /// Those that are marked as not critical.
    AllowNonCritical,
}

/// Why bytes are not understood as a whole. Messages are named as Go names their types.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownError {
    /// A field that the message does not have.
    #[error("errUnknownField {message:?}: {{TagNum: {number}, WireType:{wire:?}}}")]
    Field {
        /// The message.
        message: &'static str,
        /// The field's number.
        number: u32,
        /// How it is encoded.
        wire: &'static str,
    },
    /// A field that is encoded as another kind of value.
    #[error("Mismatched {message:?}: {{TagNum: {number}, GotWireType: {got:?} != WantWireType: {want:?}}}")]
    Mismatch {
        /// The message.
        message: &'static str,
        /// The field's number.
        number: u32,
        /// How it is encoded.
        got: &'static str,
        /// How it must be.
        want: &'static str,
    },
    /// The number and the kind of a field do not decode.
    #[error("invalid length")]
    Tag,
    /// A field is cut off.
    #[error("could not consume field value for tagNum: {number}, wireType: {wire:?}; unexpected EOF")]
    Cut {
        /// The field's number.
        number: u32,
        /// How it is encoded.
        wire: &'static str,
    },
    /// An `Any`, or the message that is asked about, of a type that nobody knows.
    #[error("unable to resolve type URL {0}")]
    Type(String),
    /// Messages nest deeper than we follow.
    #[error("recursion limit reached")]
    TooDeep,
    /// The descriptors that this crate was built with do not load: a fault of the build.
    #[error("descriptors do not load: {0}")]
    Descriptors(&'static str),
}

/// Checks the bytes of a message of type `name`, such as `cosmos.tx.v1beta1.TxBody`, and all that is in it.
///
/// # Errors
/// [`UnknownError`] of the first field that is not as it must be.
pub fn check(name: &str, bytes: &[u8], unknown: Unknown) -> Result<(), UnknownError> {
    let table = TABLE.as_ref().map_err(|why| UnknownError::Descriptors(why))?;
    let message = table.find(name).ok_or_else(|| UnknownError::Type(format!("/{name}")))?;
    table.walk(message, bytes, unknown, DEPTH_MAX)
}

static TABLE: LazyLock<Result<Table, String>> = LazyLock::new(Table::build);

/// All messages, and where each stands by its full name.
struct Table {
    messages: Vec<Known>,
    places: BTreeMap<String, usize>,
}

/// A message: its name in Go, and its fields by number.
struct Known {
    name: String,
    fields: BTreeMap<u32, Form>,
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Varint,
    Fixed64,
    Fixed32,
    Bytes,
    Any,
    /// The message at this place of the table.
    Message(usize),
}

impl Form {
    const fn wire(self) -> WireType {
        match self {
            Self::Varint => WireType::Varint,
            Self::Fixed64 => WireType::SixtyFourBit,
            Self::Fixed32 => WireType::ThirtyTwoBit,
            Self::Bytes | Self::Any | Self::Message(_) => WireType::LengthDelimited,
        }
    }

    /// Lists of numbers may be packed; whether this is a list is the decoder's question.
    fn takes(self, wire: WireType) -> bool {
        wire == self.wire()
            || (wire == WireType::LengthDelimited && matches!(self, Self::Varint | Self::Fixed64))
    }
}

impl Table {
    fn build() -> Result<Self, String> {
        let schema = Schema::load().map_err(|error| error.to_string())?;
        let all: Vec<MessageDescriptor> = schema.pool().all_messages().collect();
        let places: BTreeMap<String, usize> =
            all.iter().enumerate().map(|(place, message)| (message.full_name().to_owned(), place)).collect();
        let form = |kind: Kind| match kind {
            Kind::Message(message) if message.full_name() == "google.protobuf.Any" => Some(Form::Any),
            Kind::Message(message) => places.get(message.full_name()).copied().map(Form::Message),
            Kind::String | Kind::Bytes => Some(Form::Bytes),
            Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => Some(Form::Fixed64),
            Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => Some(Form::Fixed32),
            _ => Some(Form::Varint),
        };
        let known = |message: &MessageDescriptor| {
            let obeyed = |number| !NOT_OBEYED.contains(&(message.full_name(), number));
            let fields = message.fields().filter(|field| obeyed(field.number()));
            let fields = fields.map(|field| Some((field.number(), form(field.kind())?)));
            Some(Known { name: go_name(message), fields: fields.collect::<Option<_>>()? })
        };
        let messages: Option<Vec<Known>> = all.iter().map(known).collect();
        Ok(Self { messages: messages.ok_or("a field of an unknown message")?, places })
    }

    fn find(&self, name: &str) -> Option<&Known> {
        self.messages.get(*self.places.get(name)?)
    }

    fn walk(
        &'static self,
        message: &'static Known,
        mut rest: &[u8],
        unknown: Unknown,
        depth: usize,
    ) -> Result<(), UnknownError> {
        let Some(depth) = depth.checked_sub(1) else { return Err(UnknownError::TooDeep) };
        while !rest.is_empty() {
            match self.field(message, &mut rest, unknown)? {
                (Some(Form::Message(place)), bytes) => {
                    let inner = self.messages.get(place).ok_or(UnknownError::Tag)?;
                    self.walk(inner, bytes, unknown, depth)?;
                }
                (Some(Form::Any), bytes) => self.any(bytes, unknown, depth)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// An `Any`: of what stands in it twice the last counts, as for whoever decodes it.
    fn any(&'static self, mut rest: &[u8], unknown: Unknown, depth: usize) -> Result<(), UnknownError> {
        let frame = self.find("google.protobuf.Any").ok_or(UnknownError::Descriptors("no Any"))?;
        let (mut url, mut value): (&[u8], &[u8]) = (&[], &[]);
        while !rest.is_empty() {
            let number = decode_key(&mut { rest }).map_err(|_| UnknownError::Tag)?.0;
            let (_, bytes) = self.field(frame, &mut rest, unknown)?;
            match number {
                1 => url = bytes,
                2 => value = bytes,
                _ => {}
            }
        }
        let name = url.strip_prefix(b"/").and_then(|name| std::str::from_utf8(name).ok());
        let message = name.and_then(|name| self.find(name));
        let nobody = || UnknownError::Type(String::from_utf8_lossy(url).into_owned());
        self.walk(message.ok_or_else(nobody)?, value, unknown, depth)
    }

    /// Reads one field; gives what it holds, nothing where it is unknown and may be, and its bytes without their length.
    fn field<'a>(
        &self,
        message: &'static Known,
        rest: &mut &'a [u8],
        unknown: Unknown,
    ) -> Result<(Option<Form>, &'a [u8]), UnknownError> {
        let (number, wire) = decode_key(rest).map_err(|_| UnknownError::Tag)?;
        let form = message.fields.get(&number).copied();
        let kind = word(wire);
        match form {
            Some(form) if !form.takes(wire) => {
                let (message, want) = (message.name.as_str(), word(form.wire()));
                return Err(UnknownError::Mismatch { message, number, got: kind, want });
            }
            Some(_) => {}
            None if unknown == Unknown::AllowNonCritical && number & NOT_CRITICAL != 0 => {}
            None => {
                return Err(UnknownError::Field { message: message.name.as_str(), number, wire: kind });
            }
        }
        let cut = || UnknownError::Cut { number, wire: kind };
        let len = match wire {
            WireType::Varint => {
                decode_varint(rest).map_err(|_| cut())?;
                0
            }
            WireType::SixtyFourBit => 8,
            WireType::ThirtyTwoBit => 4,
            WireType::LengthDelimited => {
                usize::try_from(decode_varint(rest).map_err(|_| cut())?).unwrap_or(usize::MAX)
            }
            // Nothing of the ecosystem is encoded so.
            WireType::StartGroup | WireType::EndGroup => {
                return Err(UnknownError::Field { message: message.name.as_str(), number, wire: kind });
            }
        };
        let (bytes, tail) = rest.split_at_checked(len).ok_or_else(cut)?;
        *rest = tail;
        Ok((form, bytes))
    }
}

/// The Go package of the message's file, by the last word of its path, and the message's name within the file.
fn go_name(message: &MessageDescriptor) -> String {
    let file = message.parent_file();
    let path = file.file_descriptor_proto().options.as_ref().and_then(|options| options.go_package.clone());
    let path = path.unwrap_or_default();
    let package = match message.package_name() {
        "google.protobuf" => "types",
        // The table of messages that are in no foreign descriptor says nothing of Go; most packages are called `types`.
        "cosmos.tx.v1beta1" => "tx",
        "cosmos.tx.signing.v1beta1" => "signing",
        "cosmos.crypto.secp256k1" => "secp256k1",
        "cosmos.crypto.ed25519" => "ed25519",
        "cosmos.crypto.multisig" => "multisig",
        "cosmos.gov.v1" => "v1",
        "cosmos.gov.v1beta1" => "v1beta1",
        _ => path.rsplit([';', '/']).next().filter(|word| !word.is_empty()).unwrap_or("types"),
    };
    let name = message.full_name().strip_prefix(message.package_name()).unwrap_or_default();
    format!("*{}.{}", package.replace(['-', '.'], "_"), name.trim_start_matches('.').replace('.', "_"))
}

const fn word(wire: WireType) -> &'static str {
    match wire {
        WireType::Varint => "varint",
        WireType::SixtyFourBit => "fixed64",
        WireType::LengthDelimited => "bytes",
        WireType::StartGroup => "start_group",
        WireType::EndGroup => "end_group",
        WireType::ThirtyTwoBit => "fixed32",
    }
}
