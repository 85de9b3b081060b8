//! The two trainings from start to finish: `big_five` and `mbti`.
//!
//! Both models learn nine things of a text, five traits and four axes, and are then folded into their own labels.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};

use super::answers::LABEL_NAMES;
use super::centre::centre;
use super::evidence::{self, ReadRespondent, Reader, SAID};
use super::examples::{Example, Kind};
use super::material::Material;
use super::parameters::Parameters;
use super::statistics::correlation;
use super::teaching::{distil_from, learn};
use super::transformer::{Architecture, Sizes, Transformer};
use super::{LearningError, distil, package, read_json, vocabulary};
use crate::models::Tokenizer;
use crate::personality::{Mbti, Trait};

/// What to train from, where to, and how long.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of the starting checkpoint, all-MiniLM-L6-v2 in Hugging Face's layout.
    pub start: PathBuf,
    /// The folder with the SentencePiece model of albert-base-v2 (spiece.model); `mbti` alone needs it.
    pub albert_tokenizer: PathBuf,
    /// The folder that `big_five` writes its model of nine labels to, and that `mbti` learns from.
    pub teacher: PathBuf,
    /// datasets/questionnaire.toml.
    pub questionnaire: PathBuf,
    /// The keyed items of the item pool, a CSV file.
    pub items: PathBuf,
    /// The folder of the bank of labelled text.
    pub answers: PathBuf,
    /// Where checkpoints are kept while training.
    pub work: PathBuf,
    /// The folder that the finished model is written to.
    pub out: PathBuf,
    /// Decides every random choice.
    pub seed: u64,
    /// Pieces kept of the BERT's vocabulary.
    pub pieces: usize,
    /// Holds out every so-many-th item (with all its sentences) to measure what unseen items get; 0 trains on all.
    pub hold_out: usize,
    /// The ALBERT's layers, each with weights of its own unless `groups` says otherwise; `mbti` alone.
    pub layers: usize,
    /// The ALBERT's layers with weights of their own; divides `layers`.
    pub groups: usize,
    /// Steps in which the ALBERT learns the teacher's states, word by word, before it learns labels; `mbti` alone.
    pub distil_steps: usize,
    /// Steps of training on labelled text.
    pub steps: usize,
    /// The highest learning rate of training on labelled text.
    pub rate: f64,
    /// Each layer learns at this fraction of the rate of the layer above it.
    pub layer_decay: f64,
    /// Texts in a step.
    pub rows: usize,
    /// The most content tokens in a window.
    pub window_tokens: usize,
}

/// What a training measured.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Name and value, in the order of measuring.
    pub figures: Vec<(String, f64)>,
}

impl Report {
    pub(super) fn add(&mut self, name: impl Into<String>, value: f64) {
        self.figures.push((name.into(), value));
    }
}

