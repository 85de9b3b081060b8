//! Gives every error its body: a page for browsers, JSON for programs, both with the request id.
//!
//! It also turns a panic in a handler into an error of that request alone, and writes one log line for each request.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::{BodySize, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError, web};
use askama::Template;
use futures_util::FutureExt;
use tracing_actix_web::RequestId;

use super::security;
use crate::telemetry;
use crate::web::early::Answered;
use crate::web::error::{WebError, sentence, title};
use crate::web::problem::Problem;
use crate::web::route::API_PATHS;
use crate::web::state::AppState;
use crate::web::typed::Typed;

/// The page for a visitor without a draft.
#[derive(Template)]
#[template(path = "no_draft.html")]
struct NoDraftPage<'a> {
    draft_days: u32,
    typed: &'a Typed,
}

/// The page for any other error.
#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    status: u16,
    title: &'a str,
    message: &'a str,
    request_id: &'a str,
    typed: &'a Typed,
}

/// The client. Stored before the request is passed on, because a panic drops the request.
struct Client {
    wants_page: bool,
    request_id: String,
    draft_days: u32,
}

impl Client {
    fn of(request: &ServiceRequest) -> Client {
        let accepts_html = request
            .headers()
            .get_all(header::ACCEPT)
            .any(|value| value.to_str().is_ok_and(|value| value.contains("text/html")));
        let id = request.extensions().get::<RequestId>().copied();
        let state = request.app_data::<web::Data<AppState>>();
        Client {
            wants_page: accepts_html && !API_PATHS.contains(&request.path()),
            request_id: id.map(|id| id.to_string()).unwrap_or_default(),
            draft_days: state.map(|state| state.settings.drafts.draft_days).unwrap_or_default(),
        }
    }

    /// The answer to an error: status and headers from `bare`, with a body for this client.
    fn answer(&self, bare: HttpResponse, error: Option<&Error>) -> HttpResponse {
        let status = bare.status();
        let mut answer = HttpResponse::build(status);
        for (name, value) in bare.headers() {
            if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
                answer.append_header((name, value));
            }
        }
        let known = error.and_then(|error| error.as_error::<WebError>());
        let message = known.map_or_else(|| sentence(status).to_owned(), WebError::message);
        if self.wants_page {
            match self.page(status, known, &message) {
                Ok(html) => return answer.content_type("text/html; charset=utf-8").body(html),
                Err(error) => tracing::error!(%error, "the error page could not be rendered"),
            }
        }
        let (title, request_id) = (title(status), self.request_id.as_str());
        answer.json(Problem { message: &message, title, status: status.as_u16(), request_id })
    }

    fn page(&self, status: StatusCode, error: Option<&WebError>, message: &str) -> askama::Result<String> {
        let nothing = Typed::default();
        let (error, typed) = match error {
            Some(WebError::Unsaved { error, typed }) => (Some(&**error), typed),
            error => (error, &nothing),
        };
        if let Some(WebError::NoDraft) = error {
            return NoDraftPage { draft_days: self.draft_days, typed }.render();
        }
        let (title, request_id) = (title(status), self.request_id.as_str());
        ErrorPage { status: status.as_u16(), title, message, request_id, typed }.render()
    }
}

/// Middleware: runs the request, gives its error a body if it has none, and logs the outcome.
///
/// An answer with a body from a handler is not changed, whatever its status.
pub async fn present<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let client = Client::of(&request);
    let started = Instant::now();
    let probe = matches!(request.path(), "/health" | "/ready");
    let (route, method) = (request.match_pattern(), request.method().clone());
    let state = request.app_data::<web::Data<AppState>>().cloned();
    let outcome: Result<_, Error> = match catch(next.call(request)).await {
        Ok(response) if needs_body(&response) => Ok(with_body(&client, response).map_into_right_body()),
        Ok(response) => Ok(response.map_into_left_body()),
        // The request is lost in the failure, so the answer is returned as an error that already has its body.
        Err(error) => {
            log_error(&error);
            let bare = error.as_response_error().error_response();
            Err(Presented::of(client.answer(bare, Some(&error))).await.into())
        }
    };
    let status = match &outcome {
        Ok(response) => response.status().as_u16(),
        Err(error) => error.as_response_error().status_code().as_u16(),
    };
    let took = started.elapsed();
    if let Some(state) = &state {
        state.metrics.requests.answered(route.as_deref().unwrap_or("none"), method.as_str(), status, took);
    }
    let milliseconds = took.as_secs_f64() * 1e3;
    // Probes come every few seconds and would crowd out the other lines.
    if probe && status < 400 {
        tracing::debug!(status, milliseconds, "answered");
    } else {
        tracing::info!(status, milliseconds, "answered");
    }
    outcome
}

/// Whether this is an error that still needs a body.
fn needs_body<B: MessageBody>(response: &ServiceResponse<B>) -> bool {
    let failed = response.status().is_client_error() || response.status().is_server_error();
    let empty = matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
    let bare = response.response().error().is_some_and(|error| error.as_error::<Answered>().is_none());
    failed && (empty || bare)
}

fn with_body<B: MessageBody>(client: &Client, response: ServiceResponse<B>) -> ServiceResponse {
    let (request, mut response) = response.into_parts();
    let mut bare = HttpResponse::new(response.status());
    std::mem::swap(bare.headers_mut(), response.headers_mut());
    let error = response.error();
    if let Some(error) = error {
        log_error(error);
    }
    let mut answer = client.answer(bare, error);
    if request.method() == Method::HEAD {
        answer.headers_mut().remove(header::TRANSFER_ENCODING);
    }
    ServiceResponse::new(request, answer)
}

/// Logs the chain of sources: error for faults on our side, warn for an overload, debug for the client's mistakes.
fn log_error(error: &Error) {
    let status = error.as_response_error().status_code();
    let chain = match error.as_error::<WebError>() {
        Some(known) => telemetry::sentence(known),
        None => error.to_string(),
    };
    if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
        tracing::error!(cause = chain, "a request failed");
    } else if status.is_server_error() {
        tracing::warn!(cause = chain, "a request was refused temporarily");
    } else {
        tracing::debug!(cause = chain, "a request was refused");
    }
}

/// Runs a request to its end. A panic becomes an error of that request alone.
async fn catch<T>(request: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    // Unwind-safe: unfinished work of a panicking handler is dropped with it, and shared state is behind locks that
    // report being poisoned.
    AssertUnwindSafe(request).catch_unwind().await.unwrap_or_else(|panic| {
        let what = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        Err(WebError::Panic(what).into())
    })
}

/// An answer with its body and security headers, on its way out as an error.
#[derive(Debug)]
struct Presented {
    status: StatusCode,
    headers: HeaderMap,
    body: web::Bytes,
}

impl Presented {
    async fn of(answer: HttpResponse) -> Presented {
        let status = answer.status();
        let mut headers = answer.headers().clone();
        security::add_headers(&mut headers);
        let body = match actix_web::body::to_bytes(answer.into_body()).await {
            Ok(body) => body,
            Err(_) => web::Bytes::from_static(b"Something went wrong on our side."),
        };
        Presented { status, headers, body }
    }
}

impl fmt::Display for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "answered with status {}", self.status)
    }
}

impl ResponseError for Presented {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::with_body(self.status, self.body.clone()).map_into_boxed_body();
        for (name, value) in &self.headers {
            response.headers_mut().append(name.clone(), HeaderValue::clone(value));
        }
        response
    }
}
