//! What can be said of a person: levels among the norm group with their uncertainty, and notices about the ground they
//! stand on. Pure: ratings, readings and the norm in, an assessment out. docs/MODELS.md explains each rule.

mod assess;
mod keyed;
mod known;
mod naming;
mod notice;
mod notices;
mod shares;
mod standing;

pub use assess::{ASSESSMENT_VERSION, Assessed, Assessment, Assessor, Ground};
pub use keyed::KeyedResult;
pub use known::{known, rating_facts};
pub use naming::{CLOSE, Naming, NoType};
pub use notice::Notice;
pub use shares::{Logits, Shares};
pub use standing::{AxisStanding, Standing, TraitStanding};
