//! The careers of two types and two traits, and their JSON in the shape of the original API.

use serde::de::Error as _;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt::Display;
use utoipa::openapi::schema::{ArrayBuilder, Type};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::workbook::{CAREER, SALARY, TYPE};
use crate::personality::{Mbti, Trait};

/// One row of a table of careers.
#[derive(Clone, Debug, PartialEq)]
pub struct Career {
    pub title: String,
    /// US dollars a year. In the bundled spreadsheets: the mean annual wage that BLS publishes.
    pub salary_usd: u32,
    /// The SOC code, if the spreadsheet has one. The occupation's page is /careers/{soc}.
    pub soc: Option<String>,
    /// In standard deviations above the average occupation, if the spreadsheet has it.
    pub fit: Option<f64>,
    /// Why the career is listed, if the spreadsheet says so.
    pub reason: Option<String>,
}

/// Tables of careers for the likeliest types and the highest traits, each ranked by salary.
///
/// As JSON: `{"MBTI": [{"INTJ": [{"Type": "INTJ", "Career": "…", "Average Salary (USD)": 1}, …]}, …], "big_5": […]}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommendations {
    /// The two likeliest types, likeliest first.
    pub mbti: Vec<(Mbti, Vec<Career>)>,
    /// The two highest traits, highest first.
    pub big_five: Vec<(Trait, Vec<Career>)>,
}

impl Serialize for Recommendations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("MBTI", &Tables(&self.mbti))?;
        map.serialize_entry("big_5", &Tables(&self.big_five))?;
        map.end()
    }
}

impl PartialSchema for Recommendations {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let salary = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
        let row = ObjectBuilder::new()
            .property(TYPE, text().description(Some("The type or the trait that the career is listed for.")))
            .property(CAREER, text())
            .property(SALARY, salary.description(Some("Mean annual wage in the United States, US dollars.")));
        let row = [TYPE, CAREER, SALARY].into_iter().fold(row, ObjectBuilder::required);
        let table = ObjectBuilder::new()
            .description(Some("A type or a trait, with its careers, the best paid first."))
            .additional_properties(Some(ArrayBuilder::new().items(row)))
            .min_properties(Some(1))
            .max_properties(Some(1))
            .build();
        let tables =
            |said| ArrayBuilder::new().items(table.clone()).max_items(Some(2)).description(Some(said));
        ObjectBuilder::new()
            .property("MBTI", tables("The two likeliest types, the likeliest first."))
            .property("big_5", tables("The two highest traits, the highest first."))
            .required("MBTI")
            .required("big_5")
            .into()
    }
}

impl ToSchema for Recommendations {}

struct Tables<'a, K>(&'a [(K, Vec<Career>)]);

impl<K: Display> Serialize for Tables<'_, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        for (key, careers) in self.0 {
            seq.serialize_element(&Table(key, careers))?;
        }
        seq.end()
    }
}

struct Table<'a, K>(&'a K, &'a [Career]);

impl<K: Display> Serialize for Table<'_, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let key = self.0.to_string();
        let rows: Vec<Row<'_>> = self
            .1
            .iter()
            .map(|career| Row { of: &key, title: &career.title, salary: career.salary_usd })
            .collect();
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&key, &rows)?;
        map.end()
    }
}

struct Row<'a> {
    of: &'a str,
    title: &'a str,
    salary: u32,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry(TYPE, self.of)?;
        map.serialize_entry(CAREER, self.title)?;
        map.serialize_entry(SALARY, &self.salary)?;
        map.end()
    }
}

/// Reads a stored record. Code, fit and reason are not stored and stay empty.
impl<'de> Deserialize<'de> for Recommendations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Stored {
            #[serde(rename = "MBTI")]
            mbti: Vec<BTreeMap<String, Vec<StoredRow>>>,
            big_5: Vec<BTreeMap<String, Vec<StoredRow>>>,
        }
        let stored = Stored::deserialize(deserializer)?;
        Ok(Recommendations {
            mbti: tables(stored.mbti, Mbti::parse).map_err(D::Error::custom)?,
            big_five: tables(stored.big_5, Trait::parse).map_err(D::Error::custom)?,
        })
    }
}

#[derive(Deserialize)]
struct StoredRow {
    #[serde(rename = "Career")]
    title: String,
    #[serde(rename = "Average Salary (USD)")]
    salary_usd: u32,
}

fn tables<K>(
    stored: Vec<BTreeMap<String, Vec<StoredRow>>>,
    parse: impl Fn(&str) -> Option<K>,
) -> Result<Vec<(K, Vec<Career>)>, String> {
    stored
        .into_iter()
        .flatten()
        .map(|(key, rows)| {
            let parsed = parse(&key).ok_or_else(|| format!("\"{key}\" is neither a type nor a trait"))?;
            let careers = rows.into_iter().map(|row| Career {
                title: row.title,
                salary_usd: row.salary_usd,
                soc: None,
                fit: None,
                reason: None,
            });
            Ok((parsed, careers.collect()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn career(title: &str, salary_usd: u32) -> Career {
        Career { title: title.into(), salary_usd, soc: None, fit: None, reason: None }
    }

    #[test]
    fn the_json_has_the_original_shape_and_parses_back() {
        let recommendations = Recommendations {
            mbti: vec![
                (Mbti::parse("INTJ").unwrap(), vec![career("Actuary", 130_000)]),
                (Mbti::parse("ESTP").unwrap(), vec![]),
            ],
            big_five: vec![(Trait::Openness, vec![career("Architect", 99_000), career("Editor", 80_000)])],
        };
        let json = serde_json::to_string(&recommendations).unwrap();
        assert_eq!(
            json,
            r#"{"MBTI":[{"INTJ":[{"Type":"INTJ","Career":"Actuary","Average Salary (USD)":130000}]},{"ESTP":[]}],"#
                .to_string()
                + r#""big_5":[{"Openness":[{"Type":"Openness","Career":"Architect","Average Salary (USD)":99000},"#
                + r#"{"Type":"Openness","Career":"Editor","Average Salary (USD)":80000}]}]}"#
        );
        assert_eq!(serde_json::from_str::<Recommendations>(&json).unwrap(), recommendations);
    }
}
