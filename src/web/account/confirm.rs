//! Asks for the password again before something that only the owner of an account may do.

use actix_web::HttpRequest;

use super::busy::unless_busy;
use super::form_page::FormPage;
use super::guessing;
use crate::accounts::{Asker, Email, Password};
use crate::records::Account;
use crate::web::early::Early;
use crate::web::form::{Form, value};
use crate::web::state::AppState;

/// Compares the posted field `password` with the account's.
///
/// # Errors
/// The page again, if the password is wrong or somebody has to wait.
pub async fn password(
    request: &HttpRequest,
    state: &AppState,
    account: &Account,
    form: &Form,
    page: impl Fn() -> FormPage,
) -> Result<(), Early> {
    let key = account.email.parse::<Email>().map_or_else(|_| account.email.clone(), |email| email.key());
    let guessed = guessing::at_account(request, state, &key).await?;
    guessing::take(state, &guessed, &page)?;
    let stored = state.store.account(account.id).await?.password;
    let password = Password::typed(value(form, "password"));
    if unless_busy(state.hasher.verify(Asker::Known, password, stored).await, &page)? {
        state.attempts.was_right(&guessed);
        return Ok(());
    }
    Err(page().with_fault("password", "This is not the password of this account.").again())
}
