//! The trimmed public files in datasets/sources, as typed rows. Columns are found by name; what is missing is named.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::careers::evidence::{ELEMENT, ELEMENTS, STYLES};

/// Why a source could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file is not there, or a row of it is not what its header says.
    #[error("{}: {source}", file.display())]
    Csv {
        /// The file.
        file: PathBuf,
        /// Where in it, and why.
        source: csv::Error,
    },
    /// A rating's column is missing.
    #[error("{}: no column \"{column}\"", file.display())]
    Column {
        /// The file.
        file: PathBuf,
        /// The column that was expected.
        column: String,
    },
    /// A rating is no number.
    #[error("{}: {code}, column \"{column}\": \"{value}\" is no number", file.display())]
    Number {
        /// The file.
        file: PathBuf,
        /// The row's code.
        code: String,
        /// The column.
        column: String,
        /// What stands there.
        value: String,
    },
}

/// A row of oews_national.csv. Wages are empty where BLS publishes none.
#[derive(Clone, Debug, Deserialize)]
pub struct Wage {
    /// The code under which BLS publishes.
    pub soc_code: String,
    /// BLS's title.
    pub occ_title: String,
    /// "total", "major" or "detailed".
    pub occ_group: String,
    /// Workers.
    pub tot_emp: Option<u32>,
    /// Annual mean wage, US dollars.
    pub a_mean: Option<u32>,
    /// Its relative standard error, percent.
    pub mean_prse_pct: Option<f64>,
    /// Annual wage percentiles, US dollars.
    pub a_pct10: Option<u32>,
    /// 25th.
    pub a_pct25: Option<u32>,
    /// 50th.
    pub a_median: Option<u32>,
    /// 75th.
    pub a_pct75: Option<u32>,
    /// 90th.
    pub a_pct90: Option<u32>,
}

/// A row of bls_ep_2024_2034.csv.
#[derive(Clone, Debug, Deserialize)]
pub struct Projection {
    /// The code.
    pub nem_code: String,
    /// Change of employment 2024 to 2034, percent.
    pub emp_change_pct: f64,
    /// Self-employed in 2024, percent.
    pub self_employed_pct_2024: Option<f64>,
    /// Openings a year, thousands.
    pub annual_openings_thousands: f64,
    /// Typical education for entry.
    pub typical_entry_education: String,
    /// Usual experience in a related occupation.
    pub work_experience: String,
    /// Usual training on the job.
    pub on_the_job_training: String,
}

/// A row of onet_occupations.csv.
#[derive(Clone, Debug, Deserialize)]
pub struct OnetOccupation {
    /// The eight-digit code, "15-1252.00".
    pub onet_soc_code: String,
    /// O*NET's title.
    pub title: String,
    /// O*NET's description; empty on specialities.
    pub description: String,
    /// The code under which BLS publishes its wage; empty where it does not.
    pub oews_soc_code: String,
    /// "direct" where that code is the occupation's own.
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

/// Everything in datasets/sources.
#[derive(Clone, Debug)]
pub struct Sources {
    /// By BLS code.
    pub wages: BTreeMap<String, Wage>,
    /// By BLS code.
    pub projections: BTreeMap<String, Projection>,
    /// In O*NET's order, specialities too.
    pub occupations: Vec<OnetOccupation>,
    /// By O*NET code: 21 work styles, then six interests; only codes that have all of them.
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
    /// Reads every file of the folder.
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

/// A table of numbers, found by column name, keyed by its onet_soc_code.
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
