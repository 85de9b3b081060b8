//! Checks every sentence of the questionnaire, and composed texts, with the grammar checker Harper.
//!
//! All of its curated rules apply. Where it finds a mistake, our words change, not the rules.

use std::collections::BTreeSet;
use std::sync::Arc;

use harper_core::linting::LintGroup;
use harper_core::parsers::PlainEnglish;
use harper_core::spell::FstDictionary;
use harper_core::{Dialect, Document};
use rand::SeedableRng;
use rand::rngs::StdRng;

use calling::internals::survey::{Answers, Questionnaire, RawAnswers, compose};

const RESPONDENTS: u64 = 200;

/// Open answers without mistakes, except some that composing corrects: fragments, sentences, paragraphs, a list.
const CLEAN_ANSWERS: [&str; 64] = [
    "kind, I hope",
    "loyal and a little loud",
    "tea, a blanket, and silence",
    "nothing much",
    "my grandmother's kitchen",
    "an hour without a screen",
    "a long walk by the river",
    "honest to a fault",
    "the stars, and how far away they are",
    "birds, mostly",
    "my brother, of course",
    "old maps and new places",
    "sleep",
    "no idea",
    "jigsaw puzzles",
    "a hot bath and nobody talking",
    "yes, more than once",
    "It depends.",
    "I cry, and then I laugh about it.",
    "I went home and read a book.",
    "I look for the quiet one in the corner and say hello.",
    "We had wanted to go to the lake, but it rained all day, so we played cards until midnight.",
    "First I sort the screws. Then I read the instructions twice. In the end I ask my neighbor.",
    "I make a list, cross off two things, and lose the list.",
    "I would rather not talk about it for long, but it taught me to ask for help.",
    "I begin on the last evening. It is always the same, and every time I promise myself to do better.",
    "My desk is full of notes, and nobody but me can find anything on it.",
    "A visitor would notice the plants first.",
    "I wanted to know how bread works, so I baked a loaf every day for a month.",
    "They would say that I listen well and that I am always late.",
    "I tell them that I am sorry, and I mean it.",
    "I get loud, and five minutes later I am ashamed.",
    "It makes me angry when people laugh at someone who cannot defend himself.",
    "I lie awake and count the things that I said wrong. A glass of milk helps.",
    "I thought that I hated the city. Then I spent a summer there and did not want to leave.",
    "I asked three people, slept on it, and did what I had wanted to do from the start.",
    "I promised my sister that I would teach her to swim, and I did.",
    "There should be more benches and fewer cars.",
    "I hope that I still sing every day.",
    "I wait a little, and if nobody says anything, I make a suggestion.",
    "I pack my bag the night before and check it in the morning.",
    "I like to cook with others, but I prefer to eat in peace.",
    "My thoughts go back to the village where we spent our summers.",
    "I imagine conversations that will never take place.",
    "I try to make both of them laugh. When that fails, I leave the room.",
    "There is a rule at the pool that you may not run, and I walk very quickly.",
    "The film made me call my father.",
    "I was busy, but I went anyway. Afterward I was glad that I had.",
    "I said no, and it bothered me for a week.",
    "I talk to the person next to me about the weather, and it usually goes on from there.",
    "I stand by the door and hope that someone speaks to me.",
    "Nothing keeps me awake. I read two pages, and the book falls on my nose.",
    "If I could change one thing, the library would be open on Sundays.",
    "I do not follow recipes. I taste, add something, and taste again.",
    "i like the mornings best , because the house is still asleep",
    "I get up late, feed the cat, and see what the day brings",
    "- a cup of coffee\n- a crossword\n- a nap",
    "I sleep until ten.\n\nThen I go out and look for something new.",
    "Honestly? I panic for a minute. After that I make a new plan.",
    "The song was one that my mother used to sing. I heard it in a shop and had to sit down.",
    "I learned to juggle. It took me three weeks and one broken lamp.",
    "I want to know who I am talking to before I say what I think.",
    "I hold my tongue, go for a run, and come back with an answer.",
    "I have changed my mind about almost everything except my friends.",
];

fn bundled() -> Questionnaire {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
    Questionnaire::load(path.as_ref()).unwrap_or_else(|error| panic!("{error}"))
}

/// Harper with its default rules for American English.
struct Checker {
    rules: LintGroup,
    dictionary: Arc<FstDictionary>,
}

impl Checker {
    fn new() -> Checker {
        let dictionary = FstDictionary::curated();
        Checker { rules: LintGroup::new_curated(dictionary.clone(), Dialect::American), dictionary }
    }

    /// Each finding: the rule, the words in context, the message.
    fn findings(&mut self, text: &str) -> BTreeSet<String> {
        let document = Document::new(text, &PlainEnglish, &self.dictionary);
        let source = document.get_source();
        let mut found = BTreeSet::new();
        for (rule, lints) in self.rules.organized_lints(&document) {
            for lint in lints {
                let words = lint.get_str(source);
                let (start, end) =
                    (lint.span.start.saturating_sub(40), (lint.span.end + 40).min(source.len()));
                let around: String = source[start..end].iter().collect();
                found.insert(format!("{rule}: \"{words}\" in \"{around}\": {}", lint.message));
            }
        }
        found
    }
}

