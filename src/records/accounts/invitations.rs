//! Invitations that nobody used: accounts without a password to which no link leads any more.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::records::columns::timestamp;
use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;
use crate::records::schema::{account_links as links, accounts, accounts::dsl};

/// How long an expired link, and the invitation with it, is kept: an administrator may issue another link meanwhile.
pub(super) const GRACE: TimeDelta = TimeDelta::days(1);

/// The number of invitations that expired a day ago and that nobody used.
pub(super) fn expired(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<i64, RecordsError> {
    Ok(i64::try_from(unused(connection, now)?.len()).unwrap_or(i64::MAX))
}

/// Deletes these.
pub(super) fn withdraw_expired(
    connection: &mut DbConnection,
    now: DateTime<Utc>,
) -> Result<(), RecordsError> {
    let unused = unused(connection, now)?;
    // Still without a password: a link may have been used meanwhile.
    let unused = accounts::table.filter(dsl::id.eq_any(unused).and(dsl::password.is_null()));
    diesel::delete(unused).execute(connection)?;
    Ok(())
}

/// An account that an administrator disabled stays, so that its address stays without one.
fn unused(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<Vec<i64>, RecordsError> {
    let limit = timestamp(now - GRACE);
    let links = links::table.filter(links::account_id.eq(dsl::id).and(links::expires_at.gt(limit)));
    Ok(accounts::table
        .filter(dsl::password.is_null().and(dsl::disabled.eq(false)))
        .filter(dsl::created_at.le(limit))
        .filter(not(exists(links)))
        .select(dsl::id)
        .load(connection)?)
}
