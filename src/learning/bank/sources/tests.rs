use super::*;
use crate::learning::bank::text::Labels;

#[test]
fn items_are_rewritten_in_the_first_person() {
    assert_eq!(first_person("Am the life of the party."), "I am the life of the party.");
    assert_eq!(normal_form("Love to daydream"), normal_form("Love to daydream."));
}

fn norm() -> Norm {
    Norm::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/norm"))).unwrap()
}

fn questionnaire() -> Questionnaire {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
    Questionnaire::load(Path::new(path)).unwrap()
}

#[test]
fn an_answer_follows_its_lead_in() {
    let questionnaire = questionnaire();
    let labels = Labels { traits: [-2, 0, 0, 0, 0], axes: [2, 0, 0, 0] };
    let text = "I stayed by the door.".to_string();
    let answer = BankAnswer { question: "q03".to_string(), line: 7, text, labels, kind: None };
    let examples = answer_examples([&answer].into_iter(), &questionnaire);
    let lead_in = &questionnaire.questions[2].lead_in;
    assert_eq!(examples[0].composed(), format!("{lead_in} I stayed by the door."));
    assert_eq!((examples[0].targets[0], examples[0].targets[5]), (-2.0, 2.0));
}

#[test]
fn a_rated_sentences_target_is_where_those_who_choose_it_stand() {
    let (questionnaire, norm) = (questionnaire(), norm());
    let sentences = rated_examples(&questionnaire, &norm).unwrap();
    assert_eq!(sentences.len(), 300);
    for (item, of_item) in questionnaire.items.iter().zip(sentences.chunks(5)) {
        let place = item.trait_.index();
        let targets: Vec<f32> = of_item.iter().map(|e| e.targets[place]).collect();
        let rises = targets.is_sorted_by(|a, b| a < b);
        assert!(if item.keyed == Keyed::Plus { rises } else { targets.is_sorted_by(|a, b| a > b) });
        assert!(of_item.iter().all(|e| e.targets.iter().filter(|t| **t != 0.0).count() <= 1));
        // Averaged over the norm group, an item has no target.
        let shares = norm.item(&item.id).unwrap().shares;
        let mean: f64 = targets.iter().zip(shares).map(|(t, share)| f64::from(*t) * share).sum();
        assert!(mean.abs() < 0.15, "{}: {mean}", item.id);
    }
    let strength = sentences.iter().flat_map(|e| e.targets).map(f32::abs).sum::<f32>() / 300.0;
    assert!((1.9..2.3).contains(&strength), "{strength}");
}

#[test]
fn neutral_examples_have_targets_of_zero_and_differ() {
    let sentences = neutral_examples(&questionnaire());
    let texts: std::collections::HashSet<_> = sentences.iter().map(|e| &e.group).collect();
    assert!(texts.len() == sentences.len() && sentences.len() >= 76);
    assert!(sentences.iter().all(|e| e.targets == [0.0; LABELS]));
}
