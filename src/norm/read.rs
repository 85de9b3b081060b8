//! Reads and checks the files of a norm.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::NormError;
use super::scale::{ItemSet, Point, Scale};
use super::{Norm, NormItem, RespondentModel, Status};
use crate::personality::Trait;

/// The scales to read; others in the files are skipped.
const SCALES: [(ItemSet, &str); 2] = [(ItemSet::Statements, "statements_8"), (ItemSet::All, "items_12")];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    name: String,
    version: String,
    people: String,
    source: String,
    agreement_variance: f64,
    extremes_sd: f64,
}

#[derive(Deserialize)]
struct ScaleRow {
    scale: String,
    #[serde(rename = "trait")]
    trait_: Trait,
    items: u32,
    imputed: u32,
    mean: f64,
    sd: f64,
    rho2: f64,
    sem_rho2: f64,
}

#[derive(Deserialize)]
struct PointRow {
    scale: String,
    #[serde(rename = "trait")]
    trait_: Trait,
    score: f64,
    percentile: f64,
    percentile_se: f64,
}

#[derive(Deserialize)]
struct ItemRow {
    id: String,
    status: String,
    share_1: f64,
    share_2: f64,
    share_3: f64,
    share_4: f64,
    share_5: f64,
    loading: f64,
    sim_tau_1: f64,
    sim_tau_2: f64,
    sim_tau_3: f64,
    sim_tau_4: f64,
}

#[derive(Deserialize)]
struct CorrelationRow {
    kind: String,
    trait_a: String,
    trait_b: String,
    r: f64,
}

/// The rows of a CSV file with their line numbers.
fn rows<Row: DeserializeOwned>(file: &Path) -> Result<Vec<(u64, Row)>, NormError> {
    let fault = |source| NormError::Table { file: file.to_owned(), source };
    let mut reader = csv::Reader::from_path(file).map_err(fault)?;
    let headers = reader.headers().map_err(fault)?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(fault)?;
        let line = record.position().map_or(0, csv::Position::line);
        rows.push((line, record.deserialize(Some(&headers)).map_err(fault)?));
    }
    Ok(rows)
}

impl Norm {
    /// Reads a folder with norm.toml, traits.csv, percentiles.csv, items.csv and correlations.csv.
    ///
    /// # Errors
    /// Names the first file, line and column that is not as expected.
    pub fn load(folder: &Path) -> Result<Norm, NormError> {
        let file = folder.join("norm.toml");
        let text = std::fs::read_to_string(&file)
            .map_err(|source| NormError::Unreadable { file: file.clone(), source })?;
        let settings: Settings =
            toml::from_str(&text).map_err(|source| NormError::Settings { file: file.clone(), source })?;
        for (name, value) in
            [("agreement_variance", settings.agreement_variance), ("extremes_sd", settings.extremes_sd)]
        {
            if !(0.0..1.0).contains(&value) {
                let expected = format!("{name} from 0 and below 1");
                return Err(NormError::Incomplete { file, expected, found: value.to_string() });
            }
        }
        Ok(Norm {
            name: settings.name,
            version: settings.version,
            people: settings.people,
            source: settings.source,
            respondents: RespondentModel {
                correlations: correlations(folder.join("correlations.csv"))?,
                agreement_variance: settings.agreement_variance,
                extremes_sd: settings.extremes_sd,
            },
            items: items(folder.join("items.csv"), settings.agreement_variance)?,
            scales: scales(folder)?,
        })
    }
}

fn correlations(file: PathBuf) -> Result<[[f64; 5]; 5], NormError> {
    let mut found = [[None; 5]; 5];
    for (line, row) in rows::<CorrelationRow>(&file)? {
        if row.kind != "simulator" {
            continue;
        }
        let cell = |column, found: &str| NormError::Cell {
            file: file.clone(),
            line,
            column,
            expected: "one of the five traits",
            found: found.to_owned(),
        };
        let a = Trait::parse(&row.trait_a).ok_or_else(|| cell("trait_a", &row.trait_a))?.index();
        let b = Trait::parse(&row.trait_b).ok_or_else(|| cell("trait_b", &row.trait_b))?.index();
        if !(-1.0..=1.0).contains(&row.r) {
            return Err(NormError::Cell {
                file,
                line,
                column: "r",
                expected: "a correlation",
                found: row.r.to_string(),
            });
        }
        (found[a][b], found[b][a]) = (Some(row.r), Some(row.r));
    }
    let mut complete = [[1.0; 5]; 5];
    for a in 0..5 {
        for b in 0..5 {
            if a != b {
                complete[a][b] = found[a][b].ok_or_else(|| NormError::Incomplete {
                    file: file.clone(),
                    expected: "a row of kind simulator for each pair of traits".to_owned(),
                    found: format!("none for {} and {}", Trait::ALL[a], Trait::ALL[b]),
                })?;
            }
        }
    }
    Ok(complete)
}

