//! Who may change accounts: an administrator who is still one, and never so that none is left.

use diesel::prelude::*;

use super::role::Role;
use crate::records::connection::DbConnection;
use crate::records::error::{Conflict, RecordsError};
use crate::records::schema::{accounts, accounts::dsl};

/// Fails unless `by` is an administrator who may act on this account. From here to the end of the transaction no other one
/// changes who is an administrator, so that two who disable each other do not both succeed.
pub(in crate::records) fn allow(
    connection: &mut DbConnection,
    by: i64,
    account: Option<i64>,
) -> Result<(), RecordsError> {
    lock_administrators(connection)?;
    let enabled: i64 = accounts::table
        .filter(dsl::id.eq(by).and(dsl::disabled.eq(false)))
        .filter(dsl::role.eq(Role::Administrator.as_str()))
        .count()
        .get_result(connection)?;
    if enabled == 0 {
        return Err(Conflict::NotAdministrator.into());
    }
    if account == Some(by) { Err(Conflict::OwnAccount.into()) } else { Ok(()) }
}

/// Fails if this is the only administrator who can log in. The lock is that of [`allow`].
pub(super) fn refuse_last(connection: &mut DbConnection, account: i64) -> Result<(), RecordsError> {
    lock_administrators(connection)?;
    let able: Vec<i64> = accounts::table
        .filter(dsl::role.eq(Role::Administrator.as_str()))
        .filter(dsl::disabled.eq(false).and(dsl::password.is_not_null()))
        .order(dsl::id)
        .limit(2)
        .select(dsl::id)
        .load(connection)?;
    if able == [account] { Err(Conflict::LastAdministrator.into()) } else { Ok(()) }
}

/// On SQLite the transaction is the lock.
fn lock_administrators(connection: &mut DbConnection) -> Result<(), RecordsError> {
    if let DbConnection::Postgres(c) = connection {
        let lock = "SELECT id FROM accounts WHERE role = 'administrator' ORDER BY id FOR UPDATE";
        diesel::sql_query(lock).execute(c)?;
    }
    Ok(())
}
