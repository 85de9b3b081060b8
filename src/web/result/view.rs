//! The content of a result page: sentences, charts, tables and facts. Pure.

use super::assessed::{AssessedView, ShownLevel};
use super::charts::{AxisSplit, Bars, Ring};
use super::facts::{Fact, Measure};
use crate::assessment::KeyedResult;
use crate::personality::Trait;
use crate::records::Source;
use crate::survey::keyed::{BANDS, KeyedScore, KeyedScores};
use crate::web::numbers::dollars;

/// The part that the owner's page and the shared page have in common.
pub struct ReadingView {
    /// None for results from before assessments existed, and for models that do not weigh evidence.
    pub assessed: Option<AssessedView>,
    /// Sentences, the main one first, if there is no assessment.
    pub words: Vec<String>,
    /// The meaning of the numbers: probabilities only if both models are calibrated.
    pub measure: Measure,
    /// Whether a model is marked as interim.
    pub interim: bool,
    pub bars: Bars,
    pub ring: Ring,
    pub axes: Vec<AxisSplit>,
    /// None for a text that came without ratings.
    pub keyed: Option<KeyedView>,
    /// For two types and two traits, except traits below the middle.
    pub careers: Vec<CareerTable>,
    /// The names of those of the two highest traits that are below the middle.
    pub below_middle: Vec<String>,
    /// How much of the text the models read, as a sentence.
    pub share_read: String,
    /// Facts about the models.
    pub facts: Vec<Fact>,
    /// The versions of the questionnaire and the careers, as a sentence.
    pub versions: String,
}

impl ReadingView {
    /// Whether the ratings have their own section. With an assessment they are shown beside the words.
    pub fn shows_keyed(&self) -> bool {
        self.keyed.is_some() && self.assessed.is_none()
    }

    /// The likelier letter of each axis. These need not be the letters of the likeliest type.
    pub fn leaning(&self) -> String {
        self.axes.iter().map(AxisSplit::letter).collect()
    }
}

/// The ratings' scores, with the source of their levels.
pub struct KeyedView {
    /// Highest first: percentiles, or scores if the result has no norm.
    pub bars: Bars,
    /// In the order of the bars.
    pub rows: Vec<KeyedRow>,
    /// Whether the levels are percentiles of a norm group.
    pub normed: bool,
    /// The source and meaning of the levels.
    pub source: String,
}

/// One trait's keyed score.
pub struct KeyedRow {
    pub name: &'static str,
    /// "probably above average", or the part of the scale if the result has no norm.
    pub level: String,
    /// As in the bar.
    pub value: String,
    /// The 90% band of the percentile; empty if the result has no norm.
    pub range: String,
    /// The score from 0 to 100.
    pub score: String,
}

impl KeyedView {
    /// Levels compared with the norm group, from the eight statements of each trait.
    pub fn normed(result: &KeyedResult) -> KeyedView {
        let people = &result.norm.people;
        let source = format!(
            "Percentiles compare you with {people}. Percentile 40 means that 40 of 100 of them scored lower on the same \
             statements. In nine of ten cases, the range would contain your percentile if you were asked other statements \
             like these. These people chose to take a test online and do not represent any country."
        );
        let row = |trait_: Trait| {
            let placed = result.of(trait_).statements;
            let level = ShownLevel::of(&placed.level);
            KeyedEntry {
                trait_,
                number: level.percentile.number().into(),
                value: level.percentile.to_string(),
                level: level.said(),
                range: level.band(),
                score: format!("{:.0}", placed.score),
            }
        };
        KeyedView { normed: true, ..KeyedView::sorted(Trait::ALL.map(row).into(), source) }
    }

    /// Scores of 0 to 100 with the part of the scale of each, for results from before there was a norm.
    pub fn by_scale(scores: &KeyedScores) -> KeyedView {
        let row = |score: &KeyedScore| {
            // Rounded before sorting, so that hidden decimals break no tie.
            let number = (10.0 * score.percent).round() / 10.0;
            let value = format!("{number:.1}");
            let (trait_, level) = (score.trait_, score.band.name().to_owned());
            KeyedEntry { trait_, number, score: value.clone(), value, level, range: String::new() }
        };
        KeyedView::sorted(scores.0.iter().map(row).collect(), BANDS.to_owned())
    }

    /// Highest first, ties by name.
    fn sorted(mut entries: Vec<KeyedEntry>, source: String) -> KeyedView {
        entries
            .sort_by(|a, b| b.number.total_cmp(&a.number).then_with(|| a.trait_.name().cmp(b.trait_.name())));
        let bars =
            Bars::labeled(entries.iter().map(|entry| (entry.trait_, entry.number, entry.value.clone())));
        let rows = entries
            .into_iter()
            .map(|entry| KeyedRow {
                name: entry.trait_.name(),
                level: entry.level,
                value: entry.value,
                range: entry.range,
                score: entry.score,
            })
            .collect();
        KeyedView { bars, rows, normed: false, source }
    }
}