fn items(file: PathBuf, agreement_variance: f64) -> Result<Vec<NormItem>, NormError> {
    let mut items = Vec::new();
    for (line, row) in rows::<ItemRow>(&file)? {
        let refuse = |column, expected, found| {
            Err(NormError::Cell { file: file.clone(), line, column, expected, found })
        };
        let status = match row.status.as_str() {
            "observed" => Status::Observed,
            "linked" => Status::Linked,
            "imputed" => Status::Imputed,
            _ => return refuse("status", "observed, linked or imputed", row.status),
        };
        let shares = [row.share_1, row.share_2, row.share_3, row.share_4, row.share_5];
        let sum: f64 = shares.iter().sum();
        if shares.iter().any(|share| !(0.0..=1.0).contains(share)) || (sum - 1.0).abs() > 0.01 {
            return refuse("share_1 to share_5", "five shares that sum to 1", format!("{shares:?}"));
        }
        if !(row.loading > 0.0 && row.loading.powi(2) + agreement_variance < 1.0) {
            return refuse("loading", "a standardized loading above 0", row.loading.to_string());
        }
        let thresholds = [row.sim_tau_1, row.sim_tau_2, row.sim_tau_3, row.sim_tau_4];
        if !thresholds.is_sorted_by(|a, b| a < b) {
            return refuse("sim_tau_1 to sim_tau_4", "ascending thresholds", format!("{thresholds:?}"));
        }
        items.push(NormItem { id: row.id, status, shares, loading: row.loading, thresholds });
    }
    Ok(items)
}

fn scales(folder: &Path) -> Result<[[Scale; 2]; 5], NormError> {
    let (traits, percentiles) = (folder.join("traits.csv"), folder.join("percentiles.csv"));
    let scale_rows = rows::<ScaleRow>(&traits)?;
    let point_rows = rows::<PointRow>(&percentiles)?;
    let mut scales = Vec::new();
    for trait_ in Trait::ALL {
        let mut pair = Vec::new();
        for (_, name) in SCALES {
            let Some((_, row)) = scale_rows.iter().find(|(_, row)| row.scale == name && row.trait_ == trait_)
            else {
                let expected = format!("a row for {name} and {trait_}");
                return Err(NormError::Incomplete { file: traits, expected, found: "none".to_owned() });
            };
            let points: Vec<Point> = point_rows
                .iter()
                .filter(|(_, row)| row.scale == name && row.trait_ == trait_)
                .map(|(_, row)| Point {
                    score: row.score,
                    percentile: row.percentile,
                    error: row.percentile_se,
                })
                .collect();
            let ascending = points.is_sorted_by(|a, b| a.score < b.score && a.percentile <= b.percentile);
            let whole = points.first().is_some_and(|point| point.score == 0.0)
                && points.last().is_some_and(|point| point.score == 100.0);
            if !(ascending && whole) {
                let expected =
                    format!("scores from 0 to 100 with rising percentiles for {name} and {trait_}");
                let found = format!("{} rows", points.len());
                return Err(NormError::Incomplete { file: percentiles, expected, found });
            }
            pair.push(Scale {
                items: row.items,
                imputed: row.imputed,
                mean: row.mean,
                sd: row.sd,
                reliability: row.rho2,
                sem: row.sem_rho2,
                points,
            });
        }
        scales.push(pair);
    }
    let pairs = scales.into_iter().map(<[Scale; 2]>::try_from).collect::<Result<Vec<_>, _>>();
    let found = pairs.ok().and_then(|pairs| <[[Scale; 2]; 5]>::try_from(pairs).ok());
    found.ok_or_else(|| NormError::Incomplete {
        file: traits,
        expected: "two scales for each of five traits".to_owned(),
        found: "others".to_owned(),
    })
}
