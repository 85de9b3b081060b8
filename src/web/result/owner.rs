//! The owner's pages of a result: waiting, the result, sharing, downloading, deleting.

use std::ops::Range;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::assessed::passages::{self, Passage};
use super::assessed::{self, Given, Part, WhyView};
use super::best::{self, BestCareers, BestInterests};
use super::charts::QrPath;
use super::columns::parsed;
use super::good::How;
use super::kept::Kept;
use super::opened::{Opened, OpenedView};
use super::stored::{On, Stored};
use super::view::ReadingView;
use crate::assessment::Shares;
use crate::careers::Person;
use crate::records::{DraftState, OwnerKey, Place, Record, RecordsError, Research, Source, Status};
use crate::web::address::{self, absolute};
use crate::web::api::refusals::{Always, OfResults, ResultKey};
use crate::web::careers::filters::filters;
use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::numbers::day;
use crate::web::owned::{Owner, owned};
use crate::web::page::{DonePage, Keeping, page, see_other};
use crate::web::problem::Problem;
use crate::web::state::AppState;
use crate::web::statistics::VisitorNorm;

#[derive(Template)]
#[template(path = "waiting.html")]
struct WaitingPage {
    place: String,
    /// The private address; `None` if the account opens the result.
    address: Option<String>,
}

#[derive(Template)]
#[template(path = "failed.html")]
struct FailedPage {
    /// Why the last attempt failed.
    reason: Option<String>,
    path: String,
    /// The private address; `None` if the account opens the result.
    address: Option<String>,
}

#[derive(Template)]
#[template(path = "result.html")]
struct ResultPage<'a> {
    path: String,
    /// The path of the ranking by the whole profile.
    ranking: Option<String>,
    /// The path of the page with all reasons.
    everything: Option<String>,
    /// The private address; `None` if the account opens the result.
    address: Option<String>,
    read_on: String,
    reading: ReadingView,
    best: BestCareers,
    /// None if the record does not say what each part added.
    why: Option<WhyView>,
    good: How,
    /// Whether the text was composed from answers. Otherwise it was sent as a text.
    composed: bool,
    /// Paragraphs.
    text: Vec<Vec<Passage<'a>>>,
    /// The private address, for printing.
    qr: Option<QrPath>,
    is_shared: bool,
    /// The share link, if there is one and its address is known.
    shared: Option<String>,
    /// None while the database does not tell.
    opened: Option<OpenedView>,
    kept: Kept,
    research: Research,
}

#[derive(Template)]
#[template(path = "delete.html")]
struct DeletePage {
    path: String,
}

/// The path and the record of a finished result.
///
/// # Errors
/// [`WebError::NotFound`] if there is none, or if it is not finished.
pub async fn finished(state: &AppState, key: &OwnerKey) -> Result<(String, Record), WebError> {
    let record = owned(state, key).await?;
    let done = record.status == Status::Done;
    done.then(|| (address::result(key), record)).ok_or(WebError::NotFound)
}

/// GET /results/{key}: the result, or the progress of reading it.
#[utoipa::path(
    get,
    path = "/results/{key}",
    operation_id = "result",
    tag = "Results",
    summary = "The page of a result",
    description = "For people. `Location` names it when a text was stored.",
    params(ResultKey),
    responses(
        (status = 200, description = "The result, or how far reading it has come.", body = String,
         content_type = "text/html"),
        Always, OfResults,
    )
)]
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    Owner(key): Owner,
) -> Result<HttpResponse, WebError> {
    let record = owned(&state, &key).await?;
    let path = address::result(&key);
    let address = key.is_private().then(|| absolute(&request, &state, &path));
    match record.status {
        Status::Queued | Status::Reading => {
            let place = state.store.place_in_queue(&key).await?.ok_or(WebError::NotFound)?;
            waiting(place, address)
        }
        Status::Failed => {
            let shown = FailedPage { reason: record.failure, path, address };
            page(StatusCode::OK, Keeping::Unlisted, &shown)
        }
        Status::Done => {
            let filters = filters(&request)?;
            let stored = Stored(&record.shown);
            let interests = record.added.interests.as_ref().and_then(|interests| interests.measured);
            let person = Person { interests, ..stored.person().map_err(WebError::internal)? };
            let (mut reading, best) =
                stored.shown(&On::of(&state), &person, &filters, Some(&path)).map_err(WebError::internal)?;
            if let (Some(view), Some(assessment)) =
                (&mut reading.assessed, stored.assessment().map_err(WebError::internal)?)
            {
                view.visitors = VisitorNorm::of(&state, &assessment).await;
            }
            let shared =
                record.share_key.as_ref().map(|key| absolute(&request, &state, &address::shared(key)));
            let parts = parts(&record, &state)?;
            let shown = ResultPage {
                ranking: Some(best::ranking(&path, &filters)),
                best: best.with(BestInterests::new(&person, &path, true)),
                everything: Some(format!("{path}/why")),
                qr: address.as_deref().and_then(QrPath::new),
                path,
                address,
                read_on: day(record.shown.finished_at.unwrap_or(record.shown.created_at)),
                why: reading.assessed.as_ref().and_then(|a| WhyView::new(&parts, a)),
                reading,
                good: How::of(&state.evaluated),
                composed: record.shown.source == Source::Questionnaire,
                text: passages::paragraphs(&record.text, &places(&parts)),
                is_shared: record.is_shared,
                shared,
                opened: Opened::of(&state, &record.shown).await.map(OpenedView::from),
                kept: Kept::of(&request, &state, &key).await?,
                research: record.added.research,
            };
            page(StatusCode::OK, Keeping::Unlisted, &shown)
        }
    }
}

