//! Every occupation ranked by its fit to a whole profile, filtered, sorted, searched, a page at a time. Pure.

use std::fmt;

use super::Catalog;
use super::fields;
use super::matching::{self, Standing};
use super::occupation::Occupation;
use super::reasons::{Reason, Voice};
use crate::personality::Profile;

/// Rows of a page.
pub const PAGE_ROWS: usize = 25;

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

/// One row of a ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked<'a> {
    /// Its place among all occupations by fit, from 1, whatever the filters.
    pub rank: usize,
    /// The occupation.
    pub occupation: &'a Occupation,
    /// Standard deviations above the average occupation.
    pub fit: f64,
    /// Why it fits, one sentence.
    pub reason: String,
    /// The strongest point against, one sentence, when there is one worth telling.
    pub against: Option<String>,
    /// The title that the search found, if it is not the occupation's own.
    pub found_as: Option<&'a str>,
}

/// A page of a ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking<'a> {
    /// Occupations that pass the filters.
    pub total: usize,
    /// This page, from 1.
    pub page: usize,
    /// Pages in all, at least 1.
    pub pages: usize,
    /// The rows of this page.
    pub rows: Vec<Ranked<'a>>,
}

impl Catalog {
    /// The page of the whole-profile ranking that the filters ask for, of [`PAGE_ROWS`] rows.
    pub fn rank(&self, profile: &Profile, filters: &Filters) -> Ranking<'_> {
        self.rank_rows(profile, filters, PAGE_ROWS)
    }

    /// The same with another page length. `usize::MAX` gives every row.
    pub fn rank_rows(&self, profile: &Profile, filters: &Filters, rows: usize) -> Ranking<'_> {
        let standing = Standing::of_profile(profile);
        let raw: Vec<f64> = self.placed().iter().map(|p| matching::raw_fit(&standing, p)).collect();
        let spread = matching::spread(&raw);
        let mut places: Vec<usize> = (0..raw.len()).collect();
        places.sort_by(|a, b| raw[*b].total_cmp(&raw[*a]).then_with(|| self.by_name(*a, *b)));
        let mut rank = vec![0; raw.len()];
        for (i, place) in places.iter().enumerate() {
            rank[*place] = i + 1;
        }
        let found = self.found(filters);
        let mut kept = self.kept(filters, &found);
        match filters.order() {
            Sort::Fit => kept.sort_by_key(|(i, _)| rank[*i]),
            Sort::Salary => self.sort_by_salary(&mut kept),
            Sort::Match => {}
        }
        let total = kept.len();
        let rows = rows.max(1);
        let pages = total.div_ceil(rows).max(1);
        let page = filters.page.clamp(1, pages);
        let first = (page - 1).saturating_mul(rows);
        let row = |(i, title): (usize, usize)| {
            let links = matching::links(&standing, &self.placed()[i], self.links());
            let reason = Reason::of(&links);
            let high = |t: crate::personality::Trait| standing.0[t.index()] > 0.0;
            Ranked {
                rank: rank[i],
                occupation: &self.occupations()[i],
                fit: raw[i] / spread,
                reason: reason.sentence(Voice::You, high),
                against: reason.objection(Voice::You, high),
                found_as: self.other_title(i, title),
            }
        };
        let rows = kept.into_iter().skip(first).take(rows).map(row).collect();
        Ranking { total, page, pages, rows }
    }

    /// The catalogue itself, without a profile: filtered, by title match when searched, else by salary when asked, else
    /// by title. Each with the other title that the search found.
    pub fn browse(&self, filters: &Filters) -> Vec<(&Occupation, Option<&str>)> {
        let found = self.found(filters);
        let mut kept = self.kept(filters, &found);
        match filters.order() {
            Sort::Salary => self.sort_by_salary(&mut kept),
            Sort::Fit => kept.sort_by(|a, b| self.by_name(a.0, b.0)),
            Sort::Match => {}
        }
        kept.into_iter().map(|(i, title)| (&self.occupations()[i], self.other_title(i, title))).collect()
    }

    /// What the search finds: none where nothing is searched for.
    fn found(&self, filters: &Filters) -> Option<Vec<super::search::Hit>> {
        (!filters.query.is_empty()).then(|| self.index().find(&filters.query))
    }

    /// The occupations that pass, each with the place of the title it was found by.
    fn kept(&self, filters: &Filters, found: &Option<Vec<super::search::Hit>>) -> Vec<(usize, usize)> {
        let all = self.occupations();
        match found {
            Some(hits) => hits.iter().map(|hit| (hit.occupation, hit.title)).collect::<Vec<_>>(),
            None => (0..all.len()).map(|i| (i, 0)).collect(),
        }
        .into_iter()
        .filter(|(i, _)| filters.allow(&all[*i]))
        .collect()
    }

    fn sort_by_salary(&self, kept: &mut [(usize, usize)]) {
        let all = self.occupations();
        kept.sort_by(|(a, _), (b, _)| {
            all[*b].pay.mean.cmp(&all[*a].pay.mean).then_with(|| self.by_name(*a, *b))
        });
    }

    /// By title, then by code: no two occupations tie.
    fn by_name(&self, a: usize, b: usize) -> std::cmp::Ordering {
        let (a, b) = (&self.occupations()[a], &self.occupations()[b]);
        a.title.cmp(&b.title).then_with(|| a.soc.cmp(&b.soc))
    }

    fn other_title(&self, occupation: usize, title: usize) -> Option<&str> {
        self.occupations()[occupation].titles.lines().nth(title.checked_sub(2)?)
    }

    /// The occupations whose ratings are nearest to this one's, nearest first: the straight distance over all 27
    /// standardised ratings. None for an unknown code.
    pub fn similar(&self, soc: &str, count: usize) -> Vec<&Occupation> {
        let Some(of) = self.occupations().iter().position(|o| o.soc == soc) else { return Vec::new() };
        let here = &self.placed()[of].ratings;
        let mut others: Vec<(f64, usize)> = self
            .placed()
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != of)
            .map(|(i, p)| (here.iter().zip(&p.ratings).map(|(a, b)| (a - b) * (a - b)).sum(), i))
            .collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| self.by_name(a.1, b.1)));
        others.into_iter().take(count).map(|(_, i)| &self.occupations()[i]).collect()
    }
}

#[cfg(test)]
mod tests;
