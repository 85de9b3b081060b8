//! The rows of a draft's answers.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::connection::DbConnection;
use super::error::RecordsError;
use super::schema::draft_answers;

/// A draft with fewer answers has hardly begun.
const BEGUN_FIELDS: i64 = 5;
/// Fields whose names begin like this are not answers: the site keeps times in them.
const NO_ANSWERS: &str = "spent-%";

/// An answer as a draft holds it.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = draft_answers)]
pub(super) struct Held {
    pub field: String,
    pub value: String,
    /// When it was saved; `None` if an older release saved it.
    pub saved_at: Option<NaiveDateTime>,
}

/// Adds answers to a draft that has none in these fields.
pub(super) fn insert(
    connection: &mut DbConnection,
    draft: i64,
    answers: &[Held],
) -> Result<(), RecordsError> {
    if answers.is_empty() {
        return Ok(());
    }
    let row = |answer: &Held| {
        (
            draft_answers::draft_id.eq(draft),
            draft_answers::field.eq(answer.field.clone()),
            draft_answers::value.eq(answer.value.clone()),
            draft_answers::saved_at.eq(answer.saved_at),
        )
    };
    let rows: Vec<_> = answers.iter().map(row).collect();
    let insert = diesel::insert_into(draft_answers::table).values(rows);
    // diesel's MultiConnection cannot insert several rows in one statement.
    match connection {
        DbConnection::Postgres(c) => insert.execute(c)?,
        DbConnection::Sqlite(c) => insert.execute(c)?,
    };
    Ok(())
}

/// The answers of a draft.
pub(super) fn of_draft(connection: &mut DbConnection, draft: i64) -> Result<Vec<Held>, RecordsError> {
    Ok(draft_answers::table
        .filter(draft_answers::draft_id.eq(draft))
        .select(Held::as_select())
        .load(connection)?)
}

/// Whether so much of a draft is answered that losing it would cost more than a minute.
pub(super) fn has_begun(connection: &mut DbConnection, draft: i64) -> Result<bool, RecordsError> {
    let answers: i64 = draft_answers::table
        .filter(draft_answers::draft_id.eq(draft).and(draft_answers::field.not_like(NO_ANSWERS)))
        .count()
        .get_result(connection)?;
    Ok(answers >= BEGUN_FIELDS)
}
