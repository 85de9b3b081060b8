//! All stored data of a result, as JSON and as CSV. Pure.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::columns::{StoredKeyed, careers, keyed_scores};
use super::opened::Opened;
use crate::careers::Recommendations;
use crate::personality::{Interest, InterestScores};
use crate::records::{AnswerSpan, Interests, Record, Research};
use crate::survey::Questionnaire;
use crate::survey::interests::Activities;
use crate::web::sheet::Sheet;

/// Everything that is stored of a result. What the release that read it did not know is null.
#[derive(Serialize, ToSchema)]
#[schema(as = StoredResult)]
pub struct Export<'a> {
    /// queued, reading, done or failed.
    #[schema(example = "done")]
    status: &'a str,
    /// RFC 3339.
    #[schema(example = "2026-05-04T10:20:30+00:00")]
    created_at: String,
    /// When it was done or marked failed.
    #[schema(required)]
    finished_at: Option<String>,
    #[schema(required)]
    questionnaire_version: Option<&'a str>,
    #[schema(required)]
    questionnaire_hash: Option<&'a str>,
    /// The ratings as typed, by the statement's id. Null for a text.
    #[schema(required, value_type = Option<BTreeMap<String, String>>)]
    ratings: Option<&'a Value>,
    /// The open answers as typed, by the question's id. Null for a text.
    #[schema(required, value_type = Option<BTreeMap<String, String>>)]
    answers: Option<&'a Value>,
    /// What its owner likes to do.
    #[schema(required, value_type = Option<Interests>)]
    interests: Option<&'a Interests>,
    /// The scores of interests that the share link shows.
    #[schema(required)]
    shared_interests: Option<InterestScores>,
    /// SOC codes of the occupations that its owner keeps, the oldest first.
    shortlist: &'a [String],
    /// What its owner gives to research.
    research: Research,
    /// Null while the database does not tell.
    #[schema(required)]
    opened: Option<Opened>,
    /// The text that was read.
    composed_text: &'a str,
    /// Which bytes of the text each answer makes up. Null for a text.
    #[schema(required, value_type = Option<Vec<AnswerSpan>>)]
    spans: Option<&'a Value>,
    /// The 16 types with their probabilities.
    #[schema(required, value_type = Option<BTreeMap<String, f64>>)]
    types: Option<&'a Value>,
    /// The five traits with their probabilities.
    #[schema(required, value_type = Option<BTreeMap<String, f64>>)]
    traits: Option<&'a Value>,
    /// What the ratings alone say.
    #[schema(required, value_type = Option<Object>)]
    keyed_scores: Option<&'a Value>,
    /// Where the person stands among the norm group.
    #[schema(required, value_type = Option<Object>)]
    assessment: Option<&'a Value>,
    /// What each rating and each answer added to the reading.
    #[schema(required, value_type = Option<Object>)]
    shares: Option<&'a Value>,
    #[schema(required, value_type = Option<Recommendations>)]
    careers: Option<&'a Value>,
    /// The share of the text that was read, 0 to 1.
    #[schema(required, minimum = 0.0, maximum = 1.0)]
    share_read: Option<f64>,
    /// How the reading was computed.
    #[schema(required, value_type = Option<Object>)]
    reading: Option<&'a Value>,
    /// The models' names and hashes.
    #[schema(required, value_type = Option<Object>)]
    models: Option<&'a Value>,
    /// The version of the career data.
    #[schema(required)]
    data_version: Option<&'a str>,
}

