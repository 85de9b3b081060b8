//! What administrators do with accounts. Each change is made and noted in one transaction, in which whoever makes it is still
//! an administrator.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::account::{Account, NewAccount, Row, insert};
use super::allowed::allow;
use super::drafts::delete_drafts;
use super::ends::{changed, end_others};
use super::links::NewLink;
use crate::records::audit::{self, Act};
use crate::records::error::{Conflict, RecordsError, Thing};
use crate::records::keys::LinkToken;
use crate::records::mails::{MailKind, NewMail, put};
use crate::records::schema::{
    account_codes, account_results, account_sessions as sessions, accounts, accounts::dsl,
};
use crate::records::store::Store;

/// An account as an administrator may see it: numbers, and nothing of what its results say.
#[derive(Clone, Debug)]
pub struct Administered {
    pub account: Account,
    /// Results that it keeps.
    pub results: i64,
    /// Recovery codes that it has left.
    pub codes: i64,
    /// Logins that are listed.
    pub sessions: i64,
    /// When the latest of these was used.
    pub used_at: Option<DateTime<Utc>>,
}

impl Store {
    /// The account with this random id.
    ///
    /// # Errors
    /// [`RecordsError::Missing`] if there is none.
    pub async fn administered(&self, random_id: &str) -> Result<Administered, RecordsError> {
        let random_id = random_id.to_owned();
        type Found = (Row, i64, i64, i64, Option<NaiveDateTime>);
        let found: Option<Found> = self
            .read(move |connection| {
                let row: Option<Row> = accounts::table
                    .filter(dsl::random_id.eq(random_id))
                    .select(Row::as_select())
                    .first(connection)
                    .optional()?;
                let Some(row) = row else { return Ok(None) };
                let id = row.id();
                let results = account_results::table.filter(account_results::account_id.eq(id));
                let codes = account_codes::table.filter(account_codes::account_id.eq(id));
                let own = sessions::table.filter(sessions::account_id.eq(id));
                Ok(Some((
                    row,
                    results.count().get_result(connection)?,
                    codes.count().get_result(connection)?,
                    own.count().get_result(connection)?,
                    own.select(diesel::dsl::max(sessions::used_at)).first(connection)?,
                )))
            })
            .await?;
        let (row, results, codes, sessions, used_at) = found.ok_or(RecordsError::Missing(Thing::Account))?;
        let used_at = used_at.map(|at| at.and_utc());
        Ok(Administered { account: row.read()?.account, results, codes, sessions, used_at })
    }

    /// Whether an administrator may disable or remove an account now.
    ///
    /// # Errors
    /// [`Conflict::OwnAccount`] and [`Conflict::NotAdministrator`].
    pub async fn may_act_on(&self, by: &Account, account: i64) -> Result<(), RecordsError> {
        let by = by.id;
        self.write(move |connection| allow(connection, by, Some(account))).await
    }

    /// Disables an account, whose sessions and links end, or enables it again.
    ///
    /// # Errors
    /// Those of [`Store::may_act_on`], and [`RecordsError::Missing`].
    pub async fn set_disabled(
        &self,
        by: &Account,
        account: &Account,
        disabled: bool,
    ) -> Result<(), RecordsError> {
        let (by, id) = (by.clone(), account.id);
        let audited = by.did(if disabled { Act::Disable } else { Act::Enable }, &account.random_id);
        self.write(move |connection| {
            allow(connection, by.id, Some(id))?;
            changed(
                diesel::update(accounts::table.find(id))
                    .set(dsl::disabled.eq(disabled))
                    .execute(connection)?,
            )?;
            if disabled {
                end_others(connection, id, None)?;
            }
            audit::note(connection, &audited)
        })
        .await
    }

    /// Removes an account with its sessions, codes, links, draft and list of results. The results themselves are deleted before.
    ///
    /// # Errors
    /// Those of [`Store::may_act_on`], and [`RecordsError::Missing`].
    pub async fn remove_account(&self, by: &Account, account: &Account) -> Result<(), RecordsError> {
        let (by_id, id) = (by.id, account.id);
        let audited = by.did(Act::Remove, &account.random_id);
        self.erase(move |connection| {
            allow(connection, by_id, Some(id))?;
            delete_drafts(connection, &[id])?;
            changed(diesel::delete(accounts::table.find(id)).execute(connection)?)?;
            audit::note(connection, &audited)
        })
        .await
    }

    /// Notes an act that changes nothing in the database.
    ///
    /// # Errors
    /// [`Conflict::NotAdministrator`].
    pub async fn note_by(&self, by: &Account, act: Act, subject: &str) -> Result<(), RecordsError> {
        let (by_id, audited) = (by.id, by.did(act, subject));
        self.write(move |connection| {
            allow(connection, by_id, None)?;
            audit::note(connection, &audited)
        })
        .await
    }

    /// Makes a link with which the owner of an account sets a password. Another one is mailed.
    ///
    /// # Errors
    /// [`Conflict::NotAdministrator`], and [`Conflict::Disabled`] since the link would open nothing.
    pub async fn issue_link_by(
        &self,
        by: &Account,
        account: &Account,
        lifetime: Duration,
    ) -> Result<LinkToken, RecordsError> {
        let (by_id, id) = (by.id, account.id);
        let audited = by.did(Act::IssueLink, &account.random_id);
        let token = LinkToken::random();
        let issued = NewLink::new(&token, None, lifetime);
        let mail = self.mails().then(|| NewMail {
            kind: MailKind::RecoveryLink,
            account: Some(id),
            email: account.email.clone(),
            email_key: account.email.to_lowercase(),
            password: None,
        });
        self.write(move |connection| {
            allow(connection, by_id, None)?;
            let disabled: Option<bool> =
                accounts::table.find(id).select(dsl::disabled).first(connection).optional()?;
            if disabled.ok_or(RecordsError::Missing(Thing::Account))? {
                return Err(Conflict::Disabled.into());
            }
            issued.store(connection, id)?;
            mail.iter().try_for_each(|mail| put(connection, mail))?;
            audit::note(connection, &audited)
        })
        .await?;
        Ok(token)
    }

    /// Stores an account without a password, and makes the link that sets one. Another one is mailed. Returns the random id
    /// too.
    ///
    /// # Errors
    /// [`Conflict::AddressTaken`] and [`Conflict::NotAdministrator`].
    pub async fn invite(
        &self,
        by: &Account,
        new: NewAccount,
        lifetime: Duration,
    ) -> Result<(String, LinkToken), RecordsError> {
        let (by, mails) = (by.clone(), self.mails());
        let token = LinkToken::random();
        let issued = NewLink::new(&token, None, lifetime);
        let random_id = self
            .add(move |connection| {
                allow(connection, by.id, None)?;
                let (id, random_id) = insert(connection, &new)?;
                issued.store(connection, id)?;
                if mails {
                    let (email, email_key) = (new.email.clone(), new.email_key.clone());
                    let account = Some(id);
                    let kind = MailKind::Invite;
                    put(connection, &NewMail { kind, account, email, email_key, password: None })?;
                }
                audit::note(connection, &by.did(Act::Invite, &random_id))?;
                Ok(random_id)
            })
            .await?;
        Ok((random_id, token))
    }
}