/// Trains the BERT that reads the five traits, and writes its folder; beside it, in [`Options::teacher`], the model of
/// nine labels that [`mbti`] learns from.
///
/// # Errors
/// Where a file cannot be read or written, or the loss is no number any more.
pub fn big_five(options: &Options) -> Result<Report, LearningError> {
    let material = Material::read(options)?;
    let mut report = Report::default();
    report.figures.extend(material.counts());
    let json = read_json(&options.start.join("tokenizer.json"))?;
    let pruned = vocabulary::prune(&json, &material.texts(), options.pieces)?;
    package::tokenizer_files_of_bert(&options.out, &pruned)?;
    let mut model = load_bert(&options.start)?;
    let words = "bert.embeddings.word_embeddings.weight";
    let kept = Tensor::new(pruned.kept.as_slice(), &Device::Cpu)?;
    let rows = model.parameters.get(words)?.detach().index_select(&kept, 0)?;
    model.parameters.insert(words, &rows)?;
    model.sizes.vocabulary = pruned.pieces.len();
    model.attend_evenly()?;
    model.new_head(SAID, options.seed)?;
    report.add("parameters", model.parameters.count() as f64);
    report.add("pieces kept", pruned.pieces.len() as f64);
    let tokenizer = Tokenizer::read(&options.out, model.sizes.vocabulary)?;
    learn(&mut model, &tokenizer, &material, options, "big-five", None)?;
    package::tokenizer_files_of_bert(&options.teacher, &pruned)?;
    let names = LABEL_NAMES.map(String::from);
    package::checkpoint(&options.teacher, &model, &names, "regression")?;
    centre(&mut model, &tokenizer, &material, (options.seed, options.window_tokens), &mut report)?;
    let read = measure(&model, &tokenizer, &material, options, &mut report)?;
    let weights = evidence::trait_weights(&read.fitted);
    report.figures.extend(evidence::figures(&read.others, Some(&weights)));
    let labels: Vec<String> = Trait::ALL
        .iter()
        .map(|t| if *t == Trait::Extraversion { "Extroversion" } else { t.name() }.to_string())
        .collect();
    evidence::fold(&mut model, &weights)?;
    package::finish(&package::Finished {
        folder: &options.out,
        model: &model,
        labels: &labels,
        problem: "multi_label_classification",
        calibration: &evidence::calibrate_traits(&weights, &read.others),
        window_tokens: options.window_tokens,
        questionnaire_hash: &material.questionnaire.hash,
        report: &report,
    })?;
    Ok(report)
}

/// Trains the ALBERT that reads the 16 types on the labels and on what the teacher says of the same texts, and writes its
/// folder.
///
/// # Errors
/// As [`big_five`]; and where there is no teacher.
pub fn mbti(options: &Options) -> Result<Report, LearningError> {
    let material = Material::read(options)?;
    let mut report = Report::default();
    report.figures.extend(material.counts());
    let mut teacher = load_bert(&options.teacher)?;
    teacher.parameters.freeze(|_| true);
    let teacher_tokenizer = Tokenizer::read(&options.teacher, teacher.sizes.vocabulary)?;
    let start = load_bert(&options.start)?;
    let start_tokenizer = Tokenizer::read(&options.start, start.sizes.vocabulary)?;
    let vocab: Vec<String> =
        (0..start.sizes.vocabulary).map(|id| start_tokenizer.token(id as u32).unwrap_or_default()).collect();
    package::tokenizer_files_of_albert(&options.out, &options.albert_tokenizer)?;
    let tokenizer = Tokenizer::read(&options.out, usize::MAX)?;
    let pieces: Vec<String> = (0..).map_while(|id| tokenizer.token(id)).collect();
    // The vocabulary stands in the order of frequency; Zipf's law stands in for the counts.
    let frequencies: Vec<f64> = (0..pieces.len()).map(|rank| 1.0 / (rank + 10) as f64).collect();
    let words: HashMap<String, usize> = vocab.iter().cloned().enumerate().map(|(i, w)| (w, i)).collect();
    let shape = distil::Shape { layers: options.layers, groups: options.groups };
    let vocabulary = (pieces.as_slice(), frequencies.as_slice());
    let mut model = distil::start(&start, &teacher, &words, vocabulary, shape, options.seed)?;
    let readers = (&teacher, &teacher_tokenizer, &tokenizer);
    distil_from(readers, &vocab, &mut model, &material, options, &mut report)?;
    report.add("parameters", model.parameters.count() as f64);
    let from = distil::Reader { model: &teacher, tokenizer: &teacher_tokenizer, padding: 0 };
    learn(&mut model, &tokenizer, &material, options, "mbti", Some(&from))?;
    centre(&mut model, &tokenizer, &material, (options.seed, options.window_tokens), &mut report)?;
    let read = measure(&model, &tokenizer, &material, options, &mut report)?;
    let weights = evidence::type_weights(&read.fitted);
    let labels: Vec<String> = Mbti::ALL.iter().map(|t| t.name().to_string()).collect();
    evidence::fold(&mut model, &weights)?;
    package::finish(&package::Finished {
        folder: &options.out,
        model: &model,
        labels: &labels,
        problem: "single_label_classification",
        calibration: &evidence::calibrate_types(&weights, &read.others),
        window_tokens: options.window_tokens,
        questionnaire_hash: &material.questionnaire.hash,
        report: &report,
    })?;
    Ok(report)
}

