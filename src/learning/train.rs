//! The two trainings from start to finish: `big_five` and `mbti`.
//!
//! Every random choice of a step comes from the seed and the step's number alone, so that a training that was stopped goes
//! on from its last checkpoint as if nothing had happened.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use candle_core::{D, Device, Tensor};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use super::answers::{Split, load_bank};
use super::examples::{self, Example};
use super::optimizer::{Optimizer, Schedule};
use super::parameters::{Parameters, Precision};
use super::progress::Progress;
use super::published::Evidence;
use super::statistics::{correlation, fit_logistic, fit_softmax};
use super::transformer::{Architecture, Batch, Noise, Sizes, Transformer};
use super::{LearningError, distil, package, read_json, vocabulary};
use crate::learning::simulate::{KeyedItem, Population};
use crate::models::Tokenizer;
use crate::personality::{Mbti, Trait};
use crate::survey::{Keyed, Questionnaire};

/// What to train from, where to, and how long.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of the starting checkpoint, all-MiniLM-L6-v2 in Hugging Face's layout.
    pub start: PathBuf,
    /// The folder with the SentencePiece model of albert-base-v2 (spiece.model); `mbti` alone needs it.
    pub albert_tokenizer: PathBuf,
    /// datasets/questionnaire.toml.
    pub questionnaire: PathBuf,
    /// The keyed items of the item pool, a CSV file.
    pub items: PathBuf,
    /// The folder of the bank of answers; without one only the sentences are learned.
    pub answers: Option<PathBuf>,
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
    /// Steps of distillation, needed where layers share weights; `mbti` alone.
    pub distil_steps: usize,
    /// How many of the top layers learn; what is below stays as it was pretrained.
    pub top: usize,
    /// Steps of training on labelled text.
    pub steps: usize,
    /// The highest learning rate of training on labelled text; the head's is three times as high.
    pub rate: f64,
}

/// What a training measured.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Name and value, in the order of measuring.
    pub figures: Vec<(String, f64)>,
}

impl Report {
    fn add(&mut self, name: impl Into<String>, value: f64) {
        self.figures.push((name.into(), value));
    }
}

const ROWS: usize = 32;
/// Log-odds beyond this are not asked for: a chance of 99.3 %.
const LIMIT: f64 = 5.0;

/// What both trainings learn from.
struct Material {
    questionnaire: Questionnaire,
    learned: Vec<Example>,
    /// What is measured on and not learned from, by name.
    held: Vec<(&'static str, Vec<Example>)>,
    /// Answers among what is learned.
    answers: usize,
}

impl Material {
    fn read(options: &Options) -> Result<Material, LearningError> {
        let questionnaire = Questionnaire::load(&options.questionnaire)?;
        let mut keyed = examples::rated_sentences(&questionnaire);
        keyed.extend(examples::pool_items(&options.items)?);
        let mut random = StdRng::seed_from_u64(options.seed);
        let (mut learned, items) = examples::split(keyed, options.hold_out, &mut random);
        learned.extend(examples::neutral_sentences());
        // Every open answer is read after its question's lead-in, which says nothing about who answers.
        learned.extend(questionnaire.questions.iter().map(|q| Example {
            text: q.lead_in.clone(),
            evidence: Evidence::default(),
            group: q.id.clone(),
        }));
        let mut held = vec![("items held out", items)];
        let mut answers = 0;
        if let Some(folder) = &options.answers {
            let bank = load_bank(folder, &questionnaire)?;
            let of = |split: Split, unseen: bool| {
                let kept = bank.iter().filter(|a| a.split() == split && a.is_of_unseen_question() == unseen);
                examples::answers(kept, &questionnaire)
            };
            let train = of(Split::Train, false);
            answers = train.len();
            learned.extend(train);
            held.push(("answers not learned from", of(Split::Choose, false)));
            held.push(("answers to questions not learned from", of(Split::Choose, true)));
        }
        held.retain(|(_, examples)| !examples.is_empty());
        Ok(Material { questionnaire, learned, held, answers })
    }

