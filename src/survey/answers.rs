//! Posted form fields to answers that cannot be wrong, with an error for every field that is.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::questionnaire::{Field, Questionnaire};

/// The longest open answer, in characters (Unicode scalar values, line breaks counted as one).
///
/// 5,000 characters are about 900 English words, some ten times what a question asks for, and 26 of them still make a
/// text that is read whole within seconds. A browser's `maxlength` counts UTF-16 units, never fewer than these.
pub const MAX_ANSWER_CHARS: usize = 5_000;

/// A rating on the five steps from 1, "totally inaccurate", to 5, "totally accurate".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rating(u8);

impl Rating {
    /// Every rating, 1 first.
    pub const ALL: [Rating; 5] = [Rating(1), Rating(2), Rating(3), Rating(4), Rating(5)];

    /// A rating of 1 to 5, else none.
    pub fn new(value: u8) -> Option<Rating> {
        (1..=5).contains(&value).then_some(Rating(value))
    }

    /// Reads "1" to "5" with nothing but spaces around.
    pub fn parse(text: &str) -> Option<Rating> {
        match text.trim().as_bytes() {
            [digit @ b'1'..=b'5'] => Some(Rating(digit - b'0')),
            _ => None,
        }
    }

    /// 1 to 5.
    pub fn value(self) -> u8 {
        self.0
    }

    /// The words of the step.
    pub fn label(self) -> &'static str {
        match self.0 {
            1 => "totally inaccurate",
            2 => "rather inaccurate",
            3 => "neither accurate nor inaccurate",
            4 => "rather accurate",
            _ => "totally accurate",
        }
    }
}

/// What a visitor said to one open question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenAnswer {
    /// Their words as given, but for what [`posted_text`] does; never blank.
    Given(String),
    /// "I'd rather not answer this one."
    Skipped,
}

/// Form fields as they were posted or stored: field name to value. Ratings are "1" to "5", a skip flag is "1".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawAnswers(pub BTreeMap<String, String>);

impl RawAnswers {
    /// How many of the 86 items and questions need nothing more: a rating, an answer, or a skip.
    pub fn answered(&self, questionnaire: &Questionnaire) -> usize {
        questionnaire.fields().filter(|field| questionnaire.check_field(self, field).is_none()).count()
    }

    /// The fields that belong to the questionnaire, each value as [`posted_text`] has it: what is worth storing.
    pub fn cleaned(&self, questionnaire: &Questionnaire) -> RawAnswers {
        let fields = self.0.iter().filter(|(field, _)| questionnaire.is_field(field));
        RawAnswers(fields.map(|(field, value)| (field.clone(), posted_text(value).into_owned())).collect())
    }
}

/// What is wrong with one field, for the visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The name of the form field, "r07" or "q03".
    pub field: String,
    /// Its place among all 86, counted from 1.
    pub number: usize,
    /// A full sentence in the second person that says what to do.
    pub message: String,
}

/// A complete set of answers to one questionnaire: every item rated, every question answered or skipped on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    ratings: Vec<Rating>,
    open: Vec<OpenAnswer>,
}

impl Answers {
    /// Reads the fields of every item and question; fields that are none of these are left aside.
    ///
    /// # Errors
    /// One [`FieldError`] for each item without a rating of 1 to 5 and each question that is neither answered nor
    /// skipped, or both, or is answered at more than [`MAX_ANSWER_CHARS`], in the order of the questionnaire.
    pub fn parse(questionnaire: &Questionnaire, raw: &RawAnswers) -> Result<Answers, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut answers = Answers { ratings: Vec::new(), open: Vec::new() };
        for item in &questionnaire.items {
            match rating(raw, &item.id) {
                Ok(rating) => answers.ratings.push(rating),
                Err(message) => errors.push(questionnaire.field_error(&item.id, message)),
            }
        }
        for question in &questionnaire.questions {
            match open_answer(raw, &question.id, &question.skip_field()) {
                Ok(answer) => answers.open.push(answer),
                Err(message) => errors.push(questionnaire.field_error(&question.id, message)),
            }
        }
        if errors.is_empty() { Ok(answers) } else { Err(errors) }
    }

    /// The 60 ratings in the order of the items.
    pub fn ratings(&self) -> &[Rating] {
        &self.ratings
    }

    /// The 26 open answers in the order of the questions.
    pub fn open(&self) -> &[OpenAnswer] {
        &self.open
    }
}

