//! Everything that is stored of a result, as JSON and as CSV. Pure.

use serde_json::{Value, json};

use super::stored::StoredKeyed;
use crate::personality::Interest;
use crate::records::Record;
use crate::survey::Questionnaire;
use crate::survey::interests::Activities;
use crate::web::sheet::Sheet;

/// The fields have the names that the pages use.
pub fn json(record: &Record) -> Value {
    json!({
        "status": record.status.as_str(),
        "created_at": record.shown.created_at.to_rfc3339(),
        "finished_at": record.shown.finished_at.map(|moment| moment.to_rfc3339()),
        "questionnaire_version": record.shown.questionnaire_version,
        "questionnaire_hash": record.shown.questionnaire_hash,
        "ratings": record.ratings,
        "answers": record.answers,
        "interests": record.added.interests,
        "shared_interests": record.shown.shared_interests,
        "shortlist": record.added.shortlist,
        "composed_text": record.text,
        "spans": record.spans,
        "types": record.shown.result_mbti,
        "traits": record.shown.result_big_five,
        "keyed_scores": record.shown.keyed_scores,
        "assessment": record.shown.assessment,
        "shares": record.shares,
        "careers": record.shown.career_data,
        "share_read": record.shown.share_read,
        "reading": record.shown.reading,
        "models": record.shown.models,
        "data_version": record.shown.data_version,
    })
}

/// Rows of `section,name,question,value`, where `name` is a field, a type, a trait or a rank, and `question` is the
/// statement or question that was answered.
pub fn csv(record: &Record, survey: &Questionnaire) -> Result<Vec<u8>, csv::Error> {
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
    let keyed = super::stored::keyed_scores(record.shown.keyed_scores.as_ref());
    for score in keyed.iter().flat_map(|keyed| &keyed.scores().0) {
        sheet.row(["keyed score", score.trait_.name(), "", &format!("{:.1}", score.percent)])?;
    }
    if let Some(StoredKeyed::Normed(result)) = &keyed {
        for level in &result.levels {
            let percentile = format!("{:.1}", level.statements.level.percentile);
            sheet.row(["percentile", level.trait_.name(), &result.norm.name, &percentile])?;
        }
    }
    for (name, careers) in super::stored::careers(record.shown.career_data.as_ref()) {
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
    sheet.row(["text", "composed", "", &record.text])?;
    sheet.bytes()
}

fn entries(fields: &Option<Value>) -> impl Iterator<Item = (&String, &Value)> {
    fields.as_ref().and_then(Value::as_object).into_iter().flatten()
}

/// Text as it is, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
