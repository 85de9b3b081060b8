//! Fits what rated sentences say, on simulated respondents.

use std::collections::BTreeMap;

use super::mixing::{mixture, penalties};
use super::sample::Values;
use super::write::rounded;
use crate::learning::numerics::{covariance, regression};
use crate::learning::people::KeyedItem;
use crate::models::evidence::{GENERALITY, Gain, Mixture, RatedItem, RatedSettings};
use crate::personality::Trait;

/// A group is left out if it takes more than this share of an output's variance away. Without another group's items it
/// would say the wrong thing: its weight has the opposite sign of its covariance.
const MOST_TAKEN: f64 = 0.005;
/// The most columns of a regression: the five groups in each of four outputs.
const COLUMNS: usize = 20;

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
    /// For each output and person the estimate from all ratings, before [`GENERALITY`].
    pub estimates: Vec<Vec<f64>>,
}

/// A group: what the items of one trait say, in a mixture of the outputs.
struct Group {
    /// For each person the mean centered value.
    means: Vec<f64>,
    /// The mean covariance of two items.
    shared: f64,
    /// The mean variance of an item, minus that covariance.
    own: f64,
    items: usize,
}

/// A group in the mixture that says most about one output.
struct Mixed {
    trait_: Trait,
    of: Mixture,
    /// The regression weight of the group's mean.
    weight: f64,
    /// Its covariance with the standard score.
    covariance: f64,
    group: Group,
}

