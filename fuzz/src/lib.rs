//! What holds for any bytes from outside. Each function panics if it does not.
//!
//! The fuzz targets call these with bytes that libFuzzer makes up; tests/it/fuzz.rs includes this file and calls them with a few
//! thousand inputs from a fixed seed.

use std::io::{Cursor, Write};
use std::net::IpAddr;
use std::path::Path;
use std::sync::LazyLock;

use calling::internals::careers::workbook::{self, Keys};
use calling::internals::config::{Network, PublicUrl};
use calling::internals::entrances;
use calling::internals::inference::check_folder;
use calling::internals::personality::Trait;
use calling::internals::records::DatabaseUrl;
use calling::internals::survey::{Answers, Questionnaire, RawAnswers, compose};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

/// This repository, wherever the test runs.
const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

fn questionnaire() -> &'static Questionnaire {
    static QUESTIONNAIRE: LazyLock<Questionnaire> = LazyLock::new(|| {
        let file = ["datasets", "../datasets"]
            .map(|folder| Path::new(REPOSITORY).join(folder).join("questionnaire.toml"));
        let file = file.into_iter().find(|file| file.exists()).expect("the questionnaire");
        Questionnaire::load(&file).expect("a valid questionnaire")
    });
    &QUESTIONNAIRE
}

/// A form is read as it was written, and answers that are accepted make up a text in which each has its place.
pub fn forms(bytes: &[u8]) {
    let Ok(fields) = entrances::form(bytes) else { return };
    let written = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    assert_eq!(entrances::form(written.as_bytes()).as_ref(), Ok(&fields), "written and read again");
    let survey = questionnaire();
    let mut raw = RawAnswers(fields.into_iter().collect());
    // What is missing is filled in, so that every input reaches the end.
    for item in &survey.items {
        raw.0.entry(item.id.clone()).or_insert_with(|| "3".to_owned());
    }
    for question in &survey.questions {
        if !raw.0.contains_key(&question.id) {
            raw.0.insert(question.skip_field(), "1".to_owned());
        }
    }
    let Ok(answers) = Answers::parse(survey, &raw) else { return };
    let composed = compose(survey, &answers);
    let mut end = 0;
    for span in &composed.spans {
        assert!(span.range.start >= end && composed.text.get(span.range.clone()).is_some(), "{span:?}");
        end = span.range.end;
    }
}

/// A text is taken exactly where a JSON parser finds one that can be seen, and every refusal says what was expected.
pub fn json(bytes: &[u8]) {
    let found: Option<serde_json::Value> = serde_json::from_slice(bytes).ok();
    let text = found.as_ref().and_then(|body| body["text"].as_str());
    match entrances::json(bytes) {
        Ok(taken) => {
            assert!(!taken.contains('\0') && !taken.trim().is_empty(), "{taken:?}");
            // Ours takes more than the parser: byte-order marks and half surrogate pairs.
            if let Some(text) = text {
                assert_eq!(taken, text.replace('\0', "\u{fffd}"));
            }
        }
        Err(said) => {
            assert!(said.starts_with("Expected a JSON object with a text") && said.ends_with('.'), "{said}");
            let plain = text.is_some_and(|text| text.chars().any(|c| c.is_ascii_graphic()));
            assert!(!plain, "refused: {said}");
        }
    }
}

/// Whatever stands beside it, a cookie of ours is found, and none that is not there.
pub fn cookies(bytes: &[u8]) {
    const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let lines: Vec<&[u8]> = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).collect();
    let ours = format!("calling_draft={KEY}");
    for name in ["calling_draft", "__Host-calling_draft", "calling_results"] {
        for value in entrances::cookies(&lines, name) {
            assert!(!value.contains(';'), "{value:?}");
        }
    }
    let before = entrances::cookies(&lines, "calling_draft").len();
    let with = [lines.as_slice(), &[ours.as_bytes()]].concat();
    let found = entrances::cookies(&with, "calling_draft");
    assert_eq!((found.len(), found.last().map(String::as_str)), (before + 1, Some(KEY)));
}

