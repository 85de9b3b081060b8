//! The draft of whoever sent a request: of their account if they are logged in, and else of their device. A handler takes it
//! as an argument, so it is read once for each request.

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use std::future::Future;
use std::pin::Pin;

use super::in_account::{self, Merged};
use super::not_open::{NotOpen, SentDraft};
use super::on_device::OnDevice;
use super::pace::{self, Taken};
use super::posted::Changes;
use super::progress::{Progress, Spent};
use super::rows;
use super::submission::submission;
use super::taken_over::TakenOver;
use crate::records::{Conflict, Draft, DraftKey, DraftState, RecordsError};
use crate::survey::RawAnswers;
use crate::telemetry::sentence;
use crate::web::client;
use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::page::see_other;
use crate::web::rate_limit::{CHANGE_BYTES, RESULT_BYTES};
use crate::web::state::AppState;

/// How often a submission is composed again because another tab saved an answer meanwhile.
const SEND_ATTEMPTS: usize = 3;

/// A draft that accepts answers.
pub struct OpenDraft {
    request: HttpRequest,
    state: web::Data<AppState>,
    key: DraftKey,
    pub given: RawAnswers,
    /// When it expires unless it changes.
    pub kept_until: DateTime<Utc>,
    pub on_device: OnDevice,
    /// The drafts of other devices whose answers it took up.
    pub merged: Merged,
    revision: i64,
    updated_at: DateTime<Utc>,
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
    /// The open draft of the account, or the first one among those whose keys the browser sent. Without one, the first that
    /// was sent or deleted.
    async fn read(request: HttpRequest, state: web::Data<AppState>) -> Result<OpenDraft, NotOpen> {
        let keys = cookies::draft_keys(&request, &state);
        let mut not_open = NotOpen::Missing;
        if let Some(found) = in_account::find(&request, &state, &keys).await? {
            match NotOpen::of(&request, &state, found.draft.state.clone()) {
                None => {
                    let draft = OpenDraft::with(request, state, found.key, found.draft);
                    return Ok(OpenDraft { merged: found.merged, ..draft });
                }
                Some(closed) => not_open = closed,
            }
        }
        for key in keys.current {
            let Some(draft) = state.store.draft(&key).await.map_err(WebError::from)? else { continue };
            match NotOpen::of(&request, &state, draft.state.clone()) {
                None => return Ok(OpenDraft::new(request, state, key, draft).await),
                Some(closed) if matches!(not_open, NotOpen::Missing) => not_open = closed,
                Some(_) => {}
            }
        }
        for former in keys.former {
            let Some(key) = state.store.take_over(&former).await.map_err(WebError::from)? else { continue };
            let Some(draft) = state.store.draft(&key).await.map_err(WebError::from)? else { continue };
            let mut taken = TakenOver(Vec::from_iter(cookies::keep_draft(&request, &state, &key)));
            taken.0.extend(cookies::clear_former(&request, &state, cookies::Kind::Draft));
            request.extensions_mut().insert(taken);
            // The draft that its answers were copied from stays until the new key comes back.
            return Ok(OpenDraft::with(request, state, key, draft));
        }
        Err(not_open)
    }

    /// A draft whose key came from the browser, so that the draft its answers were copied from is no longer needed.
    async fn new(request: HttpRequest, state: web::Data<AppState>, key: DraftKey, draft: Draft) -> OpenDraft {
        if draft.took_over
            && let Err(error) = state.store.drop_predecessor(&key).await
        {
            // It expires within the hour.
            tracing::warn!(
                cause = sentence(&error),
                "a draft whose answers were copied could not be deleted"
            );
        }
        OpenDraft::with(request, state, key, draft)
    }

    fn with(request: HttpRequest, state: web::Data<AppState>, key: DraftKey, draft: Draft) -> OpenDraft {
        OpenDraft {
            on_device: OnDevice::of_draft(draft.created_at, state.settings.drafts.draft_days),
            updated_at: draft.updated_at,
            given: RawAnswers(draft.answers),
            kept_until: draft.expires_at,
            merged: Merged::default(),
            revision: draft.revision,
            request,
            state,
            key,
        }
    }

    /// Whether it belongs to the account of whoever is logged in, and not to this device.
    pub fn is_in_account(&self) -> bool {
        self.key.account().is_some()
    }

