//! How numbers, shares, amounts and days are written on every page.

use chrono::{DateTime, Utc};

/// A share of 0 to 1 with one decimal, "34.2%"; one that would round to nothing is "under 0.1%".
pub fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0005 { "under 0.1%".to_owned() } else { format!("{:.1}%", share * 100.0) }
}

/// A change in percent with its sign, "+4.2%" or "−1.0%".
pub fn signed_percent(pct: f64) -> String {
    let sign = if pct < 0.0 { "\u{2212}" } else { "+" };
    format!("{sign}{:.1}%", pct.abs())
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
    fn a_share_too_small_to_show_is_not_shown_as_nothing() {
        assert_eq!([0.0, 0.0001, 0.3421].map(percent), ["0.0%", "under 0.1%", "34.2%"]);
    }

    #[test]
    fn a_change_carries_its_sign() {
        assert_eq!([4.25, -1.0].map(signed_percent), ["+4.2%", "\u{2212}1.0%"]);
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!([0, 999, 1_234_567].map(dollars), ["$0", "$999", "$1,234,567"]);
    }
}
