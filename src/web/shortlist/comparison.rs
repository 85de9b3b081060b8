//! Up to four occupations side by side, and against a person. Pure.

use super::pay_bars::PayBars;
use crate::careers::evidence::{ELEMENT, ELEMENTS, STYLES};
use crate::careers::figures::{Compared, element_of};
use crate::careers::occupation::Occupation;
use crate::careers::ranking::Ranked;
use crate::careers::reasons::Point;
use crate::careers::{Catalog, Person, fields};
use crate::personality::Interest;
use crate::web::careers::pay::PayShown;
use crate::web::interests::Hexagon;
use crate::web::numbers::{dollars, signed, signed_percent};

/// The most occupations in a comparison.
pub const MOST: usize = 4;
const LETTERS: [char; MOST] = ['A', 'B', 'C', 'D'];

pub struct Comparison<'a> {
    pub columns: Vec<Column<'a>>,
    pub pay: PayBars,
    pub interests: Vec<InterestRow>,
    /// The styles that differ most between the occupations come first.
    pub styles: Vec<StyleRow>,
    /// Whether they are compared with a person.
    pub you: bool,
    /// Whether the person's interests are known.
    pub asked: bool,
}

/// One occupation.
pub struct Column<'a> {
    pub letter: char,
    pub title: &'a str,
    pub path: String,
    pub p10: String,
    pub median: String,
    pub p90: String,
    pub pay: PayShown,
    pub growth: String,
    pub zone: String,
    pub education: &'a str,
    pub fit: Option<FitOf>,
    pub hexagon: Hexagon,
}

/// How it fits the person.
pub struct FitOf {
    pub rank: usize,
    pub fit: String,
    pub parts: Vec<(&'static str, String)>,
    pub reason: String,
    pub against: Option<String>,
}

pub struct InterestRow {
    pub name: &'static str,
    /// The percentage of occupations with a lower figure, for each occupation.
    pub percentiles: Vec<u8>,
    /// The person's score from 1 to 5.
    pub own: Option<String>,
}

pub struct StyleRow {
    pub name: &'static str,
    pub cells: Vec<StyleCell>,
    /// "you are high on openness", if the style speaks for or against one of the occupations.
    pub own: Option<String>,
}

pub struct StyleCell {
    /// "++" for "far above average".
    pub sign: &'static str,
    pub compared: &'static str,
    /// Whether it speaks for the occupation; none if it says nothing about the person.
    pub fits: Option<bool>,
}

impl<'a> Comparison<'a> {
    /// Compares the first [`MOST`] of these occupations; skips codes that are not in the catalog. `path` makes
    /// the address of an occupation's page from its code.
    pub fn new(
        catalog: &'a Catalog,
        codes: &[&str],
        person: Option<&Person>,
        path: impl Fn(&str) -> String,
    ) -> Comparison<'a> {
        let occupations: Vec<&Occupation> =
            codes.iter().filter_map(|code| catalog.by_soc(code)).take(MOST).collect();
        let codes: Vec<&str> = occupations.iter().map(|o| o.soc.as_str()).collect();
        let ranked = person.map(|person| catalog.rank_these(person, &codes)).unwrap_or_default();
        let own = person.and_then(|person| person.interests).map(|scores| scores.means);
        let percentiles: Vec<[u8; ELEMENTS]> =
            codes.iter().map(|code| catalog.percentiles(code).copied().unwrap_or([50; ELEMENTS])).collect();
        let mut fits = ranked.into_iter();
        let columns = occupations
            .iter()
            .zip(LETTERS)
            .zip(&percentiles)
            .map(|((occupation, letter), shares)| {
                let path = path(&occupation.soc);
                column(occupation, letter, path, hexagon(shares, own), fits.next().map(fit_of))
            })
            .collect();
        let interest = |interest: Interest| InterestRow {
            name: interest.name(),
            percentiles: percentiles.iter().map(|shares| shares[element_of(interest)]).collect(),
            own: own.map(|means| format!("{:.1}", means[interest.index()])),
        };
        Comparison {
            columns,
            pay: PayBars::new(LETTERS.into_iter().zip(occupations.iter().copied())),
            interests: Interest::ALL.into_iter().map(interest).collect(),
            styles: styles(catalog, &codes, person),
            you: person.is_some(),
            asked: own.is_some(),
        }
    }
}

