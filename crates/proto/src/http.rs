//! Which question an address of the REST gateway asks.
//!
//! Journey: a request of HTTP → [`ask`] → the query's path and its message, as gRPC has them; the answer's type, to print
//! it with [`json`](crate::json).
//! Source: the option `google.api.http` of every method in the descriptors; grpc-gateway v1 for what it does with paths,
//! parameters and bodies.

use std::cmp::Reverse;
use std::sync::LazyLock;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use percent_encoding::percent_decode_str;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};
use serde_json::{Map, Value};

use crate::json::{self, JsonError, schema::Schema};

/// Most parameters of an address.
const PARAMETERS_MAX: usize = 100;
/// Most parts of a parameter's name, such as `pagination.limit`.
const PARTS_MAX: usize = 8;

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// It reads.
    Get,
    /// It brings a body.
    Post,
}

/// A question, as gRPC asks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// `/package.Service/Method`.
    pub method: String,
    /// The request's protobuf bytes.
    pub request: Vec<u8>,
    /// Full name of the answer's type.
    pub answer: String,
}

/// Why an address asks nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// No method has this address.
    #[error("Not Implemented")]
    Unknown,
    /// A part of the path is not of its field's type.
    #[error("type mismatch, parameter: {field}, error: {why}")]
    Path {
        /// The field.
        field: String,
        /// What is wrong.
        why: String,
    },
    /// A parameter is not of its field's type.
    #[error("invalid value for {field}: {why}")]
    Parameter {
        /// The field.
        field: String,
        /// What is wrong.
        why: String,
    },
    /// More parameters than are read.
    #[error("an address has at most {PARAMETERS_MAX} parameters")]
    Parameters,
    /// The body is not the request's JSON.
    #[error("{0}")]
    Body(String),
    /// The whole is no request.
    #[error(transparent)]
    Request(#[from] JsonError),
}

/// An address that a method has.
pub(crate) struct Route {
    pub(crate) verb: Verb,
    pub(crate) parts: Vec<Part>,
    pub(crate) method: MethodDescriptor,
    pub(crate) has_body: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(String),
    /// A field, which is one part of the path.
    Field(String),
    /// A field, which is all that the other parts leave.
    Rest(String),
}

static ROUTES: LazyLock<Result<Vec<Route>, String>> = LazyLock::new(routes);

/// Every address that asks something.
pub(crate) fn known() -> Result<&'static [Route], JsonError> {
    ROUTES.as_ref().map(Vec::as_slice).map_err(|why| JsonError::Descriptors(why.clone()))
}

/// Every address that asks something: what a request does, and its path with fields in braces.
///
/// # Errors
/// [`JsonError::Descriptors`].
pub fn addresses() -> Result<Vec<(Verb, String)>, JsonError> {
    Ok(known()?.iter().map(|route| (route.verb, route.template())).collect())
}

/// The question that a request asks; `path` as it stands in the address, `parameters` decoded.
///
/// # Errors
/// [`HttpError`].
pub fn ask(verb: Verb, path: &str, parameters: &[(String, String)], body: &[u8]) -> Result<Asked, HttpError> {
    let found = known()?
        .iter()
        .filter(|route| route.verb == verb)
        .filter_map(|route| Some((route, route.fields(path)?)));
    // A part that is named beats one that is any.
    let (route, fields) = found.min_by_key(|(route, _)| route.rank()).ok_or(HttpError::Unknown)?;
    let input = route.method.input();
    let mut request = match route.has_body && !body.is_empty() {
        true => serde_json::from_slice(body).map_err(|error| HttpError::Body(error.to_string()))?,
        false => Map::new(),
    };
    if parameters.len() > PARAMETERS_MAX {
        return Err(HttpError::Parameters);
    }
    for (name, text) in parameters.iter().filter(|_| !route.has_body) {
        let why = |why| HttpError::Parameter { field: name.clone(), why };
        set(&mut request, &input, name, text).map_err(why)?;
    }
    for (field, text) in fields {
        // What stands in the path counts, whatever else is said.
        request.remove(field);
        set(&mut request, &input, field, &text)
            .map_err(|why| HttpError::Path { field: field.to_owned(), why })?;
    }
    Ok(Asked {
        method: format!("/{}/{}", route.method.parent_service().full_name(), route.method.name()),
        request: json::from_value(input.full_name(), Value::Object(request))?,
        answer: route.method.output().full_name().to_owned(),
    })
}

