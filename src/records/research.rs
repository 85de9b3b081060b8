//! What owners give to research: their choice, and what an export reads.

use chrono::{NaiveDateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

use super::additions::{self, Research};
use super::columns::typed;
use super::error::RecordsError;
use super::keys::{OwnerKey, nonce};
use super::record::Status;
use super::schema::personality_records::{self as records, dsl};
use super::schema::result_additions as added;
use super::store::Store;

/// Results on a page of an export.
const A_PAGE: i64 = 200;

/// What the owner of one result gives. What they do not give is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The record's id, for the next page only.
    pub record: i64,
    /// A random id that stands for the person.
    pub id: String,
    /// The ratings by item, as typed.
    pub ratings: Option<Value>,
    /// The levels that follow from the ratings.
    pub keyed_scores: Option<Value>,
    /// The written answers by question, as typed.
    pub answers: Option<Value>,
}

type Columns = (
    i64,
    Option<String>,
    (bool, bool),
    Option<NaiveDateTime>,
    Option<String>,
    Option<String>,
    Option<String>,
);

impl Store {
    /// Sets what the owner of a result gives to research. Giving after a withdrawal makes another random id.
    ///
    /// # Errors
    /// [`RecordsError::Missing`] if there is no such record.
    pub async fn set_research(&self, key: &OwnerKey, research: Research) -> Result<(), RecordsError> {
        let (hash, fresh) = (key.hash(), nonce());
        let gives = research.ratings || research.answers;
        let set = move |connection: &mut super::connection::DbConnection| {
            let id = additions::row_of(connection, &hash)?;
            diesel::update(added::table.find(id))
                .set((
                    added::research_ratings.eq(research.ratings),
                    added::research_answers.eq(research.answers),
                ))
                .execute(connection)?;
            let row = added::table.find(id);
            if gives {
                diesel::update(row.filter(added::research_id.is_null()))
                    .set(added::research_id.eq(&fresh))
                    .execute(connection)?;
            } else {
                diesel::update(row).set(added::research_id.eq(None::<String>)).execute(connection)?;
            }
            Ok(())
        };
        // Withdrawing works on a full disk too.
        if gives { self.add(set).await } else { self.write(set).await }
    }

    /// What owners of finished results give, from the first record after this id on. Empty at the end.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn given_after(&self, record: i64) -> Result<Vec<Given>, RecordsError> {
        let rows: Vec<Columns> = self
            .read(move |connection| {
                Ok(records::table
                    .inner_join(added::table)
                    .filter(added::research_ratings.eq(true).or(added::research_answers.eq(true)))
                    .filter(dsl::id.gt(record).and(dsl::status.eq(Status::Done.as_str())))
                    .order(dsl::id)
                    .limit(A_PAGE)
                    .select((
                        dsl::id,
                        added::research_id,
                        (added::research_ratings, added::research_answers),
                        dsl::finished_at,
                        dsl::ratings,
                        dsl::keyed_scores,
                        dsl::answers,
                    ))
                    .load(connection)?)
            })
            .await?;
        let expired = self.expired_before(Utc::now());
        let given = rows.into_iter().map(|(record, id, gives, finished, ratings, keyed_scores, answers)| {
            // A result that has expired and is not deleted yet gives nothing more.
            let current = !matches!((finished, expired), (Some(at), Some(limit)) if at <= limit);
            let only = |given: bool, column: Option<String>| column.filter(|_| given && current);
            Ok(Given {
                record,
                id: id.unwrap_or_default(),
                ratings: typed(record, "ratings", only(gives.0, ratings))?,
                keyed_scores: typed(record, "keyed_scores", only(gives.0, keyed_scores))?,
                answers: typed(record, "answers", only(gives.1, answers))?,
            })
        });
        given.collect()
    }
}