/// A BERT in Hugging Face's layout as one that can learn, with its head if it has one.
fn load_bert(folder: &Path) -> Result<Transformer, LearningError> {
    let path = folder.join("config.json");
    let config = read_json(&path)?;
    let size = |name: &str| {
        let found = config[name].as_u64().map(|v| v as usize);
        found.ok_or_else(|| LearningError::NoParameter(format!("{name} in {}", path.display())))
    };
    let hidden = size("hidden_size")?;
    let sizes = Sizes {
        architecture: Architecture::Bert,
        vocabulary: size("vocab_size")?,
        embedding: hidden,
        hidden,
        layers: size("num_hidden_layers")?,
        groups: size("num_hidden_layers")?,
        heads: size("num_attention_heads")?,
        intermediate: size("intermediate_size")?,
        positions: size("max_position_embeddings")?,
        layer_norm_eps: config["layer_norm_eps"].as_f64().unwrap_or(1e-12),
    };
    let mut parameters = Parameters::default();
    parameters.read(&folder.join("model.safetensors"), |name| {
        // A buffer of place numbers, no parameter.
        let is_parameter = name != "embeddings.position_ids";
        let known = name.starts_with("bert.") || name.starts_with("classifier.");
        is_parameter.then(|| if known { name.to_string() } else { format!("bert.{name}") })
    })?;
    Ok(Transformer { sizes, parameters })
}

/// Simulated respondents as the model reads them: those that weights are fitted on, and others.
struct Measured {
    fitted: Vec<ReadRespondent>,
    others: Vec<ReadRespondent>,
}

/// Reads what was learned and what was held out, and simulated respondents of the choosing split, and notes how well the
/// model follows what they say.
fn measure(
    model: &Transformer,
    tokenizer: &Tokenizer,
    material: &Material,
    options: &Options,
    report: &mut Report,
) -> Result<Measured, LearningError> {
    let reader = Reader { model, tokenizer, rated: &material.rated, window_tokens: options.window_tokens };
    let of_kind =
        |kind: Kind| material.learned.iter().filter(|e| e.kind == kind).cloned().collect::<Vec<_>>();
    let learned =
        [("rated sentences", of_kind(Kind::Rated)), ("answers learned from", of_kind(Kind::Answer))];
    for (name, examples) in learned.iter().chain(&material.held) {
        let texts: Vec<String> = examples.iter().map(Example::composed).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let said = reader.totals(&texts)?;
        let mut all = [0.0; SAID];
        for (k, r) in all.iter_mut().enumerate() {
            let found: Vec<f64> = said.iter().map(|row| row[k]).collect();
            let goal: Vec<f64> = examples.iter().map(|e| f64::from(e.says[k])).collect();
            *r = correlation(&found, &goal);
        }
        report.add(format!("mean r with the traits' labels, {name}"), all[..5].iter().sum::<f64>() / 5.0);
        report.add(format!("lowest of them, {name}"), all[..5].iter().copied().fold(1.0, f64::min));
        if *name != "rated sentences" && *name != "items held out" {
            report.add(format!("mean r with the axes' labels, {name}"), all[5..].iter().sum::<f64>() / 4.0);
        }
    }
    let draw = |seed: u64| evidence::respondents(reader, &material.questionnaire, &material.bank, seed);
    let (fitted, others) = (draw(options.seed)?, draw(options.seed ^ 0x07E5)?);
    report.figures.extend(evidence::figures(&others, None));
    Ok(Measured { fitted, others })
}
