//! A ranking as JSON. Pure.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::searched::{LeftOutTitle, Searched};
use super::summary::{SCHEMA, Summary};
use crate::careers::evidence::ELEMENT;
use crate::careers::figures::element_of;
use crate::careers::ranking::Ranked;
use crate::careers::reasons::{Because, Point};
use crate::careers::{Catalog, Person, Ranking};
use crate::personality::{Interest, InterestScores};

/// A page of a ranking.
#[derive(Serialize, ToSchema)]
#[schema(as = Ranking)]
pub struct RankingJson<'a> {
    /// Raised when a field is added, renamed, removed or changes its meaning.
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

/// The interests of the work, in standard deviations above the average occupation.
pub(super) fn interests(catalog: &Catalog, ranked: &Ranked<'_>) -> BTreeMap<Interest, f64> {
    let figures = catalog.figures(&ranked.occupation.soc).map(|placed| placed.figures);
    let named = |figures: [f64; ELEMENT.len()]| {
        Interest::ALL.map(|interest| (interest, rounded(figures[element_of(interest)])))
    };
    figures.map(named).into_iter().flatten().collect()
}

/// Three decimals, since the method is not more precise.
pub(super) fn rounded(fit: f64) -> f64 {
    (fit * 1000.0).round() / 1000.0
}
