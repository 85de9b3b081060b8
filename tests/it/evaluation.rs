//! Evaluations: the page shows the figures of the file and no others, and labeled text can be measured.

use std::fs;
use std::path::{Path, PathBuf};

use calling::internals::models::evaluation::{
    Bank, Baseline, Beside, Evaluation, FILE_NAME, Figure, Kind, Measured, People, Responses,
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
        responses: Vec::new(),
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

#[test]
fn the_bundled_figures_are_of_the_bundled_models() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let text = fs::read_to_string(models.join(FILE_NAME)).unwrap();
    let evaluation: Evaluation = serde_json::from_str(&text).unwrap();
    assert_eq!(evaluation.big_five, measured(&models.join("big-five")), "run calling evaluate again");
    assert_eq!(evaluation.mbti, measured(&models.join("mbti")), "run calling evaluate again");
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
        "8,765",
        "4,321",
        ".014",
        "1.00",
        "A simple reader",
        "T/F",
        "in int8 precision",
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
async fn the_page_opens_with_five_sentences_and_shows_real_people_first() {
    let (folder, models) = pair();
    let figure = |kind, of: &str, value, beside: &[(&str, f64)]| Figure {
        kind,
        of: of.to_owned(),
        value,
        standard_error: None,
        floor: None,
        goal: None,
        beside: beside
            .iter()
            .map(|(name, value)| Beside { name: (*name).to_owned(), value: *value })
            .collect(),
    };
    let mut evaluation = evaluation(&models, 0.6213, 0.6111);
    let accuracies =
        [("its accuracy", 0.3141), ("Bayes posterior's accuracy", 0.4142), ("always the commonest", 0.0912)];
    evaluation.figures.push(figure(Kind::TypeTopOne, "", 0.7583, &accuracies));
    evaluation.figures.retain(|f| f.kind != Kind::TypeTopOne || !f.beside[0].name.contains("something"));
    evaluation.figures.push(figure(Kind::CalibrationError, "Neuroticism", 0.0234, &[]));
    evaluation.figures.push(figure(Kind::CalibrationError, "T/F", 0.0123, &[]));
    let simulated = page(&folder, &models, Some(&evaluation)).await;
    let opening = &simulated[simulated.find("</h1>").unwrap()..simulated.find("How it works").unwrap()];
    for part in [
        "8,765 simulated people",
        "No real person took part",
        "right for 31.4% of the simulated people",
        "right for 41.4%",
        "most common type for 9.1%",
        "off by 2.3 percentage points on average for Neuroticism",
        "among simulated people",
        "It cannot tell",
    ] {
        assert!(opening.contains(part), "{part} is not in {opening}");
    }
    assert!(!simulated.contains("<h3>Real people</h3>"));

    evaluation.responses.push(Responses {
        file: "ratings.csv".to_owned(),
        sha256: String::new(),
        people: 1234,
        items: 16,
        figures: vec![
            figure(Kind::ResponseCalibration, "Openness", 0.0456, &[]),
            figure(Kind::ResponseBand, "Openness", 0.8912, &[]),
            figure(Kind::ResponseAgreement, "Openness", 0.9876, &[]),
            figure(
                Kind::ResponseCorrelation,
                "Extraversion, Openness",
                0.0321,
                &[("readings' r", 0.2222), ("scores' r", 0.1901)],
            ),
        ],
    });
    let with_people = page(&folder, &models, Some(&evaluation)).await;
    for part in [
        "the ratings of 1,234 real people",
        "off by 4.6 percentage points on average for Openness",
        "among real people",
        "ratings.csv: 1234 people who rated 16 items",
        ".891",
        ".988",
        ".222",
        ".190",
        ".032",
    ] {
        assert!(with_people.contains(part), "{part} is not in {with_people}");
    }
    let place = |part: &str| with_people.find(part).unwrap();
    assert!(place("<h3>Real people</h3>") < place("<h3>Simulated people</h3>"));
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
    let of = |kind| written.labelled[0].figures.iter().filter(move |f| f.kind == kind);
    for kind in [Kind::LabelledArea, Kind::LabelledBrier, Kind::LabelledLogLoss, Kind::LabelledSlope] {
        assert_eq!(of(kind).count(), 5, "one trait and four axes are labeled");
    }
    assert_eq!(of(Kind::LabelledLength).count(), 9, "how length counts is measured of every trait and axis");
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

/// Real ratings, read with the bundled model of the five traits.
#[cfg(feature = "training")]
fn evaluate_responses(rows: &str) -> (Option<i32>, String, String, TempDir) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("ratings.csv");
    fs::write(&file, rows).unwrap();
    let json = folder.path().join("out.json");
    let (file, json) = (file.to_str().unwrap(), json.to_str().unwrap());
    let mut command = calling(&["evaluate", "--labeled-only", "--responses", file, "--json", json]);
    let said = output(command.current_dir(env!("CARGO_MANIFEST_DIR")));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (said.status.code(), text(said.stdout), text(said.stderr), folder)
}

#[cfg(feature = "training")]
#[test]
fn real_ratings_are_measured_person_by_person() {
    // An item toward and one against each of two traits, rated 2 or 4 alike: few sentences, since a debug build reads slowly.
    let row = |i: usize| {
        let (e, o) = (2 + 2 * (i % 2), 2 + 2 * (i / 2 % 2));
        format!("{i},{e},{},{o},{}\n", 6 - e, 6 - o)
    };
    let rows: String = (0..40).map(row).collect();
    let (code, out, errors, folder) = evaluate_responses(&format!("person,r01,r20,r03,r39\n{rows}"));
    assert_eq!(code, Some(0), "{errors}");
    assert!(out.contains("ratings.csv: 40 people who rated 4 items"), "{out}");
    let written = Evaluation::read(&folder.path().join("out.json")).unwrap();
    let responses = &written.responses[0];
    assert_eq!((responses.people, responses.items), (40, 4));
    let value =
        |kind, of: &str| responses.figures.iter().find(|f| f.kind == kind && f.of == of).unwrap().value;
    let agreement = value(Kind::ResponseAgreement, "Openness");
    assert!((0.95..1.05).contains(&agreement), "{agreement}");
    let apart = value(Kind::ResponseCorrelation, "Extraversion, Openness");
    assert!(apart.abs() < 0.1, "{apart}");
}

#[cfg(feature = "training")]
#[test]
fn a_broken_cell_of_real_ratings_is_named() {
    let rows = format!("r01,r15\n{}4,agree\n", "4,4\n".repeat(30));
    let (code, _, errors, _folder) = evaluate_responses(&rows);
    assert_eq!(code, Some(1));
    assert!(errors.contains("ratings.csv, line 32, column r15: expected a rating from 1 to 5"), "{errors}");
}
