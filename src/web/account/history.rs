//! The results in an account: the list, and keeping one.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::visitor::Visitor;
use crate::records::{KeptResult, OwnerKey, Session};
use crate::web::address;
use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::owned::{Owner, owned};
use crate::web::page::{Keeping, page, see_other};
use crate::web::result::brief::Brief;
use crate::web::state::AppState;

/// A result in the list.
pub struct KeptView {
    /// Names it in the forms.
    pub id: i64,
    /// A name of the owner's choice; empty without one.
    pub name: String,
    /// What is in the field of its name.
    pub typed: String,
    /// What is wrong with that.
    pub fault: Option<String>,
    pub brief: Brief,
    /// The number of careers on its shortlist.
    pub shortlisted: usize,
}

/// The results on the page of an account.
pub struct History {
    pub kept: Vec<KeptView>,
    /// The number of results that this device lists and the account does not have.
    pub on_device: usize,
}

#[derive(Template)]
#[template(path = "account/keep.html")]
struct KeepPage {
    path: String,
}

impl History {
    pub async fn of(request: &HttpRequest, state: &AppState, session: &Session) -> Result<History, WebError> {
        let kept = state.store.kept_results(session.account.id).await?;
        let listed = state.store.listed(cookies::results(request, state)).await?;
        let is_kept = |key: &OwnerKey| kept.iter().any(|result| result.listed.key == *key);
        let on_device = listed.iter().filter(|result| !is_kept(&result.key)).count();
        Ok(History { kept: kept.into_iter().map(KeptView::new).collect(), on_device })
    }

    /// The result whose name is refused, and why.
    pub fn refused(&self) -> Option<(i64, &str)> {
        self.kept.iter().find_map(|result| Some((result.id, result.fault.as_deref()?)))
    }
}

impl KeptView {
    fn new(result: KeptResult) -> KeptView {
        let name = result.name.unwrap_or_default();
        KeptView {
            id: result.listed.shown.id,
            typed: name.clone(),
            name,
            fault: None,
            brief: Brief::new(&result.listed),
            shortlisted: result.shortlisted,
        }
    }
}

/// GET /results/{key}/keep: asks, after a login that led here.
pub async fn ask(
    _: Visitor,
    state: web::Data<AppState>,
    Owner(key): Owner,
) -> Result<HttpResponse, WebError> {
    owned(&state, &key).await?;
    page(StatusCode::OK, Keeping::Unlisted, &KeepPage { path: address::result(&key) })
}

/// POST /results/{key}/keep
pub async fn keep(
    state: web::Data<AppState>,
    visitor: Visitor,
    Owner(key): Owner,
) -> Result<HttpResponse, WebError> {
    state.store.keep_result(visitor.session.account.id, &key).await?;
    Ok(see_other("/account?done=kept#results"))
}
