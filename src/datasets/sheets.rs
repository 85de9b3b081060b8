//! Writes the spreadsheets. The same rows give the same bytes on any day.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::careers::occupation::Occupation;
use crate::careers::workbook::{CAREER, FIT, REASON, SALARY, SOC_CODE, TYPE};

/// The first three columns are those of the original spreadsheets.
pub const COLUMNS: [&str; 13] = [
    TYPE,
    CAREER,
    SALARY,
    SOC_CODE,
    "Median wage (USD)",
    "Wage published for",
    "Employment",
    "Typical education",
    "Job zone",
    "Projected growth 2024-34 (%)",
    "Openings a year",
    FIT,
    REASON,
];

/// A row of a spreadsheet.
#[derive(Clone, Debug)]
pub struct SheetRow<'a> {
    /// The name of a type or trait.
    pub key: &'static str,
    pub occupation: &'a Occupation,
    /// In standard deviations above the average occupation.
    pub fit: f64,
    pub reason: String,
}

/// One spreadsheet: the careers, and a second sheet with the sources.
pub fn workbook(rows: &[SheetRow<'_>], notes: &[&str]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // A fixed date keeps builds reproducible.
    let released = ExcelDateTime::from_ymd(2026, 5, 15)?;
    workbook.set_properties(&DocProperties::new().set_title("Careers").set_creation_datetime(&released));
    let bold = Format::new().set_bold();
    let sheet = workbook.add_worksheet().set_name("Careers")?;
    for (column, name) in (0u16..).zip(COLUMNS) {
        sheet.write_with_format(0, column, name, &bold)?;
    }
    for (line, row) in (1u32..).zip(rows) {
        write_row(sheet, line, row)?;
    }
    for (column, width) in
        [8.0, 48.0, 14.0, 9.0, 12.0, 24.0, 12.0, 28.0, 8.0, 12.0, 12.0, 6.0, 90.0].into_iter().enumerate()
    {
        sheet.set_column_width(column as u16, width)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let sources = workbook.add_worksheet().set_name("Sources")?;
    sources.set_column_width(0, 120)?;
    for (line, note) in (0u32..).zip(notes) {
        sources.write(line, 0, *note)?;
    }
    workbook.save_to_buffer()
}

fn write_row(sheet: &mut Worksheet, line: u32, row: &SheetRow<'_>) -> Result<(), XlsxError> {
    let o = row.occupation;
    let wider = o.pay.wider_group.as_deref().unwrap_or("this occupation");
    sheet
        .write(line, 0, row.key)?
        .write(line, 1, &o.title)?
        .write(line, 2, o.pay.mean)?
        .write(line, 3, &o.soc)?
        .write(line, 4, o.pay.median())?
        .write(line, 5, wider)?
        .write(line, 6, o.pay.employment)?
        .write(line, 7, &o.outlook.education)?
        .write(line, 8, o.job_zone)?
        .write(line, 9, o.outlook.growth_pct)?
        .write(line, 10, o.outlook.openings)?
        .write(line, 11, (row.fit * 100.0).round() / 100.0)?
        .write(line, 12, &row.reason)?;
    Ok(())
}
