//! What can be said about a person: levels compared with the norm group, their uncertainty, and notices about weak
//! evidence. Pure: ratings, readings and the norm go in, an assessment comes out. docs/MODELS.md explains each rule.

mod assess;
mod keyed;
mod known;
mod naming;
mod notice;
mod notices;
mod pace;
mod shares;
mod standing;

pub use assess::{ASSESSMENT_VERSION, Assessed, Assessment, Assessor, Ground};
pub use keyed::{KeyedResult, NormGroup};
pub use known::{known, rating_facts};
pub use naming::{CLOSE, Naming, NoType};
pub use notice::Notice;
pub use pace::{RatingPace, SECONDS_TO_RATE};
pub use shares::{Logits, Shares};
pub use standing::{AxisStanding, Standing, TraitStanding};