impl Route {
    /// The fields that a path names; `None` where it is not this route's.
    fn fields(&self, path: &str) -> Option<Vec<(&str, String)>> {
        let pieces: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let (mut left, mut behind) = (pieces.as_slice(), self.parts.len());
        let mut fields = Vec::new();
        for part in &self.parts {
            behind = behind.saturating_sub(1);
            // The rest is what the parts behind it leave.
            let count = if matches!(part, Part::Rest(_)) { left.len().saturating_sub(behind) } else { 1 };
            let (these, others) = left.split_at_checked(count)?;
            left = others;
            let text = these.join("/");
            match part {
                Part::Literal(literal) if text == *literal => {}
                Part::Field(field) | Part::Rest(field) if !text.is_empty() => {
                    fields.push((field.as_str(), decoded(&text)?));
                }
                _ => return None,
            }
        }
        left.is_empty().then_some(fields)
    }

    /// Routes of the same path in their order: the first literal difference counts.
    fn rank(&self) -> Vec<Reverse<u8>> {
        let rank = |part: &Part| match part {
            Part::Literal(_) => Reverse(2),
            Part::Field(_) => Reverse(1),
            Part::Rest(_) => Reverse(0),
        };
        self.parts.iter().map(rank).collect()
    }
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// Every address of every method.
fn routes() -> Result<Vec<Route>, String> {
    let pool = Schema::load().map_err(|error| error.to_string())?.pool();
    let option = pool.get_extension_by_name("google.api.http").ok_or("no option google.api.http")?;
    let mut routes = Vec::new();
    for method in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let options = method.options();
        if !options.has_extension(&option) {
            continue;
        }
        let rule = options.get_extension(&option);
        let rule = rule.as_message().ok_or("google.api.http is no message")?;
        let more = rule.get_field_by_name("additional_bindings");
        let more = more.as_ref().and_then(|more| more.as_list()).unwrap_or_default();
        let more = more.iter().filter_map(prost_reflect::Value::as_message);
        for rule in std::iter::once(rule).chain(more) {
            routes.extend(route(&method, rule)?);
        }
    }
    Ok(routes)
}

fn route(method: &MethodDescriptor, rule: &DynamicMessage) -> Result<Option<Route>, String> {
    let text = |name: &str| {
        let value = rule.get_field_by_name(name);
        value.and_then(|value| value.as_str().map(str::to_owned)).filter(|text| !text.is_empty())
    };
    let (verb, template) = match (text("get"), text("post")) {
        (Some(template), _) => (Verb::Get, template),
        (None, Some(template)) => (Verb::Post, template),
        (None, None) => return Ok(None),
    };
    let parts = template.strip_prefix('/').and_then(|parts| parts.split('/').map(part).collect());
    let parts: Vec<Part> =
        parts.ok_or_else(|| format!("{}: not an address: {template}", method.full_name()))?;
    Ok(Some(Route { verb, parts, method: method.clone(), has_body: text("body").is_some() }))
}

fn part(text: &str) -> Option<Part> {
    let Some(field) = text.strip_prefix('{') else {
        return (!text.contains(['{', '}', '*'])).then(|| Part::Literal(text.to_owned()));
    };
    match field.strip_suffix('}')?.split_once('=') {
        None => Some(Part::Field(field.strip_suffix('}')?.to_owned())),
        Some((field, "*")) => Some(Part::Field(field.to_owned())),
        Some((field, "**")) => Some(Part::Rest(field.to_owned())),
        Some(_) => None,
    }
}