/// One trait's score before sorting.
struct KeyedEntry {
    trait_: Trait,
    /// The value of the bar, as precise as it is shown.
    number: f64,
    value: String,
    level: String,
    range: String,
    score: String,
}

/// The careers for one type or one trait, best paid first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareerTable {
    pub name: String,
    /// Its share, "31.2%".
    pub measured: String,
    pub rows: Vec<CareerRow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareerRow {
    /// From 1.
    pub rank: usize,
    pub career: String,
    /// Average pay a year, "$98,760".
    pub dollars: String,
    /// The path of the occupation's page, if the catalog has one of this name.
    pub page: Option<String>,
    /// Why the pay is to be taken with care, if it is the pay that the page shows.
    pub caution: Option<&'static str>,
}

/// What the catalog has under the name of a career.
pub struct InCatalog {
    pub page: String,
    /// US dollars a year.
    pub mean: u32,
    pub caution: Option<&'static str>,
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
            caution: None,
        });
        CareerTable { name, measured, rows: rows.collect() }
    }

    /// Links each career to the page that `known` finds for its name. Stored pay stays as it was: where the page shows
    /// other pay by now, its caution does not belong to it.
    pub fn linked(mut self, known: impl Fn(&str) -> Option<InCatalog>) -> CareerTable {
        for row in &mut self.rows {
            if let Some(known) = known(&row.career) {
                row.caution = known.caution.filter(|_| dollars(known.mean.into()) == row.dollars);
                row.page = Some(known.page);
            }
        }
        self
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
    use crate::survey::keyed::Band;

    #[test]
    fn a_share_below_the_whole_is_never_rounded_up_to_100_percent() {
        for (share, start) in [(1.0, "100% of your text was"), (0.9999, "Only 99.9%"), (0.0, "Only 0.0%")] {
            assert!(share_read(share, Source::Api).starts_with(start), "{share}");
        }
        assert_eq!(share_read(1.0, Source::Questionnaire), "100% of your answers were read.");
    }

    #[test]
    fn careers_are_ranked_in_their_order() {
        let careers = (0..13).map(|n| (format!("Career {n}"), 100_000 - n));
        let table = CareerTable::new("INFP".into(), "31.2%".into(), careers);
        assert_eq!((table.rows[0].rank, table.rows[12].rank), (1, 13));
        assert_eq!(table.rows[0].dollars, "$100,000");
    }

    #[test]
    fn a_caution_is_shown_with_the_pay_that_it_belongs_to() {
        let careers = [("Surgeons", 400_000), ("Physicians", 300_000), ("Alchemists", 50_000)];
        let careers = careers.map(|(career, salary)| (career.to_owned(), salary));
        let known = |career: &str| {
            let page = format!("/careers/{career}");
            (career != "Alchemists").then_some(InCatalog {
                page,
                mean: 400_000,
                caution: Some("not confirmed"),
            })
        };
        let table = CareerTable::new("INFP".into(), String::new(), careers).linked(known);
        let shown: Vec<_> = table.rows.iter().map(|row| (row.page.is_some(), row.caution)).collect();
        assert_eq!(shown, [(true, Some("not confirmed")), (true, None), (false, None)]);
    }

    #[test]
    fn keyed_rows_and_bars_say_the_same() {
        let score = |trait_, percent, band| KeyedScore {
            trait_,
            items: 12,
            mean: 1.0 + percent / 25.0,
            percent,
            band,
        };
        let scores = KeyedScores([
            score(Trait::Extraversion, 40.2, Band::Low),
            score(Trait::Neuroticism, 50.0, Band::Middle),
            score(Trait::Agreeableness, 50.0, Band::Middle),
            score(Trait::Conscientiousness, 50.0, Band::Middle),
            score(Trait::Openness, 77.1, Band::High),
        ]);
        let view = KeyedView::by_scale(&scores);
        let first = &view.rows[0];
        assert_eq!((first.name, first.level.as_str(), first.score.as_str()), ("Openness", "high", "77.1"));
        assert_eq!(view.rows[4].name, "Extraversion");
        assert!(view.bars.rows.iter().zip(&view.rows).all(|(bar, row)| bar.value == row.value));
        assert!(!view.normed);
        let tied = KeyedScores([
            score(Trait::Extraversion, 70.04, Band::High),
            score(Trait::Neuroticism, 50.0, Band::Middle),
            score(Trait::Agreeableness, 69.96, Band::High),
            score(Trait::Conscientiousness, 50.0, Band::Middle),
            score(Trait::Openness, 70.0, Band::High),
        ]);
        let names: Vec<_> = KeyedView::by_scale(&tied).rows.iter().map(|row| row.name).collect();
        assert_eq!(names, ["Agreeableness", "Extraversion", "Openness", "Conscientiousness", "Neuroticism"]);
    }
}
