//! One occupation as JSON, with what its page shows: GET /api/v1/careers/{soc}.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::careers::public;
use super::refusals::Always;
use crate::careers::evidence::{ELEMENT, ELEMENTS};
use crate::careers::figures::Compared;
use crate::careers::filters::AVERAGE_GROWTH_PCT;
use crate::careers::occupation::{Occupation, Outlook, PUBLISHED_CEILING, Pay, WorkValue};
use crate::careers::{Catalog, education, fields};
use crate::personality::{Mbti, Trait};
use crate::web::careers::occupation::{SIMILAR, growth_words};
use crate::web::careers::summary::{SCHEMA, Summary};
use crate::web::error::WebError;
use crate::web::problem::Problem;
use crate::web::state::AppState;

/// All that is known of one occupation.
#[derive(Serialize, ToSchema)]
#[schema(as = Career)]
struct Whole<'a> {
    /// Raised when a field is added, renamed, removed or changes its meaning.
    schema: u32,
    /// The version of the data.
    version: &'a str,
    #[serde(flatten)]
    summary: Summary<'a>,
    onet_title: &'a str,
    description: &'a str,
    #[serde(flatten)]
    pay: PayDetails<'a>,
    #[serde(flatten)]
    outlook: OutlookDetails,
    #[serde(flatten)]
    way_in: WayIn<'a>,
    #[serde(flatten)]
    asked: Asked,
    tasks: &'a [String],
    /// The first `in_demand` are in demand for this occupation, the others in general.
    technology: &'a [String],
    in_demand: usize,
    /// SOC codes of the occupations that O*NET lists as related, the closest first.
    related: &'a [String],
    /// SOC codes of the eight occupations with the nearest figures, the nearest first.
    similar: Vec<&'a str>,
    /// From 1 to 7, with the year of the rating.
    work_values: BTreeMap<&'static str, f64>,
    #[schema(required)]
    work_values_year: Option<u16>,
    other_titles: Vec<&'a str>,
}

/// The spread of an occupation's pay, and how precise it is.
#[derive(Serialize, ToSchema)]
#[schema(as = CareerPay)]
struct PayDetails<'a> {
    /// The 10th, 25th, 50th, 75th and 90th percentile of annual wages.
    salary_percentiles_usd: [u32; 5],
    /// Whether BLS publishes each percentile as a number in its tables: up to $239,200.
    salary_percentiles_are_confirmed: [bool; 5],
    /// The relative standard error of the mean, percent.
    #[schema(minimum = 0)]
    salary_rse_pct: f64,
    /// The code under which BLS publishes the pay.
    #[schema(example = "29-1141", pattern = "^[0-9]{2}-[0-9]{4}$")]
    salary_soc: &'a str,
}

impl<'a> PayDetails<'a> {
    fn new(pay: &'a Pay) -> Self {
        PayDetails {
            salary_percentiles_usd: pay.percentiles,
            salary_percentiles_are_confirmed: pay.percentiles.map(|amount| amount <= PUBLISHED_CEILING),
            salary_rse_pct: pay.mean_rse,
            salary_soc: &pay.soc,
        }
    }
}

/// An occupation's growth in words, and its self-employed.
#[derive(Serialize, ToSchema)]
#[schema(as = CareerOutlook)]
struct OutlookDetails {
    /// The projected growth, compared with the average of all occupations.
    #[schema(example = "growing more slowly than average")]
    growth_words: &'static str,
    /// The projected change in employment in all occupations together, percent.
    average_growth_pct: f64,
    /// The share of self-employed in 2024, percent.
    #[schema(required, minimum = 0, maximum = 100)]
    self_employed_pct: Option<f64>,
}

impl OutlookDetails {
    fn new(outlook: &Outlook) -> Self {
        OutlookDetails {
            growth_words: growth_words(outlook.growth_pct),
            average_growth_pct: AVERAGE_GROWTH_PCT,
            self_employed_pct: outlook.self_employed_pct,
        }
    }
}

/// What an occupation requires of those who enter it.
#[derive(Serialize, ToSchema)]
#[schema(as = CareerWayIn)]
struct WayIn<'a> {
    /// What the job zone means.
    #[schema(example = "medium preparation")]
    job_zone_name: &'static str,
    /// The education and experience that are usual in the job zone.
    job_zone_usual: &'static str,
    /// Experience in related work that is typical at entry, by BLS.
    #[schema(example = "Less than 5 years")]
    typical_experience: &'a str,
    /// Training on the job that is typical for new workers, by BLS.
    #[schema(example = "Apprenticeship")]
    typical_training: &'a str,
    /// The education that the work requires, according to people who do it: each level that somebody names, the lowest
    /// first. Empty if O*NET has no survey of them.
    required_education: Vec<NamedLevel>,
    /// A sentence if the education that the largest share of them names is not the one that BLS names.
    #[schema(required)]
    education_disagreement: Option<String>,
}

