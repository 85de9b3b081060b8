//! Everything that is stored, as JSON objects, a page at a time. No key, password or secret is ever in it; answers and texts
//! only if they are asked for.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use diesel::prelude::*;
use serde_json::{Map, Value, json};

use super::audit::AuditRow;
use super::columns::json as parsed;
use super::connection::DbConnection;
use super::error::RecordsError;
use super::record::SharedRow;
use super::schema::personality_records::{self as records, dsl};
use super::schema::{
    account_results as kept, accounts, draft_answers, drafts, result_additions as additions,
    result_openings as openings,
};
use super::store::Store;

/// Rows of a page.
const A_PAGE: i64 = 200;

/// A kind of rows, in the order of a whole export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exported {
    Accounts,
    /// With the days on which each was opened and the accounts that keep it.
    Records,
    Drafts,
    Audit,
}

/// Where an export goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportPlace {
    kind: Exported,
    after: i64,
}

impl ExportPlace {
    pub const START: ExportPlace = ExportPlace { kind: Exported::Accounts, after: 0 };

    fn next_kind(self) -> Option<ExportPlace> {
        let kind = match self.kind {
            Exported::Accounts => Exported::Records,
            Exported::Records => Exported::Drafts,
            Exported::Drafts => Exported::Audit,
            Exported::Audit => return None,
        };
        Some(ExportPlace { kind, after: 0 })
    }
}

impl Store {
    /// A page of an export from `place` on, and where the next one begins; `None` after the last. Each object has a field
    /// `kind`. `texts` adds what visitors wrote and chose.
    ///
    /// # Errors
    /// If the database does not answer, or a column is unreadable.
    pub async fn export_page(
        &self,
        place: ExportPlace,
        texts: bool,
    ) -> Result<(Vec<Value>, Option<ExportPlace>), RecordsError> {
        let after = place.after;
        let rows: Vec<(i64, Value)> = match place.kind {
            Exported::Accounts => self.read(move |connection| page_of_accounts(connection, after)).await?,
            Exported::Records => {
                self.read(move |connection| page_of_records(connection, after, texts)).await?
            }
            Exported::Drafts => self.read(move |connection| page_of_drafts(connection, after, texts)).await?,
            Exported::Audit => {
                let rows = self.audit_after(after, A_PAGE).await?;
                rows.iter().map(|row| (row.id, of_audit(row))).collect()
            }
        };
        let next = match rows.last() {
            Some((last, _)) => Some(ExportPlace { after: *last, ..place }),
            None => place.next_kind(),
        };
        Ok((rows.into_iter().map(|(_, value)| value).collect(), next))
    }
}

type Page = Result<Vec<(i64, Value)>, RecordsError>;

fn moment(at: NaiveDateTime) -> String {
    utc(at.and_utc())
}

fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn of_audit(row: &AuditRow) -> Value {
    json!({
        "kind": "audit", "at": utc(row.at), "act": row.act.as_str(), "actor": row.actor, "subject": row.subject,
    })
}

fn page_of_accounts(connection: &mut DbConnection, after: i64) -> Page {
    type Columns = (i64, String, String, String, bool, NaiveDateTime);
    let rows: Vec<Columns> = accounts::table
        .filter(accounts::id.gt(after))
        .order(accounts::id)
        .limit(A_PAGE)
        .select((
            accounts::id,
            accounts::random_id,
            accounts::email,
            accounts::role,
            accounts::disabled,
            accounts::created_at,
        ))
        .load(connection)?;
    let of_row = |(id, random_id, email, role, disabled, created_at): Columns| {
        let value = json!({
            "kind": "account", "id": random_id, "email": email, "role": role, "disabled": disabled,
            "created_at": moment(created_at),
        });
        (id, value)
    };
    Ok(rows.into_iter().map(of_row).collect())
}

fn page_of_drafts(connection: &mut DbConnection, after: i64, texts: bool) -> Page {
    type Columns = (i64, String, NaiveDateTime, NaiveDateTime, NaiveDateTime);
    let rows: Vec<Columns> = drafts::table
        .filter(drafts::id.gt(after))
        .order(drafts::id)
        .limit(A_PAGE)
        .select((drafts::id, drafts::state, drafts::created_at, drafts::updated_at, drafts::expires_at))
        .load(connection)?;
    let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let mut answers: HashMap<i64, Map<String, Value>> = HashMap::new();
    if texts {
        let found: Vec<(i64, String, String)> = draft_answers::table
            .filter(draft_answers::draft_id.eq_any(&ids))
            .select((draft_answers::draft_id, draft_answers::field, draft_answers::value))
            .load(connection)?;
        for (draft, field, value) in found {
            answers.entry(draft).or_default().insert(field, Value::String(value));
        }
    }
    let of_row = |(id, state, created_at, updated_at, expires_at): Columns| {
        let mut value = json!({
            "kind": "draft", "number": id, "state": state, "created_at": moment(created_at),
            "updated_at": moment(updated_at), "expires_at": moment(expires_at),
        });
        if texts {
            value["answers"] = Value::Object(answers.remove(&id).unwrap_or_default());
        }
        (id, value)
    };
    Ok(rows.into_iter().map(of_row).collect())
}

