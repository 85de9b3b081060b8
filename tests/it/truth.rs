//! What the bundled pair may say of a text: little where it says little of its writer, and the same of the same words.

use std::path::Path;
use std::sync::LazyLock;

use calling::internals::assessment::known;
use calling::internals::inference::{Known, read_alone};
use calling::internals::models::{LoadedModel, load};
use calling::internals::norm::Norm;
use calling::internals::survey::{Keyed, Questionnaire};

/// The pair with the questionnaire that it was fitted to.
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

/// The text of somebody who rates every item so and answers nothing.
fn rated(rating: impl Fn(Keyed) -> usize) -> String {
    let sentence = |item: &calling::internals::survey::Item| item.sentences[rating(item.keyed) - 1].clone();
    BUNDLED.questionnaire.items.iter().map(sentence).collect::<Vec<_>>().join(" ")
}

const PARAGRAPH: &str = "I spent most of Saturday alone in the shed, sanding the legs of an old chair. Nobody called, and I \
    did not mind. Around four I wrote a list of what is left to do, crossed out half of it and felt lighter. My sister thinks \
    I plan too much. Perhaps she is right, but I sleep better when I know what tomorrow looks like.";

#[test]
fn words_about_something_else_say_next_to_nothing_of_their_writer() {
    for (what, text) in [
        (
            "license",
            "Permission to use the Software is granted to any recipient of a copy, provided that this notice is kept in all \
             copies. The Software is delivered in its present state. The Licensor accepts no liability for loss of data, \
             loss of profit or any other damage that follows from its use, even where the Licensor was told of it. \
             Redistribution in binary form must name the version from which it was made. This agreement ends when the \
             Licensee breaks any of its terms. Each clause stands if another is held to be void.",
        ),
        (
            "manual",
            "Switch the machine off and pull the plug before opening the cover. Turn the screw on the left side until the \
             filter comes loose. Rinse the filter under warm water and let it dry for two hours. Do not use detergents. Push \
             the filter back until it clicks, close the cover and reset the counter by holding the round button for five \
             seconds. A red lamp shows that the tank is empty.",
        ),
        (
            "recipe",
            "Peel two onions and chop them finely. Heat the oil in a heavy pan and soften the onions for ten minutes. Add the \
             rice and stir until it is coated. Pour in a ladle of hot stock and wait until it is absorbed before adding the \
             next. After twenty minutes the rice is soft and still has some bite. Stir in butter and cheese, cover the pan \
             and serve after two minutes.",
        ),
        (
            "news",
            "The council voted on Tuesday to close the bridge for repairs until the end of March. Engineers had found cracks \
             in two of the pillars during an inspection in autumn. Buses will be sent over the northern crossing. A \
             spokesman for the traders said that the detour would cost shops a third of their customers. Work is expected \
             to begin in January and to cost four million.",
        ),
        (
            "code",
            "fn merge(left: &[u32], right: &[u32]) -> Vec<u32> { let mut out = Vec::new(); let (mut i, mut j) = (0, 0); while \
             i < left.len() && j < right.len() { if left[i] <= right[j] { out.push(left[i]); i += 1; } else { \
             out.push(right[j]); j += 1; } } out.extend(&left[i..]); out.extend(&right[j..]); out }",
        ),
        (
            "German",
            "Am Wochenende bin ich mit meinem Bruder an den See gefahren. Wir haben lange geredet und sind erst spät nach \
             Hause gekommen. Ich mag es, wenn der Tag keinen Plan hat. Am Montag war ich müde, aber gut gelaunt.",
        ),
    ] {
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
