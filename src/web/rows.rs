//! What the question pages show of an item or a question. Pure.

use super::posted::mark;
use super::progress::Count;
use crate::survey::{Item, ItemKind, Question, Questionnaire, Rating, RawAnswers};

/// One rated item on a page.
#[derive(Clone, Debug)]
pub struct RatingRow {
    /// The form field.
    pub id: String,
    /// Its place among all 86, from 1.
    pub number: usize,
    /// The statement or the adjective.
    pub text: String,
    /// The rating given so far.
    pub rating: Option<Rating>,
    /// What it still needs, where that is to be pointed out.
    pub error: Option<String>,
}

/// One of the five steps of a row.
pub struct Step {
    /// 1 to 5.
    pub value: u8,
    /// What it means, as a screen reader says it.
    pub label: &'static str,
    /// Whether it is the one chosen.
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

    /// The mark of the step that is shown as chosen.
    pub fn mark(&self) -> String {
        self.rating.map(|rating| mark(&rating.value().to_string())).unwrap_or_default()
    }
}

/// One open question on a page.
#[derive(Clone, Debug)]
pub struct QuestionRow {
    /// The form field.
    pub id: String,
    /// Its place among all 86, from 1.
    pub number: usize,
    /// What is asked.
    pub prompt: String,
    /// A line of help.
    pub hint: String,
    /// The answer given so far.
    pub text: String,
    /// Whether it is left out by choice.
    pub skipped: bool,
    /// What it still needs, where that is to be pointed out.
    pub error: Option<String>,
}

impl QuestionRow {
    /// The mark of the answer that is shown.
    pub fn mark(&self) -> String {
        mark(&self.text)
    }

    /// The mark of the box "I'd rather not answer this one" as it is shown.
    pub fn skip_mark(&self) -> String {
        mark(if self.skipped { "1" } else { "" })
    }
}

/// A line of the list at the top of a page: what is missing, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingLink {
    /// The id of the field to go to.
    pub target: String,
    /// What it says.
    pub text: String,
}

/// The rows of some items. `ask` points out what is missing.
pub fn rating_rows(survey: &Questionnaire, items: &[Item], given: &RawAnswers, ask: bool) -> Vec<RatingRow> {
    let row = |item: &Item| RatingRow {
        id: item.id.clone(),
        number: survey.number(&item.id).unwrap_or_default(),
        text: item.text.clone(),
        rating: given.0.get(&item.id).and_then(|value| Rating::parse(value)),
        error: error(survey, given, &item.id, ask),
    };
    items.iter().map(row).collect()
}

/// The rows of some open questions. `ask` points out what is missing or too long.
pub fn question_rows(
    survey: &Questionnaire,
    questions: &[Question],
    given: &RawAnswers,
    ask: bool,
) -> Vec<QuestionRow> {
    let row = |question: &Question| QuestionRow {
        id: question.id.clone(),
        number: survey.number(&question.id).unwrap_or_default(),
        prompt: question.prompt.clone(),
        hint: question.hint.clone(),
        text: given.0.get(&question.id).cloned().unwrap_or_default(),
        skipped: is_skipped(question, given),
        error: error(survey, given, &question.id, ask),
    };
    questions.iter().map(row).collect()
}

fn error(survey: &Questionnaire, given: &RawAnswers, field: &str, ask: bool) -> Option<String> {
    if ask { survey.check_field(given, field).map(|error| error.message) } else { None }
}

/// The list at the top for some rows.
pub fn missing_links(ratings: &[RatingRow], questions: &[QuestionRow]) -> Vec<MissingLink> {
    // A rating's link leads to its first step: a field set itself cannot take the focus.
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

/// What the page asks, by the kind of its items.
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
pub fn count(survey: &Questionnaire, given: &RawAnswers) -> Count {
    let settled = |field: &&str| survey.check_field(given, field).is_none();
    Count {
        rated: survey.items.iter().map(|item| item.id.as_str()).filter(settled).count(),
        told: survey.questions.iter().map(|question| question.id.as_str()).filter(settled).count(),
        items: survey.items.len(),
        questions: survey.questions.len(),
    }
}

/// How many open questions are left out by choice.
pub fn skipped(survey: &Questionnaire, given: &RawAnswers) -> usize {
    survey.questions.iter().filter(|question| is_skipped(question, given)).count()
}

/// The first page that needs something more, from 1; none when all is answered.
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

fn is_skipped(question: &Question, given: &RawAnswers) -> bool {
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
    fn one_goes_on_at_the_first_page_that_needs_something() {
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
        assert_eq!(count(&survey, &answers).told, 26);
    }

    #[test]
    fn the_chosen_step_is_checked_and_no_other() {
        let survey = survey();
        let rows = rating_rows(&survey, &survey.items[..1], &given(&[("r01", "4")]), false);
        let checked: Vec<_> = rows[0].steps().into_iter().map(|step| step.checked).collect();
        assert_eq!(checked, [false, false, false, true, false]);
    }
}
