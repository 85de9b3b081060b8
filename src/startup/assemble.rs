//! Builds what the handlers use: datasets, models, engine, database and runner, in that order.
//!
//! The database comes after everything that can fail on a wrong setting, because opening it may create a file.

use std::sync::Arc;
use std::time::Duration;

use super::error::StartError;
use super::load::{LoadedDatasets, LoadedModels, datasets, engine, models};
use super::observed;
use crate::assessment::{Assessor, known};
use crate::config::{Database, Drafts, Retention, Server, Settings};
use crate::inference::Choice;
use crate::metrics::Metrics;
use crate::models::evaluation::{Evaluated, Evaluation};
use crate::models::{Classifier, LoadedModel};
use crate::records::{DatabaseUrl, PoolConfig, Store};
use crate::submissions::{ModelReader, Runner, RunnerConfig};
use crate::telemetry::sentence;
use crate::web::limits::bodies::{Bodies, Budget};
use crate::web::limits::connections::{Caps, Connections};
use crate::web::limits::requests::InFlight;
use crate::web::malformed::Malformed;
use crate::web::{self as site, AppState};

/// After `--stop-grace`: how long giving submissions back to the queue may take.
pub(super) const PARK_WITHIN: Duration = Duration::from_secs(1);

/// Loads everything, opens the database and starts to read the submissions in it. Must run inside a tokio runtime.
pub(super) fn assemble(
    settings: Settings,
    database: DatabaseUrl,
    caps: Caps,
) -> Result<AppState, StartError> {
    let datasets = datasets(&settings.datasets)?;
    let models = models(&settings.inference)?;
    for (model, choice) in models.models.as_ref().zip(models.choices.as_ref()).into_array() {
        describe(model, choice, &datasets.questionnaire.hash);
    }
    let mut metrics = Metrics::new();
    let known = known(&datasets.questionnaire, &datasets.norm);
    let engine = engine(&settings.inference, &models, known, metrics.readings.clone())?;
    let LoadedDatasets { questionnaire, norm, catalog, descriptions } = datasets;
    let store = Store::connect(database, pool(&settings.database, &settings.drafts, &settings.retention))?;
    let assessor = Assessor::new(&questionnaire, norm.clone());
    let reader = ModelReader::new(engine.clone(), catalog.clone(), assessor, models.models.clone());
    let runner = RunnerConfig {
        at_once: settings.inference.submissions_at_once,
        lease: settings.inference.lease,
        park_within: PARK_WITHIN,
        ..RunnerConfig::default()
    };
    let submissions = Runner::start(store.clone(), reader, runner);
    observed::watch(&mut metrics, &engine, &submissions, &models);
    let limits = limits(&settings.server, caps);
    observed::watch_clients(&mut metrics, &limits);
    Ok(AppState {
        metrics,
        rate_limit: site::rate_limit::RateLimit::new(&settings.server),
        connections: limits.connections,
        bodies: limits.bodies,
        in_flight: Arc::new(InFlight::new(settings.server.rate_limit > 0)),
        malformed: limits.malformed,
        health: site::Health::default(),
        settings,
        questionnaire,
        norm,
        catalog,
        descriptions,
        evaluated: evaluated(&models),
        models: models.models,
        executions: models.choices,
        engine,
        store,
        submissions,
    })
}

/// What clients may hold. Without a rate limit all of them may share one address, so that none has limits of its own.
fn limits(server: &Server, caps: Caps) -> observed::Clients {
    let budget = if server.rate_limit > 0 { Budget::DEFAULT } else { Budget::DEFAULT.without_addresses() };
    observed::Clients {
        connections: Arc::new(Connections::new(caps)),
        bodies: Arc::new(Bodies::new(budget)),
        malformed: Arc::new(Malformed::default()),
    }
}

/// Logs which model is loaded, and warns when it was trained for another questionnaire.
fn describe(model: &LoadedModel, choice: &Choice, questionnaire_hash: &str) {
    let trained_for = model.settings().questionnaire_hash.as_deref();
    tracing::info!(
        folder = %model.dir().display(),
        architecture = ?model.architecture(),
        reads = model.kind().reads(),
        parameters = model.parameters(),
        interim = model.settings().interim,
        computed = choice.way(),
        reason = choice.reason,
        "model loaded"
    );
    if let Some(hash) = trained_for.filter(|hash| *hash != questionnaire_hash) {
        tracing::warn!(folder = %model.dir().display(), trained_for = hash, asked = questionnaire_hash,
            "this model was trained for another questionnaire");
    }
}

/// The evaluation stored next to the models. Without one that can be read, the site states no figures.
fn evaluated(models: &LoadedModels) -> Evaluated {
    Evaluation::beside(models.models.as_ref().map(Arc::as_ref)).unwrap_or_else(|error| {
        tracing::warn!(error = sentence(&error), "the evaluation next to the models cannot be used");
        Evaluated::No
    })
}

fn pool(database: &Database, drafts: &Drafts, retention: &Retention) -> PoolConfig {
    let days = |days: u32| Duration::from_secs(u64::from(days) * 24 * 60 * 60);
    PoolConfig {
        draft_lifetime: days(drafts.draft_days),
        result_lifetime: (retention.result_days > 0).then(|| days(retention.result_days)),
        connections: database.database_connections,
        timeout: database.database_timeout,
        min_free: database.min_free_space.as_u64(),
        migrate: !database.no_migrate,
        ..PoolConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::web;
    use clap::Parser;

    use super::*;
    use crate::web::{get, health};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }

    async fn panics() -> &'static str {
        panic!("a secret of ours")
    }

    #[actix_web::test]
    async fn a_panicking_handler_answers_500_with_a_request_id_and_the_server_keeps_running() {
        let folder = tempfile::tempdir().unwrap();
        let models = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/models");
        let settings = Line::parse_from([
            "calling".to_owned(),
            format!("--mbti-model={models}/albert-spiece"),
            format!("--big-five-model={models}/bert-vocab-txt"),
        ])
        .settings;
        let database = DatabaseUrl::Sqlite(folder.path().join("calling.db"));
        let state =
            web::Data::new(assemble(settings, database, Caps { total: 64, per_address: 64 }).unwrap());
        let server = actix_web::HttpServer::new(move || {
            site::app_of(state.clone(), |table| {
                table.service(get("/panic", panics)).service(get("/health", health::health));
            })
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        for accept in ["text/html", "application/json"] {
            let request = reqwest::Client::new().get(format!("{url}/panic")).header("accept", accept);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 500);
            assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
            assert!(answer.headers()["content-type"].to_str().unwrap().starts_with(accept));
            let body = answer.text().await.unwrap();
            assert!(body.contains("Something went wrong"), "{body}");
            assert!(!body.contains("secret"), "{body}");
            let id = body.split(|c: char| !(c.is_ascii_hexdigit() || c == '-')).any(|word| word.len() == 36);
            assert!(id, "no request id in {body}");
        }
        assert_eq!(reqwest::get(format!("{url}/health")).await.unwrap().status(), 200);
        handle.stop(true).await;
    }
}
