//! The files in datasets/sources as typed rows. Columns are found by name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::activities::Marker;
use crate::careers::evidence::{ELEMENT, ELEMENTS, STYLES, SURVEYED, SURVEYED_STYLES};
use crate::careers::occupation::{WorkValue, WorkValues};

#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("{}: {source}", file.display())]
    Csv { file: PathBuf, source: csv::Error },
    #[error("{}: no column \"{column}\"", file.display())]
    Column { file: PathBuf, column: String },
    #[error("{}: {code}, column \"{column}\": \"{value}\" is not a number", file.display())]
    Number { file: PathBuf, code: String, column: String, value: String },
}

/// A row of oews_national.csv. Wages are empty where BLS publishes none.
#[derive(Clone, Debug, Deserialize)]
pub struct Wage {
    /// The code under which BLS publishes the wage.
    pub soc_code: String,
    pub occ_title: String,
    pub tot_emp: Option<u32>,
    /// Hourly mean wage, US dollars.
    pub h_mean: Option<f64>,
    /// Annual mean wage, US dollars.
    pub a_mean: Option<u32>,
    /// Relative standard error of the mean, percent.
    pub mean_prse_pct: Option<f64>,
    /// Annual wage percentiles, US dollars.
    pub a_pct10: Option<u32>,
    pub a_pct25: Option<u32>,
    pub a_median: Option<u32>,
    pub a_pct75: Option<u32>,
    pub a_pct90: Option<u32>,
}

/// A row of bls_ep_2024_2034.csv.
#[derive(Clone, Debug, Deserialize)]
pub struct Projection {
    pub nem_code: String,
    /// Change of employment 2024 to 2034, percent.
    pub emp_change_pct: f64,
    /// Share of self-employed in 2024, percent.
    pub self_employed_pct_2024: Option<f64>,
    /// Openings a year, thousands.
    pub annual_openings_thousands: f64,
    pub typical_entry_education: String,
    /// Typical experience in a related occupation.
    pub work_experience: String,
    /// Typical training on the job.
    pub on_the_job_training: String,
}

