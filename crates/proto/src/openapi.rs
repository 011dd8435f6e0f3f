//! The REST gateway as an OpenAPI 3 document: every address, what it takes and what it answers.
//!
//! Made from what the gateway itself works by, so that neither says more than the other: the addresses of
//! [`http`](crate::http), the messages of the descriptors and the forms of [`json`](crate::json).
//! Source: OpenAPI 3.0.3; grpc-gateway v1 for which parameters an address takes.

use crate::http::{Part, Route, Verb, known};
use crate::json::JsonError;
use crate::json::schema::{Form, Schema, declared};
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How deep the fields of messages are parameters: `pagination.limit`.
const DEPTH_MAX: usize = 2;

/// The document, with a title and a version of the gateway.
///
/// # Errors
/// [`JsonError::Descriptors`].
pub fn document(title: &str, version: &str) -> Result<Value, JsonError> {
    let schema = Schema::load()?;
    let mut document = Document { schema, wanted: Vec::new() };
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    for route in known()? {
        let name = route.method.full_name().replace('.', "_");
        let bound = names.entry(name.clone()).or_insert(0);
        *bound = bound.saturating_add(1);
        let id = if *bound == 1 { name } else { format!("{name}_{bound}") };
        let verb = match route.verb {
            Verb::Get => "get",
            Verb::Post => "post",
        };
        let operation = document.operation(route, &id);
        paths.entry(route.template()).or_default().insert(verb.to_owned(), operation);
    }
    let mut schemas = document.components();
    schemas.insert("Error".to_owned(), error());
    Ok(json!({
        "openapi": "3.0.3",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {"schemas": schemas},
    }))
}

struct Document {
    schema: &'static Schema,
    /// Messages that something refers to.
    wanted: Vec<MessageDescriptor>,
}

impl Document {
    fn operation(&mut self, route: &Route, id: &str) -> Value {
        let input = route.method.input();
        let output = self.refer(route.method.output());
        let in_path: BTreeSet<&str> = route.fields_of_path().collect();
        let mut parameters: Vec<Value> = Vec::new();
        for name in &in_path {
            let schema = input.get_field_by_name(name).map_or(json!({"type": "string"}), |f| self.one(&f));
            parameters.push(json!({"name": name, "in": "path", "required": true, "schema": schema}));
        }
        parameters.push(json!({
            "name": "x-cosmos-block-height", "in": "header", "required": false,
            "description": "after which block to answer; after the last where nothing is said",
            "schema": {"type": "string"},
        }));
        let mut operation = json!({
            "operationId": id,
            "tags": [route.method.parent_service().full_name()],
            "responses": {
                "200": {"description": "the answer", "content": {"application/json": {"schema": output}}},
                "default": {
                    "description": "why there is none",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                },
            },
        });
        if route.has_body {
            let body =
                json!({"required": true, "content": {"application/json": {"schema": self.refer(input)}}});
            if let Some(fields) = operation.as_object_mut() {
                fields.insert("requestBody".to_owned(), body);
            }
        } else {
            self.query(&input, "", 1, &in_path, &mut parameters);
        }
        if let Some(fields) = operation.as_object_mut() {
            fields.insert("parameters".to_owned(), Value::Array(parameters));
        }
        operation
    }

    /// The fields of a message as parameters behind a question mark.
    fn query(
        &mut self,
        of: &MessageDescriptor,
        prefix: &str,
        depth: usize,
        in_path: &BTreeSet<&str>,
        parameters: &mut Vec<Value>,
    ) {
        for field in declared(of) {
            let name = format!("{prefix}{}", field.name());
            if in_path.contains(name.as_str()) || field.is_map() {
                continue;
            }
            match field.kind() {
                Kind::Message(inner) if !has_text(&inner) => {
                    if !field.is_list() && depth < DEPTH_MAX {
                        self.query(&inner, &format!("{name}."), depth.saturating_add(1), in_path, parameters);
                    }
                }
                _ => {
                    let schema = self.field(&field);
                    parameters
                        .push(json!({"name": name, "in": "query", "required": false, "schema": schema}));
                }
            }
        }
    }

