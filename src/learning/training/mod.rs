//! The two training runs: `calling train big-five` and `calling train mbti`.
//!
//! Both train a model of the nine labels (five traits, four axes), remove the answers' mean from its head, and fold the
//! nine labels into the model's own.

mod batches;
mod center;
mod distillation;
mod fold;
mod material;
mod measure;
mod network;
mod optimizer;
mod options;
mod package;
mod reading;
mod recipe;
mod report;
mod teach;
mod tokenizer_files;
mod training_loop;
mod vocabulary;

use candle_core::{Device, Tensor};

use self::center::{Centered, center};
use self::distillation::{Distilled, Shape, TextModel, distill};
use self::material::Material;
use self::measure::{Measured, measure};
use self::network::Transformer;
use self::options::Common;
use self::package::{Checkpoint, Finished};
use self::reading::Reader;
use self::teach::{Lesson, teach};
use self::tokenizer_files::TokenizerFiles;
use super::bank::{LABEL_NAMES, LABELS, Split};
use super::error::LearningError;
use super::people::Survey;
use crate::models::Tokenizer;
use crate::models::names::WORD_EMBEDDINGS;
use crate::personality::{Mbti, Trait};

pub use options::{BigFiveOptions, MbtiOptions};
pub use report::{Figure, Report};

/// The name of [`Centered::separation`] in a report.
const SEPARATION: &str = "r of the direction that distinguishes answers from rated sentences";

/// Trains the BERT that reads the five traits and writes its folder. Before its labels are folded, it is also written
/// as the teacher of [`mbti`].
pub fn big_five(options: &BigFiveOptions) -> Result<Report, LearningError> {
    let common = &options.common;
    let material = Material::read(common)?;
    let survey = Survey::new(&material.questionnaire, &material.norm, &material.bank, Split::Validation)?;
    let pruned = vocabulary::read_pruned(&common.start, &material.texts(), options.pieces)?;
    let files = TokenizerFiles::of_bert(&pruned)?;
    package::create(&common.out)?;

    let model = prepared(Transformer::read_bert(&common.start)?, &pruned.kept, common.seed)?;
    let mut figures = material.counts();
    figures.push(Figure::new("parameters", model.parameters.count() as f64));
    figures.push(Figure::new("pieces kept", pruned.pieces.len() as f64));

    let lesson = Lesson {
        material: &material,
        options: common,
        pace: options.pace(),
        name: "big-five",
        recipe: &recipe::of_big_five(common, &material.hash())?,
        teacher: None,
    };
    let model = teach(model, &files.tokenizer, &lesson)?;
    let labels = LABEL_NAMES.map(String::from);
    let teacher = Checkpoint { model: &model, tokenizer: &files, labels: &labels, problem: "regression" };
    teacher.write(&common.teacher)?;

    let (model, measured) = centered(model, &files.tokenizer, &material, &survey, common, &mut figures)?;
    let weights = fold::trait_weights(&measured.fitted);
    figures.extend(fold::figures(&measured.others, Some(&weights)));
    let model = fold::fold(model, &weights)?;
    // The spelling in config.json of the bundled model since its first release.
    let name = |t: &Trait| if *t == Trait::Extraversion { "Extroversion" } else { t.name() };
    let labels: Vec<String> = Trait::ALL.iter().map(|t| name(t).to_string()).collect();
    let report = Report(figures);
    Finished {
        checkpoint: Checkpoint {
            model: &model,
            tokenizer: &files,
            labels: &labels,
            problem: "multi_label_classification",
        },
        calibration: &fold::calibrate_traits(&weights, &measured.others),
        window_tokens: common.window_tokens,
        questionnaire_hash: &material.questionnaire.hash,
        report: &report,
    }
    .write(&common.out)?;
    Ok(report)
}