fn column<'a>(
    occupation: &'a Occupation,
    letter: char,
    path: String,
    hexagon: Hexagon,
    fit: Option<FitOf>,
) -> Column<'a> {
    let pay = &occupation.pay;
    let [p10, _, median, _, p90] = pay.percentiles;
    let (zone, name, usually) = fields::JOB_ZONES[usize::from(occupation.job_zone.clamp(1, 5)) - 1];
    Column {
        letter,
        title: &occupation.title,
        path,
        p10: dollars(p10.into()),
        median: dollars(median.into()),
        p90: dollars(p90.into()),
        pay: PayShown::new(pay),
        growth: signed_percent(occupation.outlook.growth_pct),
        zone: format!("{zone} of 5: {name} ({usually})"),
        education: &occupation.outlook.education,
        fit,
        hexagon,
    }
}

fn fit_of(ranked: Ranked<'_>) -> FitOf {
    let several = ranked.parts.len() > 1;
    let parts = ranked.parts.iter().map(|(part, added)| (part.name(), signed(*added)));
    FitOf {
        rank: ranked.rank,
        fit: signed(ranked.fit),
        parts: parts.filter(|_| several).collect(),
        reason: ranked.reason,
        against: ranked.against,
    }
}

/// The occupation's shares as an outline, and the person's scores over them.
fn hexagon(shares: &[u8; ELEMENTS], own: Option<[f64; 6]>) -> Hexagon {
    let of_work = Interest::ALL.map(|interest| f64::from(shares[element_of(interest)]) / 100.0);
    let hexagon = Hexagon::new(of_work, 0.0);
    match own {
        Some(means) => hexagon.beside(means.map(|mean| (mean - 1.0) / 4.0)),
        None => hexagon,
    }
}

/// The styles that stand out in one of the occupations, those that differ most first.
fn styles(catalog: &Catalog, codes: &[&str], person: Option<&Person>) -> Vec<StyleRow> {
    let figures: Vec<_> = codes.iter().filter_map(|code| Some(catalog.figures(code)?.figures)).collect();
    let points: Vec<Vec<Point>> = match person {
        Some(person) => codes.iter().map(|code| catalog.points(person, code)).collect(),
        None => vec![Vec::new(); codes.len()],
    };
    let mut rows: Vec<(f64, StyleRow)> = Vec::new();
    for (element, style) in ELEMENT.iter().enumerate().take(STYLES) {
        let of_work: Vec<f64> = figures.iter().map(|figures| figures[element]).collect();
        if of_work.iter().all(|figure| Compared::of(*figure) == Compared::Average) {
            continue;
        }
        let point = |points: &[Point]| points.iter().find(|point| point.element == element).copied();
        let own = points.iter().find_map(|points| point(points));
        let cell = |(figure, points): (&f64, &Vec<Point>)| StyleCell {
            sign: sign(Compared::of(*figure)),
            compared: Compared::of(*figure).name(),
            fits: point(points).map(|point| point.strength > 0.0),
        };
        let (least, most) =
            of_work.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), figure| {
                (least.min(*figure), most.max(*figure))
            });
        let row = StyleRow {
            name: style.name,
            cells: of_work.iter().zip(&points).map(cell).collect(),
            own: own.zip(person).map(|(point, person)| point.about_the_person(person)),
        };
        rows.push((most - least, row));
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.name.cmp(b.1.name)));
    rows.into_iter().map(|(_, row)| row).collect()
}

