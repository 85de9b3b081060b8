//! Browsers that have logged in to an account before. Their log-in attempts are counted separately, so that wrong passwords from
//! anywhere else do not delay the owner.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::prelude::*;

use crate::records::columns::timestamp;
use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;
use crate::records::keys::BrowserToken;
use crate::records::schema::account_browsers as browsers;
use crate::records::schema::accounts;
use crate::records::store::Store;

/// Days for which a browser is remembered after its last login.
const KNOWN_DAYS: i64 = 365;

/// The most browsers that are remembered for an account. The one whose last login is oldest is forgotten.
const MOST: i64 = 50;

impl Store {
    /// Whether this browser has logged in to the account with this address before.
    pub async fn is_known_browser(
        &self,
        email_key: &str,
        browser: &BrowserToken,
    ) -> Result<bool, RecordsError> {
        let (key, hash) = (email_key.to_owned(), browser.hash());
        self.read(move |connection| {
            let account = accounts::table.filter(accounts::email_key.eq(key)).select(accounts::id);
            let known: i64 = browsers::table
                .filter(browsers::token_hash.eq(hash).and(browsers::account_id.eq_any(account)))
                .count()
                .get_result(connection)?;
            Ok(known > 0)
        })
        .await
    }
}

/// Remembers that a browser logged in.
pub(super) fn remember(
    connection: &mut DbConnection,
    account: i64,
    hash: &str,
    now: NaiveDateTime,
) -> Result<(), RecordsError> {
    diesel::delete(browsers::table.find((account, hash))).execute(connection)?;
    let known: i64 =
        browsers::table.filter(browsers::account_id.eq(account)).count().get_result(connection)?;
    if known >= MOST {
        let oldest: String = browsers::table
            .filter(browsers::account_id.eq(account))
            .order(browsers::used_at)
            .select(browsers::token_hash)
            .first(connection)?;
        diesel::delete(browsers::table.find((account, oldest))).execute(connection)?;
    }
    diesel::insert_into(browsers::table)
        .values((browsers::account_id.eq(account), browsers::token_hash.eq(hash), browsers::used_at.eq(now)))
        .execute(connection)?;
    Ok(())
}

/// The number of browsers that have not logged in for a year.
pub(super) fn old(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<i64, RecordsError> {
    Ok(browsers::table.filter(browsers::used_at.le(limit(now))).count().get_result(connection)?)
}

/// Forgets these.
pub(super) fn forget_old(connection: &mut DbConnection, now: DateTime<Utc>) -> Result<(), RecordsError> {
    diesel::delete(browsers::table.filter(browsers::used_at.le(limit(now)))).execute(connection)?;
    Ok(())
}

fn limit(now: DateTime<Utc>) -> NaiveDateTime {
    timestamp(now - TimeDelta::days(KNOWN_DAYS))
}
