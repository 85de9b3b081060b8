//! What can go wrong with the records, told apart by what the caller can do about it: wait and try again, tell the
//! visitor, or report a fault.

use std::error::Error as StdError;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// Why an operation on the records did not happen.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// The database could not do it now; the same may succeed later. When the reason is
    /// [`Unavailability::TimedOut`] or [`Unavailability::Lost`], a change may have been made all the same.
    #[error("{why}")]
    Unavailable {
        /// What kept the database from answering.
        why: Unavailability,
        /// What the database or its driver said.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The state of a draft or a result forbids it.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// There is no such row, or none that this key opens.
    #[error("there is no such {0}")]
    Missing(Thing),
    /// The caller's values break a rule of the records.
    #[error("not storable: {0}")]
    Invalid(&'static str),
    /// A row holds what this program never wrote.
    #[error("record {id} holds an unreadable {column}")]
    Corrupt {
        /// The row's number.
        id: i64,
        /// The column's name.
        column: &'static str,
        /// What the parser said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The database refused a query that it should have taken: a fault of ours.
    #[error("the database refused a query")]
    Query(#[source] DieselError),
    /// A database task panicked: a fault of ours. Its transaction was rolled back.
    #[error("a database task ended in a panic")]
    Panicked,
}

/// What kept the database from answering. The sentences are fit for `/ready`: they name no host and no user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailability {
    /// No connection could be opened in time.
    #[error("the database does not answer")]
    NoConnection,
    /// A connection broke while it was used.
    #[error("the connection to the database was lost")]
    Lost,
    /// More is asked of the database than it does in time.
    #[error("the database is busy")]
    Busy,
    /// The answer did not come in time.
    #[error("the database took too long")]
    TimedOut,
    /// The database answered, but could not do it: locked, read-only, out of space, a time-out of its own.
    #[error("the database could not carry it out")]
    Refused,
    /// The tables are not (or not yet) what this program expects.
    #[error("the database's migrations have not been run")]
    SchemaBehind,
}

/// What a state forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// The draft was sent already; its result stands under [`super::DraftKey::owner_key`].
    #[error("this draft was already sent")]
    DraftSubmitted,
    /// The draft was sent, and its result deleted since.
    #[error("this draft was sent and its result deleted")]
    DraftDeleted,
    /// An answer was saved after the submission was composed: load the draft again and compose anew.
    #[error("the draft's answers changed meanwhile")]
    DraftChanged,
    /// A result that is not finished cannot be shared.
    #[error("the result is not finished")]
    NotFinished,
}

/// What was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Thing {
    /// A draft: never opened, forgotten or expired.
    #[error("draft")]
    Draft,
    /// A result: never stored, deleted, or no longer shared.
    #[error("result")]
    Result,
}

impl RecordsError {
    /// Unavailable, with what the driver said.
    pub(super) fn unavailable(
        why: Unavailability,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> RecordsError {
        RecordsError::Unavailable { why, source: Some(source.into()) }
    }

    /// Whether two transactions got into each other's way, so that running this one again is the cure.
    pub(super) fn is_race(&self) -> bool {
        matches!(
            self,
            RecordsError::Query(DieselError::DatabaseError(
                DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::SerializationFailure,
                _
            ))
        )
    }

    /// Whether the same may succeed later.
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
            // Our queries are fixed, so an error without a kind of its own comes from around them: a lock or a
            // statement that timed out, a full disk, a server that is shutting down. The source says which.
            DieselError::DatabaseError(Kind::Unknown, _) => Unavailability::Refused,
            DieselError::RollbackErrorOnCommit { .. } => Unavailability::Lost,
            _ => return RecordsError::Query(error),
        };
        RecordsError::unavailable(why, error)
    }
}
