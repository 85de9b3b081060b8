//! The page of one account, and what administrators do with it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::link::{RECOVERY, link_page};
use super::users::state_of;
use crate::accounts::Email;
use crate::records::{Account, Administered, Conflict, RecordsError, Role};
use crate::web::account::erase::erase_results;
use crate::web::account::fields::Field;
use crate::web::account::form_page::FormPage;
use crate::web::account::visitor::Administrator;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::numbers::day;
use crate::web::page::{Keeping, page, see_other};
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "admin/user.html")]
struct UserPage {
    /// Whether it is the account of whoever looks.
    own: bool,
    path: String,
    email: String,
    random_id: String,
    administrator: bool,
    disabled: bool,
    has_password: bool,
    has_factor: bool,
    state: &'static str,
    since: String,
    used: Option<String>,
    sessions: i64,
    results: i64,
    codes: i64,
    /// Whether this site mails a link too.
    mails: bool,
    /// What was just done.
    done: &'static str,
    /// Why something was not done.
    fault: Option<&'static str>,
}

/// What was just done.
#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    done: String,
}

impl UserPage {
    fn answer(
        state: &AppState,
        admin: &Administrator,
        shown: Administered,
        done: &str,
        fault: Option<&'static str>,
    ) -> Result<HttpResponse, WebError> {
        let account = shown.account;
        let user = UserPage {
            own: account.id == admin.account.id,
            path: path(&account),
            administrator: account.role == Role::Administrator,
            state: state_of(&account),
            since: day(account.created_at),
            used: shown.used_at.map(day),
            sessions: shown.sessions,
            results: shown.results,
            codes: shown.codes,
            mails: state.mailing.is_some(),
            done: match done {
                "disabled" => "The account is disabled, and its sessions have ended.",
                "enabled" => "The account is enabled.",
                _ => "",
            },
            fault,
            disabled: account.disabled,
            has_password: account.has_password,
            has_factor: account.has_factor,
            email: account.email,
            random_id: account.random_id,
        };
        let status = if fault.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
        page(status, Keeping::Unlisted, &user)
    }
}

fn path(account: &Account) -> String {
    format!("/admin/users/{}", account.random_id)
}

/// Why the records did not take a change, in words.
///
/// # Errors
/// The error itself, if an administrator can do nothing about it.
fn refusal(error: RecordsError) -> Result<&'static str, WebError> {
    match error {
        RecordsError::Conflict(Conflict::OwnAccount) => Ok(
            "This is your own account. Only another administrator can disable or remove it; its own page deletes it.",
        ),
        RecordsError::Conflict(Conflict::Disabled) => {
            Ok("The account is disabled, so a link would open nothing. Enable it first.")
        }
        // Disabled or removed by another one meanwhile.
        RecordsError::Conflict(Conflict::NotAdministrator) => Err(WebError::NotFound),
        error => Err(error.into()),
    }
}

/// GET /admin/users/{id}
pub async fn show(
    admin: Administrator,
    state: web::Data<AppState>,
    id: web::Path<String>,
    query: web::Query<Query>,
) -> Result<HttpResponse, WebError> {
    UserPage::answer(&state, &admin, state.store.administered(&id).await?, &query.done, None)
}

/// POST /admin/users/{id}/disable
pub async fn disable(
    admin: Administrator,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    set_disabled(&admin, &state, &id, true).await
}

/// POST /admin/users/{id}/enable
pub async fn enable(
    admin: Administrator,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    set_disabled(&admin, &state, &id, false).await
}

async fn set_disabled(
    admin: &Administrator,
    state: &AppState,
    id: &str,
    disabled: bool,
) -> Result<HttpResponse, WebError> {
    let shown = state.store.administered(id).await?;
    match state.store.set_disabled(&admin.account, &shown.account, disabled).await {
        Ok(()) => {
            let done = if disabled { "disabled" } else { "enabled" };
            Ok(see_other(&format!("{}?done={done}", path(&shown.account))))
        }
        Err(error) => UserPage::answer(state, admin, shown, "", Some(refusal(error)?)),
    }
}

/// POST /admin/users/{id}/link: makes a link that sets a password, and shows it once.
pub async fn issue(
    admin: Administrator,
    request: HttpRequest,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let shown = state.store.administered(&id).await?;
    match state.store.issue_link_by(&admin.account, &shown.account, RECOVERY.lifetime).await {
        Ok(token) => {
            link_page(&request, &state, &RECOVERY, &shown.account.email, &path(&shown.account), &token)
        }
        Err(error) => UserPage::answer(&state, &admin, shown, "", Some(refusal(error)?)),
    }
}

fn remove_page(shown: &Administered, typed: &str) -> FormPage {
    let email = &shown.account.email;
    let lede = format!(
        "This erases the account of {email}, its address, {} and answers that were not sent from this server at once. It \
         cannot be undone.",
        match shown.results {
            1 => "the one result in it".to_owned(),
            results => format!("the {results} results in it"),
        }
    );
    let mut field = Field::email(typed);
    field.label = "Type the email address of the account";
    field.autocomplete = "off";
    FormPage::new(
        "Remove this account?",
        lede,
        format!("{}/remove", path(&shown.account)),
        vec![field],
        "Remove the account",
    )
}

/// GET /admin/users/{id}/remove: asks.
pub async fn ask_remove(
    admin: Administrator,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let shown = state.store.administered(&id).await?;
    match state.store.may_act_on(&admin.account, shown.account.id).await {
        Ok(()) => remove_page(&shown, "").shown(),
        Err(error) => UserPage::answer(&state, &admin, shown, "", Some(refusal(error)?)),
    }
}

/// POST /admin/users/{id}/remove
pub async fn remove(
    admin: Administrator,
    state: web::Data<AppState>,
    id: web::Path<String>,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let shown = state.store.administered(&id).await?;
    if let Err(error) = state.store.may_act_on(&admin.account, shown.account.id).await {
        return UserPage::answer(&state, &admin, shown, "", Some(refusal(error)?));
    }
    let typed = value(&form, "email").trim();
    let same = |address: &str| address.parse::<Email>().ok().map(|email| email.key());
    if same(typed) != same(&shown.account.email) {
        let mut page = remove_page(&shown, typed);
        let found = if typed.is_empty() {
            "The address is empty".to_owned()
        } else {
            format!("This is “{typed}”")
        };
        page.fields[0].fault = Some(format!("{found}; expected {}.", shown.account.email));
        return page.shown();
    }
    // The results first: if one of them cannot be deleted now, the account still leads to it.
    erase_results(&state, shown.account.id).await?;
    match state.store.remove_account(&admin.account, &shown.account).await {
        Ok(()) => Ok(see_other("/admin/users?done=removed")),
        Err(error) => UserPage::answer(&state, &admin, shown, "", Some(refusal(error)?)),
    }
}
