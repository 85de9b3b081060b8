//! One line with everything that a training step depends on, apart from the schedule and the sizes. A checkpoint made
//! with another line is refused.

use super::batches::Augmentation;
use super::options::{Common, MbtiOptions};
use crate::learning::bank::Kind;
use crate::learning::error::LearningError;
use crate::models::sha256_of;

/// How texts are augmented: essays have no lead-ins, and long ones are read in parts.
pub const AUGMENTATION: Augmentation = Augmentation { without_lead_in: 0.5, excerpt: 0.2, joined: 0.2 };
/// The probability that a token is masked.
pub const MASKED: f64 = 0.05;
/// The weight of the teacher's outputs in the targets; the labels have the rest.
pub const TEACHER_WEIGHT: f32 = 0.7;

/// The recipe of big-five; `text` is the material's hash.
pub fn of_big_five(options: &Common, text: &str) -> Result<String, LearningError> {
    Ok(format!("{}, {}", basis(options, text)?, of_labels(options)))
}

/// The recipe of mbti's training on labeled text, after the distillation.
pub fn of_mbti(options: &MbtiOptions, text: &str) -> Result<String, LearningError> {
    Ok(format!(
        "{}, {} steps of distillation, teacher weight {TEACHER_WEIGHT}, {}",
        of_distillation(&options.common, text)?,
        options.distill_steps,
        of_labels(&options.common),
    ))
}

/// The recipe of mbti's distillation.
pub fn of_distillation(options: &Common, text: &str) -> Result<String, LearningError> {
    let teacher = sha256_of(&options.teacher.join("model.safetensors"))?;
    Ok(format!("{}, teacher {teacher}", basis(options, text)?))
}

fn of_labels(options: &Common) -> String {
    let kinds = Kind::ALL.map(|kind| (kind, kind.weight(), kind.repeats()));
    format!("{} tokens, {MASKED} masked, {AUGMENTATION:?}, {kinds:?}", options.window_tokens)
}

fn basis(options: &Common, text: &str) -> Result<String, LearningError> {
    let start = sha256_of(&options.start.join("model.safetensors"))?;
    Ok(format!("seed {}, start {start}, text {text}, {} rows", options.seed, options.rows))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn options(folder: &Path) -> MbtiOptions {
        let path = |name: &str| folder.join(name);
        let common = Common {
            start: path("start"),
            teacher: path("teacher"),
            questionnaire: path("questionnaire.toml"),
            norm: path("norm"),
            items: path("items.csv"),
            answers: path("answers"),
            work: path("work"),
            out: path("out"),
            seed: 1,
            hold_out: 0,
            rows: 32,
            window_tokens: 128,
        };
        MbtiOptions {
            common,
            albert_tokenizer: path("albert"),
            layers: 3,
            groups: 3,
            distill_steps: 0,
            steps: 10,
            rate: 1e-4,
            layer_decay: 0.9,
        }
    }

    #[test]
    fn whatever_changes_a_step_makes_another_recipe() {
        let folder = tempfile::tempdir().unwrap();
        let weights = |name: &str, bytes: &str| {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
            std::fs::write(folder.path().join(name).join("model.safetensors"), bytes).unwrap();
        };
        let mut options = options(folder.path());
        let mut seen = BTreeSet::new();
        let mut is_new = |recipe: &dyn Fn() -> Result<String, LearningError>| {
            let (first, again) = (recipe().unwrap(), recipe().unwrap());
            assert_eq!(first, again);
            assert!(first.contains("(Rated, 0.7, 6)"), "{first}");
            assert!(seen.insert(first));
        };
        weights("start", "a");
        is_new(&|| of_big_five(&options.common, "text"));
        weights("teacher", "a");
        is_new(&|| of_mbti(&options, "text"));
        weights("teacher", "b");
        is_new(&|| of_mbti(&options, "text"));
        weights("start", "b");
        is_new(&|| of_big_five(&options.common, "text"));
        is_new(&|| of_mbti(&options, "text"));
        is_new(&|| of_mbti(&options, "other text"));
        options.common.window_tokens = 64;
        is_new(&|| of_mbti(&options, "text"));
        options.distill_steps = 5;
        is_new(&|| of_mbti(&options, "text"));
        options.common.rows = 16;
        is_new(&|| of_mbti(&options, "text"));
        options.common.seed = 2;
        is_new(&|| of_mbti(&options, "text"));
        let before = of_distillation(&options.common, "text").unwrap();
        weights("teacher", "c");
        assert_ne!(of_distillation(&options.common, "text").unwrap(), before);
    }
}
