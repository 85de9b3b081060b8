//! The chart of an occupation's pay.

use crate::careers::occupation::{Occupation, PUBLISHED_CEILING};
use crate::web::numbers::dollars;

/// The pay from the 10th to the 90th percentile, drawn on a scale from 0 in a view box of 360.
pub struct PayChart {
    pub rows: Vec<(&'static str, String)>,
    pub low_x: String,
    /// The side of its point on which the label is, so that labels neither overlap nor leave the picture.
    pub low_anchor: &'static str,
    pub low: String,
    pub quarter_x: String,
    pub half_width: String,
    pub median_x: String,
    pub median: String,
    pub mean_x: String,
    pub mean_anchor: &'static str,
    pub mean: String,
    pub high_x: String,
    pub high: String,
    pub high_width: String,
}

/// The width of the scale, smaller than the view box to leave room for the last label.
const SCALE: f64 = 330.0;

impl PayChart {
    pub fn new(occupation: &Occupation) -> PayChart {
        let pay = &occupation.pay;
        let [p10, p25, median, p75, p90] = pay.percentiles;
        let widest = f64::from(p90.max(pay.mean)).max(1.0);
        let x = |amount: u32| f64::from(amount) / widest * SCALE;
        let at = |amount: u32| format!("{:.1}", x(amount));
        let rows = [
            ("10% earn less than", p10),
            ("25% earn less than", p25),
            ("Half earn less than (median)", median),
            ("75% earn less than", p75),
            ("90% earn less than", p90),
            ("Mean", pay.mean),
        ];
        PayChart {
            rows: rows.map(|(name, amount)| (name, marked(amount))).into(),
            low_x: at(p10),
            low_anchor: if x(p10) < 70.0 { "start" } else { "end" },
            low: dollars(p10.into()),
            quarter_x: at(p25),
            half_width: format!("{:.1}", x(p75) - x(p25)),
            median_x: at(median),
            median: dollars(median.into()),
            mean_x: at(pay.mean),
            mean_anchor: if x(pay.mean) > 280.0 { "end" } else { "middle" },
            mean: dollars(pay.mean.into()),
            high_x: at(p90),
            high: dollars(p90.into()),
            high_width: format!("{:.1}", x(p90) - x(p10)),
        }
    }
}

/// Adds a star if the amount is above what BLS publishes as a number.
fn marked(amount: u32) -> String {
    let star = if amount > PUBLISHED_CEILING { "*" } else { "" };
    format!("{}{star}", dollars(amount.into()))
}
