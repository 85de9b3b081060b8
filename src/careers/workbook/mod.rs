//! Reads the two spreadsheets: an archive within limits, row by row, columns by name, every value judged. calamine reads the
//! cells, from a copy of the workbook without what would make it set memory aside (`book`, `kept`, `copy`, `rules`).
//!
//! Spreadsheets come from outside. Whatever the file is, the answer is its careers or what is wrong with it, in bounded
//! memory and time. docs/SPREADSHEETS.md says what is taken and what is refused.

mod book;
mod cells;
mod columns;
mod copy;
mod fault;
mod file;
mod formats;
mod judge;
mod kept;
mod kinds;
pub mod limits;
mod package;
mod references;
mod rules;
mod sheet;
#[cfg(test)]
mod tests;
mod value;
mod words;
mod xml;

use std::path::Path;

pub use columns::{CAREER, SALARY, TYPE};
#[cfg(any(test, feature = "training"))]
pub use columns::{FIT, REASON, SOC_CODE};
pub use fault::Faults;
pub use file::read_bounded;
pub use sheet::{Keys, Row, Sheet};

use super::error::WorkbookError;
use book::Tab;
use cells::Rows;
use columns::Columns;
use fault::Fault;
use package::Package;
use sheet::Judge;

/// Reads the careers from the bytes of a workbook. `file` is named in errors.
///
/// The sheet is the first visible one that has the columns.
pub fn read<K: Copy + PartialEq + std::fmt::Display>(
    file: &Path,
    bytes: &[u8],
    keys: &Keys<'_, K>,
) -> Result<Sheet<K>, WorkbookError> {
    sheet_of(bytes, keys).map_err(|faults| WorkbookError::Faulty { file: file.to_path_buf(), faults })
}

fn sheet_of<K: Copy + PartialEq + std::fmt::Display>(
    bytes: &[u8],
    keys: &Keys<'_, K>,
) -> Result<Sheet<K>, Faults> {
    let mut package = Package::open(bytes)?;
    let (mut workbook, tabs) = book::read(&mut package)?;
    let mut first: Option<Fault> = None;
    for tab in tabs.iter().filter(|tab| tab.visible) {
        let mut rows = Rows::open(&mut workbook, tab)?;
        match Columns::find(&mut rows, &tab.place)? {
            Ok(columns) => {
                return Judge::new(&tab.place, &columns, keys).careers(&mut rows, words::cleaned(&tab.name));
            }
            Err(fault) => first = first.or(Some(fault)),
        }
    }
    Err(without_header(first, &tabs).into())
}

/// The fault of the first visible sheet, or that there is none; hidden sheets are mentioned.
fn without_header(first: Option<Fault>, sheets: &[Tab]) -> Fault {
    let hidden: Vec<String> =
        sheets.iter().filter(|tab| !tab.visible).take(5).map(|tab| words::described(&tab.name)).collect();
    let mut fault =
        first.unwrap_or_else(|| Fault::of_file("a workbook with a visible sheet", "none that is visible"));
    if !hidden.is_empty() {
        fault.found.push_str(&format!("; hidden sheets are not read: {}", hidden.join(", ")));
    }
    fault
}
