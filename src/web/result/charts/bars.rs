//! Five traits as horizontal bars on a scale of 0 to 100.

use crate::personality::{Profile, Trait};
use crate::web::numbers::short_percent;

/// The five traits as horizontal bars, highest first.
pub struct Bars {
    pub rows: Vec<Bar>,
    /// Height of the view box, whose width is 360.
    pub height: usize,
    /// Baseline of the numbers on the scale.
    pub scale_y: usize,
}

/// One trait's bar, on a scale of 0 to 100 that spans 300 units from x = 0.
pub struct Bar {
    pub name: &'static str,
    /// What a high score means, in a few words.
    pub meaning: &'static str,
    /// The value with its unit, as in the table.
    pub value: String,
    /// Length in view box units.
    pub length: String,
    /// Baseline of the name.
    pub name_y: usize,
    /// Top of the bar.
    pub bar_y: usize,
    /// Baseline of the value.
    pub value_y: usize,
}

impl Bars {
    /// Bars for values from 0 to 100 with their labels, in the given order.
    pub fn labeled(values: impl IntoIterator<Item = (Trait, f64, String)>) -> Bars {
        let rows: Vec<Bar> = values
            .into_iter()
            .enumerate()
            .map(|(row, (trait_, number, value))| {
                let top = row * 48;
                let length = number.clamp(0.0, 100.0) * 3.0;
                Bar {
                    name: trait_.name(),
                    meaning: meaning(trait_),
                    value,
                    length: format!("{length:.1}"),
                    name_y: top + 16,
                    bar_y: top + 23,
                    value_y: top + 35,
                }
            })
            .collect();
        let bottom = rows.len() * 48;
        Bars { rows, height: bottom + 22, scale_y: bottom + 14 }
    }

    /// The five probabilities of a reading, highest first, ties by name.
    pub fn of_reading(profile: &Profile) -> Bars {
        let ranked = profile.ranked_traits().into_iter();
        Bars::labeled(ranked.map(|(t, probability)| (t, probability * 100.0, short_percent(probability))))
    }
}

/// What a high score means.
pub fn meaning(trait_: Trait) -> &'static str {
    match trait_ {
        Trait::Extraversion => "outgoing and energetic rather than reserved",
        Trait::Neuroticism => "quick to worry or be upset rather than calm",
        Trait::Agreeableness => "warm and trusting rather than critical",
        Trait::Conscientiousness => "orderly and persistent rather than easygoing about both",
        Trait::Openness => "drawn to ideas and art rather than to the familiar",
    }
}
