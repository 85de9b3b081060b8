//! Texts whose senders wait at a server that reads none itself: stored by that server, read by another, and told by the first.
//!
//! Such a record is queued and unclaimed. Other servers read it only as long as its sender waits (`answer_by`) and its own
//! server renews it, so that a text whose sender or server is gone is read for nobody. From the end of its reading, or of the
//! sender's patience, it is like any other record that its client may be told about; see [`super::claim`].

use std::collections::HashMap;
use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::Deserialize;

use super::claim;
use super::finished::{Answered, OfModels, Stages};
use super::lease::{database_now, lease_end};
use super::submit::{NewRow, NewText, insert};
use crate::personality::ModelKind;
use crate::records::columns::{corrupt, delta, without_nul};
use crate::records::error::RecordsError;
use crate::records::keys::OwnerKey;
use crate::records::notice;
use crate::records::record::{Source, Status};
use crate::records::schema::personality_records::{self as records, dsl};
use crate::records::schema::waiting_senders as senders;
use crate::records::store::Store;

/// What a sender wants to know of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The careers, from a reading by both models.
    Careers,
    /// One model's labels with their probabilities.
    Labels(ModelKind),
}

impl Asked {
    /// As the column holds it.
    pub(super) fn model(self) -> Option<&'static str> {
        match self {
            Asked::Careers => None,
            Asked::Labels(kind) => Some(kind.name()),
        }
    }

    pub(super) fn parse(model: Option<&str>, record: i64) -> Result<Asked, RecordsError> {
        match model {
            None => Ok(Asked::Careers),
            Some(name) => ModelKind::parse(name)
                .map(Asked::Labels)
                .ok_or_else(|| corrupt(record, "model", format!("{name:?} is no model"))),
        }
    }
}

/// How the reading of a text ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    Read(Answered),
    /// The attempt failed, for this reason; it may be tried again.
    Failed(String),
    /// The record is no longer there.
    Gone,
}

#[derive(Insertable)]
#[diesel(table_name = senders)]
struct NewSender {
    record_id: i64,
    server: String,
    answer_by: NaiveDateTime,
    model: Option<&'static str>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = records)]
struct Outcome {
    id: i64,
    status: String,
    failures: i32,
    failure: Option<String>,
    career_data: Option<String>,
    result_mbti: Option<String>,
    result_big_five: Option<String>,
    reading: Option<String>,
}

/// The part of the column `reading` that a sender is told.
#[derive(Deserialize)]
struct Timed {
    milliseconds: Stages,
}

impl Store {
    /// Stores a text whose sender waits at `server` for at most `within`. The record is queued and unclaimed, and kept for
    /// `unclaimed` unless [`Store::renew_unclaimed`] is called. Returns its id.
    ///
    /// # Errors
    /// After an error that [`RecordsError::is_ambiguous`], the text may be stored all the same: delete it by its key.
    pub async fn ask(
        &self,
        new: NewText,
        owner_key: &OwnerKey,
        server: &str,
        asked: Asked,
        within: Duration,
        unclaimed: Duration,
    ) -> Result<i64, RecordsError> {
        let server = without_nul(server);
        let mut row = NewRow::queued(without_nul(&new.text), Source::Api, owner_key);
        self.add_for_program(move |connection| {
            let now = database_now(connection)?;
            row.unclaimed_until = Some(lease_end(now, unclaimed));
            let id = insert(connection, &row)?;
            let sender = NewSender {
                record_id: id,
                server: server.clone(),
                answer_by: now + delta(within),
                model: asked.model(),
            };
            diesel::insert_into(senders::table).values(sender).execute(connection)?;
            notice::queued(connection)?;
            Ok(id)
        })
        .await
    }

    /// Which of these records' readings have ended, and how.
    pub async fn ended(&self, asked: Vec<(i64, Asked)>) -> Result<Vec<(i64, Ended)>, RecordsError> {
        let ids: Vec<i64> = asked.iter().map(|(id, _)| *id).collect();
        let there: Vec<Outcome> = self
            .read(move |connection| {
                let these = records::table.filter(dsl::id.eq_any(ids));
                Ok(these.select(Outcome::as_select()).load(connection)?)
            })
            .await?;
        let mut there: HashMap<i64, Outcome> = there.into_iter().map(|one| (one.id, one)).collect();
        let mut found = Vec::new();
        for (id, asked) in asked {
            match there.remove(&id) {
                None => found.push((id, Ended::Gone)),
                Some(outcome) if outcome.has_ended() => found.push((id, outcome.of(asked)?)),
                Some(_unread) => {}
            }
        }
        Ok(found)
    }

    /// Notes that nobody waits for this record's reading any more, because its sender is told to come back later. Returns
    /// whether the record is still there.
    pub async fn defer(&self, record: i64) -> Result<bool, RecordsError> {
        self.write(move |connection| {
            diesel::update(senders::table.find(record))
                .set(senders::answer_by.eq(None::<NaiveDateTime>))
                .execute(connection)?;
            claim::ended(connection, record)?;
            let there: i64 = records::table.filter(dsl::id.eq(record)).count().get_result(connection)?;
            Ok(there > 0)
        })
        .await
    }

    /// Those of these records that are no longer there.
    pub async fn gone(&self, mut ids: Vec<i64>) -> Result<Vec<i64>, RecordsError> {
        let asked = ids.clone();
        let there: Vec<i64> = self
            .read(move |connection| {
                Ok(records::table.filter(dsl::id.eq_any(asked)).select(dsl::id).load(connection)?)
            })
            .await?;
        ids.retain(|id| !there.contains(id));
        Ok(ids)
    }
}

impl Outcome {
    /// Whether it was read, or an attempt failed.
    fn has_ended(&self) -> bool {
        self.failures > 0 || [Status::Done, Status::Failed].iter().any(|end| end.as_str() == self.status)
    }

    fn of(self, asked: Asked) -> Result<Ended, RecordsError> {
        if self.status != Status::Done.as_str() {
            return Ok(Ended::Failed(self.failure.unwrap_or_default()));
        }
        let (column, answer) = match asked {
            Asked::Careers => ("career_data", self.career_data),
            Asked::Labels(ModelKind::Mbti) => ("result_mbti", self.result_mbti),
            Asked::Labels(ModelKind::BigFive) => ("result_big_five", self.result_big_five),
        };
        let missing = |column| corrupt(self.id, column, "it is missing in a finished record");
        let reading = self.reading.ok_or_else(|| missing("reading"))?;
        let models: OfModels<Timed> =
            serde_json::from_str(&reading).map_err(|error| corrupt(self.id, "reading", error))?;
        let stages = models.into_iter().map(|timed| timed.milliseconds);
        Ok(Ended::Read(Answered {
            answer: answer.ok_or_else(|| missing(column))?,
            stages: Stages::slowest(stages),
        }))
    }
}

/// Senders that still wait for an answer.
#[diesel::dsl::auto_type]
pub(super) fn waiting(now: NaiveDateTime) -> _ {
    senders::table.filter(senders::answer_by.gt(now)).select(senders::record_id)
}
