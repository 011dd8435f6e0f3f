//! The chain's consensus parameters: what they must be, what of them headers commit to, and how large a block may get.
//!
//! Source: CometBFT 0.38 `types/params.go`, `types/block.go` (`MaxDataBytes`).

use ics_abci::Params;
use prost::Message;
use sha2::{Digest, Sha256};
use tendermint_proto::v0_38::types::HashedParams;

/// No block is larger, whatever the parameters say.
pub const BLOCK_BYTES_MAX: i64 = 104_857_600;

/// Field tags and lengths around header, data, evidence and commit.
const BLOCK_OVERHEAD_BYTES: i64 = 11;
const HEADER_BYTES_MAX: i64 = 626;
const COMMIT_OVERHEAD_BYTES: i64 = 94;
/// A signature and its tag and length in a commit.
const COMMIT_SIG_BYTES_MAX: i64 = 111;

/// What headers carry as consensus hash.
#[must_use]
pub fn hash(params: &Params) -> [u8; 32] {
    let hashed =
        HashedParams { block_max_bytes: params.block_max_bytes, block_max_gas: params.block_max_gas };
    Sha256::digest(hashed.encode_to_vec()).into()
}

/// Whether a chain can run with these.
///
/// # Errors
/// The rule that they break, in words.
pub fn check(params: &Params) -> Result<(), String> {
    let refuse = |why: String| Err(why);
    match params.block_max_bytes {
        0 => return refuse("block.MaxBytes cannot be 0".into()),
        bytes if bytes < -1 => {
            return refuse(format!("block.MaxBytes must be -1 or greater than 0. Got {bytes}"));
        }
        bytes if bytes > BLOCK_BYTES_MAX => {
            return refuse(format!("block.MaxBytes is too big. {bytes} > {BLOCK_BYTES_MAX}"));
        }
        _ => {}
    }
    if params.block_max_gas < -1 {
        return refuse(format!("block.MaxGas must be greater or equal to -1. Got {}", params.block_max_gas));
    }
    if params.evidence_max_age_blocks <= 0 {
        let got = params.evidence_max_age_blocks;
        return refuse(format!("evidence.MaxAgeNumBlocks must be greater than 0. Got {got}"));
    }
    if params.evidence_max_age_ns <= 0 {
        let got = params.evidence_max_age_ns;
        return refuse(format!("evidence.MaxAgeDuration must be greater than 0 if provided, Got {got}"));
    }
    if !(0..=block_bytes(params)).contains(&params.evidence_max_bytes) {
        return refuse(format!(
            "evidence.MaxBytes must lie between 0 and the block's {}. Got {}",
            block_bytes(params),
            params.evidence_max_bytes
        ));
    }
    if params.key_types.is_empty() {
        return refuse("len(Validator.PubKeyTypes) must be greater than 0".into());
    }
    if let Some(kind) = params.key_types.iter().find(|kind| !matches!(kind.as_str(), "ed25519" | "secp256k1"))
    {
        return refuse(format!("params.Validator.PubKeyTypes, {kind}, is an unknown pubkey type"));
    }
    if params.vote_extensions_height != 0 {
        return refuse("vote extensions are not supported: abci.VoteExtensionsEnableHeight must be 0".into());
    }
    Ok(())
}

/// Most bytes of a whole block.
#[must_use]
pub fn block_bytes(params: &Params) -> i64 {
    if params.block_max_bytes == -1 { BLOCK_BYTES_MAX } else { params.block_max_bytes }
}

/// Most bytes that the transactions of a block may take, each with its tag and length; 0 where nothing is left.
#[must_use]
pub fn data_bytes(params: &Params, validators: usize, evidence_bytes: u64) -> u64 {
    let validators = i64::try_from(validators).unwrap_or(i64::MAX);
    let commit = COMMIT_SIG_BYTES_MAX.saturating_mul(validators).saturating_add(COMMIT_OVERHEAD_BYTES);
    let left = block_bytes(params)
        .saturating_sub(BLOCK_OVERHEAD_BYTES)
        .saturating_sub(HEADER_BYTES_MAX)
        .saturating_sub(commit)
        .saturating_sub(i64::try_from(evidence_bytes).unwrap_or(i64::MAX));
    u64::try_from(left).unwrap_or(0)
}

/// Bytes of a transaction within a block: itself, its tag and its length.
#[must_use]
pub fn tx_bytes(tx: &[u8]) -> u64 {
    let length = u64::try_from(prost::length_delimiter_len(tx.len())).unwrap_or(u64::MAX);
    u64::try_from(tx.len()).unwrap_or(u64::MAX).saturating_add(length).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_no_chain_can_run_with_are_refused_with_the_rule() {
        assert_eq!(check(&Params::default()), Ok(()));
        let broken = |change: fn(&mut Params)| {
            let mut params = Params::default();
            change(&mut params);
            check(&params).unwrap_err()
        };
        assert_eq!(broken(|p| p.block_max_bytes = 0), "block.MaxBytes cannot be 0");
        assert_eq!(broken(|p| p.block_max_bytes = -2), "block.MaxBytes must be -1 or greater than 0. Got -2");
        assert_eq!(
            broken(|p| p.block_max_bytes = BLOCK_BYTES_MAX.saturating_add(1)),
            "block.MaxBytes is too big. 104857601 > 104857600"
        );
        assert_eq!(broken(|p| p.block_max_gas = -2), "block.MaxGas must be greater or equal to -1. Got -2");
        assert_eq!(
            broken(|p| p.evidence_max_bytes = 4_194_305),
            "evidence.MaxBytes must lie between 0 and the block's 4194304. Got 4194305"
        );
        assert_eq!(broken(|p| p.key_types.clear()), "len(Validator.PubKeyTypes) must be greater than 0");
        assert_eq!(
            broken(|p| p.key_types = vec!["sr25519".into()]),
            "params.Validator.PubKeyTypes, sr25519, is an unknown pubkey type"
        );
        assert_eq!(
            broken(|p| p.vote_extensions_height = 1),
            "vote extensions are not supported: abci.VoteExtensionsEnableHeight must be 0"
        );
    }

    #[test]
    fn what_the_header_commit_and_evidence_take_is_not_left_for_transactions() {
        let params = Params { block_max_bytes: 1_000, ..Params::default() };
        assert_eq!(data_bytes(&params, 1, 0), 1_000_u64.abs_diff(11 + 626 + 94 + 111));
        assert_eq!(data_bytes(&params, 1, 100), 58);
        assert_eq!(data_bytes(&params, 3, 0), 0);
        assert_eq!(tx_bytes(&[0; 127]), 129);
        assert_eq!(tx_bytes(&[0; 128]), 131);
    }
}
