//! Changing the email address of an account.

use actix_web::{HttpRequest, HttpResponse, web};

use super::confirm;
use super::fields::Field;
use super::form_page::FormPage;
use super::mailed;
use super::posted;
use super::visitor::Visitor;
use crate::records::{Conflict, RecordsError};
use crate::web::early::Early;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::page::see_other;
use crate::web::state::AppState;

const MAILED: &str = "A mail to this address is on its way. Its link makes it the address of your account, within 30 minutes. Until \
                      then you log in with the present one.";

fn change_page(state: &AppState, now: &str, typed: &str) -> FormPage {
    let fields = vec![Field::email(typed), Field::password()];
    let how = if state.mailing.is_some() {
        "A mail to the new one asks you to confirm it. From then on you log in with it, and your sessions end."
    } else {
        "Once it is changed, you log in with the new one, and your other sessions end."
    };
    let lede = format!("Your address is {now}. {how}");
    let mut page =
        FormPage::new("Change your email address", lede, "/account/email", fields, "Change my address");
    page.fields[0].label = "New email address";
    page
}

/// GET /account/email
pub async fn ask(state: web::Data<AppState>, visitor: Visitor) -> Result<HttpResponse, WebError> {
    change_page(&state, &visitor.session.account.email, "").shown()
}

/// POST /account/email
pub async fn change(
    request: HttpRequest,
    state: web::Data<AppState>,
    visitor: Visitor,
    form: Form,
) -> Result<HttpResponse, Early> {
    let account = &visitor.session.account;
    let again = || change_page(&state, &account.email, value(&form, "email"));
    let email = posted::email(&form, again)?;
    confirm::password(&request, &state, account, &form, again).await?;
    if let Some(mailing) = mailed::mailing(&state) {
        mailed::take(&request, &state, mailing, &email, again)?;
        state.store.ask_new_email(account.id, email.as_str().to_owned(), email.key()).await?;
        mailing.wake();
        return Ok(mailed::check_your_mail(&email, MAILED, "/account/email")?);
    }
    let new = (email.as_str().to_owned(), email.key());
    match state.store.set_email(account.id, new.0, new.1, Some(visitor.session.id)).await {
        Ok(()) => Ok(see_other("/account?done=email")),
        Err(RecordsError::Conflict(Conflict::AddressTaken)) => {
            Err(again().with_fault("email", "There is another account with this address.").again())
        }
        Err(error) => Err(error.into()),
    }
}
