//! Methods and subscriptions over a websocket.
//!
//! Journey: `GET /websocket` → [`upgrade`] → a session: requests one after the other as over HTTP, and between them what
//! the [`Feed`](super::feed::Feed) tells, to each subscription whose query it matches.
//! Source: CometBFT 0.38 `rpc/jsonrpc/server/ws_handler.go`, `rpc/core/events.go`.
//!
//! A client that does not take what it is told in the time of the [`Terms`](crate::rpc::Terms) is hung up on; one that comes to be too many blocks behind
//! is told so, and then hung up on.

use super::answer::{QUERY_BYTES_MAX, Refusal, print};
use super::args::{Arg, Args, Kind};
use super::envelope::{Call, Id, Request, Response, text};
use super::feed::{Happening, News};
use super::form::event::ToldForm;
use super::{BODY_BYTES_MAX, Rpc, respond};
use crate::rpc::serve::CLIENTS_MAX;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response as HttpResponse};
use ics_abci::Height;
use ics_engine::query::Query;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, broadcast};
use tokio::time::MissedTickBehavior;

/// Most websockets of a server.
pub(crate) const SOCKETS_MAX: usize = 200;
/// Most subscriptions of a client, as CometBFT has it (`max_subscriptions_per_client`).
pub const SUBSCRIPTIONS_MAX: usize = 5;
/// How often a client is probed; one who was silent since the last time is hung up on.
const PROBE_EVERY: Duration = Duration::from_secs(27);
const QUERY: &[Arg] = &[("query", Kind::Text)];

/// Takes a connection over.
pub(super) async fn upgrade(
    State(rpc): State<Rpc>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> HttpResponse {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let Some(place) = rpc.socket() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many websockets\n").into_response();
    };
    upgrade.max_message_size(BODY_BYTES_MAX).max_frame_size(BODY_BYTES_MAX).on_upgrade(
        move |socket| async move {
            // A server that stops takes no sessions.
            let Some(news) = rpc.feed.follow() else { return };
            let session = Session { rpc, socket, subscriptions: Vec::new(), client: None };
            // Whoever hung up is not told why.
            drop(session.run(news).await);
            drop(place);
        },
    )
}

struct Session {
    rpc: Rpc,
    socket: WebSocket,
    subscriptions: Vec<Subscription>,
    /// Its place among the subscribers, while it has subscriptions.
    client: Option<OwnedSemaphorePermit>,
}

struct Subscription {
    id: Id,
    /// As the client wrote it: clients tell subscriptions apart by this.
    text: String,
    query: Query,
    /// The newest block when it was made: it tells of those that come after.
    from: Height,
}

/// The session is over.
struct Over;

/// A request under way.
type Pending = Pin<Box<dyn Future<Output = Option<Response>> + Send>>;

impl Session {
    async fn run(mut self, mut news: broadcast::Receiver<News>) -> Result<(), Over> {
        let mut pending: Option<Pending> = None;
        let mut probe = tokio::time::interval(PROBE_EVERY);
        probe.reset();
        // A probe that is late, because a message was taken slowly, is no reason to hurry the next.
        probe.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = true;
        loop {
            tokio::select! {
                response = settled(&mut pending) => {
                    pending = None;
                    if let Some(response) = response {
                        self.send(&response).await?;
                    }
                }
                // One request at a time: the next is read when this one is answered.
                message = self.socket.recv(), if pending.is_none() => {
                    heard = true;
                    match message {
                        Some(Ok(Message::Text(body))) => pending = self.request(body.as_bytes()).await?,
                        Some(Ok(Message::Binary(body))) => pending = self.request(&body).await?,
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                        Some(Ok(Message::Close(_))) => return self.part().await,
                        Some(Err(_)) | None => return Err(Over),
                    }
                }
                told = news.recv() => match told {
                    Ok(news) => self.tell(&news).await?,
                    Err(broadcast::error::RecvError::Lagged(_)) => {
                        return self.cancel("internal subscription event buffer is out of capacity").await;
                    }
                    Err(broadcast::error::RecvError::Closed) => return self.cancel("CometBFT exited").await,
                },
                _ = probe.tick() => {
                    if !heard && pending.is_none() {
                        return Err(Over);
                    }
                    heard = false;
                    self.put(Message::Ping(Vec::new())).await?;
                }
            }
        }
    }

    /// Begins what a message asks for; what concerns the session alone is done at once.
    async fn request(&mut self, body: &[u8]) -> Result<Option<Pending>, Over> {
        let request = match Call::read(body) {
            Ok(Call::One(request)) => request,
            Ok(Call::Batch(_)) => {
                let why = "json: cannot unmarshal array into Go value of type types.RPCRequest";
                return self.send(&Response::parse_error(why)).await.map(|()| None);
            }
            Err(why) => return self.send(&Response::parse_error(&why)).await.map(|()| None),
        };
        let Some(id) = request.id.clone() else { return Ok(None) };
        let done = match request.method.as_str() {
            "subscribe" => self.subscribe(&request, &id),
            "unsubscribe" => self.unsubscribe(&request),
            "unsubscribe_all" => self.unsubscribe_all(),
            _ => {
                let shared = self.rpc.shared.clone();
                let until = shared.deadline();
                return Ok(Some(Box::pin(async move { respond(&shared, request, until).await })));
            }
        };
        let response = match done {
            Ok(()) => Response::success(id, empty()),
            Err(refusal) => Response::internal(Some(id), refusal),
        };
        self.send(&response).await.map(|()| None)
    }

