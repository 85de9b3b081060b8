//! Why a visitor has no open draft, and where they are led.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest};

use crate::records::{DraftState, OwnerKey};
use crate::web::address;
use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::state::AppState;

/// Why neither the account nor the device has an open draft.
#[derive(Debug)]
pub enum NotOpen {
    /// The browser sent no key, or the draft was forgotten or has expired.
    Missing,
    /// The draft was sent.
    Sent(SentDraft),
    /// The draft was sent, and its result deleted.
    Deleted,
    /// The draft could not be read or changed.
    Failed(WebError),
}

/// The result that a sent draft leads to.
#[derive(Debug)]
pub struct SentDraft {
    pub result: String,
    /// Adds the result to this device's list. Set each time, because the browser may never have received the first
    /// answer, for example after a double tap. None if only the account opens it.
    pub cookie: Option<Cookie<'static>>,
}

impl SentDraft {
    pub fn new(request: &HttpRequest, state: &AppState, owner: &OwnerKey) -> SentDraft {
        let cookie = owner.is_private().then(|| cookies::keep_result(request, state, owner));
        SentDraft { result: address::result(owner), cookie }
    }
}

impl NotOpen {
    /// Why a draft in this state is not open; `None` if it is.
    pub fn of(request: &HttpRequest, state: &AppState, draft: DraftState) -> Option<NotOpen> {
        match draft {
            DraftState::Open => None,
            DraftState::Submitted(owner) => Some(NotOpen::Sent(SentDraft::new(request, state, &owner))),
            DraftState::Deleted => Some(NotOpen::Deleted),
        }
    }

    /// For the script that saves while a visitor answers: the status, and a sentence to show. None for a failure.
    pub fn explanation(&self) -> Option<(StatusCode, &'static str)> {
        match self {
            NotOpen::Missing => Some((
                StatusCode::GONE,
                "These answers are no longer stored: they were erased, or this browser does not accept cookies.",
            )),
            NotOpen::Sent(_) => Some((StatusCode::CONFLICT, "These answers have been sent.")),
            NotOpen::Deleted => {
                Some((StatusCode::GONE, "These answers have been sent, and their result has been deleted."))
            }
            NotOpen::Failed(_) => None,
        }
    }
}

impl From<WebError> for NotOpen {
    fn from(error: WebError) -> NotOpen {
        NotOpen::Failed(error)
    }
}

impl From<NotOpen> for WebError {
    fn from(not_open: NotOpen) -> WebError {
        match not_open {
            NotOpen::Missing => WebError::NoDraft,
            NotOpen::Sent(SentDraft { result, cookie }) => {
                WebError::SeeOther { to: result, cookie: cookie.map(Box::new) }
            }
            NotOpen::Deleted => WebError::SeeOther { to: "/deleted".to_owned(), cookie: None },
            NotOpen::Failed(error) => error,
        }
    }
}

impl From<NotOpen> for Error {
    fn from(not_open: NotOpen) -> Error {
        WebError::from(not_open).into()
    }
}
