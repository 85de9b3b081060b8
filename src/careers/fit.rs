//! How well occupations fit a person, and which differences in fit are larger than their error.
//!
//! An occupation is a vector of coordinates and a person a vector of weights for them; the fit is their scalar product.
//! docs/CAREERS.md derives the formula.

use std::ops::Range;

use super::figures::{element_of, mean_and_sd};
use super::links::{Placed, TraitLinks};
use super::occupation::{Occupation, WorkValue};
use super::person::Person;
use super::weights;
use crate::personality::{Interest, Trait};

const TRAITS: Range<usize> = 0..5;
const INTERESTS: Range<usize> = 5..11;
const VALUES: Range<usize> = 11..17;
const PAY: usize = 17;
const GROWTH: usize = 18;
const COORDINATES: usize = 19;
/// Only traits and interests are measured with an error.
const WITH_ERROR: usize = INTERESTS.end;
/// [`WITH_ERROR`], rounded up so that the compiler works on four at a time.
const PADDED: usize = 12;

/// A part of a fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Personality,
    Interests,
    Values,
    Pay,
    Growth,
}

impl Part {
    pub const ALL: [Part; 5] = [Part::Personality, Part::Interests, Part::Values, Part::Pay, Part::Growth];

    pub fn name(self) -> &'static str {
        match self {
            Part::Personality => "personality",
            Part::Interests => "interests",
            Part::Values => "work values",
            Part::Pay => "pay",
            Part::Growth => "growth",
        }
    }

    fn coordinates(self) -> Range<usize> {
        match self {
            Part::Personality => TRAITS,
            Part::Interests => INTERESTS,
            Part::Values => VALUES,
            Part::Pay => PAY..PAY + 1,
            Part::Growth => GROWTH..GROWTH + 1,
        }
    }
}

/// The coordinates of every occupation, in the order of the catalog.
pub struct Map(Vec<[f64; COORDINATES]>);

impl Map {
    pub fn new(occupations: &[Occupation], placed: &[Placed], links: &TraitLinks) -> Map {
        let log_pay = |o: &Occupation| f64::from(o.pay.median().max(1)).ln();
        let pay = mean_and_sd(occupations.iter().map(log_pay));
        let growth = mean_and_sd(occupations.iter().map(|o| o.outlook.growth_pct));
        let values = WorkValue::ALL.map(|value| {
            mean_and_sd(
                occupations.iter().filter_map(move |o| Some(o.values.as_ref()?.extent[value.index()])),
            )
        });
        // Halved, so that most lie between -1 and 1 as correlations do.
        let standard = |value: f64, (mean, sd): (f64, f64)| ((value - mean) / sd / 2.0).clamp(-1.0, 1.0);
        let one = |(o, placed): (&Occupation, &Placed)| {
            let mut point = [0.0; COORDINATES];
            let length = profile_length(placed, links);
            for (coordinate, expected) in point[TRAITS].iter_mut().zip(placed.traits) {
                *coordinate = expected / length;
            }
            point[INTERESTS].copy_from_slice(&unit(centered_interests(placed)).unwrap_or_default());
            if let Some(rated) = &o.values {
                for value in WorkValue::ALL {
                    let i = value.index();
                    point[VALUES.start + i] = standard(rated.extent[i], values[i]);
                }
            }
            point[PAY] = standard(log_pay(o), pay);
            point[GROWTH] = standard(o.outlook.growth_pct, growth);
            point
        };
        Map(occupations.iter().zip(placed).map(one).collect())
    }
}

/// The length of an occupation's trait profile, with the profile's error added. Without it, an occupation near the
/// average could match a person by chance.
pub fn profile_length(placed: &Placed, links: &TraitLinks) -> f64 {
    let squares: f64 = placed.traits.iter().map(|t| t * t).sum();
    (squares + links.profile_error().powi(2)).sqrt()
}

/// The figures of the six interests minus their mean.
pub fn centered_interests(placed: &Placed) -> [f64; 6] {
    let figures = Interest::ALL.map(|interest| placed.figures[element_of(interest)]);
    let mean = figures.iter().sum::<f64>() / 6.0;
    figures.map(|figure| figure - mean)
}

fn unit<const N: usize>(vector: [f64; N]) -> Option<[f64; N]> {
    let length = vector.iter().map(|v| v * v).sum::<f64>().sqrt();
    (length > 1e-9).then(|| vector.map(|v| v / length))
}

/// A person's weight for each coordinate, and its standard error.
#[derive(Clone, Debug, PartialEq)]
pub struct Direction {
    weight: [f64; COORDINATES],
    error: [f64; WITH_ERROR],
}

impl Direction {
    /// A part without information (all traits at the middle, all interests alike) has no weight.
    pub fn of(person: &Person) -> Direction {
        let mut direction = Direction { weight: [0.0; COORDINATES], error: [0.0; WITH_ERROR] };
        let mut scores = person.traits.map(|estimate| estimate.mean);
        // No figure predicts neuroticism.
        scores[Trait::Neuroticism.index()] = 0.0;
        let errors = person.traits.map(|estimate| estimate.sd);
        let mut total = direction.add(TRAITS, &scores, &errors, weights::PERSONALITY);
        if let Some(interests) = &person.interests {
            let errors = [interests.error; 6];
            total += direction.add(INTERESTS, &interests.centered(), &errors, weights::INTERESTS);
        }
        let mut wish = |coordinate: usize, weight: f64| {
            direction.weight[coordinate] = weight;
            total += weight;
        };
        let values = &person.wishes.values;
        for (place, value) in values.iter().enumerate() {
            wish(VALUES.start + value.index(), weights::WISH * weights::of_rank(place, values.len()));
        }
        if person.wishes.pay {
            wish(PAY, weights::WISH);
        }
        if person.wishes.growth {
            wish(GROWTH, weights::WISH);
        }
        if total > 0.0 {
            direction.weight.iter_mut().chain(&mut direction.error).for_each(|value| *value /= total);
        }
        direction
    }

