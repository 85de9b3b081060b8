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

/// What the pay of a list is: "Mean yearly pay of employees before tax, May 2025." `releases` are those of the catalog.
pub fn meaning(releases: &str) -> String {
    let wages = releases.split(", ").find_map(|release| release.strip_prefix("BLS OEWS "));
    let of = wages.map_or_else(String::new, |month| format!(", {month}"));
    format!("Mean yearly pay of employees before tax{of}.")
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
    pub fn in_a_line(&self) -> String {
        match self.caution {
            Some(caution) => format!("{} ({caution})", self.mean),
            None => self.mean.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::meaning;

    #[test]
    fn the_month_of_the_wages_comes_from_the_releases() {
        let said = meaning("BLS OEWS May 2025, BLS projections 2024-34, O*NET 30.1");
        assert_eq!(said, "Mean yearly pay of employees before tax, May 2025.");
        assert_eq!(meaning("O*NET 30.1"), "Mean yearly pay of employees before tax.");
    }
}
