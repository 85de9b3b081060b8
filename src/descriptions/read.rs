//! Reads and checks the files of the descriptions.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use unicode_segmentation::UnicodeSegmentation;

use super::error::DescriptionError;
use super::{Descriptions, LetterText, LevelText, Research, TraitText, TypeText};
use crate::norm::Word;
use crate::personality::{Mbti, Trait};

/// The texts that are compiled into the program.
const TRAITS: &str = include_str!("../../datasets/descriptions/traits.toml");
const TYPES: &str = include_str!("../../datasets/descriptions/types.toml");

/// Characters of a text about daily life. It is shown beside a chart and on a printed page.
const LIFE: RangeInclusive<usize> = 120..=420;
/// Characters of a sentence on work.
const WORK: RangeInclusive<usize> = 50..=220;
/// Characters of a summary: about as many as search engines show.
const SUMMARY: RangeInclusive<usize> = 40..=160;
/// Characters of a longer paragraph.
const PARAGRAPH: RangeInclusive<usize> = 50..=600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TraitsFile {
    research: Vec<String>,
    sources: Vec<String>,
    #[serde(rename = "trait")]
    traits: BTreeMap<String, TraitSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TraitSection {
    summary: String,
    is: Vec<String>,
    is_not: Vec<String>,
    research: Vec<String>,
    sources: Vec<String>,
    level: BTreeMap<String, LevelText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypesFile {
    unsupported: Vec<String>,
    sources: Vec<String>,
    letter: BTreeMap<String, LetterText>,
    #[serde(rename = "type")]
    types: BTreeMap<String, TypeText>,
}

/// The content of a file. If it does not exist, the compiled-in text.
fn read<T: DeserializeOwned>(file: &Path, bundled: &str) -> Result<T, DescriptionError> {
    let text = match file.parent() {
        Some(folder) if !folder.is_dir() => bundled.to_owned(),
        _ => std::fs::read_to_string(file)
            .map_err(|source| DescriptionError::Unreadable { file: file.to_owned(), source })?,
    };
    toml::from_str(&text).map_err(|source| DescriptionError::Format { file: file.to_owned(), source })
}

/// The sections with these names, in this order; a missing or additional section is an error. `within` is the enclosing
/// section.
fn sections<T, const N: usize>(
    file: &Path,
    within: &str,
    names: [&str; N],
    mut found: BTreeMap<String, T>,
) -> Result<[T; N], DescriptionError> {
    let section = |name: &str| format!("{within}.{name}");
    let missing = |name: &str| DescriptionError::Missing { file: file.to_owned(), section: section(name) };
    let mut sections = Vec::with_capacity(N);
    for name in names {
        sections.push(found.remove(name).ok_or_else(|| missing(name))?);
    }
    if let Some(name) = found.keys().next() {
        return Err(DescriptionError::Unknown { file: file.to_owned(), section: section(name) });
    }
    sections.try_into().map_err(|_| missing("*"))
}

/// The name of a level in the file.
fn level_name(word: Word) -> &'static str {
    match word {
        Word::BelowAverage => "below_average",
        Word::AboveAverage => "above_average",
        word => word.name(),
    }
}

fn trait_text(file: &Path, trait_: Trait, section: TraitSection) -> Result<TraitText, DescriptionError> {
    let name = format!("trait.{trait_}");
    let within = format!("{name}.level");
    let text = TraitText {
        levels: sections(file, &within, Word::ALL.map(level_name), section.level)?,
        summary: section.summary,
        is: section.is,
        is_not: section.is_not,
        research: Research { paragraphs: section.research, sources: section.sources },
    };
    let place = Place { file, section: &name };
    place.characters("summary", &text.summary, &SUMMARY)?;
    place.paragraphs("is", &text.is)?;
    place.paragraphs("is_not", &text.is_not)?;
    place.paragraphs("research", &text.research.paragraphs)?;
    for word in Word::ALL {
        let LevelText { life, work } = text.level(word);
        let place = Place { file, section: &format!("{within}.{}", level_name(word)) };
        place.characters("life", life, &LIFE)?;
        place.sentences("life", life, &(2..=4))?;
        place.characters("work", work, &WORK)?;
        place.sentences("work", work, &(1..=1))?;
    }
    Ok(text)
}

impl Descriptions {
    /// Reads traits.toml and types.toml from a folder. Uses the compiled-in texts if there is no such folder.
    ///
    /// # Errors
    /// Names the first file, section and field that is not as expected.
    pub fn load(folder: &Path) -> Result<Descriptions, DescriptionError> {
        let file = &folder.join("traits.toml");
        let TraitsFile { research, sources, traits } = read(file, TRAITS)?;
        Place { file, section: "" }.paragraphs("research", &research)?;
        let every_trait = Research { paragraphs: research, sources };
        let [e, n, a, c, o] = sections(file, "trait", Trait::ALL.map(Trait::name), traits)?;
        let each = |trait_, section| trait_text(file, trait_, section);
        let traits = [
            each(Trait::Extraversion, e)?,
            each(Trait::Neuroticism, n)?,
            each(Trait::Agreeableness, a)?,
            each(Trait::Conscientiousness, c)?,
            each(Trait::Openness, o)?,
        ];

        let file = &folder.join("types.toml");
        let TypesFile { unsupported, sources, letter, types } = read(file, TYPES)?;
        Place { file, section: "" }.paragraphs("unsupported", &unsupported)?;
        let every_type = Research { paragraphs: unsupported, sources };
        let [e, i, s, n, t, f, j, p] =
            sections(file, "letter", ["E", "I", "S", "N", "T", "F", "J", "P"], letter)?;
        let letters = [[e, i], [s, n], [t, f], [j, p]];
        for letter in letters.as_flattened() {
            let place = Place { file, section: &format!("letter.{}", letter.name) };
            place.characters("about", &letter.about, &PARAGRAPH)?;
        }
        let types = sections(file, "type", Mbti::ALL.map(Mbti::name), types)?;
        for (mbti, TypeText { work, hard }) in Mbti::ALL.into_iter().zip(&types) {
            let place = Place { file, section: &format!("type.{mbti}") };
            place.characters("work", work, &PARAGRAPH)?;
            place.characters("hard", hard, &PARAGRAPH)?;
        }
        Ok(Descriptions { every_trait, traits, every_type, letters, types })
    }
}

/// The section under check.
struct Place<'a> {
    file: &'a Path,
    /// Empty for the fields before the first section.
    section: &'a str,
}