/// Fits the settings of rated sentences.
///
/// An output's gains are the regression of the standard score on the means of groups, each in its own mixture of the
/// model's outputs. Where only one trait's ratings count, only the output's own values do. A group's `half` is
/// the ratio of an item's own variance to the variance that two items share (Spearman and Brown), over the mixtures of
/// all outputs. With n of a group's items its weight is multiplied by n / (n + half). So the regression on all items is
/// divided by that factor for all items.
pub fn fit_rated(sample: &RatedSample<'_>) -> FittedRated {
    let count = sample.names.len();
    let plain: Vec<[Group; 5]> = (0..count)
        .map(|output| Trait::ALL.map(|trait_| Group::of(sample, trait_, &unit(output, count))))
        .collect();
    let mixed: Vec<Vec<Mixed>> = (0..count).map(|output| mixed(sample, &plain, output)).collect();
    let half = Trait::ALL.map(|trait_| {
        let used = mixed.iter().flatten().filter(|mixed| mixed.trait_ == trait_);
        let sums = |(own, shared), (weight, group): (f64, &Group)| {
            (own + weight * weight * group.own, shared + weight * weight * group.shared)
        };
        let (own, shared) = match used.clone().next() {
            Some(_) => used.map(|mixed| (mixed.weight, &mixed.group)).fold((0.0, 0.0), sums),
            None => plain.iter().map(|groups| (1.0, &groups[trait_.index()])).fold((0.0, 0.0), sums),
        };
        // Items without shared variance get the largest value, 100.
        if shared > 0.0 && own > 0.0 { rounded((own / shared).clamp(0.05, 100.0)) } else { 100.0 }
    });
    let (mut outputs, mut reached, mut estimates) = (BTreeMap::new(), Vec::new(), Vec::new());
    for (name, mixed) in sample.names.iter().zip(mixed) {
        reached.push((name.clone(), mixed.iter().map(|mixed| mixed.weight * mixed.covariance).sum()));
        let mut estimate = vec![0.0; sample.ratings.len()];
        let mut gains = BTreeMap::new();
        for mixed in mixed {
            let means = estimate.iter_mut().zip(&mixed.group.means);
            means.for_each(|(sum, mean)| *sum += mixed.weight * mean);
            let items = mixed.group.items as f64;
            let known = items / (items + half[mixed.trait_.index()]);
            let gain = Gain {
                of: mixed.of,
                weight: rounded(GENERALITY.sqrt() * mixed.weight / known),
                covariance: rounded(GENERALITY.sqrt() * mixed.covariance),
            };
            gains.insert(mixed.trait_, gain);
        }
        estimates.push(estimate);
        outputs.insert(name.clone(), gains);
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
    FittedRated { settings, reached, estimates }
}

fn unit(output: usize, count: usize) -> Vec<f64> {
    (0..count).map(|place| f64::from(u8::from(place == output))).collect()
}

impl Group {
    /// The items of a trait, with these weights of the outputs.
    fn of(sample: &RatedSample<'_>, trait_: Trait, weights: &[f64]) -> Group {
        let places: Vec<usize> =
            (0..sample.items.len()).filter(|place| sample.items[*place].trait_ == trait_).collect();
        let value = |place: usize, rating: usize| -> f64 {
            let values = sample.values[place][rating].iter().zip(&sample.centers[place]);
            values.zip(weights).map(|((value, center), weight)| weight * (value - center)).sum()
        };
        let count = places.len().max(1) as f64;
        let mut means = vec![0.0; sample.ratings.len()];
        let mut variance = 0.0;
        for place in &places {
            let values: [f64; 5] = std::array::from_fn(|rating| value(*place, rating));
            let column: Vec<f64> =
                sample.ratings.iter().map(|ratings| values[usize::from(ratings[*place]) - 1]).collect();
            variance += covariance(&column, &column) / count;
            means.iter_mut().zip(&column).for_each(|(mean, value)| *mean += value / count);
        }
        // The variance of the mean is shared + own / count, and that of one item is shared + own.
        let shared = (covariance(&means, &means) - variance / count) * count / (count - 1.0).max(1.0);
        Group { means, shared, own: variance - shared, items: places.len() }
    }
}

/// The regression of an output's standard score on the groups, `plain` in each output's own values: first on all of them,
/// which gives each group its mixture, then on the mixed groups.
///
/// Groups that take away more than [`MOST_TAKEN`] are left out: with those, few ratings could seem to say more than all.
fn mixed(sample: &RatedSample<'_>, plain: &[[Group; 5]], output: usize) -> Vec<Mixed> {
    let standing: Vec<f64> = sample.standings.iter().map(|s| s[output]).collect();
    let own = sample.own[output];
    let outputs: Vec<usize> = if own.is_some() { vec![output] } else { (0..plain.len()).collect() };
    let mut kept: Vec<Trait> =
        Trait::ALL.into_iter().filter(|trait_| own.is_none_or(|own| own == *trait_)).collect();
    loop {
        let (mut columns, mut added): (Vec<&[f64]>, Vec<f64>) = (Vec::new(), Vec::new());
        for trait_ in &kept {
            let of_group = outputs.iter().map(|output| &*plain[*output][trait_.index()].means);
            let of_group: Vec<&[f64]> = of_group.collect();
            added.extend(penalties(&of_group));
            columns.extend(of_group);
        }
        let weights: [f64; COLUMNS] = regression(&columns, &standing, &added);
        let mix = |(trait_, weights): (&Trait, &[f64])| {
            let mut of_outputs = vec![0.0; plain.len()];
            outputs.iter().zip(weights).for_each(|(output, weight)| of_outputs[*output] = *weight);
            let (of, _) = mixture(&sample.names, &of_outputs);
            let shares = sample.names.iter().map(|name| of.get(name).copied().unwrap_or(0.0));
            let group = Group::of(sample, *trait_, &shares.collect::<Vec<_>>());
            let covariance = covariance(&group.means, &standing);
            // An output's own values need no mixture.
            let of = if own.is_some() { Mixture::new() } else { of };
            Mixed { trait_: *trait_, of, weight: 0.0, covariance, group }
        };
        let mut groups: Vec<Mixed> = kept.iter().zip(weights.chunks(outputs.len())).map(mix).collect();
        let columns: Vec<&[f64]> = groups.iter().map(|mixed| mixed.group.means.as_slice()).collect();
        let weights: [f64; 5] = regression(&columns, &standing, &[]);
        groups.iter_mut().zip(weights).for_each(|(mixed, weight)| mixed.weight = weight);
        let explained = |mixed: &Mixed| mixed.weight * mixed.covariance;
        let least = groups.iter().min_by(|a, b| explained(a).total_cmp(&explained(b)));
        match least.filter(|mixed| explained(mixed) < -MOST_TAKEN) {
            Some(mixed) => kept.retain(|trait_| *trait_ != mixed.trait_),
            None => return groups,
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
            let words = crate::models::evidence::WordSettings {
                of: Mixture::new(),
                center: 0.0,
                slope: 1.0,
                half: 1.0,
                limit: 0.1,
                overlap: 1.0,
            };
            let of = || names.iter().map(|name| (name.clone(), words.clone())).collect::<BTreeMap<_, _>>();
            EvidenceSettings { rated: self.clone(), answers: of(), free: of() }.fault(names).is_none()
        }
    }
}
