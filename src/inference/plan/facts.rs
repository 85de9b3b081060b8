//! What a text's words look like: how many, in which language, about whom. How far it counts follows from that.
//!
//! Constants are set by the bank's own texts (docs/MODELS.md): 576 free texts of 46 to 135 words, and 2,000 random sets of 26
//! answers.

/// The fewest words that are worth reading as somebody's own; no free text of the bank has fewer.
pub const FEW_WORDS: usize = 40;
/// Fewer words are not judged by their kind.
const LEAST_WORDS: usize = 12;
/// Share of function words up to which a text counts as not English, and from which it counts fully. Over 3,000 sets of 26
/// answers of our bank the share lies between .45 and .58; German, French, Spanish and Dutch reach .19, keyboard noise .02.
const NOT_ENGLISH: f64 = 0.20;
const ENGLISH: f64 = 0.35;
/// The share that a text is given before its first word, and how many words this counts as, so that a few words decide
/// little.
const USUAL_SHARE: f64 = 0.30;
const USUAL_WORDS: f64 = 5.0;

/// The share below which they are worth a notice. One in 100 free texts of the bank lies below .37.
const FOREIGN: f64 = 0.27;
/// The share of words struck at random from which a text counts as keyboard noise. The bank's texts stay below .02.
const NOISE: f64 = 0.2;
/// The share of repeated sentences from which a text repeats itself.
const REPEATED: f64 = 0.2;
/// A text of n words repeats itself if it has fewer than n to this power different ones. Sets of answers lie above .86, the
/// bank's free texts above .88; longer texts lie lower.
const VOCABULARY: f64 = 0.6;
/// The least share of free sentences that speak of the writer, in how many sentences. One in 50 free texts of the bank has
/// fewer than .14.
const FREE_PERSONAL: f64 = 0.125;
const LEAST_FREE_SENTENCES: usize = 4;
/// The same for all sentences. Sets of answers lie above .37.
const PERSONAL: f64 = 0.2;
const LEAST_SENTENCES: usize = 10;
/// The least that words about somebody else count.
pub(super) const IMPERSONAL: f64 = 0.05;

/// What the words of a text look like, apart from rated sentences and lead-ins.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TextFacts {
    pub words: usize,
    /// Words that are among the commonest English ones.
    pub function_words: usize,
    /// Different words.
    pub distinct: usize,
    /// Words that are keys struck at random.
    pub noise: usize,
    /// Sentences, repeated ones included.
    pub sentences: usize,
    /// Sentences that occurred before.
    pub repeated: usize,
    /// Sentences in which the writer speaks of themselves.
    pub personal: usize,
    /// Sentences of free text, and those of them in which the writer speaks of themselves.
    pub free: usize,
    pub free_personal: usize,
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

    /// How far answers count by whom they are about, 0 to 1. Free text is judged window by window.
    pub fn answers_weight(&self) -> f64 {
        if self.sentences < LEAST_SENTENCES {
            return 1.0;
        }
        (self.personal as f64 / (PERSONAL * self.sentences as f64)).clamp(IMPERSONAL, 1.0)
    }

    pub fn has_few_words(&self) -> bool {
        self.words < FEW_WORDS
    }

    /// Keys struck at random.
    pub fn is_noise(&self) -> bool {
        self.words >= LEAST_WORDS && self.noise as f64 >= NOISE * self.words as f64
    }

    /// Another language, or none: lists, code.
    pub fn is_foreign(&self) -> bool {
        self.words >= LEAST_WORDS && self.function_share() < FOREIGN
    }

    /// Sentences that occur again and again, or the same few words.
    pub fn repeats(&self) -> bool {
        let sentences = self.repeated > 1 && self.repeated as f64 >= REPEATED * self.sentences as f64;
        let usual = (self.words as f64).powf(VOCABULARY);
        sentences || (self.words >= LEAST_WORDS && (self.distinct as f64) < usual)
    }

    /// The sentences that hardly ever speak of the writer, and how many of them do; `None` where enough do.
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
