use super::*;
use crate::inference::typography::Plain;
use crate::personality::Trait;

const RATED: &str = "I make friends easily.";
const LEAD_IN: &str = "Asked how a good friend would describe me, I would say:";

/// An item with these sentences for ratings of 4; the others are made up.
fn item(id: &str, trait_: Trait, toward: bool, sentence: &str) -> KnownItem {
    let sentences = std::array::from_fn(|place| {
        if place == 3 { sentence.to_owned() } else { format!("I rate {id} with {}.", place + 1) }
    });
    KnownItem { id: id.into(), trait_, toward, mean: 3.0, sentences }
}

fn known() -> Known {
    let mut items = vec![
        item("r01", Trait::Extraversion, true, RATED),
        item("r02", Trait::Conscientiousness, false, "I waste my time."),
    ];
    for number in 3..=40 {
        let trait_ = Trait::ALL[number % 5];
        let id = format!("r{number:02}");
        items.push(item(&id, trait_, number % 2 == 0, &format!("I rate {id} with 4.")));
    }
    Known::new(items, [("q01", LEAD_IN), ("q02", "This is how I spend a free day:")])
}

/// The facts about ratings of the items 3 to 40.
fn rated(rating: impl Fn(usize) -> usize) -> RatingFacts {
    let text: String =
        (3..=40).map(|number| format!("I rate r{number:02} with {}. ", rating(number))).collect();
    let text = Plain::new(&text).text;
    plan(&text, &offsets(&text), 20, &known()).ratings
}

#[test]
fn ratings_that_are_all_alike_or_contradict_each_other_are_known() {
    for rating in 1..=5 {
        let facts = rated(|_| rating);
        assert!(facts.are_alike() && facts.trust() < 0.2, "{facts:?}");
        assert_eq!((facts.items, facts.commonest), (38, 1.0));
    }
    let consistent = rated(|number| if number % 2 == 0 { 4 + number % 3 / 2 } else { 2 - number % 3 / 2 });
    assert!(!consistent.are_alike() && !consistent.contradict(), "{consistent:?}");
    assert_eq!(consistent.trust(), 1.0);
    // Agreeing with both ends of every trait.
    let agreeing = rated(|number| if number % 4 == 0 { 4 } else { 5 });
    assert!(agreeing.contradict(), "{agreeing:?}");
    let scattered = rated(|number| if number % 4 < 2 { 1 } else { 5 });
    assert!(scattered.contradict() && scattered.trust() < 0.5, "{scattered:?}");
}

#[test]
fn a_few_ratings_are_not_judged() {
    let text = Plain::new("I rate r03 with 5. I rate r04 with 5.").text;
    let facts = plan(&text, &offsets(&text), 20, &known()).ratings;
    assert_eq!((facts.items, facts.are_alike(), facts.contradict()), (2, false, false));
}

/// One token for each word, so that token numbers are easy to follow.
fn offsets(text: &str) -> Vec<Range<usize>> {
    text.split(' ')
        .scan(0, |at, word| {
            let range = *at..*at + word.len();
            *at = range.end + 1;
            Some(range)
        })
        .filter(|range| !range.is_empty())
        .collect()
}

/// The words of each window, with its source and weight.
fn planned(original: &str, capacity: usize) -> Vec<(String, WindowSource, f64)> {
    let text = Plain::new(original).text;
    let offsets = offsets(&text);
    let plan = plan(&text, &offsets, capacity, &known());
    plan.windows
        .into_iter()
        .map(|window| {
            let bytes = offsets[window.tokens.start].start..offsets[window.tokens.end - 1].end;
            (text[bytes].to_owned(), window.source, window.weight)
        })
        .collect()
}

fn texts(original: &str, capacity: usize) -> Vec<String> {
    planned(original, capacity).into_iter().map(|(text, ..)| text).collect()
}

