//! The vocabulary of a reading: 16 MBTI-style types on four axes, the five traits, and six vocational interests.
//!
//! [`Trait::ALL`], [`Mbti::ALL`] and [`Interest::ALL`] fix the order of arrays that are indexed by them.

mod estimate;
mod interests;
mod pair;
mod profile;
pub mod readout;
mod traits;
mod types;

pub use estimate::{Estimate, LOGISTIC, normal_quantile, normal_share_below};
pub use interests::{Interest, InterestScores, Liking};
pub use pair::{ModelKind, Pair};
pub use profile::{Profile, listed, shown};
pub use traits::Trait;
pub use types::{Axis, Mbti};
