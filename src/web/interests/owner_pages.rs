//! The owner's pages: answering, the scores, sharing and deleting them.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::form::{InterestsForm, as_fields};
use super::scores::{Owned, ScoresPage, ScoresView};
use crate::records::{Interests, OwnerKey, Record, Status};
use crate::survey::RawAnswers;
use crate::survey::interests::Activities;
use crate::web::address;
use crate::web::error::WebError;
use crate::web::page::{Keeping, page, see_other};
use crate::web::state::AppState;

/// A posted form.
type Posted = web::Form<Vec<(String, String)>>;

#[derive(Template)]
#[template(path = "interests_delete.html")]
struct DeletePage {
    path: String,
}

fn owner_key(text: &str) -> Result<OwnerKey, WebError> {
    OwnerKey::parse(text).ok_or(WebError::NotFound)
}

async fn record(state: &AppState, key: &OwnerKey) -> Result<Record, WebError> {
    state.store.by_owner(key).await?.ok_or(WebError::NotFound)
}

fn path(key: &OwnerKey) -> String {
    format!("{}/interests", address::result(key))
}

#[derive(serde::Deserialize)]
pub struct Asked {
    /// Present to answer once more.
    again: Option<String>,
}

/// GET /results/{key}/interests: the scores, or the questions where there are none.
pub async fn show(
    state: web::Data<AppState>,
    key: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let key = owner_key(&key)?;
    let record = record(&state, &key).await?;
    let back = address::result(&key);
    let stored = record.added.interests.unwrap_or_default();
    let scores = stored.measured.filter(|_| asked.again.is_none());
    let Some(scores) = scores else {
        let activities = Activities::bundled().map_err(WebError::internal)?;
        let form = InterestsForm::new(&activities, &as_fields(&stored.answers), back, true, false);
        return page(StatusCode::OK, Keeping::Unlisted, &form);
    };
    let shown = ScoresPage {
        ranking: (record.status == Status::Done).then(|| format!("{back}/careers")),
        back,
        view: ScoresView::new(&scores),
        owned: Some(Owned {
            linked: record.share_key.is_some(),
            shown: record.shown.shared_interests.is_some(),
        }),
    };
    page(StatusCode::OK, Keeping::Unlisted, &shown)
}

/// POST /results/{key}/interests: stores every valid answer, also if they are too few for scores.
pub async fn save(
    state: web::Data<AppState>,
    key: web::Path<String>,
    form: Posted,
) -> Result<HttpResponse, WebError> {
    let key = owner_key(&key)?;
    let activities = Activities::bundled().map_err(WebError::internal)?;
    let raw = RawAnswers(form.into_inner().into_iter().collect());
    let interests = Interests { answers: activities.valid(&raw), measured: activities.score(&raw) };
    if !interests.answers.is_empty() {
        state.store.save_interests(&key, &interests).await?;
    } else {
        record(&state, &key).await?;
    }
    if interests.measured.is_some() {
        return Ok(see_other(&path(&key)));
    }
    let shown =
        InterestsForm::new(&activities, &as_fields(&interests.answers), address::result(&key), true, true);
    page(StatusCode::UNPROCESSABLE_ENTITY, Keeping::Unlisted, &shown)
}

/// POST /results/{key}/interests/share: whether the share link shows the scores. A box that comes unticked means no.
pub async fn share(
    state: web::Data<AppState>,
    key: web::Path<String>,
    form: Posted,
) -> Result<HttpResponse, WebError> {
    let key = owner_key(&key)?;
    let shown = form.iter().any(|(field, value)| field == "shown" && value == "1");
    state.store.share_interests(&key, shown).await?;
    Ok(see_other(&format!("{}#share", path(&key))))
}

/// GET /results/{key}/interests/delete: asks for confirmation.
pub async fn ask_delete(
    state: web::Data<AppState>,
    key: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let key = owner_key(&key)?;
    record(&state, &key).await?;
    page(StatusCode::OK, Keeping::Unlisted, &DeletePage { path: path(&key) })
}

/// POST /results/{key}/interests/delete: erases answers and scores; the result stays. Repeating it is not an error.
pub async fn delete(state: web::Data<AppState>, key: web::Path<String>) -> Result<HttpResponse, WebError> {
    let key = owner_key(&key)?;
    state.store.delete_interests(&key).await?;
    Ok(see_other(&format!("{}#careers", address::result(&key))))
}
