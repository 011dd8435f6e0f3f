//! A message on the wire: whether it is compressed, its length in four bytes, itself.
//!
//! Source: gRPC over HTTP/2, "Length-Prefixed-Message".

use tonic::Status;

/// Bytes before the message.
pub(super) const HEAD_BYTES: usize = 5;

/// The one message of a body.
///
/// # Errors
/// A [`Status`] where there is not exactly one, or where it is compressed.
pub(super) fn read(body: &[u8]) -> Result<&[u8], Status> {
    let Some(([compressed, length @ ..], message)) = body.split_first_chunk::<HEAD_BYTES>() else {
        return Err(Status::internal("the body holds no message"));
    };
    if *compressed != 0 {
        return Err(Status::unimplemented("compressed messages are not supported"));
    }
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if message.len() == length {
        return Ok(message);
    }
    let found = message.len();
    Err(Status::internal(format!("the body holds {found} bytes for a message of {length}")))
}

/// The body of one message.
///
/// # Errors
/// A [`Status`] where it is longer than a length can say.
pub(super) fn write(message: &[u8]) -> Result<Vec<u8>, Status> {
    let length = u32::try_from(message.len()).map_err(|_| Status::resource_exhausted("answer too long"))?;
    Ok([&[0], length.to_be_bytes().as_slice(), message].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tonic::Code;

    #[test]
    fn a_message_reads_back_and_nothing_else_is_taken_for_one() {
        for message in [&b""[..], b"abc"] {
            let body = write(message).unwrap();
            assert_eq!(read(&body).unwrap(), message);
            for cut in 0..body.len() {
                assert_eq!(read(&body[..cut]).unwrap_err().code(), Code::Internal, "{cut} bytes");
            }
            let longer = [body.as_slice(), &[0]].concat();
            assert_eq!(read(&longer).unwrap_err().code(), Code::Internal);
        }
        assert_eq!(read(&[1, 0, 0, 0, 0]).unwrap_err().code(), Code::Unimplemented);
        assert_eq!(read(&[0, 255, 255, 255, 255]).unwrap_err().code(), Code::Internal);
    }

    proptest! {
        #[test]
        fn any_body_is_one_message_in_its_one_encoding_or_refused(
            head in prop_oneof![
                Just(Vec::new()),
                prop::collection::vec(any::<u8>(), 0..7),
                (0_u32..12).prop_map(|length| [&[0], length.to_be_bytes().as_slice()].concat()),
            ],
            rest in prop::collection::vec(any::<u8>(), 0..12),
        ) {
            let body = [head, rest].concat();
            match read(&body) {
                // What is read lies in the body: nothing is allocated for a length that it claims.
                Ok(message) => {
                    prop_assert_eq!(message, &body[HEAD_BYTES..]);
                    prop_assert_eq!(write(message).unwrap(), body.clone());
                }
                Err(status) => {
                    let compressed = body.len() >= HEAD_BYTES && body[0] != 0;
                    let code = if compressed { Code::Unimplemented } else { Code::Internal };
                    prop_assert_eq!(status.code(), code);
                }
            }
        }

        #[test]
        fn every_message_reads_back(message in prop::collection::vec(any::<u8>(), 0..300)) {
            let body = write(&message).unwrap();
            prop_assert_eq!(body.len().checked_sub(HEAD_BYTES), Some(message.len()));
            prop_assert_eq!(read(&body).unwrap(), message.as_slice());
        }
    }
}
