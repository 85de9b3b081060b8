//! Pay as every list of occupations shows it.

use crate::careers::occupation::Pay;
use crate::web::numbers::dollars;

/// The mean, with its spread and reliability.
pub struct PayShown {
    /// A year, "$101,420".
    pub mean: String,
    /// The 10th and the 90th percentile, "$69,560 to $139,530".
    pub spread: String,
    /// Why the mean is uncertain.
    pub caution: Option<&'static str>,
}

impl PayShown {
    pub fn new(pay: &Pay) -> PayShown {
        let [p10, .., p90] = pay.percentiles;
        PayShown {
            mean: dollars(pay.mean.into()),
            spread: format!("{} to {}", dollars(p10.into()), dollars(p90.into())),
            caution: pay.caution(),
        }
    }

    /// In one line: "$412,000 (not confirmed)".
    pub fn in_a_line(self) -> String {
        match self.caution {
            Some(caution) => format!("{} ({caution})", self.mean),
            None => self.mean,
        }
    }
}
