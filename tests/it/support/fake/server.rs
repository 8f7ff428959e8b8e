//! The fake's HTTP: connections, latency, faults.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http_body_util::BodyExt;
use hyper::body::{Bytes, Frame, Incoming, SizeHint};
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use super::fault::{Fault, RequestLine, Served};
use super::openapi::description;
use super::reply::{Reply, reply};
use super::route::Route;
use super::state::Shared;

/// Accepts until it is dropped.
pub(crate) async fn serve(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).expect("a listening socket");
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        tokio::spawn(connection(stream, Arc::clone(&shared)));
    }
}

/// One connection. `twin` is a second handle of its socket: to reset it while
/// hyper owns the first.
async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let stream = stream.into_std().expect("a socket");
    let twin = stream.try_clone().expect("a second handle");
    let stream = TcpStream::from_std(stream).expect("a socket");
    let twin = Arc::new(TcpStream::from_std(twin).expect("a socket"));
    let service = service_fn(|request: Request<Incoming>| {
        let (shared, twin) = (Arc::clone(&shared), Arc::clone(&twin));
        async move { handle(request, &shared, &twin).await }
    });
    let http = hyper::server::conn::http1::Builder::new();
    // An error is a client that left or a fault that was ordered.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

/// The service's error ends the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("reset on order")]
struct ResetOnOrder;

async fn handle(
    request: Request<Incoming>,
    shared: &Shared,
    twin: &TcpStream,
) -> Result<Response<Body>, ResetOnOrder> {
    let (request, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| ResetOnOrder)?.to_bytes();
    let arrival = Arrival::of(&request, &body, shared);
    let (latency, fault) = {
        let behavior = &shared.lock().behavior;
        (behavior.latency, behavior.fault(&arrival.line))
    };
    shared.clock.pass(latency / 2).await;
    let reply = reply(shared, &request.headers, &arrival.route, &arrival.line);
    shared.clock.pass(latency / 2).await;
    let answer = match fault {
        None => reply.into_response(),
        Some(Fault::Reset) => {
            // Unsent data is discarded and the peer gets RST, not FIN.
            let _ = twin.set_zero_linger();
            return Err(ResetOnOrder);
        }
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Slow(by)) => {
            shared.clock.pass(by).await;
            reply.into_response()
        }
        Some(fault) => spoil(reply, fault),
    };
    arrival.answered(shared, &answer);
    Ok(answer)
}

/// The faults that are answers.
fn spoil(reply: Reply, fault: Fault) -> Response<Body> {
    match fault {
        Fault::Status(status, headers, body) => {
            let mut reply = Reply {
                status,
                body,
                ..reply
            };
            reply.drop_header("etag");
            reply.drop_header("link");
            for (name, value) in headers {
                reply.drop_header(name);
                reply.headers.push((name, value));
            }
            reply.into_response()
        }
        Fault::Html200 => Reply {
            status: 200,
            body: "<!DOCTYPE html><html><title>Unicorn!</title></html>".to_owned(),
            ..reply
        }
        .into_response(),
        Fault::EmptyBody => Reply {
            status: 200,
            body: String::new(),
            ..reply
        }
        .into_response(),
        Fault::TruncatedJson => {
            let half = reply.body.chars().count() / 2;
            let body = reply.body.chars().take(half).collect();
            Reply {
                status: 200,
                body,
                ..reply
            }
            .into_response()
        }
        Fault::CutBody => reply.into_response().map(Body::cut),
        Fault::Bytes(bytes) => {
            let answer = Reply {
                status: 200,
                ..reply
            };
            answer.into_response().map(|_| Body::whole(bytes))
        }
        Fault::Changed(change) => {
            let mut reply = reply;
            change.make(&mut reply);
            reply.into_response()
        }
        Fault::WrongContentType => {
            let mut reply = reply;
            reply.drop_header("content-type");
            reply
                .headers
                .push(("content-type", "text/plain".to_owned()));
            reply.into_response()
        }
        Fault::Reset | Fault::Slow(_) | Fault::Hang => unreachable!("no answers"),
    }
}

/// A request in the log. Dropped unanswered when the client leaves.
struct Arrival<'a> {
    shared: &'a Shared,
    line: RequestLine,
    route: Route,
}

impl<'a> Arrival<'a> {
    fn of(request: &Parts, body: &[u8], shared: &'a Shared) -> Self {
        let mut state = shared.lock();
        let path = request.uri.path().to_owned();
        let route = Route::of(&path);
        let header = |name: &str| {
            request
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let line = RequestLine {
            number: state.log.len() + 1,
            method: request.method.to_string(),
            query: request.uri.query().unwrap_or_default().to_owned(),
            asked: route.asked,
            conditional: header("if-none-match").is_some(),
            body: serde_json::from_slice(body).unwrap_or_default(),
            at: shared.clock.now(),
            path,
        };
        let wrong = description().request_faults(&line.method, &line.path, &line.query);
        state.violations.extend(wrong);
        let headers = request
            .headers
            .keys()
            .filter(|name| *name != "authorization");
        let headers = headers.filter_map(|name| {
            let value = header(name.as_str())?;
            Some((name.to_string(), value.to_owned()))
        });
        state.log.push(Served {
            authorized: header("authorization").is_some(),
            status: None,
            instant: None,
            answered: None,
            request_id: request_id(line.number),
            headers: headers.collect(),
            line: line.clone(),
        });
        state.in_flight += 1;
        state.max_in_flight = state.max_in_flight.max(state.in_flight);
        drop(state);
        Self {
            shared,
            line,
            route,
        }
    }

    fn answered(&self, shared: &Shared, answer: &Response<Body>) {
        let now = shared.clock.now();
        let mut state = shared.lock();
        let served = &mut state.log[self.line.number - 1];
        served.status = Some(answer.status().as_u16());
        served.answered = Some(now);
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        self.shared.lock().in_flight -= 1;
    }
}

/// Shaped like GitHub's, unique in a fake.
pub(crate) fn request_id(number: usize) -> String {
    format!(
        "F4CE:{number:05X}:ABCDEF:123456:{:08X}",
        0x6000_0000 + number
    )
}

/// A body that can end early or never announce its end.
#[derive(Debug)]
pub(crate) struct Body {
    rest: Option<Bytes>,
    announced: u64,
    /// Ends in an error after its bytes.
    cut: bool,
    /// What there is was sent, so that the cut comes after it.
    flushed: bool,
}

impl Body {
    pub(crate) fn whole(content: impl Into<Bytes>) -> Self {
        let bytes = content.into();
        Self {
            announced: bytes.len() as u64,
            rest: Some(bytes).filter(|bytes| !bytes.is_empty()),
            cut: false,
            flushed: false,
        }
    }

    /// Half of the bytes, all announced.
    fn cut(self) -> Self {
        let half = |bytes: Bytes| bytes.slice(..bytes.len() / 2);
        Self {
            rest: self.rest.map(half),
            cut: true,
            ..self
        }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        Poll::Ready(match this.rest.take() {
            Some(bytes) => Some(Ok(Frame::data(bytes))),
            None if this.cut && !this.flushed => {
                this.flushed = true;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            None if this.cut => Some(Err(std::io::Error::other("cut on order"))),
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && !self.cut
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
