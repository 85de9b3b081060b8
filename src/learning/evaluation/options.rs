//! The options of an evaluation, as clap derives them.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use crate::learning::pair_options::PairOptions;
use crate::models::Precision;

#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(group = ArgGroup::new("real").args(["labeled", "responses"]).multiple(true))]
pub struct Options {
    #[command(flatten)]
    pub pair: PairOptions,
    /// Precision of the models: f32, bf16 or int8; the last two need a processor that supports them
    #[arg(long, default_value = "f32")]
    pub precision: Precision,
    /// Simulated respondents; by default 4000, or 100 if a model reads packed windows
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(10..))]
    pub respondents: Option<u32>,
    /// Measure the baselines too
    #[arg(long)]
    pub baselines: bool,
    /// Folder of the starting checkpoint, which two of the three baselines need
    #[arg(long, value_name = "DIR", requires = "baselines")]
    pub start: Option<PathBuf>,
    /// The keyed items of the International Personality Item Pool, as CSV; only the baselines need them
    #[arg(long, value_name = "FILE", default_value = "datasets/sources/ipip_items.csv")]
    pub items: PathBuf,
    /// Measure on labeled texts too. Each line is a JSON object with "text" and "labels". Labels are traits (E, N, A, C, O or
    /// their names) and axes (EI, SN, TF, JP, toward the second letter) as numbers or booleans, or "type": "INFP"
    #[arg(long, value_name = "FILE")]
    pub labeled: Vec<PathBuf>,
    /// Measure on real people's ratings too: a CSV file with a header, a column for each rated item, named by its code
    /// (r01), and a row for each person. Ratings are whole numbers from 1 to 5, or empty for items without an answer
    #[arg(long, value_name = "FILE")]
    pub responses: Vec<PathBuf>,
    /// Measure only on labeled texts and real ratings, not on simulated respondents
    #[arg(long, requires = "real")]
    pub labeled_only: bool,
}
