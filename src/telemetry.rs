//! Log lines: one subscriber, text or JSON, on standard error, and the span that surrounds each request.
//!
//! A line holds the route's pattern, ids and durations. It never holds an address with a key in it, nor an answer.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use crate::config::{LogFormat, Logging};

/// `--log` could not be read as a filter.
#[derive(Debug, thiserror::Error)]
#[error(
    "--log (CALLING_LOG) is {value:?}: expected a level such as info, or a filter such as info,calling=debug"
)]
pub struct FilterError {
    value: String,
    source: ParseError,
}

/// Starts logging for the whole process. A second call in the same process keeps the first subscriber.
pub fn start(logging: &Logging) -> Result<(), FilterError> {
    let filter = EnvFilter::try_new(&logging.log)
        .map_err(|source| FilterError { value: logging.log.clone(), source })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match logging.log_format {
        LogFormat::Text => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    if let Err(already) = started {
        tracing::debug!(%already, "logging was started before");
    }
    Ok(())
}

/// An error and its sources as one sentence, each said once.
pub fn sentence(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_said = cause.to_string();
        if !said.contains(&cause_said) {
            said.push_str(": ");
            said.push_str(&cause_said);
        }
        source = cause.source();
    }
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The span around one request: its id, its method and the pattern of its route, never the address itself.
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().copied();
        tracing::info_span!(
            "request",
            id = id.map(|id| id.to_string()).unwrap_or_default(),
            method = request.method().as_str(),
            route = request.match_pattern().as_deref().unwrap_or("none"),
        )
    }

    fn on_request_end<B: MessageBody>(_: Span, _: &Result<ServiceResponse<B>, Error>) {
        // The line for a finished request is written by the middleware that knows how long it took.
    }
}
