//! The result page for a record with an assessment: levels with bands, types by the naming rule, and reasons.
//!
//! All sentences follow from the numbers as the page shows them.

mod difference;
mod lead;
mod marks;
mod notices;
mod parts;
pub mod passages;
mod phrases;
mod shown;
mod summary;
mod traits;
mod types;
mod why;

#[cfg(test)]
mod tests;

pub use self::difference::{Difference, differences};
pub use self::lead::{by_ratings, in_a_line, ranked};
pub use self::notices::hurried;
pub use self::parts::{Given, Part, parts};
use self::shown::Percentile;
pub use self::shown::ShownLevel;
pub use self::traits::TraitRow;
pub use self::types::AxisRow;
pub use self::why::Why;
use crate::assessment::Assessment;
use crate::descriptions::Descriptions;
use crate::norm::Level;
use crate::personality::Profile;
use crate::web::statistics::VisitorNorm;

/// Careers that the summary names.
const CAREERS_NAMED: usize = 3;

/// An assessment as the page shows it.
pub struct AssessedView {
    /// A summary in one paragraph.
    pub summary: String,
    /// Why the evidence is weak, in sentences.
    pub notices: Vec<String>,
    /// The norm group, as the middle part of a sentence.
    pub people: String,
    /// Highest first.
    pub traits: Vec<TraitRow>,
    /// Which type is named, and why.
    pub named: String,
    /// The likeliest types, in a sentence.
    pub likeliest: String,
    /// The types that the page links to.
    pub top: Vec<&'static str>,
    /// In the order of a type's letters.
    pub axes: Vec<AxisRow>,
    /// The place among the visitors of this site, if it is shown.
    pub visitors: Option<VisitorNorm>,
}

impl AssessedView {
    /// `careers` are the titles of the best fits, the best first.
    pub fn new(
        assessment: &Assessment,
        profile: &Profile,
        descriptions: &Descriptions,
        careers: &[&str],
    ) -> AssessedView {
        let mut rows: Vec<TraitRow> =
            assessment.traits.iter().map(|standing| TraitRow::new(standing, descriptions)).collect();
        traits::sort(&mut rows);
        let ground = &assessment.ground;
        let mut paragraph = summary::traits(ground, &rows);
        paragraph = format!("{paragraph} {}", types::summary(&assessment.naming, profile));
        if !careers.is_empty() && rows.iter().any(TraitRow::is_known) {
            let named = &careers[..careers.len().min(CAREERS_NAMED)];
            paragraph += &format!(" Careers to look at first include these: {}.", named.join("; "));
        }
        AssessedView {
            summary: paragraph,
            notices: assessment.notices.iter().map(|n| notices::said(n, ground.ratings > 0)).collect(),
            people: assessment.norm.people.clone(),
            traits: rows,
            named: types::named(&assessment.naming),
            likeliest: types::likeliest(profile),
            top: types::top(profile),
            axes: assessment.axes.iter().map(AxisRow::new).collect(),
            visitors: None,
        }
    }
}

impl AssessedView {
    /// Whether every trait's band is too wide to say anything.
    pub fn knows_nothing(&self) -> bool {
        !self.traits.iter().any(TraitRow::is_known)
    }

    /// Whether there are both ratings and words, which can be shown apart.
    pub fn has_both(&self) -> bool {
        self.traits.iter().any(|row| row.ratings.is_some() && row.words.is_some())
    }
}

/// The reasons for and against each level.
pub struct WhyView {
    /// In the order of [`AssessedView::traits`].
    pub traits: Vec<Why>,
    pub axes: Vec<Why>,
}

impl WhyView {
    /// `None` if the record does not say what each part added.
    pub fn new(parts: &[Part], view: &AssessedView) -> Option<WhyView> {
        let traits = || view.traits.iter().map(|row| why::of_trait(parts, row.trait_)).collect();
        (!parts.is_empty()).then(|| WhyView { traits: traits(), axes: why::of_axes(parts) })
    }
}

/// All reasons for all traits and axes, the traits in the order of the page.
pub fn everything(parts: &[Part], view: &AssessedView) -> Vec<Why> {
    why::everything(parts, view.traits.iter().map(|row| row.trait_))
}

/// Whether a level is below the middle, as the page shows it.
pub fn is_below_middle(level: Level) -> bool {
    ShownLevel::of(&level).percentile < Percentile::MIDDLE
}
