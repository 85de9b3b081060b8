//! Items and questions as the pages show them. Pure.

use super::posted::{Changes, mark};
use crate::survey::{Item, ItemKind, Question, Questionnaire, Rating, RawAnswers, is_blank};

/// One rated item on a page.
#[derive(Clone, Debug)]
pub struct RatingRow {
    /// The form field.
    pub id: String,
    /// Its place among all 86, from 1.
    pub number: usize,
    /// The statement or the adjective.
    pub text: String,
    /// The rating so far.
    pub rating: Option<Rating>,
    /// The error, if the page shows it.
    pub error: Option<String>,
}

/// One of the five steps of a rating.
pub struct Step {
    /// 1 to 5.
    pub value: u8,
    /// Its meaning, for screen readers.
    pub label: &'static str,
    pub checked: bool,
}

impl RatingRow {
    /// The five steps, "totally inaccurate" first.
    pub fn steps(&self) -> Vec<Step> {
        let step = |rating: Rating| Step {
            value: rating.value(),
            label: rating.label(),
            checked: self.rating == Some(rating),
        };
        Rating::ALL.into_iter().map(step).collect()
    }

    /// The mark of the rating that the page shows.
    pub fn mark(&self) -> String {
        self.rating.map(|rating| mark(&rating.value().to_string())).unwrap_or_default()
    }
}

/// One open question on a page.
#[derive(Clone, Debug)]
pub struct QuestionRow {
    /// The form field.
    pub id: String,
    pub number: usize,
    pub prompt: String,
    /// A line of help.
    pub hint: String,
    /// The answer so far.
    pub text: String,
    /// The saved answer, if `text` could not be saved.
    pub saved: Option<String>,
    /// Whether the visitor chose not to answer.
    pub skipped: bool,
    /// The error, if the page shows it.
    pub error: Option<String>,
}

impl QuestionRow {
    /// The mark of the saved answer.
    pub fn mark(&self) -> String {
        mark(self.saved.as_ref().unwrap_or(&self.text))
    }

    /// The mark of the box "I'd rather not answer this one".
    pub fn skip_mark(&self) -> String {
        mark(if self.skipped { "1" } else { "" })
    }
}

/// A link at the top of a page to a field with an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingLink {
    /// The id of the field.
    pub target: String,
    pub text: String,
}

/// The rows of some items. With `point_out`, each shows its error.
pub fn rating_rows(
    survey: &Questionnaire,
    items: &[Item],
    given: &RawAnswers,
    point_out: bool,
) -> Vec<RatingRow> {
    let row = |item: &Item| RatingRow {
        id: item.id.clone(),
        number: survey.number(&item.id).unwrap_or_default(),
        text: item.text.clone(),
        rating: given.0.get(&item.id).and_then(|value| Rating::parse(value)),
        error: error(survey, given, &item.id, point_out),
    };
    items.iter().map(row).collect()
}

/// The rows of some open questions. With `point_out`, each shows its error.
pub fn question_rows(
    survey: &Questionnaire,
    questions: &[Question],
    given: &RawAnswers,
    point_out: bool,
) -> Vec<QuestionRow> {
    let row = |question: &Question| QuestionRow {
        id: question.id.clone(),
        number: survey.number(&question.id).unwrap_or_default(),
        prompt: question.prompt.clone(),
        hint: question.hint.clone(),
        text: given.0.get(&question.id).cloned().unwrap_or_default(),
        saved: None,
        skipped: is_skipped(question, given),
        error: error(survey, given, &question.id, point_out),
    };
    questions.iter().map(row).collect()
}

/// Puts words that are too long to be saved into their rows, each with what to do.
pub fn put_too_long(survey: &Questionnaire, rows: &mut [QuestionRow], too_long: &RawAnswers) {
    for row in rows {
        if let Some(text) = too_long.0.get(&row.id) {
            row.saved = Some(std::mem::replace(&mut row.text, text.clone()));
            row.error = survey.check_field(too_long, &row.id).map(|error| error.message);
        }
    }
}

fn error(survey: &Questionnaire, given: &RawAnswers, field: &str, point_out: bool) -> Option<String> {
    if point_out { survey.check_field(given, field).map(|error| error.message) } else { None }
}

/// The links for the rows with an error.
pub fn missing_links(ratings: &[RatingRow], questions: &[QuestionRow]) -> Vec<MissingLink> {
    // A fieldset cannot take the focus, so the link leads to its first step.
    let ratings = ratings.iter().filter(|row| row.error.is_some()).map(|row| MissingLink {
        target: format!("{}-1", row.id),
        text: format!("{}. {}", row.number, row.text),
    });
    let questions = questions
        .iter()
        .filter(|row| row.error.is_some())
        .map(|row| MissingLink { target: row.id.clone(), text: format!("{}. {}", row.number, row.prompt) });
    ratings.chain(questions).collect()
}

