//! The text of a training run: what it is trained on, and what is held out.

use std::collections::HashSet;

use rand::SeedableRng;
use rand::rngs::StdRng;
use sha2::{Digest, Sha256};

use super::options::Common;
use super::report::Figure;
use crate::inference::Plain;
use crate::learning::bank::{
    BankAnswer, Example, Kind, Split, answer_examples, load_answers, load_standalone, neutral_examples,
    pool_examples, rated_examples, split_off, standalone_examples,
};
use crate::learning::error::LearningError;
use crate::norm::Norm;
use crate::survey::Questionnaire;

/// The text of both training runs.
pub struct Material {
    pub questionnaire: Questionnaire,
    /// The norm group that the respondents are drawn from.
    pub norm: Norm,
    /// The questionnaire's rated sentences, without typography.
    pub rated: HashSet<String>,
    /// All answers, of every split.
    pub bank: Vec<BankAnswer>,
    /// The training examples, without typography, as the site reads text.
    pub trained_on: Vec<Example>,
    /// Named groups of examples to measure on, without typography. None is empty.
    pub held_out: Vec<(&'static str, Vec<Example>)>,
}

impl Material {
    pub fn read(options: &Common) -> Result<Material, LearningError> {
        let questionnaire = Questionnaire::load(&options.questionnaire)?;
        let norm = Norm::load(&options.norm)?;
        let bank = load_answers(&options.answers, &questionnaire)?;
        let standalone = load_standalone(&options.answers)?;
        let answers = |split: Split, unseen: bool| {
            let kept = bank.iter().filter(|a| a.split() == split && a.is_of_unseen_question() == unseen);
            answer_examples(kept, &questionnaire)
        };
        let standalone_of = |split| standalone_examples(standalone.iter().filter(|t| t.split() == split));
        let mut keyed = rated_examples(&questionnaire, &norm)?;
        keyed.extend(pool_examples(&options.items)?);
        keyed.extend(standalone_of(Split::Train));
        let mut random = StdRng::seed_from_u64(options.seed);
        let (mut trained_on, items) = split_off(keyed, options.hold_out, &mut random);
        trained_on.extend(neutral_examples(&questionnaire));
        trained_on.extend(answers(Split::Train, false));
        let validation = standalone_of(Split::Validation);
        let of_kind = |kind: Kind| validation.iter().filter(|e| e.kind == kind).cloned().collect::<Vec<_>>();
        let mut held_out = vec![
            ("held-out items", items),
            ("held-out answers", answers(Split::Validation, false)),
            ("held-out answers to unseen questions", answers(Split::Validation, true)),
            ("held-out free texts", of_kind(Kind::Free)),
            ("held-out statements", of_kind(Kind::Statement)),
        ];
        held_out.retain(|(_, examples)| !examples.is_empty());
        trained_on
            .iter_mut()
            .chain(held_out.iter_mut().flat_map(|(_, examples)| examples))
            .for_each(set_plainly);
        let rated =
            questionnaire.rated_sentences().iter().map(|sentence| Plain::new(sentence).text).collect();
        Ok(Material { questionnaire, norm, rated, bank, trained_on, held_out })
    }

    /// Every text that the vocabulary must cover: the training text and the questions.
    pub fn texts(&self) -> Vec<String> {
        let prompts = self.questionnaire.questions.iter().map(|q| q.prompt.clone());
        self.trained_on.iter().map(Example::composed).chain(prompts).collect()
    }

    /// A hash of [`Material::trained_on`] and the questionnaire, in hex. Checkpoints for other text are not usable.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for example in &self.trained_on {
            hash.update(format!("{:?}\0{}\0{}\0", example.kind, example.lead_in, example.text));
            example.targets.iter().for_each(|target| hash.update(target.to_le_bytes()));
        }
        hash.update(&self.questionnaire.hash);
        hex::encode(hash.finalize())
    }

    /// The number of training examples of each kind.
    pub fn counts(&self) -> Vec<Figure> {
        let kinds = [
            ("rated sentences", Kind::Rated),
            ("pool items", Kind::Pool),
            ("statements", Kind::Statement),
            ("answers", Kind::Answer),
            ("free texts", Kind::Free),
            ("neutral sentences", Kind::Neutral),
        ];
        let count = |kind: Kind| self.trained_on.iter().filter(|e| e.kind == kind).count();
        kinds.map(|(name, kind)| Figure::new(format!("{name} trained on"), count(kind) as f64)).into()
    }
}

/// Removes the typography from an example, because the trained pair has `typography` in its calling.json.
fn set_plainly(example: &mut Example) {
    example.lead_in = Plain::new(&example.lead_in).text;
    example.text = Plain::new(&example.text).text;
}
