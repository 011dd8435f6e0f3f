//! Who signs a height, and under which parameters.
//!
//! Source: CometBFT 0.38 `rpc/core/consensus.go`.

use super::super::args::Args;
use super::super::form::Int;
use super::super::form::params::ParamsForm;
use super::super::form::validator::ValidatorForm;
use super::height::{Upto, wanted};
use super::{Answered, Refusal, page, print};
use crate::rpc::Backend;
use crate::rpc::backend::History;
use ics_engine::history;
use serde::Serialize;

#[derive(Serialize)]
struct ValidatorsAnswer {
    block_height: Int<u64>,
    validators: Vec<ValidatorForm>,
    count: Int<usize>,
    total: Int<usize>,
}

#[derive(Serialize)]
struct ParamsAnswer {
    block_height: Int<u64>,
    consensus_params: ParamsForm,
}

pub(super) fn validators(backend: &dyn Backend, args: &Args) -> Answered {
    let rows = &History::of(backend);
    let height = wanted(rows, args.int("height"), Upto::Next)?;
    let set = history::validators(rows, height)?.ok_or(Refusal::NoBlock)?;
    let members = page::page(set.validators(), args)?;
    print(&ValidatorsAnswer {
        block_height: Int(height.0),
        validators: members.iter().map(ValidatorForm::from).collect(),
        count: Int(members.len()),
        total: Int(set.validators().len()),
    })
}

pub(super) fn consensus_params(backend: &dyn Backend, args: &Args) -> Answered {
    let rows = &History::of(backend);
    let height = wanted(rows, args.int("height"), Upto::Next)?;
    let params = history::params(rows, height)?.ok_or(Refusal::NoBlock)?;
    print(&ParamsAnswer { block_height: Int(height.0), consensus_params: params.into() })
}
