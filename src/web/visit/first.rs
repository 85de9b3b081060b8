//! A first result, from the ratings alone.
//!
//! It belongs to the draft: it is computed for each request, is not stored, and has no key of its own.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::draft::OpenDraft;
use super::pace::rating_pace;
use super::rows;
use crate::assessment::{KeyedResult, RatingPace, rating_facts};
use crate::careers::{Catalog, Filters, Person};
use crate::descriptions::{Descriptions, LevelText};
use crate::inference::RatingFacts;
use crate::norm::{ItemSet, Norm};
use crate::personality::Trait;
use crate::survey::{Answers, Questionnaire, RawAnswers};
use crate::web::address;
use crate::web::error::WebError;
use crate::web::page::{Keeping, page, see_other};
use crate::web::result::best::BestCareers;
use crate::web::result::charts::Bars;
use crate::web::result::{ShownLevel, by_ratings, hurried, ranked};
use crate::web::state::AppState;

/// The path of the page.
pub const PATH: &str = "/questions/first";

/// One trait's place in the norm group, from the ratings.
struct Row<'a> {
    trait_: Trait,
    level: ShownLevel,
    text: &'a LevelText,
}

impl Row<'_> {
    fn path(&self) -> String {
        address::trait_(self.trait_)
    }
}

#[derive(Template)]
#[template(path = "first.html")]
struct FirstPage<'a> {
    lead: String,
    notices: Vec<String>,
    bars: Bars,
    /// In the order of the bars: highest first.
    rows: Vec<Row<'a>>,
    people: &'a str,
    careers: BestCareers,
    ratings: usize,
    /// Open questions that are neither answered nor skipped.
    left: usize,
    /// Where answering continues.
    next: String,
}

/// The ratings alone; none unless all items are rated.
fn ratings_of(survey: &Questionnaire, given: &RawAnswers) -> Option<Answers> {
    let mut alone = RawAnswers::default();
    for item in &survey.items {
        alone.0.insert(item.id.clone(), given.0.get(&item.id)?.clone());
    }
    alone.0.extend(survey.questions.iter().map(|question| (question.skip_field(), "1".to_owned())));
    Answers::parse(survey, &alone).ok()
}

fn notices(facts: &RatingFacts, pace: RatingPace) -> Vec<String> {
    let share = 100.0 * facts.commonest;
    let unusual = if facts.are_alike() {
        Some(format!(
            "{share:.0}% of your ratings are the same step of the scale. People rarely answer like that, so this result \
             says little about you."
        ))
    } else if facts.contradict() {
        Some(
            "Some of your ratings contradict each other: you agreed with statements that say opposite things. This \
             result is less certain than others, and its ranges are wider."
                .to_owned(),
        )
    } else {
        None
    };
    unusual.into_iter().chain(pace.is_noticed().then(|| hurried(pace))).collect()
}

fn careers(catalog: &Catalog, norm: &Norm, keyed: &KeyedResult, trust: f64) -> BestCareers {
    let person = Person::you(keyed.estimates(norm, trust));
    BestCareers::new(catalog, &person, &Filters { page: 1, ..Filters::default() }, None)
}

/// GET /questions/first: the first result, or the first page with a rating missing.
pub async fn show(state: web::Data<AppState>, draft: OpenDraft) -> Result<HttpResponse, WebError> {
    let (survey, norm, given) = (&*state.questionnaire, &*state.norm, &draft.given);
    let unfinished = rows::first_unfinished(survey, given);
    let next = unfinished.map_or_else(|| "/questions/check".to_owned(), |at| format!("/questions/{at}"));
    let Some(answers) = ratings_of(survey, given) else {
        return Ok(see_other(&format!("{next}?missing")));
    };
    let pace = rating_pace(survey, given);
    let keyed = KeyedResult::new(survey, &answers, norm, pace);
    let facts = rating_facts(survey, norm, &answers);
    let trust = facts.trust() * pace.trust();
    let levels = ranked(|trait_| {
        norm.scale(trait_, ItemSet::Statements).level_trusted(keyed.of(trait_).statements.score, trust)
    });
    let count = rows::count(survey, given);
    let shown = FirstPage {
        lead: by_ratings(&levels),
        notices: notices(&facts, pace),
        bars: Bars::labeled(levels.iter().map(|(trait_, level)| {
            (*trait_, f64::from(level.percentile.number()), level.percentile.to_string())
        })),
        rows: levels.into_iter().map(|(trait_, level)| row(&state.descriptions, trait_, level)).collect(),
        people: &norm.people,
        careers: careers(&state.catalog, norm, &keyed, trust),
        ratings: count.items,
        left: count.questions - count.answered,
        next,
    };
    page(StatusCode::OK, Keeping::Unlisted, &shown)
}

fn row(descriptions: &Descriptions, trait_: Trait, level: ShownLevel) -> Row<'_> {
    Row { trait_, level, text: descriptions.level_text(trait_, level.word()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unusual_ratings_are_noticed() {
        let usual = RatingFacts { items: 60, commonest: 0.4, contradiction: 0.3, scatter: 1.0 };
        let slow = RatingPace { ratings: 60, hurried: 10 };
        assert!(notices(&usual, slow).is_empty());
        let alike = notices(&RatingFacts { commonest: 0.9, ..usual }, slow);
        assert!(alike[0].starts_with("90% of your ratings"), "{alike:?}");
        let contradicting = notices(&RatingFacts { contradiction: 2.0, ..usual }, slow);
        assert!(contradicting[0].contains("contradict"), "{contradicting:?}");
        let hurried = notices(&usual, RatingPace { ratings: 60, hurried: 40 });
        assert!(hurried[0].starts_with("You gave 40 of your 60 ratings"), "{hurried:?}");
    }
}
