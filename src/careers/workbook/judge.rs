//! Judges the cells of the known columns: what is taken, and what is refused with its reason.

use super::fault::Fault;
use super::value::{Cell, Value, shown};
use super::{limits, words};

/// US dollars a year. The means of the catalog reach from 31,980 to 502,050; what lies below 10,000 is pay by the hour, week
/// or month, or in thousands, and what lies above a million is no pay of a career in dollars.
pub const PAY: std::ops::RangeInclusive<f64> = 10_000.0..=1_000_000.0;
/// Standard deviations.
const FIT: std::ops::RangeInclusive<f64> = -10.0..=10.0;

/// What was expected, and what was found where the cell alone does not say it.
pub struct Refused {
    pub expected: String,
    /// Added to the description of the cell.
    pub hint: String,
}

fn refused(expected: impl Into<String>) -> Refused {
    Refused { expected: expected.into(), hint: String::new() }
}

impl Refused {
    /// The fault of a cell.
    pub fn at(self, place: String, cell: String) -> Fault {
        Fault::new(place, self.expected, format!("{cell}{}", self.hint))
    }
}

/// The text of a cell, cleaned. Numbers and everything else are no text.
fn text(cell: &Cell<'_>) -> Option<String> {
    match &cell.value {
        Value::Text(text) => Some(words::cleaned(text)).filter(|text| !text.is_empty()),
        _ => None,
    }
}

/// A cell of the column "Type".
pub fn key<K>(cell: &Cell<'_>, expected: &str, parse: impl Fn(&str) -> Option<K>) -> Result<K, Refused> {
    text(cell).and_then(|text| parse(&text)).ok_or_else(|| refused(expected))
}

/// A title: text with a letter, not too long.
pub fn title(cell: &Cell<'_>) -> Result<String, Refused> {
    sentence(cell, "a title", limits::TITLE)
}

/// A reason, if there is one.
pub fn reason(cell: &Cell<'_>) -> Result<Option<String>, Refused> {
    if !cell.is_visible() {
        return Ok(None);
    }
    sentence(cell, "a reason in words", limits::REASON).map(Some)
}

fn sentence(cell: &Cell<'_>, what: &str, longest: usize) -> Result<String, Refused> {
    let text = text(cell).ok_or_else(|| refused(what))?;
    if let Some(c) = words::misplaced(&text) {
        let hint = format!(", which contains U+{:04X}", c as u32);
        return Err(Refused { expected: format!("{what} of printable characters"), hint });
    }
    if text.chars().count() > longest {
        return Err(refused(format!("{what} of at most {longest} characters")));
    }
    // "#N/A" as text is what is left of an error that was copied as a value.
    if !text.chars().any(char::is_alphabetic) || (text.starts_with('#') && !text.contains(' ')) {
        return Err(refused(what));
    }
    Ok(text)
}

/// Yearly pay in whole dollars.
pub fn pay(cell: &Cell<'_>) -> Result<u32, Refused> {
    let expected = || format!("yearly pay from {} to {} dollars", shown(*PAY.start()), shown(*PAY.end()));
    let number = match &cell.value {
        Value::Number(number) => *number,
        Value::Text(text) => written(&words::cleaned(text)).ok_or_else(|| refused(expected()))?,
        _ => return Err(refused(expected())),
    };
    if PAY.contains(&number) {
        return Ok(number.round() as u32);
    }
    let hint = match number {
        n if n > 0.0 && n <= 500.0 => ", which looks like pay by the hour or in thousands",
        n if n > 0.0 && n < *PAY.start() => ", which looks like pay by the week or month",
        _ => "",
    };
    Err(Refused { expected: expected(), hint: hint.to_owned() })
}

/// A number typed as text: 85000, 85,000, 85 000, $85,000.50, USD 85,000, 8.5E4.
fn written(text: &str) -> Option<f64> {
    let upper = text.to_ascii_uppercase();
    let mut amount = upper.trim();
    for currency in ["US$", "USD", "$"] {
        amount = amount.strip_prefix(currency).unwrap_or(amount).trim();
        amount = amount.strip_suffix(currency).unwrap_or(amount).trim();
    }
    let whole = amount.split_once('.').map_or(amount, |(whole, _)| whole);
    let separator = [',', ' ', '\''].into_iter().find(|separator| whole.contains(*separator));
    let plain = match separator {
        Some(separator) => {
            let groups: Vec<&str> = whole.split(separator).collect();
            let (first, rest) = groups.split_first()?;
            let in_threes = (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
            if !in_threes {
                return None;
            }
            amount.replace(separator, "")
        }
        None => amount.to_owned(),
    };
    let digits = plain.bytes().all(|b| b.is_ascii_digit() || b"+-.E".contains(&b));
    plain.parse::<f64>().ok().filter(|number| digits && number.is_finite())
}

/// A SOC code, if there is one. O*NET's form, 15-2011.00, is read as BLS's.
pub fn soc(cell: &Cell<'_>) -> Result<Option<String>, Refused> {
    if !cell.is_visible() {
        return Ok(None);
    }
    let expected = || refused("a SOC code such as 15-2011");
    let text = text(cell).ok_or_else(expected)?;
    let code = text.strip_suffix(".00").unwrap_or(&text);
    let (major, minor) = code.split_once('-').ok_or_else(expected)?;
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    if digits(major, 2) && digits(minor, 4) { Ok(Some(code.to_owned())) } else { Err(expected()) }
}

/// A fit in standard deviations, if there is one.
pub fn fit(cell: &Cell<'_>) -> Result<Option<f64>, Refused> {
    if !cell.is_visible() {
        return Ok(None);
    }
    let expected = || refused(format!("a fit from {} to {}", shown(*FIT.start()), shown(*FIT.end())));
    let number = match &cell.value {
        Value::Number(number) => *number,
        Value::Text(text) => written(&words::cleaned(text)).ok_or_else(expected)?,
        _ => return Err(expected()),
    };
    if FIT.contains(&number) { Ok(Some(number)) } else { Err(expected()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for text in [
            "85000",
            "85,000",
            "85 000",
            "85'000",
            "$85,000",
            "$ 85,000.00",
            "USD 85,000",
            "85000 usd",
            "8.5E4",
        ] {
            assert_eq!(written(text), Some(85_000.0), "{text}");
        }
        for text in [
            "",
            "$",
            "85k",
            "85.000,00",
            "8,5000",
            "85,00",
            ",85000",
            "about 85000",
            "1e400",
            "NaN",
            "inf",
            "0x10",
        ] {
            assert_eq!(written(text), None, "{text}");
        }
        assert_eq!(written("-$5"), None);
        assert_eq!(written("85.000"), Some(85.0), "which is below any yearly pay");
    }
}
