//! Changing the password of an account.

use actix_web::{HttpRequest, HttpResponse, web};

use super::confirm;
use super::fields::Field;
use super::form_page::FormPage;
use super::posted;
use super::visitor::Visitor;
use crate::web::early::Early;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::page::see_other;
use crate::web::state::AppState;

fn change_page(chosen: &str) -> FormPage {
    let lede = "Your other sessions end, so that only this browser stays logged in.";
    let fields = vec![Field::password(), Field::new_password(chosen)];
    let mut page =
        FormPage::new("Change your password", lede, "/account/password", fields, "Change my password");
    page.fields[0].label = "Present password";
    page.measures = true;
    page
}

/// GET /account/password
pub async fn ask(_: Visitor) -> Result<HttpResponse, WebError> {
    change_page("").shown()
}

/// POST /account/password
pub async fn change(
    request: HttpRequest,
    state: web::Data<AppState>,
    visitor: Visitor,
    form: Form,
) -> Result<HttpResponse, Early> {
    let account = &visitor.session.account;
    let again = || change_page(value(&form, "new"));
    let password = posted::new_password(&state, &form, &account.email, again).await?;
    confirm::password(&request, &state, account, &form, again).await?;
    state.store.set_password(account.id, password, Some(visitor.session.id)).await?;
    Ok(see_other("/account?done=password"))
}
