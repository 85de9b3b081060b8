//! What a result page shows of a reading: sentences, charts, tables and the facts behind them. Pure.

use super::charts::{AxisSplit, Bars, Ring, percent};
use crate::personality::{Profile, Trait};
use crate::records::Source;

/// Rows of a career table that stand open; the others are one tap away, and in the appendix on paper.
const CAREERS_SHOWN: usize = 10;
/// A second type with at least this part of the first one's share is told as close to it.
const CLOSE_SECOND: f64 = 0.7;
/// A first type with less than this stands out from nobody.
const FAINT_FIRST: f64 = 0.15;

/// All that the owner's page and the shared page both show.
pub struct ReadingView {
    /// The reading in sentences, the main one first.
    pub words: Vec<String>,
    /// "probability" for calibrated numbers, otherwise "model score".
    pub measure: &'static str,
    /// Whether both models are calibrated.
    pub calibrated: bool,
    /// Whether a model calls itself a stand-in.
    pub interim: bool,
    /// The five traits.
    pub bars: Bars,
    /// The 16 types.
    pub ring: Ring,
    /// The four axes.
    pub axes: Vec<AxisSplit>,
    /// What the ratings say; none for a text that came without ratings.
    pub keyed: Option<KeyedView>,
    /// Two types and two traits.
    pub careers: Vec<CareerTable>,
    /// How much of the text the models saw, as a sentence.
    pub share_read: String,
    /// What made the reading.
    pub facts: Vec<Fact>,
    /// Versions of the questionnaire and the careers, as a sentence.
    pub versions: String,
}

impl ReadingView {
    /// The likelier letter of each axis; where two types share the top, not always a type's own four.
    pub fn leaning(&self) -> String {
        self.axes.iter().map(AxisSplit::letter).collect()
    }
}

/// One fact about both models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Which fact.
    pub name: &'static str,
    /// For the model over the 16 types.
    pub mbti: String,
    /// For the model over the five traits.
    pub big_five: String,
}

/// The keyed scores, with the source of their bands.
pub struct KeyedView {
    /// Highest first.
    pub bars: Bars,
    /// The same, with a band each.
    pub rows: Vec<KeyedRow>,
    /// Where the bands come from.
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
    /// Lays out keyed scores, 0 to 100 each with its band, highest first, ties by name.
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
    /// The type or the trait.
    pub name: String,
    /// Its measure, "31.2 %".
    pub measured: String,
    rows: Vec<CareerRow>,
}

/// One career.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CareerRow {
    /// From 1.
    pub rank: usize,
    /// Its name.
    pub career: String,
    /// Average yearly pay, "$ 98,760".
    pub dollars: String,
    /// The page of the occupation, where the catalogue has one of this name.
    pub page: Option<String>,
}

impl CareerTable {
    /// A table of careers in the order given, which is the order of their ranks.
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

    /// Leads each career to the page that is found for it.
    pub fn linked(mut self, page: impl Fn(&str) -> Option<String>) -> CareerTable {
        for row in &mut self.rows {
            row.page = page(&row.career);
        }
        self
    }

    /// The rows that stand open.
    pub fn first(&self) -> &[CareerRow] {
        &self.rows[..self.rows.len().min(CAREERS_SHOWN)]
    }

    /// The others.
    pub fn rest(&self) -> &[CareerRow] {
        &self.rows[self.rows.len().min(CAREERS_SHOWN)..]
    }
}

/// Whole dollars with separators, "$98,760".
pub fn dollars(amount: u64) -> String {
    format!("${}", grouped(amount))
}

/// A whole number with separators, "98,760".
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "probability" is a word for calibrated numbers only.
pub fn measure(calibrated: bool) -> &'static str {
    if calibrated { "probability" } else { "model score" }
}

/// How much of the text was read, as a sentence. A share just under the whole is never rounded up to it.
pub fn share_read(share: f64, source: Source) -> String {
    let read = match source {
        Source::Questionnaire => "of your answers were read",
        Source::Api => "of your text was read",
    };
    if share >= 1.0 {
        format!("100\u{a0}% {read}.")
    } else {
        let tenths = (share.clamp(0.0, 1.0) * 1000.0).floor() / 10.0;
        format!("Only {tenths:.1}\u{a0}% {read}: the models could not take in the rest.")
    }
}

