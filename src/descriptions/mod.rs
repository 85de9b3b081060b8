//! What the site says about traits and types: texts in datasets/descriptions/*.toml that operators may edit.
//!
//! The files are read and checked at start, so that no page lacks a text or shows one that is too long.

mod error;
mod read;

pub use error::DescriptionError;

use serde::Deserialize;

use crate::norm::Word;
use crate::personality::{Axis, Mbti, Trait};

/// The texts about all traits and types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptions {
    /// Studies about every trait.
    pub every_trait: Research,
    /// By [`Trait::index`].
    traits: [TraitText; 5],
    /// What research does not support, whatever the type.
    pub every_type: Research,
    /// By axis: the first letter, then the second.
    letters: [[LetterText; 2]; 4],
    /// By [`Mbti::index`].
    types: [TypeText; 16],
}

/// Findings with their sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Research {
    pub paragraphs: Vec<String>,
    /// The studies that the paragraphs name.
    pub sources: Vec<String>,
}

/// What a trait is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraitText {
    /// One sentence.
    pub summary: String,
    /// What the trait is, in paragraphs.
    pub is: Vec<String>,
    /// What it is often mistaken for, in paragraphs.
    pub is_not: Vec<String>,
    /// Findings of studies.
    pub research: Research,
    /// From the lowest level to the highest.
    levels: [LevelText; 5],
}

/// What a level of a trait tends to mean, addressed to the reader as "you".
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelText {
    /// In daily life: two to four sentences.
    pub life: String,
    /// At work: one sentence.
    pub work: String,
}

/// What a letter of a type means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LetterText {
    /// "Introversion".
    pub name: String,
    /// What people near this side lean toward, in the middle of a sentence: "quiet".
    pub lean: String,
    /// What they tend to do.
    pub about: String,
}

/// What a type tends to mean, about people in general.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeText {
    /// How such people tend to work.
    pub work: String,
    /// What tends to be hard for them.
    pub hard: String,
}

impl Descriptions {
    pub fn of_trait(&self, trait_: Trait) -> &TraitText {
        &self.traits[trait_.index()]
    }

    /// What this level of this trait tends to mean.
    pub fn level_text(&self, trait_: Trait, level: Word) -> &LevelText {
        self.of_trait(trait_).level(level)
    }

    pub fn of_type(&self, mbti: Mbti) -> &TypeText {
        &self.types[mbti.index()]
    }

    /// The letter that a type has on an axis.
    pub fn letter(&self, mbti: Mbti, axis: Axis) -> &LetterText {
        &self.letters[axis as usize][usize::from(mbti.is_second(axis))]
    }
}

impl TraitText {
    pub fn level(&self, level: Word) -> &LevelText {
        &self.levels[level as usize]
    }
}

#[cfg(test)]
mod tests;
