//! Builds the running application: settings, address, datasets, models, database, in that order.
//!
//! A wrong setting stops the start with one sentence and leaves nothing behind. So the database, which may create a
//! file, comes last. If the database does not answer, the server still starts and keeps trying.

mod assemble;
mod error;
mod files;
mod load;
mod mail;
mod observed;
mod process;
mod pulse;
mod scaling;
mod scrape;
mod statistics;
mod warm;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::{Server, ServerHandle};
use actix_web::web;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

use crate::config::{Role, Settings};
use crate::mail::Postman;
use crate::submissions::StopReport;
use crate::web::{self as site, AppState};

use assemble::{PARK_WITHIN, Urls, assemble};
pub use error::{RunError, StartError};
pub use load::{LoadedModels, engine, models, survey};
pub use statistics::refresh as refresh_statistics;

/// An application that has bound its addresses but does not answer requests yet.
pub struct Application {
    server: Server,
    address: SocketAddr,
    scrape: Option<(Server, SocketAddr)>,
    state: web::Data<AppState>,
    postman: Option<Postman>,
    stop: Stop,
    drain: Arc<Notify>,
    terminate: Signal,
    interrupt: Signal,
}

/// Stops a running application. Clones stop the same one.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Notify>);

impl Stop {
    /// Has the same effect as SIGTERM.
    pub fn stop(&self) {
        self.0.notify_one();
    }
}

