//! Search words, order, filters and page of a list of occupations, parsed from and written to a query string.

use std::fmt;

use super::fields;
use super::occupation::{Occupation, WorkValue};
use super::person::Wishes;
use crate::personality::InterestScores;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Best fit first.
    #[default]
    Fit,
    /// Highest mean wage first.
    Salary,
    /// Best title match first; the default of a search.
    Match,
}

impl Sort {
    /// The parameter's value.
    pub fn name(self) -> &'static str {
        match self {
            Sort::Fit => "fit",
            Sort::Salary => "salary",
            Sort::Match => "match",
        }
    }
}

/// A lower limit on projected growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// 0 percent or more.
    Steady,
    /// At least [`AVERAGE_GROWTH_PCT`].
    Fast,
}

/// Growth of all occupations together, 2024 to 2034, percent (BLS Employment Projections, table 1.2, total).
pub const AVERAGE_GROWTH_PCT: f64 = 3.1;

impl Growth {
    /// The parameter's value.
    pub fn name(self) -> &'static str {
        match self {
            Growth::Steady => "steady",
            Growth::Fast => "fast",
        }
    }

    fn allows(self, pct: f64) -> bool {
        match self {
            Growth::Steady => pct >= 0.0,
            Growth::Fast => pct >= AVERAGE_GROWTH_PCT,
        }
    }
}

/// The GET parameters q, sort, zone (repeatable), prep, salary, growth, field, likes, value (repeatable, the
/// most important first), weigh (repeatable), fold and page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    /// Search words.
    pub query: String,
    /// None selects the default of [`Filters::order`].
    pub sort: Option<Sort>,
    /// Job zones from 1 to 5. Empty means all.
    pub zones: Vec<u8>,
    /// The highest job zone that the visitor's preparation allows, from 1 to 5.
    pub preparation: Option<u8>,
    /// Lowest mean wage, US dollars a year.
    pub min_salary: Option<u32>,
    pub growth: Option<Growth>,
    /// A SOC major group such as "15".
    pub field: Option<&'static str>,
    /// The mean answers to the activities of the six interests, from 1 to 5, if they were asked.
    pub likes: Option<[f64; 6]>,
    /// Whether the stored interests are excluded from the fit.
    pub without_interests: bool,
    /// What counts in the fit besides the person. Changes the order and leaves no occupation out.
    pub wishes: Wishes,
    /// Whether a page gives similar occupations a row each; see [`Filters::folds`].
    pub unfolded: bool,
    /// From 1.
    pub page: usize,
}

/// What the `value` parameter accepts.
const VALUES: &str = "achievement, conditions, recognition, relationships, support or independence";

/// The highest page that can be asked for, far more than there are.
pub const MOST_PAGES: usize = 10_000;

/// A parameter with an invalid value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{parameter}: expected {expected}, found \"{found}\"")]
pub struct FilterError {
    pub parameter: &'static str,
    pub expected: &'static str,
    pub found: String,
}

impl Filters {
    /// Parses the parameters. Ignores empty values. Ignores unknown names too, because they belong to other parts of a
    /// page.
    pub fn parse<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Filters, FilterError> {
        let mut filters = Filters { page: 1, ..Filters::default() };
        for (name, value) in pairs {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            let error = |parameter, expected| FilterError { parameter, expected, found: value.to_string() };
            match name {
                "q" => filters.query = value.chars().take(120).collect(),
                "sort" => {
                    let sort = [Sort::Fit, Sort::Salary, Sort::Match].into_iter().find(|s| s.name() == value);
                    filters.sort = Some(sort.ok_or_else(|| error("sort", "fit, salary or match"))?);
                }
                "zone" => {
                    let zone = value.parse().ok().filter(|zone| (1..=5).contains(zone));
                    filters.zones.push(zone.ok_or_else(|| error("zone", "a job zone from 1 to 5"))?);
                }
                "prep" => {
                    let zone = value.parse().ok().filter(|zone| (1..=5).contains(zone));
                    filters.preparation = Some(zone.ok_or_else(|| error("prep", "a job zone from 1 to 5"))?);
                }
                "value" => {
                    let value = WorkValue::ALL.into_iter().find(|v| v.parameter() == value);
                    let value = value.ok_or_else(|| error("value", VALUES))?;
                    if !filters.wishes.values.contains(&value) {
                        filters.wishes.values.push(value);
                    }
                }
                "weigh" => match value {
                    "pay" => filters.wishes.pay = true,
                    "growth" => filters.wishes.growth = true,
                    _ => return Err(error("weigh", "pay or growth")),
                },
                "likes" if value == "none" => filters.without_interests = true,
                "likes" => {
                    filters.likes =
                        Some(likes(value).ok_or_else(|| error("likes", "six numbers from 1 to 5, or none"))?);
                }
                "salary" => {
                    let plain: String = value.chars().filter(|c| !matches!(c, ',' | '$' | ' ')).collect();
                    let salary = plain.parse().map_err(|_| error("salary", "whole dollars a year"))?;
                    filters.min_salary = Some(salary);
                }
                "growth" => {
                    let growth = [Growth::Steady, Growth::Fast].into_iter().find(|g| g.name() == value);
                    filters.growth = Some(growth.ok_or_else(|| error("growth", "steady or fast"))?);
                }
                "field" => {
                    let field = fields::FIELDS.iter().find(|(code, _)| *code == value);
                    filters.field =
                        Some(field.ok_or_else(|| error("field", "a SOC major group such as 15"))?.0);
                }
                "fold" => match value {
                    "on" => filters.unfolded = false,
                    "off" => filters.unfolded = true,
                    _ => return Err(error("fold", "on or off")),
                },
                "page" => {
                    let page = value.parse().ok().filter(|page| (1..=MOST_PAGES).contains(page));
                    filters.page = page.ok_or_else(|| error("page", "a number from 1 to 10000"))?;
                }
                _ => {}
            }
        }
        filters.zones.sort_unstable();
        filters.zones.dedup();
        Ok(filters)
    }