/// A level of education.
#[derive(Serialize, ToSchema)]
#[schema(as = EducationLevel)]
struct NamedLevel {
    #[schema(example = "Bachelor's degree")]
    level: &'static str,
    /// The share of the workers asked who name it, percent.
    #[schema(minimum = 0, maximum = 100)]
    share_pct: f64,
}

impl<'a> WayIn<'a> {
    fn new(o: &'a Occupation) -> Self {
        let (_, job_zone_name, job_zone_usual) = fields::job_zone(o.job_zone);
        let levels = education::named(o).into_iter();
        WayIn {
            job_zone_name,
            job_zone_usual,
            typical_experience: &o.outlook.experience,
            typical_training: &o.outlook.training,
            required_education: levels.map(|(level, share_pct)| NamedLevel { level, share_pct }).collect(),
            education_disagreement: education::disagreement(o),
        }
    }
}

/// What an occupation asks of people. The names are O*NET's names of work styles and interests.
#[derive(Serialize, ToSchema)]
#[schema(as = CareerFigures)]
struct Asked {
    /// Work styles (−3 to 3) and interests (1 to 7).
    ratings: BTreeMap<&'static str, f64>,
    /// Each rating in standard deviations above the average occupation, combined with the surveyed rating if there is
    /// one. Matching uses these figures.
    figures: BTreeMap<&'static str, f64>,
    /// How each figure compares with those of the other occupations.
    standings: BTreeMap<&'static str, Standing>,
    /// The types whose tables list the occupation.
    types: Vec<&'static str>,
    /// The traits whose tables list the occupation.
    traits: Vec<&'static str>,
}

/// How a figure compares with those of the other occupations.
#[derive(Serialize, ToSchema)]
#[schema(as = FigureStanding)]
struct Standing {
    /// The figure's name in the middle of a sentence.
    #[schema(example = "concern for others")]
    plain: &'static str,
    /// The percentage of occupations with a lower figure.
    #[schema(minimum = 0, maximum = 100)]
    percentile: u8,
    /// "average" within one standard deviation, "far" from two on. Decided before the figure is rounded.
    #[schema(example = "far above average")]
    compared: &'static str,
}

impl Asked {
    /// None for an occupation that is not in the catalog.
    fn new(catalog: &Catalog, o: &Occupation) -> Option<Self> {
        let figures = catalog.figures(&o.soc)?.figures;
        let percentiles = catalog.percentiles(&o.soc)?;
        let standing = |place: usize| Standing {
            plain: ELEMENT[place].plain,
            percentile: percentiles[place],
            compared: Compared::of(figures[place]).name(),
        };
        let named = |value: &dyn Fn(usize) -> f64| {
            (0..ELEMENTS).map(|place| (ELEMENT[place].name, value(place))).collect()
        };
        Some(Asked {
            ratings: named(&|place| o.ratings[place]),
            figures: named(&|place| (figures[place] * 100.0).round() / 100.0),
            standings: (0..ELEMENTS).map(|place| (ELEMENT[place].name, standing(place))).collect(),
            types: catalog.types_that_list(&o.soc).into_iter().map(Mbti::name).collect(),
            traits: catalog.traits_that_list(&o.soc).into_iter().map(Trait::name).collect(),
        })
    }
}

/// GET /api/v1/careers/{soc}
#[utoipa::path(
    get,
    path = "/api/v1/careers/{soc}",
    operation_id = "career",
    tag = "Careers",
    summary = "One occupation",
    params(("soc" = String, Path, description = "Its code, such as 29-1141.", pattern = "^[0-9]{2}-[0-9]{4}$",
            example = json!("29-1141"))),
    responses(
        (status = 200, description = "All that is known of it.", body = Whole),
        (status = 404, description = "No occupation in this catalog has this code.", body = Problem),
        Always,
    )
)]
pub async fn one(state: web::Data<AppState>, soc: web::Path<String>) -> Result<HttpResponse, WebError> {
    let catalog = &state.catalog;
    let o = catalog.by_soc(&soc).ok_or(WebError::NotFound)?;
    let extents = o.values.iter().flat_map(|values| WorkValue::ALL.into_iter().zip(values.extent));
    Ok(public(&Whole {
        schema: SCHEMA,
        version: catalog.version(),
        summary: Summary::new(o, None),
        onet_title: &o.onet_title,
        description: &o.description,
        pay: PayDetails::new(&o.pay),
        outlook: OutlookDetails::new(&o.outlook),
        way_in: WayIn::new(o),
        asked: Asked::new(catalog, o).ok_or(WebError::NotFound)?,
        tasks: &o.tasks,
        technology: &o.technology,
        in_demand: o.in_demand,
        related: &o.related,
        similar: catalog.similar(&o.soc, SIMILAR).into_iter().map(|other| other.soc.as_str()).collect(),
        work_values: extents.map(|(value, extent)| (value.name(), extent)).collect(),
        work_values_year: o.values.as_ref().map(|values| values.year),
        other_titles: o.titles.lines().collect(),
    }))
}