impl Questionnaire {
    /// The field names of all 60 items and 26 questions, in order, without the skip flags.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(|item| item.id.as_str()).chain(self.questions.iter().map(|q| q.id.as_str()))
    }

    /// What one field still needs, if anything, as [`Answers::parse`] would say it. A skip flag's name stands for its
    /// question; a name that is no field of the questionnaire needs nothing.
    pub fn check_field(&self, raw: &RawAnswers, field: &str) -> Option<FieldError> {
        let found = match self.place(field)? {
            Field::Item(place) => {
                rating(raw, &self.items[place].id).err().map(|m| (&self.items[place].id, m))
            }
            Field::Question(place) | Field::Skip(place) => {
                let question = &self.questions[place];
                open_answer(raw, &question.id, &question.skip_field()).err().map(|m| (&question.id, m))
            }
        };
        found.map(|(id, message)| self.field_error(id, message))
    }

    fn field_error(&self, field: &str, message: String) -> FieldError {
        FieldError { field: field.to_owned(), number: self.number(field).unwrap_or(0), message }
    }
}

/// A posted or sent text as it is stored, counted and read: U+0000 taken out, which PostgreSQL cannot store, and every
/// line break as a single line feed, where a browser posts two characters. Nothing else changes.
pub fn posted_text(text: &str) -> Cow<'_, str> {
    if text.contains(['\0', '\r']) {
        Cow::Owned(text.replace('\0', "").replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether nothing can be seen of a text: white space and characters without width only.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    })
}

fn rating(raw: &RawAnswers, field: &str) -> Result<Rating, String> {
    match raw.0.get(field) {
        Some(value) if !is_blank(value) => Rating::parse(value).ok_or_else(|| {
            "This rating is not a number from 1 to 5. Choose one of the five steps.".to_owned()
        }),
        _ => Err("You have not rated this one yet. Choose one of the five steps.".to_owned()),
    }
}

