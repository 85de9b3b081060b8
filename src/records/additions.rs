//! What an owner adds to a result afterwards: answers about interests, and a list of occupations. Each can be deleted
//! on its own.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::columns::typed;
use super::connection::DbConnection;
use super::error::{RecordsError, Thing};
use super::keys::OwnerKey;
use super::schema::personality_records::{self as records, dsl};
use super::schema::result_additions as additions;
use super::store::Store;
use crate::personality::InterestScores;

/// What the owner of a result likes to do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Interests {
    /// From 1 (dislike) to 5 (enjoy), by the activity's id.
    pub answers: BTreeMap<String, u8>,
    /// None if a scale has too few answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<InterestScores>,
}

/// Everything that an owner added to one result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Additions {
    pub interests: Option<Interests>,
    /// The scores on the share link's page: none unless the owner chose to show them.
    pub shared_interests: Option<InterestScores>,
    /// SOC codes of the occupations on the result's shortlist, the oldest first.
    pub shortlist: Vec<String>,
    pub research: Research,
}

/// What the owner of a result gives to research.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Research {
    /// The ratings, and the levels that follow from them.
    pub ratings: bool,
    /// The written answers.
    pub answers: bool,
}

/// The columns as stored.
type Columns = (Option<String>, Option<String>, Option<String>, bool, bool);

/// The additions to a record.
pub(super) fn of_record(connection: &mut DbConnection, id: i64) -> Result<Additions, RecordsError> {
    let row: Option<Columns> = additions::table
        .find(id)
        .select((
            additions::interests,
            additions::shared_interests,
            additions::shortlist,
            additions::research_ratings,
            additions::research_answers,
        ))
        .first(connection)
        .optional()?;
    let Some((interests, shared, shortlist, ratings, answers)) = row else { return Ok(Additions::default()) };
    Ok(Additions {
        interests: typed(id, "interests", interests)?,
        shared_interests: typed(id, "shared_interests", shared)?,
        shortlist: typed(id, "shortlist", shortlist)?.unwrap_or_default(),
        research: Research { ratings, answers },
    })
}

/// The scores that a record's share link shows. Loads nothing else.
pub(super) fn shared_interests(
    connection: &mut DbConnection,
    id: i64,
) -> Result<Option<InterestScores>, RecordsError> {
    let shared: Option<Option<String>> =
        additions::table.find(id).select(additions::shared_interests).first(connection).optional()?;
    typed(id, "shared_interests", shared.flatten())
}

impl Store {
    /// Stores the answers and replaces earlier ones. A share link that shows the scores shows the new ones from now on.
    ///
    /// # Errors
    /// [`RecordsError::Missing`] if there is no such record.
    pub async fn save_interests(&self, key: &OwnerKey, interests: &Interests) -> Result<(), RecordsError> {
        let hash = key.hash();
        let all = as_text(interests)?;
        let scores = interests.measured.as_ref().map(as_text).transpose()?;
        self.add(move |connection| {
            let id = row_of(connection, &hash)?;
            diesel::update(additions::table.find(id))
                .set(additions::interests.eq(&all))
                .execute(connection)?;
            diesel::update(additions::table.find(id))
                .filter(additions::shared_interests.is_not_null())
                .set(additions::shared_interests.eq(&scores))
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    /// Sets whether the share link shows the scores. Without a share link, or without scores, nothing is shown.
    ///
    /// # Errors
    /// [`RecordsError::Missing`] if there is no such record.
    pub async fn share_interests(&self, key: &OwnerKey, shown: bool) -> Result<(), RecordsError> {
        let hash = key.hash();
        self.write(move |connection| {
            let id = row_of(connection, &hash)?;
            let linked: Option<String> =
                records::table.find(id).select(dsl::share_nonce).first(connection)?;
            let scores = of_record(connection, id)?.interests.and_then(|interests| interests.measured);
            let scores = scores.filter(|_| shown && linked.is_some());
            let scores = scores.as_ref().map(as_text).transpose()?;
            diesel::update(additions::table.find(id))
                .set(additions::shared_interests.eq(scores))
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    /// Deletes answers and scores permanently; the result stays. Returns whether there were any.
    pub async fn delete_interests(&self, key: &OwnerKey) -> Result<bool, RecordsError> {
        let hash = key.hash();
        self.erase(move |connection| {
            let id: Option<i64> = records::table
                .filter(dsl::owner_key_hash.eq(&hash))
                .select(dsl::id)
                .first(connection)
                .optional()?;
            let Some(id) = id else { return Ok(false) };
            let erased = diesel::update(additions::table.find(id))
                .filter(additions::interests.is_not_null())
                .set((
                    additions::interests.eq(None::<String>),
                    additions::shared_interests.eq(None::<String>),
                ))
                .execute(connection)?;
            Ok(erased > 0)
        })
        .await
    }

    /// Changes the list of occupations and returns it. Simultaneous changes do not overwrite each other.
    ///
    /// # Errors
    /// [`RecordsError::Missing`] if there is no such record.
    pub async fn change_shortlist(
        &self,
        key: &OwnerKey,
        change: impl Fn(&mut Vec<String>) + Send + 'static,
    ) -> Result<Vec<String>, RecordsError> {
        let hash = key.hash();
        self.add(move |connection| {
            let id = row_of(connection, &hash)?;
            let mut codes = of_record(connection, id)?.shortlist;
            change(&mut codes);
            let kept = if codes.is_empty() { None } else { Some(as_text(&codes)?) };
            diesel::update(additions::table.find(id))
                .set(additions::shortlist.eq(kept))
                .execute(connection)?;
            Ok(codes)
        })
        .await
    }
}

/// The id of a record, after making sure that its additions have a row. Holds the record's lock until the end of the
/// transaction, so that simultaneous changes run one after the other.
pub(super) fn row_of(connection: &mut DbConnection, owner_key_hash: &str) -> Result<i64, RecordsError> {
    let of_owner = dsl::owner_key_hash.eq(owner_key_hash);
    // Whoever adds to a record has its key, so that it is claimed. This also locks the row.
    diesel::update(records::table.filter(of_owner))
        .set(dsl::unclaimed_until.eq(None::<NaiveDateTime>))
        .execute(connection)?;
    let id: Option<i64> = records::table.filter(of_owner).select(dsl::id).first(connection).optional()?;
    let id = id.ok_or(RecordsError::Missing(Thing::Result))?;
    let rows: i64 = additions::table.filter(additions::record_id.eq(id)).count().get_result(connection)?;
    if rows == 0 {
        diesel::insert_into(additions::table).values(additions::record_id.eq(id)).execute(connection)?;
    }
    Ok(id)
}

fn as_text(value: &impl Serialize) -> Result<String, RecordsError> {
    serde_json::to_string(value).map_err(|_| RecordsError::Invalid("an addition cannot be written as JSON"))
}
