//! One occupation: O*NET's ratings of the work, BLS's figures on pay and outlook.

use serde::{Deserialize, Serialize};

use super::evidence::SURVEYED_STYLES;

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
    /// Importance of the work styles in [`super::evidence::SURVEYED`], 1 to 5, as workers rate it (O*NET 29.3).
    pub surveyed: Option<[f64; SURVEYED_STYLES]>,
    /// O*NET's tasks, most typical first.
    pub tasks: Vec<String>,
    /// Software and tools that job postings often ask for. Those in demand for this occupation come first.
    pub technology: Vec<String>,
    /// How many of [`Occupation::technology`] are in demand for this occupation.
    pub in_demand: usize,
    /// SOC codes of the occupations that O*NET lists as related, the closest first.
    pub related: Vec<String>,
    pub values: Option<WorkValues>,
    /// O*NET's other titles, one per line.
    pub titles: String,
}

/// An occupation that is not in the catalog. A search for it gives the reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    pub soc: String,
    /// O*NET's title.
    pub title: String,
    pub why: Why,
    /// The mean hourly wage in US dollars, for occupations without a published annual wage.
    pub hourly_mean: Option<f64>,
    /// O*NET's other titles and the titles of its specialties, one per line.
    pub titles: String,
}

/// What an occupation offers, as O*NET's analysts rate it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkValues {
    /// From 1 to 7, by [`WorkValue::index`].
    pub extent: [f64; 6],
    /// The year of the rating; for most occupations 2008.
    pub year: u16,
}

/// One of O*NET's six work values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkValue {
    Achievement,
    WorkingConditions,
    Recognition,
    Relationships,
    Support,
    Independence,
}

impl WorkValue {
    pub const ALL: [WorkValue; 6] = [
        WorkValue::Achievement,
        WorkValue::WorkingConditions,
        WorkValue::Recognition,
        WorkValue::Relationships,
        WorkValue::Support,
        WorkValue::Independence,
    ];

    /// The position in [`WorkValue::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// O*NET's name.
    pub fn name(self) -> &'static str {
        match self {
            WorkValue::Achievement => "Achievement",
            WorkValue::WorkingConditions => "Working Conditions",
            WorkValue::Recognition => "Recognition",
            WorkValue::Relationships => "Relationships",
            WorkValue::Support => "Support",
            WorkValue::Independence => "Independence",
        }
    }

    /// The value of the `value` parameter.
    pub fn parameter(self) -> &'static str {
        match self {
            WorkValue::Achievement => "achievement",
            WorkValue::WorkingConditions => "conditions",
            WorkValue::Recognition => "recognition",
            WorkValue::Relationships => "relationships",
            WorkValue::Support => "support",
            WorkValue::Independence => "independence",
        }
    }

    /// For visitors: what work that rates high on it offers.
    pub fn plain(self) -> &'static str {
        match self {
            WorkValue::Achievement => "seeing results and using what you are good at",
            WorkValue::WorkingConditions => "job security and good conditions",
            WorkValue::Recognition => "advancement, leadership and prestige",
            WorkValue::Relationships => "friendly coworkers and serving others",
            WorkValue::Support => "management that stands behind its people",
            WorkValue::Independence => "working on your own and making decisions",
        }
    }
}

/// Why an O*NET occupation is not in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A residual group ("All Other") of many kinds of work without ratings of its own.
    Residual,
    /// BLS does not cover it, such as the armed forces, legislators, fishing and hunting.
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
            Why::NoRatings => "No ratings of the work are published yet.",
        }
    }
}

/// Below this number of workers in the whole country, hardly any jobs are open.
pub const FEWEST_WORKERS: u32 = 3_000;

impl Occupation {
    /// Whether a short list may suggest it: enough workers, and a precise enough wage.
    pub fn is_common(&self) -> bool {
        self.pay.employment >= FEWEST_WORKERS && !self.pay.is_imprecise()
    }

    /// The everyday title, O*NET's, then the others.
    pub fn every_title(&self) -> impl Iterator<Item = &str> {
        [self.title.as_str(), self.onet_title.as_str()].into_iter().chain(self.titles.lines())
    }
}

impl LeftOut {
    /// For visitors: why it is left out, and what is known about its pay.
    pub fn sentence(&self) -> String {
        match self.hourly_mean {
            Some(hourly) => format!(
                "{} The Bureau of Labor Statistics publishes a mean of ${hourly:.2} an hour before tax (May 2025).",
                self.why.sentence()
            ),
            None => self.why.sentence().to_owned(),
        }
    }

    /// O*NET's title twice, so that positions match those of [`Occupation::every_title`], then the others.
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

/// US dollars a year. BLS's tables (May 2024) publish wages above this amount as "239,200 or more". The file that we
/// use has numbers there, which BLS has not confirmed.
pub const PUBLISHED_CEILING: u32 = 239_200;
/// A mean wage with a larger relative standard error (percent) is marked as imprecise.
pub const IMPRECISE_RSE: f64 = 10.0;

impl Pay {
    /// Whether the mean rests on a small sample.
    pub fn is_imprecise(&self) -> bool {
        self.mean_rse > IMPRECISE_RSE
    }

    /// Whether the mean is above [`PUBLISHED_CEILING`].
    pub fn is_above_ceiling(&self) -> bool {
        self.mean > PUBLISHED_CEILING
    }

    /// Whether any amount on the pages is above [`PUBLISHED_CEILING`].
    pub fn reaches_above_ceiling(&self) -> bool {
        self.is_above_ceiling() || self.percentiles[4] > PUBLISHED_CEILING
    }

    /// Why the mean is uncertain, in a few words for lists.
    pub fn caution(&self) -> Option<&'static str> {
        if self.is_imprecise() {
            Some("small sample")
        } else if self.is_above_ceiling() {
            Some("not confirmed")
        } else if self.wider_group.is_some() {
            Some("wider group")
        } else {
            None
        }
    }

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
    /// "15" of "15-1252".
    pub fn major_group(&self) -> &str {
        &self.soc[..2]
    }

    /// "15-1" of "15-1252".
    pub fn minor_group(&self) -> &str {
        &self.soc[..4]
    }
}
