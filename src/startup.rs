//! Wires the parts into one running application: settings, address, datasets, models, database, in that order.
//!
//! A wrong setting stops the start with one sentence before anything is left behind, so the database, which may create
//! a file, comes last. A database that does not answer yet is no wrong setting: the server starts and keeps trying.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::{HttpServer, web};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use crate::config::Settings;
use crate::web::{self as site, AppState};

/// A setting that is wrong: its message is the one sentence that the person who set it reads.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error(
        "--listen (CALLING_LISTEN) is {address}, which cannot be listened on: {source}; expected a free port of this machine, or port 0 for any"
    )]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}

/// The server stopped because something broke while it ran.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Serving HTTP failed.
    #[error("the server failed: {0}")]
    Serve(#[from] io::Error),
}

/// A built application: it already owns its address, and answers once it runs.
pub struct Application {
    server: Server,
    address: SocketAddr,
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
        let (listener, address) = listen(settings.server.listen)?;
        let state = web::Data::new(AppState::new(settings));
        let server = serve(listener, &state)
            .map_err(|source| StartError::Listen { address: state.settings.server.listen, source })?;
        Ok(Application { server, address, state, stop: Stop::default() })
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
        let Application { server, state, stop, .. } = self;
        let handle = server.handle();
        let mut running = actix_web::rt::spawn(server);
        let housekeeping = actix_web::rt::spawn(housekeeping(state.clone()));
        state.health.set_warm();
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
        tokio::select! {
            () = wind_down(&handle) => {}
            _ = terminate.recv() => tracing::warn!("stopping at once on a second SIGTERM"),
            _ = interrupt.recv() => tracing::warn!("stopping at once on a second SIGINT"),
        }
        tracing::info!("stopped");
        Ok(())
    }
}

/// Takes the address. The port is taken from here on, though nobody answers yet.
fn listen(wanted: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address: wanted, source };
    let listener = TcpListener::bind(wanted).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

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
        // actix counts in whole seconds; the wait for requests under way is bounded by `wind_down` besides.
        .shutdown_timeout(settings.stop_grace.as_secs().max(1))
        .disable_signals()
        .listen(listener)?
        .run();
    Ok(server)
}

/// Stops taking requests and waits for those under way; actix drops what is left after `--stop-grace`.
async fn wind_down(handle: &ServerHandle) {
    handle.stop(true).await;
}

/// What has to be done now and then for as long as the server runs.
async fn housekeeping(state: web::Data<AppState>) {
    let mut minute = actix_web::rt::time::interval(Duration::from_secs(60));
    loop {
        minute.tick().await;
        state.rate_limit.forget_idle();
    }
}
