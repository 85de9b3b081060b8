//! The options of the two training runs, as clap derives them.

use std::path::PathBuf;

use clap::Args;

/// Options of both training runs.
#[derive(Args, Clone, Debug)]
pub struct Common {
    /// Folder of the starting checkpoint, sentence-transformers/all-MiniLM-L6-v2
    #[arg(long, value_name = "DIR")]
    pub start: PathBuf,
    /// The questionnaire with the rated sentences for training
    #[arg(long, value_name = "FILE", default_value = "datasets/questionnaire.toml")]
    pub questionnaire: PathBuf,
    /// Folder of the norm that the simulated respondents follow
    #[arg(long, value_name = "DIR", default_value = "datasets/norm")]
    pub norm: PathBuf,
    /// The keyed items of the International Personality Item Pool, as CSV
    #[arg(long, value_name = "FILE", default_value = "datasets/sources/ipip_items.csv")]
    pub items: PathBuf,
    /// Folder of the bank of labeled text: answers, free texts, statements
    #[arg(long, value_name = "DIR", default_value = "datasets/answers")]
    pub answers: PathBuf,
    /// Folder of the teacher, a model of the nine labels that big-five writes and mbti learns from
    #[arg(long, value_name = "DIR", default_value = "training/teacher")]
    pub teacher: PathBuf,
    /// Folder for checkpoints, from which a stopped training run resumes
    #[arg(long, value_name = "DIR", default_value = "training")]
    pub work: PathBuf,
    /// Folder to write the finished model to
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Seed of every random choice
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Hold out every n-th item with all its sentences and paraphrases, and measure on it; 0 holds out none
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub hold_out: usize,
    /// Texts in a batch
    #[arg(long, default_value_t = 32)]
    pub rows: usize,
    /// The most tokens in a window, not counting special tokens
    #[arg(long, default_value_t = 128)]
    pub window_tokens: usize,
}

/// Options of `calling train big-five`. Its six layers are pretrained, so the learning rate is low.
#[derive(Args, Clone, Debug)]
pub struct BigFiveOptions {
    #[command(flatten)]
    pub common: Common,
    /// Pieces to keep of the starting checkpoint's vocabulary of 30,522
    #[arg(long, default_value_t = 8000)]
    pub pieces: usize,
    /// Steps of training on labeled text
    #[arg(long, default_value_t = 1600)]
    pub steps: usize,
    /// The highest learning rate
    #[arg(long, default_value_t = 1.5e-4)]
    pub rate: f64,
    /// The learning rate of each layer as a multiple of that of the layer above it
    #[arg(long, default_value_t = 0.9)]
    pub layer_decay: f64,
}

/// Options of `calling train mbti`. Its three layers replace six and its embeddings are new, so the learning rate is higher.
#[derive(Args, Clone, Debug)]
pub struct MbtiOptions {
    #[command(flatten)]
    pub common: Common,
    /// Folder with the spiece.model of albert/albert-base-v2
    #[arg(long, value_name = "DIR", default_value = "models/mbti")]
    pub albert_tokenizer: PathBuf,
    /// Layers that the ALBERT applies
    #[arg(long, default_value_t = 3)]
    pub layers: usize,
    /// Layers that have weights of their own; divides --layers
    #[arg(long, default_value_t = 3)]
    pub groups: usize,
    /// Steps of distillation before the training on labeled text
    #[arg(long, default_value_t = 500)]
    pub distill_steps: usize,
    /// Steps of training on labeled text
    #[arg(long, default_value_t = 1500)]
    pub steps: usize,
    /// The highest learning rate
    #[arg(long, default_value_t = 3e-4)]
    pub rate: f64,
    /// The learning rate of each layer as a multiple of that of the layer above it
    #[arg(long, default_value_t = 0.95)]
    pub layer_decay: f64,
}

/// The options that training on labeled text needs.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub steps: usize,
    pub rate: f64,
    pub layer_decay: f64,
}

impl BigFiveOptions {
    pub fn pace(&self) -> Pace {
        Pace { steps: self.steps, rate: self.rate, layer_decay: self.layer_decay }
    }
}

impl MbtiOptions {
    pub fn pace(&self) -> Pace {
        Pace { steps: self.steps, rate: self.rate, layer_decay: self.layer_decay }
    }
}
