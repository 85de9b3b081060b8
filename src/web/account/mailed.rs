//! Mails that a handler asks for, and the page that says so.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::form_page::FormPage;
use crate::accounts::Email;
use crate::web::client;
use crate::web::early::Early;
use crate::web::error::WebError;
use crate::web::mailing::Mailing;
use crate::web::page::{Keeping, page};
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "account/mailed.html")]
struct MailedPage<'a> {
    email: &'a str,
    /// What the mail is good for.
    said: &'static str,
    /// Where another address can be entered.
    back: &'static str,
}

/// The page that says "check your mail". It is the same whether the address has an account or not.
pub fn check_your_mail(
    email: &Email,
    said: &'static str,
    back: &'static str,
) -> Result<HttpResponse, WebError> {
    page(StatusCode::OK, Keeping::Unlisted, &MailedPage { email: email.as_str(), said, back })
}

/// Whether the site sends mail.
pub fn mailing(state: &AppState) -> Option<&Arc<Mailing>> {
    state.mailing.as_ref()
}

/// Counts a mail to this address.
///
/// # Errors
/// The answer to somebody who has to wait: the page, with what they posted.
pub fn take(
    request: &HttpRequest,
    state: &AppState,
    mailing: &Mailing,
    email: &Email,
    page: impl FnOnce() -> FormPage,
) -> Result<(), Early> {
    let network = client::network(client::of(request, &state.settings.server));
    let Err(wait) = mailing.take(network, &email.key()) else { return Ok(()) };
    let mut page = page();
    page.fault = Some(format!(
        "Several mails were asked for within the last hour, to this address or from your network, so none was sent now. Please \
         look for them first, also among unwanted mails. The next one can be asked for in {}.",
        minutes(wait)
    ));
    Err(page.waiting(StatusCode::TOO_MANY_REQUESTS, wait.as_secs() + 1)?.into())
}

fn minutes(wait: Duration) -> String {
    match wait.as_secs() / 60 + 1 {
        1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}
