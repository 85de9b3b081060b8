//! Takes mails from the outbox to send them. Several servers may do so at once: each mail is held by one of them for a while.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::kind::{INVITATION_LIFETIME, LINK_LIFETIME, MailKind};
use crate::records::accounts::NewLink;
use crate::records::columns::{corrupt, delta, timestamp};
use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;
use crate::records::keys::LinkToken;
use crate::records::schema::{accounts, outbox, registrations};
use crate::records::store::Store;

/// What a mail says.
#[derive(Clone, Debug)]
pub enum MailMessage {
    /// The link makes the account that somebody wants.
    Confirm(LinkToken),
    /// Somebody wants an account with an address that has one.
    Registered,
    /// The link sets a password, as somebody asked for.
    Recover(LinkToken),
    /// The link sets the first password of an account that an administrator made.
    Invite(LinkToken),
    /// The link sets a password. An administrator issued it.
    RecoveryLink(LinkToken),
    /// The link makes this the address of an account.
    ConfirmEmail(LinkToken),
    /// Somebody wants this to be the address of their account, and another account has it.
    EmailTaken,
    PasswordChanged,
    EmailChanged,
}

/// A mail that this server may send until it has to give it back.
#[derive(Clone)]
pub struct TakenMail {
    pub id: i64,
    /// Counted with this one.
    pub attempts: i32,
    pub to: String,
    /// Random; the same at every attempt, so that mail programs recognize a mail that was sent twice.
    pub message_id: String,
    pub says: MailMessage,
}

impl std::fmt::Debug for TakenMail {
    /// Addresses must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TakenMail").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What became of an attempt to take a mail.
enum Taken {
    /// Another server was faster.
    Lost,
    /// There is nothing to be said to this address, and the mail is deleted.
    Nothing,
    Mail(TakenMail),
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
struct Row {
    id: i64,
    kind: String,
    account_id: Option<i64>,
    email: String,
    email_key: String,
    password: Option<String>,
    message_id: String,
    attempts: i32,
}

impl Store {
    /// Takes the mail that has waited longest, and makes its link. No other server takes it until `hold` is over. `None` if none
    /// is due.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn take_mail(
        &self,
        now: DateTime<Utc>,
        hold: Duration,
    ) -> Result<Option<TakenMail>, RecordsError> {
        let until = timestamp(now + delta(hold));
        let now = timestamp(now);
        loop {
            // A read first, so that a database without mails is not written to.
            let due: Option<i64> = self
                .read(move |connection| {
                    Ok(outbox::table
                        .filter(outbox::next_at.le(now).and(outbox::expires_at.gt(now)))
                        .order((outbox::next_at, outbox::id))
                        .select(outbox::id)
                        .first(connection)
                        .optional()?)
                })
                .await?;
            let Some(id) = due else { return Ok(None) };
            let taken = self
                .write(move |connection| {
                    let row: Option<Row> =
                        outbox::table.find(id).select(Row::as_select()).first(connection).optional()?;
                    let Some(row) = row else { return Ok(Taken::Lost) };
                    let same = outbox::id.eq(id).and(outbox::attempts.eq(row.attempts));
                    let held = diesel::update(outbox::table.filter(same).filter(outbox::next_at.le(now)))
                        .set((outbox::attempts.eq(row.attempts + 1), outbox::next_at.eq(until)))
                        .execute(connection)?;
                    if held == 0 { Ok(Taken::Lost) } else { open(connection, row) }
                })
                .await?;
            if let Taken::Mail(mail) = taken {
                return Ok(Some(mail));
            }
        }
    }

