//! Columns of a stored record that hold JSON.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::assessment::KeyedResult;
use crate::survey::KeyedScores;

/// A column of a finished record cannot be shown, which is our bug.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored {column} cannot be shown: {problem}")]
pub struct Unshowable {
    pub column: &'static str,
    pub problem: String,
}

/// A column that may be empty.
///
/// # Errors
/// If it is malformed.
pub fn parsed<T: DeserializeOwned>(
    column: &'static str,
    stored: Option<&Value>,
) -> Result<Option<T>, Unshowable> {
    let malformed = |error: serde_json::Error| Unshowable { column, problem: error.to_string() };
    stored.map(T::deserialize).transpose().map_err(malformed)
}

/// A label's number in a column of numbers.
///
/// # Errors
/// If there is none.
pub fn number(column: &'static str, stored: Option<&Value>, label: &str) -> Result<f64, Unshowable> {
    let found = stored.and_then(|scores| scores.get(label)).and_then(Value::as_f64);
    found
        .filter(|value| value.is_finite())
        .ok_or_else(|| Unshowable { column, problem: format!("no number for {label}") })
}

/// The stored keyed scores: with levels, or only the scores in results from before there was a norm.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum StoredKeyed {
    Normed(Box<KeyedResult>),
    Scores(KeyedScores),
}

impl StoredKeyed {
    pub fn scores(&self) -> &KeyedScores {
        match self {
            StoredKeyed::Normed(result) => &result.scores,
            StoredKeyed::Scores(scores) => scores,
        }
    }
}

/// The stored keyed scores; `None` if there are none or they are malformed.
pub fn keyed_scores(stored: Option<&Value>) -> Option<StoredKeyed> {
    StoredKeyed::deserialize(stored?).ok()
}

/// The stored careers, in the layout of the JSON interface: `{"MBTI": [{"INFP": [{"Career": …, "Average Salary (USD)":
/// …}, …]}, …], "big_5": […]}`. Entries without a career or a salary are skipped.
pub fn careers(stored: Option<&Value>) -> Vec<(String, Vec<(String, u64)>)> {
    let career = |row: &Value| {
        let salary = row.get("Average Salary (USD)")?.as_u64()?;
        Some((row.get("Career")?.as_str()?.to_owned(), salary))
    };
    let groups = ["MBTI", "big_5"].into_iter().filter_map(|key| stored?.get(key)?.as_array());
    groups
        .flatten()
        .filter_map(Value::as_object)
        .flatten()
        .map(|(name, rows)| {
            (name.clone(), rows.as_array().into_iter().flatten().filter_map(career).collect())
        })
        .collect()
}
