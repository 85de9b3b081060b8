//! One-time links of an account: to set a password, or to confirm a new address.

use std::time::Duration;

use chrono::{NaiveDateTime, Utc};
use diesel::prelude::*;

use super::account::{Account, Row, change_email, change_password};
use super::codes::{self, RecoveryCode};
use crate::records::audit::{self, Audited};
use crate::records::columns::{delta, timestamp};
use crate::records::connection::DbConnection;
use crate::records::error::{RecordsError, Thing};
use crate::records::keys::LinkToken;
use crate::records::mails::{MailKind, tell};
use crate::records::schema::{account_links as links, accounts};
use crate::records::store::Store;

/// What a link is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    SetPassword,
    /// Makes this the account's address.
    ConfirmEmail(String),
}

/// A link that has not been used.
#[derive(Clone, Debug)]
pub struct Link {
    pub account: Account,
    pub purpose: LinkPurpose,
}

/// A link to be stored.
pub struct NewLink {
    hash: String,
    email: Option<String>,
    expires: NaiveDateTime,
}

impl NewLink {
    pub fn new(token: &LinkToken, email: Option<String>, lifetime: Duration) -> NewLink {
        NewLink { hash: token.hash(), email, expires: timestamp(Utc::now() + delta(lifetime)) }
    }

    /// Replaces an earlier link of the account.
    pub(super) fn store(&self, connection: &mut DbConnection, account: i64) -> Result<(), RecordsError> {
        diesel::delete(links::table.filter(links::account_id.eq(account))).execute(connection)?;
        self.add(connection, account)
    }

    /// Leaves earlier links of the account as they are.
    pub fn add(&self, connection: &mut DbConnection, account: i64) -> Result<(), RecordsError> {
        diesel::insert_into(links::table)
            .values((
                links::token_hash.eq(&self.hash),
                links::account_id.eq(account),
                links::email.eq(&self.email),
                links::expires_at.eq(self.expires),
            ))
            .execute(connection)?;
        Ok(())
    }
}

impl Store {
    /// Makes a link that is good once, until it expires. It replaces an earlier one of the account. `audited` is noted with it.
    pub async fn issue_link(
        &self,
        account: i64,
        purpose: LinkPurpose,
        lifetime: Duration,
        audited: Option<Audited>,
    ) -> Result<LinkToken, RecordsError> {
        let token = LinkToken::random();
        let email = match purpose {
            LinkPurpose::SetPassword => None,
            LinkPurpose::ConfirmEmail(email) => Some(email),
        };
        let issued = NewLink::new(&token, email, lifetime);
        self.write(move |connection| {
            issued.store(connection, account)?;
            audited.iter().try_for_each(|audited| audit::note(connection, audited))
        })
        .await?;
        Ok(token)
    }

    /// What a link opens, unless it was used or has expired.
    pub async fn link(&self, token: &LinkToken) -> Result<Option<Link>, RecordsError> {
        let hash = token.hash();
        let now = timestamp(Utc::now());
        let row: Option<(Option<String>, Row)> = self
            .read(move |connection| {
                Ok(links::table
                    .inner_join(accounts::table)
                    .filter(links::token_hash.eq(hash).and(links::expires_at.gt(now)))
                    .filter(accounts::disabled.eq(false))
                    .select((links::email, Row::as_select()))
                    .first(connection)
                    .optional()?)
            })
            .await?;
        let Some((email, row)) = row else { return Ok(None) };
        let purpose = email.map_or(LinkPurpose::SetPassword, LinkPurpose::ConfirmEmail);
        Ok(Some(Link { account: row.read()?.account, purpose }))
    }

    /// Sets the hash of the password of the link's account, and its recovery codes unless `codes` is empty. The link is used up,
    /// and every session ends.
    ///
    /// # Errors
    /// [`RecordsError::Missing`] if the link was used meanwhile or has expired.
    pub async fn set_password_by_link(
        &self,
        token: &LinkToken,
        password: String,
        codes: Vec<RecoveryCode>,
    ) -> Result<(), RecordsError> {
        let (hash, mails) = (token.hash(), self.mails());
        self.write(move |connection| {
            let account = use_up(connection, &hash)?;
            if !codes.is_empty() {
                codes::replace(connection, account, &codes)?;
            }
            change_password(connection, account, &password, None, mails)
        })
        .await
    }

    /// Sets the address of the link's account. The link is used up, and every session ends. A mail to the old address says so.
    ///
    /// # Errors
    /// [`RecordsError::Missing`] if the link was used meanwhile or has expired;
    /// [`Conflict::AddressTaken`](crate::records::Conflict::AddressTaken), which leaves the link as it is.
    pub async fn set_email_by_link(
        &self,
        token: &LinkToken,
        email: String,
        email_key: String,
    ) -> Result<(), RecordsError> {
        let (hash, mails) = (token.hash(), self.mails());
        self.write(move |connection| {
            let account = use_up(connection, &hash)?;
            if mails {
                tell(connection, account, MailKind::EmailChanged)?;
            }
            change_email(connection, account, &email, &email_key, None)
        })
        .await
    }
}

/// Uses up a link, and returns its account.
fn use_up(connection: &mut DbConnection, hash: &str) -> Result<i64, RecordsError> {
    let now = timestamp(Utc::now());
    let open = links::token_hash.eq(hash).and(links::expires_at.gt(now));
    let account: Option<i64> =
        links::table.filter(open).select(links::account_id).first(connection).optional()?;
    let used = diesel::delete(links::table.filter(open)).execute(connection)?;
    account.filter(|_| used > 0).ok_or(RecordsError::Missing(Thing::Account))
}
