//! Where somebody stands among the visitors of this site, beside the named norm group.

use super::load::figures;
use crate::assessment::Assessment;
use crate::statistics::Among;
use crate::telemetry::sentence;
use crate::web::numbers::grouped;
use crate::web::state::AppState;

/// A person's place among the visitors of this site.
pub struct VisitorNorm {
    /// How many they are, rounded down.
    pub people: String,
    /// Each trait and how many of 100 stand lower, in the order of the assessment.
    pub rows: Vec<(&'static str, String)>,
}

impl VisitorNorm {
    /// `None` while there are too few, and while the database does not tell.
    pub async fn of(state: &AppState, assessment: &Assessment) -> Option<VisitorNorm> {
        let found = figures(state).await.unwrap_or_else(|error| {
            tracing::debug!(error = sentence(&error), "a result is shown without its place among visitors");
            None
        });
        let (_, figures) = found.filter(|(_, figures)| figures.norm == assessment.norm)?;
        let row = |standing: &crate::assessment::TraitStanding| {
            let among = figures.among(standing.trait_, standing.together.level.percentile)?;
            Some((standing.trait_.name(), said(among)))
        };
        let rows: Option<Vec<_>> = assessment.traits.iter().map(row).collect();
        Some(VisitorNorm { people: grouped(figures.people()), rows: rows? })
    }
}

fn said(among: Among) -> String {
    match among {
        Among::Percentile(percentile) => percentile.to_string(),
        Among::Under(percentile) => format!("under {percentile}"),
        Among::Over(percentile) => format!("over {percentile}"),
    }
}
