//! The check page: a summary of every answer, with links to change them, and the button that sends them.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::draft::OpenDraft;
use super::on_device::OnDevice;
use super::posted::{Posted, button};
use super::progress::Progress;
use super::rows;
use crate::survey::Rating;
use crate::survey::{Item, Question, Questionnaire, RawAnswers, is_blank};
use crate::web::error::WebError;
use crate::web::page::{Keeping, page, see_other};
use crate::web::state::AppState;

/// The most characters of an open answer in the summary.
const EXCERPT_CHARS: usize = 90;

#[derive(Template)]
#[template(path = "check.html")]
struct CheckPage {
    progress: Progress,
    device: OnDevice,
    /// Pages with something missing.
    gaps: Vec<Gap>,
    ratings: Vec<Line>,
    questions: Vec<Line>,
    skipped: usize,
    /// Whether every item is rated, so that a first result is available.
    rated: bool,
    /// Whether skipping the remaining open questions would complete the answers.
    skippable: bool,
    random: bool,
}

/// A page with something missing or too long.
#[derive(Debug, PartialEq, Eq)]
struct Gap {
    href: String,
    part: u8,
    page_of_part: usize,
    count: usize,
}

/// One answer in the summary.
struct Line {
    number: usize,
    asked: String,
    answer: Summary,
    /// Leads to the field on its page.
    change: String,
}

enum Summary {
    Rated(Rating),
    /// The beginning of an answer.
    Answered(String),
    Skipped,
    Missing,
}

/// The parts of the questionnaire as pages of fields, with their page numbers.
fn pages<T>(chunks: Vec<&[T]>, before: usize) -> impl Iterator<Item = (usize, &T)> {
    let numbered = chunks.into_iter().enumerate();
    numbered.flat_map(move |(place, chunk)| chunk.iter().map(move |asked| (before + place + 1, asked)))
}

fn rating_line(survey: &Questionnaire, given: &RawAnswers, page: usize, item: &Item) -> Line {
    let rating = given.0.get(&item.id).and_then(|value| Rating::parse(value));
    Line {
        number: survey.number(&item.id).unwrap_or_default(),
        asked: item.text.clone(),
        answer: rating.map_or(Summary::Missing, Summary::Rated),
        // A fieldset cannot take the focus, so the link leads to one of its steps.
        change: format!("/questions/{page}?check#{}-{}", item.id, rating.map_or(1, Rating::value)),
    }
}

fn question_line(survey: &Questionnaire, given: &RawAnswers, page: usize, question: &Question) -> Line {
    let text = given.0.get(&question.id).filter(|text| !is_blank(text)).map(|text| text.trim());
    Line {
        number: survey.number(&question.id).unwrap_or_default(),
        asked: question.prompt.clone(),
        answer: match text {
            None if rows::is_skipped(question, given) => Summary::Skipped,
            None => Summary::Missing,
            Some(text) => Summary::Answered(excerpt(text)),
        },
        change: format!("/questions/{page}?check#{}", question.id),
    }
}

/// The beginning of an answer in one line, cut after a word.
fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= EXCERPT_CHARS {
        return line;
    }
    let cut: String = line.chars().take(EXCERPT_CHARS).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

/// The pages with something missing, in order.
fn gaps(survey: &Questionnaire, given: &RawAnswers) -> Vec<Gap> {
    let needs = |field: &str| survey.check_field(given, field).is_some();
    let (rating_pages, open_pages) = (survey.rating_pages(), survey.open_pages());
    let before = rating_pages.len();
    let ratings = rating_pages.iter().map(|items| items.iter().filter(|item| needs(&item.id)).count());
    let questions =
        open_pages.iter().map(|asked| asked.iter().filter(|question| needs(&question.id)).count());
    let gap = |part: u8, before: usize, (place, count): (usize, usize)| Gap {
        href: format!("/questions/{}?check", before + place + 1),
        part,
        page_of_part: place + 1,
        count,
    };
    let ratings = ratings.enumerate().map(|counted| gap(1, 0, counted));
    let questions = questions.enumerate().map(|counted| gap(2, before, counted));
    ratings.chain(questions).filter(|gap| gap.count > 0).collect()
}

/// GET /questions/check
pub async fn show(state: web::Data<AppState>, draft: OpenDraft) -> Result<HttpResponse, WebError> {
    let (survey, given) = (&*state.questionnaire, &draft.given);
    let before = survey.rating_pages().len();
    let count = rows::count(survey, given);
    let shown = CheckPage {
        progress: draft.progress(2),
        device: draft.on_device.clone(),
        gaps: gaps(survey, given),
        ratings: pages(survey.rating_pages(), 0)
            .map(|(page, item)| rating_line(survey, given, page, item))
            .collect(),
        questions: pages(survey.open_pages(), before)
            .map(|(page, question)| question_line(survey, given, page, question))
            .collect(),
        skipped: rows::skipped(survey, given),
        rated: count.rated == count.items,
        skippable: count.rated == count.items && !rows::skip_rest(survey, given).is_empty(),
        random: state.settings.drafts.random_answers,
    };
    page(StatusCode::OK, Keeping::Private, &shown)
}

/// POST /questions/check: submits if nothing is missing.
pub async fn send(draft: OpenDraft, form: Posted) -> Result<HttpResponse, WebError> {
    match button(&form) {
        "send" => Ok(draft.send().await?),
        "skip" => Ok(draft.skip_rest_and_send().await?),
        _ => Ok(see_other("/questions/check")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey() -> Questionnaire {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
        Questionnaire::load(std::path::Path::new(file)).unwrap()
    }

    #[test]
    fn gaps_are_counted_by_page() {
        let survey = survey();
        let mut given = RawAnswers::default();
        for item in &survey.items[1..] {
            given.0.insert(item.id.clone(), "3".to_owned());
        }
        for question in &survey.questions[..24] {
            given.0.insert(question.id.clone(), "Tea".to_owned());
        }
        let found = gaps(&survey, &given);
        let first = Gap { href: "/questions/1?check".to_owned(), part: 1, page_of_part: 1, count: 1 };
        let last = Gap { href: "/questions/12?check".to_owned(), part: 2, page_of_part: 6, count: 2 };
        assert_eq!(found, [first, last]);
    }

    #[test]
    fn an_excerpt_is_one_line_cut_after_a_word() {
        assert_eq!(excerpt("Tea,\n  mostly."), "Tea, mostly.");
        let long = excerpt(&"word ".repeat(40));
        assert!(long.ends_with("word…") && long.chars().count() <= EXCERPT_CHARS + 1, "{long}");
    }
}
