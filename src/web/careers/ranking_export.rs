//! A ranking as JSON and as CSV. Pure.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::searched::{LeftOutTitle, Searched};
use super::summary::{SCHEMA, Summary};
use crate::careers::evidence::ELEMENT;
use crate::careers::figures::element_of;
use crate::careers::fit::Part;
use crate::careers::ranking::Ranked;
use crate::careers::reasons::{Because, Point};
use crate::careers::{Catalog, Person, Ranking};
use crate::personality::{Interest, InterestScores};
use crate::web::sheet::Sheet;

/// A page of a ranking.
#[derive(Serialize, ToSchema)]
#[schema(as = Ranking)]
pub struct RankingJson<'a> {
    /// Changes if a field is renamed, removed or changes its meaning.
    schema: u32,
    /// The version of the data.
    version: &'a str,
    /// The person's interests, if they count.
    #[schema(required)]
    interests: Option<InterestScores>,
    /// The share of each part of the fit in the order.
    shares: BTreeMap<&'static str, f64>,
    total: usize,
    page: usize,
    pages: usize,
    /// A title that matches the search and is not in the catalog, and why.
    #[schema(required)]
    left_out: Option<LeftOutTitle<'a>>,
    /// Whether no occupation has the searched title, so that these only resemble it.
    nearest: bool,
    careers: Vec<RankedJson<'a>>,
}

/// An occupation in a ranking.
#[derive(Serialize, ToSchema)]
#[schema(as = RankedCareer)]
struct RankedJson<'a> {
    /// From 1. Occupations without a clear difference share a rank.
    rank: usize,
    fit: f64,
    /// What each part adds to the fit.
    parts: BTreeMap<&'static str, f64>,
    reason: &'a str,
    #[schema(required)]
    against: Option<&'a str>,
    /// The figures that the two sentences mention.
    reasons: Vec<PointJson>,
    #[schema(required)]
    objection: Option<PointJson>,
    /// The interests of the work, in standard deviations above the average occupation.
    interests: BTreeMap<Interest, f64>,
    #[serde(flatten)]
    summary: Summary<'a>,
}

/// A figure that speaks for or against an occupation.
#[derive(Serialize, ToSchema)]
#[schema(as = Reason)]
struct PointJson {
    /// O*NET's name of the style or interest.
    figure: &'static str,
    /// "far above average".
    compared: &'static str,
    /// The trait or interest of the person that makes it a reason.
    because: &'static str,
    /// What it adds to the fit, in units of the matching; negative if it speaks against the career.
    strength: f64,
}

fn point(point: &Point) -> PointJson {
    PointJson {
        figure: ELEMENT[point.element].name,
        compared: point.compared.name(),
        because: match point.because {
            Because::Trait(t) => t.name(),
            Because::Interest(interest) => interest.name(),
        },
        strength: rounded(point.strength),
    }
}

/// A page of a ranking.
pub fn as_json<'a>(catalog: &'a Catalog, person: &Person, ranking: &'a Ranking<'a>) -> RankingJson<'a> {
    let careers = ranking.rows.iter().map(|ranked| RankedJson {
        rank: ranked.rank,
        fit: rounded(ranked.fit),
        parts: ranked.parts.iter().map(|(part, added)| (part.name(), rounded(*added))).collect(),
        reason: &ranked.reason,
        against: ranked.against.as_deref(),
        reasons: ranked.reasons.pro.iter().map(point).collect(),
        objection: ranked.reasons.con.as_ref().map(point),
        interests: interests(catalog, ranked),
        summary: Summary::new(ranked.occupation, ranked.found_as),
    });
    let Searched { left_out, nearest } = Searched::new(ranking.found.as_ref());
    RankingJson {
        schema: SCHEMA,
        version: catalog.version(),
        interests: person.interests,
        shares: ranking.shares.iter().map(|(part, share)| (part.name(), rounded(*share))).collect(),
        total: ranking.total,
        page: ranking.page,
        pages: ranking.pages,
        left_out,
        nearest,
        careers: careers.collect(),
    }
}

fn interests(catalog: &Catalog, ranked: &Ranked<'_>) -> BTreeMap<Interest, f64> {
    let figures = catalog.figures(&ranked.occupation.soc).map(|placed| placed.figures);
    let named = |figures: [f64; ELEMENT.len()]| {
        Interest::ALL.map(|interest| (interest, rounded(figures[element_of(interest)])))
    };
    figures.map(named).into_iter().flatten().collect()
}

/// The original columns of [`as_csv`], in this order. New ones are added after them.
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

/// What to know of the mean wage: the columns behind the schema's number, since schema 3.
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
        sheet.row(row.iter().map(String::as_str))?;
    }
    sheet.bytes()
}

/// Three decimals, since the method is not more precise.
fn rounded(fit: f64) -> f64 {
    (fit * 1000.0).round() / 1000.0
}
