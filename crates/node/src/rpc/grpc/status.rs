//! What an application's refusal is in gRPC's terms.
//!
//! Over ABCI the SDK wraps the status of a gRPC query into a code and a log: `rpc error: code = NotFound desc = X: key
//! not found`. Over gRPC clients expect the status itself: NotFound, X. This takes the wrapping off.
//! Source: the SDK's `baseapp/abci.go` (`gRPCErrorToSDKError`); recordings of both sides of the same queries.

use ics_abci::Answer;
use tonic::{Code, Status};

const UNKNOWN_PATH: &str = "unknown query path: unknown request";

/// The codes of the SDK that queries end with, what each appends to a log, and its status where the log names none.
const SDK: [(u32, &str, Code); 4] = [
    (4, ": unauthorized", Code::Unauthenticated),
    (6, ": unknown request", Code::Unknown),
    (18, ": invalid request", Code::InvalidArgument),
    (22, ": key not found", Code::NotFound),
];

/// The names of the statuses, as Go prints them.
const NAMES: [(&str, Code); 16] = [
    ("Canceled", Code::Cancelled),
    ("Unknown", Code::Unknown),
    ("InvalidArgument", Code::InvalidArgument),
    ("DeadlineExceeded", Code::DeadlineExceeded),
    ("NotFound", Code::NotFound),
    ("AlreadyExists", Code::AlreadyExists),
    ("PermissionDenied", Code::PermissionDenied),
    ("ResourceExhausted", Code::ResourceExhausted),
    ("FailedPrecondition", Code::FailedPrecondition),
    ("Aborted", Code::Aborted),
    ("OutOfRange", Code::OutOfRange),
    ("Unimplemented", Code::Unimplemented),
    ("Internal", Code::Internal),
    ("Unavailable", Code::Unavailable),
    ("DataLoss", Code::DataLoss),
    ("Unauthenticated", Code::Unauthenticated),
];

/// The status of an answer whose code is not 0, to a query of this path.
pub(crate) fn of(answer: &Answer, path: &str) -> Status {
    if answer.log == UNKNOWN_PATH {
        return unknown(path);
    }
    let sdk = SDK.iter().find(|(code, _, _)| *code == answer.code && answer.codespace == "sdk");
    let text = sdk.and_then(|(_, suffix, _)| answer.log.strip_suffix(suffix)).unwrap_or(&answer.log);
    let named = text.strip_prefix("rpc error: code = ").and_then(|rest| rest.split_once(" desc = "));
    let named = named.and_then(|(name, text)| {
        let (_, code) = NAMES.iter().find(|(known, _)| *known == name)?;
        Some(Status::new(*code, text))
    });
    named.unwrap_or_else(|| Status::new(sdk.map_or(Code::Unknown, |(_, _, code)| *code), text))
}

/// What an answer over ABCI is to a refusal of this status: the wrapping put on.
pub(crate) fn to_abci(status: &Status) -> Answer {
    let code = match status.code() {
        Code::Unauthenticated => 4,
        Code::InvalidArgument | Code::FailedPrecondition => 18,
        Code::NotFound => 22,
        _ => 6,
    };
    let suffix = SDK.iter().find(|(known, _, _)| *known == code).map_or("", |(_, suffix, _)| suffix);
    let name = NAMES.iter().find(|(_, known)| *known == status.code()).map_or("Unknown", |(name, _)| name);
    let log = match status.code() {
        Code::Unknown => format!("{}{suffix}", status.message()),
        _ => format!("rpc error: code = {name} desc = {}{suffix}", status.message()),
    };
    Answer { code, log, codespace: "sdk".to_owned(), ..Answer::default() }
}

/// The status of a path that names no query, in the words by which relayers know it.
fn unknown(path: &str) -> Status {
    let (service, method) = path.trim_start_matches('/').rsplit_once('/').unwrap_or((path, ""));
    Status::unimplemented(format!("unknown method {method} for service {service}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u32, codespace: &str, log: &str) -> (Code, String) {
        let answer = Answer { code, codespace: codespace.into(), log: log.into(), ..Answer::default() };
        let status = of(&answer, "/a.b.Query/NoSuch");
        (status.code(), status.message().to_owned())
    }

    #[test]
    fn the_wrapping_of_a_status_comes_off() {
        let cases = [
            (
                22,
                "rpc error: code = NotFound desc = 77: no consumer: key not found",
                Code::NotFound,
                "77: no consumer",
            ),
            (
                18,
                "rpc error: code = InvalidArgument desc = blank: invalid id: invalid request",
                Code::InvalidArgument,
                "blank: invalid id",
            ),
            (6, "rpc error: code = Internal desc = oh: unknown request", Code::Internal, "oh"),
            (6, "channel not found: unknown request", Code::Unknown, "channel not found"),
            (18, "unexpected EOF: invalid request", Code::InvalidArgument, "unexpected EOF"),
            (22, "nothing there: key not found", Code::NotFound, "nothing there"),
            (
                6,
                "unknown query path: unknown request",
                Code::Unimplemented,
                "unknown method NoSuch for service a.b.Query",
            ),
            (
                26,
                "cannot query with height in the future: invalid height",
                Code::Unknown,
                "cannot query with height in the future: invalid height",
            ),
            (
                6,
                "rpc error: code = Odd desc = x: unknown request",
                Code::Unknown,
                "rpc error: code = Odd desc = x",
            ),
        ];
        for (code, log, expected, text) in cases {
            assert_eq!(status(code, "sdk", log), (expected, text.to_owned()), "{log}");
        }
    }

    #[test]
    fn a_status_that_is_wrapped_comes_off_the_same() {
        for (_, code) in NAMES {
            let answer = to_abci(&Status::new(code, "what it was"));
            assert_eq!(status(answer.code, "sdk", &answer.log), (code, "what it was".to_owned()));
        }
    }

    #[test]
    fn codes_of_other_codespaces_keep_their_text() {
        assert_eq!(
            status(18, "provider", "x: invalid request"),
            (Code::Unknown, "x: invalid request".into())
        );
        assert_eq!(status(22, "store", ""), (Code::Unknown, String::new()));
    }
}
