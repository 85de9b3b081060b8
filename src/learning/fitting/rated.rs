//! Fits what rated sentences say, on simulated respondents.

use std::collections::BTreeMap;

use super::sample::Values;
use super::words::covariance;
use super::write::rounded;
use crate::learning::numerics::Cholesky;
use crate::learning::people::KeyedItem;
use crate::models::evidence::{GENERALITY, Gain, RatedItem, RatedSettings};
use crate::personality::Trait;

/// A group of items counts if it explains at least this share of an output's variance.
const LEAST: f64 = 0.01;

/// The values that a model read, and the people they belong to.
pub struct RatedSample<'a> {
    /// The items' codes.
    pub ids: Vec<&'a str>,
    pub items: &'a [KeyedItem],
    /// Names of the outputs.
    pub names: Vec<String>,
    /// For each output, the one trait whose ratings count; none if all count.
    pub own: Vec<Option<Trait>>,
    /// For each item and output.
    pub centers: &'a [Vec<f64>],
    /// One entry for each item.
    pub values: &'a [Values],
    /// For each person and item.
    pub ratings: &'a [Vec<u8>],
    /// For each person and output.
    pub standings: &'a [Vec<f64>],
}

pub struct FittedRated {
    pub settings: RatedSettings,
    /// For each output the squared correlation of all ratings with the standard score, before [`GENERALITY`].
    pub reached: Vec<(String, f64)>,
}

/// A group: what the items of one trait say about one output.
struct Group {
    /// For each person the mean centered value.
    means: Vec<f64>,
    /// The mean covariance of two items.
    shared: f64,
    /// The mean variance of an item, minus that covariance.
    own: f64,
    items: usize,
}

/// Fits the settings of rated sentences.
///
/// A group's `half` is the ratio of an item's own variance to the variance that two items share (Spearman and Brown),
/// over all outputs. An output's gains are the regression of the standard score on the groups' means. With n of a
/// group's items its weight is multiplied by n / (n + half). So the regression on all items is divided by that factor
/// for all items.
pub fn fit_rated(sample: &RatedSample<'_>) -> FittedRated {
    let groups: Vec<[Group; 5]> = (0..sample.names.len())
        .map(|output| Trait::ALL.map(|trait_| Group::of(sample, output, trait_)))
        .collect();
    let half = Trait::ALL.map(|trait_| {
        let t = trait_.index();
        let sum = |of: &dyn Fn(&Group) -> f64| groups.iter().map(|g| of(&g[t])).sum::<f64>();
        let (own, shared) = (sum(&|g| g.own), sum(&|g| g.shared));
        // Items without shared variance get the largest value, 100.
        if shared > 0.0 && own > 0.0 { rounded((own / shared).clamp(0.05, 100.0)) } else { 100.0 }
    });
    let (mut outputs, mut reached) = (BTreeMap::new(), Vec::new());
    for (output, name) in sample.names.iter().enumerate() {
        let standing: Vec<f64> = sample.standings.iter().map(|s| s[output]).collect();
        let (weights, covariances) = regression(&groups[output], &standing, sample.own[output]);
        reached.push((name.clone(), weights.iter().zip(covariances).map(|(w, c)| w * c).sum()));
        let gain = |trait_: &Trait| {
            let t = trait_.index();
            let count = groups[output][t].items as f64;
            let known = count / (count + half[t]);
            Gain {
                weight: rounded(GENERALITY.sqrt() * weights[t] / known),
                covariance: rounded(GENERALITY.sqrt() * covariances[t]),
            }
        };
        let kept = Trait::ALL.into_iter().filter(|trait_| weights[trait_.index()] != 0.0);
        outputs.insert(name.clone(), kept.map(|trait_| (trait_, gain(&trait_))).collect());
    }
    let item = |(place, id): (usize, &&str)| {
        let centers = sample.names.iter().cloned();
        let centers = centers.zip(sample.centers[place].iter().map(|center| rounded(*center))).collect();
        ((*id).to_owned(), RatedItem { trait_: sample.items[place].trait_, centers })
    };
    let settings = RatedSettings {
        items: sample.ids.iter().enumerate().map(item).collect(),
        half: Trait::ALL.map(|trait_| (trait_, half[trait_.index()])).into(),
        outputs,
    };
    FittedRated { settings, reached }
}

impl Group {
    fn of(sample: &RatedSample<'_>, output: usize, trait_: Trait) -> Group {
        let places: Vec<usize> =
            (0..sample.items.len()).filter(|place| sample.items[*place].trait_ == trait_).collect();
        let value = |ratings: &Vec<u8>, place: usize| {
            let rating = usize::from(ratings[place]) - 1;
            sample.values[place][rating][output] - sample.centers[place][output]
        };
        let count = places.len().max(1) as f64;
        let column = |place: usize| sample.ratings.iter().map(|r| value(r, place)).collect::<Vec<f64>>();
        let mut means = vec![0.0; sample.ratings.len()];
        let mut variance = 0.0;
        for place in &places {
            let column = column(*place);
            variance += covariance(&column, &column) / count;
            means.iter_mut().zip(&column).for_each(|(mean, value)| *mean += value / count);
        }
        // The variance of the mean is shared + own / count, and that of one item is shared + own.
        let shared = (covariance(&means, &means) - variance / count) * count / (count - 1.0).max(1.0);
        Group { means, shared, own: variance - shared, items: places.len() }
    }
}

