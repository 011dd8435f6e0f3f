//! A page of metrics at `/metrics`, of every chain that this process runs.

use super::{CONTENT_TYPE, Page, Watched, ccv};
use crate::rpc::node::Asked;
use crate::rpc::serve::{Shared, Speech, Unanswered, accept, bind, run};
use crate::rpc::{Backend, Deadline, Reach, ServeError, Server, Terms};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The chains of a page; they come one by one.
#[derive(Default)]
pub(crate) struct Metered(Mutex<Vec<Arc<Watched>>>);

impl Metered {
    /// Puts a chain onto the page, counted from its last block on.
    pub(crate) fn add(&self, backend: Arc<dyn Backend>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::new(Watched::new(backend)));
    }

    fn page(&self, until: Deadline) -> Result<String, String> {
        let chains = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut page = Page::default();
        for chain in chains {
            let chain_id = chain.backend.node().network;
            let mut sheet = page.sheet(&chain_id);
            chain.read(&mut sheet).map_err(|error| error.to_string())?;
            ccv::read(&Asked { node: &*chain.backend, until }, &mut sheet);
        }
        page.print().map_err(|error| error.to_string())
    }
}

/// Serves the page at `addr` (port 0 takes a free one) until the server is stopped or dropped.
///
/// # Errors
/// [`ServeError`] where it cannot listen there.
pub(crate) async fn serve_metrics(
    metered: Arc<Metered>,
    addr: SocketAddr,
    reach: Reach,
) -> Result<Server, ServeError> {
    let terms = Terms::from(reach);
    let (door, addr) = bind(addr, terms).await?;
    let router = Router::new().route("/metrics", get(answer)).with_state(Shared::new(metered, terms));
    Ok(run(addr, |stopped| accept(door, router, Speech::Http, stopped)))
}

async fn answer(State(shared): State<Shared<Metered>>) -> Response {
    let until = shared.deadline();
    match shared.work_until(until, move |metered| metered.page(until)).await {
        Ok(Ok(text)) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Ok(Err(why)) => (StatusCode::INTERNAL_SERVER_ERROR, why).into_response(),
        Err(Unanswered::Late(late)) => (StatusCode::SERVICE_UNAVAILABLE, late.to_string()).into_response(),
        Err(Unanswered::Panicked) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
