//! The result of a draft that an account sent.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::records::connection::DbConnection;
use crate::records::error::{RecordsError, Thing};
use crate::records::keys::OwnerKey;
use crate::records::schema::{account_results as kept, accounts, personality_records as records};

/// Locks the account until the end of the transaction.
///
/// # Errors
/// [`RecordsError::Missing`] if it was deleted.
pub(in crate::records) fn lock_account(
    connection: &mut DbConnection,
    account: i64,
) -> Result<(), RecordsError> {
    let found = diesel::update(accounts::table.find(account))
        .set(accounts::disabled.eq(accounts::disabled))
        .execute(connection)?;
    if found == 0 { Err(RecordsError::Missing(Thing::Account)) } else { Ok(()) }
}

/// Keeps the record of a draft that was just sent in its account, which opens it from then on.
pub(in crate::records) fn keep_sent(
    connection: &mut DbConnection,
    account: i64,
    draft_hash: &str,
    now: NaiveDateTime,
) -> Result<OwnerKey, RecordsError> {
    let (id, hash): (i64, String) = records::table
        .filter(records::draft_key_hash.eq(draft_hash))
        .select((records::id, records::owner_key_hash))
        .first(connection)?;
    diesel::insert_into(kept::table)
        .values((kept::account_id.eq(account), kept::record_id.eq(id), kept::kept_at.eq(now)))
        .execute(connection)?;
    Ok(OwnerKey::of_account(id, hash))
}

/// Opens the result of a draft that an account sent; `None` once it is deleted or no longer in the account.
pub(in crate::records) fn sent_result(
    connection: &mut DbConnection,
    account: i64,
    draft_hash: &str,
) -> Result<Option<OwnerKey>, RecordsError> {
    let found: Option<(i64, String)> = kept::table
        .inner_join(records::table)
        .filter(kept::account_id.eq(account).and(records::draft_key_hash.eq(draft_hash)))
        .select((records::id, records::owner_key_hash))
        .first(connection)
        .optional()?;
    Ok(found.map(|(id, hash)| OwnerKey::of_account(id, hash)))
}