/// Words and a skip contradict each other; which of the two is meant, only the visitor knows.
fn open_answer(raw: &RawAnswers, field: &str, skip_field: &str) -> Result<OpenAnswer, String> {
    let skipped = raw.0.get(skip_field).is_some_and(|flag| flag.trim() == "1");
    let text = raw.0.get(field).map(|text| posted_text(text)).unwrap_or_default();
    if is_blank(&text) {
        if skipped {
            return Ok(OpenAnswer::Skipped);
        }
        return Err(
            "You have not answered this one yet. Write a few words, or say that you would rather not."
                .to_owned(),
        );
    }
    if skipped {
        return Err(
            "You wrote an answer and ticked that you would rather not. Untick the box, or clear what you wrote."
                .to_owned(),
        );
    }
    let length = text.chars().count();
    if length > MAX_ANSWER_CHARS {
        return Err(format!(
            "Your answer is {length} characters long and there is room for {MAX_ANSWER_CHARS}. Shorten it by {}.",
            length - MAX_ANSWER_CHARS
        ));
    }
    Ok(OpenAnswer::Given(text.into_owned()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::questionnaire::tests::bundled;
    use super::*;

    /// Every item rated alike, every question answered alike.
    pub(crate) fn uniform(questionnaire: &Questionnaire, rating: u8, answer: &str) -> RawAnswers {
        let mut raw = RawAnswers::default();
        for item in &questionnaire.items {
            raw.0.insert(item.id.clone(), rating.to_string());
        }
        for question in &questionnaire.questions {
            raw.0.insert(question.id.clone(), answer.to_owned());
        }
        raw
    }

    fn only_error(raw: &RawAnswers) -> FieldError {
        let mut errors = Answers::parse(&bundled(), raw).unwrap_err();
        assert_eq!(errors.len(), 1, "{errors:?}");
        errors.remove(0)
    }

    #[test]
    fn nothing_posted_is_86_errors_in_order() {
        let questionnaire = bundled();
        let errors = Answers::parse(&questionnaire, &RawAnswers::default()).unwrap_err();
        assert_eq!(errors.iter().map(|e| e.number).collect::<Vec<_>>(), (1..=86).collect::<Vec<_>>());
        assert!(errors.iter().map(|e| e.field.as_str()).eq(questionnaire.fields()));
        assert_eq!(RawAnswers::default().answered(&questionnaire), 0);
    }

    #[test]
    fn a_complete_set_is_kept_as_given() {
        let questionnaire = bundled();
        let mut raw = uniform(&questionnaire, 4, "  i like  tea");
        raw.0.insert("q26".to_owned(), " \n".to_owned());
        raw.0.insert("q26-skip".to_owned(), "1".to_owned());
        raw.0.insert("csrf".to_owned(), "whatever".to_owned());
        let answers = Answers::parse(&questionnaire, &raw).unwrap();
        assert_eq!(answers.ratings(), [Rating(4); 60]);
        assert_eq!(answers.open()[0], OpenAnswer::Given("  i like  tea".to_owned()));
        assert_eq!(answers.open()[25], OpenAnswer::Skipped);
        assert_eq!(raw.answered(&questionnaire), 86);
        let cleaned = raw.cleaned(&questionnaire);
        assert_eq!(cleaned.0.len(), raw.0.len() - 1);
        assert_eq!(cleaned.0["q01"], "  i like  tea");
    }

    #[test]
    fn a_rating_is_one_of_five_digits() {
        for wrong in ["0", "6", "12", "3.0", "+3", "three", "-1", "٣"] {
            let mut raw = uniform(&bundled(), 3, "Tea");
            raw.0.insert("r07".to_owned(), wrong.to_owned());
            let error = only_error(&raw);
            assert_eq!((error.field.as_str(), error.number), ("r07", 7));
            assert!(error.message.contains("not a number from 1 to 5"), "{wrong}");
        }
        for blank in ["", " ", "\0"] {
            let mut raw = uniform(&bundled(), 3, "Tea");
            raw.0.insert("r07".to_owned(), blank.to_owned());
            assert!(only_error(&raw).message.contains("not rated"));
        }
        assert_eq!(Rating::parse(" 5 "), Rating::new(5));
        assert_eq!(Rating::new(6), None);
    }

    #[test]
    fn a_blank_answer_counts_as_none_and_other_flags_do_not_skip() {
        for blank in ["", " \r\n\t", "\0\0", "\u{200b}\u{feff}"] {
            let mut raw = uniform(&bundled(), 3, "Tea");
            raw.0.insert("q02".to_owned(), blank.to_owned());
            raw.0.insert("q02-skip".to_owned(), "0".to_owned());
            let error = only_error(&raw);
            assert_eq!((error.field.as_str(), error.number), ("q02", 62));
            assert!(error.message.contains("not answered"));
        }
    }

    #[test]
    fn an_answer_may_be_as_long_as_the_limit_and_no_longer() {
        let questionnaire = bundled();
        let mut raw = uniform(&questionnaire, 3, "Tea");
        raw.0.insert("q01".to_owned(), "é\r\n".repeat(MAX_ANSWER_CHARS / 2) + "\0");
        assert!(Answers::parse(&questionnaire, &raw).is_ok());
        raw.0.insert("q01".to_owned(), "é".repeat(MAX_ANSWER_CHARS + 3));
        assert!(only_error(&raw).message.contains("5003 characters long"));
        assert!(only_error(&raw).message.ends_with("Shorten it by 3."));
    }

    #[test]
    fn words_under_a_ticked_box_are_asked_about_and_never_left_out() {
        let questionnaire = bundled();
        let mut raw = uniform(&questionnaire, 3, "Tea");
        raw.0.insert("q01-skip".to_owned(), "1".to_owned());
        assert!(only_error(&raw).message.contains("Untick the box, or clear what you wrote"));
        assert_eq!(raw.answered(&questionnaire), 85);
        raw.0.remove("q01");
        assert_eq!(Answers::parse(&questionnaire, &raw).unwrap().open()[0], OpenAnswer::Skipped);
    }

    #[test]
    fn nul_and_carriage_returns_are_taken_out_and_nothing_else() {
        assert_eq!(posted_text("a\0b\r\nc\rd\n\u{1}  e "), "ab\nc\nd\n\u{1}  e ");
        assert!(matches!(posted_text("plain"), Cow::Borrowed(_)));
    }
}