    fn texts(&self) -> Vec<String> {
        let questions =
            self.questionnaire.questions.iter().flat_map(|q| [q.prompt.clone(), q.lead_in.clone()]);
        let held = self.held.iter().flat_map(|(_, examples)| examples);
        let examples = self.learned.iter().chain(held).map(|e| e.text.clone());
        examples.chain(questions).collect()
    }
}

/// Trains the BERT that reads the five traits, and writes its folder.
///
/// # Errors
/// Where a file cannot be read or written, or the loss is no number any more.
pub fn big_five(options: &Options) -> Result<Report, LearningError> {
    let material = Material::read(options)?;
    let mut report = Report::default();
    let json = read_json(&options.start.join("tokenizer.json"))?;
    let pruned = vocabulary::prune(&json, &material.texts(), options.pieces)?;
    package::tokenizer_files_of_bert(&options.out, &pruned)?;
    let mut model = load_bert(&options.start)?;
    let words = "bert.embeddings.word_embeddings.weight";
    let kept = Tensor::new(pruned.kept.as_slice(), &Device::Cpu)?;
    let rows = model.parameters.get(words)?.detach().index_select(&kept, 0)?;
    model.parameters.insert(words, &rows)?;
    model.sizes.vocabulary = pruned.pieces.len();
    model.new_head(Trait::ALL.len(), options.seed)?;
    report.add("parameters", model.parameters.count() as f64);
    report.add("pieces kept", pruned.pieces.len() as f64);
    let tokenizer = Tokenizer::read(&options.out, model.sizes.vocabulary)?;
    let labels: Vec<String> = Trait::ALL
        .iter()
        .map(|t| if *t == Trait::Extraversion { "Extroversion" } else { t.name() }.to_string())
        .collect();
    let target = |evidence: &Evidence| evidence.limited(LIMIT).traits.to_vec();
    learn(&mut model, &tokenizer, &material, options, "big-five", target, sigmoid_loss)?;
    let sentences = measure(&model, &tokenizer, &material, &mut report, |e| e.traits.to_vec(), &labels)?;
    let people = respondents(&material.questionnaire, &sentences, options.seed);
    let mut calibration = Vec::new();
    for (k, trait_) in Trait::ALL.into_iter().enumerate() {
        let sums: Vec<f64> = people.iter().map(|p| p.sums[k]).collect();
        let above: Vec<bool> = people.iter().map(|p| p.traits[k] > 0.0).collect();
        calibration.push(fit_logistic(&sums, &above));
        let keyed: Vec<f64> = people.iter().map(|p| p.keyed[k]).collect();
        report.add(
            format!("{trait_}: r of the summed logits with the keyed score"),
            correlation(&sums, &keyed),
        );
    }
    package::finish(&package::Finished {
        folder: &options.out,
        model: &model,
        labels: &labels,
        problem: "multi_label_classification",
        padding: 0,
        calibration: &calibration,
        questionnaire_hash: &material.questionnaire.hash,
        answers: material.answers,
        report: &report,
    })?;
    Ok(report)
}

/// Trains the ALBERT that reads the 16 types, and writes its folder.
///
/// # Errors
/// As [`big_five`].
pub fn mbti(options: &Options) -> Result<Report, LearningError> {
    let material = Material::read(options)?;
    let mut report = Report::default();
    let teacher = load_bert(&options.start)?;
    let teacher_tokenizer = Tokenizer::read(&options.start, teacher.sizes.vocabulary)?;
    let vocab: Vec<String> = (0..teacher.sizes.vocabulary)
        .map(|id| teacher_tokenizer.token(id as u32).unwrap_or_default())
        .collect();
    package::tokenizer_files_of_albert(&options.out, &options.albert_tokenizer)?;
    let tokenizer = Tokenizer::read(&options.out, usize::MAX)?;
    let pieces: Vec<String> = (0..).map_while(|id| tokenizer.token(id)).collect();
    // The vocabulary stands in the order of frequency; Zipf's law stands in for the counts.
    let frequencies: Vec<f64> = (0..pieces.len()).map(|rank| 1.0 / (rank + 10) as f64).collect();
    let words: HashMap<String, usize> = vocab.iter().cloned().enumerate().map(|(i, w)| (w, i)).collect();
    let shape = distil::Shape { layers: options.layers, groups: options.groups };
    let mut model = distil::start(&teacher, &words, &pieces, &frequencies, shape, options.seed)?;
    if options.distil_steps > 0 {
        let readers = (&teacher, &teacher_tokenizer, &tokenizer);
        distil_from(readers, &vocab, &mut model, &material.texts(), options, &mut report)?;
    }
    model.new_head(Mbti::ALL.len(), options.seed)?;
    report.add("parameters", model.parameters.count() as f64);
    let labels: Vec<String> = Mbti::ALL.iter().map(|t| t.name().to_string()).collect();
    let target = |evidence: &Evidence| evidence.limited(LIMIT).type_logits().to_vec();
    learn(&mut model, &tokenizer, &material, options, "mbti", target, softmax_loss)?;
    let sentences =
        measure(&model, &tokenizer, &material, &mut report, |e| e.type_logits().to_vec(), &labels)?;
    let people = respondents(&material.questionnaire, &sentences, options.seed);
    let sums: Vec<Vec<f64>> = people.iter().map(|p| p.sums.clone()).collect();
    let types: Vec<usize> = people.iter().map(|p| p.mbti.index()).collect();
    let (scale, bias) = fit_softmax(&sums, &types);
    let calibration: Vec<(f64, f64)> = bias.into_iter().map(|b| (scale, b)).collect();
    package::finish(&package::Finished {
        folder: &options.out,
        model: &model,
        labels: &labels,
        problem: "single_label_classification",
        padding: 0,
        calibration: &calibration,
        questionnaire_hash: &material.questionnaire.hash,
        answers: material.answers,
        report: &report,
    })?;
    Ok(report)
}

/// Teaches an ALBERT with shared layers to make of a text what the teacher makes of it.
fn distil_from(
    (teacher, teacher_tokenizer, tokenizer): (&Transformer, &Tokenizer, &Tokenizer),
    vocab: &[String],
    model: &mut Transformer,
    sentences: &[String],
    options: &Options,
    report: &mut Report,
) -> Result<(), LearningError> {
    let plain: Vec<String> = vocab
        .iter()
        .skip(1996)
        .take(8000)
        .filter(|w| w.chars().all(|c| c.is_ascii_lowercase()))
        .cloned()
        .collect();
    let mut random = StdRng::seed_from_u64(options.seed ^ 0xC0FFEE);
    let checks: Vec<String> = (0..128).map(|_| distil::draw_text(sentences, &plain, &mut random)).collect();
    let from = distil::Reader { model: teacher, tokenizer: teacher_tokenizer, padding: 0 };
    let agreement = |model: &Transformer| {
        distil::agreement(&from, &distil::Reader { model, tokenizer, padding: 0 }, &checks)
    };
    report.add("cosine with the teacher before distillation", agreement(model)?);
    let schedule = Schedule {
        steps: options.distil_steps,
        warm_up: (options.distil_steps / 20).max(1),
        rate: 1e-3,
        head: 0.0,
        decay: 0.01,
        clip: 1.0,
        dropout: 0.0,
    };
    let seed = options.seed;
    run(model, &schedule, &options.work, "mbti-distil", seed, |model, step| {
        let mut random = StdRng::seed_from_u64(mix(seed, step));
        let texts: Vec<String> =
            (0..ROWS).map(|_| distil::draw_text(sentences, &plain, &mut random)).collect();
        let to = distil::Reader { model, tokenizer, padding: 0 };
        distil::distance(&from, &to, &texts, &mut Noise::none())
    })?;
    report.add("cosine with the teacher after distillation", agreement(model)?);
    Ok(())
}

/// The starting checkpoint as a trainable BERT, without a head.
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
        is_parameter.then(|| format!("bert.{}", name.strip_prefix("bert.").unwrap_or(name)))
    })?;
    Ok(Transformer { sizes, parameters })
}

