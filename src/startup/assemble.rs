//! Builds what the handlers use: datasets, models, engine, database and runner, in that order.
//!
//! The database comes after everything that can fail because of a wrong setting, because opening it may create a file.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::error::StartError;
use super::load::{LoadedDatasets, LoadedModels, cards, datasets, engine, models};
use super::observed;
use super::scaling;
use crate::accounts::{Attempts, Hasher};
use crate::assessment::{Assessor, known};
use crate::config::{Database, LoginPauses, Role, Server, Settings};
use crate::inference::{Choice, Engine};
use crate::metrics::Metrics;
use crate::models::evaluation::{Evaluated, Evaluation};
use crate::models::{Classifier, LoadedModel, MANIFEST, ModelCard};
use crate::personality::Pair;
use crate::records::{DatabaseUrl, PoolConfig, Store};
use crate::submissions::{ModelReader, Runner, RunnerConfig};
use crate::telemetry::sentence;
use crate::web::limits::bodies::{Bodies, Budget};
use crate::web::limits::connections::{Caps, Connections};
use crate::web::limits::requests::InFlight;
use crate::web::malformed::Malformed;
use crate::web::{self as site, AppState, Local};

/// After `--stop-grace`: the time for giving submissions back to the queue.
pub(super) const PARK_WITHIN: Duration = Duration::from_secs(1);

/// Loads everything, opens the database and starts to read its submissions, as far as the role says. Must run inside a tokio
/// runtime.
pub(super) fn assemble(settings: Settings, urls: Urls, caps: Caps) -> Result<AppState, StartError> {
    let scaling = scaling::engine(&settings.fleet)?;
    let datasets = datasets(&settings.datasets)?;
    let mut metrics = Metrics::new();
    let loaded = match settings.server.role.reads() {
        true => Some(load(&settings, &datasets, &metrics)?),
        false => None,
    };
    let models = match &loaded {
        Some((models, _)) => models.models.as_ref().map(|model| model.card()),
        None => cards(&settings.inference)?,
    };
    let evaluated = evaluated(&models, loaded.as_ref().map(|(models, _)| models));
    let LoadedDatasets { questionnaire, norm, catalog, descriptions } = datasets;
    let store = Store::connect(urls.database, pool(&settings))?;
    let config = runner(&settings, urls.listen);
    let submissions = match &loaded {
        Some((models, engine)) => {
            let assessor = Assessor::new(&questionnaire, norm.clone());
            let reader = ModelReader::new(engine.clone(), catalog.clone(), assessor, models.models.clone());
            Runner::start(store.clone(), reader, config)
        }
        None => Runner::start_without_reader(store.clone(), settings.inference.queue_tokens, config),
    };
    observed::watch(&mut metrics, &submissions, loaded.as_ref());
    let mailing = (settings.mail.mail_server.is_some() && settings.server.role != Role::Worker)
        .then(|| Arc::new(site::Mailing::new(settings.server.rate_limit > 0)));
    observed::watch_mails(&mut metrics, mailing.as_ref());
    let limits = limits(&settings.server, caps);
    observed::watch_clients(&mut metrics, &limits);
    let local = loaded.map(|(models, engine)| Local {
        engine,
        models: models.models,
        executions: models.choices,
        verified: models.verified,
    });
    Ok(AppState {
        metrics,
        rate_limit: site::rate_limit::RateLimit::new(&settings.server),
        attempts: Attempts::new(settings.accounts.login_pauses == LoginPauses::On),
        hasher: Hasher::new(),
        mailing,
        connections: limits.connections,
        bodies: limits.bodies,
        in_flight: Arc::new(InFlight::new(settings.server.rate_limit > 0)),
        malformed: limits.malformed,
        counted: site::LastCount::default(),
        health: site::Health::default(),
        fleet: site::Fleet::new(scaling),
        settings,
        questionnaire,
        norm,
        catalog,
        descriptions,
        evaluated,
        models,
        local,
        store,
        submissions,
    })
}

/// The addresses of the database.
pub(super) struct Urls {
    pub database: DatabaseUrl,
    /// For notices.
    pub listen: Option<DatabaseUrl>,
}

