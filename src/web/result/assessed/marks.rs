//! One scale with up to three marks and a band: geometry only. The template draws it and lists the same numbers.

use super::shown::{Percentile, ShownLevel};

/// The width of the view box. The scale leaves room for half a mark at each end.
pub const WIDTH: f64 = 320.0;
const LEFT: f64 = 10.0;
const LENGTH: f64 = WIDTH - 2.0 * LEFT;

/// Positions along the scale, in view box units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    pub band_x: String,
    pub band_width: String,
    pub together: String,
    pub ratings: Option<String>,
    pub words: Option<String>,
}

impl Marks {
    pub fn new(together: &ShownLevel, ratings: Option<Percentile>, words: Option<Percentile>) -> Marks {
        let length = f64::from(together.high.number().saturating_sub(together.low.number())) / 100.0 * LENGTH;
        Marks {
            band_x: at(together.low),
            band_width: format!("{length:.0}"),
            together: at(together.percentile),
            ratings: ratings.map(at),
            words: words.map(at),
        }
    }
}

fn at(percentile: Percentile) -> String {
    format!("{:.0}", LEFT + f64::from(percentile.number()) / 100.0 * LENGTH)
}
