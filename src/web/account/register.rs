//! Making an account.

use actix_web::{HttpRequest, HttpResponse, web};

use super::busy::unless_busy;
use super::codes::codes_page;
use super::fields::Field;
use super::form_page::{FormPage, Further};
use super::visitor::AccountsOn;
use super::{guessing, mailed, posted, start};
use crate::accounts::Email;
use crate::config::Registration;
use crate::records::{Conflict, NewAccount, RecordsError, RecoveryCode, Role};
use crate::web::early::Early;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::state::AppState;

const MAILED: &str =
    "A mail to this address is on its way. Its link makes your account. It works once, within 30 minutes.";

fn register_page(email: &str, password: &str) -> FormPage {
    let fields = vec![Field::email(email), Field::new_password(password)];
    let lede =
        "An account keeps your results in one place, on every device. You never need one for a result.";
    let mut page = FormPage::new("Make an account", lede, "/register", fields, "Make my account");
    page.measures = true;
    page.further = vec![
        Further { path: "/login".to_owned(), text: "I have an account" },
        Further { path: "/privacy#account".to_owned(), text: "What an account stores" },
    ];
    page
}

/// 404 unless everybody may register.
pub fn only_if_open(state: &AppState) -> Result<(), WebError> {
    match state.settings.accounts.accounts {
        Registration::Open => Ok(()),
        Registration::Invite | Registration::Off => Err(WebError::NotFound),
    }
}

/// GET /register
pub async fn ask(_: AccountsOn, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    only_if_open(&state)?;
    register_page("", "").shown()
}

/// POST /register: makes the account, logs in, and shows the recovery codes once. If the site sends mail, all of this waits for the
/// link in it, and whether the address has an account is looked up when the mail is sent.
pub async fn register(
    _: AccountsOn,
    request: HttpRequest,
    state: web::Data<AppState>,
    form: Form,
) -> Result<HttpResponse, Early> {
    only_if_open(&state)?;
    let (typed, chosen) = (value(&form, "email"), value(&form, "new"));
    let again = || register_page(typed, chosen);
    posted::only_measured(&state, &form, typed, again).await?;
    let email = typed.parse::<Email>();
    let password = unless_busy(state.hasher.make(chosen, typed).await, again)?;
    let (email, password) = match (email, password) {
        (Ok(email), Ok(password)) => (email, password),
        (email, password) => {
            let mut page = again();
            page.fields[0].fault = email.err().map(|error| error.to_string());
            page.fields[1].fault = password.err().map(|error| error.to_string());
            return Err(page.again());
        }
    };
    guessing::take_account(&request, &state, again)?;
    if let Some(mailing) = mailed::mailing(&state) {
        mailed::take(&request, &state, mailing, &email, again)?;
        state.store.ask_registration(email.as_str().to_owned(), email.key(), password).await?;
        mailing.wake();
        return Ok(mailed::check_your_mail(&email, MAILED, "/register")?);
    }
    // The answer reveals whether an address has an account, so it is limited like a log-in attempt.
    let guessed = guessing::by_network(&request, &state, "a new account");
    guessing::take(&state, &guessed, again)?;
    let codes = RecoveryCode::set();
    let new = NewAccount {
        email: email.as_str().to_owned(),
        email_key: email.key(),
        password: Some(password),
        role: Role::Visitor,
        codes: codes.clone(),
    };
    let id = match state.store.create_account(new).await {
        Ok(id) => id,
        Err(RecordsError::Conflict(Conflict::AddressTaken)) => {
            let fault = "There is an account with this address already. Log in, or use a recovery code.";
            return Err(again().with_fault("email", fault).again());
        }
        Err(error) => return Err(error.into()),
    };
    state.attempts.was_right(&guessed);
    let account = state.store.account(id).await?.account;
    let mut answer = codes_page("Your account is ready", &codes)?;
    start::session(&request, &state, &account, &mut answer).await?;
    Ok(answer)
}
