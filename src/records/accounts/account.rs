//! The accounts themselves.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::allowed::refuse_last;
use super::codes::{self, RecoveryCode};
use super::drafts::delete_drafts;
use super::ends::{changed, end_others};
use super::role::Role;
use crate::records::audit::{Act, Audited};
use crate::records::columns::{timestamp, without_nul};
use crate::records::connection::DbConnection;
use crate::records::error::{Conflict, RecordsError, Thing};
use crate::records::keys::nonce;
use crate::records::mails::{MailKind, tell};
use crate::records::schema::accounts;
use crate::records::store::Store;

/// An account as its owner may see it.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    pub id: i64,
    /// Names the account where its address must not stand.
    pub random_id: String,
    pub email: String,
    pub role: Role,
    pub disabled: bool,
    /// Whether a password was set.
    pub has_password: bool,
    /// Whether its second factor is set up.
    pub has_factor: bool,
    pub created_at: DateTime<Utc>,
}

impl Account {
    /// An act of this administrator, to be noted; see [`Audited`].
    pub fn did(&self, act: Act, subject: impl Into<String>) -> Audited {
        Audited::by(&self.random_id, act, subject)
    }
}

impl std::fmt::Debug for Account {
    /// Leaves out the address, which must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

/// An account with the hash of its password, for a login.
#[derive(Debug)]
pub struct Known {
    pub account: Account,
    /// `None` until one is set.
    pub password: Option<String>,
}

/// An account to be stored.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// As typed.
    pub email: String,
    /// In lower case.
    pub email_key: String,
    /// The password's hash; `None` if a one-time link will set it.
    pub password: Option<String>,
    pub role: Role,
    pub codes: Vec<RecoveryCode>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub(super) struct Row {
    id: i64,
    random_id: String,
    email: String,
    password: Option<String>,
    role: String,
    disabled: bool,
    created_at: NaiveDateTime,
    factor_confirmed: bool,
}

impl Row {
    pub(super) fn id(&self) -> i64 {
        self.id
    }

    pub(super) fn read(self) -> Result<Known, RecordsError> {
        let account = Account {
            id: self.id,
            random_id: self.random_id,
            email: self.email,
            role: Role::parse(&self.role, self.id)?,
            disabled: self.disabled,
            has_password: self.password.is_some(),
            has_factor: self.factor_confirmed,
            created_at: self.created_at.and_utc(),
        };
        Ok(Known { account, password: self.password })
    }
}

impl Store {
    /// Stores an account with its recovery codes, and returns its id.
    ///
    /// # Errors
    /// [`Conflict::AddressTaken`].
    pub async fn create_account(&self, new: NewAccount) -> Result<i64, RecordsError> {
        self.add(move |connection| Ok(insert(connection, &new)?.0)).await
    }

    /// The account with this address, in lower case.
    pub async fn account_by_email(&self, email_key: &str) -> Result<Option<Known>, RecordsError> {
        let key = email_key.to_owned();
        let row: Option<Row> = self
            .read(move |connection| {
                Ok(accounts::table
                    .filter(accounts::email_key.eq(key))
                    .select(Row::as_select())
                    .first(connection)
                    .optional()?)
            })
            .await?;
        row.map(Row::read).transpose()
    }

    /// The account with this id, and the hash of its password.
    ///
    /// # Errors
    /// [`RecordsError::Missing`] if it was deleted.
    pub async fn account(&self, id: i64) -> Result<Known, RecordsError> {
        let row: Option<Row> = self
            .read(move |connection| {
                Ok(accounts::table.find(id).select(Row::as_select()).first(connection).optional()?)
            })
            .await?;
        row.ok_or(RecordsError::Missing(Thing::Account))?.read()
    }

    /// Sets the hash of an account's password. Ends every session but this one, and every one-time link.
    pub async fn set_password(
        &self,
        id: i64,
        password: String,
        session: Option<i64>,
    ) -> Result<(), RecordsError> {
        let mails = self.mails();
        self.write(move |connection| change_password(connection, id, &password, session, mails)).await
    }

