//! Who signs blocks.
//!
//! Source: the SDK's `client/grpc/cmtservice/service.go` (`ValidatorsOutput`).

use super::{Asked, block, engine, page};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ics_abci::ConsAddr;
use ics_proto::Any;
use ics_proto::cosmos::base::query::v1beta1::{PageRequest, PageResponse};
use ics_proto::cosmos::base::tendermint::v1beta1::{
    GetLatestValidatorSetRequest, GetLatestValidatorSetResponse, GetValidatorSetByHeightRequest,
    GetValidatorSetByHeightResponse, Validator,
};
use ics_proto::cosmos::crypto::ed25519;
use prost::Message as _;
use serde::Deserialize;
use serde_json::json;
use tonic::Status;

#[derive(Deserialize)]
struct SetAnswer {
    #[serde(with = "tendermint_proto::serializers::from_str")]
    block_height: i64,
    validators: Vec<Member>,
    #[serde(with = "tendermint_proto::serializers::from_str")]
    total: u64,
}

#[derive(Deserialize)]
struct Member {
    address: String,
    pub_key: Key,
    #[serde(with = "tendermint_proto::serializers::from_str")]
    voting_power: i64,
    #[serde(with = "tendermint_proto::serializers::from_str")]
    proposer_priority: i64,
}

#[derive(Deserialize)]
#[serde(tag = "type", content = "value")]
enum Key {
    #[serde(rename = "tendermint/PubKeyEd25519")]
    Ed25519(String),
    #[serde(rename = "tendermint/PubKeySecp256k1")]
    Secp256k1(String),
}

/// A set, or a page of it.
struct Page {
    height: i64,
    validators: Vec<Validator>,
    total: u64,
}

pub(super) fn get_latest_validator_set(
    node: &Asked<'_>,
    request: GetLatestValidatorSetRequest,
) -> Result<GetLatestValidatorSetResponse, Status> {
    let Page { height, validators, total } = set(node, None, request.pagination.as_ref())?;
    let pagination = Some(PageResponse { next_key: Vec::new(), total });
    Ok(GetLatestValidatorSetResponse { block_height: height, validators, pagination })
}

pub(super) fn get_validator_set_by_height(
    node: &Asked<'_>,
    request: GetValidatorSetByHeightRequest,
) -> Result<GetValidatorSetByHeightResponse, Status> {
    block::known(node, request.height)?;
    let Page { height, validators, total } = set(node, Some(request.height), request.pagination.as_ref())?;
    let pagination = Some(PageResponse { next_key: Vec::new(), total });
    Ok(GetValidatorSetByHeightResponse { block_height: height, validators, pagination })
}

fn set(node: &Asked<'_>, height: Option<i64>, asked: Option<&PageRequest>) -> Result<Page, Status> {
    let (page, per_page) = page::number(asked);
    let mut params = json!({"page": page.to_string(), "per_page": per_page.to_string()});
    if let (Some(height), Some(fields)) = (height, params.as_object_mut()) {
        fields.insert("height".to_owned(), json!(height.to_string()));
    }
    let SetAnswer { block_height, validators, total } = engine(node, "validators", &params)?;
    let prefix = format!("{}valcons", node.prefix());
    let validators = validators.iter().map(|member| validator(member, &prefix)).collect::<Result<_, _>>()?;
    Ok(Page { height: block_height, validators, total })
}

fn validator(member: &Member, prefix: &str) -> Result<Validator, Status> {
    let odd = || Status::internal("the engine's validator is odd");
    let address = hex::decode(&member.address).ok().and_then(|bytes| bytes.try_into().ok()).map(ConsAddr);
    let (kind, text) = match &member.pub_key {
        Key::Ed25519(text) => ("/cosmos.crypto.ed25519.PubKey", text),
        Key::Secp256k1(text) => ("/cosmos.crypto.secp256k1.PubKey", text),
    };
    // Both kinds of key are one field of bytes.
    let value = ed25519::PubKey { key: STANDARD.decode(text).map_err(|_| odd())? }.encode_to_vec();
    Ok(Validator {
        address: address.ok_or_else(odd)?.to_text(prefix),
        pub_key: Some(Any { type_url: kind.to_owned(), value }),
        voting_power: member.voting_power,
        proposer_priority: member.proposer_priority,
    })
}
