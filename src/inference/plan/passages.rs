//! Tells sentences apart: ratings, answers, free text, and what was said before.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use super::words::{TextFacts, is_function_word, is_personal, words};
use super::{Known, WindowSource};

/// Shorter answers to two questions may be the same without repeating anything.
const LEAST_REPEATED: usize = 5;
/// One sentence in so many ends a window of free text.
const SENTENCES_PER_WINDOW: u64 = 4;

/// What a sentence is.
pub(super) struct Sentence {
    pub source: WindowSource,
    /// Whether a new window begins with it: a rated sentence, or one that a lead-in opens.
    pub opens: bool,
    /// Whether the same words occurred before.
    pub repeated: bool,
    pub words: usize,
    /// Whether the writer speaks of themselves.
    pub personal: bool,
    hash: u64,
}

impl Sentence {
    /// Whether a window of free text ends after it. Rated sentences always end theirs.
    pub fn ends_window(&self) -> bool {
        matches!(self.source, WindowSource::Rated(_)) || self.hash.is_multiple_of(SENTENCES_PER_WINDOW)
    }
}

/// The sentences of one text in turn.
pub(super) struct Passages<'a> {
    known: &'a Known,
    in_answer: bool,
    said: HashSet<Vec<String>>,
    facts: TextFacts,
}

impl<'a> Passages<'a> {
    pub fn new(known: &'a Known) -> Passages<'a> {
        Passages { known, in_answer: false, said: HashSet::new(), facts: TextFacts::default() }
    }

    pub fn facts(&self) -> TextFacts {
        self.facts
    }

    /// The next sentence of the text.
    pub fn sentence(&mut self, text: &str) -> Sentence {
        let text = text.trim();
        if let Some(id) = self.known.rated.get(text) {
            self.in_answer = false;
            let repeated = !self.said.insert(words(text));
            let source = WindowSource::Rated(id.clone());
            return Sentence { source, opens: true, repeated, words: 0, personal: true, hash: 0 };
        }
        let lead_in = self.known.lead_ins.iter().find(|lead_in| text.starts_with(lead_in.as_str()));
        self.in_answer |= lead_in.is_some();
        let own = words(lead_in.map_or(text, |lead_in| &text[lead_in.len()..]));
        let personal = own.iter().any(|word| is_personal(word));
        self.facts.words += own.len();
        self.facts.function_words += own.iter().filter(|word| is_function_word(word)).count();
        self.facts.sentences += 1;
        if !self.in_answer {
            self.facts.free += 1;
            self.facts.personal += usize::from(personal);
        }
        let (count, hash) = (own.len(), hash(&own));
        let may_repeat = lead_in.is_none() || count >= LEAST_REPEATED;
        let repeated = may_repeat && count > 0 && !self.said.insert(own);
        self.facts.repeated += usize::from(repeated);
        let source = if self.in_answer { WindowSource::Answer } else { WindowSource::Free };
        Sentence { source, opens: lead_in.is_some(), repeated, words: count, personal, hash }
    }
}

/// The same for the same words on every machine and in every version.
fn hash(words: &[String]) -> u64 {
    let digest = Sha256::digest(words.join(" "));
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}
