//! No sentence may contradict a number: the code that makes the page composes the results of thousands of simulated
//! people, including extremes and noise, and every sentence is compared with the figures.

mod brief;
mod charts;
mod people;
mod sentences;

use std::path::Path;
use std::sync::{Arc, LazyLock};

use askama::Template;
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use self::brief::{check_first, check_line};
use self::charts::{check_axes, check_levels};
use self::people::{Kind, Simulated, odd, simulated};
use self::sentences::{check_careers, check_notices, check_order, check_traits, check_types, check_words};
use super::*;
use crate::assessment::Assessor;
use crate::careers::{Catalog, Filters};
use crate::norm::Norm;
use crate::personality::{Axis, Trait};
use crate::records::{SharedRecord, Source};
use crate::survey::Questionnaire;
use crate::web::result::best::{BestCareers, BestInterests};
use crate::web::result::brief::in_brief;
use crate::web::result::good::How;
use crate::web::result::stored::{On, Stored};
use crate::web::result::view::ReadingView;

/// The number of simulated people, including odd ones: extremes, noise, ties, and too little evidence.
const PEOPLE: u64 = 5_000;
const ODD: u64 = 500;
/// Careers take long to rank without optimization, so only every n-th person gets their own.
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
        let none = BestCareers {
            rows: Vec::new(),
            pay: String::new(),
            interests: BestInterests::Hidden,
            preparations: Vec::new(),
        };
        (stored.view(&on, &none.titles()).unwrap(), none)
    };
    let assessed = reading.assessed.as_ref().unwrap();
    let answers: Value =
        SURVEY.questions.iter().map(|q| (q.id.clone(), json!("Tea."))).collect::<Map<_, _>>().into();
    let given = Given { survey: &SURVEY, answers: Some(&answers), text: "", spans: None };
    let parts = parts(&person.shares, &given);
    let why = WhyView::new(&parts, assessed);
    let mut wrong = check_why(&parts, why.as_ref(), assessed);
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
    check_levels(&person.assessment, assessed, &html, &mut check);
    check_axes(&person.assessment, assessed, &mut check);
    check_notices(&person.assessment, assessed, &mut check);
    check_first(&person.assessment, &mut check);
    check_line(&person.assessment, &in_brief(&record), &mut check);
    wrong.iter_mut().for_each(|fault| fault.insert_str(0, &format!("{seed}: ")));
    faults.extend(wrong);
    faults
}

type Check<'a> = &'a mut dyn FnMut(bool, String);

/// The level in whole percentiles: low, middle, high.
fn whole(assessment: &Assessment, trait_: Trait) -> [f64; 3] {
    let level = assessment.of(trait_).together.level;
    [level.low.round(), level.percentile.round(), level.high.round()]
}

/// Reasons in the order of what they added, each on its side.
fn check_why(parts: &[Part], why: Option<&WhyView>, view: &AssessedView) -> Vec<String> {
    let mut faults = Vec::new();
    let Some(why) = why else { return faults };
    let names = |why: &[Why]| why.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    let traits: Vec<String> = view.traits.iter().map(|row| row.name().to_owned()).collect();
    if names(&why.traits) != traits {
        faults.push(format!("reasons for {:?}", names(&why.traits)));
    }
    let traits = view.traits.iter().zip(&why.traits).map(|(row, one)| {
        let adds: fn(&Part, usize) -> f64 = |part, place| part.adds.traits[place];
        (one, adds, row.trait_.index(), ["for".to_owned(), "against".to_owned()])
    });
    let axes = Axis::ALL.into_iter().zip(&why.axes).map(|(axis, one)| {
        let adds: fn(&Part, usize) -> f64 = |part, place| part.adds.axes[place];
        let (first, second) = axis.letters();
        (one, adds, axis as usize, [format!("for {second}"), format!("for {first}")])
    });
    for (one, adds, place, [up, down]) in traits.chain(axes) {
        let mut counted: Vec<(&Part, f64)> = parts.iter().map(|part| (part, adds(part, place))).collect();
        counted.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let total: f64 = counted.iter().map(|(_, added)| added.abs()).sum();
        for (reason, (part, added)) in one.in_sight.iter().zip(&counted) {
            if (&reason.asked, &reason.said) != (&part.asked, &part.said) {
                faults.push(format!("{}: {reason:?} is not what counted next", one.name));
            }
            let share = 100.0 * added.abs() / total;
            if reason.share != format!("{share:.0}%") && share >= 0.5 {
                faults.push(format!("{}: {reason:?} counted {share}", one.name));
            }
        }
        for reason in one.in_sight.iter().chain(&one.folded) {
            let same = |part: &Part| part.asked == reason.asked && part.said == reason.said;
            let sides = counted.iter().filter(|(part, _)| same(part));
            let sides: Vec<&str> = sides.map(|(_, added)| if *added > 0.0 { &*up } else { &*down }).collect();
            if !sides.contains(&reason.side) {
                faults.push(format!("{}: {reason:?} speaks {sides:?}", one.name));
            }
        }
    }
    faults
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
