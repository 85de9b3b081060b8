//! No sentence may contradict a number: results of thousands of simulated people, extremes and noise among them, are
//! composed by the code that makes the page, and every sentence is held against the figures.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use askama::Template;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::assessment::{Assessor, Naming, Shares};
use crate::careers::{Catalog, Filters};
use crate::inference::{
    EvidenceReading, ModelReading, RatingFacts, ReadWindow, TextFacts, Timings, WindowSource,
};
use crate::models::evidence::{OutputReading, Outputs};
use crate::norm::Norm;
use crate::personality::{Axis, Estimate, Mbti, Pair, Trait, readout, shown};
use crate::records::{SharedRecord, Source};
use crate::survey::Questionnaire;
use crate::web::numbers::percent;
use crate::web::result::best::{BestCareers, BestInterests};
use crate::web::result::good::How;
use crate::web::result::stored::{On, Stored};
use crate::web::result::view::ReadingView;

/// Simulated people, and odd ones: extremes, noise, ties, and too little to go by.
const PEOPLE: u64 = 5_000;
const ODD: u64 = 500;
/// Careers take long to rank without optimization, so only one person in so many gets their own.
const WITH_CAREERS: u64 = 25;

static DATASETS: LazyLock<std::path::PathBuf> =
    LazyLock::new(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets"));
static SURVEY: LazyLock<Questionnaire> =
    LazyLock::new(|| Questionnaire::load(&DATASETS.join("questionnaire.toml")).unwrap());
static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::load(&DATASETS).unwrap());
static DESCRIPTIONS: LazyLock<Descriptions> =
    LazyLock::new(|| Descriptions::load(&DATASETS.join("descriptions")).unwrap());
static ASSESSOR: LazyLock<Assessor> =
    LazyLock::new(|| Assessor::new(&SURVEY, Arc::new(Norm::load(&DATASETS.join("norm")).unwrap())));

/// The parts of a result page that have words.
#[derive(Template)]
#[template(
    source = "{% if let Some(a) = reading.assessed %}{% include \"assessed.html\" %}{% endif %}
              {% if let Some(why) = why %}{% include \"why.html\" %}{% endif %}{% include \"good.html\" %}",
    ext = "html"
)]
struct Page<'a> {
    reading: &'a ReadingView,
    best: &'a BestCareers,
    ranking: Option<String>,
    everything: Option<String>,
    why: Option<WhyView>,
    good: How,
}

/// What a simulated person gave.
struct Simulated {
    assessment: Assessment,
    shares: Shares,
    profile: Profile,
}

/// How much a person gave, and how it was simulated.
struct Kind {
    ratings: usize,
    words: usize,
    /// Squared correlations of ratings and of words with the trait.
    reliable: [f64; 2],
    /// Makes a standard score from a random one.
    trait_: fn(f64) -> f64,
    /// Whether the words say the opposite of the ratings.
    against: bool,
    facts: fn(&mut TextFacts),
    rated: fn(&mut RatingFacts),
}

impl Default for Kind {
    fn default() -> Kind {
        Kind {
            ratings: 60,
            words: 1060,
            reliable: [0.8, 0.35],
            trait_: |x| x,
            against: false,
            facts: |_| {},
            rated: |_| {},
        }
    }
}

fn odd(number: u64) -> Kind {
    let usual = Kind::default();
    match number % 12 {
        0 => Kind { trait_: |x| 9.0 * x, ..usual },
        1 => Kind { trait_: |x| if x > 0.0 { 40.0 } else { -40.0 }, ..usual },
        2 => Kind { trait_: |_| 0.0, ..usual },
        3 => Kind { trait_: |x| (x * 2.0).round() / 2.0, ..usual },
        4 => Kind { ratings: 0, words: 0, reliable: [0.0, 0.0], ..usual },
        5 => Kind { ratings: 0, words: 3, reliable: [0.0, 0.01], ..usual },
        6 => Kind { ratings: 60, words: 0, reliable: [0.8, 0.0], ..usual },
        7 => Kind { ratings: 0, words: 2_400, reliable: [0.0, 0.3], ..usual },
        8 => Kind { against: true, trait_: |x| 3.0 * x, ..usual },
        9 => Kind { facts: |facts| facts.function_words = 0, reliable: [0.8, 0.001], ..usual },
        10 => Kind { rated: |rated| rated.commonest = 0.97, reliable: [0.2, 0.3], ..usual },
        _ => Kind { rated: |rated| rated.contradiction = 2.0, words: 1, reliable: [0.5, 0.0], ..usual },
    }
}

