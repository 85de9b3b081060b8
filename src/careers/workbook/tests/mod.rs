//! Spreadsheets as people and programs make them, and as no program would.

mod archives;
mod expected;
mod found;
mod fuzz;
mod layouts;

use std::io::Write;
use std::path::Path;

use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::{Keys, Sheet};
use crate::personality::Trait;

pub const FILE: &str = "traits.xlsx";

pub fn read(bytes: &[u8]) -> Result<Sheet<Trait>, String> {
    let keys = Keys { all: &Trait::ALL, expected: "one of the five traits", parse: Trait::parse };
    super::read(Path::new(FILE), bytes, &keys).map_err(|error| error.to_string())
}

/// A workbook as its parts, to be changed and packed. One sheet, "Jobs", with a header in row 1 and a row for each trait
/// from row 2 on: Type in column A, Career in C, pay in D. Column B holds notes.
#[derive(Clone)]
pub struct Parts(pub Vec<(String, Vec<u8>)>);

pub const SHEET: &str = "xl/worksheets/sheet1.xml";

const RELATIONSHIPS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

impl Parts {
    pub fn new() -> Self {
        let link = |id: u8, kind: &str, target: &str| {
            format!(r#"<Relationship Id="rId{id}" Type="{RELATIONSHIPS}/{kind}" Target="{target}"/>"#)
        };
        let links = |all: &str| {
            let namespace = "http://schemas.openxmlformats.org/package/2006/relationships";
            format!(
                r#"<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="{namespace}">{all}</Relationships>"#
            )
        };
        let mut rows = String::from(r#"<row r="1">"#);
        for (cell, name) in
            [("A1", "Type"), ("B1", "Notes"), ("C1", "Career"), ("D1", "Average Salary (USD)")]
        {
            rows.push_str(&inline(cell, name));
        }
        rows.push_str("</row>");
        for (i, t) in Trait::ALL.into_iter().enumerate() {
            let row = i + 2;
            let cells = [
                inline(&format!("A{row}"), t.name()),
                shared(&format!("C{row}"), i),
                format!(r#"<c r="D{row}"><v>{}</v></c>"#, 50_000.4 + i as f64),
            ];
            rows.push_str(&format!(r#"<row r="{row}">{}</row>"#, cells.concat()));
        }
        let texts: String = (0..5).map(|i| format!("<si><t>Job {i}</t></si>")).collect();
        // Styles 1 to 5: a date, a date of one's own, a percentage, a duration, dollars.
        let styles = concat!(
            r#"<numFmts count="3"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/>"#,
            r#"<numFmt numFmtId="165" formatCode="[h]:mm"/><numFmt numFmtId="166" formatCode="&quot;$&quot;#,##0"/></numFmts>"#,
            r#"<cellXfs count="6"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="9"/>"#,
            r#"<xf numFmtId="165"/><xf numFmtId="166"/></cellXfs>"#,
        );
        let sheets = r#"<sheets><sheet name="Jobs" sheetId="1" r:id="rId1"/></sheets>"#;
        let parts = [
            ("[Content_Types].xml", "<Types/>".to_owned()),
            ("_rels/.rels", links(&link(1, "officeDocument", "xl/workbook.xml"))),
            (
                "xl/workbook.xml",
                format!(r#"<workbook xmlns="{MAIN}" xmlns:r="{RELATIONSHIPS}">{sheets}</workbook>"#),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                links(
                    &[
                        link(1, "worksheet", "worksheets/sheet1.xml"),
                        link(2, "styles", "styles.xml"),
                        link(3, "sharedStrings", "/xl/sharedStrings.xml"),
                    ]
                    .concat(),
                ),
            ),
            ("xl/styles.xml", format!(r#"<styleSheet xmlns="{MAIN}">{styles}</styleSheet>"#)),
            ("xl/sharedStrings.xml", format!(r#"<sst xmlns="{MAIN}">{texts}</sst>"#)),
            (SHEET, format!(r#"<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>"#)),
        ];
        Parts(parts.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())).collect())
    }

    pub fn text(&self, name: &str) -> String {
        let (_, bytes) = self.0.iter().find(|(known, _)| known == name).unwrap();
        String::from_utf8(bytes.clone()).unwrap()
    }

    pub fn set(mut self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), bytes.into()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    /// Replaces a text that stands in the part once.
    pub fn replace(self, part: &str, old: &str, new: &str) -> Self {
        let text = self.text(part);
        assert_eq!(text.matches(old).count(), 1, "{old} in {text}");
        let text = text.replace(old, new);
        self.set(part, text)
    }

    /// Replaces a cell that is there, or adds one to the end of its row.
    pub fn cell(self, cell: &str, xml: &str) -> Self {
        let text = self.text(SHEET);
        let start = format!("<c r=\"{cell}\"");
        let changed = match text.find(&start) {
            Some(at) => {
                let end = at + text[at..].find("</c>").unwrap() + 4;
                format!("{}{xml}{}", &text[..at], &text[end..])
            }
            None => {
                let row = cell.trim_start_matches(|c: char| c.is_ascii_alphabetic());
                let at = text.find(&format!("<row r=\"{row}\"")).unwrap();
                let end = at + text[at..].find("</row>").unwrap();
                format!("{}{xml}{}", &text[..end], &text[end..])
            }
        };
        self.set(SHEET, changed)
    }

    /// Adds rows behind the last one.
    pub fn rows(self, xml: &str) -> Self {
        self.replace(SHEET, "</sheetData>", &format!("{xml}</sheetData>"))
    }

    pub fn pack(&self) -> Vec<u8> {
        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in &self.0 {
            let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
            zip.start_file(name, options).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    pub fn read(&self) -> Result<Sheet<Trait>, String> {
        read(&self.pack())
    }

    /// What is said of the workbook, without the name of its file.
    pub fn refused(&self) -> String {
        let said = self.read().unwrap_err();
        said.strip_prefix(FILE)
            .unwrap_or_else(|| panic!("{said}"))
            .trim_start_matches([',', ':'])
            .trim()
            .to_owned()
    }
}

pub fn inline(cell: &str, text: &str) -> String {
    let text = html_escape::encode_text(text);
    format!(r#"<c r="{cell}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>"#)
}

fn shared(cell: &str, number: usize) -> String {
    format!(r#"<c r="{cell}" t="s"><v>{number}</v></c>"#)
}

#[test]
fn columns_are_found_by_name_and_others_may_stand_beside() {
    let sheet = Parts::new().read().unwrap();
    assert_eq!((sheet.name.as_str(), sheet.rows.len()), ("Jobs", 5));
    let first = &sheet.rows[0];
    assert_eq!((first.key, first.career.as_str(), first.salary_usd), (Trait::Extraversion, "Job 0", 50_000));
    assert_eq!((first.soc.as_ref(), first.fit, first.reason.as_ref()), (None, None, None));
}
