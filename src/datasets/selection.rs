//! Chooses the careers for each type and trait.
//!
//! A list has the occupations that fit best, but only a few from one SOC minor group. If two types that differ in two
//! or more letters share half of their lists, shared occupations are replaced by the next best ones until they share
//! less.

use std::collections::BTreeMap;

use crate::careers::Person;
use crate::careers::evidence::element_index;
use crate::careers::fit::{Direction, Fits, Map};
use crate::careers::links::{Placed, TraitLinks};
use crate::careers::occupation::Occupation;
use crate::personality::{Axis, Mbti, Trait};

/// The number of careers on a type's list, and the most from one SOC minor group.
pub const TYPE_LIST: (usize, usize) = (36, 6);
/// The number of careers on a trait's list, and the most from one SOC minor group.
pub const TRAIT_LIST: (usize, usize) = (72, 10);
/// The limit of the Jaccard overlap of two types with two or more different letters.
pub const MOST_OVERLAP: f64 = 0.5;
/// The lowest median wage on the list for neuroticism, as a share of the catalog's median.
pub const LOWEST_CALM_WAGE: f64 = 0.9;
/// The lowest job zone on the list for neuroticism.
pub const LOWEST_CALM_ZONE: u8 = 3;

/// An occupation's index in the catalog, and its fit in standard deviations above the average occupation.
pub type Chosen = (usize, f64);

/// All lists, best fit first.
#[derive(Debug)]
pub struct Lists {
    /// By [`Mbti::index`].
    pub types: Vec<Vec<Chosen>>,
    /// By [`Trait::index`].
    pub traits: Vec<Vec<Chosen>>,
    /// The occupations that each list is chosen from, by fit: for each type, then for each trait.
    pub candidates: Vec<Vec<Chosen>>,
}

impl Lists {
    /// The list's mean fit, divided by that of the best candidates regardless of groups and overlap.
    pub fn share_of_best(&self, list: &[Chosen], candidates: &[Chosen]) -> f64 {
        let sum = |chosen: &[Chosen]| chosen.iter().map(|(_, fit)| fit).sum::<f64>();
        sum(list) / sum(&candidates[..list.len().min(candidates.len())])
    }
}

/// Whether an occupation may be on the list for neuroticism: calm work with good prospects and adequate pay.
pub fn calm_and_sound(occupation: &Occupation, links: &TraitLinks) -> bool {
    occupation.is_common()
        && calm(&links.place(occupation)) > 0.0
        && occupation.job_zone >= LOWEST_CALM_ZONE
        && occupation.outlook.growth_pct >= 0.0
        && f64::from(occupation.pay.median()) >= LOWEST_CALM_WAGE * f64::from(links.median_wage)
}

pub fn choose(occupations: &[Occupation], links: &TraitLinks) -> Lists {
    let placed: Vec<Placed> = occupations.iter().map(|o| links.place(o)).collect();
    let map = Map::new(occupations, &placed, links);
    let by_fit = |fits: Vec<f64>, may: &dyn Fn(&Occupation) -> bool| {
        let mut candidates: Vec<Chosen> =
            fits.into_iter().enumerate().filter(|(i, _)| may(&occupations[*i])).collect();
        candidates.sort_by(|a, b| {
            b.1.total_cmp(&a.1).then_with(|| occupations[a.0].title.cmp(&occupations[b.0].title))
        });
        candidates
    };
    let fits = |person: Person| Fits::of(&Direction::of(&person), &map).fit;
    let mut candidates: Vec<Vec<Chosen>> = Mbti::ALL
        .into_iter()
        .map(|mbti| by_fit(fits(Person::of_type(mbti)), &Occupation::is_common))
        .collect();
    for t in Trait::ALL {
        candidates.push(if t == Trait::Neuroticism {
            by_fit(placed.iter().map(calm).collect(), &|o| calm_and_sound(o, links))
        } else {
            by_fit(fits(Person::of_trait(t)), &Occupation::is_common)
        });
    }
    let mut types: Vec<Vec<Chosen>> =
        candidates[..16].iter().map(|c| best(c, occupations, TYPE_LIST, &[])).collect();
    separate(&mut types, &candidates, occupations);
    let traits = candidates[16..].iter().map(|c| best(c, occupations, TRAIT_LIST, &[])).collect();
    Lists { types, traits, candidates }
}