/// What visitors wrote and chose, as stored.
#[derive(Queryable, Selectable)]
#[diesel(table_name = records)]
struct Words {
    text: String,
    ratings: Option<String>,
    answers: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = records)]
struct Outcome {
    status: String,
    attempts: i32,
    failure: Option<String>,
    share_nonce: Option<String>,
}

fn page_of_records(connection: &mut DbConnection, after: i64, texts: bool) -> Page {
    let rows: Vec<(SharedRow, Outcome)> = records::table
        .filter(dsl::id.gt(after))
        .order(dsl::id)
        .limit(A_PAGE)
        .select((SharedRow::as_select(), Outcome::as_select()))
        .load(connection)?;
    let ids: Vec<i64> = rows.iter().map(|(row, _)| row.id()).collect();
    let mut words = if texts { words_of(connection, &ids)? } else { HashMap::new() };
    let mut opened = openings_of(connection, &ids)?;
    let mut kept_by = keepers_of(connection, &ids)?;
    let mut page = Vec::with_capacity(rows.len());
    for (row, outcome) in rows {
        let record = row.read(None)?;
        let id = record.id;
        let mut value = json!({
            "kind": "record",
            "number": id,
            "source": record.source.as_str(),
            "status": outcome.status,
            "created_at": utc(record.created_at),
            "finished_at": record.finished_at.map(utc),
            "attempts": outcome.attempts,
            "failure": outcome.failure,
            "shared": outcome.share_nonce.is_some(),
            "questionnaire_version": record.questionnaire_version,
            "questionnaire_hash": record.questionnaire_hash,
            "keyed_scores": record.keyed_scores,
            "result_mbti": record.result_mbti,
            "result_big_five": record.result_big_five,
            "career_data": record.career_data,
            "models": record.models,
            "data_version": record.data_version,
            "reading": record.reading,
            "assessment": record.assessment,
            "share_read": record.share_read,
            "opened": opened.remove(&id).unwrap_or_default(),
            "kept_by": kept_by.remove(&id).unwrap_or_default(),
        });
        if let Some(words) = words.remove(&id) {
            value["words"] = words;
        }
        page.push((id, value));
    }
    Ok(page)
}

fn words_of(connection: &mut DbConnection, ids: &[i64]) -> Result<HashMap<i64, Value>, RecordsError> {
    let rows: Vec<(i64, Words)> =
        records::table.filter(dsl::id.eq_any(ids)).select((dsl::id, Words::as_select())).load(connection)?;
    let mut words = HashMap::new();
    for (id, row) in rows {
        let value = json!({
            "text": row.text,
            "ratings": parsed(id, "ratings", row.ratings)?,
            "answers": parsed(id, "answers", row.answers)?,
        });
        words.insert(id, value);
    }
    type Added = (i64, Option<String>, Option<String>);
    let added: Vec<Added> = additions::table
        .filter(additions::record_id.eq_any(ids))
        .select((additions::record_id, additions::interests, additions::shortlist))
        .load(connection)?;
    for (id, interests, shortlist) in added {
        if let Some(value) = words.get_mut(&id) {
            value["interests"] = json!(parsed(id, "interests", interests)?);
            value["shortlist"] = json!(parsed(id, "shortlist", shortlist)?);
        }
    }
    Ok(words)
}

fn openings_of(connection: &mut DbConnection, ids: &[i64]) -> Result<HashMap<i64, Vec<Value>>, RecordsError> {
    let rows: Vec<(i64, NaiveDate, String)> = openings::table
        .filter(openings::record_id.eq_any(ids))
        .order((openings::record_id, openings::day))
        .load(connection)?;
    let mut found: HashMap<i64, Vec<Value>> = HashMap::new();
    for (id, day, address) in rows {
        found.entry(id).or_default().push(json!({ "day": day.to_string(), "by": address }));
    }
    Ok(found)
}

/// The random ids of the accounts that keep these records.
fn keepers_of(connection: &mut DbConnection, ids: &[i64]) -> Result<HashMap<i64, Vec<String>>, RecordsError> {
    let rows: Vec<(i64, String)> = kept::table
        .inner_join(accounts::table)
        .filter(kept::record_id.eq_any(ids))
        .select((kept::record_id, accounts::random_id))
        .load(connection)?;
    let mut found: HashMap<i64, Vec<String>> = HashMap::new();
    for (id, account) in rows {
        found.entry(id).or_default().push(account);
    }
    Ok(found)
}
