//! The draft of the device that asks: found, saved to and sent, or the answer that says why it cannot be.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{Either, HttpMessage, HttpRequest, HttpResponse};
use askama::Template;

use super::page::{Keeping, page, see_other};
use super::posted::{Changes, Typed};
use super::progress::Progress;
use super::rows;
use super::send::submission;
use super::{AppState, WebError, cookies, results};
use crate::records::{Conflict, Draft, DraftKey, DraftState, OwnerKey, RecordsError};
use crate::survey::{Questionnaire, RawAnswers};

/// How often a submission is composed anew because an answer was saved meanwhile.
const SEND_ATTEMPTS: usize = 3;

#[derive(Template)]
#[template(path = "no_draft.html")]
struct NoDraftPage {
    draft_days: u32,
    typed: Typed,
}

/// An open draft and the key that opened it.
pub(super) struct OpenDraft {
    pub(super) key: DraftKey,
    pub(super) given: RawAnswers,
    pub(super) revision: i64,
    taken: Duration,
}

impl OpenDraft {
    fn new(key: DraftKey, draft: Draft) -> OpenDraft {
        let taken = (draft.updated_at - draft.created_at).to_std().unwrap_or_default();
        OpenDraft { key, given: RawAnswers(draft.answers), revision: draft.revision, taken }
    }

    pub(super) fn progress(&self, survey: &Questionnaire, part: u8) -> Progress {
        Progress::new(part, rows::count(survey, &self.given), self.taken)
    }
}

/// The open draft of this device, or the answer to give instead.
pub(super) async fn open_draft(
    request: &HttpRequest,
    state: &AppState,
) -> Result<Either<OpenDraft, HttpResponse>, WebError> {
    let Some(key) = cookies::draft_key(request) else { return no_draft(request, state).map(Either::Right) };
    let Some(draft) = state.store.draft(&key).await? else {
        return no_draft(request, state).map(Either::Right);
    };
    match draft.state {
        DraftState::Open => Ok(Either::Left(OpenDraft::new(key, draft))),
        DraftState::Submitted(owner) => to_result(request, state, &owner).map(Either::Right),
        DraftState::Deleted => Ok(Either::Right(see_other("/deleted"))),
    }
}

fn no_draft(request: &HttpRequest, state: &AppState) -> Result<HttpResponse, WebError> {
    let draft_days = state.settings.drafts.draft_days;
    let typed = request.extensions().get::<Typed>().cloned().unwrap_or_default();
    page(StatusCode::NOT_FOUND, Keeping::Private, &NoDraftPage { draft_days, typed })
}

/// To the result of a draft that was sent. It is listed on this device each time: the browser may never have seen the
/// answer that said so first, of which a double tap is one case.
fn to_result(request: &HttpRequest, state: &AppState, owner: &OwnerKey) -> Result<HttpResponse, WebError> {
    let mut answer = see_other(&results::path(owner));
    cookies::set(&mut answer, &cookies::keep_result(request, state, owner))?;
    Ok(answer)
}

/// An answer after a save: the cookie is kept as much longer as the draft itself.
pub(super) fn kept(
    request: &HttpRequest,
    state: &AppState,
    key: &DraftKey,
    mut answer: HttpResponse,
) -> Result<HttpResponse, WebError> {
    cookies::set(&mut answer, &cookies::keep_draft(request, state, key))?;
    Ok(answer)
}

/// Saves changes and applies them to the answers at hand; an answer if the draft takes none any more.
pub(super) async fn save(
    request: &HttpRequest,
    state: &AppState,
    draft: &mut OpenDraft,
    changes: Changes,
) -> Result<Option<HttpResponse>, WebError> {
    match state.store.save_answers(&draft.key, changes.clone()).await {
        Ok(saved) => draft.revision = saved.revision,
        Err(RecordsError::Missing(_)) => return no_draft(request, state).map(Some),
        Err(RecordsError::Conflict(Conflict::DraftDeleted)) => return Ok(Some(see_other("/deleted"))),
        Err(RecordsError::Conflict(_)) => return to_result(request, state, &draft.key.owner_key()).map(Some),
        Err(error) => return Err(error.into()),
    }
    for (field, value) in changes {
        match value {
            Some(value) => draft.given.0.insert(field, value),
            None => draft.given.0.remove(&field),
        };
    }
    Ok(None)
}

/// Submits what was saved. Sending the same draft twice leads to the same result, and an answer that another tab saved in
/// between is taken along by composing anew.
pub(super) async fn send(
    request: &HttpRequest,
    state: &AppState,
    mut draft: OpenDraft,
) -> Result<HttpResponse, WebError> {
    for _ in 0..SEND_ATTEMPTS {
        let Ok(new) = submission(&state.questionnaire, &draft.given, draft.revision) else {
            return Ok(see_other("/questions/check?missing"));
        };
        match state.submissions.submit(&draft.key, new).await {
            Ok(sent) => return to_result(request, state, &sent.owner_key),
            Err(RecordsError::Conflict(Conflict::DraftChanged)) => {
                draft = match open_draft(request, state).await? {
                    Either::Left(draft) => draft,
                    Either::Right(answer) => return Ok(answer),
                };
            }
            Err(RecordsError::Conflict(Conflict::DraftDeleted)) => return Ok(see_other("/deleted")),
            Err(RecordsError::Missing(_)) => return no_draft(request, state),
            Err(error) => return Err(error.into()),
        }
    }
    // Another tab keeps saving: show what there is, to be sent again.
    Ok(see_other("/questions/check"))
}
