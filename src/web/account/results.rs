//! What the list of results in an account is told: to keep, to name, to remove.

use actix_web::{FromRequest, HttpRequest, HttpResponse, web};

use super::history::History;
use super::overview::overview;
use super::visitor::Visitor;
use crate::records::{RecordsError, Session};
use crate::web::address;
use crate::web::cookies;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::page::see_other;
use crate::web::state::AppState;
use crate::web::visit::OpenDraft;

/// The longest name of a result, in characters.
const LONGEST_NAME: usize = 80;

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
                let fault =
                    format!("A name has at most {LONGEST_NAME} characters, and this one has {length}.");
                return refused(&request, &state, visitor.session, number(&form)?, name, fault).await;
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

/// The page of the account again, with the refused name in its field.
async fn refused(
    request: &HttpRequest,
    state: &AppState,
    session: Session,
    result: i64,
    typed: &str,
    fault: String,
) -> Result<HttpResponse, WebError> {
    let mut history = History::of(request, state, &session).await?;
    let named = history.kept.iter_mut().find(|kept| kept.id == result).ok_or(WebError::NotFound)?;
    typed.clone_into(&mut named.typed);
    named.fault = Some(fault);
    overview(state, session, OpenDraft::extract(request).await, history, "").await
}

fn number(form: &Form) -> Result<i64, WebError> {
    let found = value(form, "result");
    found.parse().map_err(|_| {
        WebError::BadRequest(format!(
            "Expected the number of a result in the field result, and found {found:?}."
        ))
    })
}
