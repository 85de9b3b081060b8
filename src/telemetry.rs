//! Logging to standard error, as text or JSON, and the span around each request.
//!
//! Log lines contain route patterns, ids and durations. They never contain a path with a key in it, nor an answer.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage};
use tracing::field::{Field, Visit};
use tracing::{Event, Span, Subscriber};
use tracing_actix_web::{RequestId, RootSpanBuilder};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, Logging, option_name};

/// `--log` is not a valid filter.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} is {value:?}: expected a level such as info, or a filter such as info,calling=debug",
    option_name!(Logging, log)
)]
pub struct FilterError {
    value: String,
    source: ParseError,
}

/// Starts logging for the whole process. A second call has no effect.
pub fn start(logging: &Logging) -> Result<(), FilterError> {
    let filter = EnvFilter::try_new(&logging.log)
        .map_err(|source| FilterError { value: logging.log.clone(), source })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match logging.log_format {
        LogFormat::Text => lines.with_ansi(false).finish().with(WithoutMalformedHeads).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).finish().with(WithoutMalformedHeads).try_init(),
    };
    if let Err(already) = started {
        tracing::debug!(%already, "logging is already started");
    }
    Ok(())
}

/// Drops the error line that actix logs for each malformed request head. These are counted in a metric, and logged once
/// a minute.
struct WithoutMalformedHeads;

impl<S: Subscriber> Layer<S> for WithoutMalformedHeads {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        if event.metadata().target() != "actix_http::h1::dispatcher" {
            return true;
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        !message.0.starts_with("stream error: ")
    }
}

/// The message of an event.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

/// An error and its sources in one sentence, without repeating a source that the error's own message includes.
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

/// Makes the span around a request: id, method and route pattern, never the path.
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
        // The middleware that measures the duration logs the end of a request.
    }
}
