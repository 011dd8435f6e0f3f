//! `ics tx staking …`: stake that goes in, out and over, and what a validator says of itself.

use super::coin;
use super::send::send;
use crate::Failure;
use crate::args::{EditValidator, Staking};
use ics_client::msgs;

pub(super) fn run(verb: Staking) -> Result<(), Failure> {
    match verb {
        Staking::Delegate { validator, amount, signing } => send(&signing, |it| {
            Ok(msgs::delegate(&it.address, &it.context.operator(&validator)?, &coin(&amount)?))
        }),
        Staking::Unbond { validator, amount, signing } => send(&signing, |it| {
            Ok(msgs::undelegate(&it.address, &it.context.operator(&validator)?, &coin(&amount)?))
        }),
        Staking::CancelUnbond { validator, amount, creation_height, signing } => send(&signing, |it| {
            let height = i64::try_from(creation_height)
                .map_err(|_| Failure(format!("{creation_height} is no height")))?;
            let operator = it.context.operator(&validator)?;
            Ok(msgs::cancel_unbonding(&it.address, &operator, &coin(&amount)?, height))
        }),
        Staking::Redelegate { src_validator, dst_validator, amount, signing } => send(&signing, |it| {
            let (from, to) = (it.context.operator(&src_validator)?, it.context.operator(&dst_validator)?);
            Ok(msgs::redelegate(&it.address, &from, &to, &coin(&amount)?))
        }),
        Staking::EditValidator(edit) => edit_validator(*edit),
    }
}

fn edit_validator(edit: EditValidator) -> Result<(), Failure> {
    let commission = edit.commission_rate.map(|rate| {
        rate.parse().map_err(|_| Failure(format!("`{rate}` is no share: write 0.1 for a tenth")))
    });
    let change = msgs::ValidatorChange {
        moniker: edit.new_moniker,
        identity: edit.identity,
        website: edit.website,
        security_contact: edit.security_contact,
        details: edit.details,
        commission: commission.transpose()?,
        self_delegation_min: edit.min_self_delegation,
    };
    send(&edit.signing, |it| Ok(msgs::edit_validator(&it.own_operator()?, &change)))
}
