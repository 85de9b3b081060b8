//! The second factor of an account: its secret, and the last step in time whose code was used.

use diesel::prelude::*;

use super::account::Row;
use super::codes::{self, RecoveryCode};
use crate::records::audit::{self, Act};
use crate::records::connection::DbConnection;
use crate::records::error::{RecordsError, Thing};
use crate::records::keys::SessionToken;
use crate::records::schema::{account_sessions as sessions, accounts};
use crate::records::store::Store;

impl Store {
    /// The secret of an account's second factor in base32. An account without one gets `fresh`.
    pub async fn factor_secret(&self, account: i64, fresh: String) -> Result<String, RecordsError> {
        self.write(move |connection| {
            diesel::update(accounts::table.find(account))
                .filter(accounts::factor_secret.is_null())
                .set(accounts::factor_secret.eq(&fresh))
                .execute(connection)?;
            let secret: Option<Option<String>> =
                accounts::table.find(account).select(accounts::factor_secret).first(connection).optional()?;
            secret.flatten().ok_or(RecordsError::Missing(Thing::Account))
        })
        .await
    }

    /// Marks a session as confirmed by a code of this step in time. The session gets a new token. `None` if a code of this step
    /// or a later one was used before, or the session has ended.
    pub async fn pass_factor(
        &self,
        account: i64,
        session: i64,
        step: i64,
    ) -> Result<Option<SessionToken>, RecordsError> {
        let token = SessionToken::random();
        let hash = token.hash();
        let passed = self
            .write(move |connection| {
                let used = diesel::update(accounts::table.find(account))
                    .filter(accounts::factor_step.lt(step))
                    .set((accounts::factor_step.eq(step), accounts::factor_confirmed.eq(true)))
                    .execute(connection)?;
                if used == 0 {
                    return Ok(false);
                }
                confirm(connection, account, session, &hash)
            })
            .await?;
        Ok(passed.then_some(token))
    }

    /// Marks a session as confirmed by a recovery code in place of the second factor. The code is used up, and the session gets a
    /// new token. `None` if the account has no such code.
    pub async fn pass_factor_by_code(
        &self,
        account: i64,
        session: i64,
        code: &RecoveryCode,
    ) -> Result<Option<SessionToken>, RecordsError> {
        let token = SessionToken::random();
        let (hash, code) = (token.hash(), code.clone());
        let passed = self
            .write(move |connection| {
                if !codes::use_up(connection, Some(account), &code)? {
                    return Ok(false);
                }
                // A session that has ended uses no code up: the error undoes it.
                match confirm(connection, account, session, &hash)? {
                    true => Ok(true),
                    false => Err(RecordsError::Missing(Thing::Account)),
                }
            })
            .await?;
        Ok(passed.then_some(token))
    }

    /// Deletes an account's second factor. The next login sets up another.
    pub async fn drop_factor(&self, account: i64) -> Result<(), RecordsError> {
        self.write(move |connection| {
            diesel::update(accounts::table.find(account))
                .set((
                    accounts::factor_secret.eq(None::<String>),
                    accounts::factor_confirmed.eq(false),
                    accounts::factor_step.eq(0),
                ))
                .execute(connection)?;
            Ok(())
        })
        .await
    }
}

/// Marks a session as confirmed and gives it a new token. From then on it is an administrator's, which is
/// noted. False if it has ended.
fn confirm(
    connection: &mut DbConnection,
    account: i64,
    session: i64,
    token_hash: &str,
) -> Result<bool, RecordsError> {
    let session = sessions::table.find(session).filter(sessions::account_id.eq(account));
    let marked = diesel::update(session)
        .set((sessions::factor_passed.eq(true), sessions::token_hash.eq(token_hash)))
        .execute(connection)?;
    if marked > 0 {
        let row: Row = accounts::table.find(account).select(Row::as_select()).first(connection)?;
        audit::note(connection, &row.read()?.account.did(Act::LogIn, ""))?;
    }
    Ok(marked > 0)
}