    /// The messages that were referred to, and those that they refer to.
    fn components(&mut self) -> Map<String, Value> {
        let mut schemas = Map::new();
        while let Some(message) = self.wanted.pop() {
            if schemas.contains_key(message.full_name()) {
                continue;
            }
            let properties: Map<String, Value> =
                declared(&message).map(|field| (field.name().to_owned(), self.field(&field))).collect();
            let schema = json!({"type": "object", "properties": properties});
            schemas.insert(message.full_name().to_owned(), schema);
        }
        schemas
    }

    fn refer(&mut self, message: MessageDescriptor) -> Value {
        let reference = json!({"$ref": format!("#/components/schemas/{}", message.full_name())});
        self.wanted.push(message);
        reference
    }

    /// A field with all its values.
    fn field(&mut self, field: &FieldDescriptor) -> Value {
        if let (true, Kind::Message(entry)) = (field.is_map(), field.kind()) {
            let value = self.one(&entry.map_entry_value_field());
            return json!({"type": "object", "additionalProperties": value});
        }
        let one = self.one(field);
        if field.is_list() { json!({"type": "array", "items": one}) } else { one }
    }

    /// One value of a field.
    fn one(&mut self, field: &FieldDescriptor) -> Value {
        match self.schema.form(field) {
            Form::Decimal => return json!({"type": "string", "description": "decimal"}),
            Form::Integer => return json!({"type": "string", "description": "integer"}),
            Form::Hex => return json!({"type": "string", "description": "hexadecimal"}),
            Form::Plain | Form::Present => {}
        }
        match field.kind() {
            Kind::Bool => json!({"type": "boolean"}),
            Kind::String => json!({"type": "string"}),
            Kind::Bytes => json!({"type": "string", "format": "byte"}),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({"type": "integer", "format": "int32"}),
            Kind::Uint32 | Kind::Fixed32 => json!({"type": "integer", "format": "int64", "minimum": 0}),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => json!({"type": "string", "format": "int64"}),
            Kind::Uint64 | Kind::Fixed64 => json!({"type": "string", "format": "uint64"}),
            Kind::Float | Kind::Double => json!({"type": "number"}),
            Kind::Enum(kind) => {
                let names: Vec<String> = kind.values().map(|value| value.name().to_owned()).collect();
                json!({"type": "string", "enum": names})
            }
            Kind::Message(inner) => match inner.full_name() {
                "google.protobuf.Timestamp" => json!({"type": "string", "format": "date-time"}),
                "google.protobuf.Duration" => {
                    json!({"type": "string", "description": "seconds, such as 600s"})
                }
                "google.protobuf.Any" => json!({
                    "type": "object",
                    "properties": {"@type": {"type": "string"}},
                    "required": ["@type"],
                    "additionalProperties": true,
                }),
                _ => self.refer(inner),
            },
        }
    }
}

/// Whether a message is written as text.
fn has_text(message: &MessageDescriptor) -> bool {
    matches!(message.full_name(), "google.protobuf.Timestamp" | "google.protobuf.Duration")
}

fn error() -> Value {
    json!({
        "type": "object",
        "properties": {
            "code": {"type": "integer", "format": "int32", "description": "of gRPC"},
            "message": {"type": "string"},
            "details": {"type": "array", "items": {"type": "object"}},
        },
    })
}

/// The path of an address, with its fields in braces.
impl Route {
    pub(crate) fn template(&self) -> String {
        let part = |part: &Part| match part {
            Part::Literal(text) => format!("/{text}"),
            Part::Field(name) | Part::Rest(name) => format!("/{{{name}}}"),
        };
        self.parts.iter().map(part).collect()
    }

    fn fields_of_path(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Field(name) | Part::Rest(name) => Some(name.as_str()),
        })
    }
}
