//! One-time links that an administrator hands on. Each is shown once; the database has its hash.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::records::{INVITATION_LIFETIME, LINK_LIFETIME, LinkToken};
use crate::web::account::link_address;
use crate::web::address::absolute;
use crate::web::error::WebError;
use crate::web::page::{Keeping, page};
use crate::web::state::AppState;

/// A kind of link.
pub struct Kind {
    pub lifetime: Duration,
    title: &'static str,
    lasts: &'static str,
}

pub const RECOVERY: Kind = Kind { lifetime: LINK_LIFETIME, title: "A recovery link", lasts: "30 minutes" };
pub const INVITATION: Kind = Kind { lifetime: INVITATION_LIFETIME, title: "An invitation", lasts: "7 days" };

#[derive(Template)]
#[template(path = "admin/link.html")]
struct LinkPage<'a> {
    title: &'static str,
    lasts: &'static str,
    email: &'a str,
    /// The path of the account's page.
    path: &'a str,
    /// Whether a link of its own is mailed too.
    mailed: bool,
    link: String,
}

/// The page that shows a new link, for the only time.
pub fn link_page(
    request: &HttpRequest,
    state: &AppState,
    kind: &Kind,
    email: &str,
    path: &str,
    token: &LinkToken,
) -> Result<HttpResponse, WebError> {
    let link = absolute(request, state, &link_address(token));
    let shown =
        LinkPage { title: kind.title, lasts: kind.lasts, email, path, mailed: state.mailing.is_some(), link };
    page(StatusCode::OK, Keeping::Unlisted, &shown)
}