/// The fields have the names that the pages use.
pub fn json(record: &Record, opened: Option<Opened>) -> Export<'_> {
    let shown = &record.shown;
    Export {
        status: record.status.as_str(),
        created_at: shown.created_at.to_rfc3339(),
        finished_at: shown.finished_at.map(|moment| moment.to_rfc3339()),
        questionnaire_version: shown.questionnaire_version.as_deref(),
        questionnaire_hash: shown.questionnaire_hash.as_deref(),
        ratings: record.ratings.as_ref(),
        answers: record.answers.as_ref(),
        interests: record.added.interests.as_ref(),
        shared_interests: shown.shared_interests,
        shortlist: &record.added.shortlist,
        research: record.added.research,
        opened,
        composed_text: &record.text,
        spans: record.spans.as_ref(),
        types: shown.result_mbti.as_ref(),
        traits: shown.result_big_five.as_ref(),
        keyed_scores: shown.keyed_scores.as_ref(),
        assessment: shown.assessment.as_ref(),
        shares: record.shares.as_ref(),
        careers: shown.career_data.as_ref(),
        share_read: shown.share_read,
        reading: shown.reading.as_ref(),
        models: shown.models.as_ref(),
        data_version: shown.data_version.as_deref(),
    }
}

/// Rows of `section,name,question,value`. `name` is a field, a type, a trait or a rank, and `question` is the statement
/// or question.
pub fn csv(record: &Record, opened: Option<&Opened>, survey: &Questionnaire) -> Result<Vec<u8>, csv::Error> {
    let mut sheet = Sheet::new();
    sheet.row(["section", "name", "question", "value"])?;
    let asked = |field: &str| {
        let item = survey.items.iter().find(|item| item.id == field).map(|item| item.text.as_str());
        item.or_else(|| survey.questions.iter().find(|q| q.id == field).map(|q| q.prompt.as_str()))
            .unwrap_or("")
    };
    for (section, fields) in [("rating", &record.ratings), ("answer", &record.answers)] {
        for (field, value) in entries(fields) {
            sheet.row([section, field.as_str(), asked(field), &plain(value)])?;
        }
    }
    for (section, scores) in [("type", &record.shown.result_mbti), ("trait", &record.shown.result_big_five)] {
        for (name, value) in entries(scores) {
            sheet.row([section, name.as_str(), "", &plain(value)])?;
        }
    }
    let keyed = keyed_scores(record.shown.keyed_scores.as_ref());
    for score in keyed.iter().flat_map(|keyed| &keyed.scores().0) {
        sheet.row(["keyed score", score.trait_.name(), "", &format!("{:.1}", score.percent)])?;
    }
    if let Some(StoredKeyed::Normed(result)) = &keyed {
        for level in &result.levels {
            let percentile = format!("{:.1}", level.statements.level.percentile);
            sheet.row(["percentile", level.trait_.name(), &result.norm.name, &percentile])?;
        }
    }
    for (name, careers) in careers(record.shown.career_data.as_ref()) {
        for (place, (career, dollars)) in careers.iter().enumerate() {
            let rank = (place + 1).to_string();
            sheet.row([format!("career for {name}").as_str(), &rank, career, &dollars.to_string()])?;
        }
    }
    if let Some(interests) = &record.added.interests {
        let activities = Activities::bundled()?;
        for activity in activities.in_order() {
            if let Some(answer) = interests.answers.get(&activity.id) {
                sheet.row(["activity", &activity.id, &activity.text, &answer.to_string()])?;
            }
        }
        for (interest, score) in
            interests.measured.iter().flat_map(|m| Interest::ALL.into_iter().zip(m.means))
        {
            sheet.row(["interest", interest.name(), interest.plain(), &format!("{score:.2}")])?;
        }
    }
    for (place, soc) in record.added.shortlist.iter().enumerate() {
        sheet.row(["shortlist", &(place + 1).to_string(), "", soc])?;
    }
    let research = record.added.research;
    for (what, given) in [("ratings", research.ratings), ("answers", research.answers)] {
        sheet.row(["research", what, "", if given { "given" } else { "not given" }])?;
    }
    if let Some(days) = opened {
        for (by, days) in [("private address", &days.private), ("share link", &days.shared)] {
            for day in days {
                sheet.row(["opened", by, "", &day.to_string()])?;
            }
        }
    }
    sheet.row(["text", "composed", "", &record.text])?;
    sheet.bytes()
}

fn entries(fields: &Option<Value>) -> impl Iterator<Item = (&String, &Value)> {
    fields.as_ref().and_then(Value::as_object).into_iter().flatten()
}

/// Strings as they are, other values as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
