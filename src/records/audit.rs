//! What administrators did: a log to which rows are only added, for a year. This is the only module that writes it, and
//! triggers of the database refuse what it does not do.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::prelude::*;

use super::columns::{corrupt, timestamp, without_nul};
use super::connection::DbConnection;
use super::error::RecordsError;
use super::schema::audit_log as log;
use super::store::Store;

/// Days for which a row is kept.
pub const AUDIT_DAYS_KEPT: i64 = 365;

/// The longest subject in characters.
const LONGEST_SUBJECT: usize = 500;

/// What an administrator did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    LogIn,
    /// At the command line: made somebody an administrator, or a new link for one.
    MakeAdministrator,
    Invite,
    IssueLink,
    Disable,
    Enable,
    Remove,
    TryAgain,
    DeleteAll,
    Export,
    SetPolicy,
    SetSize,
    RemoveServer,
}

impl Act {
    pub const ALL: [Act; 13] = [
        Act::LogIn,
        Act::MakeAdministrator,
        Act::Invite,
        Act::IssueLink,
        Act::Disable,
        Act::Enable,
        Act::Remove,
        Act::TryAgain,
        Act::DeleteAll,
        Act::Export,
        Act::SetPolicy,
        Act::SetSize,
        Act::RemoveServer,
    ];

    /// The column's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Act::LogIn => "log in",
            Act::MakeAdministrator => "make administrator",
            Act::Invite => "invite",
            Act::IssueLink => "issue recovery link",
            Act::Disable => "disable account",
            Act::Enable => "enable account",
            Act::Remove => "remove account",
            Act::TryAgain => "try again",
            Act::DeleteAll => "delete all data",
            Act::Export => "export",
            Act::SetPolicy => "set policy",
            Act::SetSize => "set number of servers",
            Act::RemoveServer => "remove server",
        }
    }

    /// The act with this name.
    pub fn parse(text: &str) -> Option<Act> {
        Act::ALL.into_iter().find(|act| act.as_str() == text)
    }
}

/// An act that is to be noted.
#[derive(Clone, Debug)]
pub struct Audited {
    act: Act,
    actor: String,
    subject: String,
}

impl Audited {
    /// An act of the account with this random id. The subject is the random id of an account or a short text, and never an
    /// address.
    pub fn by(random_id: &str, act: Act, subject: impl Into<String>) -> Audited {
        Audited { act, actor: random_id.to_owned(), subject: subject.into() }
    }

    /// An act of whoever may use the database's address.
    pub fn at_command_line(act: Act, subject: impl Into<String>) -> Audited {
        Audited { act, actor: "command line".to_owned(), subject: subject.into() }
    }
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    pub id: i64,
    pub at: DateTime<Utc>,
    pub act: Act,
    /// The random id of an account, or "command line".
    pub actor: String,
    pub subject: String,
}

/// Adds a row, in the transaction of what it says.
pub(super) fn note(connection: &mut DbConnection, audited: &Audited) -> Result<(), RecordsError> {
    let subject: String = without_nul(&audited.subject).chars().take(LONGEST_SUBJECT).collect();
    diesel::insert_into(log::table)
        .values((
            log::at.eq(timestamp(Utc::now())),
            log::act.eq(audited.act.as_str()),
            log::actor.eq(&audited.actor),
            log::subject.eq(subject),
        ))
        .execute(connection)?;
    Ok(())
}

type Columns = (i64, NaiveDateTime, String, String, String);

impl Store {
    /// Notes an act that changes nothing in the database.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn audit(&self, audited: Audited) -> Result<(), RecordsError> {
        self.write(move |connection| note(connection, &audited)).await
    }

    /// At most `limit` rows, the newest first, of those with a smaller id than `before`; of one kind of act, or of all.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn audit_before(
        &self,
        act: Option<Act>,
        before: i64,
        limit: usize,
    ) -> Result<Vec<AuditRow>, RecordsError> {
        let rows: Vec<Columns> = self
            .read(move |connection| {
                let rows = log::table
                    .filter(log::id.lt(before))
                    .order(log::id.desc())
                    .limit(i64::try_from(limit).unwrap_or(i64::MAX));
                Ok(match act {
                    Some(act) => rows.filter(log::act.eq(act.as_str())).load(connection)?,
                    None => rows.load(connection)?,
                })
            })
            .await?;
        rows.into_iter().map(read).collect()
    }

    /// At most `limit` rows with a larger id than `after`, the oldest first.
    pub(super) async fn audit_after(&self, after: i64, limit: i64) -> Result<Vec<AuditRow>, RecordsError> {
        let rows: Vec<Columns> = self
            .read(move |connection| {
                Ok(log::table.filter(log::id.gt(after)).order(log::id).limit(limit).load(connection)?)
            })
            .await?;
        rows.into_iter().map(read).collect()
    }

    /// Deletes what is older than a year.
    pub(super) async fn expire_audit(&self, now: DateTime<Utc>) -> Result<(), RecordsError> {
        let limit = timestamp(now - TimeDelta::days(AUDIT_DAYS_KEPT));
        // A read first, so that a database without such rows is not written to.
        let old: Option<i64> = self
            .read(move |connection| {
                Ok(log::table.filter(log::at.le(limit)).select(log::id).first(connection).optional()?)
            })
            .await?;
        if old.is_none() {
            return Ok(());
        }
        self.write(move |connection| {
            diesel::delete(log::table.filter(log::at.le(limit))).execute(connection)?;
            Ok(())
        })
        .await
    }
}

fn read((id, at, act, actor, subject): Columns) -> Result<AuditRow, RecordsError> {
    let act = Act::parse(&act).ok_or_else(|| corrupt(id, "act", format!("{act:?} is no act")))?;
    Ok(AuditRow { id, at: at.and_utc(), act, actor, subject })
}
