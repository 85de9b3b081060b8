//! Sheets as people lay them out, and as programs write them.

use super::{Parts, SHEET, inline};

const MISSING: &str = "sheet \"Jobs\", row 1: expected a column \"Career\", found \"Type\", \"Notes\", ";

#[test]
fn a_header_is_found_below_titles_and_without_regard_to_what_is_invisible() {
    let moved = |above: &str| {
        let mut text = Parts::new().text(SHEET);
        for row in (1..=6).rev() {
            text = text.replace(&format!("r=\"{row}\""), &format!("r=\"{}\"", row + 3));
            for column in ["A", "B", "C", "D"] {
                text = text.replace(&format!("\"{column}{row}\""), &format!("\"{column}{}\"", row + 3));
            }
        }
        Parts::new().set(SHEET, text.replace("<sheetData>", &format!("<sheetData>{above}")))
    };
    let title = format!("<row r=\"1\">{}</row>", inline("A1", "Careers 2025, by trait"));
    assert_eq!(moved(&title).read().unwrap().rows.len(), 5);
    for name in [" CAREER\u{A0}", "\u{FEFF}Ca\u{200B}reer", "career\n"] {
        assert!(Parts::new().cell("C1", &inline("C1", name)).read().is_ok(), "{name:?}");
    }
    let pay = inline("D1", "Average\nSalary  (USD)");
    assert!(Parts::new().cell("D1", &pay).read().is_ok());
}

#[test]
fn a_header_that_lacks_a_column_is_shown_as_it_is() {
    let said = |xml: &str| Parts::new().cell("C1", xml).refused();
    assert_eq!(said(&inline("C1", "Job")), format!("{MISSING}\"Job\", \"Average Salary (USD)\""));
    // A Cyrillic C.
    let foreign = format!("{MISSING}\"\u{421}areer\" with U+0421, \"Average Salary (USD)\"");
    assert_eq!(said(&inline("C1", "\u{421}areer")), foreign);
    let formula =
        "a formula (=C9) whose value was never computed: open the file in a spreadsheet program and save it";
    assert_eq!(said("<c r=\"C1\"><f>C9</f></c>"), format!("{MISSING}{formula}, \"Average Salary (USD)\""));
    let said = Parts::new().cell("B1", &inline("B1", "career")).refused();
    assert_eq!(
        said,
        "sheet \"Jobs\", row 1: expected the column \"Career\" once, found it in the columns B and C"
    );
}

#[test]
fn rows_of_remarks_and_blanks_are_no_matter_and_totals_are_refused() {
    let blanks: String =
        (7..2_007).map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\" s=\"5\"/></row>")).collect();
    assert_eq!(Parts::new().rows(&blanks).read().unwrap().rows.len(), 5);
    let remark = format!("<row r=\"9\">{}</row>", inline("B9", "a remark nobody reads"));
    assert_eq!(Parts::new().rows(&remark).read().unwrap().rows.len(), 5);
    let unseen = format!("<row r=\"9\">{}</row>", inline("A9", "\u{200B}"));
    assert_eq!(Parts::new().rows(&unseen).read().unwrap().rows.len(), 5);
    let total =
        format!("<row r=\"9\">{}<c r=\"D9\"><f>SUM(D2:D6)</f><v>250010</v></c></row>", inline("A9", "Total"));
    let said = Parts::new().rows(&total).refused();
    let type_of =
        "sheet \"Jobs\", cell A9 (row 9, column \"Type\"): expected one of the five traits, found \"Total\"";
    let career = "sheet \"Jobs\", cell C9 (row 9, column \"Career\"): expected a title, found an empty cell";
    assert_eq!(said, format!("{type_of}; {career}"));
    let text =
        Parts::new().text(SHEET).replace("<row r=\"2\">", "<row r=\"2\"><c r=\"A2\"/></row><row r=\"2\">");
    assert!(Parts::new().set(SHEET, text).refused().contains("expected rows in their order"));
}

#[test]
fn merged_cells_hold_one_value() {
    let said = Parts::new()
        .cell("A3", "<c r=\"A3\"/>")
        .replace(
            SHEET,
            "</sheetData>",
            "</sheetData><mergeCells count=\"1\"><mergeCell ref=\"A2:A3\"/></mergeCells>",
        )
        .refused();
    let found = "an empty cell within the merged cells A2:A3, of which only the first has a value";
    assert!(said.ends_with(found), "{said}");
}

