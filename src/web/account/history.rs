//! The results in an account: keeping, naming and removing them.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::visitor::Visitor;
use crate::records::{KeptResult, OwnerKey, RecordsError, Session};
use crate::web::address;
use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::owned::{Owner, owned};
use crate::web::page::{Keeping, page, see_other};
use crate::web::result::brief::Brief;
use crate::web::state::AppState;

/// The longest name of a result, in characters.
const LONGEST_NAME: usize = 80;

/// A result in the list.
pub struct KeptView {
    /// Names it in the forms.
    pub id: i64,
    /// A name of the owner's choice; empty without one.
    pub name: String,
    pub brief: Brief,
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
}

impl KeptView {
    fn new(result: KeptResult) -> KeptView {
        KeptView {
            id: result.listed.shown.id,
            name: result.name.unwrap_or_default(),
            brief: Brief::new(&result.listed),
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

/// POST /account/results: keeps the results of this device, or changes one of the account. The name of the field says what
/// to do, its value is the number of the result.
pub async fn change(
    request: HttpRequest,
    state: web::Data<AppState>,
    visitor: Visitor,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let account = visitor.session.account.id;
    let done = match value(&form, "go") {
        "device" => {
            for key in cookies::results(&request, &state) {
                match state.store.keep_result(account, &key).await {
                    // Deleted meanwhile.
                    Ok(()) | Err(RecordsError::Missing(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            "kept"
        }
        "name" => {
            let name = value(&form, "name").trim();
            let length = name.chars().count();
            if length > LONGEST_NAME {
                return Err(WebError::BadRequest(format!(
                    "A name has at most {LONGEST_NAME} characters, and this one has {length}."
                )));
            }
            let name = (!name.is_empty()).then(|| name.to_owned());
            state.store.name_result(account, number(&form)?, name).await?;
            "named"
        }
        "remove" => {
            state.store.drop_kept(account, number(&form)?).await?;
            "removed"
        }
        "renew" => {
            let key = state.store.renew_address(account, number(&form)?).await?;
            // The only time that it is known: the page shows it.
            let mut answer = see_other(&format!("{}#keep", address::result(&key)));
            cookies::set(&mut answer, [cookies::keep_result(&request, &state, &key)])?;
            return Ok(answer);
        }
        other => {
            return Err(WebError::BadRequest(format!(
                "Expected device, name, remove or renew in the field go, and found {other:?}."
            )));
        }
    };
    Ok(see_other(&format!("/account?done={done}#results")))
}

fn number(form: &Form) -> Result<i64, WebError> {
    let found = value(form, "result");
    found.parse().map_err(|_| {
        WebError::BadRequest(format!(
            "Expected the number of a result in the field result, and found {found:?}."
        ))
    })
}
