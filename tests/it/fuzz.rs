//! The functions of the fuzz targets, with a few thousand inputs from a fixed seed: what cargo-fuzz does for hours, for a
//! moment.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

#[path = "../../fuzz/src/lib.rs"]
mod entries;

const SEED: u64 = 20_260_504;

/// Pieces that parsers trip over.
const PIECES: [&[u8]; 26] = [
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xf0\x9f\x98\x80",
    b"\\ud800",
    b"\\u0000",
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b"=",
    b"&",
    b"%",
    b"%00",
    b";",
    b",",
    b":",
    b"@",
    b"/",
    b"?",
    b"\r\n",
    b"-1",
    b"1e999",
    b"18446744073709551616",
];

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The committed inputs of a target.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(repository("fuzz/seeds").join(target))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{target} has no seeds");
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// A few changes to one of the inputs: a bit, a piece, a part of another input put in, taken out or doubled.
fn mutated(random: &mut StdRng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds.choose(random).unwrap().clone();
    for _ in 0..random.random_range(1..6) {
        let at = random.random_range(0..=bytes.len());
        let end = (at + random.random_range(0..16)).min(bytes.len());
        match random.random_range(0..6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            1 => drop(bytes.splice(at..at, PIECES.choose(random).unwrap().iter().copied())),
            2 => drop(bytes.splice(at..end, PIECES.choose(random).unwrap().iter().copied())),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let other = seeds.choose(random).unwrap();
                let from = random.random_range(0..=other.len());
                drop(bytes.splice(at..end, other[from..].iter().copied()));
            }
            _ => {
                let part = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, part));
            }
        }
    }
    bytes
}

fn run(seeds: &[Vec<u8>], times: usize, entry: fn(&[u8])) {
    let mut random = StdRng::seed_from_u64(SEED);
    let made = (0..times).map(|_| mutated(&mut random, seeds)).collect::<Vec<_>>();
    for bytes in seeds.iter().chain(&made) {
        if catch_unwind(AssertUnwindSafe(|| entry(bytes))).is_err() {
            panic!("this input broke a promise: {:?}", String::from_utf8_lossy(bytes));
        }
    }
}

#[test]
fn any_form_is_read_as_written_and_composed_or_refused() {
    run(&seeds("forms"), 3000, entries::forms);
}

#[test]
fn any_json_is_taken_as_a_parser_takes_it_or_refused_with_what_was_expected() {
    run(&seeds("json"), 20_000, entries::json);
}

#[test]
fn any_cookies_leave_ours_to_be_found() {
    run(&seeds("cookies"), 20_000, entries::cookies);
}

#[test]
fn any_address_is_read_or_refused_without_its_password() {
    run(&seeds("addresses"), 20_000, entries::addresses);
}

#[test]
fn any_file_of_a_model_folder_loads_or_is_refused() {
    let mut all = seeds("model_folders");
    // Those that are too large or too binary to be committed a second time.
    for (which, file) in [
        (1, "bert-vocab-txt/vocab.txt"),
        (3, "bert-json/tokenizer.json"),
        (4, "bert-json/model.safetensors"),
        (5, "albert-spiece/spiece.model"),
        (6, "albert-spiece/pytorch_model.bin"),
    ] {
        let content = std::fs::read(repository("tests/fixtures/models").join(file)).unwrap();
        all.push([&[which], content.as_slice()].concat());
    }
    run(&all, 2000, entries::model_folders);
}

#[test]
fn any_part_of_a_workbook_is_read_or_refused() {
    let all = seeds("workbooks");
    run(&all, 4000, entries::workbooks);
}