impl Application {
    /// Checks the settings, binds the addresses and loads everything.
    pub async fn build(settings: Settings) -> Result<Application, StartError> {
        let files = files::raise_limit();
        let urls = Urls::of(&settings.database)?;
        let postman = mail::postman(&settings)?;
        note_role(settings.server.role, &urls);
        let (listener, address) = listen(settings.server.listen)?;
        let for_metrics = scrape::listen(settings.server.metrics_listen, scrape::DEFAULT)?;
        let caps = files::caps(files, &settings.server, settings.database.database_connections);
        let state = web::Data::new(assemble(settings, urls, caps)?);
        let server = serve(listener, &state)
            .map_err(|source| StartError::Listen { address: state.settings.server.listen, source })?;
        let scrape = match for_metrics {
            Some(listener) => Some(scrape::serve(listener, &state)?),
            None => None,
        };
        // Listens for signals from here on, so that a signal that arrives as soon as the address is printed stops the
        // server cleanly.
        let terminate = signal(SignalKind::terminate()).map_err(StartError::Signals)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(StartError::Signals)?;
        let per_address = (caps.per_address < caps.total).then_some(caps.per_address);
        tracing::info!(files, connections = caps.total, per_address, "limits of open files and connections");
        let (stop, drain) = (Stop::default(), Arc::default());
        Ok(Application { server, address, scrape, state, postman, stop, drain, terminate, interrupt })
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

    /// Serves until SIGTERM, SIGINT or the stop handle. Then accepts no more requests, finishes those in progress or
    /// gives them back, and returns. A second signal stops it at once.
    pub async fn run_until_stopped(self) -> Result<(), RunError> {
        let Application { server, scrape, state, postman, stop, drain, mut terminate, mut interrupt, .. } =
            self;
        let handle = server.handle();
        let mut running = actix_web::rt::spawn(server);
        let housekeeping = actix_web::rt::spawn(housekeeping(state.clone()));
        let warming = actix_web::rt::spawn(warm::run(state.clone()));
        let sending = mail::start(&state, postman);
        let counting = actix_web::rt::spawn(statistics::run(state.clone()));
        let identity = pulse::identity(&state);
        // Until the end, so that the others see this server drain.
        let pulse = actix_web::rt::spawn(pulse::run(state.clone(), identity.clone(), drain.clone()));
        // Metrics are served until the end, so that stopping can be observed too.
        let scraping = scrape.map(|(server, _)| (server.handle(), actix_web::rt::spawn(server)));
        tokio::select! {
            ended = &mut running => return Ok(ended.unwrap_or_else(|join| Err(io::Error::other(join)))?),
            _ = terminate.recv() => tracing::info!("stopping on SIGTERM"),
            _ = interrupt.recv() => tracing::info!("stopping on SIGINT"),
            () = stop.0.notified() => tracing::info!("stopping on request"),
            () = drain.notified() => {
                let notice = state.settings.fleet.drain_notice;
                tracing::info!(seconds = notice.as_secs_f64(), "an administrator removed this server; stopping after the notice");
                state.health.set_stopping();
                state.submissions.lease_no_more();
                tokio::select! {
                    ended = &mut running => return Ok(ended.unwrap_or_else(|join| Err(io::Error::other(join)))?),
                    _ = terminate.recv() => tracing::info!("stopping on SIGTERM"),
                    _ = interrupt.recv() => tracing::info!("stopping on SIGINT"),
                    () = actix_web::rt::time::sleep(notice) => tracing::info!("stopping after the notice"),
                }
            }
        }
        state.health.set_stopping();
        housekeeping.abort();
        warming.abort();
        counting.abort();
        tokio::select! {
            () = wind_down(&handle, &state) => {}
            _ = terminate.recv() => tracing::warn!("stopping at once on a second SIGTERM"),
            _ = interrupt.recv() => tracing::warn!("stopping at once on a second SIGINT"),
        }
        mail::stop(&state, sending).await;
        pulse.abort();
        pulse::leave(&state.store, &identity).await;
        if let Some((handle, task)) = scraping {
            handle.stop(false).await;
            task.abort();
        }
        tracing::info!("stopped");
        Ok(())
    }
}

/// Logs what an operator has to know about two tiers.
fn note_role(role: Role, urls: &Urls) {
    if role == Role::All {
        return;
    }
    let has = match role {
        Role::Web => "no models are loaded: servers of the role worker or all read what visitors send",
        Role::Worker | Role::All => "reads what other servers store; answers only /health and /ready",
    };
    tracing::info!(listening = urls.listen.is_some(), "{has}");
    if !urls.database.is_postgres() {
        tracing::warn!("with SQLite, all servers have to run on this machine and use the same file");
    }
}

/// Binds the address. Connections are answered once the server runs.
fn listen(wanted: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address: wanted, source };
    let listener = TcpListener::bind(wanted).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Connections above the maximum that are accepted only to be refused.
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
    // Connections above the maximum are accepted and then refused with a sentence, but only a few at a time.
    let accepted = state.connections.caps().total + MOMENTARY_CONNECTIONS;
    let server = builder
        .workers(workers)
        .max_concurrent_connections(accepted.div_ceil(workers))
        // In whole seconds. Longer than the grace period, so that requests refused at its end still get their response.
        .shutdown_timeout(settings.stop_grace.as_secs() + 2)
        .disable_signals()
        .listen("calling", listener, site)?
        .run();
    Ok(server)
}

/// After that: the time for sending the last responses.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);

/// Accepts no more requests and waits for those in progress. Texts that are not read within `--stop-grace` are answered
/// with 503 or, if they are stored, given back to the queue. Connections that are still open soon after are dropped.
async fn wind_down(handle: &ServerHandle, state: &AppState) {
    let grace = state.settings.server.stop_grace;
    let engine = async {
        if let Some(local) = &state.local
            && !local.engine.stop(grace).await
        {
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

/// Periodic tasks while the server runs.
async fn housekeeping(state: web::Data<AppState>) {
    let mut minute = actix_web::rt::time::interval(Duration::from_secs(60));
    loop {
        minute.tick().await;
        state.rate_limit.forget_idle();
        state.attempts.forget_idle(Instant::now());
        state.mailing.iter().for_each(|mailing| mailing.forget_idle());
        match state.malformed.since_last() {
            0 => {}
            heads => tracing::warn!(heads, "malformed request heads in the last minute"),
        }
    }
}
