//! What ends a handler before its work is done: an answer that is ready, or an error.

use actix_web::HttpResponse;
use actix_web::error::InternalError;

use super::error::WebError;
use crate::accounts::HashError;
use crate::records::RecordsError;

/// Lets `?` end a handler with an answer, for example with the form again and what is wrong with it.
#[derive(Debug)]
pub enum Early {
    /// Boxed, since an answer is several times as large as an error.
    Answer(Box<HttpResponse>),
    Error(WebError),
}

/// The error that carries an answer which is ready, so that [`super::middleware::present`] leaves it as it is.
pub type Answered = InternalError<&'static str>;

impl From<Early> for actix_web::Error {
    fn from(early: Early) -> actix_web::Error {
        match early {
            Early::Answer(answer) => Answered::from_response("answered early", *answer).into(),
            Early::Error(error) => error.into(),
        }
    }
}

impl From<HttpResponse> for Early {
    fn from(answer: HttpResponse) -> Early {
        Early::Answer(Box::new(answer))
    }
}

impl From<WebError> for Early {
    fn from(error: WebError) -> Early {
        Early::Error(error)
    }
}

impl From<RecordsError> for Early {
    fn from(error: RecordsError) -> Early {
        Early::Error(error.into())
    }
}

impl From<HashError> for Early {
    fn from(error: HashError) -> Early {
        Early::Error(error.into())
    }
}
