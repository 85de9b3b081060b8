//! The list of accounts for administrators.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::records::Account;
use crate::web::account::visitor::Administrator;
use crate::web::error::WebError;
use crate::web::numbers::day;
use crate::web::page::{Keeping, page};
use crate::web::state::AppState;

/// Which accounts.
#[derive(Deserialize)]
pub struct Query {
    /// A part of their addresses.
    #[serde(default)]
    q: String,
    /// The address after which the page begins.
    #[serde(default)]
    after: String,
    /// What was just done.
    #[serde(default)]
    done: String,
}

#[derive(Template)]
#[template(path = "admin/users.html")]
struct UsersPage {
    q: String,
    users: Vec<UserView>,
    /// The path of the next page.
    next: Option<String>,
    /// Whether an account was just removed.
    removed: bool,
}

struct UserView {
    /// Whether it is the account of the administrator who reads the page.
    own: bool,
    path: String,
    email: String,
    role: &'static str,
    since: String,
    state: &'static str,
}

/// GET /admin/users
pub async fn list(
    administrator: Administrator,
    state: web::Data<AppState>,
    query: web::Query<Query>,
) -> Result<HttpResponse, WebError> {
    let Query { q, after, done } = query.into_inner();
    let found = state.store.accounts_page(&q.trim().to_lowercase(), &after).await?;
    let next = found.next.map(|after| {
        let fields =
            Serializer::new(String::new()).append_pair("q", &q).append_pair("after", &after).finish();
        format!("/admin/users?{fields}")
    });
    let own = administrator.account.id;
    let users = found.accounts.iter().map(|account| UserView::new(account, account.id == own)).collect();
    page(StatusCode::OK, Keeping::Unlisted, &UsersPage { q, users, next, removed: done == "removed" })
}

impl UserView {
    fn new(account: &Account, own: bool) -> UserView {
        UserView {
            own,
            path: format!("/admin/users/{}", account.random_id),
            email: account.email.clone(),
            role: account.role.as_str(),
            since: day(account.created_at),
            state: state_of(account),
        }
    }
}

/// The state of an account in words.
pub fn state_of(account: &Account) -> &'static str {
    match (account.disabled, account.has_password) {
        (true, _) => "disabled",
        (false, true) => "can log in",
        (false, false) => "has no password yet",
    }
}