fn normal(rng: &mut StdRng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

/// What a source with this squared correlation says of a standard score: its mean, and the belief on it alone.
fn measured(rng: &mut StdRng, score: f64, reliable: f64) -> Estimate {
    let mean =
        reliable * score + (reliable * (1.0 - reliable)).sqrt() * normal(rng) * f64::from(score != 0.0);
    Estimate { mean, sd: (1.0 - reliable).sqrt() }
}

/// Two independent measurements of one score.
fn together(beliefs: [Estimate; 2]) -> Estimate {
    let precision: f64 = beliefs.iter().map(|belief| belief.sd.powi(-2) - 1.0).sum::<f64>() + 1.0;
    let mean = beliefs.iter().map(|belief| belief.mean * belief.sd.powi(-2)).sum::<f64>() / precision;
    Estimate { mean, sd: precision.recip().sqrt() }
}

fn evidence(rng: &mut StdRng, kind: &Kind, outputs: Outputs) -> EvidenceReading {
    let count = outputs.names().len();
    let mut windows: Vec<ReadWindow> = Vec::new();
    let given: Vec<(Arc<str>, u8)> = SURVEY
        .items
        .iter()
        .take(kind.ratings)
        .map(|item| (item.id.as_str().into(), rng.random_range(1..=5)))
        .collect();
    let window = |source| ReadWindow { bytes: 0..0, source, weight: 1.0 };
    windows.extend(given.iter().map(|(id, _)| window(WindowSource::Rated(id.clone()))));
    if kind.words > 0 {
        let answers = SURVEY.questions.iter().take(kind.words.div_ceil(40).min(26));
        windows.extend(answers.map(|question| window(WindowSource::Answer(question.id.as_str().into()))));
    }
    let (mut all, mut rated, mut words) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        let score = (kind.trait_)(normal(rng));
        let by_ratings = measured(rng, score, kind.reliable[0]);
        let by_words = measured(rng, if kind.against { -score } else { score }, kind.reliable[1]);
        let level = together([by_ratings, by_words]);
        // As other statements would measure it: less firmly.
        let estimate =
            Estimate { mean: level.mean * 0.95, sd: (1.0 - 0.9 * (1.0 - level.sd.powi(2))).sqrt() };
        let parts: Vec<f64> = windows.iter().map(|_| normal(rng)).collect();
        let sum: f64 = parts.iter().sum();
        let shares = parts.iter().map(|part| part + (estimate.logit() - sum) / parts.len() as f64).collect();
        all.push(OutputReading { estimate, level, shares });
        rated.push(by_ratings);
        words.push(by_words);
    }
    let mut facts = TextFacts { words: kind.words, function_words: kind.words / 2, ..TextFacts::default() };
    facts.distinct = kind.words;
    facts.sentences = kind.words.div_ceil(12);
    (kind.facts)(&mut facts);
    let mut ratings = RatingFacts { items: kind.ratings, commonest: 0.3, ..RatingFacts::default() };
    (kind.rated)(&mut ratings);
    EvidenceReading { outputs, together: all, rated, words, windows, facts, ratings, given }
}

