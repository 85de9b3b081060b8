//! Builds the running application: settings, address, datasets, models, database, in that order.
//!
//! A wrong setting stops the start with one sentence and leaves nothing behind, so the database, which may create a file,
//! comes last. If the database does not answer, the server starts nevertheless and keeps trying.

mod assemble;
mod error;
mod files;
mod load;
mod observed;
mod scrape;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::{Server, ServerHandle};
use actix_web::web;
use secrecy::ExposeSecret;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

use crate::config::Settings;
use crate::inference::Deadline;
use crate::models::ModelError;
use crate::records::DatabaseUrl;
use crate::submissions::StopReport;
use crate::telemetry::sentence;
use crate::web::{self as site, AppState};

use assemble::{PARK_WITHIN, assemble};
pub use error::{RunError, StartError};
pub use load::{LoadedModels, engine, models, survey};

/// An application that has bound its addresses but does not answer yet.
pub struct Application {
    server: Server,
    address: SocketAddr,
    scrape: Option<(Server, SocketAddr)>,
    state: web::Data<AppState>,
    stop: Stop,
    terminate: Signal,
    interrupt: Signal,
}

/// Stops a running application. Clones stop the same one.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Notify>);

impl Stop {
    /// Does the same as SIGTERM.
    pub fn stop(&self) {
        self.0.notify_one();
    }
}

impl Application {
    /// Checks the settings, binds the addresses and loads everything.
    pub async fn build(settings: Settings) -> Result<Application, StartError> {
        let files = files::raise_limit();
        let database = DatabaseUrl::parse(settings.database.database_url.expose_secret())?;
        let (listener, address) = listen(settings.server.listen)?;
        let for_metrics = scrape::listen(settings.server.metrics_listen, scrape::DEFAULT)?;
        let caps = files::caps(files, &settings.server, settings.database.database_connections);
        let state = web::Data::new(assemble(settings, database, caps)?);
        let server = serve(listener, &state)
            .map_err(|source| StartError::Listen { address: state.settings.server.listen, source })?;
        let scrape = match for_metrics {
            Some(listener) => Some(scrape::serve(listener, &state)?),
            None => None,
        };
        // From here on, so that a signal that comes as soon as the address is printed stops the server cleanly.
        let terminate = signal(SignalKind::terminate()).map_err(StartError::Signals)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(StartError::Signals)?;
        let per_address = (caps.per_address < caps.total).then_some(caps.per_address);
        tracing::info!(files, connections = caps.total, per_address, "limits of open files and connections");
        Ok(Application { server, address, scrape, state, stop: Stop::default(), terminate, interrupt })
    }

    /// The address of `/metrics`, if there is one.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.scrape.as_ref().map(|(_, address)| *address)
    }

    /// The bound address, with the actual port if port 0 was set.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A handle that stops the application.
    pub fn stop_handle(&self) -> Stop {
        self.stop.clone()
    }

    /// Serves until SIGTERM, SIGINT or the stop handle. Then accepts no more requests, finishes or parks those in progress,
    /// and returns. A second signal stops it at once.
    pub async fn run_until_stopped(self) -> Result<(), RunError> {
        let Application { server, scrape, state, stop, mut terminate, mut interrupt, .. } = self;
        let handle = server.handle();
        let mut running = actix_web::rt::spawn(server);
        let housekeeping = actix_web::rt::spawn(housekeeping(state.clone()));
        let warming = actix_web::rt::spawn(warm(state.clone()));
        // Metrics are served until the end, so that stopping can be observed too.
        let scraping = scrape.map(|(server, _)| (server.handle(), actix_web::rt::spawn(server)));
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

/// Binds the address. Connections are answered later, once the server runs.
fn listen(wanted: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address: wanted, source };
    let listener = TcpListener::bind(wanted).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Connections beyond the cap that are accepted to be refused.
const MOMENTARY_CONNECTIONS: usize = 24;

fn serve(listener: TcpListener, state: &web::Data<AppState>) -> io::Result<Server> {
    let settings = &state.settings.server;
    let workers = match settings.workers {
        0 => std::thread::available_parallelism().map_or(2, |n| n.get()),
        n => n,
    };
    let shared = state.clone();
    let builder = Server::build();
    let stopping = builder.graceful_shutdown_signal();
    let site = move || {
        let stopping = stopping.clone();
        site::server::service(shared.clone(), move || {
            let stopping = stopping.clone();
            async move { stopping.notified().await }
        })
    };
    // Connections over the cap are accepted and then refused with a sentence, but only so many at a time.
    let accepted = state.connections.caps().total + MOMENTARY_CONNECTIONS;
    let server = builder
        .workers(workers)
        .max_concurrent_connections(accepted.div_ceil(workers))
        // In whole seconds. Longer than the grace, so that requests refused at its end still get their response.
        .shutdown_timeout(settings.stop_grace.as_secs() + 2)
        .disable_signals()
        .listen("calling", listener, site)?
        .run();
    Ok(server)
}

/// After that: how long sending the last responses may take.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);

/// Accepts no more requests and waits for those in progress. What the models have not read within `--stop-grace` is answered
/// with 503 or, if it is stored, given back to the queue. Connections still open soon after are dropped.
async fn wind_down(handle: &ServerHandle, state: &AppState) {
    let grace = state.settings.server.stop_grace;
    let engine = async {
        if !state.engine.stop(grace).await {
            tracing::warn!("the models were still reading at the end of the grace period");
        }
    };
    let submissions = async {
        let report = state.submissions.stop(grace).await;
        if report != StopReport::default() {
            tracing::info!(
                given_back = report.parked,
                left_until_lease_expires = report.abandoned,
                "submissions not finished"
            );
        }
    };
    let all = async { tokio::join!(handle.stop(true), engine, submissions) };
    if tokio::time::timeout(grace + PARK_WITHIN + ANSWER_WITHIN, all).await.is_err() {
        tracing::warn!("requests were still open at the end of the grace period");
    }
}

/// Reads a sentence with each model until that succeeds. Only then is the server ready.
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
    // In the background, since it takes half a second for a base-size pair. Until then the cache is not used.
    let hashed = actix_web::rt::task::spawn_blocking(move || {
        state.models.mbti.weights_sha256()?;
        state.models.big_five.weights_sha256()?;
        Ok::<_, ModelError>(())
    });
    match hashed.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(cause = sentence(&error), "the weights could not be hashed"),
        Err(error) => tracing::error!(cause = sentence(&error), "hashing the weights was interrupted"),
    }
}

/// Periodic tasks while the server runs.
async fn housekeeping(state: web::Data<AppState>) {
    let mut minute = actix_web::rt::time::interval(Duration::from_secs(60));
    loop {
        minute.tick().await;
        state.rate_limit.forget_idle();
        match state.malformed.since_last() {
            0 => {}
            heads => tracing::warn!(heads, "heads of requests could not be understood in the last minute"),
        }
    }
}
