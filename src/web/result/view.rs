//! What a result page shows: sentences, charts, tables and facts. Pure.

use super::charts::{AxisSplit, Bars, Ring};
use super::facts::Fact;
use crate::personality::Trait;
use crate::records::Source;
use crate::web::numbers::dollars;

/// Rows of a career table that are always visible. The others are folded on screen and in the appendix on paper.
const CAREERS_SHOWN: usize = 10;
/// What the owner's page and the shared page both show.
pub struct ReadingView {
    /// Sentences, the main one first.
    pub words: Vec<String>,
    /// "probability" for calibrated numbers, otherwise "model score".
    pub measure: &'static str,
    /// Whether both models are calibrated.
    pub calibrated: bool,
    /// Whether a model is marked as interim.
    pub interim: bool,
    pub bars: Bars,
    pub ring: Ring,
    pub axes: Vec<AxisSplit>,
    /// None for a text that came without ratings.
    pub keyed: Option<KeyedView>,
    /// For two types and two traits.
    pub careers: Vec<CareerTable>,
    /// How much of the text the models read, as a sentence.
    pub share_read: String,
    /// Facts about the models.
    pub facts: Vec<Fact>,
    /// The versions of the questionnaire and the careers, as a sentence.
    pub versions: String,
}

impl ReadingView {
    /// The likelier letter of each axis. These need not be the letters of the likeliest type.
    pub fn leaning(&self) -> String {
        self.axes.iter().map(AxisSplit::letter).collect()
    }
}

/// The keyed scores, with the source of their bands.
pub struct KeyedView {
    /// Highest first.
    pub bars: Bars,
    /// The same scores with their bands.
    pub rows: Vec<KeyedRow>,
    /// The source of the bands.
    pub source: String,
}

/// One trait's keyed score.
pub struct KeyedRow {
    /// The trait's name.
    pub name: &'static str,
    /// "low", "average" or "high".
    pub band: String,
    /// 0 to 100, as text.
    pub value: String,
}

impl KeyedView {
    /// From scores of 0 to 100 with their bands. Highest first, ties by name.
    pub fn new(mut scores: Vec<(Trait, f64, String)>, source: String) -> KeyedView {
        scores.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.name().cmp(b.0.name())));
        let bars = Bars::new(scores.iter().map(|(trait_, score, _)| (*trait_, *score)));
        let rows = scores
            .into_iter()
            .zip(&bars.rows)
            .map(|((trait_, _, band), bar)| KeyedRow { name: trait_.name(), band, value: bar.value.clone() })
            .collect();
        KeyedView { bars, rows, source }
    }
}

/// The careers for one type or one trait, best paid first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareerTable {
    pub name: String,
    /// Its share, "31.2%".
    pub measured: String,
    rows: Vec<CareerRow>,
}

/// One career.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareerRow {
    /// From 1.
    pub rank: usize,
    pub career: String,
    /// Average pay a year, "$98,760".
    pub dollars: String,
    /// The path of the occupation's page, if the catalog has one of this name.
    pub page: Option<String>,
}

impl CareerTable {
    /// A table of careers in the order of their ranks.
    pub fn new(
        name: String,
        measured: String,
        careers: impl IntoIterator<Item = (String, u64)>,
    ) -> CareerTable {
        let rows = careers.into_iter().enumerate().map(|(place, (career, salary))| CareerRow {
            rank: place + 1,
            career,
            dollars: dollars(salary),
            page: None,
        });
        CareerTable { name, measured, rows: rows.collect() }
    }

    /// Links each career to the page that `page` finds for its name.
    pub fn linked(mut self, page: impl Fn(&str) -> Option<String>) -> CareerTable {
        for row in &mut self.rows {
            row.page = page(&row.career);
        }
        self
    }

    /// The rows that are always visible.
    pub fn first(&self) -> &[CareerRow] {
        &self.rows[..self.rows.len().min(CAREERS_SHOWN)]
    }

    /// The folded rows.
    pub fn rest(&self) -> &[CareerRow] {
        &self.rows[self.rows.len().min(CAREERS_SHOWN)..]
    }
}

/// How much of the text was read, as a sentence. A share below 1 is never rounded up to 100%.
pub fn share_read(share: f64, source: Source) -> String {
    let read = match source {
        Source::Questionnaire => "of your answers were read",
        Source::Api => "of your text was read",
    };
    if share >= 1.0 {
        format!("100% {read}.")
    } else {
        let tenths = (share.clamp(0.0, 1.0) * 1000.0).floor() / 10.0;
        format!("Only {tenths:.1}% {read}: the models could not take in the rest.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_below_the_whole_is_never_rounded_up_to_100_percent() {
        for (share, start) in [(1.0, "100% of your text was"), (0.9999, "Only 99.9%"), (0.0, "Only 0.0%")] {
            assert!(share_read(share, Source::Api).starts_with(start), "{share}");
        }
        assert_eq!(share_read(1.0, Source::Questionnaire), "100% of your answers were read.");
    }

    #[test]
    fn ten_careers_are_visible_and_the_folded_ranks_continue() {
        let careers = (0..13).map(|n| (format!("Career {n}"), 100_000 - n));
        let table = CareerTable::new("INFP".into(), "31.2%".into(), careers);
        assert_eq!((table.first().len(), table.rest().len()), (10, 3));
        assert_eq!(table.rest()[0].rank, 11);
        assert_eq!(table.first()[0].dollars, "$100,000");
    }

    #[test]
    fn keyed_rows_and_bars_say_the_same() {
        let scores =
            vec![(Trait::Extraversion, 40.0, "low".to_owned()), (Trait::Openness, 77.1, "high".to_owned())];
        let view = KeyedView::new(scores, String::new());
        assert_eq!(
            (view.rows[0].name, view.rows[0].band.as_str(), view.rows[0].value.as_str()),
            ("Openness", "high", "77.1")
        );
        assert_eq!(view.bars.rows[0].value, view.rows[0].value);
    }
}