fn simulated(seed: u64, kind: &Kind) -> Simulated {
    let mut rng = StdRng::seed_from_u64(seed);
    let types: Vec<String> = Mbti::ALL.iter().map(|mbti| mbti.name().to_owned()).collect();
    let traits: Vec<String> = Trait::ALL.iter().map(|trait_| trait_.name().to_owned()).collect();
    let mut model = |labels: Vec<String>| {
        let evidence = evidence(&mut rng, kind, Outputs::of(&labels).unwrap());
        let outputs: Vec<f64> = evidence.together.iter().map(|output| output.estimate.logit()).collect();
        let logits = evidence.outputs.label_logits(&outputs);
        let is_types = labels.len() == 16;
        ModelReading {
            probabilities: if is_types { readout::softmax(&logits) } else { readout::sigmoid(&logits) }
                .unwrap(),
            labels,
            logits,
            share_read: 1.0,
            tokens: 1,
            windows: 1,
            calibrated: true,
            evidence: Some(evidence),
            timings: Timings::default(),
        }
    };
    let reading = Pair { mbti: model(types), big_five: model(traits) };
    let exact = reading.profile().unwrap();
    let assessed = ASSESSOR.assess(&reading).unwrap();
    Simulated {
        assessment: assessed.assessment,
        shares: assessed.shares,
        profile: Profile { types: exact.types.map(shown), traits: exact.traits.map(shown) },
    }
}

/// The record that a finished reading leaves.
fn record(person: &Simulated) -> SharedRecord {
    let object = |listed: Vec<(&'static str, f64)>| -> Value {
        listed.into_iter().map(|(name, p)| (name.to_owned(), json!(p))).collect::<Map<_, _>>().into()
    };
    let calibrated = json!({"mbti": {"calibrated": true}, "big_five": {"calibrated": true}});
    SharedRecord {
        id: 1,
        source: Source::Questionnaire,
        questionnaire_version: None,
        questionnaire_hash: None,
        keyed_scores: None,
        result_mbti: Some(object(person.profile.listed_types())),
        result_big_five: Some(object(person.profile.listed_traits())),
        career_data: Some(json!(CATALOG.recommendations(&person.profile))),
        models: None,
        data_version: None,
        reading: Some(calibrated),
        assessment: Some(json!(person.assessment)),
        share_read: Some(1.0),
        shared_interests: None,
        created_at: chrono::DateTime::UNIX_EPOCH,
        finished_at: None,
    }
}

/// Every sentence that a number contradicts.
fn contradictions(seed: u64, kind: &Kind) -> Vec<String> {
    let person = simulated(seed, kind);
    let record = record(&person);
    let on = On { catalog: &CATALOG, descriptions: &DESCRIPTIONS };
    let with_careers = seed.is_multiple_of(WITH_CAREERS);
    let filters = if with_careers {
        Filters::default()
    } else {
        Filters { query: "zzzz".into(), ..Filters::default() }
    };
    let stored = Stored(&record);
    let (reading, best) = if with_careers {
        stored.shown(&on, &stored.person().unwrap(), &filters, None).unwrap()
    } else {
        let none =
            BestCareers { rows: Vec::new(), interests: BestInterests::Hidden, preparations: Vec::new() };
        (stored.view(&on, &none.titles()).unwrap(), none)
    };
    let assessed = reading.assessed.as_ref().unwrap();
    let answers: Value =
        SURVEY.questions.iter().map(|q| (q.id.clone(), json!("Tea."))).collect::<Map<_, _>>().into();
    let given = Given { survey: &SURVEY, answers: Some(&answers), text: "", spans: None };
    let parts = parts(&person.shares, &given);
    let why = WhyView::new(&parts, assessed);
    let reasons: Vec<String> =
        best.rows.iter().flat_map(|row| [Some(row.reason.clone()), row.against.clone()]).flatten().collect();
    let page = Page {
        reading: &reading,
        best: &best,
        ranking: None,
        everything: None,
        why,
        good: How { first_type: None },
    };
    let html = page.render().unwrap();
    let mut faults = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            faults.push(format!("{seed}: {what}: {}", assessed.summary));
        }
    };
    check_traits(&person.assessment, assessed, &mut check);
    check_order(assessed, &mut check);
    check_types(&person, assessed, &html, &mut check);
    check_careers(&person.assessment, &reading, &reasons, &mut check);
    check_words(&person.assessment, assessed, &html, &mut check);
    faults
}

type Check<'a> = &'a mut dyn FnMut(bool, String);

/// The level in whole percentiles: low, middle, high.
fn whole(assessment: &Assessment, trait_: Trait) -> [f64; 3] {
    let level = assessment.of(trait_).together.level;
    [level.low.round(), level.percentile.round(), level.high.round()]
}