/// Removes the answers' mean from the model's head and measures the model. Adds the measurements to `figures`.
fn centered(
    model: Transformer,
    tokenizer: &Tokenizer,
    material: &Material,
    survey: &Survey<'_>,
    common: &Common,
    figures: &mut Vec<Figure>,
) -> Result<(Transformer, Measured), LearningError> {
    let Centered { model, separation } = center(model, tokenizer, material, survey, common)?;
    figures.push(Figure::new(SEPARATION, separation));
    let reader =
        Reader { model: &model, tokenizer, rated: &material.rated, window_tokens: common.window_tokens };
    let mut measured = measure(reader, material, survey, common.seed)?;
    figures.append(&mut measured.figures);
    Ok((model, measured))
}

/// Keeps these rows of the word embeddings, and prepares the model for training: uniform attention and a head of nine
/// labels.
fn prepared(mut model: Transformer, kept: &[u32], seed: u64) -> Result<Transformer, LearningError> {
    let rows =
        model.embedding(WORD_EMBEDDINGS)?.detach().index_select(&Tensor::new(kept, &Device::Cpu)?, 0)?;
    let words = model.name(WORD_EMBEDDINGS);
    model.parameters.insert(&words, &rows)?;
    model.config.vocab_size = kept.len();
    model.attend_evenly()?;
    model.new_head(LABELS, seed)?;
    Ok(model)
}

/// Trains the ALBERT that reads the 16 types, on the labels and on the teacher's outputs for the same texts, and writes its
/// folder.
pub fn mbti(options: &MbtiOptions) -> Result<Report, LearningError> {
    let common = &options.common;
    let material = Material::read(common)?;
    let survey = Survey::new(&material.questionnaire, &material.norm, &material.bank, Split::Validation)?;
    let files = TokenizerFiles::of_albert(&options.albert_tokenizer)?;
    let mut teacher = Transformer::read_bert(&common.teacher)?;
    teacher.parameters.freeze(|_| true);
    let teacher_tokenizer = Tokenizer::read(&common.teacher, teacher.config.vocab_size)?;
    let teacher = TextModel { model: &teacher, tokenizer: &teacher_tokenizer };
    package::create(&common.out)?;

    let bert = Transformer::read_bert(&common.start)?;
    let vocabulary = vocabulary::words(&common.start, bert.config.vocab_size)?;
    let shape = Shape { layers: options.layers, groups: options.groups };
    let start =
        distillation::start((&bert, &vocabulary), teacher.model, &files.pieces(), shape, common.seed)?;
    let distilled = (common, options.distill_steps);
    let Distilled { model, before, after } =
        distill(start, &files.tokenizer, teacher, &vocabulary, &material, distilled)?;
    let mut figures = material.counts();
    figures.push(Figure::new("cosine with the teacher before distillation", before));
    figures.push(Figure::new("cosine with the teacher after distillation", after));
    figures.push(Figure::new("parameters", model.parameters.count() as f64));

    let lesson = Lesson {
        material: &material,
        options: common,
        pace: options.pace(),
        name: "mbti",
        recipe: &recipe::of_mbti(options, &material.hash())?,
        teacher: Some(teacher),
    };
    let model = teach(model, &files.tokenizer, &lesson)?;
    let (model, measured) = centered(model, &files.tokenizer, &material, &survey, common, &mut figures)?;
    let weights = fold::type_weights(&measured.fitted);
    let model = fold::fold(model, &weights)?;
    let labels: Vec<String> = Mbti::ALL.iter().map(|t| t.name().to_string()).collect();
    let report = Report(figures);
    Finished {
        checkpoint: Checkpoint {
            model: &model,
            tokenizer: &files,
            labels: &labels,
            problem: "single_label_classification",
        },
        calibration: &fold::calibrate_types(&weights, &measured.others)?,
        window_tokens: common.window_tokens,
        questionnaire_hash: &material.questionnaire.hash,
        report: &report,
    }
    .write(&common.out)?;
    Ok(report)
}
