//! What a text's words look like: their number, language and subject. This decides how much they count.
//!
//! The constants are set by the bank's own texts (docs/MODELS.md): 576 free texts of 46 to 135 words, and 2,000 random
//! sets of 26 answers.

/// With fewer words than this, a text gets a notice. Every free text of the bank has more.
pub const FEW_WORDS: usize = 40;
/// With fewer words than this, their language and subject are not judged.
const LEAST_WORDS: usize = 12;
/// The share of function words up to which a text does not count as English. Over 3,000 sets of 26 answers of the bank
/// the share is between .45 and .58. German, French, Spanish and Dutch reach .19, keyboard noise .02.
const NOT_ENGLISH: f64 = 0.20;
const ENGLISH: f64 = 0.35;
/// The prior of the share of function words, and the number of words that the prior counts as, so that a few words
/// decide little.
const USUAL_SHARE: f64 = 0.30;
const USUAL_WORDS: f64 = 5.0;

/// A text gets a notice below this share. One in 100 free texts of the bank is below .37.
const FOREIGN: f64 = 0.27;
/// The share of random keystrokes from which a text counts as keyboard noise. The bank's texts stay below .02.
const NOISE: f64 = 0.2;
/// The share of repeated sentences from which a text counts as repetitive.
const REPEATED: f64 = 0.2;
/// A text of n words is repetitive if it has fewer than n to this power different words. Sets of answers are above .86,
/// the bank's free texts above .88; longer texts are lower.
const VOCABULARY: f64 = 0.6;
/// The minimum share of free sentences about the writer, and the number of sentences from which it applies. One in 50
/// free texts of the bank is below .14.
const FREE_PERSONAL: f64 = 0.125;
const LEAST_FREE_SENTENCES: usize = 4;
/// The same for all sentences. Sets of answers are above .37.
const PERSONAL: f64 = 0.2;
const LEAST_SENTENCES: usize = 10;
/// The lowest weight of words about somebody else.
pub(super) const IMPERSONAL: f64 = 0.05;

/// Facts about the words of a text, apart from rated sentences and lead-ins.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TextFacts {
    pub words: usize,
    /// Words that are among the most common English ones.
    pub function_words: usize,
    /// Different words.
    pub distinct: usize,
    /// Random keystrokes.
    pub noise: usize,
    /// Sentences, repeated ones included.
    pub sentences: usize,
    /// Sentences that occurred earlier in the text.
    pub repeated: usize,
    /// Sentences in which the writer speaks of themselves.
    pub personal: usize,
    /// Sentences of free text, and how many of them are about the writer.
    pub free: usize,
    pub free_personal: usize,
}

impl TextFacts {
    /// The share of function words, drawn toward the prior if there are few words.
    pub fn function_share(&self) -> f64 {
        (self.function_words as f64 + USUAL_SHARE * USUAL_WORDS) / (self.words as f64 + USUAL_WORDS)
    }

    /// How much the words count as English, 0 to 1.
    pub fn english_weight(&self) -> f64 {
        ((self.function_share() - NOT_ENGLISH) / (ENGLISH - NOT_ENGLISH)).clamp(0.0, 1.0)
    }

    /// How much answers count, depending on whom they are about, 0 to 1. Free text is judged window by window.
    pub fn answers_weight(&self) -> f64 {
        if self.sentences < LEAST_SENTENCES {
            return 1.0;
        }
        (self.personal as f64 / (PERSONAL * self.sentences as f64)).clamp(IMPERSONAL, 1.0)
    }

    pub fn has_few_words(&self) -> bool {
        self.words < FEW_WORDS
    }

    /// Whether the text is random keystrokes.
    pub fn is_noise(&self) -> bool {
        self.words >= LEAST_WORDS && self.noise as f64 >= NOISE * self.words as f64
    }

    /// Whether the text is in another language or in none, such as lists or code.
    pub fn is_foreign(&self) -> bool {
        self.words >= LEAST_WORDS && self.function_share() < FOREIGN
    }

    /// Whether sentences occur again and again, or the text consists of a few words.
    pub fn repeats(&self) -> bool {
        let sentences = self.repeated > 1 && self.repeated as f64 >= REPEATED * self.sentences as f64;
        let usual = (self.words as f64).powf(VOCABULARY);
        sentences || (self.words >= LEAST_WORDS && (self.distinct as f64) < usual)
    }

    /// The number of judged sentences and how many of them are about the writer, if these are too few.
    pub fn about_others(&self) -> Option<(usize, usize)> {
        let few =
            |personal: usize, sentences: usize, least: f64| (personal as f64) < least * sentences as f64;
        if self.free >= LEAST_FREE_SENTENCES && few(self.free_personal, self.free, FREE_PERSONAL) {
            return Some((self.free, self.free_personal));
        }
        let all = self.sentences >= LEAST_SENTENCES && few(self.personal, self.sentences, PERSONAL);
        all.then_some((self.sentences, self.personal))
    }
}
