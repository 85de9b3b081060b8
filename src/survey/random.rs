//! Random answers, for trying out the site.

use rand::Rng;

use super::answers::RawAnswers;
use super::questionnaire::Questionnaire;

/// Sample answers. Each says that no person wrote it.
const PLACEHOLDERS: [&str; 12] = [
    "Nothing here was written by a person. This answer came out of a hat.",
    "This is a sample answer. I would rather tell you in my own words another time.",
    "A sample answer, picked at random.",
    "I only press the button to see what happens. This answer is made up.",
    "This one was filled in by chance. Read it as you would read a blank page.",
    "Some words to fill the space, and no story behind them.",
    "I am trying the site out, so this answer means nothing.",
    "A placeholder stands here. It is short, it is polite, and it is not mine.",
    "This text was drawn at random from a dozen sample answers.",
    "I have not thought about this question yet. The computer answered for me.",
    "These words are here so that there is something to read.",
    "A made-up answer, one of twelve.",
];

const SKIPPED_ONE_IN: u32 = 8;

impl Questionnaire {
    /// A complete set of random answers: ratings with equal probability; each open question gets a sample answer, or
    /// one time in eight is skipped.
    pub fn random_answers<R: Rng + ?Sized>(&self, rng: &mut R) -> RawAnswers {
        let mut raw = RawAnswers::default();
        for item in &self.items {
            raw.0.insert(item.id.clone(), rng.random_range(1..=5_u8).to_string());
        }
        for question in &self.questions {
            if rng.random_ratio(1, SKIPPED_ONE_IN) {
                raw.0.insert(question.skip_field(), "1".to_owned());
            } else {
                let words = PLACEHOLDERS[rng.random_range(0..PLACEHOLDERS.len())];
                raw.0.insert(question.id.clone(), words.to_owned());
            }
        }
        raw
    }
}
