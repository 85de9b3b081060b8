//! What the site says of itself: how good it is, and what happens to visitors' words.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::evaluation::{Shown, shown};
use super::page::{Keeping, page};
use super::reading::{Fact, grouped, measure};
use super::{AppState, WebError};
use crate::models::evaluation::Evaluated;
use crate::models::{Classifier, LoadedModel};

#[derive(Template)]
#[template(path = "privacy.html")]
struct PrivacyPage {
    draft_days: u32,
    minimum_age: u8,
}

/// GET /privacy
pub async fn privacy(state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let drafts = &state.settings.drafts;
    let shown = PrivacyPage { draft_days: drafts.draft_days, minimum_age: drafts.minimum_age };
    page(StatusCode::OK, Keeping::Public, &shown)
}

#[derive(Template)]
#[template(path = "about.html")]
struct AboutPage {
    interim: bool,
    facts: Vec<Fact>,
    notes: Vec<String>,
    measured: Option<Shown>,
    /// Whether other models than these were measured.
    measured_others: bool,
    questionnaire_version: String,
    data_version: String,
}

/// GET /about: how it works, what the models on this server are, and where it fails.
pub async fn how_good(state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let models = [&state.mbti_model, &state.big_five_model];
    let settings = models.map(|model| model.settings());
    let fact = |name, tell: &dyn Fn(&LoadedModel) -> String| Fact {
        name,
        mbti: tell(&state.mbti_model),
        big_five: tell(&state.big_five_model),
    };
    let facts = vec![
        fact("Model", &LoadedModel::name),
        fact("Architecture", &|model| format!("{:?}", model.architecture())),
        fact("Parameters", &|model| grouped(model.parameters() as u64)),
        Fact { name: "Computed in", mbti: state.executions[0].way(), big_five: state.executions[1].way() },
        fact("Numbers are", &|model| measure(model.settings().gives_probabilities()).to_owned()),
        fact("A stand-in", &|model| if model.settings().interim { "yes" } else { "no" }.to_owned()),
    ];
    let mut notes: Vec<String> = settings.iter().filter_map(|settings| settings.provenance.clone()).collect();
    notes.dedup();
    let strangers = settings.iter().any(|settings| {
        settings.questionnaire_hash.as_ref().is_some_and(|hash| *hash != state.questionnaire.hash)
    });
    if strangers {
        notes.push(
            "At least one model was trained on another version of the questionnaire than the one asked here, so its \
             numbers are less to be trusted."
                .to_owned(),
        );
    }
    let shown = AboutPage {
        interim: settings.iter().any(|settings| settings.interim),
        facts,
        notes,
        measured: shown(&state.evaluated),
        measured_others: state.evaluated == Evaluated::Others,
        questionnaire_version: state.questionnaire.version.clone(),
        data_version: state.catalog.version().to_owned(),
    };
    page(StatusCode::OK, Keeping::Public, &shown)
}
