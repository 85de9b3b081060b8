//! The formula of the fit, recomputed by hand on the bundled catalog.

use std::path::Path;
use std::sync::LazyLock;

use super::*;
use crate::careers::Catalog;
use crate::careers::person::Wishes;
use crate::personality::{Estimate, InterestScores};

static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| Catalog::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")).unwrap());

fn levels(means: [f64; 5], sd: f64) -> [Estimate; 5] {
    means.map(|mean| Estimate { mean, sd })
}

fn fits(person: &Person) -> Fits {
    Fits::of(&Direction::of(person), CATALOG.map())
}

#[test]
fn interests_alone_rank_by_pearsons_correlation() {
    let mut person = Person::you(levels([0.0; 5], 0.5));
    let means = [1.5, 4.5, 4.0, 2.0, 1.0, 3.0];
    person.interests = Some(InterestScores { means, error: 0.0 });
    let fits = fits(&person);
    let pearson = |placed: &Placed| {
        let figures = Interest::ALL.map(|interest| placed.figures[element_of(interest)]);
        let mean = |v: &[f64; 6]| v.iter().sum::<f64>() / 6.0;
        let (a, b) = (mean(&means), mean(&figures));
        let sum = |f: &dyn Fn(usize) -> f64| (0..6).map(f).sum::<f64>();
        sum(&|i| (means[i] - a) * (figures[i] - b))
            / (sum(&|i| (means[i] - a).powi(2)) * sum(&|i| (figures[i] - b).powi(2))).sqrt()
    };
    let correlations: Vec<f64> = CATALOG.placed().iter().map(pearson).collect();
    for (i, rank) in fits.rank.iter().enumerate() {
        let better = correlations.iter().filter(|r| **r > correlations[i] + 1e-12).count();
        assert!(rank.abs_diff(better + 1) <= 1, "{} {rank} {better}", CATALOG.occupations()[i].title);
    }
    assert_eq!(fits.shares.iter().map(|(part, _)| *part).collect::<Vec<_>>(), [Part::Interests]);
}

#[test]
fn shares_of_the_parts_sum_to_one() {
    let mut person = Person::you(levels([1.0, 0.0, -0.5, 0.3, 1.5], 0.4));
    person.interests = Some(InterestScores { means: [1.0, 2.0, 3.0, 4.0, 5.0, 2.5], error: 0.3 });
    person.wishes =
        Wishes { values: vec![WorkValue::Independence, WorkValue::Support], pay: true, growth: true };
    let fits = fits(&person);
    assert_eq!(fits.shares.len(), 5);
    assert!((fits.shares.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-9);
    for (i, fit) in fits.fit.iter().enumerate() {
        let together: f64 = fits.additions.iter().map(|(_, added)| added[i]).sum();
        assert!((together - fit).abs() < 1e-9, "{together} {fit}");
    }
    assert!(fits.shares[1].1 > fits.shares[0].1, "interests count more than personality: {:?}", fits.shares);
}

#[test]
fn a_larger_error_makes_more_occupations_share_a_rank() {
    let first = |error| {
        let fits = fits(&Person::you(levels([1.2, 0.0, -0.4, 0.2, 0.9], error)));
        fits.rank.iter().filter(|rank| **rank == 1).count()
    };
    assert_eq!(first(0.0), 1);
    assert!(first(0.2) < first(0.5), "{} {}", first(0.2), first(0.5));
}

#[test]
fn a_person_in_the_middle_of_everything_ranks_nothing() {
    let fits = fits(&Person::you(levels([0.0, 2.0, 0.0, 0.0, 0.0], 0.5)));
    assert!(fits.rank.iter().all(|rank| *rank == 1) && fits.fit.iter().all(|fit| *fit == 0.0));
    assert!(fits.shares.is_empty());
}

#[test]
fn a_value_counts_more_the_higher_it_is_ranked() {
    let direction = |values: Vec<WorkValue>| {
        let person = Person::you(levels([0.5, 0.0, 0.5, 0.5, 0.5], 0.3));
        Direction::of(&Person { wishes: Wishes { values, ..Wishes::default() }, ..person }).weight
    };
    let (first, second) = (WorkValue::Support, WorkValue::Achievement);
    let weight = direction(vec![first, second]);
    let [of_first, of_second] = [first, second].map(|value| weight[VALUES.start + value.index()]);
    assert!((of_first / of_second - 3.0).abs() < 1e-9, "3/4 and 1/4 of two: {of_first} {of_second}");
    assert!((of_first + of_second - direction(vec![first])[VALUES.start + first.index()]).abs() < 1e-9);
}

#[test]
fn wishes_move_occupations_the_right_way() {
    let person = Person::you(levels([0.5, 0.0, 0.5, 0.5, 0.5], 0.3));
    let paid = Person { wishes: Wishes { pay: true, ..Wishes::default() }, ..person.clone() };
    let mean_pay = |person: &Person| {
        let fits = fits(person);
        let mut order: Vec<usize> = (0..fits.fit.len()).collect();
        order.sort_by(|a, b| fits.fit[*b].total_cmp(&fits.fit[*a]));
        order[..25].iter().map(|i| f64::from(CATALOG.occupations()[*i].pay.median())).sum::<f64>() / 25.0
    };
    assert!(mean_pay(&paid) > mean_pay(&person));
}
