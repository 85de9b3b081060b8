//! Reads the two spreadsheets. Columns are found by name; errors name file, sheet, row and column.

use std::path::Path;

use calamine::{Data, Range, Reader, Xlsx, open_workbook};

use super::error::WorkbookError;

pub const TYPE: &str = "Type";
pub const CAREER: &str = "Career";
pub const SALARY: &str = "Average Salary (USD)";
/// Optional.
pub const SOC_CODE: &str = "SOC code";
/// Optional.
pub const FIT: &str = "Fit";
/// Optional.
pub const REASON: &str = "Reason";

/// A row of a spreadsheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<K> {
    pub key: K,
    pub career: String,
    /// US dollars a year.
    pub salary_usd: u32,
    pub soc: Option<String>,
    pub fit: Option<f64>,
    pub reason: Option<String>,
}

/// Reads the first sheet. `parse_key` parses a Type cell; every key in `all` must have a row.
pub fn read<K: Copy + PartialEq + std::fmt::Display>(
    file: &Path,
    all: &[K],
    expected: &'static str,
    parse_key: impl Fn(&str) -> Option<K>,
) -> Result<Vec<Row<K>>, WorkbookError> {
    let open = |source| WorkbookError::Open { file: file.to_path_buf(), source };
    let mut workbook: Xlsx<_> = open_workbook(file).map_err(open)?;
    let sheet = workbook.sheet_names().first().cloned().unwrap_or_default();
    let range = match workbook.worksheet_range_at(0) {
        Some(range) => range.map_err(open)?,
        None => Range::empty(),
    };
    let at = Sheet { file, sheet: &sheet };
    let first_row = range.start().map_or(0, |(row, _)| row as usize);
    let mut rows = range.rows().enumerate().filter(|(_, cells)| cells.iter().any(|cell| !is_blank(cell)));
    let Some((header_at, header)) = rows.next() else { return Err(at.empty()) };
    let columns = Columns::find(header, &at, first_row + header_at + 1)?;
    let mut read = Vec::new();
    for (i, cells) in rows {
        let row = first_row + i + 1;
        // Other columns are ignored, and so are rows that are empty otherwise.
        if columns.known().all(|at| cells.get(at).is_none_or(is_blank)) {
            continue;
        }
        let key_text = text(&cells[columns.key]);
        let key = parse_key(&key_text).ok_or_else(|| at.cell(row, TYPE, expected, &cells[columns.key]))?;
        let career = text(&cells[columns.career]);
        if career.is_empty() {
            return Err(at.cell(row, CAREER, "a title", &cells[columns.career]));
        }
        let salary_usd = dollars(&cells[columns.salary])
            .ok_or_else(|| at.cell(row, SALARY, "a number of dollars", &cells[columns.salary]))?;
        let optional = |place: Option<usize>| place.map(|p| text(&cells[p])).filter(|t| !t.is_empty());
        let fit = match columns.fit {
            Some(place) if !is_blank(&cells[place]) => {
                Some(number(&cells[place]).ok_or_else(|| at.cell(row, FIT, "a number", &cells[place]))?)
            }
            _ => None,
        };
        read.push(Row {
            key,
            career,
            salary_usd,
            soc: optional(columns.soc),
            fit,
            reason: optional(columns.reason),
        });
    }
    if read.is_empty() {
        return Err(at.empty());
    }
    let missing: Vec<String> =
        all.iter().filter(|k| read.iter().all(|row| row.key != **k)).map(K::to_string).collect();
    if !missing.is_empty() {
        let (file, sheet) = (file.to_path_buf(), sheet.clone());
        return Err(WorkbookError::Missing { file, sheet, missing: missing.join(", ") });
    }
    Ok(read)
}

/// The positions of the known columns.
struct Columns {
    key: usize,
    career: usize,
    salary: usize,
    soc: Option<usize>,
    fit: Option<usize>,
    reason: Option<usize>,
}

impl Columns {
    fn find(header: &[Data], at: &Sheet<'_>, row: usize) -> Result<Self, WorkbookError> {
        let names: Vec<String> = header.iter().map(text).collect();
        let place = |name: &str| names.iter().position(|n| n.eq_ignore_ascii_case(name));
        let must = |column: &'static str| {
            place(column).ok_or_else(|| WorkbookError::Column {
                file: at.file.to_path_buf(),
                sheet: at.sheet.to_string(),
                row,
                column,
                found: names.iter().filter(|n| !n.is_empty()).cloned().collect::<Vec<_>>().join(", "),
            })
        };
        Ok(Columns {
            key: must(TYPE)?,
            career: must(CAREER)?,
            salary: must(SALARY)?,
            soc: place(SOC_CODE),
            fit: place(FIT),
            reason: place(REASON),
        })
    }

    fn known(&self) -> impl Iterator<Item = usize> {
        [self.key, self.career, self.salary].into_iter().chain(self.soc).chain(self.fit).chain(self.reason)
    }
}

/// The sheet that an error names.
struct Sheet<'a> {
    file: &'a Path,
    sheet: &'a str,
}

impl Sheet<'_> {
    fn empty(&self) -> WorkbookError {
        WorkbookError::Empty { file: self.file.to_path_buf(), sheet: self.sheet.to_string() }
    }

    fn cell(&self, row: usize, column: &'static str, expected: &'static str, cell: &Data) -> WorkbookError {
        let found = match cell {
            blank if is_blank(blank) => "an empty cell".to_string(),
            other => format!("\"{}\"", other),
        };
        let (file, sheet) = (self.file.to_path_buf(), self.sheet.to_string());
        WorkbookError::Cell { file, sheet, row, column, expected, found }
    }
}

