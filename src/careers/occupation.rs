//! One occupation: O*NET's ratings of the work, BLS's figures on pay and outlook.

use serde::{Deserialize, Serialize};

use super::evidence::{ELEMENTS, STYLES};

/// An occupation with ratings, a job zone and an annual wage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Occupation {
    /// The 2018 SOC code, "15-1252".
    pub soc: String,
    /// Singular and in everyday words: "Software developer".
    pub title: String,
    /// O*NET's title: "Software Developers".
    pub onet_title: String,
    /// O*NET's description.
    pub description: String,
    pub pay: Pay,
    pub outlook: Outlook,
    /// O*NET's job zone, 1 (little preparation) to 5 (extensive preparation).
    pub job_zone: u8,
    /// Percent of surveyed workers who name each of O*NET's twelve levels as required; sums to 100.
    pub education: Option<[f64; 12]>,
    /// Work styles (−3 to 3), then interests (1 to 7), in the order of [`super::evidence::ELEMENT`].
    pub ratings: Vec<f64>,
    /// Importance of stress tolerance, 1 to 5, as workers rate it (O*NET 29.3).
    pub stress_tolerance: Option<f64>,
    /// O*NET's other titles, one per line.
    pub titles: String,
}

/// An occupation that is not in the catalogue. A search for it gives the reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    pub soc: String,
    /// O*NET's title.
    pub title: String,
    pub why: Why,
    /// O*NET's other titles and the titles of its specialties, one per line.
    pub titles: String,
}

/// Why an O*NET occupation is not in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A residual group ("All Other") of many kinds of work without ratings of its own.
    Residual,
    /// BLS does not cover it: the armed forces, legislators, fishing and hunting.
    NotCovered,
    /// BLS publishes no annual wage, because the work is rarely full time all year.
    NoAnnualWage,
    /// O*NET has no ratings or no job zone for it.
    NoRatings,
}

impl Why {
    /// As a sentence for visitors.
    pub fn sentence(self) -> &'static str {
        match self {
            Why::Residual => {
                "It belongs to a group of many kinds of work, and nobody publishes its pay separately."
            }
            Why::NotCovered => "US wage statistics do not cover it.",
            Why::NoAnnualWage => {
                "No yearly pay is published for it, because the work is rarely full time all year."
            }
            Why::NoRatings => "Nobody has rated yet what it asks of people.",
        }
    }
}

impl Occupation {
    /// The everyday title, O*NET's, then the others.
    pub fn every_title(&self) -> impl Iterator<Item = &str> {
        [self.title.as_str(), self.onet_title.as_str()].into_iter().chain(self.titles.lines())
    }
}

impl LeftOut {
    /// O*NET's title twice, so that positions match [`Occupation::every_title`], then the others.
    pub fn every_title(&self) -> impl Iterator<Item = &str> {
        [self.title.as_str(), self.title.as_str()].into_iter().chain(self.titles.lines())
    }
}

/// BLS Occupational Employment and Wage Statistics, May 2025: US dollars a year, without the self-employed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pay {
    /// The code under which BLS publishes the wage.
    pub soc: String,
    /// The title of the wider group, where BLS publishes only the group's wage.
    pub wider_group: Option<String>,
    /// The mean wage, which every list shows as the salary.
    pub mean: u32,
    /// Relative standard error of the mean, percent.
    pub mean_rse: f64,
    /// The 10th, 25th, 50th, 75th and 90th percentiles.
    pub percentiles: [u32; 5],
    pub employment: u32,
}

impl Pay {
    pub fn median(&self) -> u32 {
        self.percentiles[2]
    }
}

/// BLS Employment Projections 2024-34, for the same group as the wage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// Change of employment from 2024 to 2034, percent.
    pub growth_pct: f64,
    /// Average openings a year.
    pub openings: u32,
    /// Share of self-employed in 2024, percent.
    pub self_employed_pct: Option<f64>,
    /// Typical education at entry.
    pub education: String,
    /// Typical work experience in a related occupation.
    pub experience: String,
    /// Typical training on the job.
    pub training: String,
}

impl Occupation {
    pub fn styles(&self) -> &[f64] {
        &self.ratings[..STYLES]
    }

    /// Realistic, investigative, artistic, social, enterprising, conventional.
    pub fn interests(&self) -> &[f64] {
        &self.ratings[STYLES..ELEMENTS]
    }

    /// "15" of "15-1252".
    pub fn major_group(&self) -> &str {
        &self.soc[..2]
    }

    /// "15-1" of "15-1252".
    pub fn minor_group(&self) -> &str {
        &self.soc[..4]
    }
}
