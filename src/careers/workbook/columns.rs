//! Finds the header, and in it the columns by their names.

use super::cells::{Rows, SheetRow};
use super::fault::Fault;
use super::references::letters;
use super::value::{Cell, Value};
use super::{limits, words};

pub const TYPE: &str = "Type";
pub const CAREER: &str = "Career";
pub const SALARY: &str = "Average Salary (USD)";
/// Optional.
pub const SOC_CODE: &str = "SOC code";
/// Optional.
pub const FIT: &str = "Fit";
/// Optional.
pub const REASON: &str = "Reason";

/// The positions of the known columns, from 0 up.
#[derive(Debug)]
pub struct Columns {
    pub key: u32,
    pub career: u32,
    pub salary: u32,
    pub soc: Option<u32>,
    pub fit: Option<u32>,
    pub reason: Option<u32>,
}

impl Columns {
    /// Reads up to the header: the first row with all three columns that have to be there. Titles and notes may stand
    /// above it. The second fault is of a sheet that can be read and has no header.
    pub fn find(rows: &mut Rows<'_>, sheet: &str) -> Result<Result<Self, Fault>, Fault> {
        let mut closest: Option<(usize, Fault)> = None;
        for _ in 0..limits::HEADER_WITHIN {
            let Some(row) = rows.next_row()? else { break };
            let missing: Vec<&str> =
                [TYPE, CAREER, SALARY].into_iter().filter(|name| places(&row, name).is_empty()).collect();
            if missing.is_empty() {
                return Ok(Columns::of(&row, sheet));
            }
            if closest.as_ref().is_none_or(|(least, _)| missing.len() < *least) {
                closest = Some((missing.len(), lacking(&row, sheet, &missing)));
            }
        }
        Ok(Err(closest.map_or_else(|| empty(sheet, "an empty sheet"), |(_, fault)| fault)))
    }

    fn of(row: &SheetRow<'_>, sheet: &str) -> Result<Self, Fault> {
        let once = |name: &str| match places(row, name).as_slice() {
            [] => Ok(None),
            [place] => Ok(Some(*place)),
            several => {
                let found: Vec<String> = several.iter().take(5).map(|column| letters(*column)).collect();
                let place = format!("{sheet}, row {}", row.number);
                let found = format!("it in the columns {}", found.join(" and "));
                Err(Fault::new(place, format!("the column \"{name}\" once"), found))
            }
        };
        Ok(Columns {
            // The header has these.
            key: once(TYPE)?.unwrap_or_default(),
            career: once(CAREER)?.unwrap_or_default(),
            salary: once(SALARY)?.unwrap_or_default(),
            soc: once(SOC_CODE)?,
            fit: once(FIT)?,
            reason: once(REASON)?,
        })
    }

    pub fn known(&self) -> impl Iterator<Item = u32> {
        [self.key, self.career, self.salary].into_iter().chain(self.soc).chain(self.fit).chain(self.reason)
    }
}

/// The columns whose cell in this row is the name, in any case.
fn places(row: &SheetRow<'_>, name: &str) -> Vec<u32> {
    let named = |cell: &Cell<'_>| match &cell.value {
        Value::Text(text) => words::cleaned(text).eq_ignore_ascii_case(name),
        _ => false,
    };
    row.cells().filter(|(_, cell)| named(cell)).map(|(column, _)| *column).collect()
}

fn lacking(row: &SheetRow<'_>, sheet: &str, missing: &[&str]) -> Fault {
    let mut found: Vec<String> = row.cells().take(12).map(|(_, cell)| cell.described()).collect();
    if row.cells().count() > found.len() {
        found.push("…".to_owned());
    }
    let columns = if missing.len() == 1 { "a column" } else { "columns" };
    let expected = format!("{columns} \"{}\"", missing.join("\", \""));
    Fault::new(format!("{sheet}, row {}", row.number), expected, found.join(", "))
}

/// A sheet without careers.
pub fn empty(sheet: &str, found: &str) -> Fault {
    Fault::new(sheet, "a header row and at least one career", found)
}
