//! The spreadsheets of the datasets folder: what `datasets check` and the server say of those that people put there.

use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, ZipArchive};

use crate::harness::{DATASETS, calling, output};

const TRAITS: &str = "5-big-traits-career.xlsx";
const SHEET: &str = "xl/worksheets/sheet1.xml";

/// A datasets folder with another spreadsheet for the traits.
fn with(traits: &[u8]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in
        ["questionnaire.toml", "interests.csv", "occupations.jsonl", "MBTI-career.xlsx", "sample.json"]
    {
        std::fs::copy(format!("{DATASETS}/{name}"), folder.path().join(name)).unwrap();
    }
    for inner in ["norm", "descriptions"] {
        std::fs::create_dir(folder.path().join(inner)).unwrap();
        for entry in std::fs::read_dir(format!("{DATASETS}/{inner}")).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.path().join(inner).join(entry.file_name())).unwrap();
        }
    }
    std::fs::write(folder.path().join(TRAITS), traits).unwrap();
    folder
}

/// The bundled spreadsheet for the traits, its sheet changed.
fn changed(change: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    let bytes = std::fs::read(format!("{DATASETS}/{TRAITS}")).unwrap();
    let mut from = ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut to = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for i in 0..from.len() {
        let mut part = from.by_index(i).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        if name == SHEET {
            bytes = change(std::str::from_utf8(&bytes).unwrap());
        }
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        to.start_file(name, options).unwrap();
        to.write_all(&bytes).unwrap();
    }
    to.finish().unwrap().into_inner()
}

fn with_last_row(row: &str) -> Vec<u8> {
    changed(|sheet| sheet.replacen("</sheetData>", &format!("{row}</sheetData>"), 1).into_bytes())
}

/// Runs `datasets check` in a gigabyte of memory, which holds the program and any spreadsheet that it reads.
fn checked_in_a_gigabyte(folder: &TempDir) -> Output {
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -v 1000000 && exec \"$0\" datasets check", env!("CARGO_BIN_EXE_calling")]);
    output(shell.env("CALLING_DATASETS", folder.path()).stdin(Stdio::null()))
}

fn refused(traits: &[u8]) -> String {
    let folder = with(traits);
    let output = checked_in_a_gigabyte(&folder);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    let file = folder.path().join(TRAITS).display().to_string();
    said.trim_end().trim_start_matches("calling: ").replace(&file, TRAITS)
}

#[test]
fn cells_far_away_take_no_memory() {
    for cell in [
        "<c r=\"XFD1048576\" s=\"1\"/>",
        "<c r=\"XFD1048576\" t=\"inlineStr\"><is><t> </t></is></c>",
        "<c r=\"CV1048576\" t=\"inlineStr\"><is><t>Total</t></is></c>",
    ] {
        let folder = with(&with_last_row(&format!("<row r=\"1048576\">{cell}</row>")));
        let output = checked_in_a_gigabyte(&folder);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed.contains(&format!("{TRAITS}: sheet \"Careers\", ")), "{printed}");
    }
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    // Two gigabytes that pack to two megabytes would take longer to make than to refuse: 100 MB show the same.
    let said = refused(&changed(|_| vec![b' '; 100_000_000]));
    assert!(
        said.starts_with(&format!(
            "{TRAITS}: expected a workbook that unpacks to at most 67108864 bytes, found 100"
        )),
        "{said}"
    );
}

#[test]
fn the_largest_sheet_within_the_limits_is_read_in_a_gigabyte() {
    // Some 3,000,000 blank cells, as formatted rows leave behind.
    let rows: String =
        (1_000..131_000).map(|row| format!("<row r=\"{row}\">{}</row>", "<c s=\"1\"/>".repeat(23))).collect();
    let bytes = with_last_row(&rows);
    let output = checked_in_a_gigabyte(&with(&bytes));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_server_refuses_a_spreadsheet_in_the_words_of_the_check() {
    let bytes = with_last_row("<row r=\"9999\"><c r=\"A9999\" t=\"e\"><v>#N/A</v></c></row>");
    let said = refused(&bytes);
    let place = format!("{TRAITS}, sheet \"Careers\", cell A9999 (row 9999, column \"Type\")");
    assert!(
        said.contains(&format!("{place}: expected one of the five traits, found the error #N/A")),
        "{said}"
    );
    let folder = with(&bytes);
    let elsewhere = TempDir::new().unwrap();
    let mut server = calling(&[]);
    server
        .env("CALLING_LISTEN", "127.0.0.1:0")
        .env("CALLING_DATASETS", folder.path())
        .current_dir(&elsewhere);
    let output = output(&mut server);
    assert_eq!(output.status.code(), Some(2));
    let started = String::from_utf8(output.stderr).unwrap();
    let file = folder.path().join(TRAITS).display().to_string();
    let started = started.trim_end().replace(&file, TRAITS);
    assert!(started.contains(&said), "{started} against {said}");
}

#[test]
fn folders_and_pipes_in_the_place_of_a_spreadsheet_are_refused() {
    let folder = with(b"");
    let file = folder.path().join(TRAITS);
    let refused = |kind: &str| {
        let output = checked_in_a_gigabyte(&folder);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("{}: expected a file, found {kind}", file.display())), "{said}");
    };
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    refused("a folder");
    std::fs::remove_dir(&file).unwrap();
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    refused("a pipe or a device");
}
