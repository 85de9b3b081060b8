//! Which occupations are alike.

use super::catalog::Catalog;
use super::figures::Figures;
use super::occupation::Occupation;

/// Occupations of one SOC minor group are alike if their figures are at most this far apart. Teachers of two school
/// grades are about that far apart; a surgeon and a nurse are farther apart. A choice.
const ALIKE: f64 = 3.5;

impl Catalog {
    /// The `count` occupations with the nearest figures, nearest first. Empty for an unknown code.
    pub fn similar(&self, soc: &str, count: usize) -> Vec<&Occupation> {
        let Some(this) = self.occupations().iter().position(|o| o.soc == soc) else { return Vec::new() };
        let figures = &self.placed()[this].figures;
        let mut others: Vec<(f64, usize)> = (0..self.placed().len())
            .filter(|i| *i != this)
            .map(|i| (distance(figures, &self.placed()[i].figures), i))
            .collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| self.by_name(a.1, b.1)));
        others.into_iter().take(count).map(|(_, i)| &self.occupations()[i]).collect()
    }

    /// The occupations that O*NET lists as related, the closest first.
    pub fn related(&self, occupation: &Occupation) -> Vec<&Occupation> {
        occupation.related.iter().filter_map(|soc| self.by_soc(soc)).collect()
    }

    /// Whether a list may fold the two together as one kind of work.
    pub(super) fn are_alike(&self, a: usize, b: usize) -> bool {
        let (one, other) = (&self.occupations()[a], &self.occupations()[b]);
        one.minor_group() == other.minor_group()
            && distance(&self.placed()[a].figures, &self.placed()[b].figures) <= ALIKE
    }
}

/// Euclidean distance of two occupations' figures.
fn distance(a: &Figures, b: &Figures) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}
