//! CSV files that people open in a spreadsheet.
//!
//! A spreadsheet treats a cell that begins with certain characters as a formula and computes it, whoever wrote it. Such
//! a cell gets an apostrophe in front, which marks it as text. A byte-order mark tells spreadsheets that the file is
//! UTF-8.

use std::borrow::Cow;

/// The characters that make a cell a formula, or that are skipped before one.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Writes rows.
pub struct Sheet(csv::Writer<Vec<u8>>);

impl Sheet {
    pub fn new() -> Sheet {
        Sheet(csv::Writer::from_writer(BYTE_ORDER_MARK.as_bytes().to_vec()))
    }

    /// More rows of a file that another one began.
    pub fn continued() -> Sheet {
        Sheet(csv::Writer::from_writer(Vec::new()))
    }

    /// Adds a row.
    ///
    /// # Errors
    /// If a row has another number of cells than the first.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> Result<(), csv::Error> {
        self.0.write_record(cells.into_iter().map(|cell| text(cell).into_owned()))
    }

    /// The whole file.
    ///
    /// # Errors
    /// Never in memory.
    pub fn bytes(self) -> Result<Vec<u8>, csv::Error> {
        self.0.into_inner().map_err(|error| error.into_error().into())
    }
}

/// A cell that no spreadsheet computes. A number stays a number, including its sign.
fn text(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(FORMULA) && cell.parse::<f64>().is_err() {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_a_spreadsheet_would_compute_is_text() {
        for cell in ["=1+1", "+1 (555) 0100", "-mostly", "@home", "\t=1", "\r=1"] {
            assert_eq!(text(cell), format!("'{cell}"));
        }
        for cell in ["", "tea", "-3.5", "+2", "1=1", "'=1"] {
            assert_eq!(text(cell), cell);
        }
    }

    #[test]
    fn a_file_begins_with_a_byte_order_mark_which_readers_skip() {
        let mut sheet = Sheet::new();
        sheet.row(["name", "value"]).unwrap();
        sheet.row(["é", "=HYPERLINK(\"x\")"]).unwrap();
        let bytes = sheet.bytes().unwrap();
        assert!(bytes.starts_with(&[0xef, 0xbb, 0xbf]));
        let mut read = csv::Reader::from_reader(&bytes[..]);
        assert_eq!(read.headers().unwrap(), vec!["name", "value"]);
        assert_eq!(read.records().next().unwrap().unwrap(), vec!["é", "'=HYPERLINK(\"x\")"]);
    }
}
