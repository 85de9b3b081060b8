//! Ranks every occupation by its fit to a person; filters, sorts and searches the catalog.

use super::catalog::Catalog;
use super::filters::{Filters, Sort};
use super::fit::{Direction, Fits, Part};
use super::found::Found;
use super::occupation::Occupation;
use super::person::Person;
use super::reasons::{self, Point, Reasons};

/// Rows on a page.
pub const PAGE_ROWS: usize = 25;

/// One row of a ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked<'a> {
    /// The rank among all occupations, regardless of filters; see [`Fits::rank`].
    pub rank: usize,
    pub occupation: &'a Occupation,
    /// In standard deviations above the average occupation.
    pub fit: f64,
    /// What each part adds to the fit; sums to it.
    pub parts: Vec<(Part, f64)>,
    pub reasons: Reasons,
    /// One or two sentences on what speaks for it.
    pub reason: String,
    /// The strongest point against it, if it is strong enough to mention.
    pub against: Option<String>,
    /// The title that the search matched, unless it is one of the two main titles.
    pub found_as: Option<&'a str>,
}

/// A page of a ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking<'a, Row = Ranked<'a>> {
    /// Occupations that pass the filters.
    pub total: usize,
    /// From 1.
    pub page: usize,
    /// At least 1.
    pub pages: usize,
    pub rows: Vec<Row>,
    /// The share of each part in the order; sums to 1.
    pub shares: Vec<(Part, f64)>,
    /// What the search found before the other filters, if there is a search.
    pub found: Option<Found<'a>>,
}

/// The filtered catalog without a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Browsed<'a> {
    /// Each with the other title that the search matched.
    pub occupations: Vec<(&'a Occupation, Option<&'a str>)>,
    /// What the search found before the other filters, if there is a search.
    pub found: Option<Found<'a>>,
}

/// A row of a list, and the similar occupations that would follow it, each with its rank.
#[derive(Clone, Debug, PartialEq)]
pub struct Folded<'a> {
    pub row: Ranked<'a>,
    pub like_it: Vec<(usize, &'a Occupation)>,
}

/// An occupation's index, and the index of the title that a search matched.
type Kept = (usize, usize);