/// The heading of a page of ratings.
pub fn heading(items: &[Item]) -> &'static str {
    let statements = items.iter().filter(|item| item.kind == ItemKind::Statement).count();
    if statements == items.len() {
        "How well does each line describe you?"
    } else if statements == 0 {
        "How well does each word describe you?"
    } else {
        "How well does each of these describe you?"
    }
}

/// How much of the questionnaire is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Items with a rating.
    pub rated: usize,
    /// Open questions that are answered or skipped.
    pub answered: usize,
    pub items: usize,
    pub questions: usize,
}

pub fn count(survey: &Questionnaire, given: &RawAnswers) -> Count {
    let settled = |field: &&str| survey.check_field(given, field).is_none();
    Count {
        rated: survey.items.iter().map(|item| item.id.as_str()).filter(settled).count(),
        answered: survey.questions.iter().map(|question| question.id.as_str()).filter(settled).count(),
        items: survey.items.len(),
        questions: survey.questions.len(),
    }
}

/// The number of open questions that the visitor chose not to answer.
pub fn skipped(survey: &Questionnaire, given: &RawAnswers) -> usize {
    survey.questions.iter().filter(|question| is_skipped(question, given)).count()
}

/// The number of pages of questions, both parts together.
pub fn pages(survey: &Questionnaire) -> usize {
    survey.rating_pages().len() + survey.open_pages().len()
}

/// The changes that skip every open question without an answer.
pub fn skip_rest(survey: &Questionnaire, given: &RawAnswers) -> Changes {
    let blank = |question: &&Question| {
        given.0.get(&question.id).is_none_or(|text| is_blank(text)) && !is_skipped(question, given)
    };
    let skip = |question: &Question| (question.skip_field(), Some("1".to_owned()));
    survey.questions.iter().filter(blank).map(skip).collect()
}

/// The first page with something unanswered, from 1.
pub fn first_unfinished(survey: &Questionnaire, given: &RawAnswers) -> Option<usize> {
    let needs = |field: &str| survey.check_field(given, field).is_some();
    let rating_pages = survey.rating_pages();
    let ratings = rating_pages.iter().position(|page| page.iter().any(|item| needs(&item.id)));
    ratings.map(|page| page + 1).or_else(|| {
        let open =
            survey.open_pages().iter().position(|page| page.iter().any(|question| needs(&question.id)));
        open.map(|page| rating_pages.len() + page + 1)
    })
}

/// Whether the visitor chose not to answer.
pub fn is_skipped(question: &Question, given: &RawAnswers) -> bool {
    given.0.get(&question.skip_field()).is_some_and(|flag| flag.trim() == "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey() -> Questionnaire {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
        Questionnaire::load(std::path::Path::new(file)).unwrap()
    }

    fn given(fields: &[(&str, &str)]) -> RawAnswers {
        let owned = |(field, value): &(&str, &str)| ((*field).to_owned(), (*value).to_owned());
        RawAnswers(fields.iter().map(owned).collect())
    }

    #[test]
    fn missing_items_are_linked_to_their_fields_in_order() {
        let survey = survey();
        let given = given(&[("r02", "3"), ("q01-skip", "1")]);
        let ratings = rating_rows(&survey, &survey.items[..3], &given, true);
        let questions = question_rows(&survey, &survey.questions[..2], &given, true);
        let links = missing_links(&ratings, &questions);
        let targets: Vec<_> = links.iter().map(|link| link.target.as_str()).collect();
        assert_eq!(targets, ["r01-1", "r03-1", "q02"]);
        assert!(links[2].text.starts_with("62. "), "{}", links[2].text);
        assert!(missing_links(&rating_rows(&survey, &survey.items, &given, false), &[]).is_empty());
    }

    #[test]
    fn a_visit_continues_at_the_first_page_with_something_unanswered() {
        let survey = survey();
        let mut answers = given(&[]);
        assert_eq!(first_unfinished(&survey, &answers), Some(1));
        for item in &survey.items {
            answers.0.insert(item.id.clone(), "3".to_owned());
        }
        assert_eq!(first_unfinished(&survey, &answers), Some(7));
        for question in &survey.questions {
            answers.0.insert(question.skip_field(), "1".to_owned());
        }
        assert_eq!(first_unfinished(&survey, &answers), None);
        assert_eq!(skipped(&survey, &answers), 26);
        assert_eq!(count(&survey, &answers).answered, 26);
    }

    #[test]
    fn the_chosen_step_is_checked_and_no_other() {
        let survey = survey();
        let rows = rating_rows(&survey, &survey.items[..1], &given(&[("r01", "4")]), false);
        let checked: Vec<_> = rows[0].steps().into_iter().map(|step| step.checked).collect();
        assert_eq!(checked, [false, false, false, true, false]);
    }
}
