//! The posterior's log density, its gradient, and the expected information.

use crate::learning::bank::LABELS;
use crate::learning::people::{KeyedItem, Sharpness, Structure};
use crate::personality::normal_share_below;

/// Five independent components of the traits, four residuals of the axes, acquiescence (the habit of agreeing), and the
/// preference for extremes.
pub const UNKNOWNS: usize = 11;
const AGREEING: usize = 9;
const EXTREME: usize = 10;

pub type Point = [f64; UNKNOWNS];
pub type Square = [[f64; UNKNOWNS]; UNKNOWNS];

/// An answer's labels, and those of all answers that could have been chosen.
pub struct Chosen<'a> {
    pub labels: [f64; LABELS],
    pub among: &'a [[f64; LABELS]],
}

/// How ratings and answers depend on the unknowns.
pub struct Model {
    structure: Structure,
    sharpness: Sharpness,
}

impl Model {
    pub fn new(structure: Structure, sharpness: Sharpness) -> Model {
        Model { structure, sharpness }
    }

    /// The traits and axes at a point.
    pub fn standings(&self, point: &Point) -> ([f64; 5], [f64; 4]) {
        let lower = self.structure.factor.lower();
        let traits: [f64; 5] = std::array::from_fn(|i| (0..=i).map(|j| lower[i][j] * point[j]).sum());
        let axes = std::array::from_fn(|a| {
            let regression = &self.structure.regressions[a];
            let expected: f64 = regression.weights.iter().zip(traits).map(|(w, z)| w * z).sum();
            expected + (1.0 - regression.explained).sqrt() * point[5 + a]
        });
        (traits, axes)
    }

    /// The log density at a point, up to a constant.
    pub fn log_density(&self, point: &Point, ratings: &[u8], answers: &[Chosen<'_>]) -> f64 {
        let (traits, axes) = self.standings(point);
        let mut log = -0.5 * point.iter().map(|x| x * x).sum::<f64>();
        for (item, rating) in self.structure.items.iter().zip(ratings) {
            let (mean, spread, stretch) = self.latent(item, &traits, point);
            let edge = |k: usize| match k {
                0 => 0.0,
                5 => 1.0,
                _ => normal_share_below((item.neutral() + distance(item, k, stretch) - mean) / spread),
            };
            let rating = usize::from(*rating);
            log += (edge(rating) - edge(rating - 1)).max(1e-12).ln();
        }
        let slopes = self.sharpness.slopes(&traits, &axes);
        for answer in answers {
            let fits = answer.among.iter().map(|l| dot(l, &slopes).exp());
            log += dot(&answer.labels, &slopes) - fits.sum::<f64>().ln();
        }
        log
    }

    /// For each rating its probability, and the derivatives of the probability along the item's latent answer and along the
    /// preference for extremes.
    fn rating_chances(&self, item: &KeyedItem, traits: &[f64; 5], point: &Point) -> [(f64, f64, f64); 5] {
        let (mean, spread, stretch) = self.latent(item, traits, point);
        // Distribution, density and distance from the neutral point at each of the six edges of the five ratings.
        let edges: [(f64, f64, f64); 6] = std::array::from_fn(|k| match k {
            0 => (0.0, 0.0, 0.0),
            5 => (1.0, 0.0, 0.0),
            _ => {
                let distance = distance(item, k, stretch);
                let x = (item.neutral() + distance - mean) / spread;
                (
                    normal_share_below(x),
                    (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt() / spread,
                    distance,
                )
            }
        });
        std::array::from_fn(|k| {
            let (low, high) = (edges[k], edges[k + 1]);
            let along_latent = low.1 - high.1;
            let along_extremes = self.structure.extremes * (low.1 * low.2 - high.1 * high.2);
            ((high.0 - low.0).max(1e-12), along_latent, along_extremes)
        })
    }

    /// The gradient of the log density, and the expected information at this point.
    pub fn slope(&self, point: &Point, ratings: &[u8], answers: &[Chosen<'_>]) -> (Point, Square) {
        let (traits, axes) = self.standings(point);
        let mut gradient: Point = point.map(|x| -x);
        let mut information = identity();
        for (item, rating) in self.structure.items.iter().zip(ratings) {
            let chances = self.rating_chances(item, &traits, point);
            let t = item.trait_.index();
            let latent: Point = std::array::from_fn(|i| match i {
                AGREEING => self.structure.agreement,
                _ if i <= t => item.loading * item.key * self.structure.factor.lower()[t][i],
                _ => 0.0,
            });
            let (p, by_latent, by_extremes) = chances[usize::from(*rating) - 1];
            add(&mut gradient, by_latent / p, &latent);
            gradient[EXTREME] += by_extremes / p;
            let of = |f: &dyn Fn(&(f64, f64, f64)) -> f64| chances.iter().map(|c| f(c) / c.0).sum::<f64>();
            let (ll, le, ee) = (of(&|c| c.1 * c.1), of(&|c| c.1 * c.2), of(&|c| c.2 * c.2));
            for i in 0..UNKNOWNS {
                add(&mut information[i], ll * latent[i], &latent);
                information[i][EXTREME] += le * latent[i];
                information[EXTREME][i] += le * latent[i];
            }
            information[EXTREME][EXTREME] += ee;
        }
        let change = self.slope_changes();
        let slopes = self.sharpness.slopes(&traits, &axes);
        for answer in answers {
            let labels = answer.among;
            let weights: Vec<f64> = labels.iter().map(|l| dot(l, &slopes).exp()).collect();
            let total: f64 = weights.iter().sum();
            let mean: [f64; LABELS] = std::array::from_fn(|k| {
                labels.iter().zip(&weights).map(|(l, w)| l[k] * w).sum::<f64>() / total
            });
            let along = |l: &[f64; LABELS]| -> Point {
                std::array::from_fn(|i| (0..LABELS).map(|k| (l[k] - mean[k]) * change[i][k]).sum())
            };
            add(&mut gradient, 1.0, &along(&answer.labels));
            for (l, w) in labels.iter().zip(&weights) {
                let along = along(l);
                // The habits of rating do not affect answers.
                for i in 0..AGREEING {
                    add(&mut information[i], w / total * along[i], &along);
                }
            }
        }
        (gradient, information)
    }

    /// The mean and standard deviation of an item's latent answer, and the factor by which the person stretches the scale.
    fn latent(&self, item: &KeyedItem, traits: &[f64; 5], point: &Point) -> (f64, f64, f64) {
        let of_trait = item.loading * item.key * traits[item.trait_.index()];
        let mean = of_trait + self.structure.agreement * point[AGREEING];
        (mean, self.structure.noise(item), (self.structure.extremes * point[EXTREME]).exp())
    }

    /// For each unknown, how the labels' slopes change with it.
    fn slope_changes(&self) -> [[f64; LABELS]; UNKNOWNS] {
        std::array::from_fn(|i| {
            let mut unit = [0.0; UNKNOWNS];
            unit[i] = 1.0;
            let (traits, axes) = self.standings(&unit);
            self.sharpness.slopes(&traits, &axes)
        })
    }
}

pub fn identity() -> Square {
    std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))))
}