/// The regression of a standard score on the groups' means: weights and covariances. Groups that add less than
/// [`LEAST`] are left out (weight 0), since a large weight on next to nothing is chance. So are groups whose weight has
/// the opposite sign of their covariance: with those, few ratings could seem to say more than all.
fn regression(groups: &[Group; 5], standing: &[f64], own: Option<Trait>) -> ([f64; 5], [f64; 5]) {
    let covariances: [f64; 5] = std::array::from_fn(|g| covariance(&groups[g].means, standing));
    let mut kept: [bool; 5] =
        std::array::from_fn(|g| groups[g].items > 0 && own.is_none_or(|trait_| trait_.index() == g));
    loop {
        let matrix: [[f64; 5]; 5] = std::array::from_fn(|i| {
            std::array::from_fn(|j| match (kept[i] && kept[j], i == j) {
                (true, _) => covariance(&groups[i].means, &groups[j].means),
                (false, same) => f64::from(u8::from(same)),
            })
        });
        let right: [f64; 5] = std::array::from_fn(|g| if kept[g] { covariances[g] } else { 0.0 });
        let Some(factor) = Cholesky::new(&matrix) else { return ([0.0; 5], covariances) };
        let weights = factor.solve(&right);
        let little = |g: &usize| kept[*g] && weights[*g] * covariances[*g] < LEAST;
        let least = |a: &usize, b: &usize| {
            (weights[*a] * covariances[*a]).total_cmp(&(weights[*b] * covariances[*b]))
        };
        match (0..5).filter(little).min_by(least) {
            Some(group) => kept[group] = false,
            None => return (weights, covariances),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::numerics::correlation;
    use crate::learning::people::structure_tests::structure;
    use crate::learning::people::{Person, Population};
    use crate::models::evidence::{EvidenceSettings, EvidenceWindow, Source, Trust, read};

    /// A model that reads each rated sentence as 0.7 times its keyed rating, in the trait's own output.
    fn fitted(people: &[Person]) -> (RatedSettings, Vec<Values>, Vec<String>, Vec<String>) {
        let items = structure().items;
        let value = |item: &KeyedItem, rating: usize| -> Vec<f64> {
            Trait::ALL
                .map(|t| if t == item.trait_ { 0.7 * item.key * (rating as f64 - 2.0) } else { 0.0 })
                .into()
        };
        let values: Vec<Values> =
            items.iter().map(|item| std::array::from_fn(|rating| value(item, rating))).collect();
        let center = |place: usize| -> Vec<f64> {
            let mean = |output: usize| {
                let read = people.iter().map(|p| values[place][usize::from(p.ratings[place]) - 1][output]);
                read.sum::<f64>() / people.len() as f64
            };
            (0..5).map(mean).collect()
        };
        let centers: Vec<Vec<f64>> = (0..60).map(center).collect();
        let ids: Vec<String> = (1..=60).map(|id| format!("r{id:02}")).collect();
        let names: Vec<String> = Trait::ALL.iter().map(|t| t.name().to_owned()).collect();
        let fitted = fit_rated(&RatedSample {
            ids: ids.iter().map(String::as_str).collect(),
            items: &items,
            names: names.clone(),
            own: Trait::ALL.map(Some).into(),
            centers: &centers,
            values: &values,
            ratings: &people.iter().map(|p| p.ratings.clone()).collect::<Vec<_>>(),
            standings: &people.iter().map(|p| p.traits.to_vec()).collect::<Vec<_>>(),
        });
        for (name, reached) in &fitted.reached {
            assert!((0.7..0.95).contains(reached), "{name} {reached}");
        }
        (fitted.settings, values, ids, names)
    }

    fn people(seed: u64, count: usize) -> Vec<Person> {
        let mut population = Population::new(structure(), seed);
        (0..count).map(|_| population.draw()).collect()
    }

    #[test]
    fn ratings_of_other_people_are_believed_as_far_as_they_are_right() {
        let (rated, values, ids, names) = fitted(&people(1, 4000));
        assert!(rated.fault_free(&names));
        let settings = EvidenceSettings { rated, answers: [].into(), free: [].into() };
        let others = people(2, 2000);
        // All sixty, and the first two of each trait.
        for count in [60, 10] {
            for (output, trait_) in Trait::ALL.into_iter().enumerate() {
                let (mut means, mut truth, mut variance) = (Vec::new(), Vec::new(), 0.0);
                for person in &others {
                    let windows: Vec<EvidenceWindow<'_>> = (0..count)
                        .map(|place| EvidenceWindow {
                            source: Source::Rated(&ids[place]),
                            weight: 1.0,
                            values: &values[place][usize::from(person.ratings[place]) - 1],
                        })
                        .collect();
                    let belief = read(&settings, &names, &windows, Trust::FULL)[output].estimate;
                    means.push(belief.mean);
                    truth.push(person.traits[trait_.index()]);
                    variance = 1.0 - belief.sd.powi(2);
                }
                // The share of variance in the settings is the real one times the generality.
                let squared = correlation(&means, &truth).powi(2);
                assert!(
                    (variance - GENERALITY * squared).abs() < 0.08,
                    "{count} {trait_}: {variance} {squared}"
                );
                let slope = covariance(&means, &truth) / covariance(&means, &means);
                assert!((slope - 1.0 / GENERALITY.sqrt()).abs() < 0.12, "{count} {trait_}: {slope}");
            }
        }
    }

    impl RatedSettings {
        fn fault_free(&self, names: &[String]) -> bool {
            let words =
                crate::models::evidence::WordSettings { center: 0.0, slope: 1.0, half: 1.0, limit: 0.1 };
            let of = || names.iter().map(|name| (name.clone(), words)).collect::<BTreeMap<_, _>>();
            EvidenceSettings { rated: self.clone(), answers: of(), free: of() }.fault(names).is_none()
        }
    }
}
