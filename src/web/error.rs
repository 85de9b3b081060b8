//! One error type for everything that answers HTTP, and where each of its faces goes.
//!
//! A visitor sees a fixed sentence and a request id, as a page or as its JSON twin ([`present`]); the log has the whole
//! chain of sources. What a [`WebError`] displays is for the log; what it says to a visitor is [`WebError::message`].

use std::error::Error as StdError;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};

use crate::records::RecordsError;

/// A source of an error, whatever its type.
type Source = Box<dyn StdError + Send + Sync>;

/// What can go wrong while a request is answered.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// There is nothing at this address, or no longer.
    #[error("not found")]
    NotFound,
    /// The request could not be understood; the sentence says what was expected.
    #[error("bad request: {0}")]
    BadRequest(String),
    /// One answer of a form is longer than can be kept; the sentence says which.
    #[error("answer over the limit: {0}")]
    AnswerTooLong(String),
    /// The body is over the limit.
    #[error("body over the limit")]
    TooLarge {
        /// The limit as a person reads it, "256 KiB".
        limit: String,
    },
    /// The body has a content type that the address does not take.
    #[error("unsupported media type")]
    UnsupportedMediaType {
        /// The content type that would have been taken.
        expected: &'static str,
    },
    /// A form was sent from another site.
    #[error("cross-origin request refused: {0}")]
    CrossOrigin(&'static str),
    /// The client sends more than its share.
    #[error("rate limit")]
    TooManyRequests {
        /// When it may come back.
        retry_after: Duration,
    },
    /// The models have more to read than they take on, or did not finish in time.
    #[error("busy: {reason}")]
    Busy {
        /// The sentence a visitor sees.
        reason: &'static str,
        /// When it may come back.
        retry_after: Duration,
        /// Where the result of what was stored will be found.
        location: Option<String>,
    },
    /// Something the answer needs does not answer now; the database, most likely.
    #[error("unavailable")]
    Unavailable(#[source] Source),
    /// Our own fault. Nothing of it is shown.
    #[error("internal error")]
    Internal(#[source] Source),
    /// A handler panicked. Nothing of it is shown.
    #[error("a handler panicked: {0}")]
    Panic(String),
}

impl WebError {
    /// Wraps an error that is our own fault.
    pub fn internal(error: impl Into<Source>) -> WebError {
        WebError::Internal(error.into())
    }

    /// Wraps an error of something that may answer again soon.
    pub fn unavailable(error: impl Into<Source>) -> WebError {
        WebError::Unavailable(error.into())
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            WebError::NotFound => StatusCode::NOT_FOUND,
            WebError::BadRequest(_) => StatusCode::BAD_REQUEST,
            WebError::AnswerTooLong(_) => StatusCode::UNPROCESSABLE_ENTITY,
            WebError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            WebError::UnsupportedMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            WebError::CrossOrigin(_) => StatusCode::FORBIDDEN,
            WebError::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            WebError::Busy { .. } | WebError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            WebError::Internal(_) | WebError::Panic(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The sentence a visitor sees: what happened and what to do, nothing of how we are built.
    pub fn message(&self) -> String {
        match self {
            WebError::BadRequest(sentence) | WebError::AnswerTooLong(sentence) => sentence.clone(),
            WebError::TooLarge { limit } => format!("What you sent is too long. The limit is {limit}."),
            WebError::UnsupportedMediaType { expected } => {
                format!("Expected the content type {expected}.")
            }
            WebError::Busy { reason, .. } => (*reason).to_owned(),
            WebError::Unavailable(_) => {
                "We cannot reach our records just now. Please try again in a few seconds.".to_owned()
            }
            other => sentence(other.status()).to_owned(),
        }
    }

    /// When the client may come back, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            WebError::TooManyRequests { retry_after } | WebError::Busy { retry_after, .. } => {
                Some(*retry_after)
            }
            WebError::Unavailable(_) => Some(Duration::from_secs(5)),
            _ => None,
        }
    }
}

/// What a visitor is told of a status that carries no sentence of its own.
pub fn sentence(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "We could not understand what was sent.",
        403 => "This form was sent from another site, so we did not take it. Please send it from here.",
        404 => "There is nothing at this address, or it has been deleted.",
        405 => "This address does not take requests of that kind.",
        408 => "The request took too long to arrive. Please send it again.",
        413 => "What you sent is too long.",
        415 => "What you sent is in a form that we do not read.",
        429 => "You are sending more requests than we can take from one place. Please wait a moment.",
        503 => "We cannot do this just now. Please try again in a few seconds.",
        _ if status.is_client_error() => "We could not take this request.",
        _ => "Something went wrong on our side. It has been written down, and we will look into it.",
    }
}

/// The heading for a status.
pub fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        403 => "Not taken",
        404 => "Not found",
        413 | 422 => "Too long",
        429 => "One moment",
        503 => "Not just now",
        _ if status.is_client_error() => "Not understood",
        _ => "Something went wrong",
    }
}

impl From<RecordsError> for WebError {
    fn from(error: RecordsError) -> WebError {
        match error {
            RecordsError::Missing(_) => WebError::NotFound,
            error if error.is_unavailable() => WebError::unavailable(error),
            error => WebError::internal(error),
        }
    }
}

impl ResponseError for WebError {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// The bare answer: its status and headers. [`super::present`] gives it a body, since only it knows whether the client
    /// reads pages or JSON.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status());
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
        if let WebError::Busy { location: Some(location), .. } = self
            && let Ok(location) = HeaderValue::from_str(location)
        {
            headers.insert(header::LOCATION, location);
        }
        response
    }
}

/// Rounded up, at least one: a client that waits this long does not come too early.
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
}
