//! Logging in and out.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::busy::unless_busy;
use super::fields::Field;
use super::form_page::{FormPage, Further};
use super::visitor::{AccountsOn, own_path, second_step, with_next};
use super::{guessing, posted, recover_mail, start};
use crate::accounts::{Asker, Password};
use crate::config::Registration;
use crate::records::Role;
use crate::web::cookies;
use crate::web::early::Early;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::page::{DonePage, Keeping, page, see_other};
use crate::web::state::AppState;

/// Where to go afterwards.
#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    pub next: String,
}

fn login_page(state: &AppState, email: &str, next: &str) -> FormPage {
    let fields = vec![Field::email(email), Field::password()];
    let lede =
        "An account keeps your results in one place, on every device. You never need one for a result.";
    let mut page = FormPage::new("Log in", lede, "/login", fields, "Log in");
    page.next = own_path(next).to_owned();
    if state.settings.accounts.accounts == Registration::Open {
        page.further.push(Further { path: "/register".to_owned(), text: "Make an account" });
    }
    let recover = if state.mailing.is_some() { recover_mail::PATH } else { "/recover" };
    page.further.push(Further { path: recover.to_owned(), text: "I forgot my password" });
    page
}

/// GET /login
pub async fn ask(
    _: AccountsOn,
    state: web::Data<AppState>,
    query: web::Query<Query>,
) -> Result<HttpResponse, WebError> {
    login_page(&state, "", &query.next).shown()
}

/// POST /login. A wrong address and a wrong password get the same answer after the same time.
pub async fn log_in(
    _: AccountsOn,
    request: HttpRequest,
    state: web::Data<AppState>,
    form: Form,
) -> Result<HttpResponse, Early> {
    let next = own_path(value(&form, "next"));
    let again = || login_page(&state, value(&form, "email"), next);
    let email = posted::email(&form, again)?;
    let guessed = guessing::at_account(&request, &state, &email.key()).await?;
    guessing::take(&state, &guessed, again)?;
    let known = state.store.account_by_email(&email.key()).await?;
    let (account, stored) = known.map(|known| (known.account, known.password)).unzip();
    let password = Password::typed(value(&form, "password"));
    let asker = if guessed.browser.is_some() { Asker::Known } else { Asker::Stranger };
    let right = unless_busy(state.hasher.verify(asker, password, stored.flatten()).await, again)?;
    let Some(account) = account.filter(|account| right && !account.disabled) else {
        let mut page = again();
        page.fault = Some("This email address and this password do not belong together.".to_owned());
        return Err(page.again());
    };
    state.attempts.was_right(&guessed);
    let mut answer = see_other(&match account.role {
        Role::Administrator => with_next(second_step(&account), next),
        Role::Visitor if next.is_empty() => "/account".to_owned(),
        Role::Visitor => next.to_owned(),
    });
    start::session(&request, &state, &account, &mut answer).await?;
    Ok(answer)
}

/// POST /logout: ends the session on the server too.
pub async fn log_out(
    _: AccountsOn,
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, WebError> {
    for token in cookies::session_tokens(&request, &state) {
        state.store.log_out(&token).await?;
    }
    let done = DonePage {
        title: "You are logged out",
        said: "This browser no longer opens your account. Your results stay in the account, and so does a questionnaire that \
               you have begun: log in to go on with it.",
    };
    let mut answer = page(StatusCode::OK, Keeping::Private, &done)?;
    cookies::set(&mut answer, cookies::clear(&request, &state, cookies::Kind::Session))?;
    Ok(answer)
}
