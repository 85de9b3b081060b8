//! What a visitor asks of a list of occupations: words of a title, an order, filters, a page. As parameters of an address.

use std::fmt;

use super::fields;
use super::occupation::Occupation;

/// In which order rows stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Best fit first.
    #[default]
    Fit,
    /// Highest mean wage first.
    Salary,
    /// Best title match first; the order of a search unless another is asked for.
    Match,
}

impl Sort {
    /// The value of the `sort` parameter.
    pub fn name(self) -> &'static str {
        match self {
            Sort::Fit => "fit",
            Sort::Salary => "salary",
            Sort::Match => "match",
        }
    }
}

/// Which projected growth is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// Not shrinking: 0 percent or more.
    Steady,
    /// At least as fast as all occupations together.
    Fast,
}

/// Growth of all occupations together from 2024 to 2034, percent: BLS Employment Projections, table 1.2, total.
pub const AVERAGE_GROWTH_PCT: f64 = 3.1;

impl Growth {
    /// The value of the `growth` parameter.
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

/// What a visitor asked for, all of it by GET parameters: q, sort, zone (may come several times), salary, growth, field,
/// page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    /// Words of a title.
    pub query: String,
    /// Asked for by name, or else by whether there is a query.
    pub sort: Option<Sort>,
    /// Job zones 1 to 5; none: all.
    pub zones: Vec<u8>,
    /// The lowest mean wage, US dollars a year.
    pub min_salary: Option<u32>,
    /// The lowest growth.
    pub growth: Option<Growth>,
    /// A SOC major group, "15".
    pub field: Option<&'static str>,
    /// From 1.
    pub page: usize,
}

/// A parameter with a value that it cannot have.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{parameter}: expected {expected}, found \"{found}\"")]
pub struct FilterError {
    /// The parameter's name.
    pub parameter: &'static str,
    /// What it can be.
    pub expected: &'static str,
    /// What it was.
    pub found: String,
}

impl Filters {
    /// Reads the parameters. Empty values are as good as none, unknown names are left alone (other parts of a page may
    /// have parameters of their own).
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
                "page" => {
                    let page = value.parse().ok().filter(|page| *page >= 1);
                    filters.page = page.ok_or_else(|| error("page", "a number from 1 up"))?;
                }
                _ => {}
            }
        }
        filters.zones.sort_unstable();
        filters.zones.dedup();
        Ok(filters)
    }

    /// The order of the rows.
    pub fn order(&self) -> Sort {
        match self.sort {
            Some(Sort::Match) | None if self.query.is_empty() => Sort::Fit,
            Some(sort) => sort,
            None => Sort::Match,
        }
    }

    /// Whether an occupation passes every filter but the search.
    pub fn allow(&self, occupation: &Occupation) -> bool {
        (self.zones.is_empty() || self.zones.contains(&occupation.job_zone))
            && self.min_salary.is_none_or(|least| occupation.pay.mean >= least)
            && self.growth.is_none_or(|growth| growth.allows(occupation.outlook.growth_pct))
            && self.field.is_none_or(|field| occupation.major_group() == field)
    }
}

/// The parameters again, as a query string that leads to this page: "q=nurse&zone=5&page=2".
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
        if let Some(salary) = self.min_salary {
            query.append_pair("salary", &salary.to_string());
        }
        if let Some(growth) = self.growth {
            query.append_pair("growth", growth.name());
        }
        if let Some(field) = self.field {
            query.append_pair("field", field);
        }
        if self.page > 1 {
            query.append_pair("page", &self.page.to_string());
        }
        f.write_str(&query.finish())
    }
}
