//! How times, text and JSON are written into columns and read back, alike on both databases.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, SubsecRound, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::RecordsError;

/// The longest duration that is added to a time, in days: 100 years.
const LONGEST_DAYS: i64 = 36_500;

/// UTC in whole milliseconds, which both databases store exactly.
pub(super) fn timestamp(time: DateTime<Utc>) -> NaiveDateTime {
    time.naive_utc().trunc_subsecs(3)
}

/// A duration in chrono's type, capped at 100 years.
pub(super) fn delta(duration: Duration) -> TimeDelta {
    let longest = TimeDelta::days(LONGEST_DAYS);
    TimeDelta::from_std(duration).unwrap_or(longest).min(longest)
}

/// The text without U+0000, which PostgreSQL cannot store.
pub(super) fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// Parses a column that holds JSON as text.
pub(super) fn json(
    id: i64,
    column: &'static str,
    text: Option<String>,
) -> Result<Option<Value>, RecordsError> {
    typed(id, column, text)
}

/// Parses a column that holds a type's JSON as text.
pub(super) fn typed<T: DeserializeOwned>(
    id: i64,
    column: &'static str,
    text: Option<String>,
) -> Result<Option<T>, RecordsError> {
    text.map(|text| serde_json::from_str(&text).map_err(|error| corrupt(id, column, error))).transpose()
}

/// The error for a column whose value this program never writes.
pub(super) fn corrupt(
    id: i64,
    column: &'static str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> RecordsError {
    RecordsError::Corrupt { id, column, source: source.into() }
}
