//! Which levels a stored record is shown with.

use chrono::Utc;
use serde_json::json;

use super::*;
use crate::personality::Axis;
use crate::records::Source;

fn record(assessment: Option<Value>) -> SharedRecord {
    let numbers = |names: Vec<&str>, number: f64| {
        Value::Object(names.into_iter().map(|name| (name.to_owned(), json!(number))).collect())
    };
    SharedRecord {
        id: 1,
        source: Source::Questionnaire,
        questionnaire_version: None,
        questionnaire_hash: None,
        keyed_scores: None,
        result_mbti: Some(numbers(Mbti::ALL.iter().map(|mbti| mbti.name()).collect(), 0.0625)),
        result_big_five: Some(numbers(Trait::ALL.iter().map(|trait_| trait_.name()).collect(), 0.9)),
        career_data: None,
        models: None,
        data_version: None,
        reading: None,
        assessment,
        share_read: None,
        shared_interests: None,
        created_at: Utc::now(),
        finished_at: None,
    }
}

fn assessment() -> Value {
    let standing = json!({"percentile": 84.1, "low": 60.0, "high": 96.0, "above": 0.9});
    let of_trait = |trait_: Trait| {
        let score = json!({"mean": 1.0, "sd": 0.4});
        json!({"trait": trait_, "ratings": standing, "words": null, "together": standing, "score": score})
    };
    let of_axis = |axis: Axis| json!({"axis": axis, "words": null, "together": standing});
    json!({
        "version": 1,
        "norm": {"name": "people", "version": "1", "people": "some people"},
        "traits": Trait::ALL.map(of_trait),
        "axes": Axis::ALL.map(of_axis),
        "naming": {"kind": "one", "type": "INFP", "chance": 0.6561},
        "notices": [{"kind": "few_words", "words": 3, "wanted": 40}],
        "ground": {"words": 3, "ratings": 60, "explained": 0.3},
    })
}

#[test]
fn careers_are_matched_with_the_assessed_levels_and_how_firmly_they_are_known() {
    let person = Stored(&record(Some(assessment()))).person().unwrap();
    assert!(person.traits.iter().all(|estimate| (estimate.mean, estimate.sd) == (1.0, 0.4)));
}

#[test]
fn results_without_an_assessment_and_those_with_another_version_go_by_their_chances() {
    let by_chances = Stored(&record(None)).person().unwrap();
    let mut another = assessment();
    another["version"] = json!(2);
    another["traits"] = json!("in another form");
    assert_eq!(Stored(&record(Some(another))).person().unwrap(), by_chances);
    assert!(by_chances.traits.iter().all(|estimate| estimate.sd == 0.5 && estimate.mean > 0.6));
}

#[test]
fn a_malformed_assessment_is_named() {
    let mut malformed = assessment();
    malformed["axes"] = json!([]);
    let error = Stored(&record(Some(malformed))).person().unwrap_err();
    assert!(error.to_string().contains("assessment"), "{error}");
}
