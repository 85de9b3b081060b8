//! People who wait for their address to be confirmed. The link in the mail makes the account.

use chrono::Utc;
use diesel::prelude::*;

use crate::records::accounts::{NewAccount, RecoveryCode, Role, insert_account};
use crate::records::columns::timestamp;
use crate::records::error::{RecordsError, Thing};
use crate::records::keys::LinkToken;
use crate::records::schema::registrations::{self, dsl};
use crate::records::store::Store;

/// Somebody whose address is to be confirmed.
#[derive(Clone)]
pub struct Registration {
    /// As typed.
    pub email: String,
    /// In lower case.
    pub email_key: String,
    /// The hash of the password that they chose.
    pub password: String,
}

impl std::fmt::Debug for Registration {
    /// Addresses must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Registration(hidden)")
    }
}

impl Store {
    /// Who registered with this link, unless it was used or has expired.
    pub async fn registration(&self, token: &LinkToken) -> Result<Option<Registration>, RecordsError> {
        let hash = token.hash();
        let now = timestamp(Utc::now());
        let row: Option<(String, String, String)> = self
            .read(move |connection| {
                Ok(registrations::table
                    .filter(dsl::token_hash.eq(hash).and(dsl::expires_at.gt(now)))
                    .select((dsl::email, dsl::email_key, dsl::password))
                    .first(connection)
                    .optional()?)
            })
            .await?;
        Ok(row.map(|(email, email_key, password)| Registration { email, email_key, password }))
    }

    /// Makes the account of somebody whose address is confirmed, and returns its id. Every such link to the address is used up.
    ///
    /// # Errors
    /// [`RecordsError::Missing`] if the link was used meanwhile or has expired;
    /// [`Conflict::AddressTaken`](crate::records::Conflict::AddressTaken), which leaves the link as it is.
    pub async fn register_by_link(
        &self,
        token: &LinkToken,
        codes: Vec<RecoveryCode>,
    ) -> Result<i64, RecordsError> {
        let hash = token.hash();
        self.add(move |connection| {
            let open = dsl::token_hash.eq(&hash).and(dsl::expires_at.gt(timestamp(Utc::now())));
            let row: Option<(String, String, String)> = registrations::table
                .filter(open)
                .select((dsl::email, dsl::email_key, dsl::password))
                .first(connection)
                .optional()?;
            let missing = RecordsError::Missing(Thing::Account);
            let Some((email, email_key, password)) = row else { return Err(missing) };
            let used = diesel::delete(registrations::table.filter(dsl::email_key.eq(&email_key)))
                .execute(connection)?;
            if used == 0 {
                return Err(missing);
            }
            let password = Some(password);
            let role = Role::Visitor;
            let new = NewAccount { email, email_key, password, role, codes: codes.clone() };
            Ok(insert_account(connection, &new)?.0)
        })
        .await
    }
}