impl Urls {
    pub fn of(settings: &Database) -> Result<Urls, StartError> {
        let database = DatabaseUrl::parse(settings.database_url.expose_secret())?;
        let Some(listen) = &settings.listen_url else { return Ok(Urls { database, listen: None }) };
        let listen = DatabaseUrl::parse(listen.expose_secret()).map_err(StartError::ListenUrl)?;
        if database.is_postgres() && listen.is_postgres() {
            Ok(Urls { database, listen: Some(listen) })
        } else {
            Err(StartError::NothingToListenTo)
        }
    }
}

/// Loads the models and starts the engine.
fn load(
    settings: &Settings,
    datasets: &LoadedDatasets,
    metrics: &Metrics,
) -> Result<(LoadedModels, Engine), StartError> {
    let models = models(&settings.inference)?;
    for (model, choice) in models.models.as_ref().zip(models.choices.as_ref()).into_array() {
        describe(model, choice, &datasets.questionnaire.hash);
    }
    for (model, verified) in models.models.as_ref().zip(models.verified.as_ref()).into_array() {
        if !verified {
            tracing::warn!(folder = %model.dir().display(), "this model's files are not verified: there is no {MANIFEST}");
        }
    }
    let known = known(&datasets.questionnaire, &datasets.norm);
    let engine = engine(&settings.inference, &models, known, metrics.readings.clone())?;
    Ok((models, engine))
}

fn runner(settings: &Settings, listen: Option<DatabaseUrl>) -> RunnerConfig {
    RunnerConfig {
        at_once: settings.inference.submissions_at_once,
        lease: settings.inference.lease,
        park_within: PARK_WITHIN,
        for_others: settings.server.role == Role::Worker,
        listen,
        ..RunnerConfig::default()
    }
}

/// The limits on what clients may hold. If there is no rate limit, all clients may share one address, so there are no
/// limits per address.
fn limits(server: &Server, caps: Caps) -> observed::Clients {
    let budget = if server.rate_limit > 0 { Budget::DEFAULT } else { Budget::DEFAULT.without_addresses() };
    observed::Clients {
        connections: Arc::new(Connections::new(caps)),
        bodies: Arc::new(Bodies::new(budget)),
        malformed: Arc::new(Malformed::default()),
    }
}

/// Logs which model is loaded. Warns if it was trained for another questionnaire.
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

/// The evaluation stored next to the models. If it is missing or unreadable, the site shows no figures.
fn evaluated(cards: &Pair<ModelCard>, loaded: Option<&LoadedModels>) -> Evaluated {
    let weights = || match loaded {
        Some(loaded) => loaded.models.as_ref().try_map(|model| model.weights_sha256().map(str::to_owned)),
        None => cards.as_ref().try_map(ModelCard::weights_sha256),
    };
    Evaluation::beside(cards.as_ref(), weights).unwrap_or_else(|error| {
        tracing::warn!(error = sentence(&error), "the evaluation next to the models cannot be used");
        Evaluated::No
    })
}

fn pool(settings: &Settings) -> PoolConfig {
    let Settings { database, drafts, retention, mail, .. } = settings;
    let days = |days: u32| Duration::from_secs(u64::from(days) * 24 * 60 * 60);
    PoolConfig {
        draft_lifetime: days(drafts.draft_days),
        result_lifetime: (retention.result_days > 0).then(|| days(retention.result_days)),
        connections: database.database_connections,
        timeout: database.database_timeout,
        min_free: database.min_free_space.as_u64(),
        mails: mail.mail_server.is_some(),
        migrate: !database.no_migrate,
        ..PoolConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::web;

    use super::*;
    use crate::web::{get, health};

    async fn panics() -> &'static str {
        panic!("a secret of ours")
    }

    #[actix_web::test]
    async fn a_panicking_handler_answers_500_with_a_request_id_and_the_server_keeps_running() {
        let folder = tempfile::tempdir().unwrap();
        let models = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/models");
        let settings = Settings::with(&[
            format!("--mbti-model={models}/albert-spiece"),
            format!("--big-five-model={models}/bert-vocab-txt"),
        ]);
        let urls = Urls { database: DatabaseUrl::Sqlite(folder.path().join("calling.db")), listen: None };
        let state = web::Data::new(assemble(settings, urls, Caps { total: 64, per_address: 64 }).unwrap());
        let server = actix_web::HttpServer::new(move || {
            site::app(state.clone(), |table| {
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
