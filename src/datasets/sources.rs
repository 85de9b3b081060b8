//! The files in datasets/sources as typed rows. Columns are found by name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::careers::evidence::{ELEMENT, ELEMENTS, STYLES};

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
    /// Typical education for entry.
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

/// A row of onet_stress_tolerance.csv.
#[derive(Clone, Debug, Deserialize)]
struct StressTolerance {
    onet_soc_code: String,
    importance_im: f64,
    recommend_suppress: String,
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
    /// By O*NET code, 1 to 5.
    pub stress_tolerance: BTreeMap<String, f64>,
    /// By O*NET code.
    pub alternate_titles: BTreeMap<String, Vec<String>>,
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
            stress_tolerance: rows(dir, "onet_stress_tolerance.csv")?
                .into_iter()
                .filter(|row: &StressTolerance| row.recommend_suppress != "Y")
                .map(|row| (row.onet_soc_code, row.importance_im))
                .collect(),
            alternate_titles: rows(dir, "onet_alternate_titles.csv")?
                .into_iter()
                .map(|row: Titles| (row.onet_soc_code, row.titles.split('|').map(String::from).collect()))
                .collect(),
        })
    }
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