/// The visitor's ratings and answers, with what each added; empty for results from before this was stored.
pub fn parts(record: &Record, state: &AppState) -> Result<Vec<Part>, WebError> {
    let shares: Option<Shares> = parsed("shares", record.shares.as_ref()).map_err(WebError::internal)?;
    let given = Given {
        survey: &state.questionnaire,
        answers: record.answers.as_ref(),
        text: &record.text,
        spans: record.spans.as_ref(),
    };
    Ok(shares.map(|shares| assessed::parts(&shares, &given)).unwrap_or_default())
}

/// The parts' positions in the text, and how much each counted.
fn places(parts: &[Part]) -> Vec<(Range<usize>, f64)> {
    parts.iter().filter_map(|part| Some((part.bytes.clone()?, part.amount()))).collect()
}

/// The waiting page reloads itself: after a second if the text is next, and later the more are ahead.
fn waiting(place: Place, address: Option<String>) -> Result<HttpResponse, WebError> {
    let said = match (place.status, place.ahead) {
        // Leased, but the models may still be busy with other texts.
        (Status::Reading, _) => {
            "The models are reading them now, or will as soon as they are free.".to_owned()
        }
        (_, 0) => "They are next. This usually takes a second or two.".to_owned(),
        (_, 1) => "One other text is ahead of yours.".to_owned(),
        (_, ahead) => format!("{ahead} other texts are ahead of yours."),
    };
    let mut answer = page(StatusCode::OK, Keeping::Unlisted, &WaitingPage { place: said, address })?;
    let seconds = (1 + place.ahead / 2).min(15);
    answer.headers_mut().insert(HeaderName::from_static("refresh"), HeaderValue::from(seconds));
    Ok(answer)
}

/// POST /results/{key}/again: retries a failed submission.
pub async fn again(state: web::Data<AppState>, Owner(key): Owner) -> Result<HttpResponse, WebError> {
    owned(&state, &key).await?;
    // If it has not failed, it has been read or is about to be.
    let _queued = state.submissions.retry(&key).await?;
    Ok(see_other(&address::result(&key)))
}

/// POST /results/{key}/share
pub async fn share(state: web::Data<AppState>, Owner(key): Owner) -> Result<HttpResponse, WebError> {
    match state.store.share(&key).await {
        // Not finished: the page itself says so.
        Ok(_) | Err(RecordsError::Conflict(_)) => Ok(see_other(&format!("{}#keep", address::result(&key)))),
        Err(error) => Err(error.into()),
    }
}

/// POST /results/{key}/unshare
pub async fn unshare(state: web::Data<AppState>, Owner(key): Owner) -> Result<HttpResponse, WebError> {
    state.store.unshare(&key).await?;
    Ok(see_other(&format!("{}#keep", address::result(&key))))
}

/// GET /results/{key}/delete: says what this does, and asks for confirmation.
#[utoipa::path(
    get,
    path = "/results/{key}/delete",
    operation_id = "ask_delete",
    tag = "Results",
    summary = "The page that asks before it deletes",
    description = "For people. It deletes nothing.",
    params(ResultKey),
    responses(
        (status = 200, description = "A form.", body = String,
         content_type = "text/html"),
        Always, OfResults,
    )
)]
pub async fn ask_delete(state: web::Data<AppState>, Owner(key): Owner) -> Result<HttpResponse, WebError> {
    owned(&state, &key).await?;
    page(StatusCode::OK, Keeping::Unlisted, &DeletePage { path: address::result(&key) })
}

/// POST /results/{key}/delete: permanent, even while the text is being read. Repeating it is not an error.
#[utoipa::path(
    post,
    path = "/results/{key}/delete",
    operation_id = "delete_result",
    tag = "Results",
    summary = "Delete a result with its text",
    description = "For good. Needs no body.",
    params(ResultKey),
    responses(
        (status = 303, description = "It is gone, as it is when this is repeated.",
         headers(("Location" = String, description = "A page that says so."))),
        (status = 403, description = "A browser sent this from another site.", body = Problem),
        Always, OfResults,
    )
)]
pub async fn delete(
    request: HttpRequest,
    state: web::Data<AppState>,
    Owner(key): Owner,
) -> Result<HttpResponse, WebError> {
    // Looked up first, because a draft whose result is gone no longer says which one it was.
    let mut came_from = false;
    for draft in cookies::draft_keys(&request, &state).current {
        let draft = state.store.draft(&draft).await?;
        came_from |= draft.is_some_and(|draft| draft.state == DraftState::Submitted(key.clone()));
    }
    state.submissions.delete(&key).await?;
    let mut answer = see_other("/deleted");
    cookies::set(&mut answer, [cookies::drop_result(&request, &state, &key)])?;
    cookies::set(&mut answer, cookies::clear_former(&request, &state, cookies::Kind::Results))?;
    if came_from {
        cookies::set(&mut answer, cookies::clear(&request, &state, cookies::Kind::Draft))?;
    }
    Ok(answer)
}

/// GET /deleted
pub async fn deleted() -> Result<HttpResponse, WebError> {
    let done = DonePage {
        title: "Deleted",
        said: "The answers, the text and the result have been erased from this server. They cannot be restored.",
    };
    page(StatusCode::OK, Keeping::Private, &done)
}
