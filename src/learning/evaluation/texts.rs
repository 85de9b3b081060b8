//! Variants of a respondent's text: parts of it, reworded, shuffled, and with uniform ratings.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};

use crate::learning::bank::BankAnswer;
use crate::learning::people::{AnswerPool, Person, Respondent, compose_text, oracle};
use crate::survey::{ComposedText, FieldError, Questionnaire, RATING_PAGE_SIZE, Span};

/// The answers of a composed text that `keep` accepts: ratings in paragraphs of ten, other answers each in a paragraph.
pub fn only(whole: &ComposedText, keep: impl Fn(&str) -> bool) -> ComposedText {
    let mut text = String::new();
    let mut spans: Vec<Span> = Vec::new();
    for span in whole.spans.iter().filter(|span| keep(&span.field)) {
        if let Some(before) = spans.last() {
            let together = is_rating(&before.field)
                && is_rating(&span.field)
                && !spans.len().is_multiple_of(RATING_PAGE_SIZE);
            text.push_str(if together { " " } else { "\n\n" });
        }
        let start = text.len();
        text.push_str(&whole.text[span.range.clone()]);
        spans.push(Span { field: span.field.clone(), range: start..text.len() });
    }
    ComposedText { text, spans }
}

/// Whether a field is a rating ("r07") and not an answer ("q03").
pub fn is_rating(field: &str) -> bool {
    field.starts_with('r')
}

/// The same answers in random order, one per paragraph. Without spans, so that the text is read as a whole.
pub fn shuffled(whole: &ComposedText, random: &mut StdRng) -> ComposedText {
    let mut pieces: Vec<&str> = whole.spans.iter().map(|span| &whole.text[span.range.clone()]).collect();
    pieces.shuffle(random);
    ComposedText { text: pieces.join("\n\n"), spans: Vec::new() }
}

/// A respondent whose answers are replaced by others with the same labels.
pub struct Reworded<'a> {
    /// Another answer to each question, unless the question has only one.
    pub answers: Vec<&'a BankAnswer>,
    /// The number of answers with exactly the same labels as before.
    pub exact: usize,
    /// The sum of the answers' labels, for each trait.
    pub oracle: [f64; 5],
    /// The text, with the same ratings.
    pub text: ComposedText,
}

/// Replaces each answer by another one of the pool to the same question with the same labels. If there is none, takes
/// the nearest labels (least sum of squared differences, ties at random).
pub fn reword<'a>(
    questionnaire: &Questionnaire,
    respondent: &Respondent<'a>,
    pool: &AnswerPool<'a>,
    random: &mut StdRng,
) -> Result<Reworded<'a>, FieldError> {
    let mut exact = 0;
    let mut other = |answer: &&'a BankAnswer| -> &'a BankAnswer {
        let distance = |b: &BankAnswer| -> i32 {
            answer
                .labels
                .all()
                .iter()
                .zip(b.labels.all())
                .map(|(x, y)| (i32::from(*x) - i32::from(y)).pow(2))
                .sum()
        };
        let same_question = pool.questions().iter().find(|q| q[0].question == answer.question);
        let others: Vec<&'a BankAnswer> =
            same_question.into_iter().flatten().copied().filter(|b| b.text != answer.text).collect();
        let Some(nearest) = others.iter().map(|b| distance(b)).min() else { return answer };
        let nearest_ones: Vec<&'a BankAnswer> =
            others.into_iter().filter(|b| distance(b) == nearest).collect();
        exact += usize::from(nearest == 0);
        nearest_ones.choose(random).copied().unwrap_or(answer)
    };
    let answers: Vec<&BankAnswer> = respondent.answers.iter().map(&mut other).collect();
    let text = compose_text(questionnaire, &respondent.person, &answers)?;
    Ok(Reworded { oracle: oracle(&answers), answers, exact, text })
}

/// The text of a person who gives all items the same rating and skips every question.
pub fn uniform(questionnaire: &Questionnaire, rating: u8) -> Result<ComposedText, FieldError> {
    let person = Person::rating(vec![rating; questionnaire.items.len()]);
    compose_text(questionnaire, &person, &[])
}

/// A random number generator for the respondent with this index, independent of the draws for others.
pub fn random_of(seed: u64, place: usize) -> StdRng {
    StdRng::seed_from_u64(seed ^ (place as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::learning::bank::text::UNSEEN_QUESTIONS;
    use crate::learning::bank::{Split, load_answers};
    use crate::learning::people::Survey;
    use crate::norm::Norm;

    #[test]
    fn variants_consist_of_a_respondents_answers() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets"));
        let questionnaire = Questionnaire::load(&folder.join("questionnaire.toml")).unwrap();
        let bank = load_answers(&folder.join("answers"), &questionnaire).unwrap();
        let norm = Norm::load(&folder.join("norm")).unwrap();
        let survey = Survey::new(&questionnaire, &norm, &bank, Split::Test).unwrap();
        let person = survey.respondents(1).next().unwrap();
        let pieces = |text: &ComposedText| -> Vec<String> {
            text.spans.iter().map(|span| text.text[span.range.clone()].to_owned()).collect()
        };
        let all = pieces(&person.composed);

        assert_eq!(only(&person.composed, |_| true), person.composed);
        assert_eq!(pieces(&only(&person.composed, |field| !is_rating(field))), all[60..]);
        let unseen = only(&person.composed, |field| UNSEEN_QUESTIONS.contains(&field));
        assert_eq!(pieces(&unseen), [all[60].clone(), all[81].clone()]);

        let shuffled = shuffled(&person.composed, &mut random_of(1, 0));
        assert_eq!(shuffled.text.len(), all.iter().map(String::len).sum::<usize>() + 2 * 85);
        assert!(all.iter().all(|piece| shuffled.text.contains(piece.as_str())));
        assert!(!shuffled.text.starts_with(&all[0]));

        let other = reword(&questionnaire, &person, &survey.pool, &mut random_of(1, 0)).unwrap();
        for (before, after) in person.answers.iter().zip(&other.answers) {
            assert_eq!(before.question, after.question);
            assert!(before.text != after.text && after.split() == Split::Test);
        }
        assert_eq!(pieces(&other.text)[..60], all[..60]);
        let same = person.answers.iter().zip(&other.answers).filter(|(a, b)| a.labels == b.labels).count();
        assert_eq!(other.exact, same);

        let flat = uniform(&questionnaire, 4).unwrap();
        assert_eq!(
            pieces(&flat),
            questionnaire.items.iter().map(|i| i.sentences[3].clone()).collect::<Vec<_>>()
        );
    }
}
