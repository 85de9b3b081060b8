//! Errors, distinguished by what the caller can do: try again later, tell the visitor, or report a bug.

use std::error::Error as StdError;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// Why an operation on the records failed.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// The same operation may succeed later. With [`Unavailability::TimedOut`] and [`Unavailability::Lost`], a change
    /// may have been made despite the error.
    #[error("{why}")]
    Unavailable {
        why: Unavailability,
        /// The error of the database or its driver.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The state of a draft or a result does not allow the operation.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The key opens no row.
    #[error("there is no such {0}")]
    Missing(Thing),
    /// The values break a rule of this module.
    #[error("not storable: {0}")]
    Invalid(&'static str),
    /// A column holds a value that this program never writes.
    #[error("record {id} holds an unreadable {column}")]
    Corrupt {
        id: i64,
        column: &'static str,
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The database refused a query that it should have accepted: a bug.
    #[error("the database refused a query")]
    Query(#[source] DieselError),
    /// A database task panicked: a bug. Its transaction was rolled back.
    #[error("a database task ended in a panic")]
    Panicked,
}

/// Why the database is unavailable. The messages are shown on `/ready`, so they name no host and no user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailability {
    /// No connection could be opened in time.
    #[error("the database does not answer")]
    NoConnection,
    /// A connection broke during the operation.
    #[error("the connection to the database was lost")]
    Lost,
    /// Too many operations wait for the database.
    #[error("the database is busy")]
    Busy,
    /// The operation did not end in time.
    #[error("the database took too long")]
    TimedOut,
    /// The database answered with an error that may be temporary: locked, read-only, out of space, its own timeout.
    #[error("the database could not carry out the operation")]
    Refused,
    /// The disk has less free space than the settings require.
    #[error("the disk of the database is nearly full")]
    NoSpace,
    /// The SQLite file was removed, or another was put in its place.
    #[error("the database file was removed or replaced while the server ran; restart it")]
    Replaced,
    /// The database cannot store every character.
    #[error("the database cannot hold every character")]
    Characters,
    /// The tables are not what this program expects, or not yet.
    #[error("the database's migrations have not been run")]
    SchemaBehind,
}

/// Which state does not allow an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// [`super::DraftKey::owner_key`] opens its result.
    #[error("this draft was already sent")]
    DraftSubmitted,
    #[error("this draft was sent and its result deleted")]
    DraftDeleted,
    /// An answer was saved after the submission was composed: load the draft and compose again.
    #[error("the draft's answers changed meanwhile")]
    DraftChanged,
    /// Another account has this email address.
    #[error("another account has this address")]
    AddressTaken,
    /// An administrator acts on their own account.
    #[error("this is the administrator's own account")]
    OwnAccount,
    /// Without this account nobody could administrate.
    #[error("this is the last administrator who can log in")]
    LastAdministrator,
    /// Whoever acts was disabled or removed meanwhile.
    #[error("whoever acts is no administrator any more")]
    NotAdministrator,
    /// A disabled account takes no link.
    #[error("the account is disabled")]
    Disabled,
    /// Only a finished result can be shared.
    #[error("the result is not finished")]
    NotFinished,
}

/// What a key should open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Thing {
    /// It was never opened, was deleted or has expired.
    #[error("draft")]
    Draft,
    /// It was never stored, was deleted, or is no longer shared.
    #[error("result")]
    Result,
    /// It was never made, or was deleted.
    #[error("account")]
    Account,
}

impl RecordsError {
    pub(super) fn unavailable(
        why: Unavailability,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> RecordsError {
        RecordsError::Unavailable { why, source: Some(source.into()) }
    }

    /// Whether this transaction conflicted with another one and can be run again.
    pub(super) fn is_race(&self) -> bool {
        matches!(
            self,
            RecordsError::Query(DieselError::DatabaseError(
                DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::SerializationFailure,
                _
            ))
        )
    }

    /// Whether the disk is too full to store anything new.
    pub fn is_no_space(&self) -> bool {
        matches!(self, RecordsError::Unavailable { why: Unavailability::NoSpace, .. })
    }

    /// Whether a change may have been made despite the error.
    pub fn is_ambiguous(&self) -> bool {
        match self {
            RecordsError::Unavailable { why, .. } => !matches!(
                why,
                Unavailability::NoConnection
                    | Unavailability::Busy
                    | Unavailability::NoSpace
                    | Unavailability::Replaced
                    | Unavailability::SchemaBehind
            ),
            RecordsError::Query(_) | RecordsError::Panicked => true,
            RecordsError::Conflict(_)
            | RecordsError::Missing(_)
            | RecordsError::Invalid(_)
            | RecordsError::Corrupt { .. } => false,
        }
    }

    /// Whether the same operation may succeed later.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, RecordsError::Unavailable { .. })
    }
}

impl From<DieselError> for RecordsError {
    fn from(error: DieselError) -> RecordsError {
        use DatabaseErrorKind as Kind;
        let why = match &error {
            DieselError::DatabaseError(Kind::ClosedConnection | Kind::UnableToSendCommand, _)
            | DieselError::BrokenTransactionManager => Unavailability::Lost,
            DieselError::DatabaseError(Kind::ReadOnlyTransaction, _) => Unavailability::Refused,
            // The queries are fixed, so an error of no particular kind has an outside cause: a lock or statement that
            // timed out, a full disk, a server that is shutting down. The source says which.
            DieselError::DatabaseError(Kind::Unknown, _) => Unavailability::Refused,
            DieselError::RollbackErrorOnCommit { .. } => Unavailability::Lost,
            _ => return RecordsError::Query(error),
        };
        RecordsError::unavailable(why, error)
    }
}