    /// Gives the draft a new key, so that anyone who knows the old one cannot read later answers. None in an account.
    pub async fn rekeyed(&self) -> Result<Option<Cookie<'static>>, WebError> {
        if self.is_in_account() {
            return Ok(None);
        }
        let key = self.state.store.take_over(&self.key).await?;
        Ok(key.and_then(|key| cookies::keep_draft(&self.request, &self.state, &key)))
    }

    /// The visitor's progress, for a page of this part.
    pub fn progress(&self, part: u8) -> Progress {
        Progress::new(part, rows::count(&self.state.questionnaire, &self.given), Spent::of(&self.given))
    }

    /// Saves changes with the time they took, and applies them to the answers in memory. `shown` is when the browser
    /// says that their page was served.
    pub async fn save(&mut self, mut changes: Changes, shown: Option<DateTime<Utc>>) -> Result<(), NotOpen> {
        let survey = &self.state.questionnaire;
        let ratings = survey.items.iter().filter(|item| changes.contains_key(&item.id)).count();
        let answers = survey.questions.iter().filter(|question| changes.contains_key(&question.id)).count();
        let now = Utc::now();
        let since_last_save = (now - self.updated_at).to_std().unwrap_or_default();
        // A time in the future is a clock of another server, or made up.
        let since_shown = shown.and_then(|shown| (now - shown).to_std().ok());
        let pages = pace::kept(survey, &self.given, &changes, Taken { since_last_save, since_shown });
        changes.extend(Spent::of(&self.given).plus(since_last_save, ratings, answers).fields());
        changes.extend(pages);
        let words = changes.values().flatten().map(String::len).sum::<usize>();
        self.count_bytes(words + changes.len() * CHANGE_BYTES)?;
        let saved = self.state.store.save_answers(&self.key, changes.clone()).await;
        self.revision = match saved {
            Ok(saved) => saved.revision,
            Err(error) => return Err(self.refused(error).await),
        };
        for (field, value) in changes {
            match value {
                Some(value) => self.given.0.insert(field, value),
                None => self.given.0.remove(&field),
            };
        }
        Ok(())
    }

    /// Counts bytes that are about to be stored against the client's limit.
    fn count_bytes(&self, bytes: usize) -> Result<(), WebError> {
        let client = client::of(&self.request, &self.state.settings.server);
        let counted = self.state.rate_limit.take_bytes(client, bytes);
        counted.map_err(|retry_after| WebError::TooManyRequests { retry_after })
    }

    /// Adds the draft's cookie to an answer, so that the browser keeps it as long as the server keeps the draft.
    pub fn keep(&self, mut answer: HttpResponse) -> Result<HttpResponse, WebError> {
        cookies::set(&mut answer, cookies::keep_draft(&self.request, &self.state, &self.key))?;
        Ok(answer)
    }

    /// Skips every open question without an answer, and submits.
    pub async fn skip_rest_and_send(mut self) -> Result<HttpResponse, NotOpen> {
        self.save(rows::skip_rest(&self.state.questionnaire, &self.given), None).await?;
        self.send().await
    }

    /// Deletes the draft and clears its cookie.
    pub async fn discard(self) -> Result<HttpResponse, WebError> {
        self.state.store.forget_draft(&self.key).await?;
        let mut answer = see_other("/discarded");
        cookies::set(&mut answer, cookies::clear(&self.request, &self.state, cookies::Kind::Draft))?;
        Ok(answer)
    }

    /// Submits the answers. Sending a draft twice leads to the same result.
    pub async fn send(mut self) -> Result<HttpResponse, NotOpen> {
        // The composed text contains the answers a second time.
        let words = self.given.0.values().map(String::len).sum::<usize>();
        self.count_bytes(2 * words + RESULT_BYTES)?;
        for _ in 0..SEND_ATTEMPTS {
            let Ok(new) = submission(&self.state.questionnaire, &self.state.norm, &self.given, self.revision)
            else {
                return Ok(see_other("/questions/check?missing"));
            };
            match self.state.submissions.submit(&self.key, new).await {
                Ok(submitted) => {
                    let SentDraft { result, cookie } =
                        SentDraft::new(&self.request, &self.state, &submitted.owner_key);
                    let mut answer = self.keep(see_other(&result))?;
                    let former = cookies::clear_former(&self.request, &self.state, cookies::Kind::Results);
                    cookies::set(&mut answer, cookie.into_iter().chain(former))?;
                    return Ok(answer);
                }
                // Another tab saved an answer, which the submission would have lost.
                Err(RecordsError::Conflict(Conflict::DraftChanged)) => {
                    self = OpenDraft::read(self.request, self.state).await?;
                }
                Err(error) => return Err(self.refused(error).await),
            }
        }
        // Another tab keeps saving. The visitor sees the answers as they are now, and sends them again.
        Ok(see_other("/questions/check"))
    }

    /// The reason why the records refused to change this draft.
    async fn refused(&self, error: RecordsError) -> NotOpen {
        match error {
            RecordsError::Missing(_) => NotOpen::Missing,
            RecordsError::Conflict(Conflict::DraftDeleted) => NotOpen::Deleted,
            RecordsError::Conflict(Conflict::DraftSubmitted) => match self.state.store.draft(&self.key).await
            {
                Ok(Some(Draft { state: DraftState::Submitted(owner), .. })) => {
                    NotOpen::Sent(SentDraft::new(&self.request, &self.state, &owner))
                }
                Ok(_) => NotOpen::Deleted,
                Err(error) => NotOpen::Failed(error.into()),
            },
            error => NotOpen::Failed(error.into()),
        }
    }
}
