//! Whether a cell's number is meant as a percentage, which calamine does not tell from other numbers.

use calamine::Style;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Number,
    Percent,
}

/// What the style's number format shows, unless it is for calamine to tell dates from other numbers.
pub fn of(style: &Style) -> Option<Format> {
    by_code(&style.number_format.as_ref()?.format_code)
}

/// By the first section of a code such as `#,##0\ "USD"`.
fn by_code(code: &str) -> Option<Format> {
    let mut characters = code.chars();
    let mut placeholder = false;
    while let Some(c) = characters.next() {
        match c {
            ';' => break,
            // The next character is text, a width, or a filling.
            '\\' | '_' | '*' => {
                characters.next();
            }
            '"' => {
                characters.find(|c| *c == '"');
            }
            '[' => {
                characters.find(|c| *c == ']');
            }
            '%' => return Some(Format::Percent),
            '#' | '?' => placeholder = true,
            _ => {}
        }
    }
    // In `#,##0 USD` somebody forgot to quote the unit, of which calamine takes the S for seconds.
    placeholder.then_some(Format::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tell_percentages_and_numbers_from_what_may_be_a_date() {
        for code in ["0%", "0.00\\ %", "#,##0%"] {
            assert_eq!(by_code(code), Some(Format::Percent), "{code}");
        }
        for code in
            ["#,##0.00", "\"$\"#,##0", "[$€-407]\\ #,##0.00", "_(* #,##0_);_(* (#,##0);_(@_)", "#,##0 USD"]
        {
            assert_eq!(by_code(code), Some(Format::Number), "{code}");
        }
        for code in ["General", "0", "yyyy\\-mm\\-dd", "[h]:mm", "0;0%", "\"#\"0", "0\\%"] {
            assert_eq!(by_code(code), None, "{code}");
        }
    }
}
