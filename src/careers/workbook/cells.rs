//! The cells of a sheet row by row, as calamine reads them. Memory grows with the cells of one row, never with the area
//! between far cells.

use std::borrow::Cow;
use std::io::Cursor;
use std::iter::Peekable;
use std::vec::IntoIter;

use calamine::{DataRef, Dimensions, XlsxCellReader, XlsxError};

use super::book::{Tab, Workbook};
use super::fault::Fault;
use super::formats::{self, Format};
use super::value::{Cell, Value};

/// Row and column, from 0 up.
type Position = (u32, u32);

/// The cells of a row that are not blank.
pub struct SheetRow<'a> {
    /// From 1 up, as spreadsheet programs count.
    pub number: u32,
    /// By column, from 0 up.
    cells: Vec<(u32, Cell<'a>)>,
}

impl<'a> SheetRow<'a> {
    pub fn cell(&self, column: u32) -> Option<&Cell<'a>> {
        let found = self.cells.binary_search_by_key(&column, |(column, _)| *column).ok()?;
        self.cells.get(found).map(|(_, cell)| cell)
    }

    pub fn cells(&self) -> impl Iterator<Item = &(u32, Cell<'a>)> {
        self.cells.iter()
    }
}

pub struct Rows<'a> {
    reader: XlsxCellReader<'a, Cursor<Vec<u8>>>,
    /// The numbers that are not shown as calamine tells, in the order of their cells.
    shown: Peekable<IntoIter<(Position, Format)>>,
    merged: Vec<Dimensions>,
    place: String,
    /// The first cell of the next row.
    next: Option<(Position, Cell<'a>)>,
}

impl<'a> Rows<'a> {
    pub fn open(workbook: &'a mut Workbook, tab: &Tab) -> Result<Self, Fault> {
        let copy = tab.copied.clone()?;
        let unread = |error| unread(&tab.place, error);
        let merged = workbook.merge_cells_by_sheet_name(&copy).map_err(unread)?;
        let shown = shown(workbook, &copy).map_err(unread)?.into_iter().peekable();
        let reader = workbook.worksheet_cells_reader(&copy).map_err(unread)?;
        let mut rows = Rows { reader, shown, merged, place: tab.place.clone(), next: None };
        rows.next = rows.next_cell()?;
        Ok(rows)
    }

    /// The next row that is not blank.
    pub fn next_row(&mut self) -> Result<Option<SheetRow<'a>>, Fault> {
        let Some(((row, column), cell)) = self.next.take() else { return Ok(None) };
        let mut cells = vec![(column, cell)];
        loop {
            match self.next_cell()? {
                Some(((next, column), cell)) if next == row => cells.push((column, cell)),
                other => {
                    self.next = other;
                    return Ok(Some(SheetRow { number: row + 1, cells }));
                }
            }
        }
    }

    /// The merged cells that contain a cell without being named by it: only the first of merged cells holds a value. The row
    /// counts from 1 up.
    pub fn merged(&self, column: u32, row: u32) -> Option<&Dimensions> {
        let at = (row - 1, column);
        self.merged.iter().find(|area| area.contains(at.0, at.1) && area.start != at)
    }

    /// The next cell that is not blank.
    fn next_cell(&mut self) -> Result<Option<(Position, Cell<'a>)>, Fault> {
        while let Some(read) = self.reader.next_cell_with_formula().map_err(|e| unread(&self.place, e))? {
            let value = self.value(read.pos, read.value);
            let cell = Cell { value, formula: read.formula };
            if !cell.is_blank() {
                return Ok(Some((read.pos, cell)));
            }
        }
        Ok(None)
    }

    fn value(&mut self, at: Position, read: DataRef<'a>) -> Value<'a> {
        let format = self.shown.next_if(|(position, _)| *position == at).map(|(_, format)| format);
        let number = match &read {
            DataRef::Int(number) => Some(*number as f64),
            DataRef::Float(number) => Some(*number),
            DataRef::DateTime(date) => Some(date.as_f64()),
            _ => None,
        };
        match (read, number, format) {
            (_, Some(number), Some(Format::Number)) => Value::Number(number),
            (_, Some(number), Some(Format::Percent)) => Value::Percent(number),
            (DataRef::DateTime(date), ..) => Value::Date(date),
            (_, Some(number), None) => Value::Number(number),
            (DataRef::String(text), ..) => Value::Text(Cow::Owned(text)),
            (DataRef::SharedString(text), ..) => Value::Text(Cow::Borrowed(text)),
            (DataRef::Bool(value), ..) => Value::Logical(value),
            (DataRef::DateTimeIso(date) | DataRef::DurationIso(date), ..) => Value::IsoDate(date),
            (DataRef::Error(error), ..) => Value::Text(error.to_string().into()),
            (DataRef::Empty | DataRef::Int(_) | DataRef::Float(_), ..) => Value::Blank,
        }
    }
}

fn unread(place: &str, error: XlsxError) -> Fault {
    Fault::new(place, "a sheet with cells", error.to_string())
}

/// The numbers that are not shown as calamine tells. It gives a cell's style or its formula, so the sheet is read twice.
fn shown(workbook: &mut Workbook, sheet: &str) -> Result<Vec<(Position, Format)>, XlsxError> {
    let mut reader = workbook.worksheet_cells_reader(sheet)?;
    let formats: Vec<Option<Format>> = reader.styles().iter().map(formats::of).collect();
    let mut shown = Vec::new();
    if formats.iter().all(Option::is_none) {
        return Ok(shown);
    }
    while let Some((cell, style)) = reader.next_cell_with_style_id()? {
        let format = formats.get(style).copied().flatten();
        match (cell.get_value(), format) {
            (DataRef::DateTime(_), Some(format)) | (DataRef::Float(_), Some(format @ Format::Percent)) => {
                shown.push((cell.get_position(), format));
            }
            _ => {}
        }
    }
    Ok(shown)
}
