//! The optional part on interests: 48 activities, eight for each of Holland's six interests.
//!
//! The activity-based marker scales of Armstrong, Allison and Rounds (2008), Journal of Vocational Behavior 73, 287-299,
//! which their abstract calls public domain. Each is answered from 1 (dislike) to 5 (enjoy).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::answers::{Rating, RawAnswers};
use crate::personality::{Interest, InterestScores};

/// Activities for each interest.
const ACTIVITIES: usize = 8;
/// Answers that a scale needs for a score.
pub const FEWEST_ANSWERS: usize = 6;
/// The standard error of a scale's mean, in steps. Assumed: a standard deviation of 0.9 between people and a reliability of
/// .85. The abstract calls the reliability acceptable and gives no number.
pub const ERROR: f64 = 0.35;

/// The file with the activities, compiled into the program.
const BUNDLED: &str = include_str!("../../datasets/interests.csv");

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Activity {
    /// "R1"; also the form field's name.
    pub id: String,
    pub interest: Interest,
    /// "Lay brick or tile".
    #[serde(rename = "activity")]
    pub text: String,
}

/// The 48 activities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activities(Vec<Activity>);

impl Activities {
    /// # Errors
    /// If the bundled file is malformed, which a test rules out.
    pub fn bundled() -> Result<Activities, csv::Error> {
        csv::Reader::from_reader(BUNDLED.as_bytes())
            .into_deserialize()
            .collect::<Result<_, _>>()
            .map(Activities)
    }

    /// In the order of asking: one of each interest in turn, so that the activities of one scale are spread out.
    pub fn in_order(&self) -> impl Iterator<Item = &Activity> {
        (0..ACTIVITIES).flat_map(move |round| {
            Interest::ALL
                .into_iter()
                .filter_map(move |interest| self.0.iter().filter(|a| a.interest == interest).nth(round))
        })
    }

    /// The valid answers, from 1 to 5, by the activity's id.
    pub fn valid(&self, answers: &RawAnswers) -> BTreeMap<String, u8> {
        let valid = |activity: &Activity| {
            Some((activity.id.clone(), Rating::parse(answers.0.get(&activity.id)?)?.value()))
        };
        self.0.iter().filter_map(valid).collect()
    }

    /// The six scores. None if a scale has fewer than six valid answers: the part is optional, and a visitor who stops
    /// early has no scores.
    pub fn score(&self, answers: &RawAnswers) -> Option<InterestScores> {
        let mut means = [0.0; 6];
        for interest in Interest::ALL {
            let of_interest = self.0.iter().filter(|activity| activity.interest == interest);
            let given: Vec<f64> = of_interest
                .filter_map(|activity| Rating::parse(answers.0.get(&activity.id)?))
                .map(|rating| f64::from(rating.value()))
                .collect();
            if given.len() < FEWEST_ANSWERS {
                return None;
            }
            means[interest.index()] = given.iter().sum::<f64>() / given.len() as f64;
        }
        Some(InterestScores { means, error: ERROR })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_48_activities_alternate_between_the_interests() {
        let activities = Activities::bundled().unwrap();
        let order: Vec<&Activity> = activities.in_order().collect();
        assert_eq!(order.len(), 48);
        assert!(order.windows(2).all(|pair| pair[0].interest != pair[1].interest));
    }

    #[test]
    fn scores_are_mean_answers_and_need_most_of_a_scale() {
        let activities = Activities::bundled().unwrap();
        let mut answers = RawAnswers::default();
        for activity in activities.in_order() {
            let answer = if activity.interest == Interest::Artistic { "5" } else { "2" };
            answers.0.insert(activity.id.clone(), answer.to_owned());
        }
        let scores = activities.score(&answers).unwrap();
        assert_eq!(scores.means, [2.0, 2.0, 5.0, 2.0, 2.0, 2.0]);
        answers.0.insert("R1".to_owned(), "6".to_owned());
        answers.0.remove("R2");
        assert_eq!(activities.score(&answers), Some(scores), "two missing answers are no matter");
        assert_eq!(activities.valid(&answers).len(), 46);
        answers.0.remove("R3");
        assert_eq!(activities.score(&answers), None);
    }
}
