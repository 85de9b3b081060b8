//! A sample result, for visitors who want to see what they will get: answers that we wrote for a fictional person, read
//! by the bundled models. `tests/browser/sample.mjs` renews it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::assessed::{self, Given, WhyView};
use super::best::BestCareers;
use super::good::How;
use super::stored::{On, Stored};
use super::view::ReadingView;
use crate::assessment::Shares;
use crate::records::{SharedRecord, Source};
use crate::survey::Questionnaire;
use crate::web::careers::filters::filters;
use crate::web::error::WebError;
use crate::web::numbers::day;
use crate::web::page::{Keeping, page};
use crate::web::preview::Preview;
use crate::web::state::AppState;

/// A result as [`super::export`] writes it.
const EXPORTED: &str = include_str!("../../../datasets/sample.json");

#[derive(Deserialize)]
struct Exported {
    created_at: DateTime<Utc>,
    finished_at: DateTime<Utc>,
    questionnaire_version: String,
    questionnaire_hash: String,
    answers: Map<String, Value>,
    types: Value,
    traits: Value,
    keyed_scores: Value,
    careers: Value,
    share_read: f64,
    reading: Value,
    /// Missing in older samples.
    #[serde(default)]
    assessment: Option<Value>,
    #[serde(default)]
    shares: Option<Shares>,
    models: Value,
    data_version: String,
}

#[derive(Template)]
#[template(path = "sample.html")]
struct SamplePage<'a> {
    preview: Preview,
    read_on: String,
    reading: ReadingView,
    best: BestCareers,
    /// None for samples without it.
    why: Option<WhyView>,
    good: How,
    /// Always none: a sample has no ranking by the whole profile.
    ranking: Option<String>,
    /// Always none: a sample has no page with all reasons.
    everything: Option<String>,
    /// The open questions with the answers.
    open_answers: Vec<(&'a str, &'a str)>,
}

fn open_answers<'a>(survey: &'a Questionnaire, answers: &'a Value) -> Vec<(&'a str, &'a str)> {
    let answered = survey
        .questions
        .iter()
        .filter_map(|question| Some((question.prompt.as_str(), answers.get(&question.id)?.as_str()?)));
    answered.collect()
}

impl Exported {
    fn into_record(self) -> SharedRecord {
        SharedRecord {
            id: 0,
            source: Source::Questionnaire,
            questionnaire_version: Some(self.questionnaire_version),
            questionnaire_hash: Some(self.questionnaire_hash),
            keyed_scores: Some(self.keyed_scores),
            result_mbti: Some(self.types),
            result_big_five: Some(self.traits),
            career_data: Some(self.careers),
            models: Some(self.models),
            data_version: Some(self.data_version),
            reading: Some(self.reading),
            assessment: self.assessment,
            share_read: Some(self.share_read),
            shared_interests: None,
            created_at: self.created_at,
            finished_at: Some(self.finished_at),
        }
    }
}

/// GET /sample
pub async fn show(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let mut exported: Exported = serde_json::from_str(EXPORTED).map_err(WebError::internal)?;
    let answers = Value::Object(std::mem::take(&mut exported.answers));
    let shares = exported.shares.take();
    let record = exported.into_record();
    let stored = Stored(&record);
    let person = stored.person().map_err(WebError::internal)?;
    let (reading, best) =
        stored.shown(&On::of(&state), &person, &filters(&request)?, None).map_err(WebError::internal)?;
    let given = Given { survey: &state.questionnaire, answers: Some(&answers), text: "", spans: None };
    let parts = shares.map(|shares| assessed::parts(&shares, &given)).unwrap_or_default();
    let shown = SamplePage {
        why: reading.assessed.as_ref().and_then(|a| WhyView::new(&parts, a)),
        best,
        good: How::of(&state.evaluated),
        preview: Preview::new(&request, &state, "/sample"),
        read_on: day(record.created_at),
        reading,
        ranking: None,
        everything: None,
        open_answers: open_answers(&state.questionnaire, &answers),
    };
    page(StatusCode::OK, Keeping::Public, &shown)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_sample_answers_the_questionnaire_that_visitors_get() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
        let survey = Questionnaire::load(Path::new(file)).unwrap();
        let exported: Exported = serde_json::from_str(EXPORTED).unwrap();
        assert_eq!(open_answers(&survey, &Value::Object(exported.answers)).len(), 26);
        assert_eq!(exported.questionnaire_hash, survey.hash);
    }
}