/// The reading in plain sentences.
pub fn in_words(profile: &Profile, axes: &[AxisSplit]) -> Vec<String> {
    let types = profile.ranked_types();
    let ((first, share), (second, next)) = (types[0], types[1]);
    let mut lead = if share < FAINT_FIRST {
        format!("No type stands out in your words; {first} comes first, at {}.", percent(share))
    } else {
        format!("Your words read most like {first}, at {}.", percent(share))
    };
    lead += &if next >= share * CLOSE_SECOND {
        format!(" {second} is close behind, at {}, so both are worth reading.", percent(next))
    } else {
        format!(" {second} comes next, at {}.", percent(next))
    };

    let traits = profile.ranked_traits();
    let lowest = traits[4];
    let scored = format!(
        "Of the five traits you scored highest on {} ({:.0} of 100) and {} ({:.0}), and lowest on {} ({:.0}).",
        traits[0].0,
        traits[0].1 * 100.0,
        traits[1].0,
        traits[1].1 * 100.0,
        lowest.0,
        lowest.1 * 100.0,
    );
    vec![lead, letters(axes), scored]
}

fn letters(axes: &[AxisSplit]) -> String {
    let clear: Vec<String> =
        axes.iter().filter(|a| !a.close).map(|a| format!("{} ({})", a.letter(), a.name())).collect();
    let close: Vec<String> =
        axes.iter().filter(|a| a.close).map(|a| format!("{} or {}", a.first, a.second)).collect();
    let clear_words = match clear.len() {
        0 => {
            return "Letter by letter, every axis is a close call: treat the type as one guess among several."
                .to_owned();
        }
        1 => format!("the clear side is {}", clear[0]),
        _ => format!("the clear sides are {}", list(&clear)),
    };
    match close.len() {
        0 => format!("Letter by letter, {clear_words}; none is a close call."),
        1 => format!("Letter by letter, {clear_words}; {} is a close call.", close[0]),
        _ => format!("Letter by letter, {clear_words}; {} are close calls.", list(&close)),
    }
}

fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personality::{Axis, Mbti};

    fn profile(of: impl Fn(Mbti) -> f64) -> Profile {
        let mut types = [0.0; 16];
        for mbti in Mbti::ALL {
            types[mbti.index()] = of(mbti);
        }
        let sum: f64 = types.iter().sum();
        Profile { types: types.map(|t| t / sum), traits: [0.2, 0.31, 0.62, 0.48, 0.93] }
    }

    fn words(profile: &Profile) -> Vec<String> {
        in_words(profile, &AxisSplit::of_reading(profile))
    }

    #[test]
    fn a_clear_reading_names_its_type_its_letters_and_its_traits() {
        let words = words(&profile(|t| if t.name() == "INFP" { 30.0 } else { 1.0 }));
        assert_eq!(
            words[0],
            "Your words read most like INFP, at 66.7\u{a0}%. ENFJ comes next, at 2.2\u{a0}%."
        );
        assert!(
            words[1].contains("I (Introversion), N (Intuition), F (Feeling) and P (Perceiving)"),
            "{}",
            words[1]
        );
        assert!(words[1].ends_with("none is a close call."));
        assert_eq!(
            words[2],
            "Of the five traits you scored highest on Openness (93 of 100) and Agreeableness (62), and lowest on \
             Extraversion (20)."
        );
    }

    #[test]
    fn close_calls_are_named_as_such() {
        let words = words(&profile(|t| if t.letter(Axis::EI) == 'I' { 3.0 } else { 1.0 }));
        assert!(words[0].starts_with("No type stands out"), "{}", words[0]);
        assert!(words[0].contains("close behind"));
        assert_eq!(
            words[1],
            "Letter by letter, the clear side is I (Introversion); S or N, T or F and J or P are close calls."
        );
    }

    #[test]
    fn a_text_that_was_cut_is_never_rounded_up_to_all_of_it() {
        for (share, start) in
            [(1.0, "100\u{a0}% of your text was"), (0.9999, "Only 99.9\u{a0}%"), (0.0, "Only 0.0\u{a0}%")]
        {
            assert!(share_read(share, Source::Api).starts_with(start), "{share}");
        }
        assert_eq!(share_read(1.0, Source::Questionnaire), "100\u{a0}% of your answers were read.");
    }

    #[test]
    fn ten_careers_stand_open_and_ranks_go_on_after_them() {
        let careers = (0..13).map(|n| (format!("Career {n}"), 100_000 - n));
        let table = CareerTable::new("INFP".into(), "31.2 %".into(), careers);
        assert_eq!((table.first().len(), table.rest().len()), (10, 3));
        assert_eq!(table.rest()[0].rank, 11);
        assert_eq!(table.first()[0].dollars, "$100,000");
        assert_eq!(
            (dollars(0), dollars(999), dollars(1_234_567)),
            ("$0".into(), "$999".into(), "$1,234,567".into())
        );
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
