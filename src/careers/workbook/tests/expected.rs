//! Whole sheets as other programs write them, with every cell that is read.

use std::path::Path;

use rust_xlsxwriter::{Format, Workbook};

use super::super::{CAREER, FIT, REASON, Row, SALARY, SOC_CODE, TYPE, limits, read_bounded};
use super::{Keys, read};
use crate::careers::catalog::{BIG_FIVE_FILE, MBTI_FILE};
use crate::personality::{Mbti, Trait};

#[test]
fn every_cell_that_a_library_writes_is_read_back() {
    let expected: Vec<Row<Trait>> = (0..1_000_u32)
        .map(|i| Row {
            key: Trait::ALL[i as usize % 5],
            career: format!("Job {i} & “more” <b>, café"),
            salary_usd: 10_000 + 990 * i,
            soc: (i % 3 > 0).then(|| format!("{:02}-{:04}", 11 + i % 40, 1_000 + i)),
            fit: (i % 7 > 0).then(|| f64::from(i) / 128.0 - 3.5),
            reason: (i % 2 > 0).then(|| format!("Reason {}", i / 50)),
        })
        .collect();
    let mut workbook = Workbook::new();
    let dollars = Format::new().set_num_format("\"$\"#,##0");
    let sheet = workbook.add_worksheet().set_name("Careers").unwrap();
    for (column, name) in (1..).zip([TYPE, CAREER, SALARY, SOC_CODE, FIT, REASON]) {
        sheet.write(2, column, name).unwrap();
    }
    for (at, row) in (3..).zip(&expected) {
        sheet.write(at, 1, row.key.name()).unwrap();
        sheet.write(at, 2, &row.career).unwrap();
        sheet.write_with_format(at, 3, row.salary_usd, &dollars).unwrap();
        sheet.write(at, 4, row.soc.as_deref()).unwrap();
        sheet.write(at, 5, row.fit).unwrap();
        sheet.write(at, 6, row.reason.as_deref()).unwrap();
    }
    assert_eq!(read(&workbook.save_to_buffer().unwrap()).unwrap().rows, expected);
}

/// How many careers a bundled sheet has, and the first and the last of them.
fn bundled<K: Copy + PartialEq + std::fmt::Display>(name: &str, keys: &Keys<'_, K>) -> (usize, [Row<K>; 2]) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets").join(name);
    let bytes = read_bounded(&file, limits::FILE_BYTES).unwrap();
    let mut sheet = super::super::read(&file, &bytes, keys).unwrap();
    assert_eq!(sheet.name, "Careers");
    let count = sheet.rows.len();
    let last = sheet.rows.pop().unwrap();
    (count, [sheet.rows.swap_remove(0), last])
}

/// What a spreadsheet program shows of the committed files.
#[test]
fn the_bundled_sheets_are_read_as_they_are() {
    let keys = Keys { all: &Mbti::ALL, expected: "a type", parse: Mbti::parse };
    let (count, [first, last]) = bundled(MBTI_FILE, &keys);
    let psychologist = Row {
        key: Mbti::parse("ENFJ").unwrap(),
        career: "Clinical and counseling psychologist".to_owned(),
        salary_usd: 112_750,
        soc: Some("19-3033".to_owned()),
        fit: Some(1.78),
        reason: Some(
            "Hands-on work is below average, and ENFJ goes with higher extraversion. Ease with uncertainty is above average, \
             and ENFJ goes with higher openness."
                .to_owned(),
        ),
    };
    assert_eq!((count, first), (576, psychologist));
    assert_eq!(
        (last.career.as_str(), last.salary_usd),
        ("Meat, poultry, and fish cutter or trimmer", 39_280)
    );
    let keys = Keys { all: &Trait::ALL, expected: "a trait", parse: Trait::parse };
    let (count, [first, last]) = bundled(BIG_FIVE_FILE, &keys);
    assert_eq!((count, first.career.as_str(), first.salary_usd), (360, "Psychiatrist", 269_940));
    assert_eq!(
        (last.career.as_str(), last.soc.as_deref(), last.fit),
        ("Floral designer", Some("27-1023"), Some(1.38))
    );
}
