//! Options that a fit and an evaluation share, as clap derives them.

use std::path::PathBuf;

use clap::Args;

/// A pair of models, and the data for its simulated respondents.
#[derive(Args, Clone, Debug)]
pub struct PairOptions {
    /// Folder of the model that reads the five traits
    #[arg(long, value_name = "DIR", default_value = "models/big-five")]
    pub big_five: PathBuf,
    /// Folder of the model that reads the 16 types
    #[arg(long, value_name = "DIR", default_value = "models/mbti")]
    pub mbti: PathBuf,
    /// The questionnaire that the respondents answer
    #[arg(long, value_name = "FILE", default_value = "datasets/questionnaire.toml")]
    pub questionnaire: PathBuf,
    /// Folder of the norm that the respondents follow
    #[arg(long, value_name = "DIR", default_value = "datasets/norm")]
    pub norm: PathBuf,
    /// Folder of the bank of labeled text that the respondents' answers are chosen from
    #[arg(long, value_name = "DIR", default_value = "datasets/answers")]
    pub answers: PathBuf,
    /// Seed of the respondents
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}