#[test]
fn far_cells_cost_nothing_and_impossible_ones_are_refused() {
    for far in ["XFD1048576", "CV1048576"] {
        let row = format!("<row r=\"1048576\">{}</row>", inline(far, "Total"));
        assert_eq!(Parts::new().rows(&row).read().unwrap().rows.len(), 5);
    }
    for dimension in ["A0:C6", "A1:XFD1048576", "C6:A1", "", "nonsense"] {
        let stated = format!("<dimension ref=\"{dimension}\"/><sheetData>");
        assert!(Parts::new().replace(SHEET, "<sheetData>", &stated).read().is_ok(), "{dimension}");
    }
    let said = |row: &str| Parts::new().rows(row).refused();
    assert_eq!(
        said("<row r=\"9\"><c r=\"XFE9\"><v>1</v></c></row>"),
        "sheet \"Jobs\": expected cells from A1 to XFD1048576, found one called \"XFE9\""
    );
    assert_eq!(
        said("<row r=\"4294967296\"/>"),
        "sheet \"Jobs\": expected rows from 1 to 1,048,576, found a row of the number 4294967296"
    );
    assert_eq!(
        said("<row r=\"2\"/>"),
        "sheet \"Jobs\": expected rows in their order, up to 1,048,576, found row 2 after row 6"
    );
    assert_eq!(
        said("<row r=\"9\"><c r=\"B9\"/><c r=\"A9\"/></row>"),
        "sheet \"Jobs\": expected cells in their order, found a cell A9 in row 9, after B9"
    );
}

#[test]
fn rows_and_cells_need_not_say_where_they_are() {
    let mut text = Parts::new().text(SHEET);
    // Without names, cells follow each other: column B needs its blank.
    for row in 1..=6 {
        text = text.replace(&format!("<row r=\"{row}\">"), "<row>");
        for column in ["A", "B", "C", "D"] {
            let blank = if column == "C" && row > 1 { "<c/>" } else { "" };
            text = text.replace(&format!("<c r=\"{column}{row}\""), &format!("{blank}<c"));
        }
    }
    assert!(!text.contains("r=\""));
    assert_eq!(Parts::new().set(SHEET, text).read().unwrap().rows.len(), 5);
}

#[test]
fn the_first_visible_sheet_with_the_columns_is_read() {
    let second = |state: &str| {
        let sheets = format!(
            "<sheets><sheet name=\"Notes\" sheetId=\"7\"{state} r:id=\"rId9\"/><sheet name=\"Jobs\" sheetId=\"1\" r:id=\"rId1\"/></sheets>"
        );
        let parts = Parts::new();
        let old = parts.text("xl/workbook.xml");
        let (start, end) = (old.find("<sheets>").unwrap(), old.find("</workbook>").unwrap());
        let links = parts.text("xl/_rels/workbook.xml.rels");
        let link =
            links[links.find("<Relationship Id=\"rId1\"").unwrap()..].split_inclusive("/>").next().unwrap();
        let link = link.replace("rId1", "rId9").replace("sheet1", "sheet2");
        let links = links.replace("</Relationships>", &format!("{link}</Relationships>"));
        parts
            .clone()
            .set("xl/workbook.xml", format!("{}{sheets}{}", &old[..start], &old[end..]))
            .set("xl/_rels/workbook.xml.rels", links)
            .set(
                "xl/worksheets/sheet2.xml",
                "<worksheet><sheetData><row><c t=\"str\"><v>Read me</v></c></row></sheetData></worksheet>",
            )
    };
    assert_eq!(second("").read().unwrap().name, "Jobs");
    // A hidden sheet is not read, even if it is the only one with the columns.
    let hidden = second("").replace("xl/workbook.xml", "name=\"Jobs\"", "state=\"veryHidden\" name=\"Jobs\"");
    let said = hidden.refused();
    let expected = "sheet \"Notes\", row 1: expected columns \"Type\", \"Career\", \"Average Salary (USD)\", found \"Read me\"; hidden sheets are not read: \"Jobs\"";
    assert_eq!(said, expected);
    let alone = Parts::new().replace("xl/workbook.xml", "name=\"Jobs\"", "name=\"Jobs\" state=\"hidden\"");
    assert_eq!(
        alone.refused(),
        "expected a workbook with a visible sheet, found none that is visible; hidden sheets are not read: \"Jobs\""
    );
}

