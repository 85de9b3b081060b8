//! The five traits as levels, for the chart, the table and the text beside them.

use super::marks::Marks;
use super::shown::ShownLevel;
use crate::assessment::{self, TraitStanding};
use crate::descriptions::{Descriptions, LevelText};
use crate::personality::Trait;
use crate::web::numbers::percent;

/// One reading of one trait.
#[derive(Clone, Debug, PartialEq)]
pub struct OneReading {
    pub level: ShownLevel,
    /// The chance of being above the middle, "98.0%".
    pub chance: String,
}

impl OneReading {
    fn new(standing: &assessment::Standing) -> OneReading {
        OneReading { level: ShownLevel::of(&standing.level), chance: percent(standing.above) }
    }
}

/// A row of the table.
pub struct NamedReading<'a> {
    /// "Ratings", "Words" or "Together".
    pub from: &'static str,
    pub level: ShownLevel,
    pub chance: &'a str,
}

/// One trait.
#[derive(Clone, Debug)]
pub struct TraitRow {
    pub trait_: Trait,
    pub together: ShownLevel,
    pub chance: String,
    /// None if there are no ratings.
    pub ratings: Option<OneReading>,
    /// None if there are no words.
    pub words: Option<OneReading>,
    pub marks: Marks,
    /// What this level tends to mean.
    pub text: LevelText,
}

impl TraitRow {
    pub fn new(standing: &TraitStanding, descriptions: &Descriptions) -> TraitRow {
        let together = OneReading::new(&standing.together);
        let [ratings, words] =
            [standing.ratings, standing.words].map(|reading| reading.as_ref().map(OneReading::new));
        let place = |reading: &Option<OneReading>| reading.as_ref().map(|reading| reading.level.percentile);
        TraitRow {
            trait_: standing.trait_,
            marks: Marks::new(&together.level, place(&ratings), place(&words)),
            text: descriptions.level_text(standing.trait_, together.level.word()).clone(),
            together: together.level,
            chance: together.chance,
            ratings,
            words,
        }
    }

    pub fn name(&self) -> &'static str {
        self.trait_.name()
    }

    /// The path of the page about this trait.
    pub fn page(&self) -> String {
        format!("/traits/{}", self.name().to_lowercase())
    }

    /// Whether the band is narrow enough to say anything.
    pub fn is_known(&self) -> bool {
        self.together.is_known()
    }

    /// Whether the band includes the middle although the level is away from it.
    pub fn is_leaning(&self) -> bool {
        self.together.is_leaning()
    }

    /// The level in words; see [`ShownLevel::said`].
    pub fn word(&self) -> String {
        self.together.said()
    }

    /// A description of the chart for screen readers.
    pub fn label(&self) -> String {
        let mut said = format!("Percentile {}, range {}", self.together.percentile, self.together.band());
        for (name, reading) in [("ratings", &self.ratings), ("words", &self.words)] {
            if let Some(reading) = reading {
                said += &format!("; {name} {}", reading.level.percentile);
            }
        }
        said
    }

    /// The available readings, for the table.
    pub fn readings(&self) -> Vec<NamedReading<'_>> {
        let named = |from, level, chance| NamedReading { from, level, chance };
        let mut rows = Vec::with_capacity(3);
        for (from, reading) in [("Ratings", &self.ratings), ("Words", &self.words)] {
            rows.extend(reading.as_ref().map(|one| named(from, one.level, one.chance.as_str())));
        }
        rows.push(named("Together", self.together, self.chance.as_str()));
        rows
    }
}

/// Highest first as shown, ties by name.
pub fn sort(rows: &mut [TraitRow]) {
    rows.sort_by(|a, b| {
        b.together.percentile.cmp(&a.together.percentile).then_with(|| a.name().cmp(b.name()))
    });
}
