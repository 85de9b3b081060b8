//! What the users send: texts composed as on the site, from random ratings and answers.

use std::collections::HashMap;
use std::path::Path;

use calling::internals::models::{Classifier, LoadedModel};
use calling::internals::survey::{Answers, Questionnaire, RawAnswers, compose};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

/// Makes texts, all different: 60 rated sentences, which many texts share, and 26 open answers, each made of several random
/// answers from the bank, so that hardly any repeats.
pub struct Texts {
    questionnaire: Questionnaire,
    /// Answers by question.
    bank: HashMap<String, Vec<String>>,
    words: usize,
    seed: u64,
    /// Truncates texts to this many tokens of this model, special tokens included.
    first: Option<(usize, LoadedModel)>,
}

/// A line of a file of the bank.
#[derive(serde::Deserialize)]
struct Answer {
    text: String,
}

impl Texts {
    /// Texts of about `words` words from the questionnaire and the bank under `datasets`.
    pub fn load(datasets: &Path, words: usize, seed: u64) -> Result<Texts, Box<dyn std::error::Error>> {
        let questionnaire = Questionnaire::load(&datasets.join("questionnaire.toml"))?;
        let mut bank: HashMap<String, Vec<String>> = HashMap::new();
        for question in &questionnaire.questions {
            let file = datasets.join("answers").join(format!("{}.jsonl", question.id));
            let answers = std::fs::read_to_string(file)?;
            let texts = answers.lines().map(serde_json::from_str).collect::<Result<Vec<Answer>, _>>()?;
            bank.insert(question.id.clone(), texts.into_iter().map(|answer| answer.text).collect());
        }
        Ok(Texts { questionnaire, bank, words, seed, first: None })
    }

    /// Truncates every text to its first `tokens` tokens, like a program that reads only one window.
    pub fn first_tokens(&mut self, tokens: usize, model: LoadedModel) {
        self.first = Some((tokens, model));
    }

    /// The JSON body of a user's post.
    pub fn body(&self, user: usize, turn: usize) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        Ok(serde_json::json!({ "text": self.text(user, turn)? }).to_string())
    }

    /// The text of a user's post; the same for the same seed.
    pub fn text(&self, user: usize, turn: usize) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        let mut seed = [0; 32];
        for (part, number) in seed.chunks_mut(8).zip([self.seed, user as u64, turn as u64]) {
            part.copy_from_slice(&number.to_le_bytes());
        }
        let mut rng = StdRng::from_seed(seed);
        let mut raw = RawAnswers::default();
        let mut left = self.words;
        for item in &self.questionnaire.items {
            let rating = rng.random_range(1..=5u8);
            left = left.saturating_sub(words(&item.sentences[usize::from(rating) - 1]));
            raw.0.insert(item.id.clone(), rating.to_string());
        }
        let questions = &self.questionnaire.questions;
        for (place, question) in questions.iter().enumerate() {
            let share = left / (questions.len() - place);
            let mut answer = String::new();
            let mut count = words(&question.lead_in);
            let known = self.bank.get(&question.id).map(Vec::as_slice).unwrap_or_default();
            while count < share {
                let Some(next) = known.choose(&mut rng) else { break };
                // One paragraph: an empty line would end the window.
                let next = next.split_whitespace().collect::<Vec<_>>().join(" ");
                count += words(&next);
                if !answer.is_empty() {
                    answer.push(' ');
                }
                answer.push_str(&next);
            }
            left = left.saturating_sub(count);
            if answer.is_empty() {
                raw.0.insert(question.skip_field(), "1".to_owned());
            } else {
                raw.0.insert(question.id.clone(), answer);
            }
        }
        let answers = Answers::parse(&self.questionnaire, &raw)
            .map_err(|errors| errors.into_iter().map(|e| e.message).collect::<Vec<_>>().join("; "))?;
        let mut text = compose(&self.questionnaire, &answers).text;
        if let Some((tokens, model)) = &self.first {
            let special = model.window_ids(&[]).len();
            let offsets = model.encode(&text)?.offsets;
            if let Some(last) = offsets.get(tokens.saturating_sub(special + 1)) {
                text.truncate(last.end);
            }
        }
        Ok(text)
    }
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}