#[test]
fn no_career_stands_twice_and_no_type_is_missing() {
    let row = |number: u32, key: &str, career: &str| {
        let pay = format!("<c r=\"D{number}\"><v>61000</v></c>");
        format!(
            "<row r=\"{number}\">{}{}{pay}</row>",
            inline(&format!("A{number}"), key),
            inline(&format!("C{number}"), career)
        )
    };
    assert!(Parts::new().rows(&row(7, "Openness", "JOB 0")).read().is_ok(), "another trait may list it too");
    let said = Parts::new().rows(&row(7, "Extraversion", "job  0\u{200B}")).refused();
    let found = "expected each career once for Extraversion, found \"job 0\", as in row 2";
    assert_eq!(said, format!("sheet \"Jobs\", cell C7 (row 7, column \"Career\"): {found}"));
    let said = Parts::new().cell("A3", &inline("A3", "Openness")).refused();
    let expected = "expected at least one row for each of the five traits, found none for Neuroticism";
    assert_eq!(said, format!("sheet \"Jobs\", column \"Type\": {expected}"));
}

#[test]
fn ten_faults_are_told_and_the_others_counted() {
    let rows: String =
        (7..30).map(|row| format!("<row r=\"{row}\">{}</row>", inline(&format!("A{row}"), "x"))).collect();
    let said = Parts::new().rows(&rows).refused();
    // Three cells of each row.
    assert_eq!(said.matches(": expected ").count(), 10, "{said}");
    assert!(said.ends_with("; and 59 more"), "{said}");
}

#[test]
fn an_empty_sheet_and_a_header_alone_are_told_apart() {
    let empty = Parts::new().set(SHEET, "<worksheet><sheetData/></worksheet>");
    let expected = "sheet \"Jobs\": expected a header row and at least one career, found ";
    assert_eq!(empty.refused(), format!("{expected}an empty sheet"));
    let text = Parts::new().text(SHEET);
    let header = format!("{}</sheetData></worksheet>", &text[..text.find("<row r=\"2\"").unwrap()]);
    assert_eq!(Parts::new().set(SHEET, header).refused(), format!("{expected}nothing below the header"));
    let chart = Parts::new().set(SHEET, "<chartsheet/>");
    assert_eq!(
        chart.refused(),
        format!("sheet \"Jobs\": expected a sheet with cells, found something else in {SHEET}")
    );
}

#[test]
fn more_rows_than_a_list_of_careers_has_are_refused() {
    let rows: String = (7..20_010)
        .map(|row| format!("<row r=\"{row}\">{}</row>", inline(&format!("B{row}"), "x")))
        .collect();
    let said = Parts::new().rows(&rows).refused();
    assert_eq!(
        said,
        "sheet \"Jobs\": expected at most 20000 rows that are not blank, found more, up to row 20001"
    );
}

#[test]
fn the_strict_form_prefixes_and_utf_16_are_read() {
    let strict = Parts(
        Parts::new()
            .0
            .into_iter()
            .map(|(name, bytes)| {
                let text = String::from_utf8(bytes).unwrap();
                let text = text
                    .replace(
                        "http://schemas.openxmlformats.org/officeDocument/2006",
                        "http://purl.oclc.org/ooxml/officeDocument",
                    )
                    .replace(
                        "http://schemas.openxmlformats.org/spreadsheetml/2006",
                        "http://purl.oclc.org/ooxml/spreadsheetml",
                    );
                (name, text.into_bytes())
            })
            .collect(),
    );
    assert_eq!(strict.read().unwrap().rows.len(), 5);
    let text = Parts::new().text(SHEET);
    let prefixed = text.replace('<', "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=");
    assert_eq!(Parts::new().set(SHEET, prefixed).read().unwrap().rows.len(), 5);
    for (mark, bytes) in [
        (vec![0xFF, 0xFE], text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
        (vec![0xFE, 0xFF], text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        (vec![0xEF, 0xBB, 0xBF], text.clone().into_bytes()),
    ] {
        assert_eq!(Parts::new().set(SHEET, [mark, bytes].concat()).read().unwrap().rows.len(), 5);
    }
    let latin = Parts::new().set("xl/sharedStrings.xml", b"<sst><si><t>Caf\xE9</t></si></sst>".to_vec());
    assert_eq!(
        latin.refused(),
        "xl/sharedStrings.xml: expected text in UTF-8 or UTF-16, found other bytes from byte 15"
    );
}
