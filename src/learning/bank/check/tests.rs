//! Checks of small banks and of the bundled one.

use super::*;
use crate::learning::bank::text::Labels;
use crate::learning::bank::{load_answers, load_standalone};

fn questionnaire() -> Questionnaire {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
    Questionnaire::load(std::path::Path::new(path)).unwrap()
}

fn answer(question: &str, line: usize, text: &str, extraversion: i8) -> BankAnswer {
    let labels = Labels { traits: [extraversion, 0, 0, 0, 0], axes: [0; 4] };
    BankAnswer { question: question.to_string(), line, text: text.to_string(), labels, kind: None }
}

#[test]
fn six_shared_words_are_found_across_questions_unless_they_are_the_questions_own() {
    let bank = [
        answer("q03", 1, "I stayed by the door and counted minutes.", -2),
        answer("q08", 4, "Mostly I stayed by the door and waited.", -2),
        answer("q08", 5, "After a long day among people I sleep.", 0),
        answer("q08", 6, "After a long day among people: tea.", 0),
    ];
    let report = check(&bank, &[], &questionnaire());
    assert_eq!(report.shared.len(), 1, "{:?}", report.shared);
    assert_eq!((report.shared[0].first.as_str(), report.shared[0].second.as_str()), ("q03:1", "q08:4"));
    assert_eq!(report.shared[0].common, "i stayed by the door and");
}

#[test]
fn no_two_texts_of_the_bundled_bank_share_six_words() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/answers"));
    let (bank, standalone) =
        (load_answers(folder, &questionnaire()).unwrap(), load_standalone(folder).unwrap());
    let report = check(&bank, &standalone, &questionnaire());
    assert!(report.answers > 1000 && report.shared.is_empty(), "{:?}", report.shared);
}

#[test]
fn skeletons_and_near_duplicates_are_found() {
    let bank = [
        answer("q10", 1, "I like to dance with them and I would paint on my own.", 1),
        answer("q10", 2, "I like to cook with them and I would read on my own.", 1),
        answer("q10", 3, "Cards with the neighbors; the garden for myself.", 0),
        answer("q10", 4, "Cards with the neighbors, and the garden for myself.", 0),
    ];
    let report = check(&bank, &[], &questionnaire());
    assert!(report.skeletons.iter().any(|p| p.first == "q10:1" && p.second == "q10:2"));
    assert!(report.near.iter().any(|p| p.first == "q10:3" && p.second == "q10:4"));
}

#[test]
fn labels_that_correlate_with_length_show_in_their_group() {
    let mut bank: Vec<BankAnswer> =
        (0..6).map(|i| answer("q10", i, &"word ".repeat(i + 1), [-1, 1][i % 2])).collect();
    for (i, label) in [(1, -2), (9, 2)] {
        let long = answer("q10", i, &"mine ".repeat(i), label);
        bank.push(BankAnswer { kind: Some(CounterExample::Style), ..long });
    }
    let report = check(&bank, &[], &questionnaire());
    let names: Vec<&str> = report.groups.iter().map(|g| g.name.as_str()).collect();
    assert_eq!(names, ["all", "counter-examples", "style"]);
    let style = &report.groups[2];
    assert_eq!((style.texts, style.means[0]), (2, 0.0));
    assert!(style.with_length[0] > 0.99 && report.groups[0].with_length[0] < 0.9);
}

#[test]
fn unbalanced_labels_are_named() {
    let bank: Vec<BankAnswer> =
        (0..9).map(|i| answer("q10", i, &format!("number {i}"), if i < 7 { 2 } else { -1 })).collect();
    let report = check(&bank, &[], &questionnaire());
    let balance = report.balance.iter().find(|b| b.question == "q10").unwrap();
    assert_eq!(balance.poles[0], (2, 7));
    assert_eq!(balance.uneven, ["E"]);
    assert_eq!(balance.lengths, [1.0, 0.0, 0.0]);
}
