//! One error type for every handler, and its sentences for visitors.
//!
//! A visitor sees a fixed sentence and a request id, as a page or as JSON ([`super::middleware::present`]); the log has
//! the chain of sources. The `Display` text of a [`WebError`] is for the log; [`WebError::message`] is for the visitor.

use std::error::Error as StdError;
use std::time::Duration;

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};

use super::typed::Typed;
use crate::accounts::HashError;
use crate::records::RecordsError;

/// A source of an error, whatever its type.
type Source = Box<dyn StdError + Send + Sync>;

/// Why a request gets an error as its answer.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// There is nothing at this address.
    #[error("not found")]
    NotFound,
    /// This device has no open draft: no cookie was sent, or the draft was forgotten or has expired.
    #[error("no draft")]
    NoDraft,
    /// The answer is elsewhere, for example if a draft has been sent: 303 to `to`.
    #[error("see other")]
    SeeOther {
        to: String,
        /// Set with the redirect.
        cookie: Option<Box<Cookie<'static>>>,
    },
    /// A posted page could not be saved.
    #[error("a posted page was not saved")]
    Unsaved {
        #[source]
        error: Box<WebError>,
        /// The words that were posted, which the error page shows.
        typed: Typed,
    },
    /// The request is invalid; the sentence says what was expected.
    #[error("bad request: {0}")]
    BadRequest(String),
    /// An answer is longer than can be stored; the sentence says which.
    #[error("answer over the limit: {0}")]
    AnswerTooLong(String),
    /// The body is over the limit.
    #[error("body over the limit")]
    TooLarge {
        /// The limit as a person reads it, "256 KiB".
        limit: String,
    },
    /// The body arrived too slowly.
    #[error("body too slow")]
    TooSlow,
    /// The body has a content type that this address does not take.
    #[error("unsupported media type")]
    UnsupportedMediaType {
        /// The content type it takes.
        expected: &'static str,
    },
    /// A form was posted from another site.
    #[error("cross-origin request refused: {0}")]
    CrossOrigin(&'static str),
    /// The client is over its rate limit.
    #[error("rate limit")]
    TooManyRequests { retry_after: Duration },
    /// The models have too much to read, or did not finish in time.
    #[error("busy: {reason}")]
    Busy {
        /// The sentence a visitor sees.
        reason: &'static str,
        retry_after: Duration,
        /// Where the result of the stored text will be, if one was stored.
        location: Option<String>,
    },
    /// Something needed for the answer does not respond; usually the database.
    #[error("unavailable")]
    Unavailable(#[source] Source),
    /// A bug or fault on our side. Visitors see no detail.
    #[error("internal error")]
    Internal(#[source] Source),
    /// A handler panicked. Visitors see no detail.
    #[error("a handler panicked: {0}")]
    Panic(String),
}

impl WebError {
    /// Wraps an error on our side.
    pub fn internal(error: impl Into<Source>) -> WebError {
        WebError::Internal(error.into())
    }

    /// Wraps an error that may be temporary.
    pub fn unavailable(error: impl Into<Source>) -> WebError {
        WebError::Unavailable(error.into())
    }

    /// Adds the posted words, so that the error page can show them. A redirect shows nothing.
    pub fn showing(self, typed: Typed) -> WebError {
        match self {
            elsewhere @ WebError::SeeOther { .. } => elsewhere,
            error => WebError::Unsaved { error: Box::new(error), typed },
        }
    }

    /// The HTTP status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            WebError::NotFound | WebError::NoDraft => StatusCode::NOT_FOUND,
            WebError::SeeOther { .. } => StatusCode::SEE_OTHER,
            WebError::Unsaved { error, .. } => error.status(),
            WebError::BadRequest(_) => StatusCode::BAD_REQUEST,
            WebError::AnswerTooLong(_) => StatusCode::UNPROCESSABLE_ENTITY,
            WebError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            WebError::TooSlow => StatusCode::REQUEST_TIMEOUT,
            WebError::UnsupportedMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            WebError::CrossOrigin(_) => StatusCode::FORBIDDEN,
            WebError::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            WebError::Busy { .. } | WebError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            WebError::Internal(_) | WebError::Panic(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The sentence a visitor sees: what happened and what to do.
    pub fn message(&self) -> String {
        match self {
            WebError::NoDraft => "No answers were found on this device.".to_owned(),
            WebError::Unsaved { error, .. } => error.message(),
            WebError::BadRequest(sentence) | WebError::AnswerTooLong(sentence) => sentence.clone(),
            WebError::TooLarge { limit } => format!("What you sent is too long. The limit is {limit}."),
            WebError::UnsupportedMediaType { expected } => {
                format!("Expected the content type {expected}.")
            }
            WebError::Busy { reason, .. } => (*reason).to_owned(),
            WebError::Unavailable(_) => {
                "We cannot reach our records right now. Please try again in a few seconds.".to_owned()
            }
            other => sentence(other.status()).to_owned(),
        }
    }

    /// When the client may try again, if known.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            WebError::TooManyRequests { retry_after } | WebError::Busy { retry_after, .. } => {
                Some(*retry_after)
            }
            WebError::Unavailable(_) => Some(Duration::from_secs(5)),
            WebError::Unsaved { error, .. } => error.retry_after(),
            _ => None,
        }
    }

    /// The address that the answer points to, if any.
    fn location(&self) -> Option<&str> {
        match self {
            WebError::Busy { location, .. } => location.as_deref(),
            WebError::SeeOther { to, .. } => Some(to),
            _ => None,
        }
    }
}

