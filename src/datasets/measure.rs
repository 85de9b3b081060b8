//! How the ranking behaves on simulated people, for docs/CAREERS.md.
//!
//! This checks consistency, not truth: the people are drawn from the same profiles that rank the occupations.

use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::careers::figures::{Compared, element_of};
use crate::careers::fit::{Direction, products};
use crate::careers::{Catalog, Filters, Person};
use crate::personality::{Estimate, Interest, InterestScores, Trait};

const PEOPLE: usize = 500;
const SEED: u64 = 2026;
/// The standard error given to a simulated person's trait levels.
const TRAIT_ERROR: f64 = 0.4;
/// The standard error given to their interest scores, in steps of the scale.
const INTEREST_ERROR: f64 = 0.35;
/// The standard deviation between occupations of people's mean traits, in standard deviations between people: the square
/// root of .045, the middle of the 2 to 7 percent that occupation explains (Anni, Vainik and Mõttus 2025).
const BETWEEN_OCCUPATIONS: f64 = 0.21;

/// The standard deviations around an occupation's profile that its simulated workers have.
#[derive(Clone, Copy)]
pub struct Scatter {
    pub traits: f64,
    pub interests: f64,
}

pub const SCATTER: Scatter = Scatter { traits: 0.9, interests: 1.0 };

/// The median share of occupations that fit a simulated worker better than the worker's own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OwnRank {
    pub traits: f64,
    pub both: f64,
}

/// Simulates one worker of each occupation. `between` is the standard deviation of a trait between occupations, in
/// standard deviations between people. 1 draws people around the profile that the ranking uses.
pub fn own_rank(catalog: &Catalog, scatter: Scatter, between: f64) -> OwnRank {
    let mut rng = StdRng::seed_from_u64(SEED);
    let (mut traits_only, mut both) = (Vec::new(), Vec::new());
    for (i, placed) in catalog.placed().iter().enumerate() {
        let scores = placed.traits.map(|t| between * t + scatter.traits * normal(&mut rng));
        let alone = Person::you(scores.map(|mean| Estimate { mean, sd: 0.0 }));
        let means = Interest::ALL.map(|interest| {
            3.0 + placed.figures[element_of(interest)] + scatter.interests * normal(&mut rng)
        });
        let asked = Person { interests: Some(InterestScores { means, error: 0.0 }), ..alone.clone() };
        for (person, shares) in [(alone, &mut traits_only), (asked, &mut both)] {
            let fit = products(&Direction::of(&person), catalog.map());
            let above = fit.iter().filter(|other| **other > fit[i]).count();
            shares.push(above as f64 / fit.len() as f64);
        }
    }
    OwnRank { traits: median(traits_only), both: median(both) }
}

/// What random people see on their first pages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FirstPages {
    /// The mean share of the first 25 rows that give the commonest reason.
    pub commonest_reason: f64,
    /// The mean share of the first 25 rows that give no reason.
    pub without_reason: f64,
    /// The mean share of the first 25 rows that have rank 1.
    pub rank_one: f64,
    /// The number of different occupations among all people's first ten rows.
    pub distinct: usize,
}

pub fn first_pages(catalog: &Catalog, with_interests: bool) -> FirstPages {
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let (mut commonest, mut without, mut rank_one) = (0.0, 0.0, 0.0);
    for _ in 0..PEOPLE {
        let person = random_person(&mut rng, with_interests);
        let ranking = catalog.rank(&person, &Filters { page: 1, ..Filters::default() });
        seen.extend(ranking.rows.iter().take(10).map(|row| row.occupation.soc.as_str()));
        let mut counts: BTreeMap<(usize, bool), usize> = BTreeMap::new();
        for point in ranking.rows.iter().flat_map(|row| &row.reasons.pro) {
            *counts.entry((point.element, point.compared > Compared::Average)).or_default() += 1;
        }
        let rows = ranking.rows.len() as f64;
        commonest += counts.values().copied().max().unwrap_or(0) as f64 / rows;
        without += ranking.rows.iter().filter(|row| row.reasons.pro.is_empty()).count() as f64 / rows;
        rank_one += ranking.rows.iter().filter(|row| row.rank == 1).count() as f64 / rows;
    }
    let n = PEOPLE as f64;
    FirstPages {
        commonest_reason: commonest / n,
        without_reason: without / n,
        rank_one: rank_one / n,
        distinct: seen.len(),
    }
}

/// A person with independent, normally distributed traits and interests.
fn random_person(rng: &mut StdRng, with_interests: bool) -> Person {
    let traits = Trait::ALL.map(|_| Estimate { mean: normal(rng), sd: TRAIT_ERROR });
    let means = Interest::ALL.map(|_| (3.0 + normal(rng)).clamp(1.0, 5.0));
    let interests = with_interests.then_some(InterestScores { means, error: INTEREST_ERROR });
    Person { interests, ..Person::you(traits) }
}

/// The spread between occupations that published figures support.
pub const PUBLISHED: f64 = BETWEEN_OCCUPATIONS;

/// A standard normal draw, by the method of Box and Muller.
fn normal(rng: &mut StdRng) -> f64 {
    let (u, v): (f64, f64) = (rng.random_range(f64::EPSILON..1.0), rng.random());
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