/// A row of onet_occupations.csv.
#[derive(Clone, Debug, Deserialize)]
pub struct OnetOccupation {
    /// The eight-digit code, "15-1252.00".
    pub onet_soc_code: String,
    pub title: String,
    /// Empty for specialties.
    pub description: String,
    /// The code under which BLS publishes the wage; may be empty.
    pub oews_soc_code: String,
    /// "direct" if that is the occupation's own code.
    pub oews_match: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Task {
    onet_soc_code: String,
    task: String,
}

/// Names separated by `|`.
#[derive(Clone, Debug, Deserialize)]
struct Technology {
    onet_soc_code: String,
    in_demand: String,
    other_hot: String,
}

/// Codes separated by spaces.
#[derive(Clone, Debug, Deserialize)]
struct Related {
    onet_soc_code: String,
    related: String,
}

/// The month of a rating, "06/2008".
#[derive(Clone, Debug, Deserialize)]
struct Dated {
    onet_soc_code: String,
    date: String,
}

#[derive(Clone, Debug, Deserialize)]
struct EverydayTitle {
    soc_code: String,
    title: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Zone {
    onet_soc_code: String,
    job_zone: u8,
}

#[derive(Clone, Debug, Deserialize)]
struct Titles {
    onet_soc_code: String,
    titles: String,
}

#[derive(Clone, Debug)]
pub struct Sources {
    /// By BLS code.
    pub wages: BTreeMap<String, Wage>,
    /// By BLS code.
    pub projections: BTreeMap<String, Projection>,
    /// With specialties.
    pub occupations: Vec<OnetOccupation>,
    /// By O*NET code: 21 work styles, then six interests. Only codes with all of them.
    pub ratings: BTreeMap<String, [f64; ELEMENTS]>,
    /// By O*NET code.
    pub job_zones: BTreeMap<String, u8>,
    /// By O*NET code, percent for each of twelve levels.
    pub education: BTreeMap<String, [f64; 12]>,
    /// By O*NET code, 1 to 5, in the order of [`SURVEYED`].
    pub surveyed: BTreeMap<String, [f64; SURVEYED_STYLES]>,
    /// By O*NET code, core tasks in O*NET's order.
    pub tasks: BTreeMap<String, Vec<String>>,
    /// By O*NET code: the technologies in demand for the occupation, then those in demand in general.
    pub technology: BTreeMap<String, [Vec<String>; 2]>,
    /// By O*NET code: related O*NET codes, the closest first.
    pub related: BTreeMap<String, Vec<String>>,
    /// By O*NET code.
    pub values: BTreeMap<String, WorkValues>,
    /// By six-digit code: titles in use that O*NET does not list there.
    pub everyday_titles: BTreeMap<String, Vec<String>>,
    /// By O*NET code.
    pub alternate_titles: BTreeMap<String, Vec<String>>,
    /// The marker scales of the six interests.
    pub activities: Vec<Marker>,
}

impl Sources {
    pub fn read(dir: &Path) -> Result<Self, SourceError> {
        let styles = numbers::<STYLES>(dir, "onet_work_styles.csv", &style_names())?;
        let interests = numbers::<6>(dir, "onet_interests.csv", &interest_columns())?;
        let ratings = styles
            .into_iter()
            .filter_map(|(code, styles)| {
                let interests = interests.get(&code)?;
                let mut both = [0.0; ELEMENTS];
                both[..STYLES].copy_from_slice(&styles);
                both[STYLES..].copy_from_slice(interests);
                Some((code, both))
            })
            .collect();
        let levels: Vec<String> = (1..=12).map(|n| format!("rl_{n:02}_pct")).collect();
        Ok(Sources {
            wages: keyed(rows(dir, "oews_national.csv")?, |row: &Wage| row.soc_code.clone()),
            projections: keyed(rows(dir, "bls_ep_2024_2034.csv")?, |row: &Projection| row.nem_code.clone()),
            occupations: rows(dir, "onet_occupations.csv")?,
            ratings,
            job_zones: rows(dir, "onet_job_zones.csv")?
                .into_iter()
                .map(|row: Zone| (row.onet_soc_code, row.job_zone))
                .collect(),
            education: numbers::<12>(dir, "onet_education.csv", &levels)?,
            surveyed: numbers(dir, "onet_work_styles_16.csv", &SURVEYED.map(|(_, name)| name.to_owned()))?,
            tasks: grouped(rows(dir, "onet_tasks.csv")?, |row: Task| (row.onet_soc_code, row.task)),
            technology: rows(dir, "onet_technology.csv")?
                .into_iter()
                .map(|row: Technology| {
                    (row.onet_soc_code, [row.in_demand, row.other_hot].map(|names| split(&names, '|')))
                })
                .collect(),
            related: rows(dir, "onet_related.csv")?
                .into_iter()
                .map(|row: Related| (row.onet_soc_code, split(&row.related, ' ')))
                .collect(),
            values: work_values(dir)?,
            everyday_titles: grouped(rows(dir, "everyday_titles.csv")?, |row: EverydayTitle| {
                (row.soc_code, row.title)
            }),
            alternate_titles: rows(dir, "onet_alternate_titles.csv")?
                .into_iter()
                .map(|row: Titles| (row.onet_soc_code, split(&row.titles, '|')))
                .collect(),
            activities: rows(dir, "riasec_markers.csv")?,
        })
    }
}

fn work_values(dir: &Path) -> Result<BTreeMap<String, WorkValues>, SourceError> {
    let name = "onet_work_values.csv";
    let extents = numbers::<6>(dir, name, &WorkValue::ALL.map(|value| value.name().to_owned()))?;
    let mut values = BTreeMap::new();
    for Dated { onet_soc_code: code, date } in rows(dir, name)? {
        let Some(extent) = extents.get(&code) else { continue };
        let year = date.rsplit('/').next().and_then(|year| year.parse().ok());
        let year = year.ok_or_else(|| SourceError::Number {
            file: dir.join(name),
            code: code.clone(),
            column: "date".to_owned(),
            value: date,
        })?;
        values.insert(code, WorkValues { extent: *extent, year });
    }
    Ok(values)
}

fn split(names: &str, separator: char) -> Vec<String> {
    names.split(separator).filter(|name| !name.is_empty()).map(String::from).collect()
}

fn grouped<T>(rows: Vec<T>, pair: impl Fn(T) -> (String, String)) -> BTreeMap<String, Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, value) in rows.into_iter().map(pair) {
        groups.entry(key).or_default().push(value);
    }
    groups
}

fn style_names() -> Vec<String> {
    ELEMENT[..STYLES].iter().map(|e| e.name.to_string()).collect()
}

fn interest_columns() -> Vec<String> {
    ELEMENT[STYLES..].iter().map(|e| e.name.to_lowercase()).collect()
}

fn keyed<T>(rows: Vec<T>, key: impl Fn(&T) -> String) -> BTreeMap<String, T> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}

fn rows<T: DeserializeOwned>(dir: &Path, name: &str) -> Result<Vec<T>, SourceError> {
    let file = dir.join(name);
    let read = || csv::Reader::from_path(&file)?.into_deserialize().collect::<Result<Vec<T>, _>>();
    read().map_err(|source| SourceError::Csv { file: file.clone(), source })
}

/// Numeric columns by onet_soc_code.
fn numbers<const N: usize>(
    dir: &Path,
    name: &str,
    columns: &[String],
) -> Result<BTreeMap<String, [f64; N]>, SourceError> {
    let file = dir.join(name);
    let csv_error = |source| SourceError::Csv { file: file.clone(), source };
    let mut reader = csv::Reader::from_path(&file).map_err(csv_error)?;
    let header = reader.headers().map_err(csv_error)?.clone();
    let place = |column: &str| {
        header
            .iter()
            .position(|name| name == column)
            .ok_or_else(|| SourceError::Column { file: file.clone(), column: column.to_string() })
    };
    let code_at = place("onet_soc_code")?;
    let places: Vec<usize> = columns.iter().map(|c| place(c)).collect::<Result<_, _>>()?;
    let mut table = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(csv_error)?;
        let code = record[code_at].to_string();
        let mut row = [0.0; N];
        for ((value, place), column) in row.iter_mut().zip(&places).zip(columns) {
            *value = record[*place].parse().map_err(|_| SourceError::Number {
                file: file.clone(),
                code: code.clone(),
                column: column.clone(),
                value: record[*place].to_string(),
            })?;
        }
        table.insert(code, row);
    }
    Ok(table)
}
