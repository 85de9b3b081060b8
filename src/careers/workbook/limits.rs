//! How large a spreadsheet may be. docs/SPREADSHEETS.md gives the reasons and what was measured.

/// Bytes of a spreadsheet.
pub const FILE_BYTES: u64 = 16 * 1024 * 1024;
/// Bytes of the catalog file.
pub const CATALOG_BYTES: u64 = 64 * 1024 * 1024;
/// Bytes that a spreadsheet's parts take once unpacked, all together.
pub const UNPACKED_BYTES: u64 = 64 * 1024 * 1024;
/// Files in the zip archive.
pub const PARTS: usize = 5_000;
/// Sheets, and relationships between parts.
pub const SHEETS: usize = 1_000;
/// Texts in the table that cells refer to: ten columns of a million rows share far fewer.
pub const TEXTS: usize = 1_000_000;
/// Styles of cells, and number formats: Excel's own limit is 65,490.
pub const STYLES: usize = 65_490;
/// Bytes of a text: Excel takes 32,767 characters, which take seven bytes each where they are escaped.
pub const TEXT_BYTES: usize = 256 * 1024;
/// Bytes of an attribute, such as a number format, of which Excel takes 255 characters.
pub const ATTRIBUTE_BYTES: usize = 1_000;
/// Bytes of a part's copy that are held before they are passed on.
pub const HELD_BYTES: usize = 64 * 1024;
/// Rows that are not blank, the header among them.
pub const FILLED_ROWS: usize = 20_000;
/// Among so many rows that are not blank, the header is looked for.
pub const HEADER_WITHIN: usize = 20;
/// The last row that Excel has.
pub const LAST_ROW: u32 = 1_048_576;
/// The number of columns that Excel has: A to XFD.
pub const COLUMNS: u32 = 16_384;
/// Elements in elements; a sheet needs eight.
pub const DEPTH: usize = 64;
/// Characters of a title.
pub const TITLE: usize = 200;
/// Characters of a reason.
pub const REASON: usize = 1_000;
