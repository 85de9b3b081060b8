//! Figures that compare the reading of ratings with other ratings of the same people.

use super::super::figures::figure;
use super::super::scores::{calibration_error, expected_calibration_error, with_error};
use crate::learning::numerics::correlation;
use crate::models::evaluation::{Beside, Figure, Kind};
use crate::personality::{Estimate, Trait};

/// Half the width of the normal distribution's 90% interval, in standard deviations.
const NINETY_PERCENT: f64 = 1.645;

/// One half of a person's ratings of a trait is read and compared with the other half.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The estimate of the trait from this half.
    pub estimate: Estimate,
    /// The predicted standard score on the other half.
    pub predicted: Estimate,
    /// The chance of a standard score above 0 there.
    pub chance: f64,
    /// The standard score on this half.
    pub keyed: f64,
    /// The standard score on the other half.
    pub other: f64,
}

/// One trait, for everybody who rated all its items.
pub struct Cases {
    trait_: Trait,
    /// The indices of the people, ascending.
    people: Vec<usize>,
    /// The means of the estimates from all items.
    read: Vec<f64>,
    /// The standard score on all items.
    keyed: Vec<f64>,
    /// Two for each person.
    halves: Vec<[Case; 2]>,
}

impl Cases {
    pub fn new(trait_: Trait) -> Cases {
        Cases { trait_, people: Vec::new(), read: Vec::new(), keyed: Vec::new(), halves: Vec::new() }
    }

    pub fn push(&mut self, person: usize, read: Estimate, keyed: f64, halves: [Case; 2]) {
        self.people.push(person);
        self.read.push(read.mean);
        self.keyed.push(keyed);
        self.halves.push(halves);
    }
}

/// The figures of the rated traits, and of each pair of them.
pub fn figures(cases: &[Cases], seed: u64) -> Vec<Figure> {
    let rated: Vec<&Cases> = cases.iter().filter(|cases| !cases.people.is_empty()).collect();
    let mut all: Vec<Figure> = rated.iter().flat_map(|cases| of_trait(cases, seed)).collect();
    for (place, one) in rated.iter().enumerate() {
        all.extend(rated[place + 1..].iter().filter_map(|other| of_pair(one, other, seed)));
    }
    all.sort_by_key(|figure| figure.kind);
    all
}

fn of_trait(cases: &Cases, seed: u64) -> [Figure; 3] {
    let name = cases.trait_.name();
    let of = |sample: &[usize], value: &dyn Fn(&Case) -> f64| -> Vec<f64> {
        sample.iter().flat_map(|person| &cases.halves[*person]).map(value).collect()
    };
    let count = cases.people.len();
    let everybody: Vec<usize> = (0..count).collect();
    let error_of = |sample: &[usize], chance: &dyn Fn(&Case) -> f64| {
        let above: Vec<bool> = of(sample, &|case| case.other).iter().map(|z| *z > 0.0).collect();
        calibration_error(&of(sample, chance), &above)
    };
    let (value, error) = with_error(count, seed, |s| error_of(s, &|case| case.chance));
    let mut calibration = figure(Kind::ResponseCalibration, name, value, Some(error));
    let chances = of(&everybody, &|case| case.chance);
    calibration.beside = vec![
        Beside::new("of the trait's own chance", error_of(&everybody, &|case| case.estimate.chance())),
        Beside::new("expected of correct probabilities", expected_calibration_error(&chances, seed)),
    ];

    let held = |sample: &[usize]| {
        let held = of(sample, &|case| {
            let inside = (case.other - case.predicted.mean).abs() <= NINETY_PERCENT * case.predicted.sd;
            f64::from(u8::from(inside))
        });
        held.iter().sum::<f64>() / held.len() as f64
    };
    let (value, error) = with_error(count, seed, held);
    let band = figure(Kind::ResponseBand, name, value, Some(error));

    let r = |sample: &[usize], value: &dyn Fn(&Case) -> f64| {
        correlation(&of(sample, value), &of(sample, &|case| case.other))
    };
    let share = |s: &[usize]| r(s, &|case| case.estimate.mean) / r(s, &|case| case.keyed);
    let (value, error) = with_error(count, seed, share);
    let mut agreement = figure(Kind::ResponseAgreement, name, value, Some(error));
    agreement.beside = vec![
        Beside::new("its r", r(&everybody, &|case| case.estimate.mean)),
        Beside::new("the key's r", r(&everybody, &|case| case.keyed)),
    ];
    [calibration, band, agreement]
}