/// A number for each step, from the seed, that shares no pattern with those of other steps (SplitMix64).
fn mix(seed: u64, step: usize) -> u64 {
    let mut z = seed.wrapping_add((step as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Descends for the whole schedule, or what is left of it; a checkpoint each minute and at the end.
fn run(
    model: &mut Transformer,
    schedule: &Schedule,
    work: &Path,
    name: &str,
    seed: u64,
    loss: impl Fn(&Transformer, usize) -> Result<Tensor, LearningError>,
) -> Result<(), LearningError> {
    std::fs::create_dir_all(work).map_err(|source| LearningError::file(work, source))?;
    let file = work.join(format!("{name}.safetensors"));
    let note = work.join(format!("{name}.txt"));
    let settings = format!("seed {seed}, {schedule:?}, {:?}\n", model.sizes);
    let mut optimizer = Optimizer::default();
    if file.exists() {
        let made_with =
            std::fs::read_to_string(&note).map_err(|source| LearningError::file(&note, source))?;
        if made_with != settings {
            return Err(LearningError::OtherSettings { path: file });
        }
        let mut state = BTreeMap::new();
        for (name, tensor) in candle_core::safetensors::load(&file, &Device::Cpu)? {
            if name.starts_with("adamw.") {
                state.insert(name, tensor.to_vec1()?);
            } else {
                set(&model.parameters, &name, &tensor)?;
            }
        }
        optimizer.resume(state)?;
        tracing::info!(step = optimizer.step, "going on from {}", file.display());
    }
    super::write_text(&note, &settings)?;
    let mut progress = Progress::new(name, optimizer.step, schedule.steps);
    let mut saved = Instant::now();
    while optimizer.step < schedule.steps {
        let loss = loss(model, optimizer.step)?;
        let value = optimizer.descend(&model.parameters, schedule, &loss)?;
        progress.step(optimizer.step, value);
        if saved.elapsed() > Duration::from_secs(60) || optimizer.step == schedule.steps {
            model.parameters.write(&file, Precision::Full, &optimizer.state())?;
            saved = Instant::now();
        }
    }
    Ok(())
}

/// Overwrites a parameter's numbers, keeping its place in the graph.
fn set(parameters: &Parameters, name: &str, value: &Tensor) -> Result<(), LearningError> {
    let found = parameters.all().find(|(known, _)| *known == name);
    let (_, variable) = found.ok_or_else(|| LearningError::NoParameter(name.to_string()))?;
    Ok(variable.set(value)?)
}

/// Teaches the model what the examples say.
fn learn(
    model: &mut Transformer,
    tokenizer: &Tokenizer,
    material: &Material,
    options: &Options,
    name: &str,
    target: impl Fn(&Evidence) -> Vec<f64>,
    loss: impl Fn(&Tensor, &Tensor) -> Result<Tensor, LearningError>,
) -> Result<(), LearningError> {
    let encoded: Vec<Vec<u32>> = material
        .learned
        .iter()
        .map(|e| Ok(tokenizer.encode(&e.text)?.ids))
        .collect::<Result<_, LearningError>>()?;
    let schedule = Schedule {
        steps: options.steps,
        warm_up: (options.steps / 20).max(1),
        rate: options.rate,
        head: 3.0,
        decay: 0.01,
        clip: 1.0,
        dropout: 0.1,
    };
    let (seed, count) = (options.seed, encoded.len());
    let below = model.sizes.layers.saturating_sub(options.top);
    freeze_below(model, below);
    // With nothing frozen the rows are of one to three sentences; what frozen layers say of a row can only be kept where
    // rows come back, so then they are single sentences.
    let kept = if below > 0 { Some(inputs(model, below, tokenizer, &encoded)?) } else { None };
    run(model, &schedule, &options.work, name, seed, |model, step| {
        let mut random = StdRng::seed_from_u64(mix(seed, step));
        let mut order: Vec<usize> = (0..count).collect();
        order.shuffle(&mut StdRng::seed_from_u64(mix(!seed, step * ROWS / count)));
        let mut rows = examples::draw_rows(count, ROWS, &order, step, &mut random);
        if kept.is_some() {
            rows.iter_mut().for_each(|row| row.truncate(1));
        }
        let mut windows: Vec<Vec<u32>> = Vec::new();
        let mut goals: Vec<f32> = Vec::new();
        for row in &rows {
            let content: Vec<u32> = row.iter().flat_map(|i| encoded[*i].iter().copied()).collect();
            windows.push(tokenizer.window_ids(&content));
            let evidence = row.iter().fold(Evidence::default(), |e, i| e.plus(material.learned[*i].evidence));
            goals.extend(target(&evidence).into_iter().map(|v| v as f32));
        }
        let windows: Vec<&[u32]> = windows.iter().map(Vec::as_slice).collect();
        let batch = Batch::new(&windows, 0)?;
        let mut noise = Noise::new(schedule.dropout, random.random());
        let logits = match &kept {
            Some(kept) => {
                let firsts: Vec<&Vec<f32>> = rows.iter().map(|row| &kept[row[0]]).collect();
                let state = padded(&firsts, batch.length, model.sizes.hidden)?;
                model.logits_from(below, &state, &batch, &mut noise)?
            }
            None => model.logits(&batch, &mut noise)?,
        };
        let goals = Tensor::from_vec(goals, logits.shape(), &Device::Cpu)?;
        loss(&logits, &goals)
    })
}

/// Freezes the embeddings and the layers below `layer`: few sentences teach nothing about words that they do not use.
fn freeze_below(model: &mut Transformer, layer: usize) {
    let prefix = model.prefix();
    let embeddings =
        [format!("{prefix}.embeddings."), format!("{prefix}.encoder.embedding_hidden_mapping_in.")];
    let mut frozen: Vec<String> = embeddings.to_vec();
    frozen.extend((0..layer).flat_map(|index| model.layer_parts(index)));
    // A layer that is run again above must learn.
    let learning: Vec<String> =
        (layer..model.sizes.layers).flat_map(|index| model.layer_parts(index)).collect();
    frozen.retain(|part| !learning.contains(part));
    model.parameters.freeze(|name| frozen.iter().any(|part| name.starts_with(part)));
}

/// What layer `layer` gets to see of each window: tokens times hidden width.
fn inputs(
    model: &Transformer,
    layer: usize,
    tokenizer: &Tokenizer,
    encoded: &[Vec<u32>],
) -> Result<Vec<Vec<f32>>, LearningError> {
    let hidden = model.sizes.hidden;
    let mut kept = vec![Vec::new(); encoded.len()];
    let mut order: Vec<usize> = (0..encoded.len()).collect();
    order.sort_by_key(|i| encoded[*i].len());
    for chunk in order.chunks(64) {
        let windows: Vec<Vec<u32>> = chunk.iter().map(|i| tokenizer.window_ids(&encoded[*i])).collect();
        let rows: Vec<&[u32]> = windows.iter().map(Vec::as_slice).collect();
        let batch = Batch::new(&rows, 0)?;
        let state: Vec<f32> = model.input_of_layer(layer, &batch)?.flatten_all()?.to_vec1()?;
        for (row, i) in chunk.iter().enumerate() {
            let start = row * batch.length * hidden;
            kept[*i] = state[start..start + windows[row].len() * hidden].to_vec();
        }
    }
    Ok(kept)
}

/// Rows of hidden states, padded with zeros to `length` tokens: (rows * length, hidden).
fn padded(rows: &[&Vec<f32>], length: usize, hidden: usize) -> Result<Tensor, LearningError> {
    let mut values = Vec::with_capacity(rows.len() * length * hidden);
    for row in rows {
        values.extend_from_slice(row);
        values.resize(values.len() + length * hidden - row.len(), 0.0);
    }
    Ok(Tensor::from_vec(values, (rows.len() * length, hidden), &Device::Cpu)?)
}

/// The mean cross-entropy of independent labels whose chances are the sigmoids of `goals`.
fn sigmoid_loss(logits: &Tensor, goals: &Tensor) -> Result<Tensor, LearningError> {
    let chances = (goals.neg()?.exp()? + 1.0)?.recip()?;
    // relu(z) - z t + log(1 + exp(-|z|)): finite for any z.
    let tail = (logits.abs()?.neg()?.exp()? + 1.0)?.log()?;
    Ok(((logits.relu()? - (logits * chances)?)? + tail)?.mean_all()?)
}

/// The mean cross-entropy of one label of many whose chances are the softmax of `goals`, beside the squared distance of
/// the centred logits: sums of logits need the logits right, and not only the chances.
fn softmax_loss(logits: &Tensor, goals: &Tensor) -> Result<Tensor, LearningError> {
    let log_chances = |x: &Tensor| -> Result<Tensor, LearningError> {
        let shifted = x.broadcast_sub(&x.max_keepdim(D::Minus1)?.detach())?;
        Ok(shifted.broadcast_sub(&shifted.exp()?.sum_keepdim(D::Minus1)?.log()?)?)
    };
    let chances = log_chances(goals)?.exp()?;
    let entropy = (log_chances(logits)? * chances)?.sum(D::Minus1)?.mean_all()?.neg()?;
    let centred = logits.broadcast_sub(&logits.mean_keepdim(D::Minus1)?)?;
    let distance = (centred - goals)?.sqr()?.mean_all()?;
    Ok((entropy + (distance * 0.25)?)?)
}

/// What the model says of each of the 300 sentences.
struct Sentences {
    /// Item, rating from 0 to 4, label.
    logits: Vec<[Vec<f32>; 5]>,
}

/// Reads the rated sentences, and what was held out, and notes how well the logits follow what the text says.
fn measure(
    model: &Transformer,
    tokenizer: &Tokenizer,
    material: &Material,
    report: &mut Report,
    target: impl Fn(&Evidence) -> Vec<f64>,
    labels: &[String],
) -> Result<Sentences, LearningError> {
    let read = |texts: &mut dyn Iterator<Item = &String>| -> Result<Vec<Vec<f32>>, LearningError> {
        let windows: Vec<Vec<u32>> = texts
            .map(|text| Ok(tokenizer.window_ids(&tokenizer.encode(text)?.ids)))
            .collect::<Result<_, LearningError>>()?;
        model.read(&windows, 0)
    };
    let held = material.held.iter().map(|(name, examples)| (*name, examples));
    for (name, examples) in std::iter::once(("learned", &material.learned)).chain(held) {
        let logits = read(&mut examples.iter().map(|e| &e.text))?;
        let mut mean = 0.0;
        for (k, label) in labels.iter().enumerate() {
            let found: Vec<f64> = logits.iter().map(|row| f64::from(row[k])).collect();
            let goal: Vec<f64> = examples.iter().map(|e| target(&e.evidence)[k]).collect();
            let r = correlation(&found, &goal);
            mean += r / labels.len() as f64;
            if labels.len() <= 5 {
                report.add(format!("{label}: r of single texts with what they say, {name}"), r);
            }
        }
        report.add(format!("mean r of single texts with what they say, {name}"), mean);
    }
    let items = &material.questionnaire.items;
    let rows = read(&mut items.iter().flat_map(|item| &item.sentences))?;
    let mut rows = rows.into_iter();
    let logits = items.iter().map(|_| std::array::from_fn(|_| rows.next().unwrap_or_default())).collect();
    Ok(Sentences { logits })
}

/// A simulated respondent and what the model's summed logits say of the sentences of their ratings.
struct Read {
    traits: [f64; 5],
    mbti: Mbti,
    keyed: [f64; 5],
    sums: Vec<f64>,
}

fn respondents(questionnaire: &Questionnaire, sentences: &Sentences, seed: u64) -> Vec<Read> {
    let key = |keyed: Keyed| if keyed == Keyed::Plus { 1.0 } else { -1.0 };
    let items: Vec<KeyedItem> =
        questionnaire.items.iter().map(|i| KeyedItem { trait_: i.trait_, key: key(i.keyed) }).collect();
    let mut population = Population::new(items.clone(), seed);
    let labels = sentences.logits.first().map_or(0, |item| item[0].len());
    (0..4000)
        .map(|_| {
            let person = population.draw();
            let mut keyed = [0.0; 5];
            let mut sums = vec![0.0; labels];
            for (place, rating) in person.ratings.iter().enumerate() {
                keyed[items[place].trait_.index()] += items[place].key * (f64::from(*rating) - 3.0);
                let row = &sentences.logits[place][usize::from(*rating) - 1];
                sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += f64::from(*v));
            }
            Read { traits: person.traits, mbti: person.mbti, keyed, sums }
        })
        .collect()
}
