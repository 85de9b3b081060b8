//! One-time links: they make an account, set a password, or confirm a new address.

use actix_web::{HttpRequest, HttpResponse, web};

use super::busy::unless_busy;
use super::codes::codes_page;
use super::fields::Field;
use super::form_page::{FormPage, Further};
use super::register::only_if_open;
use super::visitor::{AccountsOn, second_step};
use super::{guessing, posted, start};
use crate::accounts::{Asker, Email, Password};
use crate::records::{
    Conflict, Link, LinkPurpose, LinkToken, RecordsError, RecoveryCode, Registration, Role,
};
use crate::web::early::Early;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::page::see_other;
use crate::web::state::AppState;

/// What a link opens.
enum Opened {
    Account(Box<Link>),
    Registration(Registration),
}

/// The path of a link.
pub fn address(token: &LinkToken) -> String {
    format!("/link/{}", token.as_text())
}

fn link_page(token: &LinkToken, link: &Link, chosen: &str) -> FormPage {
    match &link.purpose {
        LinkPurpose::SetPassword => {
            let lede = format!("For the account of {}. This link works once.", link.account.email);
            let fields = vec![Field::new_password(chosen)];
            let mut page =
                FormPage::new("Choose a password", lede, address(token), fields, "Set my password");
            page.measures = true;
            page
        }
        LinkPurpose::ConfirmEmail(email) => {
            let lede = format!("From now on you log in with {email}. Every session ends.");
            FormPage::new("Confirm your new email address", lede, address(token), Vec::new(), "Confirm")
        }
    }
}

/// The password shows that whoever reads the mail is also who registered: nobody gets an account whose password a stranger knows.
fn registration_page(token: &LinkToken, registration: &Registration) -> FormPage {
    let lede = format!(
        "This makes the account of {}. Enter the password that you chose. If you did not ask for an account, close this page.",
        registration.email
    );
    let title = "Confirm your email address";
    let mut page = FormPage::new(title, lede, address(token), vec![Field::password()], "Make my account");
    page.further = vec![Further { path: "/register".to_owned(), text: "Choose another password" }];
    page
}

async fn opened(state: &AppState, token: &str) -> Result<(LinkToken, Opened), WebError> {
    let token = LinkToken::parse(token).ok_or(WebError::NotFound)?;
    if let Some(link) = state.store.link(&token).await? {
        return Ok((token, Opened::Account(Box::new(link))));
    }
    let registration = state.store.registration(&token).await?.ok_or(WebError::NotFound)?;
    Ok((token, Opened::Registration(registration)))
}

/// GET /link/{token}: opening uses nothing up, since some mail programs open links by themselves.
pub async fn ask(
    _: AccountsOn,
    state: web::Data<AppState>,
    token: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    match opened(&state, &token).await? {
        (token, Opened::Account(link)) => link_page(&token, &link, "").shown(),
        (token, Opened::Registration(registration)) => registration_page(&token, &registration).shown(),
    }
}

/// POST /link/{token}
pub async fn follow(
    _: AccountsOn,
    request: HttpRequest,
    state: web::Data<AppState>,
    token: web::Path<String>,
    form: Form,
) -> Result<HttpResponse, Early> {
    let (token, opened) = opened(&state, &token).await?;
    let link = match opened {
        Opened::Account(link) => link,
        Opened::Registration(registration) => {
            return make_account(&request, &state, &token, &registration, &form).await;
        }
    };
    match &link.purpose {
        LinkPurpose::SetPassword => set_password(&request, &state, &token, &link, &form).await,
        LinkPurpose::ConfirmEmail(email) => confirm_email(&state, &token, email).await,
    }
}

/// Makes the account, logs in, and shows the recovery codes once.
async fn make_account(
    request: &HttpRequest,
    state: &AppState,
    token: &LinkToken,
    registration: &Registration,
    form: &Form,
) -> Result<HttpResponse, Early> {
    only_if_open(state)?;
    let again = || registration_page(token, registration);
    let guessed = guessing::by_network(request, state, format!("registration of {}", registration.email_key));
    guessing::take(state, &guessed, again)?;
    let password = Password::typed(value(form, "password"));
    let right = state.hasher.verify(Asker::Stranger, password, Some(registration.password.clone())).await;
    if !unless_busy(right, again)? {
        return Err(again().with_fault("password", "This is not the password that was chosen.").again());
    }
    state.attempts.was_right(&guessed);
    let codes = RecoveryCode::set();
    let id = match state.store.register_by_link(token, codes.clone()).await {
        Ok(id) => id,
        Err(RecordsError::Conflict(Conflict::AddressTaken)) => {
            let mut page = again();
            page.fault = Some("There is an account with this address by now. Log in instead.".to_owned());
            page.further = vec![Further { path: "/login".to_owned(), text: "Log in" }];
            return Err(page.again());
        }
        // Used meanwhile, as by a second tap.
        Err(RecordsError::Missing(_)) => return Err(WebError::NotFound.into()),
        Err(error) => return Err(error.into()),
    };
    let account = state.store.account(id).await?.account;
    let mut answer = codes_page("Your account is ready", &codes)?;
    start::session(request, state, &account, &mut answer).await?;
    Ok(answer)
}

/// Sets the password and logs in. Whoever had none gets recovery codes.
async fn set_password(
    request: &HttpRequest,
    state: &AppState,
    token: &LinkToken,
    link: &Link,
    form: &Form,
) -> Result<HttpResponse, Early> {
    let account = &link.account;
    let again = || link_page(token, link, value(form, "new"));
    let password = posted::new_password(state, form, &account.email, again).await?;
    let codes = if account.has_password { Vec::new() } else { RecoveryCode::set() };
    state.store.set_password_by_link(token, password, codes.clone()).await?;
    let mut answer = if account.has_password {
        see_other(if account.role == Role::Administrator { second_step(account) } else { "/account" })
    } else {
        codes_page("Your account is ready", &codes)?
    };
    start::session(request, state, account, &mut answer).await?;
    Ok(answer)
}

async fn confirm_email(state: &AppState, token: &LinkToken, email: &str) -> Result<HttpResponse, Early> {
    let email: Email = email.parse().map_err(WebError::internal)?;
    match state.store.set_email_by_link(token, email.as_str().to_owned(), email.key()).await {
        Ok(()) => Ok(see_other("/login")),
        // Somebody else confirmed it meanwhile.
        Err(RecordsError::Conflict(Conflict::AddressTaken)) => Err(WebError::NotFound.into()),
        Err(error) => Err(error.into()),
    }
}
