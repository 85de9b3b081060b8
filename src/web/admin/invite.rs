//! Invites somebody: an account without a password, and a link that sets one.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::link::{INVITATION, link_page};
use crate::accounts::Email;
use crate::records::{Conflict, NewAccount, RecordsError, Role};
use crate::web::account::visitor::Administrator;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::page::{Keeping, page};
use crate::web::state::AppState;

#[derive(Default, Template)]
#[template(path = "admin/invite.html")]
struct InvitePage<'a> {
    email: &'a str,
    role: &'a str,
    /// Whether this site mails the link too.
    mails: bool,
    email_fault: Option<String>,
    role_fault: Option<String>,
}

impl InvitePage<'_> {
    fn is_administrator(&self) -> bool {
        self.role == Role::Administrator.as_str()
    }

    fn shown(&self) -> Result<HttpResponse, WebError> {
        let faulty = self.email_fault.is_some() || self.role_fault.is_some();
        let status = if faulty { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        page(status, Keeping::Unlisted, self)
    }
}

/// GET /admin/invite
pub async fn ask(_: Administrator, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    InvitePage { mails: state.mailing.is_some(), ..InvitePage::default() }.shown()
}

/// POST /admin/invite
pub async fn invite(
    admin: Administrator,
    request: HttpRequest,
    state: web::Data<AppState>,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let (typed, role) = (value(&form, "email"), value(&form, "role"));
    let mails = state.mailing.is_some();
    let mut again = InvitePage { email: typed, role, mails, ..InvitePage::default() };
    let known = [Role::Visitor, Role::Administrator].into_iter().find(|known| known.as_str() == role);
    let (email, role) = match (typed.parse::<Email>(), known) {
        (Ok(email), Some(role)) => (email, role),
        (email, known) => {
            again.email_fault = email.err().map(|error| error.to_string());
            if known.is_none() {
                again.role_fault = Some(format!("The role is “{role}”; expected visitor or administrator."));
            }
            return again.shown();
        }
    };
    let new = NewAccount {
        email: email.as_str().to_owned(),
        email_key: email.key(),
        password: None,
        role,
        codes: Vec::new(),
    };
    match state.store.invite(&admin.account, new, INVITATION.lifetime).await {
        Ok((random_id, token)) => {
            let path = format!("/admin/users/{random_id}");
            link_page(&request, &state, &INVITATION, email.as_str(), &path, &token)
        }
        Err(RecordsError::Conflict(Conflict::AddressTaken)) => {
            again.email_fault =
                Some("There is an account with this address already. Its page makes a new link.".to_owned());
            again.shown()
        }
        Err(RecordsError::Conflict(Conflict::NotAdministrator)) => Err(WebError::NotFound),
        Err(error) => Err(error.into()),
    }
}
