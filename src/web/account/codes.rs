//! Recovery codes: the page that shows them once, and the form that replaces them.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::confirm;
use super::fields::Field;
use super::form_page::FormPage;
use super::visitor::Visitor;
use crate::records::RecoveryCode;
use crate::web::early::Early;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::page::{Keeping, page};
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "account/codes.html")]
struct CodesPage {
    title: &'static str,
    codes: Vec<String>,
}

/// The page that shows new codes, for the only time.
pub fn codes_page(title: &'static str, codes: &[RecoveryCode]) -> Result<HttpResponse, WebError> {
    let codes = codes.iter().map(RecoveryCode::as_text).collect();
    page(StatusCode::OK, Keeping::Unlisted, &CodesPage { title, codes })
}

fn ask_page() -> FormPage {
    let lede = "You get eight new codes, and those that you have stop working. With a code you can set a new \
                password, once, if you forget yours.";
    FormPage::new("New recovery codes", lede, "/account/codes", vec![Field::password()], "Make new codes")
}

/// GET /account/codes
pub async fn ask(_: Visitor) -> Result<HttpResponse, WebError> {
    ask_page().shown()
}

/// POST /account/codes
pub async fn renew(
    request: HttpRequest,
    state: web::Data<AppState>,
    visitor: Visitor,
    form: Form,
) -> Result<HttpResponse, Early> {
    let account = &visitor.session.account;
    confirm::password(&request, &state, account, &form, ask_page).await?;
    let codes = RecoveryCode::set();
    state.store.set_recovery_codes(account.id, codes.clone()).await?;
    Ok(codes_page("Your new recovery codes", &codes)?)
}
