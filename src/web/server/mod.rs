//! The TCP server: accepts connections up to the maximum and serves HTTP/1.1 on them.

mod bare;
mod stream;

use std::future::ready;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{Extensions, HttpService};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::http::StatusCode;
use actix_web::rt::net::TcpStream;
use actix_web::{Error, web};

use self::bare::BareAnswers;
use self::stream::{Guarded, Patience};
use super::client;
use super::limits::connections::Connection;
use super::state::AppState;
use crate::config::Role;

/// How long a connection may be idle. Longer than load balancers keep one (60 s on AWS), so that they close it first.
/// If the server closed first, a request might already be on its way.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long the rest of a refused request is read before its connection is closed.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// Serves the site on each connection. `stopping` resolves when the server begins to stop.
pub fn service<Stopping>(
    state: web::Data<AppState>,
    stopping: impl Fn() -> Stopping + 'static,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = DispatchError, InitError = ()>
where
    Stopping: Future<Output = ()> + 'static,
{
    let client_timeout = state.settings.server.client_timeout;
    let routes = match state.settings.server.role {
        Role::All | Role::Web => super::routes,
        Role::Worker => super::probes,
    };
    let app = super::app(state.clone(), routes).into_factory().map_err(|error: Error| error.error_response());
    let http = HttpService::build()
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(client_timeout)
        .client_disconnect_timeout(CLOSE_WITHIN)
        // A client that closes its side is gone, so nothing more is computed for it.
        .h1_allow_half_closed(false)
        .graceful_shutdown_signal(stopping)
        .on_connect_ext(|io: &Guarded, data: &mut Extensions| {
            data.insert::<Arc<Connection>>(io.connection().clone());
        })
        .h1(map_config(app, |()| AppConfig::default()));
    let https = state.settings.server.public_url.as_ref().is_some_and(|url| url.is_https());
    let gate = Gate {
        bare: BareAnswers::new(https),
        patience: Patience { client: client_timeout, idle: KEEP_ALIVE + CLOSE_WITHIN },
        state,
    };
    fn_service(move |io: TcpStream| ready(gate.admit(io).map_err(DispatchError::Io))).and_then(http)
}

/// Admits connections up to the maximum.
#[derive(Clone)]
struct Gate {
    state: web::Data<AppState>,
    bare: BareAnswers,
    patience: Patience,
}

impl Gate {
    fn admit(&self, io: TcpStream) -> io::Result<(Guarded, Option<std::net::SocketAddr>)> {
        // Otherwise the body of a compressed page, which is written after its head, would wait until the client
        // acknowledges the head: 40 ms on Linux.
        io.set_nodelay(true)?;
        let peer = io.peer_addr()?;
        let trusted = &self.state.settings.server.trusted_proxies;
        let address = (!client::is_proxy(peer.ip(), trusted)).then(|| peer.ip().to_canonical());
        let Some(place) = self.state.connections.take(address) else {
            // Writes what fits at once, so that nothing waits for this client.
            let answer = self.bare.of(StatusCode::TOO_MANY_REQUESTS);
            let told = io.try_write(&answer);
            tracing::debug!(told = told.is_ok(), "a connection was refused");
            return Err(io::Error::other("too many connections"));
        };
        let malformed = self.state.malformed.clone();
        Ok((Guarded::new(io, place, self.patience, self.bare.clone(), malformed), Some(peer)))
    }
}