fn check_traits(assessment: &Assessment, view: &AssessedView, check: Check<'_>) {
    let summary = &view.summary;
    let all: Vec<Trait> = Trait::ALL.into();
    let unknown = |t: &Trait| whole(assessment, *t)[0] <= 10.0 && whole(assessment, *t)[2] >= 90.0;
    for trait_ in Trait::ALL {
        let [low, at, high] = whole(assessment, trait_);
        let standing = assessment.of(trait_).together;
        let is_unknown = unknown(&trait_);
        let phrases = [
            (crate::norm::Word::Low, at < 10.0),
            (crate::norm::Word::BelowAverage, (10.0..30.0).contains(&at)),
            (crate::norm::Word::AboveAverage, at > 70.0 && at <= 90.0),
            (crate::norm::Word::High, at > 90.0),
        ];
        for (word, holds) in phrases {
            let phrase = phrases::than_most(trait_, word).unwrap();
            let told = says(summary, phrase);
            check(told == (holds && !is_unknown), format!("{trait_} at {at} is told as {phrase}: {told}"));
            if let Some(place) = summary.find(phrase).filter(|_| told) {
                let hedged = summary[..place].contains("probably");
                check(
                    hedged == (low <= 50.0 && high >= 50.0),
                    format!("{trait_} {low} to {high}, hedged: {hedged}"),
                );
                let above = word > crate::norm::Word::Average;
                check((standing.above > 0.5) == above, format!("{trait_}: chance {}", standing.above));
            }
        }
        let name = trait_.name().to_lowercase();
        let near = sentence(summary, "near the middle").is_some_and(|s| s.contains(&name));
        check(
            near == ((30.0..=70.0).contains(&at) && !is_unknown),
            format!("{trait_} at {at} near the middle: {near}"),
        );
        let little = sentence(summary, "says too little").is_some_and(|s| s.contains(&name));
        check(
            little == (is_unknown && !all.iter().all(unknown)),
            format!("{trait_} told as unknown: {little}"),
        );
        let row = view.traits.iter().find(|row| row.trait_ == trait_).unwrap();
        check(
            row.word().contains("high") == (at > 90.0 && !is_unknown),
            format!("{trait_} at {at}: {}", row.word()),
        );
    }
    check(
        summary.contains("this is too little to say") == all.iter().all(unknown),
        "nothing is known".to_owned(),
    );
    check(
        !summary.contains("highest") && !summary.contains("lowest"),
        "an order that ties could break".to_owned(),
    );
}

/// Whether the phrase stands in the text, and not as the end of its stronger form.
fn says(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(place, _)| {
        let rest = &text[place + phrase.len()..];
        !text[..place].ends_with("far ") && rest.starts_with([',', '.', ' '])
    })
}

/// The sentence that holds these words.
fn sentence<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    text.split_inclusive(". ").find(|sentence| sentence.contains(words))
}

fn check_order(view: &AssessedView, check: Check<'_>) {
    for pair in view.traits.windows(2) {
        let (a, b) = (pair[0].together.percentile, pair[1].together.percentile);
        check(a >= b, format!("{a} stands before {b}"));
    }
}

fn check_types(person: &Simulated, view: &AssessedView, html: &str, check: Check<'_>) {
    let close: Vec<Axis> = person
        .assessment
        .axes
        .iter()
        .filter(|axis| shown(axis.together.above.max(1.0 - axis.together.above)) < 0.6)
        .map(|axis| axis.axis)
        .collect();
    let ranked = person.profile.ranked_types();
    let top = percent(ranked[0].1);
    let tied: BTreeSet<&str> =
        ranked.iter().filter(|(_, p)| percent(*p) == top).map(|(mbti, _)| mbti.name()).collect();
    match &person.assessment.naming {
        Naming::One { mbti, .. } => {
            check(close.is_empty(), format!("{mbti} is named, but {close:?} are close"));
            check(
                tied.contains(mbti.name()) && tied.len() == 1,
                format!("{mbti} is named, {tied:?} come first"),
            );
            check(view.summary.contains(&format!("{mbti} fits best")), "the named type".to_owned());
        }
        Naming::Two { first, second, .. } => {
            check(close.len() == 1, format!("two types are named with {close:?} close"));
            check(
                ranked[..2].iter().all(|(t, _)| t == first || t == second),
                format!("{first} and {second}"),
            );
        }
        Naming::None { .. } => {
            check(view.summary.contains("No single one of the 16 types"), "no type is named".to_owned());
            check(
                Mbti::ALL.iter().all(|t| !view.summary.contains(t.name())),
                "a type in the summary".to_owned(),
            );
        }
    }
    for mbti in &tied {
        let counted = view.likeliest.contains(&format!("{} types share", tied.len()));
        check(view.likeliest.contains(mbti) || counted, format!("{mbti} is tied: {}", view.likeliest));
    }
    check(
        view.likeliest.contains("likeliest of the 16") == (tied.len() == 1),
        format!("{tied:?}: {}", view.likeliest),
    );
    check(view.likeliest.contains(&top), format!("{top}: {}", view.likeliest));
    check(html.matches("<span class=\"close\">").count() == close.len(), format!("{close:?} are close"));
    let standing_out = html.matches("A159 159").count();
    check((standing_out > 0) == (tied.len() == 1), "the slice that stands out".to_owned());
}

