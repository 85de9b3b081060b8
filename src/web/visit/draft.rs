//! The draft of the device that asks. A handler takes it as an argument, so it is read once for each request.

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use std::future::Future;
use std::pin::Pin;

use super::posted::Changes;
use super::progress::{Progress, Spent};
use super::rows;
use super::submission::submission;
use crate::records::{Conflict, DraftKey, DraftState, RecordsError};
use crate::survey::RawAnswers;
use crate::web::address;
use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::page::see_other;
use crate::web::state::AppState;

/// How often a submission is composed again because another tab saved an answer in between.
const SEND_ATTEMPTS: usize = 3;

/// A draft that can be answered.
pub struct OpenDraft {
    request: HttpRequest,
    state: web::Data<AppState>,
    key: DraftKey,
    pub given: RawAnswers,
    /// When it will be erased unless it changes before.
    pub kept_until: DateTime<Utc>,
    revision: i64,
    updated_at: DateTime<Utc>,
}

/// Why a device has no draft that can be answered.
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

/// Where a draft that was sent leads.
#[derive(Debug)]
pub struct SentDraft {
    result: String,
    /// Lists the result on this device. It is set each time: the browser may never have received the first answer, as
    /// after a double tap.
    cookie: Cookie<'static>,
}

impl NotOpen {
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
                WebError::SeeOther { to: result, cookie: Some(Box::new(cookie)) }
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

impl FromRequest for OpenDraft {
    type Error = NotOpen;
    type Future = Pin<Box<dyn Future<Output = Result<OpenDraft, NotOpen>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = request.app_data::<web::Data<AppState>>().cloned();
            let state = state.ok_or_else(|| WebError::internal("the application has no state"))?;
            OpenDraft::read(request, state).await
        })
    }
}

impl OpenDraft {
    async fn read(request: HttpRequest, state: web::Data<AppState>) -> Result<OpenDraft, NotOpen> {
        let key = cookies::draft_key(&request).ok_or(NotOpen::Missing)?;
        let draft = state.store.draft(&key).await.map_err(WebError::from)?.ok_or(NotOpen::Missing)?;
        match draft.state {
            DraftState::Open => Ok(OpenDraft {
                updated_at: draft.updated_at,
                given: RawAnswers(draft.answers),
                kept_until: draft.expires_at,
                revision: draft.revision,
                request,
                state,
                key,
            }),
            DraftState::Submitted(_) => Err(NotOpen::Sent(sent(&request, &state, &key))),
            DraftState::Deleted => Err(NotOpen::Deleted),
        }
    }

    /// How far it is, for a page of this part.
    pub fn progress(&self, part: u8) -> Progress {
        Progress::new(part, rows::count(&self.state.questionnaire, &self.given), Spent::of(&self.given))
    }

    /// Saves changes with the time they took, and applies them to the answers at hand.
    pub async fn save(&mut self, mut changes: Changes) -> Result<(), NotOpen> {
        let survey = &self.state.questionnaire;
        let ratings = survey.items.iter().filter(|item| changes.contains_key(&item.id)).count();
        let answers = survey.questions.iter().filter(|question| changes.contains_key(&question.id)).count();
        let since_last_save = (Utc::now() - self.updated_at).to_std().unwrap_or_default();
        changes.extend(Spent::of(&self.given).plus(since_last_save, ratings, answers).fields());
        let saved = self.state.store.save_answers(&self.key, changes.clone()).await;
        self.revision = saved.map_err(|error| self.refused(error))?.revision;
        for (field, value) in changes {
            match value {
                Some(value) => self.given.0.insert(field, value),
                None => self.given.0.remove(&field),
            };
        }
        Ok(())
    }

    /// Adds the draft's cookie to an answer, so that the browser keeps it as long as the server keeps the draft.
    pub fn keep(&self, mut answer: HttpResponse) -> Result<HttpResponse, WebError> {
        cookies::set(&mut answer, &cookies::keep_draft(&self.request, &self.state, &self.key))?;
        Ok(answer)
    }

    /// Skips every open question without an answer, and submits.
    pub async fn skip_rest_and_send(mut self) -> Result<HttpResponse, NotOpen> {
        self.save(rows::skip_rest(&self.state.questionnaire, &self.given)).await?;
        self.send().await
    }

    /// Erases the draft and clears its cookie.
    pub async fn discard(self) -> Result<HttpResponse, WebError> {
        self.state.store.forget_draft(&self.key).await?;
        let mut answer = see_other("/discarded");
        cookies::set(&mut answer, &cookies::clear(&self.request, &self.state, cookies::DRAFT))?;
        Ok(answer)
    }

    /// Submits the answers. Sending a draft twice leads to the same result.
    pub async fn send(mut self) -> Result<HttpResponse, NotOpen> {
        for _ in 0..SEND_ATTEMPTS {
            let Ok(new) = submission(&self.state.questionnaire, &self.state.norm, &self.given, self.revision)
            else {
                return Ok(see_other("/questions/check?missing"));
            };
            match self.state.submissions.submit(&self.key, new).await {
                Ok(_) => {
                    let SentDraft { result, cookie } = sent(&self.request, &self.state, &self.key);
                    let mut answer = self.keep(see_other(&result))?;
                    cookies::set(&mut answer, &cookie)?;
                    return Ok(answer);
                }
                // Another tab saved an answer, which the submission would have lost.
                Err(RecordsError::Conflict(Conflict::DraftChanged)) => {
                    self = OpenDraft::read(self.request, self.state).await?;
                }
                Err(error) => return Err(self.refused(error)),
            }
        }
        // Another tab keeps saving: the visitor sees the answers as they are now, and sends them again.
        Ok(see_other("/questions/check"))
    }

    /// What it means that the records refused to change this draft.
    fn refused(&self, error: RecordsError) -> NotOpen {
        match error {
            RecordsError::Missing(_) => NotOpen::Missing,
            RecordsError::Conflict(Conflict::DraftDeleted) => NotOpen::Deleted,
            RecordsError::Conflict(Conflict::DraftSubmitted) => {
                NotOpen::Sent(sent(&self.request, &self.state, &self.key))
            }
            error => NotOpen::Failed(error.into()),
        }
    }
}

fn sent(request: &HttpRequest, state: &AppState, key: &DraftKey) -> SentDraft {
    let owner = key.owner_key();
    SentDraft { result: address::result(&owner), cookie: cookies::keep_result(request, state, &owner) }
}
