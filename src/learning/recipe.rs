//! What decides a training's steps beside schedule and sizes, in a line: a checkpoint of another recipe is refused.

use super::LearningError;
use super::drawing::Habits;
use super::examples::Kind;
use super::train::Options;
use crate::models::sha256_of;

/// How texts are changed before they are read: essays have no lead-in, and are read in parts.
pub(super) const HABITS: Habits = Habits { bare: 0.5, cut: 0.2, joined: 0.2 };
/// How often a word is blotted out.
pub(super) const BLOTTED: f64 = 0.05;
/// How much the teacher's reading counts beside the labels.
pub(super) const TEACHER: f32 = 0.7;

/// Of the training on labelled text; `text` is the material's hash.
pub(super) fn of_learning(options: &Options, text: &str, taught: bool) -> Result<String, LearningError> {
    let before = match taught {
        true => format!("{}, {TEACHER} of the teacher", of_distillation(options, text)?),
        false => basis(options, text)?,
    };
    let kinds = Kind::ALL.map(|kind| (kind, kind.weight(), kind.places()));
    Ok(format!(
        "{before}, {} tokens, {} steps distilled, {BLOTTED} blotted, {HABITS:?}, {kinds:?}",
        options.window_tokens, options.distil_steps,
    ))
}

/// Of the distillation before it.
pub(super) fn of_distillation(options: &Options, text: &str) -> Result<String, LearningError> {
    let teacher = sha256_of(&options.teacher.join("model.safetensors"))?;
    Ok(format!("{}, teacher {teacher}", basis(options, text)?))
}

fn basis(options: &Options, text: &str) -> Result<String, LearningError> {
    let start = sha256_of(&options.start.join("model.safetensors"))?;
    Ok(format!("seed {}, start {start}, text {text}, {} rows", options.seed, options.rows))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn options(folder: &Path) -> Options {
        let path = |name: &str| folder.join(name);
        Options {
            start: path("start"),
            albert_tokenizer: path("albert"),
            teacher: path("teacher"),
            questionnaire: path("questionnaire.toml"),
            items: path("items.csv"),
            answers: path("answers"),
            work: path("work"),
            out: path("out"),
            seed: 1,
            pieces: 8000,
            hold_out: 0,
            layers: 3,
            groups: 3,
            distil_steps: 0,
            steps: 10,
            rate: 1e-4,
            layer_decay: 0.9,
            rows: 32,
            window_tokens: 128,
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
        let mut seen = std::collections::BTreeSet::new();
        let mut is_new = |options: &Options, text, taught| {
            let (first, again) = (of_learning(options, text, taught), of_learning(options, text, taught));
            let recipe = first.unwrap();
            assert_eq!(recipe, again.unwrap());
            assert!(recipe.contains("(Rated, 0.7, 6)"), "{recipe}");
            assert!(seen.insert(recipe));
        };
        weights("start", "a");
        is_new(&options, "text", false);
        weights("teacher", "a");
        is_new(&options, "text", true);
        weights("teacher", "b");
        is_new(&options, "text", true);
        weights("start", "b");
        is_new(&options, "text", true);
        is_new(&options, "other text", true);
        options.window_tokens = 64;
        is_new(&options, "text", true);
        options.distil_steps = 5;
        is_new(&options, "text", true);
        options.rows = 16;
        is_new(&options, "text", true);
        options.seed = 2;
        is_new(&options, "text", true);
        let before = of_distillation(&options, "text").unwrap();
        weights("teacher", "c");
        assert_ne!(of_distillation(&options, "text").unwrap(), before);
    }
}
