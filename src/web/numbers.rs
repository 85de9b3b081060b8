//! How numbers, shares, amounts and days are written on every page.

use chrono::{DateTime, Utc};

/// A probability of 0 to 1 with one decimal, "34.2%". Nothing is certain, so the ends are "under 0.1%" and "over
/// 99.9%".
pub fn percent(probability: f64) -> String {
    with_ends(probability, "under ", "over ")
}

/// Like [`percent`], with the ends written "<0.1%" and ">99.9%", for charts.
pub fn short_percent(probability: f64) -> String {
    with_ends(probability, "<", ">")
}

fn with_ends(probability: f64, under: &str, over: &str) -> String {
    match format!("{:.1}", probability * 100.0).as_str() {
        "0.0" | "-0.0" => format!("{under}0.1%"),
        "100.0" => format!("{over}99.9%"),
        between => format!("{between}%"),
    }
}

/// A change in percent with its sign, "+4.2%" or "−1.0%".
pub fn signed_percent(pct: f64) -> String {
    let sign = if pct < 0.0 { "\u{2212}" } else { "+" };
    format!("{sign}{:.1}%", pct.abs())
}

/// A number with its sign and one decimal, "+1.3" or "−0.4".
pub fn signed(number: f64) -> String {
    let text = format!("{:.1}", number.abs());
    let sign = if number < 0.0 && text != "0.0" { "\u{2212}" } else { "+" };
    format!("{sign}{text}")
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

/// A day, "November 29, 2026".
pub fn day(moment: DateTime<Utc>) -> String {
    moment.format("%B %-d, %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_shown_as_certain() {
        for (probability, long, short) in [
            (0.0, "under 0.1%", "<0.1%"),
            (0.0004, "under 0.1%", "<0.1%"),
            (0.0006, "0.1%", "0.1%"),
            (0.3421, "34.2%", "34.2%"),
            (0.9994, "99.9%", "99.9%"),
            (0.9996, "over 99.9%", ">99.9%"),
            (1.0, "over 99.9%", ">99.9%"),
        ] {
            assert_eq!((percent(probability).as_str(), short_percent(probability).as_str()), (long, short));
        }
    }

    #[test]
    fn a_change_carries_its_sign() {
        assert_eq!([4.25, -1.0].map(signed_percent), ["+4.2%", "\u{2212}1.0%"]);
        assert_eq!([1.26, -0.4, -0.01].map(signed), ["+1.3", "\u{2212}0.4", "+0.0"]);
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!([0, 999, 1_234_567].map(dollars), ["$0", "$999", "$1,234,567"]);
    }
}
