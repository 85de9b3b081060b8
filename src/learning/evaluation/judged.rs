//! People of whom only the whole text is read and judged. No upper bound is computed for them, so there are more of them than of
//! the respondents behind the other figures: the share of bands that hold has a standard error of .002 with 20,000 people, and
//! chance adds less to a calibration error.

use super::error::EvaluationError;
use super::figures::Truth;
use super::prediction::Prediction;
use super::reader::ModelReader;
use crate::assessment::{Assessment, Assessor, RatingPace};
use crate::learning::people::{Respondent, Survey};
use crate::learning::progress::Progress;
use crate::personality::Pair;

/// The number of judged people for each respondent; the respondents are the first of them.
const FOR_EACH_RESPONDENT: usize = 5;

/// What the site says of people, and the truth about them.
#[derive(Default)]
pub struct Judged {
    /// Only traits, axes and types are filled in.
    pub truth: Truth,
    pub predictions: Vec<Prediction>,
    /// Empty unless both models weigh evidence.
    pub assessments: Vec<Assessment>,
}

impl Judged {
    /// Draws five people for each respondent and reads them. If a model packs windows, whose texts have nothing in common, only
    /// the respondents.
    ///
    /// # Errors
    /// Those of the models.
    pub fn draw(
        survey: &Survey<'_>,
        pair: &mut Pair<ModelReader<'_>>,
        assessor: &Assessor,
        respondents: usize,
        seed: u64,
    ) -> Result<Judged, EvaluationError> {
        let each = if pair.big_five.by_answer() && pair.mbti.by_answer() { FOR_EACH_RESPONDENT } else { 1 };
        let count = each * respondents;
        let mut progress = Progress::new("people to judge", 0, count);
        let mut judged = Judged::default();
        for (place, person) in survey.respondents(seed).take(count).enumerate() {
            judged.add(&person, pair, assessor)?;
            progress.at(place + 1, count);
        }
        Ok(judged)
    }

    fn add(
        &mut self,
        respondent: &Respondent<'_>,
        pair: &mut Pair<ModelReader<'_>>,
        assessor: &Assessor,
    ) -> Result<(), EvaluationError> {
        self.truth.traits.push(respondent.person.traits);
        self.truth.axes.push(respondent.person.axes);
        self.truth.types.push(respondent.person.mbti);
        let (prediction, reading) = pair.read_whole(&respondent.composed)?;
        self.predictions.push(prediction);
        let assessed = reading.and_then(|reading| assessor.assess(&reading, RatingPace::default()));
        self.assessments.extend(assessed.map(|assessed| assessed.assessment));
        Ok(())
    }
}
