//! The names of cells and of areas: C3, A2:A5.

use super::limits;

/// Row (from 1 up) and column (from 0 up) of a cell such as "C3". None for anything else, and beyond XFD1048576.
pub fn position(reference: &str) -> Option<(u32, u32)> {
    let digits = reference.find(|c: char| !c.is_ascii_alphabetic())?;
    let (letters, digits) = reference.split_at(digits);
    if !(1..=3).contains(&letters.len()) || digits.len() > 7 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let column =
        letters.bytes().fold(0, |all, b| all * 26 + u32::from(b.to_ascii_uppercase() - b'A') + 1) - 1;
    let row: u32 = digits.parse().ok()?;
    ((1..=limits::LAST_ROW).contains(&row) && column < limits::COLUMNS).then_some((row, column))
}

/// The letters of a column, from 0 up.
pub fn letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// The name of a cell.
pub fn name(column: u32, row: u32) -> String {
    format!("{}{row}", letters(column))
}

/// The name of a cell by its row and column, both from 0 up.
pub fn at((row, column): (u32, u32)) -> String {
    name(column, row + 1)
}

/// The first and the last cell of an area such as "A2:A5".
pub fn area(reference: &str) -> Option<((u32, u32), (u32, u32))> {
    let (first, last) = reference.split_once(':')?;
    let (first, last) = position(first).zip(position(last))?;
    (first.0 <= last.0 && first.1 <= last.1).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_cells_are_read_and_written() {
        for (text, row, column) in
            [("A1", 1, 0), ("z9", 9, 25), ("AA10", 10, 26), ("XFD1048576", 1_048_576, 16_383)]
        {
            assert_eq!(position(text), Some((row, column)));
            assert_eq!(name(column, row), text.to_uppercase());
        }
        for text in
            ["", "A", "1", "A0", "XFE1", "A1048577", "A1B", "AAAA1", "A-1", "É1", "A99999999", "A1:B2"]
        {
            assert_eq!(position(text), None, "{text}");
        }
        assert_eq!(area("A2:B5"), Some(((2, 0), (5, 1))));
        assert_eq!((area("A2"), area("B2:A5"), area("A5:A2"), area("A0:A2")), (None, None, None, None));
    }
}
