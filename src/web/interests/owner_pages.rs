//! The owner's pages: answering, the scores, sharing and deleting them.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::form::{InterestsForm, as_fields};
use super::scores::{Owned, ScoresPage, ScoresView};
use crate::records::{Interests, OwnerKey, Status};
use crate::survey::RawAnswers;
use crate::survey::interests::Activities;
use crate::web::address;
use crate::web::error::WebError;
use crate::web::owned::{Owner, owned};
use crate::web::page::{Keeping, page, see_other};
use crate::web::state::AppState;

type Posted = web::Form<Vec<(String, String)>>;

#[derive(Template)]
#[template(path = "interests_delete.html")]
struct DeletePage {
    path: String,
}

fn path(key: &OwnerKey) -> String {
    format!("{}/interests", address::result(key))
}

#[derive(serde::Deserialize)]
pub struct Asked {
    /// Present if the visitor wants to answer again.
    again: Option<String>,
}

/// GET /results/{key}/interests: the scores, or the questions if there are none.
pub async fn show(
    state: web::Data<AppState>,
    Owner(key): Owner,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let record = owned(&state, &key).await?;
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
        owned: Some(Owned { linked: record.is_shared, shown: record.shown.shared_interests.is_some() }),
    };
    page(StatusCode::OK, Keeping::Unlisted, &shown)
}

/// POST /results/{key}/interests: stores every valid answer, even if there are too few for scores.
pub async fn save(
    state: web::Data<AppState>,
    Owner(key): Owner,
    form: Posted,
) -> Result<HttpResponse, WebError> {
    let activities = Activities::bundled().map_err(WebError::internal)?;
    let raw = RawAnswers(form.into_inner().into_iter().collect());
    let interests = Interests { answers: activities.valid(&raw), measured: activities.score(&raw) };
    if !interests.answers.is_empty() {
        state.store.save_interests(&key, &interests).await?;
    } else {
        owned(&state, &key).await?;
    }
    if interests.measured.is_some() {
        return Ok(see_other(&path(&key)));
    }
    let shown =
        InterestsForm::new(&activities, &as_fields(&interests.answers), address::result(&key), true, true);
    page(StatusCode::UNPROCESSABLE_ENTITY, Keeping::Unlisted, &shown)
}

/// POST /results/{key}/interests/share: sets whether the share link shows the scores. An unchecked box means no.
pub async fn share(
    state: web::Data<AppState>,
    Owner(key): Owner,
    form: Posted,
) -> Result<HttpResponse, WebError> {
    let shown = form.iter().any(|(field, value)| field == "shown" && value == "1");
    state.store.share_interests(&key, shown).await?;
    Ok(see_other(&format!("{}#share", path(&key))))
}

/// GET /results/{key}/interests/delete: asks for confirmation.
pub async fn ask_delete(state: web::Data<AppState>, Owner(key): Owner) -> Result<HttpResponse, WebError> {
    owned(&state, &key).await?;
    page(StatusCode::OK, Keeping::Unlisted, &DeletePage { path: path(&key) })
}

/// POST /results/{key}/interests/delete: deletes answers and scores; the result stays. Repeating it is not an error.
pub async fn delete(state: web::Data<AppState>, Owner(key): Owner) -> Result<HttpResponse, WebError> {
    state.store.delete_interests(&key).await?;
    Ok(see_other(&format!("{}#careers", address::result(&key))))
}
