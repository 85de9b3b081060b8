//! The options of an evaluation, as clap derives them.

use std::path::PathBuf;

use clap::Args;

use crate::models::Precision;

/// What to measure, with what, on whom.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Folder of the model that reads the five traits
    #[arg(long, value_name = "DIR", default_value = "models/big-five")]
    pub big_five: PathBuf,
    /// Folder of the model that reads the 16 types
    #[arg(long, value_name = "DIR", default_value = "models/mbti")]
    pub mbti: PathBuf,
    /// The questionnaire that the respondents answer
    #[arg(long, value_name = "FILE", default_value = "datasets/questionnaire.toml")]
    pub questionnaire: PathBuf,
    /// Folder of the norm of its items
    #[arg(long, value_name = "DIR", default_value = "datasets/norm")]
    pub norm: PathBuf,
    /// Folder of the bank of labeled text that the respondents' answers are chosen from
    #[arg(long, value_name = "DIR", default_value = "datasets/answers")]
    pub answers: PathBuf,
    /// The numbers that the models compute in: f32, bf16 or int8; the last two need a processor that has them
    #[arg(long, default_value = "f32")]
    pub precision: Precision,
    /// Simulated respondents; by default 4000, or 100 if a model reads packed windows
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(10..))]
    pub respondents: Option<u32>,
    /// Seed of the respondents
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Measure the baselines too
    #[arg(long)]
    pub baselines: bool,
    /// Folder of the starting checkpoint, which two of the three baselines need
    #[arg(long, value_name = "DIR", requires = "baselines")]
    pub start: Option<PathBuf>,
    /// The keyed items of the item pool, as CSV; only the baselines need them
    #[arg(long, value_name = "FILE", default_value = "datasets/sources/ipip_items.csv")]
    pub items: PathBuf,
    /// Measure on labeled texts too. Each line is a JSON object with "text" and "labels". Labels are traits (E, N, A, C, O or
    /// their names) and axes (EI, SN, TF, JP, towards the second letter) as numbers or booleans, or "type": "INFP"
    #[arg(long, value_name = "FILE")]
    pub labeled: Vec<PathBuf>,
    /// Measure on the labeled texts only
    #[arg(long, requires = "labeled")]
    pub labeled_only: bool,
}
