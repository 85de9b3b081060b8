//! Gives every error its face: a page for those who read pages, JSON for programs, both with the request id.
//!
//! It also keeps a panic from a handler inside its own request, and writes the one log line of each request.

use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

use actix_web::body::{BodySize, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError, web};
use askama::Template;
use tracing_actix_web::RequestId;

use super::error::{WebError, sentence, title};
use super::posted::Typed;
use super::{API_PATHS, AppState, security};
use crate::telemetry;

/// What an error page shows.
#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    status: u16,
    title: &'a str,
    message: &'a str,
    request_id: &'a str,
    typed: &'a Typed,
}

/// Who is asking, noted before the request is handed on, since a panic takes the request with it.
struct Asker {
    wants_page: bool,
    request_id: String,
}

impl Asker {
    fn of(request: &ServiceRequest) -> Asker {
        let accepts_html = request
            .headers()
            .get_all(header::ACCEPT)
            .any(|value| value.to_str().is_ok_and(|value| value.contains("text/html")));
        let id = request.extensions().get::<RequestId>().copied();
        Asker {
            wants_page: accepts_html && !API_PATHS.contains(&request.path()),
            request_id: id.map(|id| id.to_string()).unwrap_or_default(),
        }
    }

    /// The whole answer for an error: `bare` gives the status and the headers, this the body. `typed` are the words
    /// that came with the request, which a page shows again.
    fn answer(&self, bare: HttpResponse, message: &str, typed: &Typed) -> HttpResponse {
        let status = bare.status();
        let mut answer = HttpResponse::build(status);
        for (name, value) in bare.headers() {
            if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
                answer.append_header((name, value));
            }
        }
        let title = title(status);
        let page = ErrorPage { status: status.as_u16(), title, message, request_id: &self.request_id, typed };
        if self.wants_page {
            match page.render() {
                Ok(html) => return answer.content_type("text/html; charset=utf-8").body(html),
                Err(error) => tracing::error!(%error, "the error page could not be rendered"),
            }
        }
        answer.json(serde_json::json!({
            "message": message,
            "title": title,
            "status": status.as_u16(),
            "request_id": self.request_id,
        }))
    }
}

/// Middleware: runs the request, presents its error if it has one, and logs the outcome.
///
/// An answer that a handler built in full is left alone, whatever its status: the form with its errors, for one.
pub async fn present<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let asker = Asker::of(&request);
    let started = Instant::now();
    let probe = matches!(request.path(), "/health" | "/ready");
    let (route, method) = (request.match_pattern(), request.method().clone());
    let state = request.app_data::<web::Data<AppState>>().cloned();
    let outcome: Result<_, Error> = match catch(next.call(request)).await {
        Ok(response) if needs_face(&response) => {
            let bare_status = response.status();
            let (request, mut response) = response.into_parts();
            let message = match response.error() {
                Some(error) => {
                    log_error(error);
                    message_of(error, bare_status)
                }
                None => sentence(bare_status).to_owned(),
            };
            let mut bare = HttpResponse::new(bare_status);
            std::mem::swap(bare.headers_mut(), response.headers_mut());
            let typed = request.extensions().get::<Typed>().cloned().unwrap_or_default();
            let mut answer = asker.answer(bare, &message, &typed);
            if request.method() == Method::HEAD {
                answer.headers_mut().remove(header::TRANSFER_ENCODING);
            }
            Ok(ServiceResponse::new(request, answer.map_into_right_body()))
        }
        Ok(response) => Ok(response.map_into_left_body()),
        // The request is gone with whatever failed: the answer travels as an error that is already presented.
        Err(error) => {
            log_error(&error);
            let bare = error.as_response_error().error_response();
            let message = message_of(&error, bare.status());
            Err(Presented::of(asker.answer(bare, &message, &Typed::default())).await.into())
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
    // A probe asks every few seconds; its lines would bury the others.
    if probe && status < 400 {
        tracing::debug!(status, milliseconds, "answered");
    } else {
        tracing::info!(status, milliseconds, "answered");
    }
    outcome
}

/// An error whose answer has no body yet.
fn needs_face<B: MessageBody>(response: &ServiceResponse<B>) -> bool {
    let failed = response.status().is_client_error() || response.status().is_server_error();
    let empty = matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
    failed && (empty || response.response().error().is_some())
}

fn message_of(error: &Error, status: StatusCode) -> String {
    match error.as_error::<WebError>() {
        Some(known) => known.message(),
        None => sentence(status).to_owned(),
    }
}

/// Writes the chain of sources: at error level for our own faults, at debug for the client's.
fn log_error(error: &Error) {
    let status = error.as_response_error().status_code();
    let chain = match error.as_error::<WebError>() {
        Some(known) => telemetry::sentence(known),
        None => error.to_string(),
    };
    if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
        tracing::error!(cause = chain, "a request failed");
    } else if status.is_server_error() {
        tracing::warn!(cause = chain, "a request was put off");
    } else {
        tracing::debug!(cause = chain, "a request was refused");
    }
}

/// Runs a request to its end; a panic on the way becomes an error of that request alone.
async fn catch<T>(request: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let mut request = pin!(request);
    poll_fn(|context| {
        // Whatever a panicking handler left half done is dropped with it; what requests share sits behind locks
        // that say when they were poisoned.
        catch_unwind(AssertUnwindSafe(|| request.as_mut().poll(context))).unwrap_or_else(|panic| {
            let what = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "no message".to_owned());
            Poll::Ready(Err(WebError::Panic(what).into()))
        })
    })
    .await
}

/// An answer that was already given its face, security headers and all, on its way out as an error.
#[derive(Debug)]
struct Presented {
    status: StatusCode,
    headers: HeaderMap,
    body: actix_web::web::Bytes,
}

impl Presented {
    async fn of(answer: HttpResponse) -> Presented {
        let status = answer.status();
        let mut headers = answer.headers().clone();
        security::add_headers(&mut headers);
        let body = match actix_web::body::to_bytes(answer.into_body()).await {
            Ok(body) => body,
            Err(_) => actix_web::web::Bytes::from_static(b"Something went wrong on our side."),
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
