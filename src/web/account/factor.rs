//! The second factor of administrators: setting it up, and entering a code at each login.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::Utc;

use super::fields::Field;
use super::form_page::FormPage;
use super::guessing;
use super::login::Query;
use super::visitor::{PasswordPassed, own_path, second_step, with_next};
use crate::accounts::{Guessed, OneTime};
use crate::records::{Account, RecoveryCode, Role, Session, SessionToken};
use crate::web::cookies;
use crate::web::early::Early;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::page::{Keeping, page, see_other};
use crate::web::result::charts::QrPath;
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "account/factor.html")]
struct SetUpPage {
    qr: Option<QrPath>,
    spelled: String,
    next: String,
    fault: Option<&'static str>,
}

const WRONG: &str = "This code is not valid now. Codes change every 30 seconds, and each works once.";

fn code_page(next: &str) -> FormPage {
    let field = Field::code("Code", "The six digits that your app shows now, or one of your recovery codes.");
    let mut page = FormPage::new(
        "Enter the code",
        "Administrators log in with a password and a code from an app.",
        "/login/code",
        vec![field],
        "Continue",
    );
    page.next = own_path(next).to_owned();
    page
}

/// GET /login/code
pub async fn ask(passed: PasswordPassed, query: web::Query<Query>) -> Result<HttpResponse, Early> {
    only_at("/login/code", &passed.session, &query.next)?;
    Ok(code_page(&query.next).shown()?)
}

/// POST /login/code
pub async fn check(
    request: HttpRequest,
    state: web::Data<AppState>,
    passed: PasswordPassed,
    form: Form,
) -> Result<HttpResponse, Early> {
    let next = value(&form, "next");
    only_at("/login/code", &passed.session, next)?;
    let guessed = guess(&request, &state, &passed.session.account).await?;
    guessing::take(&state, &guessed, || code_page(next))?;
    match shown(&state, &passed.session, value(&form, "code")).await? {
        Some(token) => {
            state.attempts.was_right(&guessed);
            Ok(onward(&request, &state, &token, next)?)
        }
        None => Err(code_page(next).with_fault("code", WRONG).again()),
    }
}

/// GET /account/second-factor
pub async fn set_up(
    state: web::Data<AppState>,
    passed: PasswordPassed,
    query: web::Query<Query>,
) -> Result<HttpResponse, Early> {
    only_at("/account/second-factor", &passed.session, &query.next)?;
    Ok(set_up_page(&state, &passed.session.account, &query.next, None).await?)
}

/// POST /account/second-factor
pub async fn confirm(
    request: HttpRequest,
    state: web::Data<AppState>,
    passed: PasswordPassed,
    form: Form,
) -> Result<HttpResponse, Early> {
    let (session, next) = (&passed.session, value(&form, "next"));
    only_at("/account/second-factor", session, next)?;
    match by_app(&state, session, value(&form, "code")).await? {
        Some(token) => Ok(onward(&request, &state, &token, next)?),
        None => Ok(set_up_page(&state, &session.account, next, Some(WRONG)).await?),
    }
}

/// Ends the handler unless this is the step that comes next for this session.
///
/// # Errors
/// The redirect to the step that does, or to the page behind the login.
fn only_at(step: &str, session: &Session, next: &str) -> Result<(), Early> {
    let next = own_path(next);
    if session.account.role == Role::Visitor || session.factor_passed {
        return Err(see_other(if next.is_empty() { "/account" } else { next }).into());
    }
    match second_step(&session.account) {
        due if due == step => Ok(()),
        due => Err(see_other(&with_next(due, next)).into()),
    }
}

/// Attempts with a code are counted separately from those with a password.
async fn guess(request: &HttpRequest, state: &AppState, account: &Account) -> Result<Guessed, WebError> {
    let guessed = guessing::at_account(request, state, &account.email.to_lowercase()).await?;
    Ok(Guessed { what: format!("code of {}", account.random_id), ..guessed })
}

/// The session's new token, if this is a code that the app shows now, or a recovery code.
async fn shown(state: &AppState, session: &Session, typed: &str) -> Result<Option<SessionToken>, WebError> {
    if let Some(code) = RecoveryCode::parse(typed) {
        let account = session.account.id;
        return Ok(state.store.pass_factor_by_code(account, session.id, &code).await?);
    }
    by_app(state, session, typed).await
}

/// The session's new token, if this is a code that the app shows now and that was not used before.
async fn by_app(state: &AppState, session: &Session, typed: &str) -> Result<Option<SessionToken>, WebError> {
    let codes = codes_of(state, &session.account).await?;
    let now = u64::try_from(Utc::now().timestamp()).map_err(WebError::internal)?;
    let Some(step) = codes.step(typed, now) else { return Ok(None) };
    let step = i64::try_from(step).map_err(WebError::internal)?;
    Ok(state.store.pass_factor(session.account.id, session.id, step).await?)
}

async fn codes_of(state: &AppState, account: &Account) -> Result<OneTime, WebError> {
    let secret = state.store.factor_secret(account.id, OneTime::new_secret()).await?;
    OneTime::new(&secret).ok_or_else(|| WebError::internal("the secret of a second factor is unreadable"))
}

async fn set_up_page(
    state: &AppState,
    account: &Account,
    next: &str,
    fault: Option<&'static str>,
) -> Result<HttpResponse, WebError> {
    let codes = codes_of(state, account).await?;
    let shown = SetUpPage {
        qr: QrPath::new(&codes.address(&account.email)),
        spelled: codes.spelled(),
        next: own_path(next).to_owned(),
        fault,
    };
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page(status, Keeping::Unlisted, &shown)
}

fn onward(
    request: &HttpRequest,
    state: &AppState,
    token: &SessionToken,
    next: &str,
) -> Result<HttpResponse, WebError> {
    let next = own_path(next);
    let mut answer = see_other(if next.is_empty() { "/account" } else { next });
    cookies::set(&mut answer, [cookies::keep_session(request, state, token)])?;
    Ok(answer)
}
