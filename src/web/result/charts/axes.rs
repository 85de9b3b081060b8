//! The four axes: the shares of the 16 types, added up by letter.

use crate::personality::{Axis, Mbti, Profile};
use crate::web::numbers::percent;

/// An axis whose likelier pole has a smaller share than this is a close call.
pub const CLOSE_BELOW: f64 = 0.60;

/// One axis, with the share of each pole.
pub struct AxisSplit {
    pub first: char,
    pub first_name: &'static str,
    pub first_percent: String,
    pub second: char,
    pub second_name: &'static str,
    pub second_percent: String,
    /// Whether the second pole is likelier; false if they are equal.
    pub leans_second: bool,
    /// Whether the likelier pole has less than [`CLOSE_BELOW`].
    pub close: bool,
    /// The left end of the bar from the middle (50) toward the likelier pole, on a scale of 0 to 100.
    pub bar_x: String,
    /// The length of that bar.
    pub bar_width: String,
    /// What the axis is about.
    pub about: &'static str,
}

impl AxisSplit {
    /// All four, in the order of a type's letters.
    pub fn of_reading(profile: &Profile) -> Vec<AxisSplit> {
        let total: f64 = profile.types.iter().sum();
        Axis::ALL.into_iter().map(|axis| AxisSplit::new(profile, axis, total)).collect()
    }

    fn new(profile: &Profile, axis: Axis, total: f64) -> AxisSplit {
        let second: f64 =
            Mbti::ALL.into_iter().filter(|t| t.is_second(axis)).map(|t| profile.types[t.index()]).sum();
        let second = if total > 0.0 { second / total } else { 0.5 };
        let lean = second - 0.5;
        let (first_name, second_name) = axis.poles();
        let (first, second_letter) = axis.letters();
        AxisSplit {
            first,
            first_name,
            first_percent: percent(1.0 - second),
            second: second_letter,
            second_name,
            second_percent: percent(second),
            leans_second: lean > 0.0,
            close: second.max(1.0 - second) < CLOSE_BELOW,
            bar_x: format!("{:.1}", 50.0 + lean.min(0.0) * 100.0),
            bar_width: format!("{:.1}", lean.abs() * 100.0),
            about: axis.about(),
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
