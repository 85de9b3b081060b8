//! Files that are named .xlsx and are something else.

/// What a file is, by its first bytes, unless they are those of a zip archive, as a workbook's are.
pub fn by_first_bytes(bytes: &[u8]) -> Option<&'static str> {
    /// The compound file format of Office before 2007, which also holds password-protected workbooks.
    const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return None;
    }
    if bytes.starts_with(COMPOUND) {
        return Some(compound(bytes));
    }
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let start = text.get(..text.len().min(400)).unwrap_or_default().to_ascii_lowercase();
    let has = |word: &[u8]| start.windows(word.len()).any(|window| window == word);
    Some(match () {
        () if bytes.is_empty() => "an empty file",
        () if start.starts_with(b"version https://git-lfs") => {
            "a Git LFS pointer: the file itself was not downloaded"
        }
        () if start.starts_with(b"%pdf") => "a PDF",
        () if start.starts_with(b"\x1F\x8B") => "a gzip archive",
        () if start.starts_with(b"<?xml") && has(b"excel.sheet") => "an XML spreadsheet of Excel 2003",
        () if start.starts_with(b"<?xml") && has(b"opendocument") => {
            "a flat OpenDocument spreadsheet (.fods)"
        }
        () if start.starts_with(b"<!doctype html") || start.starts_with(b"<html") || has(b"<table") => {
            "a web page"
        }
        () if start.starts_with(b"<") => "an XML file",
        () if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") => {
            "text in UTF-16, such as a .csv or .txt export"
        }
        () if bytes.iter().take(4096).all(|byte| *byte >= 0x20 || b"\t\r\n".contains(byte)) => {
            "text, such as a .csv file"
        }
        () => "another kind of file, or a damaged one",
    })
}

/// Names of streams stand in the file in UTF-16, least significant byte first.
fn compound(bytes: &[u8]) -> &'static str {
    let has = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(name.len()).any(|window| window == name)
    };
    if has("EncryptedPackage") {
        "a workbook protected by a password: remove the password and save it again"
    } else if has("Workbook") || has("Book") {
        "a workbook of Excel before 2007 (.xls): save it as .xlsx"
    } else {
        "a document of Office before 2007"
    }
}

/// What a zip archive without a workbook is. `has` tells whether it holds a file of that name, in lower case.
pub fn by_parts(has: impl Fn(&str) -> bool) -> Option<&'static str> {
    [
        ("xl/workbook.bin", "a binary workbook (.xlsb): save it as .xlsx"),
        ("content.xml", "an OpenDocument file, such as .ods: save it as .xlsx"),
        ("index/document.iwa", "a document of Numbers: export it as Excel (.xlsx)"),
        ("index.zip", "a document of Numbers: export it as Excel (.xlsx)"),
        ("word/document.xml", "a Word document"),
        ("ppt/presentation.xml", "a presentation"),
    ]
    .into_iter()
    .find_map(|(name, kind)| has(name).then_some(kind))
}
