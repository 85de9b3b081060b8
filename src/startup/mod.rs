//! Wires the parts into one running application: settings, address, datasets, models, database, in that order.
//!
//! A wrong setting stops the start with one sentence before anything is left behind, so the database, which may create
//! a file, comes last. A database that does not answer yet is no wrong setting: the server starts and keeps trying.

mod error;
mod load;
mod observed;
mod scrape;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::{Server, ServerHandle};
use actix_web::{HttpServer, web};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use crate::config::{Database, Drafts, Settings};
use crate::inference::{Choice, Deadline};
use crate::metrics::Metrics;
use crate::models::evaluation::{Evaluated, Evaluation};
use crate::models::{Classifier, LoadedModel, ModelError};
use crate::records::{DatabaseUrl, PoolConfig, Store};
use crate::submissions::{ModelReader, Runner, RunnerConfig, StopReport};
use crate::telemetry::sentence;
use crate::web::{self as site, AppState};

pub use error::{RunError, StartError};
pub use load::{LoadedModels, datasets, datasets_folder, engine, models};

/// A built application: it already owns its address, and answers once it runs.
pub struct Application {
    server: Server,
    address: SocketAddr,
    scrape: Option<(Server, SocketAddr)>,
    state: web::Data<AppState>,
    stop: Stop,
}

/// Asks a running application to stop, from anywhere.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Notify>);

impl Stop {
    /// As SIGTERM does.
    pub fn stop(&self) {
        self.0.notify_one();
    }
}

impl Application {
    /// Checks the settings, takes the address, and loads everything that the site reads.
    pub async fn build(settings: Settings) -> Result<Application, StartError> {
        let database = DatabaseUrl::parse(settings.database.database_url.expose())?;
        let (listener, address) = listen(settings.server.listen)?;
        let for_metrics = scrape::listen(settings.server.metrics_listen, scrape::DEFAULT)?;
        let state = web::Data::new(assemble(settings, database)?);
        let server = serve(listener, &state)
            .map_err(|source| StartError::Listen { address: state.settings.server.listen, source })?;
        let scrape = match for_metrics {
            Some(listener) => Some(scrape::serve(listener, &state)?),
            None => None,
        };
        Ok(Application { server, address, scrape, state, stop: Stop::default() })
    }

    /// Where `/metrics` answers, if anywhere.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.scrape.as_ref().map(|(_, address)| *address)
    }

    /// The address taken: the port is the real one where 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A handle that stops the application.
    pub fn stop_handle(&self) -> Stop {
        self.stop.clone()
    }

    /// Serves until SIGTERM, SIGINT or the stop handle says to stop; then takes no more requests, lets those under way
    /// finish or parks them, and returns. A second signal ends it at once.
    pub async fn run_until_stopped(self) -> Result<(), RunError> {
        let Application { server, scrape, state, stop, .. } = self;
        let handle = server.handle();
        let mut running = actix_web::rt::spawn(server);
        let housekeeping = actix_web::rt::spawn(housekeeping(state.clone()));
        let warming = actix_web::rt::spawn(warm(state.clone()));
        // It answers for as long as anything runs, so that the end of a server can be watched too.
        let scraping = scrape.map(|(server, _)| (server.handle(), actix_web::rt::spawn(server)));
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            ended = &mut running => return Ok(ended.unwrap_or_else(|join| Err(io::Error::other(join)))?),
            _ = terminate.recv() => tracing::info!("stopping on SIGTERM"),
            _ = interrupt.recv() => tracing::info!("stopping on SIGINT"),
            () = stop.0.notified() => tracing::info!("stopping as asked"),
        }
        state.health.set_stopping();
        housekeeping.abort();
        warming.abort();
        tokio::select! {
            () = wind_down(&handle, &state) => {}
            _ = terminate.recv() => tracing::warn!("stopping at once on a second SIGTERM"),
            _ = interrupt.recv() => tracing::warn!("stopping at once on a second SIGINT"),
        }
        if let Some((handle, task)) = scraping {
            handle.stop(false).await;
            task.abort();
        }
        tracing::info!("stopped");
        Ok(())
    }
}

/// Loads what the site serves from, then opens the database, and begins to read what is stored there. Inside a tokio
/// runtime only.
pub(crate) fn assemble(settings: Settings, database: DatabaseUrl) -> Result<AppState, StartError> {
    let (questionnaire, catalog) = datasets(&settings.datasets)?;
    let models = models(&settings.inference)?;
    for (model, choice) in [&models.mbti, &models.big_five].into_iter().zip(&models.choices) {
        describe(model, choice, &questionnaire.hash);
    }
    let mut metrics = Metrics::new();
    let engine = engine(&settings.inference, &models, &questionnaire, metrics.readings.clone())?;
    let store = Store::connect(database, pool(&settings.database, &settings.drafts))?;
    let reader = ModelReader {
        engine: engine.clone(),
        catalog: catalog.clone(),
        mbti: models.mbti.clone(),
        big_five: models.big_five.clone(),
    };
    let runner = RunnerConfig {
        at_once: settings.inference.submissions_at_once,
        lease: settings.inference.lease,
        park_within: PARK_WITHIN,
        ..RunnerConfig::default()
    };
    let submissions = Runner::start(store.clone(), reader.clone(), runner);
    observed::watch(&mut metrics, &engine, &submissions, &models);
    Ok(AppState {
        metrics,
        rate_limit: site::rate::RateLimit::new(&settings.server),
        health: site::health::Health::default(),
        settings,
        questionnaire,
        catalog,
        evaluated: evaluated(&models),
        mbti_model: models.mbti,
        big_five_model: models.big_five,
        executions: models.choices,
        engine,
        reader,
        store,
        submissions,
    })
}

