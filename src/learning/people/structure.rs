//! The parameters for drawing people: those of a norm group, and how type axes depend on traits.

use super::published::{AxisRegression, axis_regression};
use crate::learning::numerics::Cholesky;
use crate::norm::{Norm, RespondentModel};
use crate::personality::{Axis, Trait};
use crate::survey::{Keyed, Questionnaire};

/// The norm does not describe people who could rate this questionnaire.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StructureError {
    #[error("the norm has no item {0}")]
    Item(String),
    #[error("the norm's correlations between traits are not those of five distinct traits")]
    Correlations,
    #[error("traits with the norm's correlations explain all of the axis {0}")]
    Axis(&'static str),
}

/// How an item is rated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeyedItem {
    pub trait_: Trait,
    /// 1 if agreement counts toward the trait, -1 if it counts against it.
    pub key: f64,
    /// Standardized loading on the trait, above 0.
    pub loading: f64,
    /// Latent values at which a rating changes from k to k + 1, ascending.
    pub thresholds: [f64; 4],
}

impl KeyedItem {
    /// The item's neutral point, about which a preference for extremes stretches latent answers.
    pub fn neutral(&self) -> f64 {
        (self.thresholds[1] + self.thresholds[2]) / 2.0
    }
}

/// The structure of a population.
#[derive(Clone, Debug)]
pub struct Structure {
    /// In the order of the questionnaire.
    pub items: Vec<KeyedItem>,
    /// Turns independent draws into correlated traits.
    pub factor: Cholesky<5>,
    /// In the order of [`Axis::ALL`].
    pub regressions: [AxisRegression; 4],
    /// Standard deviation of acquiescence (agreeing with everything), in latent standard deviations.
    pub agreement: f64,
    /// Standard deviation of the logarithm of the stretch about the neutral point.
    pub extremes: f64,
}

impl Structure {
    /// The norm group rating the items of the questionnaire.
    ///
    /// # Errors
    /// If the norm lacks an item, or its correlations are impossible.
    pub fn new(questionnaire: &Questionnaire, norm: &Norm) -> Result<Structure, StructureError> {
        let item = |item: &crate::survey::Item| {
            let known = norm.item(&item.id).ok_or_else(|| StructureError::Item(item.id.clone()))?;
            Ok(KeyedItem {
                trait_: item.trait_,
                key: if item.keyed == Keyed::Plus { 1.0 } else { -1.0 },
                loading: known.loading,
                thresholds: known.thresholds,
            })
        };
        let items = questionnaire.items.iter().map(item).collect::<Result<_, _>>()?;
        Structure::of(items, &norm.respondents)
    }

    /// People with these traits and habits rating these items.
    ///
    /// # Errors
    /// If the correlations are impossible.
    pub fn of(items: Vec<KeyedItem>, model: &RespondentModel) -> Result<Structure, StructureError> {
        let factor = Cholesky::new(&model.correlations).ok_or(StructureError::Correlations)?;
        let regressions = Axis::ALL.map(|axis| axis_regression(axis, &factor));
        if let Some(axis) = Axis::ALL.into_iter().find(|axis| regressions[*axis as usize].explained >= 1.0) {
            return Err(StructureError::Axis(axis.code()));
        }
        Ok(Structure {
            items,
            factor,
            regressions,
            agreement: model.agreement_variance.sqrt(),
            extremes: model.extremes_sd,
        })
    }

    /// The same people without items to rate.
    pub fn unrated(&self) -> Structure {
        Structure { items: Vec::new(), ..self.clone() }
    }

    /// The standard deviation of the part of an item's latent answer that neither trait nor agreement explains.
    pub fn noise(&self, item: &KeyedItem) -> f64 {
        (1.0 - item.loading.powi(2) - self.agreement.powi(2)).sqrt()
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::learning::people::published::AXIS_CORRELATIONS;

    /// Correlated traits and moderate habits.
    pub const MODEL: RespondentModel = RespondentModel {
        correlations: [
            [1.0, -0.3, 0.35, 0.2, 0.2],
            [-0.3, 1.0, -0.2, -0.25, -0.1],
            [0.35, -0.2, 1.0, 0.3, 0.2],
            [0.2, -0.25, 0.3, 1.0, 0.0],
            [0.2, -0.1, 0.2, 0.0, 1.0],
        ],
        agreement_variance: 0.02,
        extremes_sd: 0.4,
    };

    /// 60 items: twelve for each trait, six of them keyed away from it.
    pub fn items() -> Vec<KeyedItem> {
        let item = |i: usize| KeyedItem {
            trait_: Trait::ALL[i % 5],
            key: [1.0, -1.0][i / 5 % 2],
            loading: 0.5 + 0.02 * (i % 10) as f64,
            thresholds: [-1.4, -0.6, 0.2, 1.1].map(|cut| cut + 0.05 * (i % 7) as f64),
        };
        (0..60).map(item).collect()
    }

    pub fn structure() -> Structure {
        Structure::of(items(), &MODEL).unwrap()
    }

    #[test]
    fn the_regressions_give_back_the_published_correlations() {
        for (axis, regression) in Axis::ALL.into_iter().zip(structure().regressions) {
            for (t, row) in MODEL.correlations.iter().enumerate() {
                let r: f64 = row.iter().zip(regression.weights).map(|(r, w)| r * w).sum();
                assert!((r - AXIS_CORRELATIONS[axis as usize][t]).abs() < 1e-12);
            }
            assert!(regression.explained > 0.2 && regression.explained < 0.8, "{regression:?}");
        }
    }

    #[test]
    fn the_factor_multiplies_back() {
        let factor = structure().factor;
        for (i, row) in MODEL.correlations.iter().enumerate() {
            for (j, r) in row.iter().enumerate() {
                let (a, b) = (factor.lower()[i], factor.lower()[j]);
                let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                assert!((product - r).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn impossible_correlations_are_refused() {
        let mut model = MODEL;
        (model.correlations[0][1], model.correlations[1][0]) = (1.0, 1.0);
        assert_eq!(Structure::of(items(), &model).unwrap_err(), StructureError::Correlations);
    }
}
