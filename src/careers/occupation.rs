//! One occupation of the catalogue: what O*NET says of the work, what BLS says of the pay and the outlook.

use serde::{Deserialize, Serialize};

use super::evidence::{ELEMENTS, STYLES};

/// An occupation that can be ranked: it has ratings, a job zone and an annual wage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Occupation {
    /// The 2018 SOC code, "15-1252"; the key of the catalogue and of its page.
    pub soc: String,
    /// The title as people say it, singular: "Software developer".
    pub title: String,
    /// The title in O*NET: "Software Developers".
    pub onet_title: String,
    /// O*NET's description of the work.
    pub description: String,
    /// Wages and employment.
    pub pay: Pay,
    /// Growth, openings, usual ways in.
    pub outlook: Outlook,
    /// O*NET's job zone, 1 (little preparation) to 5 (extensive preparation).
    pub job_zone: u8,
    /// Percent of people asked who named each of O*NET's twelve levels of education as required; sums to 100.
    pub education: Option<[f64; 12]>,
    /// Work styles (−3 to 3), then interests (1 to 7), in the order of [`super::evidence::ELEMENT`].
    pub ratings: Vec<f64>,
    /// How important stress tolerance is to people who do the work, 1 to 5, from the surveyed ratings of O*NET 29.3.
    pub stress_tolerance: Option<f64>,
    /// Other titles that O*NET lists for this work, one a line.
    pub titles: String,
}

/// An occupation that is not in the catalogue: it can be searched for, and then the reason is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The 2018 SOC code.
    pub soc: String,
    /// The title in O*NET.
    pub title: String,
    /// Why it is left out.
    pub why: Why,
    /// Other titles that O*NET lists for it and its specialities, one a line.
    pub titles: String,
}

/// Why an O*NET occupation is not in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A residual group ("All Other"): people of many kinds, without ratings of their own.
    Residual,
    /// BLS does not cover it: the armed forces, legislators, fishing and hunting.
    NotCovered,
    /// BLS publishes no annual wage, because the work is not year-round full time.
    NoAnnualWage,
    /// O*NET has no ratings or no job zone for it.
    NoRatings,
}

impl Why {
    /// The reason as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Why::Residual => {
                "It is counted in a group of many kinds of work, and nobody publishes what it alone pays."
            }
            Why::NotCovered => "The wage statistics of the United States do not cover it.",
            Why::NoAnnualWage => {
                "No yearly pay is published for it, because the work is seldom full time all year round."
            }
            Why::NoRatings => "Nobody has rated yet what it asks of people.",
        }
    }
}

impl Occupation {
    /// Every title: its own, O*NET's, then the others.
    pub fn every_title(&self) -> impl Iterator<Item = &str> {
        [self.title.as_str(), self.onet_title.as_str()].into_iter().chain(self.titles.lines())
    }
}

impl LeftOut {
    /// Every title: O*NET's twice, since it has no other of its own, then the others.
    pub fn every_title(&self) -> impl Iterator<Item = &str> {
        [self.title.as_str(), self.title.as_str()].into_iter().chain(self.titles.lines())
    }
}

/// What BLS's Occupational Employment and Wage Statistics say, May 2025, annual, US dollars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pay {
    /// The code under which BLS publishes the wage.
    pub soc: String,
    /// The wider group's title, where BLS publishes the wage only for a group that this occupation is part of.
    pub wider_group: Option<String>,
    /// Mean wage: the salary that every list shows.
    pub mean: u32,
    /// Percent relative standard error of the mean.
    pub mean_rse: f64,
    /// Wages below which 10, 25, 50, 75 and 90 percent of the workers stand.
    pub percentiles: [u32; 5],
    /// Workers, without the self-employed.
    pub employment: u32,
}

impl Pay {
    /// The wage that half of the workers stay below.
    pub fn median(&self) -> u32 {
        self.percentiles[2]
    }
}

/// What BLS's Employment Projections 2024–34 say (of the same group as the wage).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// Change of employment from 2024 to 2034, percent.
    pub growth_pct: f64,
    /// Openings a year on average, workers.
    pub openings: u32,
    /// Share of self-employed in 2024, percent.
    pub self_employed_pct: Option<f64>,
    /// Education that people typically need to enter.
    pub education: String,
    /// Work experience in a related occupation that is usual.
    pub experience: String,
    /// Training on the job that is usual.
    pub training: String,
}

impl Occupation {
    /// The ratings of the 21 work styles.
    pub fn styles(&self) -> &[f64] {
        &self.ratings[..STYLES]
    }

    /// The ratings of the six interests: realistic, investigative, artistic, social, enterprising, conventional.
    pub fn interests(&self) -> &[f64] {
        &self.ratings[STYLES..ELEMENTS]
    }

    /// The SOC major group, "15" of "15-1252".
    pub fn major_group(&self) -> &str {
        &self.soc[..2]
    }

    /// The SOC minor group's first four characters, "15-1" of "15-1252".
    pub fn minor_group(&self) -> &str {
        &self.soc[..4]
    }
}
