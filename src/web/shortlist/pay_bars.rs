//! The pay of several occupations on one scale, as plain values for an SVG. Pure.

use crate::careers::occupation::Occupation;
use crate::web::numbers::dollars;

/// Height of one occupation's bar with its line of text.
const ROW: usize = 50;
/// The end of the scale in the view box of 360.
const SCALE: f64 = 330.0;

pub struct PayBars {
    pub bars: Vec<PayBar>,
    pub height: usize,
    /// Baseline of the scale's numbers.
    pub scale_y: usize,
    /// The end of the scale.
    pub most: String,
}

/// From the 10th to the 90th percentile, with the middle half and the median.
pub struct PayBar {
    /// "A: $62,070 to $132,680".
    pub text: String,
    pub text_y: usize,
    /// Tops of the thin and the thick bar.
    pub thin_y: usize,
    pub thick_y: usize,
    pub low_x: String,
    pub width: String,
    pub quarter_x: String,
    pub half_width: String,
    /// The path of the mark at the median.
    pub median: String,
}

impl PayBars {
    /// `letters` name the occupations.
    pub fn new<'a>(occupations: impl Iterator<Item = (char, &'a Occupation)> + Clone) -> PayBars {
        let most = occupations.clone().map(|(_, o)| o.pay.percentiles[4]).max().unwrap_or(0).max(1);
        let x = |amount: u32| f64::from(amount) / f64::from(most) * SCALE;
        let bars: Vec<PayBar> = occupations
            .enumerate()
            .map(|(row, (letter, occupation))| {
                let [p10, p25, p50, p75, p90] = occupation.pay.percentiles;
                let top = row * ROW;
                PayBar {
                    text: format!("{letter}: {} to {}", dollars(p10.into()), dollars(p90.into())),
                    text_y: top + 16,
                    thin_y: top + 28,
                    thick_y: top + 24,
                    low_x: format!("{:.1}", x(p10)),
                    width: format!("{:.1}", x(p90) - x(p10)),
                    quarter_x: format!("{:.1}", x(p25)),
                    half_width: format!("{:.1}", x(p75) - x(p25)),
                    median: format!("M{:.1} {}V{}", x(p50), top + 20, top + 42),
                }
            })
            .collect();
        let bottom = bars.len() * ROW;
        PayBars { bars, height: bottom + 22, scale_y: bottom + 14, most: dollars(most.into()) }
    }
}