/// How calm the work is, in standard deviations above the average occupation: the negative of its need for stress
/// tolerance.
pub fn calm(placed: &Placed) -> f64 {
    element_index("Stress Tolerance").map_or(0.0, |element| -placed.figures[element])
}

/// The best `size` candidates, with at most `most` from one minor group and none from `without`.
fn best(
    candidates: &[Chosen],
    occupations: &[Occupation],
    (size, most): (usize, usize),
    without: &[usize],
) -> Vec<Chosen> {
    let mut of_group: BTreeMap<&str, usize> = BTreeMap::new();
    let mut list = Vec::with_capacity(size);
    for chosen in candidates {
        if list.len() == size {
            break;
        }
        let count = of_group.entry(occupations[chosen.0].minor_group()).or_default();
        if *count < most && !without.contains(&chosen.0) {
            *count += 1;
            list.push(*chosen);
        }
    }
    list
}

/// Replaces shared occupations until no two types with two or more different letters overlap by half. Each step takes
/// the pair with the largest overlap, and changes the list that loses less fit.
fn separate(lists: &mut [Vec<Chosen>], candidates: &[Vec<Chosen>], occupations: &[Occupation]) {
    let mut given_up: Vec<Vec<usize>> = vec![Vec::new(); lists.len()];
    // Each step removes one shared occupation; the bound guards against an endless loop.
    for _ in 0..1_000 {
        let Some((a, b)) = widest_overlap(lists) else { return };
        let mut cheapest: Option<(f64, usize, Vec<Chosen>, usize)> = None;
        for (this, other) in [(a, b), (b, a)] {
            // The shared occupation that fits worst costs the least.
            let shared = lists[this].iter().rev().find(|(i, _)| lists[other].iter().any(|(j, _)| i == j));
            let Some(&(shared, _)) = shared else { continue };
            let mut without = given_up[this].clone();
            without.push(shared);
            // The replacement must not be shared either.
            without.extend(
                lists[other].iter().map(|(i, _)| *i).filter(|i| lists[this].iter().all(|(j, _)| i != j)),
            );
            let next = best(&candidates[this], occupations, TYPE_LIST, &without);
            let loss = total(&lists[this]) - total(&next);
            if cheapest.as_ref().is_none_or(|(least, ..)| loss < *least) {
                cheapest = Some((loss, this, next, shared));
            }
        }
        let Some((_, this, next, shared)) = cheapest else { return };
        given_up[this].push(shared);
        lists[this] = next;
    }
}

fn total(list: &[Chosen]) -> f64 {
    list.iter().map(|(_, fit)| fit).sum()
}

/// The pair with the largest overlap among types with two or more different letters, if it is at least half.
fn widest_overlap(lists: &[Vec<Chosen>]) -> Option<(usize, usize)> {
    let mut widest: Option<(f64, usize, usize)> = None;
    for a in 0..lists.len() {
        for b in a + 1..lists.len() {
            let overlap = jaccard(&lists[a], &lists[b]);
            if letters_apart(Mbti::ALL[a], Mbti::ALL[b]) >= 2
                && overlap >= MOST_OVERLAP
                && widest.is_none_or(|(most, ..)| overlap > most)
            {
                widest = Some((overlap, a, b));
            }
        }
    }
    widest.map(|(_, a, b)| (a, b))
}

/// The number of letters in which two types differ.
pub fn letters_apart(a: Mbti, b: Mbti) -> usize {
    Axis::ALL.into_iter().filter(|axis| a.letter(*axis) != b.letter(*axis)).count()
}

/// The number of shared occupations divided by the number of all occupations on either list.
pub fn jaccard(a: &[Chosen], b: &[Chosen]) -> f64 {
    let shared = a.iter().filter(|(i, _)| b.iter().any(|(j, _)| i == j)).count();
    shared as f64 / (a.len() + b.len() - shared) as f64
}
