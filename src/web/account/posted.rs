//! What was posted to a form, read into its type; or the page again, with what is wrong.

use super::busy::unless_busy;
use super::form_page::FormPage;
use crate::accounts::Email;
use crate::web::early::Early;
use crate::web::form::{Form, value};
use crate::web::state::AppState;

/// The field `email`.
///
/// # Errors
/// The page again, if this is no address.
pub fn email(form: &Form, page: impl FnOnce() -> FormPage) -> Result<Email, Early> {
    value(form, "email").parse().map_err(|wrong| page().with_fault("email", wrong).again())
}

/// Ends the handler if the new password is to be measured and not to be set.
///
/// # Errors
/// The page again, with the strength of the field `new` as a password of somebody with this address.
pub async fn only_measured(
    state: &AppState,
    form: &Form,
    email: &str,
    page: impl Fn() -> FormPage,
) -> Result<(), Early> {
    if value(form, "go") != "check" {
        return Ok(());
    }
    let strength = unless_busy(state.hasher.judge(value(form, "new"), email).await, &page)?;
    let mut page = page();
    page.strength = Some(strength);
    Err(page.again())
}

/// The hash of the field `new`, the new password of somebody with this address.
///
/// # Errors
/// The page again, if the password is refused or is only to be measured.
pub async fn new_password(
    state: &AppState,
    form: &Form,
    email: &str,
    page: impl Fn() -> FormPage,
) -> Result<String, Early> {
    only_measured(state, form, email, &page).await?;
    let made = unless_busy(state.hasher.make(value(form, "new"), email).await, &page)?;
    made.map_err(|refused| page().with_fault("new", refused).again())
}
