//! Which points become reasons, and whether reasons agree with the page, the person and each other.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;
use crate::careers::ranking::PAGE_ROWS;
use crate::careers::{Career, Catalog, Filters};
use crate::personality::{Estimate, InterestScores, Mbti};

static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| Catalog::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")).unwrap());

fn everything() -> Filters {
    Filters { page: 1, ..Filters::default() }
}

/// Levels and interests at random.
fn random_person(rng: &mut StdRng) -> Person {
    let traits = std::array::from_fn(|_| Estimate { mean: rng.random_range(-2.0..2.0), sd: 0.4 });
    let interests =
        InterestScores { means: std::array::from_fn(|_| rng.random_range(1.0..5.0)), error: 0.35 };
    Person { interests: rng.random_bool(0.5).then_some(interests), ..Person::you(traits) }
}

/// Everybody whom a list of a type or a trait stands for. Neuroticism has no reasons.
fn types_and_traits() -> Vec<Person> {
    let traits = Trait::ALL.into_iter().filter(|t| *t != Trait::Neuroticism).map(Person::of_trait);
    Mbti::ALL.into_iter().map(Person::of_type).chain(traits).collect()
}

/// What a sentence may say about a person's trait.
fn claims(person: &Person, t: Trait) -> Vec<String> {
    let (mean, name) = (person.traits[t.index()].mean, t.name().to_lowercase());
    match person.about {
        About::You => {
            let word = Word::of(person.traits[t.index()].percentile());
            assert_ne!(word, Word::Average, "{t}");
            vec![format!("and you are {word} on {name}."), format!("and you are probably {word} on {name}.")]
        }
        About::Type(mbti) => {
            assert!(mean.abs() >= SMALLEST_EXPECTED_TRAIT, "{mbti} {t}");
            let word = if mean > 0.0 { "higher" } else { "lower" };
            vec![format!("and {mbti} goes with {word} {name}.")]
        }
        About::Trait(own) => {
            assert_eq!(t, own);
            vec![format!("which goes with high {name}.")]
        }
    }
}

/// Recomputes a reason from what the occupation's page shows and from the person's own levels.
fn agrees(point: &Point, person: &Person, placed: &Placed) {
    let (figure, sentence) = (placed.figures[point.element], point.sentence(person));
    assert_eq!(point.compared, Compared::of(figure), "{sentence}");
    assert_ne!(point.compared, Compared::Average, "{sentence}");
    assert!(sentence.contains(&format!(" is {}, ", point.compared.name())), "{sentence}");
    // The person's level, or liking, times the link times the figure has the sign of what the reason adds.
    let explained = match point.because {
        Because::Trait(t) => {
            assert!(claims(person, t).iter().any(|claim| sentence.ends_with(claim)), "{sentence}");
            person.traits[t.index()].mean * CATALOG.links().weight[t.index()][point.element] * figure
        }
        Because::Interest(interest) => {
            let liking = person.interests.unwrap().centered()[interest.index()];
            let amount = if liking > 0.0 { "more" } else { "less" };
            let claim = format!("and you like it {amount} than other activities.");
            assert!(sentence.ends_with(&claim), "{sentence}");
            liking * figure
        }
    };
    assert!(explained * point.strength > 0.0, "{sentence} {explained} {}", point.strength);
}

/// Checks the reasons of every occupation for this person; returns their number.
fn check(person: &Person) -> usize {
    let mut told = 0;
    for row in CATALOG.rank_rows(person, &everything(), usize::MAX).rows {
        let placed = CATALOG.figures(&row.occupation.soc).unwrap();
        let Reasons { pro, con } = &row.reasons;
        assert!(pro.iter().all(|point| point.strength > 0.0), "{pro:?}");
        assert!(con.iter().all(|point| point.strength < 0.0), "{con:?}");
        let points: Vec<&Point> = pro.iter().chain(con).collect();
        let elements: BTreeSet<usize> = points.iter().map(|point| point.element).collect();
        assert_eq!(elements.len(), points.len(), "{}: {points:?}", row.occupation.title);
        points.iter().for_each(|point| agrees(point, person, placed));
        told += points.len();
    }
    told
}