/// How much more two traits' readings correlate than their scores, over people who rated all items of both. None for
/// fewer than three people.
fn of_pair(one: &Cases, other: &Cases, seed: u64) -> Option<Figure> {
    let both: Vec<(usize, usize)> = one
        .people
        .iter()
        .enumerate()
        .filter_map(|(a, person)| Some((a, other.people.binary_search(person).ok()?)))
        .collect();
    if both.len() < 3 {
        return None;
    }
    let r = |sample: &[usize], of: &dyn Fn(&Cases, usize) -> f64| {
        let column = |first: bool| -> Vec<f64> {
            let value = |place: &usize| {
                let (a, b) = both[*place];
                if first { of(one, a) } else { of(other, b) }
            };
            sample.iter().map(value).collect()
        };
        correlation(&column(true), &column(false))
    };
    let read = |s: &[usize]| r(s, &|cases, place| cases.read[place]);
    let scored = |s: &[usize]| r(s, &|cases, place| cases.keyed[place]);
    let (value, error) = with_error(both.len(), seed, |s| read(s) - scored(s));
    let everybody: Vec<usize> = (0..both.len()).collect();
    let name = format!("{}, {}", one.trait_.name(), other.trait_.name());
    let mut figure = figure(Kind::ResponseCorrelation, name, value, Some(error));
    figure.beside =
        vec![Beside::new("readings' r", read(&everybody)), Beside::new("scores' r", scored(&everybody))];
    Some(figure)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::learning::numerics::standard_normal;
    use crate::personality::normal_share_below;

    /// People whose two halves each correlate .5 with a trait. The reader is right, or overconfident by the factor
    /// `too_sure`.
    fn cases(trait_: Trait, too_sure: f64) -> Cases {
        let mut random = StdRng::seed_from_u64(9 + trait_.index() as u64);
        let mut cases = Cases::new(trait_);
        for person in 0..4000 {
            let z = standard_normal(&mut random);
            let [a, b] = [0, 1].map(|_| 0.5 * z + 0.75_f64.sqrt() * standard_normal(&mut random));
            let case = |own: f64, other: f64| {
                let estimate = Estimate { mean: too_sure * 0.5 * own, sd: 0.75_f64.sqrt() };
                let predicted = Estimate { mean: 0.5 * estimate.mean, sd: (0.25 * 0.75 + 0.75_f64).sqrt() };
                let chance = normal_share_below(predicted.mean / predicted.sd);
                Case { estimate, predicted, chance, keyed: own, other }
            };
            cases.push(person, Estimate { mean: a + b, sd: 0.8 }, a + b, [case(a, b), case(b, a)]);
        }
        cases
    }

    fn value(figures: &[Figure], kind: Kind, of: &str) -> f64 {
        figures.iter().find(|f| f.kind == kind && f.of == of).unwrap().value
    }

    #[test]
    fn a_right_reader_is_calibrated_and_one_that_is_too_sure_is_not() {
        let right = figures(&[cases(Trait::Openness, 1.0)], 1);
        assert!(value(&right, Kind::ResponseCalibration, "Openness") < 0.03, "{right:?}");
        assert!((value(&right, Kind::ResponseBand, "Openness") - 0.9).abs() < 0.015, "{right:?}");
        assert!((value(&right, Kind::ResponseAgreement, "Openness") - 1.0).abs() < 1e-9);
        let sure = figures(&[cases(Trait::Openness, 8.0)], 1);
        assert!(value(&sure, Kind::ResponseCalibration, "Openness") > 0.15, "{sure:?}");
        assert!(value(&sure, Kind::ResponseBand, "Openness") < 0.8, "{sure:?}");
    }

    #[test]
    fn readings_that_mix_two_traits_correlate_too_much() {
        let (one, mut other) = (cases(Trait::Openness, 1.0), cases(Trait::Neuroticism, 1.0));
        let plain = figures(&[cases(Trait::Neuroticism, 1.0), cases(Trait::Openness, 1.0)], 1);
        assert_eq!(value(&plain, Kind::ResponseCorrelation, "Neuroticism, Openness"), 0.0);
        for (mixed, read) in other.read.iter_mut().zip(&one.read) {
            *mixed += read;
        }
        let mixed = figures(&[one, other], 1);
        let off = value(&mixed, Kind::ResponseCorrelation, "Openness, Neuroticism");
        assert!((0.6..0.8).contains(&off), "{off}");
    }

    #[test]
    fn only_people_who_rated_both_traits_are_compared() {
        let (mut one, other) = (cases(Trait::Openness, 1.0), cases(Trait::Neuroticism, 1.0));
        one.people.iter_mut().for_each(|person| *person += 3998);
        assert!(of_pair(&one, &other, 1).is_none());
    }
}
