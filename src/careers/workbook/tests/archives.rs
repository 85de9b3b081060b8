//! Files that are no workbooks, damaged ones, and archives made to harm.

use super::super::limits;
use super::{Parts, SHEET, inline, read};

fn refused(bytes: &[u8]) -> String {
    read(bytes).unwrap_err()
}

#[test]
fn other_kinds_of_files_are_called_what_they_are() {
    let compound = |stream: &str| {
        let name: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".as_slice(), &[0; 600], &name, &[0; 600]].concat()
    };
    let utf_16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain("Type\tCareer".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for (bytes, kind) in [
        (Vec::new(), "an empty file"),
        (b"Type,Career,Average Salary (USD)\r\n".to_vec(), "text, such as a .csv file"),
        ("\u{FEFF}Type;Career\n".into(), "text, such as a .csv file"),
        (utf_16, "text in UTF-16, such as a .csv or .txt export"),
        (
            compound("EncryptedPackage"),
            "a workbook protected by a password: remove the password and save it again",
        ),
        (compound("Workbook"), "a workbook of Excel before 2007 (.xls): save it as .xlsx"),
        (compound("WordDocument"), "a document of Office before 2007"),
        (b"%PDF-1.7".to_vec(), "a PDF"),
        (b"\x1F\x8B\x08".to_vec(), "a gzip archive"),
        (b"<html><table>".to_vec(), "a web page"),
        (b"<!DOCTYPE html><title>Sign in</title>".to_vec(), "a web page"),
        (
            b"<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?>".to_vec(),
            "an XML spreadsheet of Excel 2003",
        ),
        (b"<?xml version=\"1.0\"?><feed/>".to_vec(), "an XML file"),
        (
            b"version https://git-lfs.github.com/spec/v1\n".to_vec(),
            "a Git LFS pointer: the file itself was not downloaded",
        ),
        (vec![0; 400], "another kind of file, or a damaged one"),
    ] {
        assert_eq!(refused(&bytes), format!("traits.xlsx: expected an .xlsx workbook, found {kind}"));
    }
    for (part, kind) in [
        ("content.xml", "an OpenDocument file, such as .ods: save it as .xlsx"),
        ("xl/workbook.bin", "a binary workbook (.xlsb): save it as .xlsx"),
        ("Index/Document.iwa", "a document of Numbers: export it as Excel (.xlsx)"),
        ("word/document.xml", "a Word document"),
        ("readme.txt", "a zip archive without a workbook"),
    ] {
        let archive = Parts(vec![(part.to_owned(), b"<x/>".to_vec())]);
        assert_eq!(archive.refused(), format!("expected an .xlsx workbook, found {kind}"));
    }
}

#[test]
fn a_download_that_broke_off_is_damaged() {
    let whole = Parts::new().pack();
    for length in [30, whole.len() / 2, whole.len() - 1] {
        let said = refused(&whole[..length]);
        assert!(
            said.starts_with("traits.xlsx: expected an .xlsx workbook, found a damaged zip archive ("),
            "{said}"
        );
    }
    let text = Parts::new().text(SHEET);
    for length in [0, 20, text.len() / 2, text.len() - 3] {
        let said = Parts::new().set(SHEET, &text.as_bytes()[..length]).read();
        assert!(said.is_err(), "{length}: {said:?}");
    }
    let mut flipped = Parts::new().pack();
    let start = flipped.windows(SHEET.len()).position(|window| window == SHEET.as_bytes()).unwrap();
    flipped[start + SHEET.len() + 40] ^= 0xFF;
    let said = refused(&flipped);
    assert!(
        said.starts_with(
            "traits.xlsx, xl/worksheets/sheet1.xml: expected a readable part of the workbook, found "
        ),
        "{said}"
    );
}

/// Where the sizes of a part stand: in its entry of the directory, 24 bytes after the entry's beginning, and its method
/// and flags before.
fn entry(bytes: &[u8], part: &str) -> usize {
    let name = bytes.windows(part.len()).rposition(|window| window == part.as_bytes()).unwrap();
    assert_eq!(&bytes[name - 46..name - 42], b"PK\x01\x02");
    name - 46
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    let zeros = vec![b' '; limits::UNPACKED_BYTES as usize];
    let bytes = Parts::new().set("xl/media/image1.png", zeros).pack();
    assert!(bytes.len() < 200_000);
    let said = refused(&bytes);
    assert!(
        said.starts_with(
            "traits.xlsx: expected a workbook that unpacks to at most 67108864 bytes, found 671"
        ),
        "{said}"
    );
    // The same, and the archive lies.
    let mut lying = Parts::new().set(SHEET, vec![b' '; 60_000_000]).pack();
    let at = entry(&lying, SHEET);
    lying[at + 24..at + 28].copy_from_slice(&100_u32.to_le_bytes());
    let said = refused(&lying);
    let expected = "expected a readable part of the workbook, found damaged data (File is larger than its declared uncompressed size)";
    assert_eq!(said, format!("traits.xlsx, {SHEET}: {expected}"));
    let mut short = Parts::new().pack();
    let at = entry(&short, SHEET);
    short[at + 24..at + 28].copy_from_slice(&60_000_000_u32.to_le_bytes());
    assert!(refused(&short).contains(" bytes where the archive declares 60000000"), "{}", refused(&short));
}

#[test]
fn passwords_and_unusual_packing_of_parts_are_named() {
    let changed = |offset: usize, value: u16| {
        let mut bytes = Parts::new().pack();
        let at = entry(&bytes, SHEET);
        bytes[at + offset..at + offset + 2].copy_from_slice(&value.to_le_bytes());
        refused(&bytes)
    };
    let part = format!("traits.xlsx, {SHEET}: expected a readable part of the workbook, found a part ");
    assert_eq!(changed(8, 1), format!("{part}protected by a password"));
    assert_eq!(changed(10, 12), format!("{part}packed in a way that workbooks do not use"));
}

#[test]
fn archives_of_very_many_files_are_refused() {
    let many = (0..5_001).fold(Parts::new(), |mut parts, i| {
        parts.0.push((format!("x{i}"), Vec::new()));
        parts
    });
    assert_eq!(
        many.refused(),
        "expected a workbook of at most 5000 parts, found a zip archive of 5008 files"
    );
    // A zip64 record that claims 2^40 files, for which memory would be set aside.
    let bytes = Parts::new().pack();
    let end = bytes.len() - 22;
    let mut record = b"PK\x06\x06".to_vec();
    record.extend(44_u64.to_le_bytes());
    record.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    record.extend([(1_u64 << 40).to_le_bytes(), (1_u64 << 40).to_le_bytes()].concat());
    record.extend([(46_u64 << 40).to_le_bytes(), 0_u64.to_le_bytes()].concat());
    record.extend(b"PK\x06\x07\0\0\0\0");
    record.extend((end as u64).to_le_bytes());
    record.extend(1_u32.to_le_bytes());
    let claiming = [&bytes[..end], &record, &bytes[end..]].concat();
    assert_eq!(
        refused(&claiming),
        "traits.xlsx: expected a workbook of at most 5000 parts, found a zip archive of 1099511627776 files"
    );
    let mut twice = Parts::new();
    twice.0.push((SHEET.to_uppercase(), b"<x/>".to_vec()));
    assert_eq!(twice.refused(), format!("expected an .xlsx workbook, found two parts of the name {SHEET}"));
}

#[test]
fn parts_that_grow_when_read_are_refused() {
    let entity = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\">]><sst><si><t>&a;</t></si></sst>";
    let said = Parts::new().set("xl/sharedStrings.xml", entity).refused();
    assert!(
        said.starts_with("xl/sharedStrings.xml: expected well-formed XML, found a document type declaration"),
        "{said}"
    );
    let deep = format!("<worksheet><sheetData><row>{}", "<a>".repeat(100_000));
    let said = Parts::new().set(SHEET, deep).refused();
    assert!(said.contains("found elements nested more than 64 deep before byte"), "{said}");
    // One large sheet that a thousand tabs show.
    let large = format!("<worksheet><sheetData>{}</sheetData></worksheet>", " ".repeat(6_000_000));
    let tabs = "<sheet name=\"x\" r:id=\"rId1\"/>".repeat(900);
    let workbook = format!("<workbook><sheets>{tabs}</sheets></workbook>");
    let said = Parts::new().set(SHEET, large).set("xl/workbook.xml", workbook).refused();
    assert!(said.ends_with("found parts that refer to each other again and again"), "{said}");
}

#[test]
fn claims_of_size_set_no_memory_aside() {
    let claims = format!("<sst count=\"{0}\" uniqueCount=\"{0}\"><si><t>Job</t></si></sst>", u64::MAX);
    assert!(Parts::new().set("xl/sharedStrings.xml", claims).refused().contains("one of 1 texts"));
    let said = Parts::new().cell("C3", "<c r=\"C3\" t=\"s\"><v>18446744073709551615</v></c>").refused();
    assert!(said.ends_with("found \"18446744073709551615\""), "{said}");
    // A font of a megabyte that each of many styles refers to.
    let font = "x".repeat(1_000_000);
    let styles = format!(
        "<styleSheet><fonts><font><name val=\"{font}\"/></font></fonts><cellXfs>{}</cellXfs></styleSheet>",
        "<xf fontId=\"0\"/>".repeat(limits::STYLES)
    );
    assert!(Parts::new().set("xl/styles.xml", styles.clone()).read().is_ok());
    let said = Parts::new().set("xl/styles.xml", styles.replace("</cellXfs>", "<xf/></cellXfs>")).refused();
    assert_eq!(said, "xl/styles.xml: expected at most 65490 styles, found more");
}

#[test]
fn texts_and_number_formats_longer_than_excel_takes_are_refused() {
    let text = "x".repeat(limits::TEXT_BYTES / 2 + 1);
    let said =
        Parts::new().cell("E3", &format!("<c r=\"E3\" t=\"str\"><v>{text}</v><f>{text}</f></c>")).refused();
    assert_eq!(
        said,
        format!("sheet \"Jobs\" ({SHEET}): expected texts of at most 262144 bytes, found a longer one")
    );
    let runs = format!("<sst><si><r><t>{text}</t></r><r><t>{text}</t></r></si></sst>");
    let said = Parts::new().set("xl/sharedStrings.xml", runs).refused();
    assert_eq!(said, "xl/sharedStrings.xml: expected texts of at most 262144 bytes, found a longer one");
    let format = format!("formatCode=\"{}\"", "0".repeat(1_001));
    let said = Parts::new().replace("xl/styles.xml", "formatCode=\"[h]:mm\"", &format).refused();
    let expected = "expected an attribute formatCode of at most 1000 bytes, found 1001 bytes";
    assert_eq!(said, format!("xl/styles.xml: {expected}"));
}

#[test]
fn links_between_parts_are_followed_as_programs_write_them() {
    for target in [
        "/xl/worksheets/sheet1.xml",
        "../xl/worksheets/sheet1.xml",
        "worksheets\\sheet1.xml",
        "Worksheets/Sheet1.xml",
    ] {
        let parts = Parts::new().replace("xl/_rels/workbook.xml.rels", "worksheets/sheet1.xml", target);
        assert_eq!(parts.read().unwrap().rows.len(), 5, "{target}");
    }
    let lost = Parts::new().without(SHEET);
    assert_eq!(
        lost.refused(),
        format!("{SHEET}: expected a readable part of the workbook, found no such part")
    );
    let unlinked = Parts::new().replace("xl/workbook.xml", "r:id=\"rId1\"", "r:id=\"rId8\"");
    assert_eq!(
        unlinked.refused(),
        "xl/workbook.xml: expected a part for each sheet, found none for the sheet \"Jobs\""
    );
    let name = format!("<sheet name=\"{}\"", "x".repeat(1_000));
    let said = Parts::new()
        .replace("xl/workbook.xml", "<sheet name=\"Jobs\"", &name)
        .cell("A3", &inline("A3", "x"))
        .refused();
    assert!(said.starts_with(&format!("sheet \"{}… (1000 characters)\", cell A3", "x".repeat(60))), "{said}");
}
