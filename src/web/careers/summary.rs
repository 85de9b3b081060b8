//! An occupation in the JSON of the catalog and the ranking.

use serde::Serialize;
use utoipa::ToSchema;

use crate::careers::fields;
use crate::careers::occupation::Occupation;
use crate::web::address;

/// The version of the JSON and CSV of careers, raised when a field is added, renamed, removed or changes its meaning.
/// docs/CAREERS.md lists the versions.
pub const SCHEMA: u32 = 4;

/// An occupation.
#[derive(Serialize, ToSchema)]
pub struct Summary<'a> {
    /// Its code in the Standard Occupational Classification.
    #[schema(example = "29-1141", pattern = "^[0-9]{2}-[0-9]{4}$")]
    soc: &'a str,
    title: &'a str,
    /// The title that matched the search, if it is not the occupation's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    found_as: Option<&'a str>,
    /// The SOC major group in words.
    #[schema(required)]
    field: Option<&'static str>,
    /// Mean annual wage in the United States, like all pay here in US dollars.
    salary_usd: u32,
    /// Whether the mean's relative standard error is above 10%.
    salary_is_imprecise: bool,
    /// Whether BLS publishes the mean as a number in its tables: up to $239,200.
    salary_is_confirmed: bool,
    median_salary_usd: u32,
    salary_p10_usd: u32,
    salary_p90_usd: u32,
    /// The wider group that the wage is published for, if it is not published for the occupation alone.
    #[schema(required)]
    salary_of_wider_group: Option<&'a str>,
    /// Jobs in the United States.
    employment: u32,
    /// How much preparation the work needs, by O*NET.
    #[schema(minimum = 1, maximum = 5)]
    job_zone: u8,
    typical_education: &'a str,
    /// Projected change in employment from 2024 to 2034, percent.
    growth_pct: f64,
    openings_a_year: u32,
    /// The path of its page on this site.
    #[schema(example = "/careers/29-1141")]
    page: String,
}

impl<'a> Summary<'a> {
    pub fn new(o: &'a Occupation, found_as: Option<&'a str>) -> Self {
        Summary {
            soc: &o.soc,
            title: &o.title,
            found_as,
            field: fields::field(o.major_group()),
            salary_usd: o.pay.mean,
            salary_is_imprecise: o.pay.is_imprecise(),
            salary_is_confirmed: !o.pay.is_above_ceiling(),
            median_salary_usd: o.pay.median(),
            salary_p10_usd: o.pay.percentiles[0],
            salary_p90_usd: o.pay.percentiles[4],
            salary_of_wider_group: o.pay.wider_group.as_deref(),
            employment: o.pay.employment,
            job_zone: o.job_zone,
            typical_education: &o.outlook.education,
            growth_pct: o.outlook.growth_pct,
            openings_a_year: o.outlook.openings,
            page: address::occupation(&o.soc),
        }
    }
}
