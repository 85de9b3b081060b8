//! How dense the posterior is at a point, which way it rises, and how much the ratings and answers are expected to tell.

use super::{Bayes, Chosen, Point, Square, UNKNOWNS, identity};
use crate::learning::simulate::{AGREEMENT, CUTS, EXTREMES, KeyedItem, Population, normal_cdf};

impl Bayes {
    /// The posterior's log density at a point, up to a constant.
    pub(super) fn log_density(&self, point: &Point, ratings: &[u8], answers: &[Chosen<'_>]) -> f64 {
        let (traits, axes) = self.standings(point);
        let mut log = -0.5 * point.iter().map(|x| x * x).sum::<f64>();
        for (place, (item, rating)) in self.items.iter().zip(ratings).enumerate() {
            let (mean, spread, stretch) = latent(place, item, &traits, point);
            // Of the six edges only the two of this rating.
            let edge = |k: usize| match k {
                0 => 0.0,
                5 => 1.0,
                _ => normal_cdf((CUTS[k - 1] / stretch - mean) / spread),
            };
            let rating = usize::from(*rating);
            log += (edge(rating) - edge(rating - 1)).max(1e-12).ln();
        }
        let pulls = self.sharpness.pulls(&traits, &axes);
        for answer in answers {
            let fits = answer.among.iter().map(|l| dot(l, &pulls).exp());
            log += dot(&answer.labels, &pulls) - fits.sum::<f64>().ln();
        }
        log
    }

    /// For each rating its chance, and the chance's slope along the item's latent answer and along the liking for
    /// extremes.
    fn rating_chances(
        &self,
        place: usize,
        item: &KeyedItem,
        traits: &[f64; 5],
        point: &Point,
    ) -> [(f64, f64, f64); 5] {
        let (mean, spread, stretch) = latent(place, item, traits, point);
        // Distribution, density and the cut itself at each of the six edges of the five ratings.
        let edges: [(f64, f64, f64); 6] = std::array::from_fn(|k| match k {
            0 => (0.0, 0.0, 0.0),
            5 => (1.0, 0.0, 0.0),
            _ => {
                let cut = CUTS[k - 1] / stretch;
                let x = (cut - mean) / spread;
                (normal_cdf(x), (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt() / spread, cut)
            }
        });
        std::array::from_fn(|k| {
            let (low, high) = (edges[k], edges[k + 1]);
            let along_latent = low.1 - high.1;
            let along_extremes = EXTREMES * (low.1 * low.2 - high.1 * high.2);
            ((high.0 - low.0).max(1e-12), along_latent, along_extremes)
        })
    }

    /// The gradient of the log density, and the information expected at this point.
    pub(super) fn slope(&self, point: &Point, ratings: &[u8], answers: &[Chosen<'_>]) -> (Point, Square) {
        let (traits, axes) = self.standings(point);
        let mut gradient: Point = point.map(|x| -x);
        let mut information = identity();
        for (place, (item, rating)) in self.items.iter().zip(ratings).enumerate() {
            let chances = self.rating_chances(place, item, &traits, point);
            let mut latent = [0.0; UNKNOWNS];
            let t = item.trait_.index();
            for (along, part) in latent.iter_mut().zip(&self.lower[t][..=t]) {
                *along = Population::loading(place) * item.key * part;
            }
            latent[9] = AGREEMENT;
            let (p, by_latent, by_extremes) = chances[usize::from(*rating) - 1];
            for i in 0..UNKNOWNS {
                gradient[i] += by_latent / p * latent[i];
            }
            gradient[10] += by_extremes / p;
            let of = |f: &dyn Fn(&(f64, f64, f64)) -> f64| chances.iter().map(|c| f(c) / c.0).sum::<f64>();
            let (ll, le, ee) = (of(&|c| c.1 * c.1), of(&|c| c.1 * c.2), of(&|c| c.2 * c.2));
            for i in 0..UNKNOWNS {
                for j in 0..UNKNOWNS {
                    information[i][j] += ll * latent[i] * latent[j];
                }
                information[i][10] += le * latent[i];
                information[10][i] += le * latent[i];
            }
            information[10][10] += ee;
        }
        // How a label's pull changes along each unknown.
        let change = self.pull_changes();
        let pulls = self.sharpness.pulls(&traits, &axes);
        for answer in answers {
            let labels = answer.among;
            let weights: Vec<f64> = labels.iter().map(|l| dot(l, &pulls).exp()).collect();
            let total: f64 = weights.iter().sum();
            let mean: [f64; 9] = std::array::from_fn(|k| {
                labels.iter().zip(&weights).map(|(l, w)| l[k] * w).sum::<f64>() / total
            });
            let chosen = answer.labels;
            for (i, change) in change.iter().enumerate() {
                gradient[i] += (0..9).map(|k| (chosen[k] - mean[k]) * change[k]).sum::<f64>();
            }
            for (l, w) in labels.iter().zip(&weights) {
                let along: Point =
                    std::array::from_fn(|i| (0..9).map(|k| (l[k] - mean[k]) * change[i][k]).sum());
                for i in 0..9 {
                    for j in 0..9 {
                        information[i][j] += w / total * along[i] * along[j];
                    }
                }
            }
        }
        (gradient, information)
    }

    /// For each unknown the change of the nine labels' pulls.
    fn pull_changes(&self) -> [[f64; 9]; UNKNOWNS] {
        std::array::from_fn(|i| {
            let mut unit = [0.0; UNKNOWNS];
            unit[i] = 1.0;
            let (traits, axes) = self.standings(&unit);
            self.sharpness.pulls(&traits, &axes)
        })
    }
}

/// Mean and standard deviation of an item's latent answer, and how far the liking for extremes stretches it.
fn latent(place: usize, item: &KeyedItem, traits: &[f64; 5], point: &Point) -> (f64, f64, f64) {
    let loading = Population::loading(place);
    let mean = loading * item.key * traits[item.trait_.index()] + AGREEMENT * point[9];
    (mean, (1.0 - loading * loading).sqrt(), (EXTREMES * point[10]).exp())
}

fn dot(labels: &[f64; 9], pulls: &[f64; 9]) -> f64 {
    labels.iter().zip(pulls).map(|(l, p)| l * p).sum()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::super::tests::{bank, bayes, items};
    use super::*;

    #[test]
    fn the_slope_is_that_of_the_density() {
        let bank = bank();
        let (bayes, choices, sharpness) = bayes(&bank);
        let person = Population::new(items(), 2).draw();
        let chosen = choices.choose(&person, &sharpness, &mut StdRng::seed_from_u64(1));
        let answers: Vec<Chosen<'_>> = chosen
            .iter()
            .map(|a| {
                let (_, among) = bayes.questions.iter().find(|(id, _)| *id == a.question).unwrap();
                Chosen { labels: a.labels.all().map(f64::from), among }
            })
            .collect();
        let at: Point = std::array::from_fn(|i| 0.3 * i as f64 - 1.2);
        let (gradient, information) = bayes.slope(&at, &person.ratings, &answers);
        for i in 0..UNKNOWNS {
            let moved = |by: f64| {
                let mut point = at;
                point[i] += by;
                bayes.log_density(&point, &person.ratings, &answers)
            };
            let numeric = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((gradient[i] - numeric).abs() < 1e-4, "{i}: {} {numeric}", gradient[i]);
            assert!(information[i][i] >= 1.0, "the prior is in it");
        }
    }
}
