//! What all finished questionnaires of this site add up to, and what of it may be shown: never a figure about fewer than 20
//! people. Pure: assessments go in one at a time, figures come out.

mod figures;
mod hidden;
mod published;
mod tally;

pub use figures::{Among, Figures, NORM_FROM};
pub use hidden::LEAST_PEOPLE;
pub use published::{FIFTHS, Published, TraitSummary};
pub use tally::Tally;
