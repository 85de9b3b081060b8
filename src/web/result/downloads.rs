//! A stored result as a file, for its owner.

use actix_web::{HttpResponse, web};

use super::export;
use super::opened::Opened;
use crate::web::api::refusals::{Always, OfResults, ResultKey};
use crate::web::error::WebError;
use crate::web::owned::{Owner, owned};
use crate::web::page::{Keeping, keep};
use crate::web::state::AppState;

/// GET /results/{key}/export.json
#[utoipa::path(
    get,
    path = "/results/{key}/export.json",
    operation_id = "result_export",
    tag = "Results",
    summary = "Everything that is stored of a result",
    params(ResultKey),
    responses(
        (status = 200, description = "As a file to download.", body = export::Export,
         headers(("Content-Disposition" = String, description = "The name of the file."))),
        Always, OfResults,
    )
)]
pub async fn export_json(state: web::Data<AppState>, Owner(key): Owner) -> Result<HttpResponse, WebError> {
    let record = owned(&state, &key).await?;
    let opened = Opened::of(&state, &record.shown).await;
    let body = serde_json::to_string_pretty(&export::json(&record, opened)).map_err(WebError::internal)?;
    Ok(download("application/json; charset=utf-8", "calling-result.json", body.into_bytes()))
}

/// GET /results/{key}/export.csv
pub async fn export_csv(state: web::Data<AppState>, Owner(key): Owner) -> Result<HttpResponse, WebError> {
    let record = owned(&state, &key).await?;
    let opened = Opened::of(&state, &record.shown).await;
    let body = export::csv(&record, opened.as_ref(), &state.questionnaire).map_err(WebError::internal)?;
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
