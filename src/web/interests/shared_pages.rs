//! Interests behind a share link, and scores in an address.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::form::InterestsForm;
use super::scores::ScoresPage;
use crate::careers::Filters;
use crate::records::ShareKey;
use crate::survey::RawAnswers;
use crate::survey::interests::Activities;
use crate::web::address;
use crate::web::error::WebError;
use crate::web::owned::Owner;
use crate::web::page::{Keeping, page, see_other};
use crate::web::state::AppState;

/// GET /shared/{key}/interests: the scores, if the owner shares them.
pub async fn shared(state: web::Data<AppState>, key: web::Path<String>) -> Result<HttpResponse, WebError> {
    let key = ShareKey::parse(&key).ok_or(WebError::NotFound)?;
    let record = state.store.by_share(&key).await?.ok_or(WebError::NotFound)?;
    let scores = record.shared_interests.ok_or(WebError::NotFound)?;
    page(StatusCode::OK, Keeping::Unlisted, &ScoresPage::of_share(address::shared(&key), &scores))
}

/// GET /results/{key}/careers/interests: the former address of the questions. Complete answers in the address still
/// lead to a ranking with the scores in its address.
pub async fn from_address(request: HttpRequest, Owner(key): Owner) -> Result<HttpResponse, WebError> {
    let back = address::result(&key);
    let activities = Activities::bundled().map_err(WebError::internal)?;
    let to = scored(&activities, &answers(&request), &back);
    Ok(see_other(&to.unwrap_or_else(|| format!("{back}/interests"))))
}

/// GET /shared/{key}/careers/interests: the questions for a visitor of a shared result. There is nowhere to store the
/// answers, so the scores go into the address of the ranking.
pub async fn from_shared_address(
    request: HttpRequest,
    key: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let key = ShareKey::parse(&key).ok_or(WebError::NotFound)?;
    let back = address::shared(&key);
    let activities = Activities::bundled().map_err(WebError::internal)?;
    let answers = answers(&request);
    if let Some(to) = scored(&activities, &answers, &back) {
        return Ok(see_other(&to));
    }
    let sent = !answers.0.is_empty();
    let form = InterestsForm::new(&activities, &answers, format!("{back}/careers"), false, sent);
    page(StatusCode::OK, Keeping::Unlisted, &form)
}

fn answers(request: &HttpRequest) -> RawAnswers {
    let fields = url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned();
    RawAnswers(fields.collect())
}

/// The address of the ranking with the scores of these answers, if there are enough.
fn scored(activities: &Activities, answers: &RawAnswers, back: &str) -> Option<String> {
    let scores = activities.score(answers)?;
    let filters = Filters { page: 1, likes: Some(scores.means), ..Filters::default() };
    Some(format!("{back}/careers?{filters}"))
}
