//! Ends sessions of one's own.

use actix_web::{HttpResponse, web};

use super::visitor::Visitor;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::page::see_other;
use crate::web::state::AppState;

/// POST /account/sessions: ends the session with this number, or all others.
pub async fn end(state: web::Data<AppState>, visitor: Visitor, form: Form) -> Result<HttpResponse, WebError> {
    let own = &visitor.session;
    match value(&form, "end") {
        "others" => state.store.end_other_sessions(own.account.id, own.id).await?,
        number => {
            let session = number.parse().map_err(|_| {
                WebError::BadRequest(
                    "Expected the number of a session, as the page of your account shows it.".to_owned(),
                )
            })?;
            state.store.end_session(own.account.id, session).await?;
        }
    }
    Ok(see_other("/account?done=sessions"))
}
