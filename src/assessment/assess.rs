//! Turns two models' readings of a text into an assessment. Pure.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::keyed::NormGroup;
use super::naming::Naming;
use super::notice::Notice;
use super::notices::{self, notices};
use super::pace::RatingPace;
use super::shares::Shares;
use super::standing::{AxisStanding, Standing, TraitStanding};
use crate::inference::{EvidenceReading, Reading};
use crate::norm::{ItemSet, Norm};
use crate::personality::{Axis, Estimate, Trait};
use crate::survey::{ItemKind, Keyed, Questionnaire};

/// The version of [`Assessment`] in JSON.
pub const ASSESSMENT_VERSION: u32 = 1;

/// What can be said about a person in comparison with a norm group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    pub version: u32,
    pub norm: NormGroup,
    /// By [`Trait::index`].
    pub traits: [TraitStanding; 5],
    /// In the order of [`Axis::ALL`].
    pub axes: [AxisStanding; 4],
    pub naming: Naming,
    /// Why the reading is weaker than usual; empty for most people.
    pub notices: Vec<Notice>,
    pub ground: Ground,
}

/// How much evidence the reading is based on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ground {
    /// The writer's own words, repeated ones included.
    pub words: usize,
    /// The number of rated items.
    pub ratings: usize,
    /// The share of the axes' variance that the evidence explains, averaged over the four axes; 0 to 1.
    pub explained: f64,
}

impl Assessment {
    pub fn of(&self, trait_: Trait) -> &TraitStanding {
        &self.traits[trait_.index()]
    }
}

/// An assessment with the share of each part of the text, as a record stores them: in one JSON object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assessed {
    #[serde(flatten)]
    pub assessment: Assessment,
    pub shares: Shares,
}

/// Makes assessments with one norm group.
#[derive(Clone, Debug)]
pub struct Assessor {
    norm: Arc<Norm>,
    group: NormGroup,
    /// By [`Trait::index`]: the codes of the trait's statements, and whether agreement counts toward the trait.
    statements: [Vec<(String, bool)>; 5],
}

impl Assessor {
    pub fn new(questionnaire: &Questionnaire, norm: Arc<Norm>) -> Assessor {
        let statements = Trait::ALL.map(|trait_| {
            let items = questionnaire.items.iter();
            let own = items.filter(|item| item.trait_ == trait_ && item.kind == ItemKind::Statement);
            own.map(|item| (item.id.clone(), item.keyed == Keyed::Plus)).collect()
        });
        Assessor { group: NormGroup::of(&norm), norm, statements }
    }

    /// Of a reading whose ratings were given at this pace. `None` unless both models weigh evidence.
    pub fn assess(&self, reading: &Reading, pace: RatingPace) -> Option<Assessed> {
        let traits = reading.big_five.evidence.as_ref()?;
        let axes = reading.mbti.evidence.as_ref().filter(|axes| axes.is_of_axes())?;
        let places = traits.trait_places()?;
        let notices = notices(traits, places, pace);
        let widening = notices::widening(&notices);
        let standings = self.traits(traits, places, widening, pace)?;
        let explained = axes.together.iter().map(|output| 1.0 - output.level.sd.powi(2)).sum::<f64>() / 4.0;
        let axis_standings = axis_standings(axes, widening)?;
        let assessment = Assessment {
            version: ASSESSMENT_VERSION,
            norm: self.group.clone(),
            naming: Naming::new(&axis_standings, explained),
            traits: standings,
            axes: axis_standings,
            notices,
            ground: Ground { words: traits.facts.words, ratings: traits.ratings.items, explained },
        };
        Some(Assessed { assessment, shares: Shares::new(traits, places, axes) })
    }

    fn traits(
        &self,
        reading: &EvidenceReading,
        places: [usize; 5],
        widening: f64,
        pace: RatingPace,
    ) -> Option<[TraitStanding; 5]> {
        let one = |trait_: Trait| {
            let place = places[trait_.index()];
            let output = reading.together.get(place)?;
            Some(TraitStanding {
                trait_,
                ratings: self.by_key(trait_, reading, pace),
                words: words(reading, place),
                together: Standing::new(&output.level, &output.estimate, widening),
                score: Estimate { mean: output.level.mean, sd: output.level.sd * widening },
            })
        };
        let [e, n, a, c, o] = Trait::ALL.map(one);
        Some([e?, n?, a?, c?, o?])
    }

    /// From the ratings of the trait's statements by key and norm; `None` unless all of them are rated.
    fn by_key(&self, trait_: Trait, reading: &EvidenceReading, pace: RatingPace) -> Option<Standing> {
        let statements = &self.statements[trait_.index()];
        let mut sum = 0.0;
        for (id, toward) in statements {
            let (_, rating) = reading.given.iter().find(|(given, _)| **given == *id.as_str())?;
            sum += if *toward { f64::from(*rating) } else { 6.0 - f64::from(*rating) };
        }
        let score = 25.0 * (sum / statements.len() as f64 - 1.0);
        let scale = self.norm.scale(trait_, ItemSet::Statements);
        let trust = reading.ratings.trust() * pace.trust();
        Some(Standing {
            level: scale.level_trusted(score, trust),
            above: scale.chance_above_middle(score, trust),
        })
    }
}

fn axis_standings(reading: &EvidenceReading, widening: f64) -> Option<[AxisStanding; 4]> {
    let one = |axis: Axis| {
        let output = reading.together.get(axis as usize)?;
        let together = Standing::new(&output.level, &output.estimate, widening);
        Some(AxisStanding { axis, words: words(reading, axis as usize), together })
    };
    let [ei, sn, tf, jp] = Axis::ALL.map(one);
    Some([ei?, sn?, tf?, jp?])
}

/// From written words alone.
fn words(reading: &EvidenceReading, place: usize) -> Option<Standing> {
    let estimate = reading.words.get(place).filter(|_| reading.has_words())?;
    Some(Standing::new(estimate, estimate, 1.0))
}
