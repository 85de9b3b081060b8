//! The careers of a sheet: every row below the header judged, no name doubled, no type missing.

use std::collections::HashMap;
use std::fmt::Display;

use super::cells::{Rows, SheetRow};
use super::columns::{self, CAREER, Columns, FIT, REASON, SALARY, SOC_CODE, TYPE};
use super::fault::{Fault, Faults};
use super::judge::{self, Refused};
use super::value::{Cell, Value};
use super::{limits, references, words};

/// What the column "Type" holds.
pub struct Keys<'a, K> {
    /// Each needs at least one row.
    pub all: &'a [K],
    /// "one of the 16 types"
    pub expected: &'static str,
    pub parse: fn(&str) -> Option<K>,
}

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

/// The sheet that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet<K> {
    pub name: String,
    pub rows: Vec<Row<K>>,
}

/// A cell with nothing in it.
const BLANK: Cell<'static> = Cell { value: Value::Blank, formula: None };

pub struct Judge<'a, K> {
    place: &'a str,
    columns: &'a Columns,
    keys: &'a Keys<'a, K>,
    rows: Vec<Row<K>>,
    /// The row in which a type has a career.
    seen: HashMap<(String, String), u32>,
    faults: Faults,
}

impl<'a, K: Copy + PartialEq + Display> Judge<'a, K> {
    pub fn new(place: &'a str, columns: &'a Columns, keys: &'a Keys<'a, K>) -> Self {
        Judge { place, columns, keys, rows: Vec::new(), seen: HashMap::new(), faults: Faults::default() }
    }

    /// Reads the rows below the header.
    pub fn careers(mut self, rows: &mut Rows<'_>, name: String) -> Result<Sheet<K>, Faults> {
        let mut filled = 1;
        while let Some(row) = rows.next_row()? {
            filled += 1;
            if filled > limits::FILLED_ROWS {
                let most = format!("at most {} rows that are not blank", limits::FILLED_ROWS);
                return Err(Fault::new(self.place, most, format!("more, up to row {}", row.number)).into());
            }
            // Rows with remarks in other columns are no careers.
            if self.columns.known().any(|column| row.cell(column).is_some_and(Cell::is_visible)) {
                self.row(rows, &row);
            }
        }
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        if self.rows.is_empty() {
            return Err(columns::empty(self.place, "nothing below the header").into());
        }
        let missing: Vec<String> = self
            .keys
            .all
            .iter()
            .filter(|key| self.rows.iter().all(|row| row.key != **key))
            .map(K::to_string)
            .collect();
        if !missing.is_empty() {
            let place = format!("{}, column \"{TYPE}\"", self.place);
            let expected =
                format!("at least one row for {}", self.keys.expected.replace("one of", "each of"));
            return Err(Fault::new(place, expected, format!("none for {}", missing.join(", "))).into());
        }
        Ok(Sheet { name, rows: self.rows })
    }

    fn row(&mut self, rows: &Rows<'_>, row: &SheetRow<'_>) {
        let at = self.columns;
        let keys = self.keys;
        let row = (rows, row);
        let key = self.cell(row, at.key, TYPE, |cell| judge::key(cell, keys.expected, keys.parse));
        let career = self.cell(row, at.career, CAREER, judge::title);
        let salary_usd = self.cell(row, at.salary, SALARY, judge::pay);
        let soc = self.optional(row, at.soc, SOC_CODE, judge::soc);
        let fit = self.optional(row, at.fit, FIT, judge::fit);
        let reason = self.optional(row, at.reason, REASON, judge::reason);
        let number = row.1.number;
        if let (Some(key), Some(career)) = (key, &career) {
            let before = self.seen.insert((key.to_string(), career.to_lowercase()), number);
            if let Some(before) = before {
                let place = self.place_of(number, at.career, CAREER);
                let found = format!("{}, as in row {before}", words::described(career));
                self.faults.push(Fault::new(place, format!("each career once for {key}"), found));
            }
        }
        if let (Some(key), Some(career), Some(salary_usd), Some(soc), Some(fit), Some(reason)) =
            (key, career, salary_usd, soc, fit, reason)
        {
            self.rows.push(Row { key, career, salary_usd, soc, fit, reason });
        }
    }

    fn optional<T>(
        &mut self,
        row: (&Rows<'_>, &SheetRow<'_>),
        column: Option<u32>,
        name: &str,
        judge: impl Fn(&Cell<'_>) -> Result<Option<T>, Refused>,
    ) -> Option<Option<T>> {
        column.map_or(Some(None), |column| self.cell(row, column, name, judge))
    }

    /// The judged cell, or None once its fault is noted.
    fn cell<T>(
        &mut self,
        (rows, row): (&Rows<'_>, &SheetRow<'_>),
        column: u32,
        name: &str,
        judge: impl Fn(&Cell<'_>) -> Result<T, Refused>,
    ) -> Option<T> {
        let cell = row.cell(column);
        let refused = match judge(cell.unwrap_or(&BLANK)) {
            Ok(judged) => return Some(judged),
            Err(refused) => refused,
        };
        let mut found = cell.unwrap_or(&BLANK).described();
        // There may be very many merged cells: they are not searched for more faults than are told.
        if cell.is_none()
            && !self.faults.is_full()
            && let Some(area) = rows.merged(column, row.number)
        {
            let (first, last) = (references::at(area.start), references::at(area.end));
            found.push_str(&format!(
                " within the merged cells {first}:{last}, of which only the first has a value"
            ));
        }
        self.faults.push(refused.at(self.place_of(row.number, column, name), found));
        None
    }

    fn place_of(&self, row: u32, column: u32, name: &str) -> String {
        let cell = references::name(column, row);
        format!("{}, cell {cell} (row {row}, column \"{name}\")", self.place)
    }
}
