//! The owner's pages of a result: waiting, the result itself, sharing it by choice, deleting it.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::home::DonePage;
use super::page::{Keeping, keep, page, see_other};
use super::reading::ReadingView;
use super::stored::Stored;
use super::{AppState, WebError, client, cookies, export};
use crate::records::{OwnerKey, Place, Record, RecordsError, ShareKey, Source, Status};

/// The address of a result, from the root of the site.
pub fn path(key: &OwnerKey) -> String {
    format!("/results/{}", key.as_text())
}

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
    /// The whole-profile ranking.
    ranking: String,
    address: String,
    read_on: String,
    reading: ReadingView,
    /// Whether the text was composed of answers; else it was sent as it is.
    composed: bool,
    text: Vec<&'a str>,
    /// The share link's address, while there is one.
    shared: Option<String>,
}

#[derive(Template)]
#[template(path = "shared.html")]
struct SharedPage {
    /// The whole-profile ranking.
    ranking: String,
    read_on: String,
    reading: ReadingView,
}

#[derive(Template)]
#[template(path = "delete.html")]
struct DeletePage {
    path: String,
}

/// The key in an address, or not found: a key that cannot be one is told no differently from one that opens nothing.
fn owner_key(text: &str) -> Result<OwnerKey, WebError> {
    OwnerKey::parse(text).ok_or(WebError::NotFound)
}

async fn record(state: &AppState, key: &OwnerKey) -> Result<Record, WebError> {
    state.store.by_owner(key).await?.ok_or(WebError::NotFound)
}

/// GET /results/{key}: the result, or how far it has come.
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    key: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let key = owner_key(&key)?;
    let record = record(&state, &key).await?;
    let path = path(&key);
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
            let shared = record.share_key.as_ref().map(|key| absolute(&request, &state, &share_path(key)));
            let shown = ResultPage {
                ranking: format!("{path}/careers"),
                path,
                address,
                read_on: day(record.shown.finished_at.unwrap_or(record.shown.created_at)),
                reading: Stored(&record.shown).view(&state.catalog).map_err(WebError::internal)?,
                composed: record.shown.source == Source::Questionnaire,
                text: record.text.split("\n\n").collect(),
                shared,
            };
            page(StatusCode::OK, Keeping::Unlisted, &shown)
        }
    }
}

/// The waiting page looks again by itself: soon when it is next, more seldom the more are ahead.
fn waiting(place: Place, address: String) -> Result<HttpResponse, WebError> {
    let said = match (place.status, place.ahead) {
        // Leased; the models may still be busy with others.
        (Status::Reading, _) => {
            "It is their turn: the models read them now, or as soon as they are free.".to_owned()
        }
        (_, 0) => "They are next; usually that takes a second or two.".to_owned(),
        (_, 1) => "One other text is before yours.".to_owned(),
        (_, ahead) => format!("{ahead} other texts are before yours."),
    };
    let mut answer = page(StatusCode::OK, Keeping::Unlisted, &WaitingPage { place: said, address })?;
    let seconds = (1 + place.ahead / 2).min(15);
    answer.headers_mut().insert(HeaderName::from_static("refresh"), HeaderValue::from(seconds));
    Ok(answer)
}

fn share_path(key: &ShareKey) -> String {
    format!("/shared/{}", key.as_text())
}

/// The whole address, as a visitor would note it.
fn absolute(request: &HttpRequest, state: &AppState, path: &str) -> String {
    match &state.settings.server.public_url {
        Some(url) => format!("{}{path}", url.origin()),
        None => {
            let scheme = if client::is_https(request, &state.settings.server) { "https" } else { "http" };
            format!("{scheme}://{}{path}", client::host(request, &state.settings.server))
        }
    }
}

fn day(moment: chrono::DateTime<chrono::Utc>) -> String {
    moment.format("%-d %B %Y").to_string()
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

/// POST /results/{key}/share
pub async fn share(state: web::Data<AppState>, key: web::Path<String>) -> Result<HttpResponse, WebError> {
    let key = owner_key(&key)?;
    match state.store.share(&key).await {
        // Not finished: the page says so.
        Ok(_) | Err(RecordsError::Conflict(_)) => Ok(see_other(&format!("{}#keep", path(&key)))),
        Err(error) => Err(error.into()),
    }
}

/// POST /results/{key}/unshare
pub async fn unshare(state: web::Data<AppState>, key: web::Path<String>) -> Result<HttpResponse, WebError> {
    let key = owner_key(&key)?;
    state.store.unshare(&key).await?;
    Ok(see_other(&format!("{}#keep", path(&key))))
}

/// GET /results/{key}/delete: what deleting does, and a button.
pub async fn ask_delete(
    state: web::Data<AppState>,
    key: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let key = owner_key(&key)?;
    record(&state, &key).await?;
    page(StatusCode::OK, Keeping::Unlisted, &DeletePage { path: path(&key) })
}

/// POST /results/{key}/delete: for good, also while it is being read. Doing it twice is no error.
pub async fn delete(
    request: HttpRequest,
    state: web::Data<AppState>,
    key: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let key = owner_key(&key)?;
    state.submissions.delete(&key).await?;
    let mut answer = see_other("/deleted");
    cookies::set(&mut answer, &cookies::drop_result(&request, &state, &key))?;
    if cookies::draft_key(&request).is_some_and(|draft| draft.owner_key() == key) {
        cookies::set(&mut answer, &cookies::clear(&request, &state, cookies::DRAFT))?;
    }
    Ok(answer)
}

/// GET /deleted
pub async fn deleted() -> Result<HttpResponse, WebError> {
    let done = DonePage {
        title: "Deleted",
        said: "The answers, the text and the reading are erased from this server. Nothing brings them back.",
    };
    page(StatusCode::OK, Keeping::Private, &done)
}

/// GET /shared/{key}: the result without answers and text.
pub async fn shared(state: web::Data<AppState>, key: web::Path<String>) -> Result<HttpResponse, WebError> {
    let key = ShareKey::parse(&key).ok_or(WebError::NotFound)?;
    let record = state.store.by_share(&key).await?.ok_or(WebError::NotFound)?;
    let shown = SharedPage {
        ranking: format!("{}/careers", share_path(&key)),
        read_on: day(record.finished_at.unwrap_or(record.created_at)),
        reading: Stored(&record).view(&state.catalog).map_err(WebError::internal)?,
    };
    page(StatusCode::OK, Keeping::Unlisted, &shown)
}
