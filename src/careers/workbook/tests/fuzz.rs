//! Changes workbooks at random, as archives and as XML, and reads them. Whatever comes of it: an answer within seconds,
//! no panic, and either careers that a catalog can use or a refusal that names the file.
//!
//! CALLING_FUZZ_SECONDS=3600 runs it for an hour, CALLING_FUZZ_SEED=7 with other changes (docs/SPREADSHEETS.md).

use std::time::{Duration, Instant};

use rand::prelude::IndexedRandom;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::super::judge::PAY;
use super::{FILE, Parts, SHEET, inline, read};

/// Texts that have broken readers of spreadsheets.
const SNIPPETS: [&str; 44] = [
    "<row r=\"1048576\">",
    "<row r=\"0\">",
    "<row>",
    "</row>",
    "<c r=\"XFD1048576\"/>",
    "<c r=\"A0\">",
    "<c>",
    "</c>",
    "<v>",
    "</v>",
    "<f>",
    "</f>",
    "<f t=\"shared\" si=\"4294967295\" ref=\"A1:XFD1048576\"/>",
    "<is><t>",
    "</t></is>",
    "<si/>",
    "</si>",
    "<sst>",
    "<sheetData>",
    "</sheetData>",
    "<mergeCells><mergeCell ref=\"A1:XFD1048576\"/></mergeCells>",
    "<dimension ref=\"A0:C6\"/>",
    "t=\"s\"",
    "t=\"e\"",
    "t=\"b\"",
    "t=\"str\"",
    "s=\"99999999999\"",
    "s=\"1\"",
    "-1",
    "1e308",
    "NaN",
    "18446744073709551616",
    "&amp;",
    "&#x200B;",
    "&#0;",
    "&lol;",
    "<!DOCTYPE a>",
    "<!-- ",
    "-->",
    "<![CDATA[",
    "]]>",
    "\u{200B}",
    "_xD800_",
    "_x0000_",
];

fn seconds() -> u64 {
    std::env::var("CALLING_FUZZ_SECONDS").map_or(5, |seconds| seconds.parse().unwrap())
}

fn random(rng: &mut StdRng, below: usize) -> usize {
    rng.random_range(0..below.max(1))
}

/// Removes, repeats, swaps or inserts a piece of a text, cut at its characters.
fn changed_text(text: &str, rng: &mut StdRng) -> String {
    let cut = |at: usize| (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    // Pieces begin and end at tags more often than elsewhere.
    let place = |rng: &mut StdRng| {
        let at = cut(random(rng, text.len() + 1));
        if rng.random_bool(0.7) { text[at..].find('<').map_or(at, |more| at + more) } else { at }
    };
    let (a, b) = (place(rng), place(rng));
    let (start, end) = (a.min(b), a.max(b));
    let near = cut((start + random(rng, 40)).min(text.len()));
    match random(rng, 6) {
        0 => format!("{}{}", &text[..start], &text[near..]),
        1 => format!("{}{}", &text[..start], &text[end..]),
        2 => format!("{}{}{}", &text[..end], &text[start..end], &text[end..]),
        3 => text[..start].to_owned(),
        _ => {
            let snippet = SNIPPETS.choose(rng).unwrap();
            let from = if rng.random_bool(0.5) { near } else { start };
            format!("{}{snippet}{}", &text[..start], &text[from..])
        }
    }
}

fn changed_parts(mut parts: Parts, rng: &mut StdRng) -> Parts {
    for _ in 0..=random(rng, 3) {
        let at = random(rng, parts.0.len());
        if rng.random_bool(0.03) {
            parts.0.swap_remove(at);
            if parts.0.is_empty() {
                return Parts::new();
            }
            continue;
        }
        // The sheet is where most is read.
        let at = if rng.random_bool(0.5) {
            parts.0.iter().position(|(name, _)| name == SHEET).unwrap_or(at)
        } else {
            at
        };
        let bytes = &mut parts.0[at].1;
        match String::from_utf8(bytes.clone()) {
            Ok(text) if rng.random_bool(0.9) => *bytes = changed_text(&text, rng).into_bytes(),
            _ => changed_bytes(bytes, rng),
        }
        bytes.truncate(1 << 20);
    }
    parts
}

fn changed_bytes(bytes: &mut Vec<u8>, rng: &mut StdRng) {
    for _ in 0..=random(rng, 4) {
        let at = random(rng, bytes.len());
        match random(rng, 5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..(at + random(rng, 40)).min(bytes.len()))),
            2 => {
                let end = (at + random(rng, 400)).min(bytes.len());
                bytes.extend_from_within(at..end);
            }
            3 => {
                let size: u32 = *[0, 1, 0xFFFF, 0x7FFF_FFFF, u32::MAX].choose(rng).unwrap();
                for (byte, new) in bytes.iter_mut().skip(at).zip(size.to_le_bytes()) {
                    *byte = new;
                }
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = rng.random();
                }
            }
        }
    }
}

/// Reads it, and holds the answer to what is promised of every answer. Whether it was taken.
fn holds(bytes: &[u8], name: &str) -> bool {
    let before = Instant::now();
    let answer = read(bytes);
    let took = before.elapsed();
    assert!(took < Duration::from_secs(10), "{name} took {took:?}");
    match answer {
        Ok(sheet) => {
            for row in &sheet.rows {
                assert!(PAY.contains(&f64::from(row.salary_usd)), "{name}: {row:?}");
                assert!(
                    row.career.chars().any(char::is_alphabetic) && row.career.chars().count() <= 200,
                    "{name}: {row:?}"
                );
            }
            true
        }
        Err(said) => {
            let rest = said.strip_prefix(FILE).unwrap_or_else(|| panic!("{name}: {said}"));
            assert!(rest.contains("expected ") && rest.contains(", found "), "{name}: {said}");
            assert!(said.chars().count() < 6_000, "{name}: {said}");
            false
        }
    }
}

#[test]
fn no_change_of_a_workbook_breaks_the_reader() {
    let seed = std::env::var("CALLING_FUZZ_SEED").map_or(18, |seed| seed.parse().unwrap());
    let mut rng = StdRng::seed_from_u64(seed);
    let rich = Parts::new()
        .replace(SHEET, "</sheetData>", "</sheetData><mergeCells><mergeCell ref=\"A9:B10\"/></mergeCells>")
        .rows(&format!(
            "<row r=\"9\">{}<c r=\"D9\" s=\"1\"><f>D2</f><v>9</v></c></row>",
            inline("B9", "a & b")
        ));
    let starts = [Parts::new(), rich];
    let until = Instant::now() + Duration::from_secs(seconds());
    let (mut reads, mut taken) = (0_u64, 0_u64);
    while Instant::now() < until {
        let start = starts.choose(&mut rng).unwrap().clone();
        let mut bytes =
            if rng.random_bool(0.7) { changed_parts(start, &mut rng).pack() } else { start.pack() };
        if rng.random_bool(0.4) {
            changed_bytes(&mut bytes, &mut rng);
        }
        taken += u64::from(holds(&bytes, &format!("seed {seed}, workbook {reads}")));
        reads += 1;
    }
    println!("{reads} workbooks read, {taken} taken");
    // A fuzz test whose changes are all refused at the door tests the door.
    assert!(reads > 100 && taken > reads / 50 && taken < reads, "{taken} of {reads} taken");
}