/// Random ratings, and for each question a clean answer or a skip. The answers shift by one from seed to seed, so that 64
/// respondents put each answer after each lead-in.
fn respondent(questionnaire: &Questionnaire, seed: u64) -> RawAnswers {
    let mut raw = questionnaire.random_answers(&mut StdRng::seed_from_u64(seed));
    for (place, question) in questionnaire.questions.iter().enumerate() {
        if raw.0.contains_key(&question.id) {
            let words = CLEAN_ANSWERS[(7 * place + seed as usize) % CLEAN_ANSWERS.len()];
            raw.0.insert(question.id.clone(), words.to_owned());
        }
    }
    raw
}

fn composed(questionnaire: &Questionnaire, raw: &RawAnswers) -> String {
    match Answers::parse(questionnaire, raw) {
        Ok(answers) => compose(questionnaire, &answers).text,
        Err(errors) => panic!("{errors:?}"),
    }
}

#[test]
fn the_questionnaire_has_no_mistakes() {
    let mut checker = Checker::new();
    let questionnaire = bundled();
    let mut found = BTreeSet::new();
    for item in &questionnaire.items {
        for sentence in &item.sentences {
            found.extend(checker.findings(sentence));
        }
        found.extend(checker.findings(&item.sentences.join(" ")));
        found.extend(checker.findings(&item.text));
    }
    for question in &questionnaire.questions {
        for words in [&question.prompt, &question.hint, &question.lead_in] {
            found.extend(checker.findings(words));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// Every text in a file of descriptions.
fn texts_of(value: &toml::Value, found: &mut Vec<String>) {
    match value {
        toml::Value::String(text) => found.push(text.clone()),
        toml::Value::Array(parts) => parts.iter().for_each(|part| texts_of(part, found)),
        // Names of studies are quoted as they were printed.
        toml::Value::Table(fields) => {
            fields
                .iter()
                .filter(|(name, _)| *name != "sources")
                .for_each(|(_, field)| texts_of(field, found));
        }
        _ => {}
    }
}

/// The text without names of studies in parentheses, and with words that Harper does not know replaced by some that it does.
fn without_names(text: &str) -> String {
    const UNKNOWN: [(&str, &str); 4] = [
        ("extraversion", "openness"),
        ("Extraversion", "Openness"),
        ("MBTI-style", "usual"),
        ("an usual", "a usual"),
    ];
    let mut plain = text.to_owned();
    while let Some((open, close)) =
        plain.find(" (").and_then(|open| Some((open, open + plain[open..].find(')')?)))
    {
        plain.replace_range(open..=close, "");
    }
    for (unknown, known) in UNKNOWN {
        plain = plain.replace(unknown, known);
    }
    plain.replace("the S and N of", "the T and F of")
}

#[test]
fn descriptions_have_no_mistakes() {
    let mut checker = Checker::new();
    let mut found = BTreeSet::new();
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/descriptions"));
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let mut texts = Vec::new();
        texts_of(&toml::Value::Table(text.parse().unwrap()), &mut texts);
        assert!(texts.len() >= 50, "{} texts", texts.len());
        found.extend(texts.iter().flat_map(|text| checker.findings(&without_names(text))));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn composed_texts_have_no_mistakes() {
    let questionnaire = bundled();
    let read = |seeds: std::ops::Range<u64>| {
        let mut checker = Checker::new();
        let texts = seeds.map(|seed| composed(&questionnaire, &respondent(&questionnaire, seed)));
        texts.flat_map(|text| checker.findings(&text)).collect::<BTreeSet<_>>()
    };
    // It takes half a minute, so two threads share it.
    let halves = [0..RESPONDENTS / 2, RESPONDENTS / 2..RESPONDENTS];
    let found: Vec<_> = std::thread::scope(|scope| {
        let readers = halves.map(|seeds| scope.spawn(|| read(seeds)));
        readers
            .into_iter()
            .flat_map(|reader| reader.join().unwrap_or_else(|_| panic!("a reader panicked")))
            .collect()
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn random_answers_have_no_mistakes() {
    let mut checker = Checker::new();
    let questionnaire = bundled();
    let mut found = BTreeSet::new();
    for seed in 0..12 {
        let raw = questionnaire.random_answers(&mut StdRng::seed_from_u64(seed));
        found.extend(checker.findings(&composed(&questionnaire, &raw)));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn planted_mistakes_are_found() {
    let mut checker = Checker::new();
    let questionnaire = bundled();
    let text = composed(&questionnaire, &respondent(&questionnaire, 1));
    assert_eq!(checker.findings(&text), BTreeSet::new());
    let planted = [
        ("This is an test.", "AnA: \"an\""),
        ("I could of gone home.", "could of"),
        ("I beleive in it.", "SpellCheck: \"beleive\""),
        ("We saw the the lake.", "the the"),
    ];
    let end_of_first_paragraph = text.find("\n\n").unwrap_or(0);
    for (mistake, finding) in planted {
        let (before, after) = text.split_at(end_of_first_paragraph);
        let found = checker.findings(&format!("{before} {mistake}{after}"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found.iter().all(|f| f.contains(finding)), "{found:?}");
    }
}
