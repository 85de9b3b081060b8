//! The 16 shares added up by letter: four axes, and which of them are close calls.

use super::percent;
use crate::personality::{Axis, Mbti, Profile};

/// An axis whose likelier pole has less than this share is told as a close call.
pub const CLOSE_BELOW: f64 = 0.60;

/// One of the four axes: how the 16 shares fall on its two poles.
pub struct AxisSplit {
    /// First pole's letter.
    pub first: char,
    /// First pole's name.
    pub first_name: &'static str,
    /// First pole's share as text.
    pub first_percent: String,
    /// Second pole's letter.
    pub second: char,
    /// Second pole's name.
    pub second_name: &'static str,
    /// Second pole's share as text.
    pub second_percent: String,
    /// Whether the second pole is the likelier one (the first, if they are equal).
    pub leans_second: bool,
    /// Whether the likelier pole has less than [`CLOSE_BELOW`].
    pub close: bool,
    /// The bar from the middle (50) of a 100-unit scale towards the likelier pole: where it begins.
    pub bar_x: String,
    /// Its length.
    pub bar_width: String,
    /// What the axis is about, in a sentence.
    pub about: &'static str,
}

impl AxisSplit {
    /// The four axes of a reading, in the order of a type's letters.
    pub fn of_reading(profile: &Profile) -> Vec<AxisSplit> {
        let total: f64 = profile.types.iter().sum();
        Axis::ALL.into_iter().map(|axis| AxisSplit::new(profile, axis, total)).collect()
    }

    fn new(profile: &Profile, axis: Axis, total: f64) -> AxisSplit {
        let second: f64 =
            Mbti::ALL.into_iter().filter(|t| t.is_second(axis)).map(|t| profile.types[t.index()]).sum();
        let second = if total > 0.0 { second / total } else { 0.5 };
        let lean = second - 0.5;
        let (first_name, second_name, about) = match axis {
            Axis::EI => ("Extraversion", "Introversion", "where your energy goes: outwards, or inwards"),
            Axis::SN => {
                ("Sensing", "Intuition", "what you notice first: facts at hand, or patterns behind them")
            }
            Axis::TF => {
                ("Thinking", "Feeling", "how you decide: by what follows, or by what matters to people")
            }
            Axis::JP => ("Judging", "Perceiving", "how you like your days: settled, or open"),
        };
        let (first_letter, second_letter) = axis.letters();
        AxisSplit {
            first: first_letter,
            first_name,
            first_percent: percent(1.0 - second),
            second: second_letter,
            second_name,
            second_percent: percent(second),
            leans_second: lean > 0.0,
            close: second.max(1.0 - second) < CLOSE_BELOW,
            bar_x: format!("{:.1}", 50.0 + lean.min(0.0) * 100.0),
            bar_width: format!("{:.1}", lean.abs() * 100.0),
            about,
        }
    }

    /// The likelier pole's letter.
    pub fn letter(&self) -> char {
        if self.leans_second { self.second } else { self.first }
    }

    /// The likelier pole's name.
    pub fn name(&self) -> &'static str {
        if self.leans_second { self.second_name } else { self.first_name }
    }
}
