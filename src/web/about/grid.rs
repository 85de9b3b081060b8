//! Tables of figures.

use crate::models::evaluation::{Figure, Kind, Verdict, written, written_bound};

/// A table.
pub struct Grid {
    pub caption: String,
    /// The explanation of its columns or rows: a name and a sentence each.
    pub explained: Vec<(&'static str, &'static str)>,
    /// The headings of the columns.
    pub head: Vec<String>,
    pub rows: Vec<Row>,
}

impl Grid {
    /// Whether it may be wider than a phone. The table then scrolls instead of the page.
    pub fn is_wide(&self) -> bool {
        self.head.len() > 3
    }
}

/// A row of a table.
pub struct Row {
    pub name: String,
    /// One for each column but the first.
    pub cells: Vec<Cell>,
}

/// A number as text.
pub struct Cell {
    /// Empty if there is no number.
    pub text: String,
    /// Whether it misses its floor.
    pub missed: bool,
}

impl Cell {
    pub fn plain(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), missed: false }
    }

    pub fn of(figure: Option<&Figure>) -> Cell {
        Cell {
            text: figure.map(|f| written(f.value)).unwrap_or_default(),
            missed: figure.is_some_and(|f| f.verdict() == Verdict::Missed),
        }
    }
}

/// Reads a figure's floor or goal.
pub type Bound = fn(&Figure) -> Option<f64>;

/// The rows below the figures.
pub const BOUNDS: [(&str, Bound); 2] = [("Floor", |figure| figure.floor), ("Goal", |figure| figure.goal)];

/// The headings of the columns, after an empty one above the row names.
pub fn headings<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    std::iter::once("").chain(names).map(str::to_owned).collect()
}

/// A column for each kind and a row for each trait or axis, with floor and goal below.
pub fn columns(figures: &[Figure], caption: &str, names: &[&str], kinds: &[Kind]) -> Grid {
    let find = |kind: Kind, of: &str| figures.iter().find(|figure| figure.kind == kind && figure.of == of);
    let mut rows: Vec<Row> = names
        .iter()
        .map(|name| Row {
            name: (*name).to_owned(),
            cells: kinds.iter().map(|kind| Cell::of(find(*kind, name))).collect(),
        })
        .collect();
    for (name, bound) in BOUNDS {
        let cell = |kind: &Kind| {
            let set = names.iter().find_map(|of| find(*kind, of)).and_then(bound);
            Cell::plain(set.map(written_bound).unwrap_or_default())
        };
        rows.push(Row { name: name.to_owned(), cells: kinds.iter().map(cell).collect() });
    }
    Grid {
        caption: caption.to_owned(),
        explained: kinds.iter().map(|kind| (kind.title(), kind.explained())).collect(),
        head: headings(kinds.iter().map(|kind| kind.title())),
        rows,
    }
}

/// The text with a capital first letter.
pub fn capital(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
