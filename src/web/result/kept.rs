//! Whether a result is kept in the account of whoever looks at it.

use actix_web::HttpRequest;

use crate::config::Registration;
use crate::records::OwnerKey;
use crate::web::account::visitor::account_of;
use crate::web::error::WebError;
use crate::web::state::AppState;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// This site has no accounts.
    NoAccounts,
    LoggedOut,
    /// Somebody is logged in, and their account does not have it.
    No,
    Yes,
}

impl Kept {
    pub async fn of(request: &HttpRequest, state: &AppState, key: &OwnerKey) -> Result<Kept, WebError> {
        if state.settings.accounts.accounts == Registration::Off {
            return Ok(Kept::NoAccounts);
        }
        let Some(account) = account_of(request, state).await? else { return Ok(Kept::LoggedOut) };
        let kept = state.store.is_kept(account, key).await?;
        Ok(if kept { Kept::Yes } else { Kept::No })
    }
}
