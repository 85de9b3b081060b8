//! Discards the answers that were not sent.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::draft::OpenDraft;
use super::not_open::NotOpen;
use crate::web::error::WebError;
use crate::web::page::{DonePage, Keeping, page, see_other};

#[derive(Template)]
#[template(path = "discard.html")]
struct DiscardPage {
    answered: usize,
    total: usize,
}

/// GET /discard: says what this does, and asks for confirmation.
pub async fn ask(draft: OpenDraft) -> Result<HttpResponse, WebError> {
    let progress = draft.progress(1);
    let shown = DiscardPage { answered: progress.answered, total: progress.total };
    page(StatusCode::OK, Keeping::Private, &shown)
}

/// POST /discard. Repeating it is not an error.
pub async fn discard(draft: Result<OpenDraft, NotOpen>) -> Result<HttpResponse, WebError> {
    match draft {
        Ok(draft) => draft.discard().await,
        Err(NotOpen::Failed(error)) => Err(error),
        Err(_) => Ok(see_other("/")),
    }
}

/// GET /discarded
pub async fn discarded() -> Result<HttpResponse, WebError> {
    let done = DonePage {
        title: "Your answers have been discarded",
        said: "The answers that you had not sent have been erased from this server. Your results are not affected.",
    };
    page(StatusCode::OK, Keeping::Public, &done)
}
