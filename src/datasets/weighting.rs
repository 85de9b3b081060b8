//! Weights of each rating for each trait, from published correlations.
//!
//! The ratings correlate with each other, so single correlations cannot be added up. The weights are the ridge
//! regression that the correlations imply, w = (R + λI)⁻¹ r, where R are the ratings' correlations over the catalog and
//! r their correlations with the measured traits. Each weight must keep the sign of its r, because only then can
//! reasons put the link into words. Coordinate descent solves it.

use crate::careers::evidence::{ELEMENT, ELEMENTS, INTEREST_SUPPORT, STYLE_SUPPORT, STYLE_SUPPORT_SIZE};
use crate::careers::figures::{Figures, Scale, mean_and_sd, rounded};
use crate::careers::links::{TraitLinks, preparation_band};
use crate::careers::occupation::Occupation;
use crate::personality::Trait;

/// The weight in a link of a supporting figure: a correlation between persons, or a style assignment. The measured
/// correlation between occupations has the rest. Our choice.
pub const SUPPORT_SHARE: f64 = 0.25;

/// Weaker links count as 0: two standard errors of a correlation over 263 measured profiles.
pub const WEAKEST_LINK: f64 = 0.12;

/// λ. 263 profiles are few for 27 correlated ratings. Our choice.
pub const RIDGE: f64 = 0.5;

/// r of a rating and a trait. 0 below [`WEAKEST_LINK`], and 0 for neuroticism, because the ratings have no usable
/// signal for it.
pub fn correlation(element: usize, t: Trait) -> f64 {
    if t == Trait::Neuroticism {
        return 0.0;
    }
    let measured = ELEMENT[element].measured[t.index()];
    let name = ELEMENT[element].name;
    let support = INTEREST_SUPPORT
        .iter()
        .find(|(interest, of, _)| *interest == name && *of == t)
        .map(|(.., r)| *r)
        .or_else(|| STYLE_SUPPORT.contains(&(name, t)).then_some(STYLE_SUPPORT_SIZE));
    let r = support.map_or(measured, |s| (1.0 - SUPPORT_SHARE) * measured + SUPPORT_SHARE * s);
    if r.abs() < WEAKEST_LINK { 0.0 } else { r }
}

/// Scale, weights and spreads over these occupations.
pub fn weigh(occupations: &[Occupation]) -> TraitLinks {
    let n = occupations.len() as f64;
    let mut links = TraitLinks {
        scale: Scale::over(occupations),
        weight: [[0.0; ELEMENTS]; 5],
        validity: [0.0; 5],
        preparation: [[0.0; 5]; 4],
        spread: [1.0; 5],
        median_wage: 0,
    };
    let figures: Vec<Figures> = occupations.iter().map(|o| links.scale.figures(o)).collect();
    let mut correlations = [[0.0; ELEMENTS]; ELEMENTS];
    for (i, row) in correlations.iter_mut().enumerate() {
        for (j, r) in row.iter_mut().enumerate() {
            *r = figures.iter().map(|z| z[i] * z[j]).sum::<f64>() / n;
        }
    }
    for t in Trait::ALL {
        let mut r = [0.0; ELEMENTS];
        for (i, r) in r.iter_mut().enumerate() {
            *r = correlation(i, t);
        }
        let weights = signed_ridge(&correlations, &r).map(rounded);
        links.weight[t.index()] = weights;
        links.validity[t.index()] = rounded(implied_validity(&correlations, &weights, t));
    }
    for band in 0..links.preparation.len() {
        let of_band = occupations.iter().zip(&figures).filter(|(o, _)| preparation_band(o.job_zone) == band);
        let predicted: Vec<[f64; 5]> = of_band.map(|(_, figures)| links.predict(figures)).collect();
        for t in Trait::ALL {
            links.preparation[band][t.index()] = mean_and_sd(predicted.iter().map(|p| p[t.index()])).0;
        }
    }
    for t in Trait::ALL {
        let predicted = occupations.iter().zip(&figures).map(|(o, z)| links.predict_prepared(z, o.job_zone));
        links.spread[t.index()] = mean_and_sd(predicted.map(|p| p[t.index()])).1;
    }
    let mut medians: Vec<u32> = occupations.iter().map(|o| o.pay.median()).collect();
    medians.sort_unstable();
    links.median_wage = medians.get(medians.len() / 2).copied().unwrap_or(0);
    links
}

/// Minimizes w'(R + λI)w − 2r'w by coordinate descent, with the sign of each weight equal to that of its r. The problem
/// is convex, so the order of the coordinates does not matter.
fn signed_ridge(correlations: &[[f64; ELEMENTS]; ELEMENTS], r: &[f64; ELEMENTS]) -> [f64; ELEMENTS] {
    let mut w = [0.0; ELEMENTS];
    for _ in 0..10_000 {
        let mut moved = 0.0_f64;
        for i in 0..ELEMENTS {
            if r[i] == 0.0 {
                continue;
            }
            let explained: f64 = (0..ELEMENTS).filter(|j| *j != i).map(|j| correlations[i][j] * w[j]).sum();
            let best = (r[i] - explained) / (correlations[i][i] + RIDGE);
            let next = if best * r[i] > 0.0 { best } else { 0.0 };
            moved = moved.max((next - w[i]).abs());
            w[i] = next;
        }
        if moved < 1e-10 {
            break;
        }
    }
    w
}

/// The correlation of the weighted sum with the measured trait, from the measured correlations alone.
fn implied_validity(correlations: &[[f64; ELEMENTS]; ELEMENTS], w: &[f64; ELEMENTS], t: Trait) -> f64 {
    let covariance: f64 = (0..ELEMENTS).map(|i| w[i] * ELEMENT[i].measured[t.index()]).sum();
    let mut variance = 0.0;
    for i in 0..ELEMENTS {
        for j in 0..ELEMENTS {
            variance += w[i] * w[j] * correlations[i][j];
        }
    }
    if variance > 0.0 { covariance / variance.sqrt() } else { 0.0 }
}