/// The sentence for a status whose error has none of its own.
pub fn sentence(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "We could not understand what was sent.",
        403 => {
            "This form was sent from another site, so we did not accept it. Please send it from this site."
        }
        404 => "There is nothing at this address, or it has been deleted.",
        405 => "This address does not accept that kind of request.",
        408 => "The request took too long to arrive. Please send it again.",
        413 => "What you sent is too long.",
        415 => "What you sent is in a format that we do not read.",
        431 => "The headers of the request are too long.",
        429 => "You are sending more requests than we can take from one place. Please wait a moment.",
        503 => "We cannot do this right now. Please try again in a few seconds.",
        _ if status.is_client_error() => "We could not accept this request.",
        _ => "Something went wrong on our side. The error has been logged, and we will look into it.",
    }
}

/// The heading of the page for a status.
pub fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        403 => "Not accepted",
        404 => "Not found",
        413 | 422 => "Too long",
        429 => "One moment",
        503 => "Not available right now",
        _ if status.is_client_error() => "Not understood",
        _ => "Something went wrong",
    }
}

impl From<RecordsError> for WebError {
    fn from(error: RecordsError) -> WebError {
        match error {
            RecordsError::Missing(_) => WebError::NotFound,
            error if error.is_no_space() => WebError::Busy {
                reason: "We have no room for new answers right now, so this was not saved. Deleting still works.",
                retry_after: Duration::from_secs(60),
                location: None,
            },
            error if error.is_unavailable() => WebError::unavailable(error),
            error => WebError::internal(error),
        }
    }
}

impl From<HashError> for WebError {
    fn from(error: HashError) -> WebError {
        match error {
            HashError::Busy => WebError::Busy {
                reason: "Too many people are logging in right now. Please try again in a few seconds.",
                retry_after: Duration::from_secs(5),
                location: None,
            },
            error => WebError::internal(error),
        }
    }
}

impl ResponseError for WebError {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// Status and headers only. [`super::middleware::present`] adds the body: it knows whether the client wants a page or
    /// JSON.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status());
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
        if let Some(location) = self.location()
            && let Ok(location) = HeaderValue::from_str(location)
        {
            headers.insert(header::LOCATION, location);
        }
        if let WebError::SeeOther { cookie: Some(cookie), .. } = self
            && let Err(error) = response.add_cookie(cookie)
        {
            tracing::error!(%error, "a cookie could not be written as a header");
        }
        response
    }
}

/// Rounded up and at least 1, so that a client that waits this long does not come too early.
fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internals_are_in_the_source_and_never_in_the_message() {
        let error = WebError::internal("relation \"drafts\" does not exist");
        assert!(!error.message().contains("drafts"));
        assert!(StdError::source(&error).unwrap().to_string().contains("drafts"));
        assert!(!WebError::Panic("index out of bounds".into()).message().contains("bounds"));
    }

    #[test]
    fn a_wait_is_rounded_up_to_whole_seconds() {
        assert_eq!(whole_seconds(Duration::from_millis(10)), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1001)), 2);
        assert_eq!(whole_seconds(Duration::ZERO), 1);
    }

    #[test]
    fn words_that_were_not_saved_change_nothing_else_about_an_error() {
        let error = WebError::unavailable("no connection").showing(Typed::default());
        assert_eq!(error.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(error.error_response().headers().get(header::RETRY_AFTER).unwrap(), "5");
    }
}
