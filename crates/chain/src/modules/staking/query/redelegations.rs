//! Questions about stake that went from one validator to another.

use super::{delegator, operator, timestamp, valoper};
use crate::modules::page::page;
use crate::modules::staking::redelegation::{self, Path, Redelegation};
use crate::modules::staking::state;
use crate::query::{QueryCtx, QueryError};
use ics_abci::{AccAddr, ValAddr};
use ics_proto::cosmos::staking::v1beta1 as proto;

/// Those of one path where the request names all three of it, those that left a validator where it names that alone, else
/// all of a delegator.
pub(super) fn redelegations(
    ctx: &QueryCtx<'_>,
    request: proto::QueryRedelegationsRequest,
) -> Result<proto::QueryRedelegationsResponse, QueryError> {
    let (who, from, to) = (&request.delegator_addr, &request.src_validator_addr, &request.dst_validator_addr);
    let (found, pagination) = match (who.is_empty(), from.is_empty(), to.is_empty()) {
        (false, false, false) => (vec![one(ctx, &request)?], None),
        (true, false, true) => {
            let from = operator(ctx, from)?;
            page(request.pagination, redelegation::from_validator(ctx.state, &from))?
        }
        _ => {
            let who = delegator(ctx, who)?;
            page(request.pagination, redelegation::of_delegator(ctx.state, &who))?
        }
    };
    let responses = found.into_iter().map(|(path, entries)| response(ctx, path, entries));
    Ok(proto::QueryRedelegationsResponse {
        redelegation_responses: responses.collect::<Result<_, _>>()?,
        pagination,
    })
}

fn one(
    ctx: &QueryCtx<'_>,
    request: &proto::QueryRedelegationsRequest,
) -> Result<(Path, Vec<Redelegation>), QueryError> {
    let who = delegator(ctx, &request.delegator_addr)?;
    let from = operator(ctx, &request.src_validator_addr)?;
    let to = operator(ctx, &request.dst_validator_addr)?;
    let entries = redelegation::redelegations(ctx.state, &who, &from, &to)?;
    if entries.is_empty() {
        let (who, from) = (&request.delegator_addr, &request.src_validator_addr);
        let text =
            format!("redelegation not found for delegator address {who} from validator address {from}");
        return Err(QueryError::not_found(text));
    }
    Ok(((who.0, from.0, to.0), entries))
}

fn response(
    ctx: &QueryCtx<'_>,
    (who, from, to): Path,
    entries: Vec<Redelegation>,
) -> Result<proto::RedelegationResponse, QueryError> {
    let to = ValAddr(to);
    // A validator that ceased to exist has no stake: what went to it was taken out before.
    let target = state::validator(ctx.state, &to)?;
    let mut responses = Vec::with_capacity(entries.len());
    for entry in entries {
        let worth = target.as_ref().map_or(Ok(0), |target| target.tokens_of(entry.shares));
        let balance = worth.map_err(QueryError::internal)?.to_string();
        responses.push(proto::RedelegationEntryResponse {
            redelegation_entry: Some(proto::RedelegationEntry {
                creation_height: i64::try_from(entry.height.0).unwrap_or(i64::MAX),
                completion_time: Some(timestamp(entry.completion)),
                initial_balance: entry.initial_balance.to_string(),
                shares_dst: entry.shares.to_atomics_text(),
                unbonding_id: entry.id,
                unbonding_on_hold_ref_count: 0,
            }),
            balance,
        });
    }
    Ok(proto::RedelegationResponse {
        redelegation: Some(proto::Redelegation {
            delegator_address: AccAddr(who).to_text(ctx.chain.prefix),
            validator_src_address: ValAddr(from).to_text(&valoper(ctx)),
            validator_dst_address: to.to_text(&valoper(ctx)),
            entries: Vec::new(),
        }),
        entries: responses,
    })
}
