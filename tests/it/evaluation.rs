//! Evaluations: the page shows the figures of the file and no others, and labeled text can be measured.

use std::fs;
use std::path::{Path, PathBuf};

use calling::internals::models::evaluation::{
    Bank, Baseline, Beside, Evaluation, FILE_NAME, Figure, Kind, Measured, People,
};
use calling::internals::models::load;
use tempfile::TempDir;

use crate::harness::{BIG_FIVE_MODEL, MBTI_MODEL, Site};
#[cfg(feature = "training")]
use crate::harness::{calling, output};

/// The two small models side by side, as models/ has the bundled ones.
fn pair() -> (TempDir, [PathBuf; 2]) {
    let folder = TempDir::new().unwrap();
    let copies = [("big-five", BIG_FIVE_MODEL), ("mbti", MBTI_MODEL)].map(|(name, from)| {
        let to = folder.path().join(name);
        fs::create_dir(&to).unwrap();
        for file in fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
        to
    });
    (folder, copies)
}

fn measured(folder: &Path) -> Measured {
    Measured::of(&load(folder).unwrap()).unwrap()
}

fn evaluation([big_five, mbti]: &[PathBuf; 2], value: f64, floor: f64) -> Evaluation {
    let figure = |kind, of: &str| Figure {
        kind,
        of: of.to_owned(),
        value,
        standard_error: Some(0.0137),
        floor: Some(floor),
        goal: Some(0.9971),
        beside: vec![Beside { name: "something beside".to_owned(), value: 0.3579 }],
    };
    Evaluation {
        calling: "0".to_owned(),
        questionnaire: String::new(),
        precision: "int8".to_owned(),
        bank: Bank { sha256: String::new(), answers: 9, tested_with: 4321, unseen: 1 },
        people: People { respondents: 8765, ..People::default() },
        big_five: measured(big_five),
        mbti: measured(mbti),
        figures: vec![
            figure(Kind::OpenAnswers, "Openness"),
            figure(Kind::AxisArea, "T/F"),
            figure(Kind::TypeTopOne, ""),
            figure(Kind::Reworded, "Openness"),
        ],
        baselines: vec![Baseline {
            name: "a simple reader".to_owned(),
            what: String::new(),
            figures: vec![figure(Kind::OpenAnswers, "Openness")],
        }],
        labelled: Vec::new(),
    }
}

/// The page with this evaluation beside the models.
async fn page(folder: &TempDir, models: &[PathBuf; 2], evaluation: Option<&Evaluation>) -> String {
    let file = folder.path().join(FILE_NAME);
    match evaluation {
        Some(evaluation) => fs::write(&file, serde_json::to_string(evaluation).unwrap()).unwrap(),
        None => drop(fs::remove_file(&file)),
    }
    let [big_five, mbti] = models.each_ref().map(|path| path.to_str().unwrap());
    let site = Site::start(&["--big-five-model", big_five, "--mbti-model", mbti]);
    let answer = site.page("/about").await;
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

#[actix_web::test]
async fn the_page_shows_the_figures_of_the_file() {
    let (folder, models) = pair();
    let nothing = page(&folder, &models, None).await;
    assert!(nothing.contains("have not been evaluated"), "{nothing}");

    let first = page(&folder, &models, Some(&evaluation(&models, 0.6213, 0.6111))).await;
    for shown in [
        ".621",
        ".61",
        ".358",
        "8765",
        "4321",
        ".014",
        "1.00",
        "A simple reader",
        "T/F",
        "made in int8 precision",
    ] {
        assert!(first.contains(shown), "{shown} is not on {first}");
    }
    assert!(!first.contains("Some figures are too low") && !first.contains("<strong>.621"));

    let second = page(&folder, &models, Some(&evaluation(&models, 0.5432, 0.7777))).await;
    assert!(second.contains("<strong>.543</strong>") && second.contains(".78"), "{second}");
    assert!(second.contains("Some figures are too low"), "figures below their floors are marked");
    assert!(!second.contains(".621") && !second.contains(".61<"), "a figure of the earlier file is left");
}

#[actix_web::test]
async fn figures_of_other_models_are_not_shown() {
    let (folder, models) = pair();
    let mut other = evaluation(&models, 0.6213, 0.6111);
    other.mbti.weights_sha256 = "0".repeat(64);
    let others = page(&folder, &models, Some(&other)).await;
    assert!(others.contains("measured with other weights") && !others.contains(".621"), "{others}");

    let mut other = evaluation(&models, 0.6213, 0.6111);
    other.big_five.settings_sha256 = Some("0".repeat(64));
    let others = page(&folder, &models, Some(&other)).await;
    assert!(others.contains("measured with other weights") && !others.contains(".621"), "{others}");

    fs::write(folder.path().join(FILE_NAME), "{}").unwrap();
    let [big_five, mbti] = models.each_ref().map(|path| path.to_str().unwrap());
    let site = Site::start(&["--big-five-model", big_five, "--mbti-model", mbti]);
    let broken = site.page("/about").await.text().await.unwrap();
    assert!(broken.contains("have not been evaluated"), "{broken}");
}

#[cfg(feature = "training")]
fn evaluate_labeled(lines: &str) -> (Option<i32>, String, String, TempDir) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("essays.jsonl");
    fs::write(&file, lines).unwrap();
    let root = env!("CARGO_MANIFEST_DIR");
    let json = folder.path().join("out.json");
    let mut command = calling(&[
        "evaluate",
        "--labeled-only",
        "--labeled",
        file.to_str().unwrap(),
        "--big-five",
        BIG_FIVE_MODEL,
        "--mbti",
        MBTI_MODEL,
        "--json",
        json.to_str().unwrap(),
    ]);
    let said = output(command.current_dir(root));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (said.status.code(), text(said.stdout), text(said.stderr), folder)
}

#[cfg(feature = "training")]
#[test]
fn labeled_text_is_measured_line_by_line() {
    let line = |i: usize| {
        let mbti = ["INFP", "ESTJ", "INTJ"][i % 3];
        format!(
            "{{\"text\": \"I went out {i} times.\\n\\nThen I came back.\", \"labels\": {{\"E\": {}, \"type\": \"{mbti}\"}}}}\n",
            i.is_multiple_of(2)
        )
    };
    let (code, out, errors, folder) = evaluate_labeled(&(0..12).map(line).collect::<String>());
    assert_eq!(code, Some(0), "{errors}");
    for part in ["essays.jsonl: 12 texts", "Extraversion", "E/I", "J/P", "always the commonest .333"] {
        assert!(out.contains(part), "{part} is not in {out}");
    }
    let written = Evaluation::read(&folder.path().join("out.json")).unwrap();
    assert_eq!(written.labelled[0].texts, 12);
    let areas = written.labelled[0].figures.iter().filter(|f| f.kind == Kind::LabelledArea).count();
    assert_eq!(areas, 5, "one trait and four axes are labeled");
}

#[cfg(feature = "training")]
#[test]
fn a_broken_line_of_labeled_text_is_named() {
    let good = "{\"text\": \"a\", \"labels\": {\"E\": true}}\n";
    let (code, _, errors, _folder) = evaluate_labeled(&format!("{good}\n{good}{{\"text\": 3}}\n"));
    assert_eq!(code, Some(1));
    assert!(errors.contains("essays.jsonl, line 4: "), "{errors}");
    let (code, _, errors, _folder) = evaluate_labeled("\n");
    assert_eq!(code, Some(1));
    assert!(errors.contains("without a single text"), "{errors}");
}
