//! ibc-rs' errors as ibc-go's codes.

use crate::Error;
use crate::ibc::error::{client, commitment, connection, general};
use ibc::core::client::types::error::ClientError;
use ibc::core::connection::types::error::ConnectionError;
use ibc::core::host::types::error::HostError;

/// What a refusal of the client layer is called.
pub(crate) fn of_client(error: ClientError) -> Error {
    match error {
        ClientError::Host(HostError::MissingState { description }) => {
            client::consensus_not_found(description)
        }
        ClientError::InvalidStatus(status) => client::not_active(format!("client status is {status}")),
        ClientError::Decoding(error) => general::unpack_any(error),
        ClientError::InvalidHeaderType(_) | ClientError::InvalidUpdateClientMessage => {
            client::invalid_header(error)
        }
        ClientError::FailedToVerifyHeader { description } | ClientError::ClientSpecific { description } => {
            client::invalid_header(description)
        }
        ClientError::FailedToHandleMisbehaviour { description } => client::invalid_misbehaviour(description),
        ClientError::InsufficientProofHeight { expected, actual } => general::invalid_height(format!(
            "client state height < proof height ({actual} < {expected}), please ensure the client has been updated"
        )),
        ClientError::FailedICS23Verification(error) => commitment::invalid_proof(error),
        ClientError::DuplicateClientState(id) => client::exists(id),
        ClientError::InvalidHeight => client::invalid_height(""),
        ClientError::InvalidConsensusStateTimestamp(_) => client::invalid_consensus(error),
        other => client::invalid(other),
    }
}

/// What a refusal of the connection layer is called; relayers match on `verification failed`.
pub(crate) fn of_connection(error: ConnectionError) -> Error {
    match error {
        ConnectionError::Client(error) => of_client(error).within("connection state verification failed"),
        // Only our own headers are retrieved; what is merely not there is missing state.
        ConnectionError::Host(HostError::FailedToRetrieve { description }) => {
            client::self_consensus_not_found(description)
        }
        ConnectionError::Host(error) => of_client(ClientError::Host(error)),
        ConnectionError::InvalidState { .. } | ConnectionError::MismatchedConnectionStates { .. } => {
            connection::invalid_state(error)
        }
        ConnectionError::InvalidCounterparty | ConnectionError::MissingCounterparty => {
            connection::invalid_counterparty("")
        }
        ConnectionError::MissingCommonVersion => connection::negotiation_failed(error),
        ConnectionError::MissingFeatures => connection::invalid_version(error),
        ConnectionError::InsufficientConsensusHeight { .. } => general::invalid_height(error),
        other => connection::invalid(other),
    }
}
