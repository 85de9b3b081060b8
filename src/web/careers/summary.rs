//! An occupation in the JSON of the catalog and the ranking.

use serde::Serialize;

use crate::careers::fields;
use crate::careers::occupation::Occupation;
use crate::web::address;

/// The version of the JSON of careers. 2: ranks count clear differences only, fit has parts, figures are combined.
pub const SCHEMA: u32 = 2;

#[derive(Serialize)]
pub struct Summary<'a> {
    soc: &'a str,
    title: &'a str,
    /// The title that matched the search, if it is not the occupation's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    found_as: Option<&'a str>,
    field: Option<&'static str>,
    /// Mean annual wage.
    salary_usd: u32,
    /// Whether the mean's relative standard error is above 10%.
    salary_is_imprecise: bool,
    /// Whether BLS publishes the mean as a number in its tables: up to $239,200.
    salary_is_confirmed: bool,
    median_salary_usd: u32,
    salary_p10_usd: u32,
    salary_p90_usd: u32,
    /// The wider group that the wage is published for, if it is not published for the occupation alone.
    salary_of_wider_group: Option<&'a str>,
    employment: u32,
    job_zone: u8,
    typical_education: &'a str,
    growth_pct: f64,
    openings_a_year: u32,
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