impl Catalog {
    /// The page that the filters ask for.
    pub fn rank(&self, person: &Person, filters: &Filters) -> Ranking<'_> {
        self.rank_rows(person, filters, PAGE_ROWS)
    }

    /// Like [`Catalog::rank`], with `rows` rows on a page. `usize::MAX` puts all rows on one page.
    pub fn rank_rows(&self, person: &Person, filters: &Filters, rows: usize) -> Ranking<'_> {
        self.page(person, filters, rows, |direction, fits, shown| self.rows(person, direction, fits, &shown))
    }

    /// Like [`Catalog::rank`], with similar occupations of the page folded into the first of them, if
    /// [`Filters::folds`]. A page holds the same occupations folded or not.
    pub fn rank_folded(&self, person: &Person, filters: &Filters) -> Ranking<'_, Folded<'_>> {
        self.page(person, filters, PAGE_ROWS, |direction, fits, shown| {
            let heads = if filters.folds() {
                self.fold(&shown, usize::MAX)
            } else {
                shown.into_iter().map(|kept| (kept, Vec::new())).collect()
            };
            self.folded_rows(person, direction, fits, heads)
        })
    }

    /// The best `count` common occupations that pass the filters. Similar occupations are folded into the first of
    /// them, so that the list does not repeat one kind of work.
    pub fn best(&self, person: &Person, filters: &Filters, count: usize) -> Vec<Folded<'_>> {
        let (direction, fits) = self.fits(person);
        let mut kept = self.kept(filters, &self.found(filters));
        kept.retain(|(i, _)| self.occupations()[*i].is_common());
        self.sort_by_fit(&mut kept, &fits);
        self.folded_rows(person, &direction, &fits, self.fold(&kept, count))
    }

    /// The page that the filters ask for, with at most `rows` occupations, from which `arrange` makes rows.
    fn page<'a, Row>(
        &'a self,
        person: &Person,
        filters: &Filters,
        rows: usize,
        arrange: impl FnOnce(&Direction, &Fits, Vec<Kept>) -> Vec<Row>,
    ) -> Ranking<'a, Row> {
        let (direction, fits) = self.fits(person);
        let found = self.found(filters);
        let mut kept = self.kept(filters, &found);
        match filters.order() {
            Sort::Fit => self.sort_by_fit(&mut kept, &fits),
            Sort::Salary => self.sort_by_salary(&mut kept),
            Sort::Match => {}
        }
        let total = kept.len();
        let rows = rows.max(1);
        let pages = total.div_ceil(rows).max(1);
        let page = filters.page.clamp(1, pages);
        let first = (page - 1).saturating_mul(rows);
        let rows = arrange(&direction, &fits, kept.into_iter().skip(first).take(rows).collect());
        Ranking { total, page, pages, rows, shares: fits.shares, found }
    }

    /// Each occupation that is like none before it, with those after it that are like it, until `most` of them are
    /// followed by yet another one.
    fn fold(&self, kept: &[Kept], most: usize) -> Vec<(Kept, Vec<usize>)> {
        let mut heads: Vec<(Kept, Vec<usize>)> = Vec::new();
        for (i, title) in kept {
            let full = heads.len() == most;
            match heads.iter_mut().find(|((head, _), _)| self.are_alike(*head, *i)) {
                Some((_, like_it)) => like_it.push(*i),
                None if full => break,
                None => heads.push(((*i, *title), Vec::new())),
            }
        }
        heads
    }

    fn folded_rows(
        &self,
        person: &Person,
        direction: &Direction,
        fits: &Fits,
        heads: Vec<(Kept, Vec<usize>)>,
    ) -> Vec<Folded<'_>> {
        let shown: Vec<Kept> = heads.iter().map(|(kept, _)| *kept).collect();
        let ranked = |i: usize| (fits.rank[i], &self.occupations()[i]);
        let folded = |(row, (_, like_it)): (_, (Kept, Vec<usize>))| Folded {
            row,
            like_it: like_it.into_iter().map(ranked).collect(),
        };
        self.rows(person, direction, fits, &shown).into_iter().zip(heads).map(folded).collect()
    }

    /// One occupation's row of the ranking, with its own strongest reasons.
    pub fn rank_one(&self, person: &Person, soc: &str) -> Option<Ranked<'_>> {
        self.rank_these(person, &[soc]).pop()
    }

    /// The rows of these occupations, in this order. Unknown codes are left out.
    pub fn rank_these(&self, person: &Person, codes: &[&str]) -> Vec<Ranked<'_>> {
        let (direction, fits) = self.fits(person);
        let place = |code: &&str| Some((self.occupations().iter().position(|o| o.soc == *code)?, 0));
        let shown: Vec<Kept> = codes.iter().filter_map(place).collect();
        self.rows(person, &direction, &fits, &shown)
    }

    /// Every figure of an occupation that speaks for or against it. Empty for an unknown code.
    pub fn points(&self, person: &Person, soc: &str) -> Vec<Point> {
        let placed = self.figures(soc);
        let points = |placed| reasons::points(person, &Direction::of(person), placed, self.links());
        placed.map(points).unwrap_or_default()
    }

    fn fits(&self, person: &Person) -> (Direction, Fits) {
        let direction = Direction::of(person);
        let fits = Fits::of(&direction, self.map());
        (direction, fits)
    }

    fn rows(&self, person: &Person, direction: &Direction, fits: &Fits, shown: &[Kept]) -> Vec<Ranked<'_>> {
        let points: Vec<Vec<Point>> = shown
            .iter()
            .map(|(i, _)| reasons::points(person, direction, &self.placed()[*i], self.links()))
            .collect();
        let chosen = reasons::choose(&points);
        let row = |((i, title), reasons): (&Kept, Reasons)| Ranked {
            rank: fits.rank[*i],
            occupation: &self.occupations()[*i],
            fit: fits.fit[*i],
            parts: fits.additions.iter().map(|(part, added)| (*part, added[*i])).collect(),
            reason: reasons.sentence(person),
            against: reasons.objection(person),
            reasons,
            found_as: self.other_title(*i, *title),
        };
        shown.iter().zip(chosen).map(row).collect()
    }

    /// By title match for a search, else by salary if asked, else by title.
    pub fn browse(&self, filters: &Filters) -> Browsed<'_> {
        let found = self.found(filters);
        let mut kept = self.kept(filters, &found);
        match filters.order() {
            Sort::Salary => self.sort_by_salary(&mut kept),
            Sort::Fit => kept.sort_by(|a, b| self.by_name(a.0, b.0)),
            Sort::Match => {}
        }
        let named = |(i, title)| (&self.occupations()[i], self.other_title(i, title));
        Browsed { occupations: kept.into_iter().map(named).collect(), found }
    }

    fn found(&self, filters: &Filters) -> Option<Found<'_>> {
        (!filters.query.is_empty()).then(|| self.search(&filters.query))
    }

    fn kept(&self, filters: &Filters, found: &Option<Found<'_>>) -> Vec<Kept> {
        let all = self.occupations();
        match found {
            Some(found) => found.hits.iter().map(|hit| (hit.occupation, hit.title)).collect::<Vec<_>>(),
            None => (0..all.len()).map(|i| (i, 0)).collect(),
        }
        .into_iter()
        .filter(|(i, _)| filters.allow(&all[*i]))
        .collect()
    }

    /// By rank, then by fit. Where the two disagree, the difference in fit is within its error.
    fn sort_by_fit(&self, kept: &mut [Kept], fits: &Fits) {
        kept.sort_by(|(a, _), (b, _)| {
            let by_rank = fits.rank[*a].cmp(&fits.rank[*b]);
            by_rank.then_with(|| fits.fit[*b].total_cmp(&fits.fit[*a])).then_with(|| self.by_name(*a, *b))
        });
    }

    fn sort_by_salary(&self, kept: &mut [Kept]) {
        let all = self.occupations();
        kept.sort_by(|(a, _), (b, _)| {
            all[*b].pay.mean.cmp(&all[*a].pay.mean).then_with(|| self.by_name(*a, *b))
        });
    }

    /// By title, then by code, so that no two occupations tie.
    pub(super) fn by_name(&self, a: usize, b: usize) -> std::cmp::Ordering {
        let (a, b) = (&self.occupations()[a], &self.occupations()[b]);
        a.title.cmp(&b.title).then_with(|| a.soc.cmp(&b.soc))
    }

    fn other_title(&self, occupation: usize, title: usize) -> Option<&str> {
        self.occupations()[occupation].titles.lines().nth(title.checked_sub(2)?)
    }
}

#[cfg(test)]
mod tests;
