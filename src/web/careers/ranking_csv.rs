//! A ranking as CSV. Pure.

use super::details::details;
use super::ranking_export::{interests, rounded};
use super::summary::SCHEMA;
use crate::careers::fit::Part;
use crate::careers::{Catalog, Ranking};
use crate::personality::Interest;
use crate::web::sheet::Sheet;

/// The columns of schema 1, in this order. Those of later schemas are behind them.
const COLUMNS: [&str; 10] = [
    "rank",
    "soc",
    "title",
    "fit",
    "salary_usd",
    "job_zone",
    "growth_pct",
    "openings_a_year",
    "reason",
    "against",
];

/// What to know of the mean wage: columns of schema 3, behind the schema's number.
const CAUTIONS: [&str; 3] = ["salary_is_imprecise", "salary_is_confirmed", "salary_of_wider_group"];

/// Every row. A part that does not count in this ranking has an empty column.
///
/// # Errors
/// If a row cannot be written.
pub fn as_csv(catalog: &Catalog, ranking: &Ranking<'_>) -> Result<Vec<u8>, csv::Error> {
    let mut sheet = Sheet::new();
    let mut header: Vec<String> = COLUMNS.map(str::to_owned).into();
    header.extend(["salary_p10_usd", "salary_p90_usd"].map(str::to_owned));
    header.extend(Part::ALL.map(|part| format!("fit_{}", part.name().replace(' ', "_"))));
    header.extend(Interest::ALL.map(|interest| format!("interest_{}", interest.name().to_lowercase())));
    header.push("schema".to_owned());
    header.extend(CAUTIONS.map(str::to_owned));
    let details = details();
    header.extend(details.iter().map(|column| column.name.clone()));
    sheet.row(header.iter().map(String::as_str))?;
    for ranked in &ranking.rows {
        let o = ranked.occupation;
        let [p10, .., p90] = o.pay.percentiles;
        let mut row = vec![
            ranked.rank.to_string(),
            o.soc.clone(),
            o.title.clone(),
            rounded(ranked.fit).to_string(),
            o.pay.mean.to_string(),
            o.job_zone.to_string(),
            o.outlook.growth_pct.to_string(),
            o.outlook.openings.to_string(),
            ranked.reason.clone(),
            ranked.against.clone().unwrap_or_default(),
            p10.to_string(),
            p90.to_string(),
        ];
        let added = |part: Part| ranked.parts.iter().find(|(known, _)| *known == part);
        row.extend(
            Part::ALL
                .map(|part| added(part).map_or_else(String::new, |(_, added)| rounded(*added).to_string())),
        );
        row.extend(interests(catalog, ranked).into_values().map(|figure| figure.to_string()));
        row.push(SCHEMA.to_string());
        row.extend([o.pay.is_imprecise(), !o.pay.is_above_ceiling()].map(|is| is.to_string()));
        row.push(o.pay.wider_group.clone().unwrap_or_default());
        row.extend(details.iter().map(|column| (column.cell)(o)));
        sheet.row(row.iter().map(String::as_str))?;
    }
    sheet.bytes()
}