fn check_careers(assessment: &Assessment, reading: &ReadingView, reasons: &[String], check: Check<'_>) {
    for table in &reading.careers {
        if let Some(trait_) = Trait::parse(&table.name) {
            let standing = assessment.of(trait_).together;
            let below = standing.above < 0.5 && percent(standing.above) != percent(0.5)
                || whole(assessment, trait_)[1] < 50.0;
            check(!below, format!("a table for {trait_}: {standing:?}"));
        }
    }
    for (reason, trait_) in reasons.iter().flat_map(|reason| Trait::ALL.map(|t| (reason, t))) {
        let ending = format!(" on {}.", trait_.name().to_lowercase());
        let words = reason.split(". ").map(|s| format!("{}.", s.trim_end_matches('.')));
        for said in words.filter(|s| s.contains("you are") && s.ends_with(&ending)) {
            let row = reading.assessed.iter().flat_map(|view| &view.traits).find(|row| row.trait_ == trait_);
            let word = row.map(TraitRow::word).unwrap_or_default();
            check(
                said.ends_with(&format!("you are {word}{ending}")),
                format!("{said} But the level is {word}"),
            );
        }
    }
}

fn check_words(assessment: &Assessment, view: &AssessedView, html: &str, check: Check<'_>) {
    let ground = &assessment.ground;
    let has_words = assessment.traits.iter().any(|standing| standing.words.is_some());
    for words in ["words of yours", "word of yours"] {
        check(!view.summary.contains(words) || ground.words > 0, format!("{words} of {}", ground.words));
    }
    check(!html.contains("words alone") || has_words, "words alone".to_owned());
    check(!html.contains("ratings alone") || ground.ratings > 0, "ratings alone".to_owned());
    check(!html.contains("“Tea.”") || ground.words > 0, "an answer as a reason".to_owned());
    check(!html.contains("rather accurate, 4 of 5") || ground.ratings > 0, "a rating as a reason".to_owned());
    let whole_chance = ["100.0%", "0.0%"]
        .iter()
        .flat_map(|certain| html.match_indices(certain))
        .any(|(place, _)| !html[..place].ends_with(|before: char| before.is_ascii_digit() || before == '.'));
    check(!whole_chance, "something is certain".to_owned());
    check(!html.contains("NaN") && !html.contains("inf%"), "a number that is none".to_owned());
}

#[test]
fn no_sentence_contradicts_a_number_over_thousands_of_people() {
    let usual = (0..PEOPLE).into_par_iter().flat_map_iter(|seed| {
        let kind = Kind {
            words: [1_060, 400, 90][seed as usize % 3],
            reliable: [0.8, [0.35, 0.2, 0.05][seed as usize % 3]],
            ..Kind::default()
        };
        contradictions(seed, &kind)
    });
    let strange =
        (0..ODD).into_par_iter().flat_map_iter(|number| contradictions(PEOPLE + number, &odd(number)));
    let faults: Vec<String> = usual.chain(strange).collect();
    assert!(
        faults.is_empty(),
        "{} contradictions:\n{}",
        faults.len(),
        faults[..faults.len().min(20)].join("\n")
    );
}
