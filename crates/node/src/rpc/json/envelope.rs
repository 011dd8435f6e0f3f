//! Requests and responses of JSON-RPC 2.0.
//!
//! Source: CometBFT 0.38 `rpc/jsonrpc/types/types.go`.

use super::args::{kind_of, syntax};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// What a response answers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Id {
    Number(i64),
    Text(String),
}

/// A request; without an id nobody waits for its response.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) id: Option<Id>,
    pub(crate) method: String,
    pub(crate) params: Value,
}

/// One request or several, which are answered likewise.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Call {
    One(Request),
    Batch(Vec<Request>),
}

#[derive(Debug, Serialize)]
pub(crate) struct Response {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorForm>,
}

#[derive(Debug, Serialize)]
struct ErrorForm {
    code: i32,
    message: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    data: String,
}

impl Call {
    /// Reads a body.
    pub(crate) fn read(body: &[u8]) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(body).map_err(|error| syntax(body, &error))?;
        match value {
            Value::Array(requests) => {
                requests.into_iter().map(request).collect::<Result<_, _>>().map(Self::Batch)
            }
            one => request(one).map(Self::One),
        }
    }
}

fn request(value: Value) -> Result<Request, String> {
    let mismatch = |kind: &str, field: &str, wanted: &str| {
        format!("json: cannot unmarshal {kind} into Go {field} of type {wanted}")
    };
    let mut fields = match value {
        Value::Object(fields) => fields,
        other => return Err(mismatch(kind_of(&other), "value", "types.RPCRequest")),
    };
    let id = match fields.remove("id") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(Id::Text(text)),
        Some(Value::Number(number)) => match number.as_i64() {
            Some(number) => Some(Id::Number(number)),
            None => return Err(format!("json-rpc ID ({number}) is no integer of 64 bits")),
        },
        Some(other) => return Err(format!("json-rpc ID ({other}) is of unknown type ({})", kind_of(&other))),
    };
    let method = match fields.remove("method") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(method)) => method,
        Some(other) => return Err(mismatch(kind_of(&other), "struct field RPCRequest.method", "string")),
    };
    Ok(Request { id, method, params: fields.remove("params").unwrap_or_default() })
}

impl Response {
    fn error(id: Option<Id>, code: i32, message: &'static str, data: String) -> Self {
        Self { jsonrpc: "2.0", id, result: None, error: Some(ErrorForm { code, message, data }) }
    }

    pub(crate) const fn success(id: Id, result: Box<RawValue>) -> Self {
        Self { jsonrpc: "2.0", id: Some(id), result: Some(result), error: None }
    }

    pub(crate) fn parse_error(why: &str) -> Self {
        let data = format!("error unmarshaling request: {why}");
        Self::error(None, -32700, "Parse error. Invalid JSON", data)
    }

    pub(crate) fn invalid_request(id: Option<Id>, why: String) -> Self {
        Self::error(id, -32600, "Invalid Request", why)
    }

    pub(crate) fn unknown_method(id: Id) -> Self {
        Self::error(Some(id), -32601, "Method not found", String::new())
    }

    pub(crate) fn invalid_params(id: Id, why: String) -> Self {
        Self::error(Some(id), -32602, "Invalid params", why)
    }

    pub(crate) fn internal(id: Option<Id>, why: String) -> Self {
        Self::error(id, -32603, "Internal error", why)
    }

    pub(crate) fn server_error(id: Id, why: String) -> Self {
        Self::error(Some(id), -32000, "Server error", why)
    }

    /// How many bytes its result has.
    pub(crate) fn bytes(&self) -> usize {
        self.result.as_ref().map_or(0, |result| result.get().len())
    }

    pub(crate) const fn is_error(&self) -> bool {
        self.error.is_some()
    }
}

/// The text of a body, with the characters escaped that Go escapes lest a browser takes them for markup.
pub(crate) fn text(body: &impl Serialize) -> Result<String, serde_json::Error> {
    let plain = serde_json::to_string(body)?;
    if !plain.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return Ok(plain);
    }
    let mut escaped = String::with_capacity(plain.len());
    for character in plain.chars() {
        // Outside of strings JSON has none of them.
        match character {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            other => escaped.push(other),
        }
    }
    Ok(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<Call, String> {
        Call::read(value.to_string().as_bytes())
    }

    #[test]
    fn requests_are_read_with_ids_of_text_and_numbers() {
        let request = |id| Request { id, method: "m".to_owned(), params: json!({"a": 1}) };
        let one = |id: Value| read(json!({"jsonrpc": "2.0", "id": id, "method": "m", "params": {"a": 1}}));
        assert_eq!(one(json!(-1)), Ok(Call::One(request(Some(Id::Number(-1))))));
        assert_eq!(one(json!("x")), Ok(Call::One(request(Some(Id::Text("x".to_owned()))))));
        assert_eq!(one(json!(null)), Ok(Call::One(request(None))));
        assert_eq!(one(json!(true)), Err("json-rpc ID (true) is of unknown type (bool)".to_owned()));
        assert_eq!(one(json!(1.5)), Err("json-rpc ID (1.5) is no integer of 64 bits".to_owned()));
        assert_eq!(read(json!([])), Ok(Call::Batch(Vec::new())));
        assert_eq!(
            read(json!([{}])),
            Ok(Call::Batch(vec![Request { id: None, method: String::new(), params: Value::Null }]))
        );
    }

    #[test]
    fn bodies_that_are_no_requests_say_why() {
        let refused = |body: &str| Call::read(body.as_bytes()).unwrap_err();
        assert_eq!(refused("garbage"), "invalid character 'g' looking for beginning of value");
        assert_eq!(refused(" "), "unexpected end of JSON input");
        assert_eq!(refused("3"), "json: cannot unmarshal number into Go value of type types.RPCRequest");
        assert_eq!(
            refused(r#"{"method":3}"#),
            "json: cannot unmarshal number into Go struct field RPCRequest.method of type string"
        );
        assert_eq!(refused(&"[".repeat(1_000)), "recursion limit exceeded at line 1 column 128");
    }

    #[test]
    fn markup_is_escaped_as_go_does() {
        assert_eq!(text(&json!(["<a>&\u{2028}"])).unwrap(), r#"["\u003ca\u003e\u0026\u2028"]"#);
    }
}