/// A database's address is refused without repeating it, a public URL has an origin that is one, and a client is never taken
/// for another without a trusted proxy.
pub fn addresses(bytes: &[u8]) {
    const SECRET: &str = "zQ7-secret";
    let text = String::from_utf8_lossy(bytes);
    for address in [text.clone().into_owned(), text.replace("SECRET", SECRET)] {
        let said = match DatabaseUrl::parse(&address) {
            Ok(url) => format!("{url:?}"),
            Err(refused) => refused.to_string(),
        };
        assert!(
            address.starts_with("sqlite://") || !hides_password(&address) || !said.contains(SECRET),
            "{said}"
        );
    }
    if let Ok(url) = text.parse::<PublicUrl>() {
        let origin = url.origin();
        let again = origin.parse::<PublicUrl>().expect("an origin is a public URL");
        assert_eq!(again.origin(), origin);
    }
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let peer = IpAddr::from([198, 51, 100, 1]);
    assert_eq!(entrances::client(peer, &lines, &[]), peer);
    let trusted: Vec<Network> = ["198.51.100.0/24".parse().expect("a network")].into();
    // Whatever stands in front of it, the last entry is what the trusted proxy saw.
    let seen = [lines.as_slice(), &[b"203.0.113.9"]].concat();
    assert_eq!(entrances::client(peer, &seen, &trusted), IpAddr::from([203, 0, 113, 9]));
}

/// Whether the secret stands where a password is written, and nowhere else.
fn hides_password(address: &str) -> bool {
    address.contains(":zQ7-secret@") && address.matches("zQ7-secret").count() == 1
}

/// A model folder with any bytes in one of its files loads or is refused, and never ends the program.
///
/// The first byte says which file of a small folder the others replace.
pub fn model_folders(bytes: &[u8]) {
    let [which, content @ ..] = bytes else { return };
    let fixtures =
        ["tests/fixtures/models", "../tests/fixtures/models"].map(|path| Path::new(REPOSITORY).join(path));
    let fixtures = fixtures.into_iter().find(|folder| folder.exists()).expect("the small models");
    const FILES: [(&str, &str); 8] = [
        ("bert-vocab-txt", "config.json"),
        ("bert-vocab-txt", "vocab.txt"),
        ("bert-cased", "tokenizer_config.json"),
        ("bert-json", "tokenizer.json"),
        ("bert-json", "model.safetensors"),
        ("albert-spiece", "spiece.model"),
        ("albert-spiece", "pytorch_model.bin"),
        ("bert-cased", "calling.json"),
    ];
    let (model, replaced) = FILES[usize::from(*which) % FILES.len()];
    let folder = tempfile::tempdir().expect("a folder");
    for file in std::fs::read_dir(fixtures.join(model)).expect("a small model") {
        let file = file.expect("a file").path();
        std::fs::copy(&file, folder.path().join(file.file_name().expect("a name"))).expect("a copy");
    }
    std::fs::write(folder.path().join(replaced), content).expect("a file");
    if let Err(refused) = check_folder(folder.path()) {
        assert!(!refused.to_string().is_empty());
    }
}

/// A spreadsheet with any bytes in one of its parts, or in place of the file, is read as careers with yearly pay or refused with
/// what was expected.
///
/// The first byte says which part of a small workbook the others replace.
pub fn workbooks(bytes: &[u8]) {
    const PARTS: [(&str, &[u8]); 5] = [
        ("xl/worksheets/sheet1.xml", include_bytes!("../seeds/workbooks/0-sheet")),
        ("xl/sharedStrings.xml", include_bytes!("../seeds/workbooks/1-texts")),
        ("xl/styles.xml", include_bytes!("../seeds/workbooks/2-styles")),
        ("xl/workbook.xml", include_bytes!("../seeds/workbooks/3-workbook")),
        ("xl/_rels/workbook.xml.rels", include_bytes!("../seeds/workbooks/4-links")),
    ];
    let [which, content @ ..] = bytes else { return };
    // The digits stand for themselves.
    let which = usize::from(which.wrapping_sub(b'0')) % (PARTS.len() + 1);
    let file = if which == PARTS.len() {
        content.to_vec()
    } else {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (number, (name, seed)) in PARTS.into_iter().enumerate() {
            let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
            zip.start_file(name, options).expect("a part");
            zip.write_all(if number == which { content } else { &seed[1..] }).expect("a part's bytes");
        }
        zip.finish().expect("an archive").into_inner()
    };
    let keys = Keys { all: &Trait::ALL, expected: "one of the five traits", parse: Trait::parse };
    match workbook::read(Path::new("traits.xlsx"), &file, &keys) {
        Ok(sheet) => {
            for row in sheet.rows {
                assert!((10_000..=1_000_000).contains(&row.salary_usd), "{row:?}");
                assert!(row.career.chars().any(char::is_alphabetic), "{row:?}");
            }
        }
        Err(refused) => {
            let said = refused.to_string();
            assert!(said.starts_with("traits.xlsx") && said.contains("expected "), "{said}");
        }
    }
}
