//! The statistics as JSON.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::load::figures;
use crate::personality::Trait;
use crate::statistics::{FIFTHS, Published, TraitSummary};
use crate::web::api::refusals::{Always, OfRecords};
use crate::web::error::WebError;
use crate::web::page::{Keeping, keep};
use crate::web::state::AppState;

/// Changes when a field is renamed, removed or changes its meaning.
const SCHEMA: u32 = 1;

/// What the finished questionnaires of this site add up to.
#[derive(Serialize, ToSchema)]
#[schema(as = Statistics)]
struct Statistics {
    /// Changes when a field is renamed, removed or changes its meaning.
    schema: u32,
    /// When it was counted, as RFC 3339; null before the first time.
    #[schema(required)]
    counted_at: Option<String>,
    /// Null while there are fewer than 20 finished questionnaires.
    #[schema(required)]
    figures: Option<Counted>,
}

/// No figure is about fewer than 20 people.
#[derive(Serialize, ToSchema)]
#[schema(as = StatisticsFigures)]
struct Counted {
    /// Finished questionnaires with an assessment, rounded down to a multiple of 20.
    people: u64,
    /// The group that the percentiles compare with.
    norm: String,
    traits: Vec<OfTrait>,
    /// The types with 20 people or more, the most frequent first.
    types: Vec<OfType>,
    /// The other types, which are counted only together.
    #[schema(required)]
    together: Option<OfTypes>,
}

/// Percentiles of everybody on one trait, in whole numbers.
#[derive(Serialize, ToSchema)]
#[schema(as = StatisticsTrait)]
struct OfTrait {
    name: &'static str,
    mean: u8,
    sd: u8,
    /// How many stand in each fifth of the norm group, from the lowest.
    fifths: Vec<OfFifth>,
    /// How many percent stand in the fifths that are shown only together.
    #[schema(required)]
    together: Option<u8>,
}

/// The people whose percentile, as a whole number, is in a range.
#[derive(Serialize, ToSchema)]
#[schema(as = StatisticsFifth)]
struct OfFifth {
    first: u8,
    last: u8,
    /// Null where fewer than 20 people stand, and where another fifth with fewer could be told from it.
    #[schema(required)]
    percent: Option<u8>,
}

impl OfTrait {
    fn new(shown: TraitSummary) -> OfTrait {
        let fifth = |((first, last), percent)| OfFifth { first, last, percent };
        OfTrait {
            name: shown.trait_.name(),
            mean: shown.mean,
            sd: shown.sd,
            fifths: FIFTHS.into_iter().zip(shown.fifths).map(fifth).collect(),
            together: shown.together,
        }
    }
}

/// The mean of a type's probability, in whole percent.
#[derive(Serialize, ToSchema)]
#[schema(as = StatisticsType)]
struct OfType {
    name: &'static str,
    percent: u8,
}

/// The same for several types together.
#[derive(Serialize, ToSchema)]
#[schema(as = StatisticsTypes)]
struct OfTypes {
    names: Vec<&'static str>,
    percent: u8,
}

impl Counted {
    fn new(published: Published, norm: String) -> Counted {
        Counted {
            people: published.people,
            norm,
            traits: Trait::ALL.map(|trait_| OfTrait::new(published.traits[trait_.index()])).into(),
            types: published
                .types
                .iter()
                .map(|share| OfType { name: share.mbti.name(), percent: share.percent })
                .collect(),
            together: published.together.as_ref().map(|together| OfTypes {
                names: together.types.iter().map(|mbti| mbti.name()).collect(),
                percent: together.percent,
            }),
        }
    }
}

/// GET /api/v1/statistics
#[utoipa::path(
    get,
    path = "/api/v1/statistics",
    operation_id = "statistics",
    tag = "Statistics",
    summary = "What the finished questionnaires of this site add up to",
    description = "Counted once a day. What was deleted is missing from the next count. The page /statistics says how it is counted.",
    responses((status = 200, description = "The latest figures.", body = Statistics), Always, OfRecords)
)]
pub async fn show(state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let found = figures(&state).await?;
    let mut answer = HttpResponse::Ok().json(Statistics {
        schema: SCHEMA,
        counted_at: found.as_ref().map(|(at, _)| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
        figures: found.and_then(|(_, figures)| {
            let published = figures.published()?;
            Some(Counted::new(published, figures.norm.people))
        }),
    });
    keep(&mut answer, Keeping::Public);
    Ok(answer)
}