/// A short sign for narrow columns.
fn sign(compared: Compared) -> &'static str {
    match compared {
        Compared::FarBelow => "\u{2212}\u{2212}",
        Compared::Below => "\u{2212}",
        Compared::Average => "\u{b7}",
        Compared::Above => "+",
        Compared::FarAbove => "++",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::personality::{InterestScores, Profile};
    use crate::web::address;

    fn catalog() -> Catalog {
        Catalog::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")).unwrap()
    }

    fn warm() -> Person {
        let profile = Profile { types: [1.0 / 16.0; 16], traits: [0.95, 0.3, 0.97, 0.6, 0.55] };
        let interests = InterestScores { means: [1.5, 2.0, 3.0, 4.8, 3.0, 2.0], error: 0.35 };
        Person { interests: Some(interests), ..Person::of_profile(&profile) }
    }

    #[test]
    fn at_most_four_are_compared_in_the_order_asked_and_unknown_ones_are_left_out() {
        let catalog = catalog();
        let asked = ["29-1141", "99-9999", "15-1252", "27-1013", "47-2111", "25-2021"];
        let comparison = Comparison::new(&catalog, &asked, None, address::occupation);
        let titles: Vec<_> = comparison.columns.iter().map(|column| (column.letter, column.title)).collect();
        assert_eq!(
            titles,
            [
                ('A', "Registered nurse"),
                ('B', "Software developer"),
                ('C', "Fine artist"),
                ('D', "Electrician")
            ]
        );
        assert!(comparison.columns.iter().all(|column| column.fit.is_none()) && !comparison.you);
        assert!(comparison.styles.iter().all(|row| row.cells.len() == 4 && row.own.is_none()));
        assert_eq!(comparison.pay.bars.len(), 4);
        assert!(Comparison::new(&catalog, &[], None, address::occupation).columns.is_empty());
    }

    #[test]
    fn what_fits_a_person_is_the_same_as_in_the_reasons() {
        let catalog = catalog();
        let person = warm();
        let comparison =
            Comparison::new(&catalog, &["29-1141", "15-1252"], Some(&person), |soc| format!("/{soc}"));
        let [nurse, developer] = comparison.columns.as_slice() else { panic!() };
        assert_eq!(nurse.path, "/29-1141");
        let (nurse_fit, developer_fit) = (nurse.fit.as_ref().unwrap(), developer.fit.as_ref().unwrap());
        assert!(nurse_fit.rank < developer_fit.rank);
        assert_eq!(nurse_fit.rank, catalog.rank_one(&person, "29-1141").unwrap().rank);
        assert_eq!(nurse_fit.parts.len(), 2);
        assert_eq!(comparison.interests[3].own.as_deref(), Some("4.8"));
        assert!(nurse.hexagon.other.is_some());
        for (column, code) in ["29-1141", "15-1252"].into_iter().enumerate() {
            for point in catalog.points(&person, code).iter().filter(|point| point.element < STYLES) {
                let name = ELEMENT[point.element].name;
                let row = comparison.styles.iter().find(|row| row.name == name).unwrap();
                assert_eq!(row.cells[column].fits, Some(point.strength > 0.0), "{name}");
                assert!(row.own.is_some(), "{name}");
            }
        }
    }

    #[test]
    fn the_styles_that_tell_the_occupations_apart_come_first() {
        let catalog = catalog();
        let comparison = Comparison::new(&catalog, &["29-1141", "27-1013"], None, address::occupation);
        let gap = |name: &str| {
            let element = crate::careers::evidence::element_index(name).unwrap();
            let figure = |soc: &str| catalog.figures(soc).unwrap().figures[element];
            (figure("29-1141") - figure("27-1013")).abs()
        };
        assert!(comparison.styles.is_sorted_by(|a, b| gap(a.name) >= gap(b.name)));
        assert!(comparison.styles.len() > 3);
    }
}