    /// Adds a part that is a correlation; returns its weight.
    fn add(&mut self, at: Range<usize>, scores: &[f64], errors: &[f64], weight: f64) -> f64 {
        let length = scores.iter().map(|s| s * s).sum::<f64>().sqrt();
        if length < 1e-9 {
            return 0.0;
        }
        for ((place, score), error) in at.zip(scores).zip(errors) {
            self.weight[place] = weight * score / length;
            self.error[place] = weight * error / length;
        }
        weight
    }

    /// The weight of a trait's coordinate.
    pub fn of_trait(&self, t: Trait) -> f64 {
        self.weight[TRAITS.start + t.index()]
    }

    /// The weight of an interest's coordinate.
    pub fn of_interest(&self, interest: Interest) -> f64 {
        self.weight[INTERESTS.start + interest.index()]
    }
}

/// How well every occupation fits one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Fits {
    /// In standard deviations above the average occupation, in the order of the catalog.
    pub fit: Vec<f64>,
    /// One more than the number of occupations that fit better by more than the standard error of the difference.
    pub rank: Vec<usize>,
    /// The share of each part in the differences between occupations; sums to 1.
    pub shares: Vec<(Part, f64)>,
    /// What each part adds to each fit; the additions sum to the fit.
    pub additions: Vec<(Part, Vec<f64>)>,
}

impl Fits {
    pub fn of(direction: &Direction, map: &Map) -> Fits {
        let products = products(direction, map);
        let n = products.len().max(1) as f64;
        let mean = products.iter().sum::<f64>() / n;
        let variance = products.iter().map(|p| (p - mean) * (p - mean)).sum::<f64>() / n;
        let spread = if variance > 1e-12 { variance.sqrt() } else { 1.0 };
        let (mut shares, mut additions) = (Vec::new(), Vec::new());
        for part in Part::ALL {
            let at = part.coordinates();
            if direction.weight[at.clone()].iter().all(|weight| *weight == 0.0) {
                continue;
            }
            let of_part: Vec<f64> =
                map.0.iter().map(|p| dot(&p[at.clone()], &direction.weight[at.clone()])).collect();
            let covariance =
                of_part.iter().zip(&products).map(|(part, whole)| part * (whole - mean)).sum::<f64>() / n;
            shares.push((part, if variance > 1e-12 { covariance / variance } else { 0.0 }));
            let mean_of_part = of_part.iter().sum::<f64>() / n;
            additions.push((part, of_part.iter().map(|added| (added - mean_of_part) / spread).collect()));
        }
        Fits {
            rank: ranks(&products, map, &direction.error),
            fit: products.iter().map(|product| (product - mean) / spread).collect(),
            shares,
            additions,
        }
    }
}

/// The fits without ranks, on an arbitrary scale: larger fits better.
pub fn products(direction: &Direction, map: &Map) -> Vec<f64> {
    map.0.iter().map(|point| dot(point, &direction.weight)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The standard error of a difference in fit: the length of the vector of differences between the two occupations'
/// coordinates, each times the person's standard error in it.
fn ranks(products: &[f64], map: &Map, error: &[f64; WITH_ERROR]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..products.len()).collect();
    order.sort_by(|a, b| products[*b].total_cmp(&products[*a]));
    let scaled: Vec<[f64; PADDED]> = order
        .iter()
        .map(|i| std::array::from_fn(|c| error.get(c).map_or(0.0, |error| map.0[*i][c] * error)))
        .collect();
    let length: Vec<f64> =
        scaled.iter().map(|point| squared_distance(point, &[0.0; PADDED]).sqrt()).collect();
    let mut rank = vec![1; products.len()];
    // Plain loops here and below: a release build optimizes this crate for size, which leaves iterators as calls. With them a
    // page of a ranking took three times as long.
    for (i, this) in order.iter().enumerate() {
        let (point, reach, product) = (&scaled[i], length[i], products[*this]);
        let (mut better, mut other) = (0, 0);
        while other < i {
            let difference = products[order[other]] - product;
            // A distance is at most the sum of both lengths and at least their difference.
            let clear = difference > reach + length[other]
                || (difference > (reach - length[other]).abs()
                    && difference * difference > squared_distance(point, &scaled[other]));
            better += usize::from(clear);
            other += 1;
        }
        rank[*this] = 1 + better;
    }
    rank
}

#[inline(always)]
fn squared_distance(a: &[f64; PADDED], b: &[f64; PADDED]) -> f64 {
    let square = |at: usize| (a[at] - b[at]) * (a[at] - b[at]);
    let (mut first, mut second, mut third, mut fourth, mut at) = (0.0, 0.0, 0.0, 0.0, 0);
    while at + 4 <= PADDED {
        first += square(at);
        second += square(at + 1);
        third += square(at + 2);
        fourth += square(at + 3);
        at += 4;
    }
    first + second + third + fourth
}

#[cfg(test)]
mod tests;