    /// Sets the hash of an account's password by a recovery code, which is used up. Ends every session and every one-time link.
    /// Returns false, and changes nothing, if the account has no such code. `None` is no account, and takes as long.
    pub async fn recover(
        &self,
        account: Option<i64>,
        code: &RecoveryCode,
        password: String,
    ) -> Result<bool, RecordsError> {
        let (code, mails) = (code.clone(), self.mails());
        self.write(move |connection| {
            let used = codes::use_up(connection, account, &code)?;
            if let Some(id) = account.filter(|_| used) {
                change_password(connection, id, &password, None, mails)?;
            }
            Ok(used)
        })
        .await
    }

    /// Sets an account's address. Ends every session but this one, and every one-time link.
    ///
    /// # Errors
    /// [`Conflict::AddressTaken`].
    pub async fn set_email(
        &self,
        id: i64,
        email: String,
        email_key: String,
        session: Option<i64>,
    ) -> Result<(), RecordsError> {
        self.write(move |connection| change_email(connection, id, &email, &email_key, session)).await
    }

    /// Makes an account an administrator's. Its sessions end, since an administrator's are shorter.
    pub async fn make_administrator(&self, id: i64) -> Result<(), RecordsError> {
        self.write(move |connection| {
            changed(
                diesel::update(accounts::table.find(id))
                    .set(accounts::role.eq(Role::Administrator.as_str()))
                    .execute(connection)?,
            )?;
            end_others(connection, id, None)
        })
        .await
    }

    /// Whether an account may be deleted by its owner now.
    ///
    /// # Errors
    /// [`Conflict::LastAdministrator`].
    pub async fn may_leave(&self, id: i64) -> Result<(), RecordsError> {
        self.write(move |connection| refuse_last(connection, id)).await
    }

    /// Deletes an account with its sessions, codes, links, draft and list of results. The results themselves stay.
    ///
    /// # Errors
    /// [`Conflict::LastAdministrator`].
    pub async fn delete_account(&self, id: i64) -> Result<(), RecordsError> {
        self.erase(move |connection| {
            refuse_last(connection, id)?;
            delete_drafts(connection, &[id])?;
            diesel::delete(accounts::table.find(id)).execute(connection)?;
            Ok(())
        })
        .await
    }
}

/// As [`Store::set_password`]. If `mails`, the owner is told by mail, unless it is the first password.
pub(super) fn change_password(
    connection: &mut DbConnection,
    id: i64,
    password: &str,
    session: Option<i64>,
    mails: bool,
) -> Result<(), RecordsError> {
    if mails {
        tell(connection, id, MailKind::PasswordChanged)?;
    }
    changed(
        diesel::update(accounts::table.find(id)).set(accounts::password.eq(password)).execute(connection)?,
    )?;
    end_others(connection, id, session)
}

/// As [`Store::set_email`].
pub(super) fn change_email(
    connection: &mut DbConnection,
    id: i64,
    email: &str,
    email_key: &str,
    session: Option<i64>,
) -> Result<(), RecordsError> {
    let own: i64 = accounts::table
        .filter(accounts::id.eq(id).and(accounts::email_key.eq(email_key)))
        .count()
        .get_result(connection)?;
    if own == 0 {
        refuse_taken(connection, email_key)?;
    }
    changed(
        diesel::update(accounts::table.find(id))
            .set((accounts::email.eq(email), accounts::email_key.eq(email_key)))
            .execute(connection)?,
    )?;
    end_others(connection, id, session)
}

/// Stores an account with its recovery codes, and returns its two ids.
pub fn insert(connection: &mut DbConnection, new: &NewAccount) -> Result<(i64, String), RecordsError> {
    refuse_taken(connection, &new.email_key)?;
    let random_id = nonce();
    diesel::insert_into(accounts::table)
        .values((
            accounts::random_id.eq(&random_id),
            accounts::email.eq(without_nul(&new.email)),
            accounts::email_key.eq(&new.email_key),
            accounts::password.eq(&new.password),
            accounts::role.eq(new.role.as_str()),
            accounts::created_at.eq(timestamp(Utc::now())),
        ))
        .execute(connection)?;
    let id: i64 =
        accounts::table.filter(accounts::random_id.eq(&random_id)).select(accounts::id).first(connection)?;
    codes::replace(connection, id, &new.codes)?;
    Ok((id, random_id))
}

fn refuse_taken(connection: &mut DbConnection, email_key: &str) -> Result<(), RecordsError> {
    let taken: i64 =
        accounts::table.filter(accounts::email_key.eq(email_key)).count().get_result(connection)?;
    if taken == 0 { Ok(()) } else { Err(Conflict::AddressTaken.into()) }
}
