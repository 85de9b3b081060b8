//! Every occupation ranked by its fit to a whole profile, filtered, sorted, searched, a page at a time. Pure.

use super::catalog::Catalog;
use super::filters::{Filters, Sort};
use super::matching::{self, Standing};
use super::occupation::Occupation;
use super::reasons::{Reason, Voice};
use crate::personality::Profile;

/// Rows of a page.
pub const PAGE_ROWS: usize = 25;

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
