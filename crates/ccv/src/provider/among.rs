//! What a consumer's maps hold of some validators, at a cost that strangers cannot raise.
//!
//! Anybody can make validators and opt them in or give them keys, bonded or not; a set is computed from the bonded ones
//! alone. Source: provider spec §11.13.

use super::host::View;
use crate::id::{ConsumerId, ProviderAddr};
use alloc::vec::Vec;
use ics_kv::{Corrupt, Map, Value};

/// How many entries of others are read past for each validator asked for: beyond that, looking each of them up is cheaper.
const PASSED_OVER: usize = 4;

/// The entries of `validators` (ascending) on a consumer, ascending.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn among<V: Value>(
    view: &impl View,
    map: &Map<(ConsumerId, ProviderAddr), V>,
    id: ConsumerId,
    validators: &[ProviderAddr],
) -> Result<Vec<(ProviderAddr, V)>, Corrupt> {
    let most = validators.len().saturating_mul(PASSED_OVER);
    let mut found = Vec::with_capacity(validators.len());
    for (read, entry) in map.under(view, &id).enumerate() {
        if read >= most {
            return look_up(view, map, id, validators);
        }
        let ((_, validator), value) = entry?;
        if validators.binary_search(&validator).is_ok() {
            found.push((validator, value));
        }
    }
    Ok(found)
}

fn look_up<V: Value>(
    view: &impl View,
    map: &Map<(ConsumerId, ProviderAddr), V>,
    id: ConsumerId,
    validators: &[ProviderAddr],
) -> Result<Vec<(ProviderAddr, V)>, Corrupt> {
    let mut found = Vec::new();
    for validator in validators {
        if let Some(value) = map.get(view, &(id, *validator))? {
            found.push((*validator, value));
        }
    }
    Ok(found)
}
