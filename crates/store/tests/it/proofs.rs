//! Proofs as a stranger checks them: with the ics23 crate, from the app hash alone.

use ics_store::{Hash, Proof};
use ics23::{CommitmentProof, HostFunctionsManager, commitment_proof};

/// Whether `proof` shows, under this root of one tree, that `value` (or nothing) stands at `key`.
pub fn tree_verifies(proof: &CommitmentProof, root: Hash, key: &[u8], value: Option<&[u8]>) -> bool {
    let (spec, root) = (ics23::iavl_spec(), root.to_vec());
    match value {
        Some(value) => ics23::verify_membership::<HostFunctionsManager>(proof, &spec, &root, key, value),
        None => ics23::verify_non_membership::<HostFunctionsManager>(proof, &spec, &root, key),
    }
}

/// Whether both levels show it, given only the app hash.
pub fn state_verifies(proof: &Proof, app_hash: Hash, store: &str, key: &[u8]) -> bool {
    let [inner, outer] = &proof.ops;
    let Some(commitment_proof::Proof::Exist(exist)) = &outer.proof else { return false };
    let Ok(root) = Hash::try_from(exist.value.as_slice()) else { return false };
    tree_verifies(inner, root, key, proof.value.as_deref())
        && ics23::verify_membership::<HostFunctionsManager>(
            outer,
            &ics23::tendermint_spec(),
            &app_hash.to_vec(),
            store.as_bytes(),
            &root,
        )
}
