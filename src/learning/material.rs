//! The text that a training learns from and is measured on, put together and split.

use std::collections::HashSet;

use rand::SeedableRng;
use rand::rngs::StdRng;
use sha2::{Digest, Sha256};

use super::LearningError;
use super::answers::{BankAnswer, LooseText, Split, load_bank, load_loose};
use super::examples::{self, Example, Kind};
use super::respondents::Respondents;
use super::train::Options;
use crate::survey::Questionnaire;

/// What both trainings learn from.
pub(super) struct Material {
    pub(super) questionnaire: Questionnaire,
    /// Its rated sentences.
    pub(super) rated: HashSet<String>,
    /// All answers, of every split.
    pub(super) bank: Vec<BankAnswer>,
    pub(super) learned: Vec<Example>,
    /// What is measured on and not learned from, by name.
    pub(super) held: Vec<(&'static str, Vec<Example>)>,
}

impl Material {
    pub(super) fn read(options: &Options) -> Result<Material, LearningError> {
        let questionnaire = Questionnaire::load(&options.questionnaire)?;
        let bank = load_bank(&options.answers, &questionnaire)?;
        // Without them a model that was trained to the end could not be calibrated.
        Respondents::new(&questionnaire, &bank, Split::Choose, options.seed)?;
        let loose = load_loose(&options.answers)?;
        let of = |split: Split, unseen: bool| {
            let kept = bank.iter().filter(|a| a.split() == split && a.is_of_unseen_question() == unseen);
            examples::answers(kept, &questionnaire)
        };
        let loose_of = |split: Split| {
            let kept: Vec<&LooseText> = loose.iter().filter(|t| t.split() == split).collect();
            examples::loose(kept.into_iter())
        };
        let mut keyed = examples::rated_sentences(&questionnaire);
        keyed.extend(examples::pool_items(&options.items)?);
        keyed.extend(loose_of(Split::Train));
        let mut random = StdRng::seed_from_u64(options.seed);
        let (mut learned, items) = examples::split(keyed, options.hold_out, &mut random);
        learned.extend(examples::neutral_sentences(&questionnaire));
        learned.extend(of(Split::Train, false));
        let chosen = loose_of(Split::Choose);
        let of_kind = |kind: Kind| chosen.iter().filter(|e| e.kind == kind).cloned().collect::<Vec<_>>();
        let mut held = vec![
            ("items held out", items),
            ("answers not learned from", of(Split::Choose, false)),
            ("answers to questions not learned from", of(Split::Choose, true)),
            ("free texts not learned from", of_kind(Kind::Free)),
            ("statements not learned from", of_kind(Kind::Statement)),
        ];
        held.retain(|(_, examples)| !examples.is_empty());
        let rated = questionnaire.rated_sentences();
        Ok(Material { questionnaire, rated, bank, learned, held })
    }

    /// Every text that is learned from, and the questions: what the vocabulary must hold.
    pub(super) fn texts(&self) -> Vec<String> {
        let prompts = self.questionnaire.questions.iter().map(|q| q.prompt.clone());
        self.learned.iter().map(Example::composed).chain(prompts).collect()
    }

    /// A hash of all that is learned from and of what the vocabulary must hold, in hex: a checkpoint made from other text is of
    /// no use.
    pub(super) fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for example in &self.learned {
            hash.update(format!("{:?}\0{}\0{}\0", example.kind, example.lead_in, example.text));
            example.says.iter().for_each(|says| hash.update(says.to_le_bytes()));
        }
        hash.update(&self.questionnaire.hash);
        hex::encode(hash.finalize())
    }

    /// How many of each kind are learned from, by name.
    pub(super) fn counts(&self) -> Vec<(String, f64)> {
        let kinds = [
            ("rated sentences", Kind::Rated),
            ("pool items", Kind::Pool),
            ("statements", Kind::Statement),
            ("answers", Kind::Answer),
            ("free texts", Kind::Free),
            ("neutral sentences", Kind::Neutral),
        ];
        let count = |kind: Kind| self.learned.iter().filter(|e| e.kind == kind).count();
        kinds.into_iter().map(|(name, kind)| (format!("{name} learned from"), count(kind) as f64)).collect()
    }
}
