//! Deletes an account with everything in it.

use actix_web::{HttpRequest, HttpResponse, web};

use super::confirm;
use super::erase::erase_results;
use super::fields::Field;
use super::form_page::FormPage;
use super::visitor::Visitor;
use crate::records::{Conflict, RecordsError};
use crate::web::cookies;
use crate::web::early::Early;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::page::{DonePage, Keeping, page};
use crate::web::state::AppState;

fn ask_page() -> FormPage {
    let lede = "This erases your account, your email address, every result in your account and the answers that you have \
                not sent from this server at once. It cannot be undone.";
    FormPage::new(
        "Delete your account?",
        lede,
        "/account/delete",
        vec![Field::password()],
        "Delete my account",
    )
}

/// GET /account/delete
pub async fn ask(_: Visitor) -> Result<HttpResponse, WebError> {
    ask_page().shown()
}

/// POST /account/delete
pub async fn delete(
    request: HttpRequest,
    state: web::Data<AppState>,
    visitor: Visitor,
    form: Form,
) -> Result<HttpResponse, Early> {
    let account = &visitor.session.account;
    confirm::password(&request, &state, account, &form, ask_page).await?;
    match state.store.may_leave(account.id).await {
        Err(RecordsError::Conflict(Conflict::LastAdministrator)) => {
            let mut page = ask_page();
            page.fault = Some(
                "You are the last administrator of this site who can log in. Invite another one first."
                    .to_owned(),
            );
            return Err(page.again());
        }
        may => may?,
    }
    // The results first: if one of them cannot be deleted now, the account still leads to it.
    erase_results(&state, account.id).await?;
    state.store.delete_account(account.id).await?;
    let done = DonePage {
        title: "Your account is deleted",
        said: "Your account, your email address, the results in your account and the answers that you had not sent have been \
               erased from this server. They cannot be restored.",
    };
    let mut answer = page(actix_web::http::StatusCode::OK, Keeping::Private, &done)?;
    for kind in [cookies::Kind::Session, cookies::Kind::Browser] {
        cookies::set(&mut answer, cookies::clear(&request, &state, kind))?;
    }
    Ok(answer)
}
