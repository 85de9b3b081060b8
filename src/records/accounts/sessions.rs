//! Sessions, one row for each login. The browser has the token, the database its hash.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::prelude::*;

use super::account::{Account, Row};
use super::{browsers, invitations};
use crate::records::columns::{timestamp, without_nul};
use crate::records::error::RecordsError;
use crate::records::keys::{BrowserToken, SessionToken};
use crate::records::schema::{account_links, account_sessions as sessions, accounts};
use crate::records::store::Store;

/// The last use of a session is stored at most this often, so that not every page writes.
const USE_NOTED_EVERY: TimeDelta = TimeDelta::seconds(60);

/// A login of an account.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: i64,
    pub account: Account,
    /// Whether the second factor was shown in this session.
    pub factor_passed: bool,
    pub expires_at: DateTime<Utc>,
}

/// A new session: its token, and the token by which the browser is recognized at the next login.
#[derive(Debug)]
pub struct LoggedIn {
    pub token: SessionToken,
    pub browser: BrowserToken,
}

/// A login in its owner's list.
#[derive(Clone, Debug)]
pub struct ListedSession {
    pub id: i64,
    pub agent: String,
    pub created_at: DateTime<Utc>,
    pub used_at: DateTime<Utc>,
}

type Columns = (i64, NaiveDateTime, NaiveDateTime, bool, Row);

impl Store {
    /// Begins a session of an account. `browser` is the token that the browser has from an earlier login; it, or a new one, is
    /// remembered for the account. `former` is the session that the browser had before; it ends.
    pub async fn log_in(
        &self,
        account: &Account,
        agent: &str,
        browser: Option<BrowserToken>,
        former: Option<SessionToken>,
    ) -> Result<LoggedIn, RecordsError> {
        let (id, agent) = (account.id, without_nul(agent));
        let (token, browser) = (SessionToken::random(), browser.unwrap_or_else(BrowserToken::random));
        let (hash, browser_hash) = (token.hash(), browser.hash());
        let former = former.map(|former| former.hash());
        let now = Utc::now();
        let expires = timestamp(now + account.role.absolute());
        let now = timestamp(now);
        self.write(move |connection| {
            if let Some(former) = &former {
                diesel::delete(sessions::table.filter(sessions::token_hash.eq(former)))
                    .execute(connection)?;
            }
            diesel::insert_into(sessions::table)
                .values((
                    sessions::account_id.eq(id),
                    sessions::token_hash.eq(&hash),
                    sessions::agent.eq(&agent),
                    sessions::created_at.eq(now),
                    sessions::used_at.eq(now),
                    sessions::expires_at.eq(expires),
                ))
                .execute(connection)?;
            browsers::remember(connection, id, &browser_hash, now)
        })
        .await?;
        Ok(LoggedIn { token, browser })
    }

    /// The session with this token, unless it has ended or its account is disabled. Notes that it is used.
    pub async fn session(&self, token: &SessionToken) -> Result<Option<Session>, RecordsError> {
        let hash = token.hash();
        let now = Utc::now();
        let row: Option<Columns> = self
            .read(move |connection| {
                Ok(sessions::table
                    .inner_join(accounts::table)
                    .filter(sessions::token_hash.eq(hash).and(sessions::expires_at.gt(timestamp(now))))
                    .filter(accounts::disabled.eq(false))
                    .select((
                        sessions::id,
                        sessions::used_at,
                        sessions::expires_at,
                        sessions::factor_passed,
                        Row::as_select(),
                    ))
                    .first(connection)
                    .optional()?)
            })
            .await?;
        let Some((id, used_at, expires_at, factor_passed, row)) = row else { return Ok(None) };
        let account = row.read()?.account;
        let unused = now - used_at.and_utc();
        if unused >= account.role.idle() {
            return Ok(None);
        }
        if unused >= USE_NOTED_EVERY {
            self.write(move |connection| {
                diesel::update(sessions::table.find(id))
                    .set(sessions::used_at.eq(timestamp(now)))
                    .execute(connection)?;
                Ok(())
            })
            .await?;
        }
        Ok(Some(Session { id, account, factor_passed, expires_at: expires_at.and_utc() }))
    }

    /// Ends the session with this token.
    pub async fn log_out(&self, token: &SessionToken) -> Result<(), RecordsError> {
        let hash = token.hash();
        self.write(move |connection| {
            diesel::delete(sessions::table.filter(sessions::token_hash.eq(&hash))).execute(connection)?;
            Ok(())
        })
        .await
    }

    /// The sessions of an account that have not ended, the last used first.
    pub async fn sessions(&self, account: &Account) -> Result<Vec<ListedSession>, RecordsError> {
        let id = account.id;
        let now = Utc::now();
        let used_after = timestamp(now - account.role.idle());
        let rows: Vec<(i64, String, NaiveDateTime, NaiveDateTime)> = self
            .read(move |connection| {
                Ok(sessions::table
                    .filter(sessions::account_id.eq(id).and(sessions::expires_at.gt(timestamp(now))))
                    .filter(sessions::used_at.gt(used_after))
                    .order((sessions::used_at.desc(), sessions::id.desc()))
                    .select((sessions::id, sessions::agent, sessions::created_at, sessions::used_at))
                    .load(connection)?)
            })
            .await?;
        let listed = rows.into_iter().map(|(id, agent, created_at, used_at)| ListedSession {
            id,
            agent,
            created_at: created_at.and_utc(),
            used_at: used_at.and_utc(),
        });
        Ok(listed.collect())
    }

    /// Ends one session of an account.
    pub async fn end_session(&self, account: i64, session: i64) -> Result<(), RecordsError> {
        self.write(move |connection| {
            diesel::delete(sessions::table.find(session))
                .filter(sessions::account_id.eq(account))
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    /// Ends every session of an account but one.
    pub async fn end_other_sessions(&self, account: i64, kept: i64) -> Result<(), RecordsError> {
        self.write(move |connection| {
            diesel::delete(sessions::table)
                .filter(sessions::account_id.eq(account).and(sessions::id.ne(kept)))
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    /// Deletes sessions and links that have ended, and browsers that have not logged in for a year. A session that was idle
    /// for too long ends without this, and is deleted with the last day it could have had. A link is deleted a day after its end,
    /// and an invitation that nobody used with it.
    pub(in crate::records) async fn expire_logins(&self, now: DateTime<Utc>) -> Result<(), RecordsError> {
        let ended = timestamp(now);
        let links_ended = timestamp(now - invitations::GRACE);
        // A read first, so that a database without such rows is not written to.
        let any = self
            .read(move |connection| {
                let session: i64 =
                    sessions::table.filter(sessions::expires_at.le(ended)).count().get_result(connection)?;
                let link: i64 = account_links::table
                    .filter(account_links::expires_at.le(links_ended))
                    .count()
                    .get_result(connection)?;
                let unused = invitations::expired(connection, now)?;
                Ok(session + link + unused + browsers::old(connection, now)?)
            })
            .await?;
        if any == 0 {
            return Ok(());
        }
        self.write(move |connection| {
            diesel::delete(sessions::table.filter(sessions::expires_at.le(ended))).execute(connection)?;
            diesel::delete(account_links::table.filter(account_links::expires_at.le(links_ended)))
                .execute(connection)?;
            invitations::withdraw_expired(connection, now)?;
            browsers::forget_old(connection, now)
        })
        .await
    }
}
