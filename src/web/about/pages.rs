//! The pages "How good is it?" and "Privacy".

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::figures::{Shown, shown};
use crate::config::Registration;
use crate::inference::Choice;
use crate::models::ModelCard;
use crate::models::evaluation::Evaluated;
use crate::web::error::WebError;
use crate::web::numbers::grouped;
use crate::web::page::{Keeping, page};
use crate::web::preview::Preview;
use crate::web::result::facts::{Fact, Measure};
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "privacy.html")]
struct PrivacyPage {
    preview: Preview,
    draft_days: u32,
    /// 0 means that results are kept.
    result_days: u32,
    backup_days: Option<u32>,
    postgres: bool,
    minimum_age: u8,
    /// Whether this site has accounts.
    accounts: bool,
    /// Whether it sends mail.
    mails: bool,
}

/// GET /privacy
pub async fn privacy(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let (drafts, retention) = (&state.settings.drafts, &state.settings.retention);
    let shown = PrivacyPage {
        preview: Preview::new(&request, &state, "/privacy"),
        draft_days: drafts.draft_days,
        result_days: retention.result_days,
        backup_days: retention.backup_days,
        postgres: state.store.url().is_postgres(),
        minimum_age: drafts.minimum_age,
        accounts: state.settings.accounts.accounts != Registration::Off,
        mails: state.mailing.is_some(),
    };
    page(StatusCode::OK, Keeping::Public, &shown)
}

#[derive(Template)]
#[template(path = "about.html")]
struct AboutPage {
    preview: Preview,
    interim: bool,
    facts: Vec<Fact>,
    notes: Vec<String>,
    measured: Option<Shown>,
    /// Whether there are figures, but for other models.
    measured_others: bool,
    questionnaire_version: String,
    data_version: String,
}

/// GET /about
pub async fn how_good(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    let settings = state.models.as_ref().map(|model| &model.settings).into_array();
    let fact =
        |name, write: &dyn Fn(&ModelCard) -> String| Fact { name, models: state.models.as_ref().map(write) };
    let mut facts = vec![
        fact("Model", &ModelCard::name),
        fact("Architecture", &|model| format!("{:?}", model.architecture)),
        fact("Parameters", &|model| grouped(model.parameters as u64)),
    ];
    // Each server that reads for this one chooses by its own processor.
    if let Some(local) = &state.local {
        facts.push(Fact { name: "Computed in", models: local.executions.as_ref().map(Choice::way) });
    }
    facts.extend([
        fact("What its numbers are", &|model| Measure::of(model.settings.gives_probabilities()).to_string()),
        fact("Interim model", &|model| if model.settings.interim { "yes" } else { "no" }.to_owned()),
    ]);
    let mut notes: Vec<String> = settings.iter().filter_map(|settings| settings.provenance.clone()).collect();
    notes.dedup();
    let strangers = settings.iter().any(|settings| {
        settings.questionnaire_hash.as_ref().is_some_and(|hash| *hash != state.questionnaire.hash)
    });
    if strangers {
        notes.push(
            "At least one model was trained for a different version of the questionnaire, so its numbers are less \
             reliable here."
                .to_owned(),
        );
    }
    let shown = AboutPage {
        preview: Preview::new(&request, &state, "/about"),
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
