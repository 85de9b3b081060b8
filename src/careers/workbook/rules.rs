//! What calamine would stop at, or misread, in the cells of a sheet.

use super::copy::{Attributes, Rules};
use super::fault::Fault;
use super::limits;
use super::references::{area, name, position};

/// What a cell states to hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    /// The number of a text in the table of texts.
    Shared,
    Logical,
    Text,
    Error,
    Date,
}

/// Cells in their order and within Excel's area, each with its name and a value of its kind.
pub struct Cells<'a> {
    /// "sheet "Careers""
    pub sheet: &'a str,
    /// How many texts the table of texts has.
    pub texts: usize,
    /// The number of the row that was read last, from 1 up.
    row: u32,
    /// The column after the last cell, from 0 up.
    next: u32,
    kind: Kind,
}

impl<'a> Cells<'a> {
    pub fn new(sheet: &'a str, texts: usize) -> Self {
        Cells { sheet, texts, row: 0, next: 0, kind: Kind::Number }
    }

    fn fault(&self, expected: impl Into<String>, found: impl Into<String>) -> Fault {
        Fault::new(self.sheet, expected, found)
    }

    /// A fault of the last cell.
    fn cell_fault(&self, expected: impl Into<String>, found: &str) -> Fault {
        let cell = name(self.next.saturating_sub(1), self.row);
        Fault::new(format!("{}, cell {cell}", self.sheet), expected, format!("\"{found:.20}\""))
    }

    /// Rows and cells need not state where they are; here they do.
    fn row(&mut self, row: &mut Attributes) -> Result<(), Fault> {
        let number = match row.get("r") {
            Some(stated) => {
                stated.parse().ok().filter(|n| (1..=limits::LAST_ROW).contains(n)).ok_or_else(|| {
                    self.fault("rows from 1 to 1,048,576", format!("a row of the number {stated:.20}"))
                })?
            }
            None => self.row + 1,
        };
        if number <= self.row || number > limits::LAST_ROW {
            let found = format!("row {number} after row {}", self.row);
            return Err(self.fault("rows in their order, up to 1,048,576", found));
        }
        (self.row, self.next) = (number, 0);
        row.set("r", number.to_string());
        Ok(())
    }

    fn cell(&mut self, cell: &mut Attributes) -> Result<(), Fault> {
        let column = match cell.get("r") {
            Some(stated) => match position(stated) {
                Some((row, column)) if row == self.row && column >= self.next => column,
                Some(_) => {
                    let last = self.next.checked_sub(1).map(|column| name(column, self.row));
                    let after = last.map(|last| format!(", after {last}")).unwrap_or_default();
                    let found = format!("a cell {stated} in row {}{after}", self.row);
                    return Err(self.fault("cells in their order", found));
                }
                None => {
                    let found = format!("one called \"{stated:.20}\"");
                    return Err(self.fault("cells from A1 to XFD1048576", found));
                }
            },
            None if self.next < limits::COLUMNS => self.next,
            None => {
                return Err(self.fault("cells up to column XFD", format!("more in row {}", self.row)));
            }
        };
        self.next = column + 1;
        cell.set("r", name(column, self.row));
        let stated = cell.take("t");
        self.kind = match stated.as_deref() {
            None | Some("n") => Kind::Number,
            Some("s") => Kind::Shared,
            Some("b") => Kind::Logical,
            Some("d") => Kind::Date,
            Some("str" | "inlineStr") => Kind::Text,
            Some("e") => Kind::Error,
            Some(other) => return Err(self.cell_fault("a cell of a type that workbooks have", other)),
        };
        let kind = match self.kind {
            Kind::Number => return Ok(()),
            Kind::Shared => "s",
            Kind::Logical => "b",
            // In a cell for inline text calamine does not read the element "v", where some programs write it. Of errors it knows
            // seven, and refuses a sheet with another, so they pass as their names.
            Kind::Text | Kind::Error => "str",
            Kind::Date => "d",
        };
        cell.set("t", kind);
        Ok(())
    }
}

impl Rules for Cells<'_> {
    fn element(&mut self, name: &str, attributes: &mut Attributes) -> Result<bool, Fault> {
        match name {
            "row" => self.row(attributes)?,
            "c" => self.cell(attributes)?,
            "mergeCell" => return Ok(attributes.get("ref").and_then(area).is_some()),
            _ => {}
        }
        Ok(true)
    }

    fn text(&mut self, name: &str, text: String) -> Result<Option<String>, Fault> {
        if name != "v" || self.kind == Kind::Text {
            return Ok(Some(text));
        }
        let value = text.trim();
        let digits = || value.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
        match self.kind {
            _ if value.is_empty() => return Ok(None),
            Kind::Number if !digits() || !value.parse().is_ok_and(f64::is_finite) => {
                return Err(self.cell_fault("a number", value));
            }
            Kind::Shared if !value.parse().is_ok_and(|number: usize| number < self.texts) => {
                return Err(self.cell_fault(format!("the number of one of {} texts", self.texts), value));
            }
            Kind::Logical if !matches!(value, "0" | "1" | "true" | "false" | "TRUE" | "FALSE") => {
                return Err(self.cell_fault("0 or 1 in a cell for logical values", value));
            }
            _ => {}
        }
        Ok(Some(value.to_owned()))
    }
}