    /// The interests to use: those in the address, else those stored with the result.
    pub fn interests(&self, stored: Option<InterestScores>, error: f64) -> Option<InterestScores> {
        let asked = self.likes.map(|means| InterestScores { means, error });
        asked.or(stored.filter(|_| !self.without_interests))
    }

    /// Only what the visitor states about themselves and the work that they want: preparation, interests and wishes.
    pub fn stated(&self) -> Filters {
        Filters {
            page: 1,
            preparation: self.preparation,
            likes: self.likes,
            without_interests: self.without_interests,
            wishes: self.wishes.clone(),
            ..Filters::default()
        }
    }

    /// As the end of an address: "?prep=4&page=2", or nothing.
    pub fn as_query(&self) -> String {
        let query = self.to_string();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// The requested order. By default, by match for a search and by fit otherwise.
    pub fn order(&self) -> Sort {
        match self.sort {
            Some(Sort::Match) | None if self.query.is_empty() => Sort::Fit,
            Some(sort) => sort,
            None => Sort::Match,
        }
    }

    /// Whether a page of a ranking may fold similar occupations into one row: where it is ordered by fit. A search or a
    /// field asks for similar ones.
    pub fn may_fold(&self) -> bool {
        self.query.is_empty() && self.field.is_none() && self.order() == Sort::Fit
    }

    /// Whether it does.
    pub fn folds(&self) -> bool {
        !self.unfolded && self.may_fold()
    }

    /// Whether an occupation passes every filter except the search.
    pub fn allow(&self, occupation: &Occupation) -> bool {
        (self.zones.is_empty() || self.zones.contains(&occupation.job_zone))
            && self.preparation.is_none_or(|most| occupation.job_zone <= most)
            && self.min_salary.is_none_or(|least| occupation.pay.mean >= least)
            && self.growth.is_none_or(|growth| growth.allows(occupation.outlook.growth_pct))
            && self.field.is_none_or(|field| occupation.major_group() == field)
    }
}

/// "2.50-4.00-…", in the order of the interests.
fn likes(value: &str) -> Option<[f64; 6]> {
    let numbers: Vec<f64> = value.split('-').map(|like| like.parse().ok()).collect::<Option<_>>()?;
    <[f64; 6]>::try_from(numbers).ok().filter(|likes| likes.iter().all(|like| (1.0..=5.0).contains(like)))
}

/// As a query string: "q=nurse&zone=5&page=2".
impl fmt::Display for Filters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !self.query.is_empty() {
            query.append_pair("q", &self.query);
        }
        if let Some(sort) = self.sort {
            query.append_pair("sort", sort.name());
        }
        for zone in &self.zones {
            query.append_pair("zone", &zone.to_string());
        }
        if let Some(zone) = self.preparation {
            query.append_pair("prep", &zone.to_string());
        }
        if let Some(salary) = self.min_salary {
            query.append_pair("salary", &salary.to_string());
        }
        if let Some(growth) = self.growth {
            query.append_pair("growth", growth.name());
        }
        if let Some(field) = self.field {
            query.append_pair("field", field);
        }
        if let Some(likes) = self.likes {
            query.append_pair("likes", &likes.map(|like| format!("{like:.2}")).join("-"));
        }
        if self.without_interests {
            query.append_pair("likes", "none");
        }
        for value in &self.wishes.values {
            query.append_pair("value", value.parameter());
        }
        for (wish, name) in [(self.wishes.pay, "pay"), (self.wishes.growth, "growth")] {
            if wish {
                query.append_pair("weigh", name);
            }
        }
        if self.unfolded {
            query.append_pair("fold", "off");
        }
        if self.page > 1 {
            query.append_pair("page", &self.page.to_string());
        }
        f.write_str(&query.finish())
    }
}
