//! Mails that wait to be sent. A row says what the mail is about and to whom it goes; its text and its link are made when it is
//! sent.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::kind::MailKind;
use crate::records::columns::{delta, timestamp, without_nul};
use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;
use crate::records::keys::nonce;
use crate::records::schema::{accounts, outbox, registrations};
use crate::records::store::Store;

/// A mail to be stored.
#[derive(Clone, Debug)]
pub struct NewMail {
    pub kind: MailKind,
    /// `None` while it is open whether the address has an account.
    pub account: Option<i64>,
    pub email: String,
    /// In lower case.
    pub email_key: String,
    /// The hash of the password of somebody who wants an account.
    pub password: Option<String>,
}

/// The mails that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    pub waiting: i64,
    /// When the last attempt at one of them failed, and why, without addresses.
    pub failed: Option<(DateTime<Utc>, String)>,
}

impl Store {
    /// Notes that somebody wants an account: a mail asks them to confirm the address. Whether it has an account is looked up when
    /// the mail is sent, so that the time until then says nothing about it.
    pub async fn ask_registration(
        &self,
        email: String,
        email_key: String,
        password: String,
    ) -> Result<(), RecordsError> {
        let password = Some(password);
        let mail = NewMail { kind: MailKind::Register, account: None, email, email_key, password };
        self.add(move |connection| put(connection, &mail)).await
    }

    /// Notes that somebody wants to get into the account with this address, if there is one: a mail has a link. Looked up as in
    /// [`Store::ask_registration`].
    pub async fn ask_recovery(&self, email: String, email_key: String) -> Result<(), RecordsError> {
        let mail = NewMail { kind: MailKind::Recover, account: None, email, email_key, password: None };
        self.add(move |connection| put(connection, &mail)).await
    }

    /// Notes that an account is to have this address: a mail asks to confirm it. It replaces an address that was not confirmed.
    pub async fn ask_new_email(
        &self,
        account: i64,
        email: String,
        email_key: String,
    ) -> Result<(), RecordsError> {
        let kind = MailKind::ConfirmEmail;
        let mail = NewMail { kind, account: Some(account), email, email_key, password: None };
        self.add(move |connection| {
            diesel::delete(outbox::table)
                .filter(outbox::account_id.eq(account).and(outbox::kind.eq(kind.as_str())))
                .execute(connection)?;
            put(connection, &mail)
        })
        .await
    }

    /// The mails that wait.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn outbox(&self, now: DateTime<Utc>) -> Result<Outbox, RecordsError> {
        let now = timestamp(now);
        self.read(move |connection| {
            let waiting = outbox::table.filter(outbox::expires_at.gt(now)).count().get_result(connection)?;
            let failed: Option<(Option<NaiveDateTime>, Option<String>)> = outbox::table
                .filter(outbox::expires_at.gt(now).and(outbox::failed_at.is_not_null()))
                .order(outbox::failed_at.desc())
                .select((outbox::failed_at, outbox::reason))
                .first(connection)
                .optional()?;
            let failed = failed.and_then(|(at, reason)| Some((at?.and_utc(), reason?)));
            Ok(Outbox { waiting, failed })
        })
        .await
    }

    /// Deletes mails that could not be sent in time, and registrations that nobody confirmed. Returns the number of mails.
    pub(in crate::records) async fn expire_mails(&self, now: DateTime<Utc>) -> Result<usize, RecordsError> {
        let now = timestamp(now);
        // A read first, so that a database without such rows is not written to.
        let any = self
            .read(move |connection| {
                let mails: i64 =
                    outbox::table.filter(outbox::expires_at.le(now)).count().get_result(connection)?;
                let expired = registrations::table.filter(registrations::expires_at.le(now));
                let unconfirmed: i64 = expired.count().get_result(connection)?;
                Ok(mails + unconfirmed)
            })
            .await?;
        if any == 0 {
            return Ok(0);
        }
        self.erase(move |connection| {
            diesel::delete(registrations::table.filter(registrations::expires_at.le(now)))
                .execute(connection)?;
            Ok(diesel::delete(outbox::table.filter(outbox::expires_at.le(now))).execute(connection)?)
        })
        .await
    }
}

/// Stores a mail.
pub fn put(connection: &mut DbConnection, mail: &NewMail) -> Result<(), RecordsError> {
    let now = Utc::now();
    diesel::insert_into(outbox::table)
        .values((
            outbox::kind.eq(mail.kind.as_str()),
            outbox::account_id.eq(mail.account),
            outbox::email.eq(without_nul(&mail.email)),
            outbox::email_key.eq(&mail.email_key),
            outbox::password.eq(&mail.password),
            outbox::message_id.eq(nonce()),
            outbox::expires_at.eq(timestamp(now + delta(mail.kind.lifetime()))),
            outbox::next_at.eq(timestamp(now)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Stores a mail to the present address of an account. Nobody is told anything while the account has no password.
pub fn tell(connection: &mut DbConnection, account: i64, kind: MailKind) -> Result<(), RecordsError> {
    let found: Option<(String, String)> = accounts::table
        .filter(accounts::id.eq(account).and(accounts::password.is_not_null()))
        .select((accounts::email, accounts::email_key))
        .first(connection)
        .optional()?;
    let Some((email, email_key)) = found else { return Ok(()) };
    put(connection, &NewMail { kind, account: Some(account), email, email_key, password: None })
}

/// Deletes mails that would bring a link of an account, since all its links end.
pub fn withdraw_links(connection: &mut DbConnection, account: i64) -> Result<(), RecordsError> {
    let kinds = MailKind::WITH_LINKS.map(MailKind::as_str);
    diesel::delete(outbox::table)
        .filter(outbox::account_id.eq(account).and(outbox::kind.eq_any(kinds)))
        .execute(connection)?;
    Ok(())
}

/// Deletes what people without an account asked for.
pub fn erase_strangers(connection: &mut DbConnection) -> Result<(), RecordsError> {
    diesel::delete(registrations::table).execute(connection)?;
    diesel::delete(outbox::table.filter(outbox::account_id.is_null())).execute(connection)?;
    Ok(())
}
