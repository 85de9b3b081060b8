//! The elements and attributes that calamine needs of a workbook's parts.

use super::limits;

/// An element that is copied.
pub struct Kept {
    pub name: &'static str,
    pub attributes: &'static [&'static str],
    pub inside: &'static [Kept],
    pub holds: Holds,
    /// How many there may be in a part, and what they are called.
    pub most: Option<(usize, &'static str)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Elements,
    /// It is left out where nothing is inside.
    AnyElements,
    Text,
    /// A text in which spaces count.
    Words,
}

const fn element(
    name: &'static str,
    attributes: &'static [&'static str],
    inside: &'static [Kept],
    holds: Holds,
) -> Kept {
    Kept { name, attributes, inside, holds, most: None }
}

const fn counted(
    name: &'static str,
    attributes: &'static [&'static str],
    inside: &'static [Kept],
    most: (usize, &'static str),
) -> Kept {
    Kept { name, attributes, inside, holds: Holds::Elements, most: Some(most) }
}

/// A text, in runs if it has several fonts. Phonetic guides are left out.
const RICH: &[Kept] = &[
    element("t", &[], &[], Holds::Words),
    element("r", &[], &[element("t", &[], &[], Holds::Words)], Holds::Elements),
];

const SHEETS: &[Kept] = &[counted("sheet", &["name", "state", "id"], &[], (limits::SHEETS, "sheets"))];

pub const WORKBOOK: Kept = element(
    "workbook",
    &[],
    &[
        element("workbookPr", &["date1904"], &[], Holds::Elements),
        element("sheets", &[], SHEETS, Holds::Elements),
    ],
    Holds::Elements,
);

pub const TEXTS: Kept =
    element("sst", &[], &[counted("si", &[], RICH, (limits::TEXTS, "texts"))], Holds::Elements);

const FORMATS: &[Kept] =
    &[counted("numFmt", &["numFmtId", "formatCode"], &[], (limits::STYLES, "number formats"))];

pub const STYLES: Kept = element(
    "styleSheet",
    &[],
    &[
        element("numFmts", &[], FORMATS, Holds::Elements),
        element(
            "cellXfs",
            &[],
            &[counted("xf", &["numFmtId"], &[], (limits::STYLES, "styles"))],
            Holds::Elements,
        ),
    ],
    Holds::Elements,
);

const CELL: &[Kept] = &[
    element("f", &[], &[], Holds::Text),
    element("v", &[], &[], Holds::Text),
    element("is", &[], RICH, Holds::Elements),
];

const ROWS: &[Kept] = &[element(
    "row",
    &["r"],
    &[element("c", &["r", "s", "t"], CELL, Holds::AnyElements)],
    Holds::AnyElements,
)];

pub const SHEET: Kept = element(
    "worksheet",
    &[],
    &[
        element("sheetData", &[], ROWS, Holds::Elements),
        element("mergeCells", &[], &[element("mergeCell", &["ref"], &[], Holds::Elements)], Holds::Elements),
    ],
    Holds::Elements,
);