/// Takes the address. The port is taken from here on, though nobody answers yet.
fn listen(wanted: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address: wanted, source };
    let listener = TcpListener::bind(wanted).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// How long a connection may be idle before it is closed.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

fn serve(listener: TcpListener, state: &web::Data<AppState>) -> io::Result<Server> {
    let settings = &state.settings.server;
    let workers = match settings.workers {
        0 => std::thread::available_parallelism().map_or(2, |n| n.get()),
        n => n,
    };
    let shared = state.clone();
    let server = HttpServer::new(move || site::app(shared.clone()))
        .workers(workers)
        .client_request_timeout(settings.client_timeout)
        // Longer than a load balancer keeps an idle connection (60 s on AWS): the side that closes it first must not be the
        // one that a request may be on its way to.
        .keep_alive(KEEP_ALIVE)
        // The head of a compressed page is written before its body, which would else wait for the client to acknowledge the
        // head: 40 ms on Linux.
        .tcp_nodelay(true)
        // Whoever closes their side has left: no work is done for them.
        .h1_allow_half_closed(false)
        // In whole seconds, and longer than the grace: who is turned away at its end must still get the answer.
        .shutdown_timeout(settings.stop_grace.as_secs() + 2)
        .disable_signals()
        .listen(listener)?
        .run();
    Ok(server)
}

/// How long submissions that were being read may take to be given back, after `--stop-grace`.
const PARK_WITHIN: Duration = Duration::from_secs(1);

/// How long the answers to those who were turned away may take to be sent, after that.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);

/// Stops taking requests and waits for those under way: what the models have not read within `--stop-grace` is turned
/// away with 503 or, where it is stored, given back; what is still open soon after is dropped.
async fn wind_down(handle: &ServerHandle, state: &AppState) {
    let grace = state.settings.server.stop_grace;
    let engine = async {
        if !state.engine.stop(grace).await {
            tracing::warn!("the models were still reading when their time was up");
        }
    };
    let submissions = async {
        let report = state.submissions.stop(grace).await;
        if report != StopReport::default() {
            tracing::info!(
                given_back = report.parked,
                left_to_their_leases = report.abandoned,
                "submissions under way"
            );
        }
    };
    let all = async { tokio::join!(handle.stop(true), engine, submissions) };
    if tokio::time::timeout(grace + PARK_WITHIN + ANSWER_WITHIN, all).await.is_err() {
        tracing::warn!("requests were still open when their time was up");
    }
}

/// Reads a sentence with each model, again and again until it succeeds, so that /ready can say yes.
async fn warm(state: web::Data<AppState>) {
    let started = Instant::now();
    loop {
        match state.engine.warm(Deadline::within(Duration::from_secs(60))).await {
            Ok(()) => break,
            Err(error) => tracing::error!(cause = sentence(&error), "the models could not be warmed up"),
        }
        actix_web::rt::time::sleep(Duration::from_secs(5)).await;
    }
    tracing::info!(seconds = started.elapsed().as_secs_f64(), "the models are warm");
    // Half a second for a base-size pair, which nobody has to wait for: until then nothing is reused.
    let hashed = actix_web::rt::task::spawn_blocking(move || {
        state.mbti_model.weights_sha256()?;
        state.big_five_model.weights_sha256()?;
        Ok::<_, ModelError>(())
    });
    match hashed.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(cause = sentence(&error), "the weights could not be hashed"),
        Err(error) => tracing::error!(cause = sentence(&error), "hashing the weights broke off"),
    }
}

/// Writes down which model reads, and warns when it was trained for another questionnaire.
fn describe(model: &LoadedModel, choice: &Choice, questionnaire_hash: &str) {
    let trained_for = model.settings().questionnaire_hash.as_deref();
    tracing::info!(
        folder = %model.dir().display(),
        architecture = ?model.architecture(),
        reads = %model.kind(),
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

/// The figures beside the models' folders. Without them, or where they cannot be read, the site says that nothing was
/// measured; it runs all the same.
fn evaluated(models: &LoadedModels) -> Evaluated {
    Evaluation::beside(&models.big_five, &models.mbti).unwrap_or_else(|error| {
        tracing::warn!(error = sentence(&error), "the evaluation beside the models cannot be used");
        Evaluated::No
    })
}

/// The settings of the records, as the command line has them.
fn pool(database: &Database, drafts: &Drafts) -> PoolConfig {
    PoolConfig {
        draft_lifetime: Duration::from_secs(u64::from(drafts.draft_days) * 24 * 60 * 60),
        connections: database.database_connections,
        timeout: database.database_timeout,
        migrate: !database.no_migrate,
        ..PoolConfig::default()
    }
}

/// What has to be done now and then for as long as the server runs.
async fn housekeeping(state: web::Data<AppState>) {
    let mut minute = actix_web::rt::time::interval(Duration::from_secs(60));
    loop {
        minute.tick().await;
        state.rate_limit.forget_idle();
    }
}

#[cfg(test)]
mod tests {
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
    async fn a_panicking_handler_is_a_500_with_a_request_id_and_the_server_lives_on() {
        let folder = tempfile::tempdir().unwrap();
        let models = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/models");
        let settings = Line::parse_from([
            "calling".to_owned(),
            format!("--mbti-model={models}/albert-spiece"),
            format!("--big-five-model={models}/bert-vocab-txt"),
        ])
        .settings;
        let database = DatabaseUrl::Sqlite(folder.path().join("calling.db"));
        let state = web::Data::new(assemble(settings, database).unwrap());
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