/// Sets the field of a name such as `pagination.limit`; a field that is not there is let be, as the gateway does.
fn set(
    object: &mut Map<String, Value>,
    of: &MessageDescriptor,
    name: &str,
    text: &str,
) -> Result<(), String> {
    let (mut object, mut of) = (object, of.clone());
    let mut parts = name.split('.').take(PARTS_MAX).peekable();
    while let Some(part) = parts.next() {
        let Some(field) = of.get_field_by_name(part).or_else(|| of.get_field_by_json_name(part)) else {
            return Ok(());
        };
        if parts.peek().is_none() {
            let value = value(&field, text)?;
            if field.is_list() {
                let list = object.entry(field.name()).or_insert_with(|| Value::Array(Vec::new()));
                list.as_array_mut().ok_or("not a list")?.push(value);
            } else {
                object.insert(field.name().to_owned(), value);
            }
            return Ok(());
        }
        let Kind::Message(inner) = field.kind() else { return Err("not a message".to_owned()) };
        if field.is_list() || field.is_map() {
            return Err("not a single message".to_owned());
        }
        let entry = object.entry(field.name()).or_insert_with(|| Value::Object(Map::new()));
        object = entry.as_object_mut().ok_or("not a message")?;
        of = inner;
    }
    Ok(())
}

/// The JSON of a field's value, or of one of its values.
fn value(field: &FieldDescriptor, text: &str) -> Result<Value, String> {
    let syntax = || format!("parsing {text:?}: invalid syntax");
    if field.is_map() {
        return Err("a map has no text".to_owned());
    }
    Ok(match field.kind() {
        Kind::String => Value::from(text),
        Kind::Bool => match text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Value::Bool(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Value::Bool(false),
            _ => return Err(syntax()),
        },
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            Value::from(text.parse::<i32>().map_err(|_| syntax())?)
        }
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            Value::from(text.parse::<i64>().map_err(|_| syntax())?)
        }
        Kind::Uint32 | Kind::Fixed32 => Value::from(text.parse::<u32>().map_err(|_| syntax())?),
        Kind::Uint64 | Kind::Fixed64 => Value::from(text.parse::<u64>().map_err(|_| syntax())?),
        Kind::Float | Kind::Double => Value::from(text.parse::<f64>().map_err(|_| syntax())?),
        Kind::Bytes => {
            let bytes = STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text));
            Value::from(STANDARD.encode(bytes.map_err(|error| error.to_string())?))
        }
        Kind::Enum(kind) => match text.parse::<i32>() {
            Ok(number) => Value::from(number),
            Err(_) if kind.get_value_by_name(text).is_some() => Value::from(text),
            Err(_) => return Err(format!("{text} is not valid")),
        },
        Kind::Message(inner) => match inner.full_name() {
            "google.protobuf.Timestamp" | "google.protobuf.Duration" => Value::from(text),
            other => return Err(format!("{other} has no text")),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_in_the_descriptors_is_understood() {
        let routes = ROUTES.as_ref().unwrap();
        assert!(routes.len() > 100, "{}", routes.len());
        for route in routes {
            let names = route.parts.iter().filter_map(|part| match part {
                Part::Literal(_) => None,
                Part::Field(name) | Part::Rest(name) => Some(name),
            });
            for name in names {
                let head = name.split('.').next().unwrap();
                assert!(
                    route.method.input().get_field_by_name(head).is_some(),
                    "{}: {name}",
                    route.method.full_name()
                );
            }
        }
    }

    #[test]
    fn parts_are_literals_fields_or_the_rest() {
        assert_eq!(part("a"), Some(Part::Literal("a".into())));
        assert_eq!(part("{a.b}"), Some(Part::Field("a.b".into())));
        assert_eq!(part("{a=*}"), Some(Part::Field("a".into())));
        assert_eq!(part("{a=**}"), Some(Part::Rest("a".into())));
        for other in ["{a", "{a=b/c}", "a}", "*", "{a=b}"] {
            assert_eq!(part(other), None, "{other}");
        }
    }
}
