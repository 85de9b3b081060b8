//! Classifies sentences: ratings, answers, free text, and repetitions.

use std::collections::HashSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::facts::TextFacts;
use super::ratings::{RatingFacts, Ratings};
use super::words::{is_function_word, is_noise, is_personal, words};
use super::{Known, WindowSource};

/// Sentences with fewer words may be equal without being repetitions: short answers to two questions, for example.
const LEAST_REPEATED: usize = 5;
/// On average, one in this many sentences ends a window of free text.
const SENTENCES_PER_WINDOW: u64 = 4;

/// A classified sentence.
pub(super) struct Sentence {
    pub source: WindowSource,
    /// Whether a window begins with it: a rated sentence, or one that begins with a lead-in.
    pub opens: bool,
    /// Whether the same words occurred before.
    pub repeated: bool,
    pub words: usize,
    /// Whether it is about the writer.
    pub personal: bool,
    hash: u64,
}

impl Sentence {
    /// Whether a window ends after it: always after a rated sentence, sometimes in free text.
    pub fn ends_window(&self) -> bool {
        match self.source {
            WindowSource::Rated(_) => true,
            WindowSource::Answer(_) => false,
            WindowSource::Free => self.hash.is_multiple_of(SENTENCES_PER_WINDOW),
        }
    }
}

/// Classifies the sentences of one text in turn.
pub(super) struct Passages<'a> {
    known: &'a Known,
    /// The question that the next sentence answers, unless it is a rated sentence or begins with a lead-in.
    question: Option<Arc<str>>,
    said: HashSet<Vec<String>>,
    vocabulary: HashSet<String>,
    facts: TextFacts,
    ratings: Ratings<'a>,
}

impl<'a> Passages<'a> {
    pub fn new(known: &'a Known) -> Passages<'a> {
        Passages {
            known,
            question: None,
            said: HashSet::new(),
            vocabulary: HashSet::new(),
            facts: TextFacts::default(),
            ratings: Ratings::default(),
        }
    }

    pub fn ratings(&self) -> RatingFacts {
        self.ratings.facts()
    }

    pub fn given(&self) -> Vec<(Arc<str>, u8)> {
        self.ratings.given()
    }

    pub fn facts(&self) -> TextFacts {
        TextFacts { distinct: self.vocabulary.len(), ..self.facts }
    }

    /// The next sentence of the text.
    pub fn sentence(&mut self, text: &str) -> Sentence {
        let text = text.trim();
        if let Some((item, rating)) = self.known.rating(text) {
            self.question = None;
            self.ratings.add(item, rating);
            let repeated = !self.said.insert(words(text));
            let source = WindowSource::Rated(item.id.clone());
            return Sentence { source, opens: true, repeated, words: 0, personal: true, hash: 0 };
        }
        let opened = self.known.lead_ins().find(|(_, lead_in)| text.starts_with(lead_in));
        if let Some((id, _)) = opened {
            self.question = Some(Arc::clone(id));
        }
        let own = words(opened.map_or(text, |(_, lead_in)| &text[lead_in.len()..]));
        let personal = own.iter().any(|word| is_personal(word));
        self.facts.words += own.len();
        self.facts.function_words += own.iter().filter(|word| is_function_word(word)).count();
        self.facts.noise += own.iter().filter(|word| is_noise(word)).count();
        for word in &own {
            if !self.vocabulary.contains(word) {
                self.vocabulary.insert(word.clone());
            }
        }
        self.facts.sentences += 1;
        self.facts.personal += usize::from(personal);
        if self.question.is_none() {
            self.facts.free += 1;
            self.facts.free_personal += usize::from(personal);
        }
        let (count, hash) = (own.len(), hash(&own));
        let may_repeat = opened.is_none() || count >= LEAST_REPEATED;
        let repeated = may_repeat && count > 0 && !self.said.insert(own);
        self.facts.repeated += usize::from(repeated);
        let source = self.question.clone().map_or(WindowSource::Free, WindowSource::Answer);
        Sentence { source, opens: opened.is_some(), repeated, words: count, personal, hash }
    }
}

/// A hash that depends on the words alone, not on the machine or the version.
fn hash(words: &[String]) -> u64 {
    let digest = Sha256::digest(words.join(" "));
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}