/// Adds a multiple of a point.
fn add(sum: &mut Point, multiple: f64, more: &Point) {
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += multiple * more);
}

/// The distance from the item's neutral point to the latent answer at which the rating changes from k to k + 1, for a
/// person who stretches the scale by this factor.
fn distance(item: &KeyedItem, k: usize, stretch: f64) -> f64 {
    (item.thresholds[k - 1] - item.neutral()) / stretch
}

fn dot(labels: &[f64; LABELS], slopes: &[f64; LABELS]) -> f64 {
    labels.iter().zip(slopes).map(|(l, s)| l * s).sum()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::super::posterior::tests::{bank, bayes};
    use super::*;
    use crate::learning::people::Population;
    use crate::learning::people::structure_tests::structure;

    #[test]
    fn the_gradient_is_the_derivative_of_the_log_density() {
        let bank = bank();
        let (bayes, pool, sharpness) = bayes(&bank);
        let person = Population::new(structure(), 2).draw();
        let chosen = pool.choose(&person, &sharpness, &mut StdRng::seed_from_u64(1));
        let answers: Vec<Chosen<'_>> = chosen
            .iter()
            .map(|a| {
                let (_, among) = bayes.questions.iter().find(|(id, _)| *id == a.question).unwrap();
                Chosen { labels: a.labels.all().map(f64::from), among }
            })
            .collect();
        let at: Point = std::array::from_fn(|i| 0.3 * i as f64 - 1.2);
        let (gradient, information) = bayes.model.slope(&at, &person.ratings, &answers);
        for i in 0..UNKNOWNS {
            let moved = |by: f64| {
                let mut point = at;
                point[i] += by;
                bayes.model.log_density(&point, &person.ratings, &answers)
            };
            let numeric = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((gradient[i] - numeric).abs() < 1e-4, "{i}: {} {numeric}", gradient[i]);
            assert!(information[i][i] >= 1.0, "the prior adds one");
        }
    }
}
