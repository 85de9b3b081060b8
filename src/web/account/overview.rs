//! The page of an account.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::history::History;
use super::visitor::Visitor;
use crate::records::{ListedSession, Role, Session};
use crate::web::error::WebError;
use crate::web::numbers::day;
use crate::web::page::{Keeping, page};
use crate::web::state::AppState;
use crate::web::visit::{NotOpen, OpenDraft};

#[derive(Template)]
#[template(path = "account/overview.html")]
struct OverviewPage {
    email: String,
    since: String,
    administrator: bool,
    history: History,
    begun: Option<Begun>,
    sessions: Vec<SessionView>,
    codes_left: i64,
    /// What was just done.
    done: &'static str,
}

/// A questionnaire that was begun and not sent.
struct Begun {
    answered: usize,
    total: usize,
    kept_until: String,
    /// When the answers of another device were taken up.
    merged: Option<String>,
}

struct SessionView {
    id: i64,
    /// Whether the page is shown in it.
    own: bool,
    agent: String,
    since: String,
    used: String,
}

/// What was just done.
#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    done: String,
}

/// GET /account
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    visitor: Visitor,
    draft: Result<OpenDraft, NotOpen>,
    query: web::Query<Query>,
) -> Result<HttpResponse, WebError> {
    let history = History::of(&request, &state, &visitor.session).await?;
    overview(&state, visitor.session, draft, history, &query.done).await
}

/// The page of this session's account: 422 if the name of a result is refused.
pub async fn overview(
    state: &AppState,
    own: Session,
    draft: Result<OpenDraft, NotOpen>,
    history: History,
    done: &str,
) -> Result<HttpResponse, WebError> {
    let begun = match draft {
        Ok(draft) => Some(Begun::new(&draft)),
        Err(NotOpen::Failed(error)) => return Err(error),
        Err(NotOpen::Missing | NotOpen::Sent(_) | NotOpen::Deleted) => None,
    };
    let status = if history.refused().is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let sessions = state.store.sessions(&own.account).await?;
    let shown = OverviewPage {
        since: day(own.account.created_at),
        administrator: own.account.role == Role::Administrator,
        sessions: sessions.into_iter().map(|session| SessionView::new(session, own.id)).collect(),
        history,
        begun,
        codes_left: state.store.recovery_codes_left(own.account.id).await?,
        done: match done {
            "password" => "Your password is changed, and your other sessions have ended.",
            "email" => "Your email address is changed, and your other sessions have ended.",
            "sessions" => "The session has ended.",
            "kept" => "Kept in your account.",
            "named" => "The name is changed.",
            "removed" => "The result is no longer in your account. It stays at its private address.",
            _ => "",
        },
        email: own.account.email,
    };
    page(status, Keeping::Unlisted, &shown)
}

impl Begun {
    fn new(draft: &OpenDraft) -> Begun {
        let progress = draft.progress(1);
        Begun {
            answered: progress.answered,
            total: progress.total,
            kept_until: day(draft.kept_until),
            merged: draft.merged.day(),
        }
    }
}

impl SessionView {
    fn new(session: ListedSession, own: i64) -> SessionView {
        SessionView {
            id: session.id,
            own: session.id == own,
            agent: session.agent,
            since: day(session.created_at),
            used: day(session.used_at),
        }
    }
}
