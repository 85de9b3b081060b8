//! What a cell holds, and how a person is told of it.

use std::borrow::Cow;

use calamine::ExcelDateTime;

use super::words;

/// Excel's last day is in 9999.
const AFTER_9999: f64 = 2_958_466.0;

#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Blank,
    Text(Cow<'a, str>),
    Number(f64),
    /// A number that its format shows as a percentage.
    Percent(f64),
    /// A number that its format shows as a date, a time of day or a length of time.
    Date(ExcelDateTime),
    /// A date as ISO 8601 writes it.
    IsoDate(String),
    Logical(bool),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Cell<'a> {
    pub value: Value<'a>,
    /// The formula that computes the value. Cells that share the formula of another one have an empty text.
    pub formula: Option<String>,
}

impl Cell<'_> {
    /// Whether there is nothing in the cell but white space, and nothing missing.
    pub fn is_blank(&self) -> bool {
        match &self.value {
            Value::Blank => self.formula.is_none(),
            Value::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// Whether there is anything to be seen in the cell, or should be. Some characters are invisible.
    pub fn is_visible(&self) -> bool {
        match &self.value {
            Value::Text(text) => !words::cleaned(text).is_empty(),
            _ => !self.is_blank(),
        }
    }

    /// What to tell of the cell.
    pub fn described(&self) -> String {
        let value = match &self.value {
            Value::Blank if self.formula.is_some() => {
                let formula = self.formula_shown();
                return format!(
                    "a formula{formula} whose value was never computed: open the file in a spreadsheet program and save it"
                );
            }
            Value::Blank => "an empty cell".to_owned(),
            Value::Text(text) if words::cleaned(text).is_empty() => words::described_blank(text),
            Value::Text(text) if words::is_error(text) => format!("the error {}", words::shortened(text)),
            Value::Text(text) => words::described(text),
            Value::Number(number) => shown(*number),
            Value::Percent(number) => {
                format!("the percentage {} % ({} as a number)", shown(number * 100.0), shown(*number))
            }
            Value::Date(date) => described_date(date),
            Value::IsoDate(date) => format!("the date {}", words::shortened(date)),
            Value::Logical(true) => "the logical value TRUE".to_owned(),
            Value::Logical(false) => "the logical value FALSE".to_owned(),
        };
        match self.formula {
            Some(_) => format!("{value}, computed by a formula{}", self.formula_shown()),
            None => value,
        }
    }

    fn formula_shown(&self) -> String {
        match self.formula.as_deref() {
            Some("") | None => String::new(),
            Some(formula) => format!(" (={})", words::shortened(formula)),
        }
    }
}

/// A number as a person writes it, unless it is far too long for that.
pub fn shown(number: f64) -> String {
    let plain = number == 0.0 || (1e-6..1e15).contains(&number.abs());
    if plain { format!("{number}") } else { format!("{number:e}") }
}

fn described_date(date: &ExcelDateTime) -> String {
    let number = date.as_f64();
    let as_number = shown(number);
    if date.is_duration() {
        format!("a length of time (the number {as_number} in a time format)")
    } else if (0.0..1.0).contains(&number) {
        format!("a time of day (the number {as_number} in a time format)")
    } else if (0.0..AFTER_9999).contains(&number) {
        let (year, month, day, ..) = date.to_ymd_hms_milli();
        format!("the date {year:04}-{month:02}-{day:02} (the number {as_number} in a date format)")
    } else {
        format!("a date (the number {as_number} in a date format)")
    }
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    #[test]
    fn a_serial_number_is_the_day_that_excel_shows() {
        let said = |number, from_1904| {
            described_date(&ExcelDateTime::new(number, ExcelDateTimeType::DateTime, from_1904))
        };
        assert_eq!(said(85_000.0, false), "the date 2132-09-19 (the number 85000 in a date format)");
        assert_eq!(said(61.5, false), "the date 1900-03-01 (the number 61.5 in a date format)");
        assert_eq!(said(1.0, true), "the date 1904-01-02 (the number 1 in a date format)");
        for (number, shown) in [(-1.0, "-1"), (1e300, "1e300"), (f64::NAN, "NaN")] {
            assert_eq!(said(number, true), format!("a date (the number {shown} in a date format)"));
        }
    }
}
