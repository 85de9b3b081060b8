//! One-time links: they set a password, or confirm a new address.

use actix_web::{HttpRequest, HttpResponse, web};

use super::codes::codes_page;
use super::fields::Field;
use super::form_page::FormPage;
use super::visitor::{AccountsOn, second_step};
use super::{posted, start};
use crate::accounts::Email;
use crate::records::{Conflict, Link, LinkPurpose, LinkToken, RecordsError, RecoveryCode, Role};
use crate::web::early::Early;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::page::see_other;
use crate::web::state::AppState;

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

async fn opened(state: &AppState, token: &str) -> Result<(LinkToken, Link), WebError> {
    let token = LinkToken::parse(token).ok_or(WebError::NotFound)?;
    let link = state.store.link(&token).await?.ok_or(WebError::NotFound)?;
    Ok((token, link))
}

/// GET /link/{token}: opening uses nothing up, since some mail programs open links by themselves.
pub async fn ask(
    _: AccountsOn,
    state: web::Data<AppState>,
    token: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let (token, link) = opened(&state, &token).await?;
    link_page(&token, &link, "").shown()
}

/// POST /link/{token}
pub async fn follow(
    _: AccountsOn,
    request: HttpRequest,
    state: web::Data<AppState>,
    token: web::Path<String>,
    form: Form,
) -> Result<HttpResponse, Early> {
    let (token, link) = opened(&state, &token).await?;
    match &link.purpose {
        LinkPurpose::SetPassword => set_password(&request, &state, &token, &link, &form).await,
        LinkPurpose::ConfirmEmail(email) => confirm_email(&state, &token, email).await,
    }
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