#[test]
fn ratings_answers_and_free_text_are_told_apart() {
    let text = format!(
        "{RATED} I waste my time.\n\n{LEAD_IN} Kind, I hope. And slow\n\nThis is how I spend a free day: I read."
    );
    let found = planned(&text, 50);
    let sources: Vec<_> = found.iter().map(|(_, source, _)| source.clone()).collect();
    assert_eq!(
        sources,
        [
            WindowSource::Rated("r01".into()),
            WindowSource::Rated("r02".into()),
            WindowSource::Answer("q01".into()),
            WindowSource::Answer("q02".into()),
        ]
    );
    assert_eq!(found[2].0, format!("{LEAD_IN} Kind, I hope. And slow"), "the next lead-in ends an answer");
    assert_eq!(planned("I like tea.", 50)[0].1, WindowSource::Free);
}

#[test]
fn line_breaks_change_nothing() {
    let text =
        "I like tea. My mornings are slow. I do not like noise. We moved last year. I miss the old house.";
    let broken =
        text.replace(". ", ".\n\n").replace("do not", "do\nnot").replace("old house", "old\r\n   house");
    assert_eq!(planned(text, 12), planned(&broken, 12));
}

#[test]
fn a_passage_that_is_repeated_says_nothing_new() {
    let passage = "I like tea. My mornings are slow. I do not like noise.";
    let repeated = vec![passage; 30].join(" ");
    assert_eq!(planned(&repeated, 12), planned(passage, 12));
    let shouted = format!("{passage} {}", passage.to_uppercase());
    assert_eq!(planned(&shouted, 12), planned(passage, 12));
}

#[test]
fn the_same_long_answer_to_two_questions_counts_once_and_a_short_one_twice() {
    let twice = |answer: &str| {
        texts(&format!("{LEAD_IN} {answer}\n\nThis is how I spend a free day: {answer}"), 60).len()
    };
    assert_eq!(twice("I would really rather not say."), 1);
    assert_eq!(twice("Not sure."), 2);
}

#[test]
fn moving_a_paragraph_changes_only_windows_at_its_edges() {
    let paragraph =
        |name: &str| -> String { (0..40).map(|n| format!("I met {name} number {n} there. ")).collect() };
    let (first, second) = (paragraph("friend"), paragraph("dog"));
    let forward = texts(&format!("{first}\n\n{second}"), 60);
    let backward = texts(&format!("{second}\n\n{first}"), 60);
    let changed = forward.iter().filter(|window| !backward.contains(window)).count();
    assert!(forward.len() > 10 && changed <= 2, "{changed} of {}: {forward:#?}", forward.len());
}

#[test]
fn no_window_is_larger_than_the_capacity_and_every_new_word_is_read() {
    let words = "word ".repeat(50);
    let text = format!("{RATED} {words} {LEAD_IN} I walk and I look around. Then I rest. ");
    for capacity in [1, 3, 7, 200] {
        let plain = Plain::new(&text).text;
        let offsets = offsets(&plain);
        let plan = plan(&plain, &offsets, capacity, &known());
        let mut next = 0;
        for window in &plan.windows {
            assert!(window.tokens.len() <= capacity, "{window:?}");
            assert_eq!(window.tokens.start, next, "a gap before {window:?}");
            next = window.tokens.end;
        }
        assert_eq!(next, offsets.len());
    }
}

#[test]
fn words_about_something_else_hardly_count() {
    let about_me = planned("I always plan my week and I keep to what I planned for it.", 60)[0].2;
    let manual = planned("Press the green button and wait until the lamp on the left of it is lit.", 60)[0].2;
    assert!(about_me > 0.9, "{about_me}");
    assert!(manual <= 0.05, "{manual}");
}

#[test]
fn noise_and_other_languages_count_for_nothing() {
    let german = "Ich gehe gern spazieren und ich mag es, wenn die Sonne scheint. Am Abend lese ich ein Buch und denke \
        an das, was war.";
    for text in [&"asdf jkl asdf qwer ".repeat(20), german] {
        let answer = format!("{LEAD_IN} {text}");
        for (_, source, weight) in planned(&answer, 60) {
            assert_eq!((source, weight), (WindowSource::Answer("q01".into()), 0.0), "{text}");
        }
    }
    assert!(planned(&format!("{LEAD_IN} Kind. Too kind"), 60)[0].2 > 0.15, "a few words decide little");
}

#[test]
fn a_text_that_says_nothing_has_no_windows() {
    assert_eq!(plan("", &[], 10, &known()).windows, []);
    assert_eq!(plan("", &[], 10, &known()).facts, TextFacts::default());
}
