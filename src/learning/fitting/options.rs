//! The options of a fit, as clap derives them.

use clap::Args;

use crate::learning::pair_options::PairOptions;

/// What to fit, on which respondents. Writes the calling.json of both models.
#[derive(Args, Clone, Debug)]
pub struct FitOptions {
    #[command(flatten)]
    pub pair: PairOptions,
    /// Simulated respondents
    #[arg(long, value_name = "NUMBER", default_value_t = 8000, value_parser = clap::value_parser!(u32).range(100..))]
    pub respondents: u32,
}
