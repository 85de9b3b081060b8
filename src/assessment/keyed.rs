//! Keyed scores compared with the norm group: the result of the ratings alone, with its uncertainty.

use serde::{Deserialize, Serialize};

use super::pace::RatingPace;
use crate::norm::{ItemSet, Level, Norm, Status};
use crate::personality::{Estimate, Trait};
use crate::survey::{Answers, ItemKind, KeyedScores, Questionnaire, keyed};

/// The norm group of a stored result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NormGroup {
    pub name: String,
    pub version: String,
    /// Who they are, as the middle part of a sentence.
    pub people: String,
}

impl NormGroup {
    pub fn of(norm: &Norm) -> NormGroup {
        NormGroup { name: norm.name.clone(), version: norm.version.clone(), people: norm.people.clone() }
    }
}

/// A score from 0 to 100 and its place in the norm group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    pub score: f64,
    /// The number of items whose mean is the score.
    pub items: u32,
    /// How many of them have no known answers in the norm group, so that similar items are used to estimate them.
    pub imputed: u32,
    #[serde(flatten)]
    pub level: Level,
}

/// One trait's scores and their places in the norm group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyedLevel {
    #[serde(rename = "trait")]
    pub trait_: Trait,
    /// From the eight statements: the more reliable percentile.
    pub statements: Placed,
    /// From all twelve items: an approximate percentile.
    pub all: Placed,
}

/// The part of a result that comes from the ratings alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyedResult {
    pub scores: KeyedScores,
    pub norm: NormGroup,
    /// By [`Trait::index`].
    pub levels: [KeyedLevel; 5],
    /// How fast the items were rated; nothing in results from before it was kept.
    #[serde(default)]
    pub pace: RatingPace,
}

impl KeyedResult {
    /// Scores the ratings and places them in the norm group. `pace` says how fast they were given.
    pub fn new(
        questionnaire: &Questionnaire,
        answers: &Answers,
        norm: &Norm,
        pace: RatingPace,
    ) -> KeyedResult {
        let scores = keyed::score(questionnaire, answers, |_| true);
        let statements = keyed::score(questionnaire, answers, |item| item.kind == ItemKind::Statement);
        let imputed = |trait_: Trait, among: &dyn Fn(ItemKind) -> bool| {
            let items = questionnaire.items.iter().filter(|item| item.trait_ == trait_ && among(item.kind));
            let unknown =
                items.filter(|item| norm.item(&item.id).is_none_or(|known| known.status == Status::Imputed));
            u32::try_from(unknown.count()).unwrap_or(u32::MAX)
        };
        let place = |scores: &KeyedScores, trait_: Trait, set: ItemSet, imputed: u32| {
            let score = scores.of(trait_);
            let level = norm.scale(trait_, set).level(score.percent);
            Placed { score: score.percent, items: score.items, imputed, level }
        };
        let levels = Trait::ALL.map(|trait_| KeyedLevel {
            trait_,
            statements: place(
                &statements,
                trait_,
                ItemSet::Statements,
                imputed(trait_, &|kind| kind == ItemKind::Statement),
            ),
            all: place(&scores, trait_, ItemSet::All, imputed(trait_, &|_| true)),
        });
        KeyedResult { scores, norm: NormGroup::of(norm), levels, pace }
    }

    pub fn of(&self, trait_: Trait) -> &KeyedLevel {
        &self.levels[trait_.index()]
    }

    /// The estimate of each trait from its eight statements, by [`Trait::index`]; see [`Scale::estimate`](crate::norm::Scale::estimate).
    pub fn estimates(&self, norm: &Norm, trust: f64) -> [Estimate; 5] {
        Trait::ALL.map(|trait_| {
            let percentile = self.of(trait_).statements.level.percentile;
            norm.scale(trait_, ItemSet::Statements).estimate(percentile, trust)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::norm::Word;
    use crate::personality::normal_quantile;
    use crate::survey::{Keyed, RawAnswers};

    fn result(rating: impl Fn(&crate::survey::Item) -> u8) -> KeyedResult {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets"));
        let questionnaire = Questionnaire::load(&folder.join("questionnaire.toml")).unwrap();
        let norm = Norm::load(&folder.join("norm")).unwrap();
        let mut raw = RawAnswers::default();
        for item in &questionnaire.items {
            raw.0.insert(item.id.clone(), rating(item).to_string());
        }
        for question in &questionnaire.questions {
            raw.0.insert(question.skip_field(), "1".to_owned());
        }
        KeyedResult::new(
            &questionnaire,
            &Answers::parse(&questionnaire, &raw).unwrap(),
            &norm,
            RatingPace::default(),
        )
    }

    #[test]
    fn the_middle_of_the_scale_is_low_on_traits_that_the_group_rates_high() {
        let result = result(|_| 3);
        // The group's median on the eight statements: A 68.8, O higher still; E 53.1.
        for trait_ in [Trait::Agreeableness, Trait::Openness] {
            let placed = result.of(trait_).statements;
            assert_eq!(placed.score, 50.0);
            assert!(placed.level.percentile < 20.0, "{trait_}: {placed:?}");
        }
        assert_eq!(result.of(Trait::Extraversion).statements.level.word(), Word::Average);
    }

    #[test]
    fn statements_and_all_items_are_scored_apart() {
        let result = result(|item| match (item.kind, item.keyed) {
            (ItemKind::Statement, Keyed::Plus) => 5,
            (ItemKind::Statement, Keyed::Minus) => 1,
            _ => 3,
        });
        for level in result.levels {
            assert_eq!((level.statements.score, level.statements.items), (100.0, 8));
            assert_eq!(level.all.items, 12);
            assert!((level.all.score - 250.0 / 3.0).abs() < 1e-9, "{level:?}");
            assert!(level.statements.level.percentile > 95.0);
        }
    }

    #[test]
    fn items_that_the_norm_does_not_cover_are_counted() {
        let result = result(|_| 4);
        let imputed: u32 = result.levels.iter().map(|level| level.all.imputed).sum();
        let among_statements: u32 = result.levels.iter().map(|level| level.statements.imputed).sum();
        assert_eq!((imputed, among_statements), (14, 1));
    }

    #[test]
    fn estimates_lean_to_the_middle_as_far_as_the_score_is_unreliable() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets"));
        let norm = Norm::load(&folder.join("norm")).unwrap();
        let high = result(|item| if item.keyed == Keyed::Plus { 4 } else { 2 });
        let (trusted, doubted) = (high.estimates(&norm, 1.0), high.estimates(&norm, 0.1));
        for trait_ in Trait::ALL {
            let (estimate, doubted) = (trusted[trait_.index()], doubted[trait_.index()]);
            let (z, r) = (
                normal_quantile(high.of(trait_).statements.level.percentile / 100.0),
                norm.scale(trait_, ItemSet::Statements).reliability,
            );
            assert!((estimate.mean - r.sqrt() * z).abs() < 1e-9, "{trait_}: {estimate:?}");
            assert!((estimate.sd.powi(2) - (1.0 - r)).abs() < 1e-9, "{trait_}: {estimate:?}");
            assert!(doubted.mean.abs() < estimate.mean.abs() && doubted.sd > estimate.sd, "{trait_}");
        }
    }

    #[test]
    fn a_result_survives_storing() {
        let kept = result(|item| if item.keyed == Keyed::Plus { 4 } else { 3 });
        let json = serde_json::to_value(&kept).unwrap();
        assert_eq!(serde_json::from_value::<KeyedResult>(json).unwrap(), kept);
    }
}
