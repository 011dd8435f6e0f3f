//! One chain, as a relayer sees it.

use ics_abci::{Answer, Event, Height, Query, Time};
use ics_proto::cosmos::base::query::v1beta1::PageRequest;
use ics_proto::tendermint::types::{SignedHeader, ValidatorSet};
use prost::Message;

/// What a light client wants to know of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct LightBlock {
    /// Header and commit.
    pub signed_header: SignedHeader,
    /// The set that signed it.
    pub validators: ValidatorSet,
}

/// Why a view could not tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    /// The chain has not got, or no longer has, that block.
    #[error("block {0} is not there")]
    NoBlock(Height),
    /// The chain refused the query.
    #[error("query {path} refused with code {code}: {log}")]
    Refused {
        /// The query's path.
        path: String,
        /// The chain's code.
        code: u32,
        /// The chain's words.
        log: String,
    },
    /// What came back does not decode.
    #[error("the answer to {0} does not decode")]
    Undecodable(String),
}

/// A chain that can be asked. Answers concern committed blocks only.
pub trait View {
    /// The chain's id.
    fn chain_id(&self) -> &str;
    /// The last committed block and its time.
    fn tip(&self) -> (Height, Time);
    /// The first block whose events are still there.
    fn base(&self) -> Height;
    /// A block as a light client wants it.
    ///
    /// # Errors
    /// [`ViewError::NoBlock`].
    fn light_block(&self, height: Height) -> Result<LightBlock, ViewError>;
    /// The set that signs the block at `height`, which may be one above the tip.
    ///
    /// # Errors
    /// [`ViewError::NoBlock`].
    fn validators(&self, height: Height) -> Result<ValidatorSet, ViewError>;
    /// Every event of a block: begin and end block, and transactions that succeeded.
    ///
    /// # Errors
    /// [`ViewError::NoBlock`].
    fn events(&self, height: Height) -> Result<Vec<Event>, ViewError>;
    /// An ABCI query.
    fn query(&self, query: &Query) -> Answer;
}

/// As much of a list as a chain gives at once: what lies behind it waits until that is done.
pub(crate) const PAGE: Option<PageRequest> =
    Some(PageRequest { key: Vec::new(), offset: 0, limit: 10_000, count_total: false, reverse: false });

/// A proved entry of the store `ibc`.
pub(crate) struct Proved {
    pub(crate) value: Vec<u8>,
    /// Protobuf `ibc.core.commitment.v1.MerkleProof`.
    pub(crate) proof: Vec<u8>,
}

/// The revision in a chain id: the number behind the last hyphen; 0 where there is none.
pub(crate) fn revision(chain_id: &str) -> u64 {
    match chain_id.rsplit_once('-') {
        Some((name, number))
            if !name.is_empty()
                && !name.ends_with('-')
                && !number.starts_with('0')
                && number.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            number.parse().unwrap_or(0)
        }
        _ => 0,
    }
}

/// The entry at an ICS-24 path after block `height`, with its proof (of absence where the value is empty).
pub(crate) fn proved(view: &dyn View, path: &str, height: Height) -> Result<Proved, ViewError> {
    let answer = asked(view, "store/ibc/key", path.as_bytes().to_vec(), height, true)?;
    let proofs = answer
        .proof
        .iter()
        .map(|(_, _, proof)| ics_proto::ics23::CommitmentProof::decode(proof.as_slice()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| ViewError::Undecodable(path.to_owned()))?;
    let proof = ics_proto::ibc::core::commitment::v1::MerkleProof { proofs }.encode_to_vec();
    Ok(Proved { value: answer.value, proof })
}

/// The entry at an ICS-24 path after block `height`; `None` where there is none.
pub(crate) fn stored(view: &dyn View, path: &str, height: Height) -> Result<Option<Vec<u8>>, ViewError> {
    let answer = asked(view, "store/ibc/key", path.as_bytes().to_vec(), height, false)?;
    Ok(Some(answer.value).filter(|value| !value.is_empty()))
}

/// A decoded entry.
pub(crate) fn decoded<M: Message + Default>(
    view: &dyn View,
    path: &str,
    height: Height,
) -> Result<Option<M>, ViewError> {
    stored(view, path, height)?
        .map(|value| M::decode(value.as_slice()).map_err(|_| ViewError::Undecodable(path.to_owned())))
        .transpose()
}

/// A gRPC query over ABCI.
pub(crate) fn grpc<Q: Message, A: Message + Default>(
    view: &dyn View,
    path: &str,
    request: &Q,
    height: Height,
) -> Result<A, ViewError> {
    let answer = asked(view, path, request.encode_to_vec(), height, false)?;
    A::decode(answer.value.as_slice()).map_err(|_| ViewError::Undecodable(path.to_owned()))
}

fn asked(
    view: &dyn View,
    path: &str,
    data: Vec<u8>,
    height: Height,
    prove: bool,
) -> Result<Answer, ViewError> {
    let answer = view.query(&Query { path: path.to_owned(), data, height, prove });
    if answer.code == 0 {
        return Ok(answer);
    }
    Err(ViewError::Refused { path: path.to_owned(), code: answer.code, log: answer.log })
}