impl Place<'_> {
    fn wrong(&self, field: &'static str, expected: String, found: usize) -> DescriptionError {
        let section = if self.section.is_empty() { "top" } else { self.section };
        DescriptionError::Text {
            file: self.file.to_owned(),
            section: section.to_owned(),
            field,
            expected,
            found,
        }
    }

    fn characters(
        &self,
        field: &'static str,
        text: &str,
        may: &RangeInclusive<usize>,
    ) -> Result<(), DescriptionError> {
        let found = text.trim().chars().count();
        if may.contains(&found) {
            return Ok(());
        }
        Err(self.wrong(field, format!("{} to {} characters", may.start(), may.end()), found))
    }

    fn sentences(
        &self,
        field: &'static str,
        text: &str,
        may: &RangeInclusive<usize>,
    ) -> Result<(), DescriptionError> {
        let found = text.unicode_sentences().count();
        if may.contains(&found) {
            return Ok(());
        }
        let expected = match (may.start(), may.end()) {
            (1, 1) => "one sentence".to_owned(),
            (from, to) => format!("{from} to {to} sentences"),
        };
        Err(self.wrong(field, expected, found))
    }

    /// At least one paragraph, none too short or too long.
    fn paragraphs(&self, field: &'static str, texts: &[String]) -> Result<(), DescriptionError> {
        if texts.is_empty() {
            return Err(self.wrong(field, "at least one paragraph".to_owned(), 0));
        }
        texts.iter().try_for_each(|text| self.characters(field, text, &PARAGRAPH))
    }
}
