//! What a text's words look like: how many, in which language, about whom.

/// Words from which an answer or a piece of free text counts as a full window.
const FULL_WINDOW: f64 = 12.0;
/// The least that a window counts in which the writer does not speak of themselves.
const IMPERSONAL: f64 = 0.05;
/// Share of function words up to which a text counts as not English, and from which it counts fully. Over 3,000 sets of 26
/// answers of our bank the share lies between .45 and .58; German, French, Spanish and Dutch reach .19, keyboard noise .02.
const NOT_ENGLISH: f64 = 0.20;
const ENGLISH: f64 = 0.35;
/// The share that a text is given before its first word, and how many words this counts as, so that a few words decide
/// little.
const USUAL_SHARE: f64 = 0.30;
const USUAL_WORDS: f64 = 5.0;

/// The commonest English words without a topic of their own.
const FUNCTION_WORDS: [&str; 104] = [
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because",
    "been", "before", "being", "but", "by", "can", "could", "did", "do", "does", "down", "even", "for",
    "from", "had", "has", "have", "he", "her", "here", "him", "his", "how", "i", "i'd", "i'll", "i'm",
    "i've", "if", "in", "into", "is", "it", "it's", "its", "just", "me", "mine", "more", "most", "must",
    "my", "no", "not", "of", "off", "on", "only", "or", "our", "out", "over", "she", "should", "so", "some",
    "still", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "to",
    "too", "up", "us", "very", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will",
    "with", "would", "you", "your", "don't", "didn't", "can't",
];

/// Words with which writers speak of themselves.
const PERSONAL: [&str; 11] = ["i", "i'm", "i've", "i'd", "i'll", "im", "ive", "me", "my", "mine", "myself"];

/// What the words of a text look like, apart from rated sentences and lead-ins.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TextFacts {
    pub words: usize,
    /// Words that are among the commonest English ones.
    pub function_words: usize,
    /// Sentences, repeated ones included.
    pub sentences: usize,
    /// Sentences that occurred before.
    pub repeated: usize,
    /// Sentences of free text, and those of them in which the writer speaks of themselves.
    pub free: usize,
    pub personal: usize,
}

impl TextFacts {
    /// The share of function words, drawn towards the usual one where there are few words.
    pub fn function_share(&self) -> f64 {
        (self.function_words as f64 + USUAL_SHARE * USUAL_WORDS) / (self.words as f64 + USUAL_WORDS)
    }

    /// How far the words count as English, 0 to 1.
    pub fn english_weight(&self) -> f64 {
        ((self.function_share() - NOT_ENGLISH) / (ENGLISH - NOT_ENGLISH)).clamp(0.0, 1.0)
    }
}

pub(super) fn length_weight(words: usize) -> f64 {
    (words as f64 / FULL_WINDOW).min(1.0)
}

/// How much free text counts in which so many sentences speak of the writer.
pub(super) fn personal_weight(personal: usize, sentences: usize) -> f64 {
    (personal as f64 / sentences.max(1) as f64).max(IMPERSONAL)
}

/// The words of a plain sentence in lower case: runs of letters and digits, with apostrophes inside.
pub(super) fn words(sentence: &str) -> Vec<String> {
    sentence
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .map(|word| word.trim_matches('\'').to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

pub(super) fn is_function_word(word: &str) -> bool {
    FUNCTION_WORDS.contains(&word)
}

pub(super) fn is_personal(word: &str) -> bool {
    PERSONAL.contains(&word)
}
