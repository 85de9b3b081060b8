//! A page for each of the five traits, and their index.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{best_careers, page_at};
use crate::careers::Person;
use crate::descriptions::{Descriptions, LevelText, Research, TraitText};
use crate::norm::Word;
use crate::personality::Trait;
use crate::survey::{ItemKind, Keyed, Questionnaire};
use crate::web::address;
use crate::web::error::WebError;
use crate::web::preview::Preview;
use crate::web::result::best::BestCareers;
use crate::web::state::AppState;

/// A link to a trait's page.
struct Link<'a> {
    path: String,
    name: &'static str,
    summary: &'a str,
}

impl<'a> Link<'a> {
    fn to(descriptions: &'a Descriptions, trait_: Trait) -> Link<'a> {
        Link {
            path: address::trait_(trait_),
            name: trait_.name(),
            summary: &descriptions.of_trait(trait_).summary,
        }
    }
}

/// One of the five levels.
struct Level<'a> {
    word: Word,
    /// The people at this level: "above the 90th percentile".
    range: &'static str,
    text: &'a LevelText,
}

impl Level<'_> {
    /// The fragment of its address.
    fn id(&self) -> String {
        self.word.name().replace(' ', "-")
    }
}

/// The part of the norm group at a level.
fn range(word: Word) -> &'static str {
    match word {
        Word::Low => "below the 10th percentile",
        Word::BelowAverage => "from the 10th percentile to the 30th",
        Word::Average => "from the 30th percentile to the 70th",
        Word::AboveAverage => "from the 70th percentile to the 90th",
        Word::High => "above the 90th percentile",
    }
}

#[derive(Template)]
#[template(path = "traits.html")]
struct TraitsPage<'a> {
    preview: Preview,
    traits: Vec<Link<'a>>,
}

#[derive(Template)]
#[template(path = "trait.html")]
struct TraitPage<'a> {
    preview: Preview,
    name: &'static str,
    text: &'a TraitText,
    every: &'a Research,
    /// Highest first.
    levels: Vec<Level<'a>>,
    /// The statements that count toward the trait, and those that count against it.
    statements: [Vec<&'a str>; 2],
    /// Who the norm group is, as the middle of a sentence.
    people: &'a str,
    /// None if nobody has measured which work goes with the trait.
    careers: Option<BestCareers>,
    others: Vec<Link<'a>>,
}

/// The statements of a trait with this key.
fn statements(questionnaire: &Questionnaire, trait_: Trait, keyed: Keyed) -> Vec<&str> {
    let items = questionnaire.items.iter();
    items
        .filter(|item| item.kind == ItemKind::Statement && item.trait_ == trait_ && item.keyed == keyed)
        .map(|item| item.text.as_str())
        .collect()
}

/// GET /traits
pub async fn index(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let traits = Trait::ALL.map(|trait_| Link::to(&state.descriptions, trait_)).into();
    page_at("/traits", &request, &state, |preview| TraitsPage { preview, traits })
}

/// GET /traits/{trait}
pub async fn one(
    request: HttpRequest,
    state: web::Data<AppState>,
    name: web::Path<String>,
) -> Result<HttpResponse, WebError> {
    let trait_ = Trait::parse(&name).ok_or(WebError::NotFound)?;
    let descriptions = &state.descriptions;
    let text = descriptions.of_trait(trait_);
    let level = |word| Level { word, range: range(word), text: text.level(word) };
    let careers = || best_careers(&state.catalog, &Person::of_trait(trait_));
    page_at(&address::trait_(trait_), &request, &state, |preview| TraitPage {
        preview,
        name: trait_.name(),
        text,
        every: &descriptions.every_trait,
        levels: Word::ALL.into_iter().rev().map(level).collect(),
        statements: [Keyed::Plus, Keyed::Minus].map(|keyed| statements(&state.questionnaire, trait_, keyed)),
        people: &state.norm.people,
        careers: (trait_ != Trait::Neuroticism).then(careers),
        others: Trait::ALL
            .into_iter()
            .filter(|other| *other != trait_)
            .map(|other| Link::to(descriptions, other))
            .collect(),
    })
}
