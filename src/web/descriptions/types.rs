//! A page for each of the 16 types, and their index.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{best_careers, page_at};
use crate::careers::Person;
use crate::descriptions::{Descriptions, LetterText, Research, TypeText};
use crate::personality::{Axis, Mbti, Trait};
use crate::web::address;
use crate::web::error::WebError;
use crate::web::preview::Preview;
use crate::web::result::best::BestCareers;
use crate::web::state::AppState;

/// One letter of a type.
struct Letter<'a> {
    letter: char,
    text: &'a LetterText,
    /// The trait that is related to its axis.
    trait_: Trait,
    /// Whether the letter goes with more of the trait.
    more: bool,
}

impl Letter<'_> {
    fn path(&self) -> String {
        address::trait_(self.trait_)
    }
}

/// The trait that correlates most with an axis, and whether its second letter goes with more of it (McCrae and Costa
/// 1989).
fn related(axis: Axis) -> (Trait, bool) {
    match axis {
        Axis::EI => (Trait::Extraversion, false),
        Axis::SN => (Trait::Openness, true),
        Axis::TF => (Trait::Agreeableness, true),
        Axis::JP => (Trait::Conscientiousness, false),
    }
}

fn letters(descriptions: &Descriptions, mbti: Mbti) -> [Letter<'_>; 4] {
    Axis::ALL.map(|axis| {
        let (trait_, second) = related(axis);
        let text = descriptions.letter(mbti, axis);
        Letter { letter: mbti.letter(axis), text, trait_, more: mbti.is_second(axis) == second }
    })
}

/// What a type leans toward: "quiet, ideas, people, and plans".
fn leanings(descriptions: &Descriptions, mbti: Mbti) -> String {
    let [first, second, third, last] = Axis::ALL.map(|axis| descriptions.letter(mbti, axis).lean.as_str());
    format!("{first}, {second}, {third}, and {last}")
}

/// A link to a type's page.
struct Link {
    path: String,
    name: &'static str,
    leanings: String,
}

impl Link {
    fn to(descriptions: &Descriptions, mbti: Mbti) -> Link {
        Link { path: address::mbti(mbti), name: mbti.name(), leanings: leanings(descriptions, mbti) }
    }
}

/// The type that differs in one letter.
struct Neighbor<'a> {
    link: Link,
    /// What it leans toward, and the opposite.
    instead: &'a str,
    of: &'a str,
}

fn neighbors(descriptions: &Descriptions, mbti: Mbti) -> Vec<Neighbor<'_>> {
    let across = |axis: Axis| {
        let differs = |other: &Mbti| {
            Axis::ALL.into_iter().all(|at| (other.is_second(at) != mbti.is_second(at)) == (at == axis))
        };
        let other = Mbti::ALL.into_iter().find(differs)?;
        let link = Link::to(descriptions, other);
        let lean = |mbti| descriptions.letter(mbti, axis).lean.as_str();
        Some(Neighbor { link, instead: lean(other), of: lean(mbti) })
    };
    Axis::ALL.into_iter().filter_map(across).collect()
}

#[derive(Template)]
#[template(path = "types.html")]
struct TypesPage<'a> {
    preview: Preview,
    /// The two sides of each axis.
    axes: Vec<[Letter<'a>; 2]>,
    types: Vec<Link>,
}

#[derive(Template)]
#[template(path = "type.html")]
struct TypePage<'a> {
    preview: Preview,
    name: &'static str,
    leanings: String,
    letters: [Letter<'a>; 4],
    text: &'a TypeText,
    every: &'a Research,
    careers: BestCareers,
    neighbors: Vec<Neighbor<'a>>,
}

/// GET /types
pub async fn index(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let descriptions = &state.descriptions;
    let [first, .., last] = Mbti::ALL;
    let sides = letters(descriptions, first).into_iter().zip(letters(descriptions, last));
    let mut types: Vec<Link> = Mbti::ALL.map(|mbti| Link::to(descriptions, mbti)).into();
    types.sort_by_key(|link| link.name);
    let axes = sides.map(|(first, second)| [first, second]).collect();
    page_at("/types", &request, &state, |preview| TypesPage { preview, axes, types })
}

/// GET /types/{type}
pub async fn one(
    request: HttpRequest,
    state: web::Data<AppState>,
    name: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let mbti = Mbti::parse(&name).ok_or(WebError::NotFound)?;
    let descriptions = &state.descriptions;
    page_at(&address::mbti(mbti), &request, &state, |preview| TypePage {
        preview,
        name: mbti.name(),
        leanings: leanings(descriptions, mbti),
        letters: letters(descriptions, mbti),
        text: descriptions.of_type(mbti),
        every: &descriptions.every_type,
        careers: best_careers(&state.catalog, &Person::of_type(mbti)),
        neighbors: neighbors(descriptions, mbti),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::careers::evidence::AXIS_TRAIT;

    fn descriptions() -> Descriptions {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/descriptions");
        Descriptions::load(Path::new(folder)).unwrap()
    }

    #[test]
    fn the_related_trait_is_the_one_with_the_largest_published_correlation() {
        for axis in Axis::ALL {
            let (trait_, second) = related(axis);
            let r = AXIS_TRAIT[axis as usize];
            let largest =
                Trait::ALL.into_iter().max_by(|a, b| r[a.index()].abs().total_cmp(&r[b.index()].abs()));
            assert_eq!((largest, r[trait_.index()] > 0.0), (Some(trait_), second), "{axis}");
        }
    }

    #[test]
    fn neighbors_differ_in_one_letter_each() {
        let descriptions = descriptions();
        let infj = Mbti::parse("INFJ").unwrap();
        let found = neighbors(&descriptions, infj);
        let names: Vec<_> = found.iter().map(|neighbor| (neighbor.link.name, neighbor.instead)).collect();
        assert_eq!(
            names,
            [("ENFJ", "company"), ("ISFJ", "facts"), ("INTJ", "logic"), ("INFP", "open plans")]
        );
        assert_eq!(leanings(&descriptions, infj), "quiet, ideas, people, and plans");
    }
}
