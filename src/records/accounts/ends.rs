//! What a change of an account ends.

use diesel::prelude::*;

use crate::records::connection::DbConnection;
use crate::records::error::{RecordsError, Thing};
use crate::records::mails::withdraw_links;
use crate::records::schema::{account_links, account_sessions};

/// That a change found its account.
///
/// # Errors
/// [`RecordsError::Missing`] if it did not.
pub(super) fn changed(rows: usize) -> Result<(), RecordsError> {
    if rows == 0 { Err(RecordsError::Missing(Thing::Account)) } else { Ok(()) }
}

/// Ends every session but this one, and every one-time link.
pub(super) fn end_others(
    connection: &mut DbConnection,
    id: i64,
    session: Option<i64>,
) -> Result<(), RecordsError> {
    let kept = session.unwrap_or_default();
    diesel::delete(account_sessions::table)
        .filter(account_sessions::account_id.eq(id).and(account_sessions::id.ne(kept)))
        .execute(connection)?;
    diesel::delete(account_links::table).filter(account_links::account_id.eq(id)).execute(connection)?;
    withdraw_links(connection, id)
}