    fn subscribe(&mut self, request: &Request, id: &Id) -> Result<(), String> {
        if self.client.is_none() {
            let client = self.rpc.shared.client();
            self.client = Some(client.ok_or_else(|| Refusal::Clients(CLIENTS_MAX).to_string())?);
        }
        let added = self.add(request, id);
        self.release();
        added
    }

    fn add(&mut self, request: &Request, id: &Id) -> Result<(), String> {
        if self.subscriptions.len() >= SUBSCRIPTIONS_MAX {
            return Err(Refusal::Subscriptions(SUBSCRIPTIONS_MAX).to_string());
        }
        let (text, query) = query(request)?;
        if self.subscriptions.iter().any(|known| known.query == query) {
            return Err(Refusal::Subscribed.to_string());
        }
        self.subscriptions.push(Subscription { id: id.clone(), text, query, from: self.rpc.shared.tip() });
        Ok(())
    }

    fn unsubscribe(&mut self, request: &Request) -> Result<(), String> {
        let (_, query) = query(request)?;
        let before = self.subscriptions.len();
        self.subscriptions.retain(|known| known.query != query);
        self.release();
        if self.subscriptions.len() == before { Err(Refusal::NotSubscribed.to_string()) } else { Ok(()) }
    }

    fn unsubscribe_all(&mut self) -> Result<(), String> {
        if self.subscriptions.is_empty() {
            return Err(Refusal::NotSubscribed.to_string());
        }
        self.subscriptions.clear();
        self.release();
        Ok(())
    }

    /// Gives the place among the subscribers back where there is no subscription.
    fn release(&mut self) {
        if self.subscriptions.is_empty() {
            self.client = None;
        }
    }

    async fn tell(&mut self, news: &News) -> Result<(), Over> {
        for one in news.happened.iter() {
            let told: Vec<Response> = self
                .subscriptions
                .iter()
                .filter(|it| it.from < news.height && it.query.matches(&one.events))
                .map(|it| it.told(one))
                .collect();
            for response in told {
                self.send(&response).await?;
            }
        }
        Ok(())
    }

    /// Ends every subscription, and the session.
    async fn cancel(mut self, reason: &str) -> Result<(), Over> {
        let why = format!("subscription was canceled (reason: {reason})");
        let ids: Vec<Id> = self.subscriptions.drain(..).map(|subscription| subscription.id).collect();
        for id in ids {
            self.send(&Response::server_error(id, why.clone())).await?;
        }
        self.put(Message::Close(None)).await
    }

    /// Answers the frame by which a client takes its leave: one that gets no answer takes it for an accident, and connects again.
    async fn part(mut self) -> Result<(), Over> {
        // The answer stands ready since the frame was read; reading on sends it.
        match tokio::time::timeout(self.rpc.shared.write_timeout(), self.socket.recv()).await {
            Ok(_) | Err(_) => Err(Over),
        }
    }

    async fn send(&mut self, response: &Response) -> Result<(), Over> {
        let text = text(response).map_err(|_| Over)?;
        self.put(Message::Text(text)).await
    }

    async fn put(&mut self, message: Message) -> Result<(), Over> {
        match tokio::time::timeout(self.rpc.shared.write_timeout(), self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Over),
        }
    }
}

impl Subscription {
    fn told(&self, one: &Happening) -> Response {
        let told = ToldForm { query: &self.text, data: &one.data, events: &one.events };
        print(&told).map_or_else(
            |refusal| Response::internal(Some(self.id.clone()), refusal.to_string()),
            |result| Response::success(self.id.clone(), result),
        )
    }
}

fn empty() -> Box<serde_json::value::RawValue> {
    serde_json::value::RawValue::from_string("{}".to_owned()).unwrap_or_default()
}

/// The query of a request, as it is written and as it is meant.
fn query(request: &Request) -> Result<(String, Query), String> {
    let args = Args::of_json(QUERY, &request.params)
        .map_err(|why| format!("error converting json params to arguments: {why}"))?;
    let text = args.text("query").to_owned();
    if text.len() > QUERY_BYTES_MAX {
        return Err(Refusal::QueryLength.to_string());
    }
    let query = text.parse().map_err(|error| Refusal::Subscription(error).to_string())?;
    Ok((text, query))
}

/// The response to the request under way; never, where there is none.
async fn settled(pending: &mut Option<Pending>) -> Option<Response> {
    match pending {
        Some(pending) => pending.await,
        None => std::future::pending().await,
    }
}