fn is_blank(cell: &Data) -> bool {
    match cell {
        Data::Empty => true,
        Data::String(s) => s.trim().is_empty(),
        _ => false,
    }
}

/// A cell as text, single spaces between words.
fn text(cell: &Data) -> String {
    cell.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A cell as a number; a number typed as text counts.
fn number(cell: &Data) -> Option<f64> {
    let value = match cell {
        Data::Int(i) => *i as f64,
        Data::Float(f) => *f,
        Data::String(s) => s.trim().parse().ok()?,
        _ => return None,
    };
    value.is_finite().then_some(value)
}

/// A cell as whole dollars, from 0 up.
fn dollars(cell: &Data) -> Option<u32> {
    let rounded = number(cell)?.round();
    (0.0..=f64::from(u32::MAX)).contains(&rounded).then_some(rounded as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personality::Trait;
    use rust_xlsxwriter::{Workbook, Worksheet};

    /// A sheet with a header in row 1 and one row for each trait, then whatever `change` does to it.
    fn read_changed(change: impl Fn(&mut Worksheet)) -> Result<Vec<Row<Trait>>, String> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("traits.xlsx");
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet().set_name("Jobs").unwrap();
        for (column, name) in [TYPE, "Notes", CAREER, SALARY].into_iter().enumerate() {
            sheet.write(0, column as u16, name).unwrap();
        }
        for (i, t) in Trait::ALL.into_iter().enumerate() {
            let line = i as u32 + 1;
            sheet.write(line, 0, t.name()).unwrap();
            sheet.write(line, 2, format!("Job {i}")).unwrap();
            sheet.write(line, 3, 50_000.4 + i as f64).unwrap();
        }
        change(sheet);
        workbook.save(&file).unwrap();
        let read = super::read(&file, &Trait::ALL, "one of the five traits", Trait::parse);
        read.map_err(|error| error.to_string().replace(&file.display().to_string(), "traits.xlsx"))
    }

    #[test]
    fn columns_are_found_by_name_and_others_may_stand_beside() {
        let rows = read_changed(|_| {}).unwrap();
        assert_eq!(rows.len(), 5);
        let first = &rows[0];
        assert_eq!(
            (first.key, first.career.as_str(), first.salary_usd),
            (Trait::Extraversion, "Job 0", 50_000)
        );
        assert_eq!((first.soc.as_ref(), first.reason.as_ref()), (None, None));
    }

    #[test]
    fn empty_columns_and_rows_and_numbers_typed_as_text_are_no_matter() {
        let rows = read_changed(|sheet| {
            sheet.write(0, 9, " ").unwrap();
            sheet.write(20, 9, "a remark nobody reads").unwrap();
            sheet.write(30, 0, " Extroversion ").unwrap();
            sheet.write(30, 2, "Far  below").unwrap();
            sheet.write(30, 3, "61000").unwrap();
        })
        .unwrap();
        assert_eq!(
            (rows[5].key, rows[5].career.as_str(), rows[5].salary_usd),
            (Trait::Extraversion, "Far below", 61_000)
        );
    }

    #[test]
    fn an_error_names_file_sheet_row_and_column() {
        let error = |change: fn(&mut Worksheet)| read_changed(change).unwrap_err();
        let in_column = |column: &str, rest: &str| format!("traits.xlsx, sheet \"Jobs\", {column}: {rest}");
        assert_eq!(
            error(|s| drop(s.write(0, 2, "Job"))),
            in_column("row 1", "no column \"Career\" among Type, Notes, Job, Average Salary (USD)")
        );
        assert_eq!(
            error(|s| drop(s.write(3, 0, "Honesty"))),
            in_column("row 4, column \"Type\"", "expected one of the five traits, found \"Honesty\"")
        );
        assert_eq!(
            error(|s| drop(s.write(2, 3, "about 50k"))),
            in_column(
                "row 3, column \"Average Salary (USD)\"",
                "expected a number of dollars, found \"about 50k\""
            )
        );
        assert_eq!(
            error(|s| drop(s.write(2, 3, -1))),
            in_column("row 3, column \"Average Salary (USD)\"", "expected a number of dollars, found \"-1\"")
        );
        assert_eq!(
            error(|s| drop(s.write(5, 2, " "))),
            in_column("row 6, column \"Career\"", "expected a title, found an empty cell")
        );
        assert_eq!(
            error(|s| drop(s.write(4, 0, "Openness"))),
            in_column("column \"Type\"", "no row for Conscientiousness")
        );
    }

    #[test]
    fn an_empty_sheet_and_a_file_that_is_no_workbook_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("traits.xlsx");
        let read = || super::read(&file, &Trait::ALL, "one of the five traits", Trait::parse).unwrap_err();
        assert!(matches!(read(), WorkbookError::Open { .. }));
        std::fs::write(&file, b"Type,Career").unwrap();
        assert!(matches!(read(), WorkbookError::Open { .. }));
        let mut workbook = Workbook::new();
        workbook.add_worksheet();
        workbook.save(&file).unwrap();
        assert!(matches!(read(), WorkbookError::Empty { .. }));
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        for (column, name) in [TYPE, CAREER, SALARY].into_iter().enumerate() {
            sheet.write(0, column as u16, name).unwrap();
        }
        workbook.save(&file).unwrap();
        assert!(matches!(read(), WorkbookError::Empty { .. }), "a header without rows is an empty sheet");
    }
}