    /// Deletes a mail that was sent, unless another server has it by now.
    pub async fn mail_sent(&self, mail: &TakenMail) -> Result<(), RecordsError> {
        let (id, attempts) = (mail.id, mail.attempts);
        self.erase(move |connection| {
            diesel::delete(outbox::table.filter(outbox::id.eq(id).and(outbox::attempts.eq(attempts))))
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    /// Notes why a mail was not sent, and gives it back for the time after `pause`. `reason` must not contain addresses.
    pub async fn mail_failed(
        &self,
        mail: &TakenMail,
        reason: String,
        now: DateTime<Utc>,
        pause: Duration,
    ) -> Result<(), RecordsError> {
        let (id, attempts) = (mail.id, mail.attempts);
        let next = timestamp(now + delta(pause));
        let now = timestamp(now);
        self.write(move |connection| {
            diesel::update(outbox::table.filter(outbox::id.eq(id).and(outbox::attempts.eq(attempts))))
                .set((outbox::next_at.eq(next), outbox::failed_at.eq(now), outbox::reason.eq(&reason)))
                .execute(connection)?;
            Ok(())
        })
        .await
    }
}

/// Makes what a mail says, with its link. Deletes the mail if there is nothing to be said.
fn open(connection: &mut DbConnection, row: Row) -> Result<Taken, RecordsError> {
    let kind = MailKind::parse(&row.kind)
        .ok_or_else(|| corrupt(row.id, "kind", format!("{} is no kind of mail", row.kind)))?;
    match says(connection, kind, &row)? {
        Some(says) => Ok(Taken::Mail(TakenMail {
            id: row.id,
            attempts: row.attempts + 1,
            to: row.email,
            message_id: row.message_id,
            says,
        })),
        None => {
            diesel::delete(outbox::table.find(row.id)).execute(connection)?;
            Ok(Taken::Nothing)
        }
    }
}

fn says(
    connection: &mut DbConnection,
    kind: MailKind,
    row: &Row,
) -> Result<Option<MailMessage>, RecordsError> {
    let account = account(connection, row)?;
    let enabled = account.as_ref().filter(|account| !account.disabled);
    let token = LinkToken::random();
    Ok(match (kind, enabled) {
        (MailKind::Register, _) if account.is_some() => Some(MailMessage::Registered),
        (MailKind::Register, _) => {
            wait_for(connection, row, &token)?;
            Some(MailMessage::Confirm(token))
        }
        (MailKind::Recover, Some(account)) => {
            NewLink::new(&token, None, LINK_LIFETIME).add(connection, account.id)?;
            Some(MailMessage::Recover(token))
        }
        (MailKind::Invite, Some(account)) if !account.has_password => {
            NewLink::new(&token, None, INVITATION_LIFETIME).add(connection, account.id)?;
            Some(MailMessage::Invite(token))
        }
        (MailKind::RecoveryLink, Some(account)) => {
            NewLink::new(&token, None, LINK_LIFETIME).add(connection, account.id)?;
            Some(MailMessage::RecoveryLink(token))
        }
        (MailKind::ConfirmEmail, Some(account)) => {
            if is_taken(connection, &row.email_key, account.id)? {
                return Ok(Some(MailMessage::EmailTaken));
            }
            NewLink::new(&token, Some(row.email.clone()), LINK_LIFETIME).add(connection, account.id)?;
            Some(MailMessage::ConfirmEmail(token))
        }
        (MailKind::PasswordChanged, _) => Some(MailMessage::PasswordChanged),
        (MailKind::EmailChanged, _) => Some(MailMessage::EmailChanged),
        (MailKind::Recover | MailKind::Invite | MailKind::RecoveryLink | MailKind::ConfirmEmail, _) => None,
    })
}

/// The account that a mail is about.
struct Found {
    id: i64,
    disabled: bool,
    has_password: bool,
}

fn account(connection: &mut DbConnection, row: &Row) -> Result<Option<Found>, RecordsError> {
    let columns = (accounts::id, accounts::disabled, accounts::password.is_not_null());
    let found: Option<(i64, bool, bool)> = match row.account_id {
        Some(id) => accounts::table.find(id).select(columns).first(connection).optional()?,
        None => accounts::table
            .filter(accounts::email_key.eq(&row.email_key))
            .select(columns)
            .first(connection)
            .optional()?,
    };
    Ok(found.map(|(id, disabled, has_password)| Found { id, disabled, has_password }))
}

fn is_taken(
    connection: &mut DbConnection,
    email_key: &str,
    by_other_than: i64,
) -> Result<bool, RecordsError> {
    let others = accounts::email_key.eq(email_key).and(accounts::id.ne(by_other_than));
    let taken: i64 = accounts::table.filter(others).count().get_result(connection)?;
    Ok(taken > 0)
}

/// Stores who waits for the link with this token.
fn wait_for(connection: &mut DbConnection, row: &Row, token: &LinkToken) -> Result<(), RecordsError> {
    let password = row.password.as_ref().ok_or_else(|| corrupt(row.id, "password", "it is missing"))?;
    diesel::insert_into(registrations::table)
        .values((
            registrations::token_hash.eq(token.hash()),
            registrations::email.eq(&row.email),
            registrations::email_key.eq(&row.email_key),
            registrations::password.eq(password),
            registrations::expires_at.eq(timestamp(Utc::now() + delta(LINK_LIFETIME))),
        ))
        .execute(connection)?;
    Ok(())
}
