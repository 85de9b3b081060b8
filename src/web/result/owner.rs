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
use super::export;
use super::good::How;
use super::stored::{On, Stored, parsed};
use super::view::ReadingView;
use crate::assessment::Shares;
use crate::careers::Person;
use crate::records::{DraftState, OwnerKey, Place, Record, RecordsError, Source, Status};
use crate::web::address::{self, absolute};
use crate::web::careers::filters::filters;
use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::numbers::day;
use crate::web::page::{DonePage, Keeping, keep, page, see_other};
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "waiting.html")]
struct WaitingPage {
    place: String,
    address: String,
}

#[derive(Template)]
#[template(path = "failed.html")]
struct FailedPage {
    /// Why the last attempt failed.
    reason: Option<String>,
    path: String,
    address: String,
}

#[derive(Template)]
#[template(path = "result.html")]
struct ResultPage<'a> {
    path: String,
    /// The path of the ranking by the whole profile.
    ranking: Option<String>,
    /// The path of the page with all reasons.
    everything: Option<String>,
    address: String,
    read_on: String,
    reading: ReadingView,
    best: BestCareers,
    /// None where nothing is known of what each part added.
    why: Option<WhyView>,
    good: How,
    /// Whether the text was composed from answers; otherwise it was sent as it is.
    composed: bool,
    /// Paragraphs.
    text: Vec<Vec<Passage<'a>>>,
    /// The address, for paper.
    qr: Option<QrPath>,
    /// The share link, if there is one.
    shared: Option<String>,
}

#[derive(Template)]
#[template(path = "delete.html")]
struct DeletePage {
    path: String,
}

/// The key in an address. A malformed key gets the same answer as one that opens nothing.
fn owner_key(text: &str) -> Result<OwnerKey, WebError> {
    OwnerKey::parse(text).ok_or(WebError::NotFound)
}

async fn record(state: &AppState, key: &OwnerKey) -> Result<Record, WebError> {
    state.store.by_owner(key).await?.ok_or(WebError::NotFound)
}

/// The path and the record of a finished result.
///
/// # Errors
/// [`WebError::NotFound`] if there is none, or if it is not finished.
pub async fn finished(state: &AppState, key: &str) -> Result<(String, Record), WebError> {
    let key = owner_key(key)?;
    let record = record(state, &key).await?;
    let done = record.status == Status::Done;
    done.then(|| (address::result(&key), record)).ok_or(WebError::NotFound)
}

/// GET /results/{key}: the result, or how far reading it has come.
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    key: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let key = owner_key(&key)?;
    let record = record(&state, &key).await?;
    let path = address::result(&key);
    let address = absolute(&request, &state, &path);
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
            let (reading, best) =
                stored.shown(&On::of(&state), &person, &filters, Some(&path)).map_err(WebError::internal)?;
            let shared =
                record.share_key.as_ref().map(|key| absolute(&request, &state, &address::shared(key)));
            let parts = parts(&record, &state)?;
            let shown = ResultPage {
                ranking: Some(best::ranking(&path, &filters)),
                best: best.with(BestInterests::new(&person, &path, true)),
                everything: Some(format!("{path}/why")),
                qr: QrPath::new(&address),
                path,
                address,
                read_on: day(record.shown.finished_at.unwrap_or(record.shown.created_at)),
                why: reading.assessed.as_ref().and_then(|a| WhyView::new(&parts, a)),
                reading,
                good: How::of(&state.evaluated),
                composed: record.shown.source == Source::Questionnaire,
                text: passages::paragraphs(&record.text, &places(&parts)),
                shared,
            };
            page(StatusCode::OK, Keeping::Unlisted, &shown)
        }
    }
}

/// What the visitor gave, with what each part added; empty for results from before this was stored.
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

/// Where the parts stand in the text, and how much each counted.
fn places(parts: &[Part]) -> Vec<(Range<usize>, f64)> {
    parts.iter().filter_map(|part| Some((part.bytes.clone()?, part.amount()))).collect()
}

/// The waiting page reloads by itself: after a second when it is next, later the more are ahead.
fn waiting(place: Place, address: String) -> Result<HttpResponse, WebError> {
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

/// GET /results/{key}/export.json
pub async fn export_json(
    state: web::Data<AppState>,
    key: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let record = record(&state, &owner_key(&key)?).await?;
    let body = serde_json::to_string_pretty(&export::json(&record)).map_err(WebError::internal)?;
    Ok(download("application/json; charset=utf-8", "calling-result.json", body.into_bytes()))
}

/// GET /results/{key}/export.csv
pub async fn export_csv(
    state: web::Data<AppState>,
    key: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let record = record(&state, &owner_key(&key)?).await?;
    let body = export::csv(&record, &state.questionnaire).map_err(WebError::internal)?;
    Ok(download("text/csv; charset=utf-8; header=present", "calling-result.csv", body))
}

fn download(content_type: &'static str, name: &str, body: Vec<u8>) -> HttpResponse {
    let mut answer = HttpResponse::Ok()
        .content_type(content_type)
        .insert_header(("content-disposition", format!("attachment; filename=\"{name}\"")))
        .body(body);
    keep(&mut answer, Keeping::Unlisted);
    answer
}

/// POST /results/{key}/again: reads a submission that failed once more.
pub async fn again(state: web::Data<AppState>, key: web::Path<String>) -> Result<HttpResponse, WebError> {
    let key = owner_key(&key)?;
    record(&state, &key).await?;
    // One that has not failed is read anyway, or was.
    let _queued = state.submissions.retry(&key).await?;
    Ok(see_other(&address::result(&key)))
}

/// POST /results/{key}/share
pub async fn share(state: web::Data<AppState>, key: web::Path<String>) -> Result<HttpResponse, WebError> {
    let key = owner_key(&key)?;
    match state.store.share(&key).await {
        // Not finished: the page itself says so.
        Ok(_) | Err(RecordsError::Conflict(_)) => Ok(see_other(&format!("{}#keep", address::result(&key)))),
        Err(error) => Err(error.into()),
    }
}

/// POST /results/{key}/unshare
pub async fn unshare(state: web::Data<AppState>, key: web::Path<String>) -> Result<HttpResponse, WebError> {
    let key = owner_key(&key)?;
    state.store.unshare(&key).await?;
    Ok(see_other(&format!("{}#keep", address::result(&key))))
}

/// GET /results/{key}/delete: says what this does, and asks for confirmation.
pub async fn ask_delete(
    state: web::Data<AppState>,
    key: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let key = owner_key(&key)?;
    record(&state, &key).await?;
    page(StatusCode::OK, Keeping::Unlisted, &DeletePage { path: address::result(&key) })
}

/// POST /results/{key}/delete: permanent, also while the text is being read. Repeating it is not an error.
pub async fn delete(
    request: HttpRequest,
    state: web::Data<AppState>,
    key: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let key = owner_key(&key)?;
    // Looked for before: a draft whose result is gone no longer says which it was.
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