/// For every occupation and many people: a reason names a figure with the word on its page and a level that the person
/// has, its direction follows from the two, and no figure is both for and against.
#[test]
fn reasons_contradict_neither_the_page_nor_the_person_nor_each_other() {
    let mut rng = StdRng::seed_from_u64(15);
    // The nightly checks ask for 500 people, which takes a minute or two.
    let people = std::env::var("CALLING_TEST_PEOPLE").map_or(20, |people| people.parse().unwrap());
    let told: usize = (0..people).map(|_| check(&random_person(&mut rng))).sum();
    assert!(told > 1_000 * people, "{told}");
}

#[test]
fn reasons_contradict_no_type_and_no_trait() {
    for person in types_and_traits() {
        assert!(check(&person) > 500, "{:?}", person.about);
        // The rows of a page about a type or a trait choose among the same points.
        for folded in CATALOG.best(&person, &everything(), 10) {
            let placed = CATALOG.figures(&folded.row.occupation.soc).unwrap();
            let Reasons { pro, con } = &folded.row.reasons;
            pro.iter().chain(con).for_each(|point| agrees(point, &person, placed));
        }
    }
}

#[test]
fn the_spreadsheets_give_the_reasons_of_the_pages() {
    let rows = |about: About| -> &[Career] {
        match about {
            About::Type(mbti) => CATALOG.of_type(mbti),
            About::Trait(t) => CATALOG.of_trait(t),
            About::You => &[],
        }
    };
    let mut told = 0;
    for person in types_and_traits() {
        for career in rows(person.about) {
            let points = CATALOG.points(&person, career.soc.as_ref().unwrap());
            let known: Vec<String> =
                points.iter().filter(|p| p.strength > 0.0).map(|p| p.sentence(&person)).collect();
            let reason = career.reason.as_ref().unwrap();
            for sentence in reason.split_inclusive('.').map(str::trim) {
                assert!(sentence == "No strong reason." || known.iter().any(|k| k == sentence), "{reason}");
                told += 1;
            }
        }
    }
    assert!(told > 800, "{told}");
}

#[test]
fn a_reason_stands_in_at_most_a_fifth_of_a_pages_rows() {
    let mut rng = StdRng::seed_from_u64(16);
    for _ in 0..20 {
        let ranking = CATALOG.rank(&random_person(&mut rng), &everything());
        for element in 0..ELEMENTS {
            for above in [false, true] {
                let tells = |p: &Point| p.element == element && (p.compared > Compared::Average) == above;
                let rows = ranking.rows.iter().filter(|row| row.reasons.pro.iter().any(tells)).count();
                assert!(rows <= PAGE_ROWS / ONE_IN, "{rows}");
            }
        }
    }
}

fn point(element: usize, strength: f64) -> Point {
    Point { element, compared: Compared::Above, because: Because::Trait(Trait::Openness), strength }
}

#[test]
fn a_weak_point_is_no_reason_and_no_objection() {
    let person = Person::you(Trait::ALL.map(|_| Estimate { mean: 2.0, sd: 0.3 }));
    let rows = [
        vec![point(0, LEAST - 0.001), point(1, 0.001 - LEAST)],
        vec![point(2, LEAST), point(3, -LEAST)],
        Vec::new(),
    ];
    let chosen = choose(&rows);
    assert_eq!(chosen[0], Reasons::default());
    assert_eq!(chosen[0].sentence(&person), "No strong reason.");
    assert_eq!((chosen[1].pro.as_slice(), chosen[1].con), (&rows[1][..1], Some(rows[1][1])));
    assert_eq!(chosen[2], Reasons::default());
}

#[test]
fn an_objection_is_half_as_strong_as_the_best_reason() {
    let rows = [vec![point(0, 0.2), point(1, -0.09)], vec![point(2, 0.2), point(3, -0.11)]];
    let chosen = choose(&rows);
    assert_eq!((chosen[0].con, chosen[1].con), (None, Some(rows[1][1])));
}
