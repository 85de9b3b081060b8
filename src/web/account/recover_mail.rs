//! Recovering an account by a link in a mail.

use actix_web::{HttpRequest, HttpResponse, web};

use super::fields::Field;
use super::form_page::{FormPage, Further};
use super::mailed;
use super::posted;
use super::visitor::AccountsOn;
use crate::web::early::Early;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::state::AppState;

/// The page's path.
pub const PATH: &str = "/recover/mail";

const SAID: &str = "If there is an account with this address, a mail to it is on its way. Its link sets a new password, once, \
                    within 30 minutes.";

fn ask_page(email: &str) -> FormPage {
    let lede =
        "Enter the email address of your account. You get a mail with a link that sets a new password.";
    let mut page =
        FormPage::new("Recover your account", lede, PATH, vec![Field::email(email)], "Send me a link");
    page.further = vec![Further { path: "/recover".to_owned(), text: "I have a recovery code" }];
    page
}

/// GET /recover/mail; 404 if the site sends no mail.
pub async fn ask(_: AccountsOn, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    mailed::mailing(&state).ok_or(WebError::NotFound)?;
    ask_page("").shown()
}

/// POST /recover/mail. Every address gets the same answer; whether it has an account is looked up when the mail is sent.
pub async fn send(
    _: AccountsOn,
    request: HttpRequest,
    state: web::Data<AppState>,
    form: Form,
) -> Result<HttpResponse, Early> {
    let mailing = mailed::mailing(&state).ok_or(WebError::NotFound)?;
    let again = || ask_page(value(&form, "email"));
    let email = posted::email(&form, again)?;
    mailed::take(&request, &state, mailing, &email, again)?;
    state.store.ask_recovery(email.as_str().to_owned(), email.key()).await?;
    mailing.wake();
    Ok(mailed::check_your_mail(&email, SAID, PATH)?)
}
