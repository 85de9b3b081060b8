//! The listener for `/metrics`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use actix_web::dev::Server;
use actix_web::{App, HttpServer, web};

use super::StartError;
use crate::config::MetricsListen;
use crate::web::{AppState, scrape};

/// The default address: this machine only.
pub(super) const DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);

/// Binds the address; `None` if metrics are off. An address that was set must be free. If the default is taken, for
/// example by a second server on this machine, the server starts without metrics.
pub(super) fn listen(
    setting: Option<MetricsListen>,
    default: SocketAddr,
) -> Result<Option<TcpListener>, StartError> {
    match setting {
        Some(MetricsListen::Off) => Ok(None),
        Some(MetricsListen::At(address)) => {
            let listener = TcpListener::bind(address);
            listener.map(Some).map_err(|source| StartError::Metrics { address, source })
        }
        None => match TcpListener::bind(default) {
            Ok(listener) => Ok(Some(listener)),
            Err(error) => {
                tracing::warn!(
                    address = %default,
                    cause = %error,
                    "metrics are off: the default address is taken; set --metrics-listen"
                );
                Ok(None)
            }
        },
    }
}

/// A server with one thread, and its address.
pub(super) fn serve(
    listener: TcpListener,
    state: &web::Data<AppState>,
) -> Result<(Server, SocketAddr), StartError> {
    let start = |listener: TcpListener| {
        let address = listener.local_addr()?;
        let shared = state.clone();
        let server = HttpServer::new(move || App::new().app_data(shared.clone()).configure(scrape::routes))
            .workers(1)
            .disable_signals()
            .listen(listener)?
            .run();
        tracing::info!(%address, "metrics");
        Ok::<_, io::Error>((server, address))
    };
    let asked = match state.settings.server.metrics_listen {
        Some(MetricsListen::At(address)) => address,
        Some(MetricsListen::Off) | None => DEFAULT,
    };
    start(listener).map_err(|source| StartError::Metrics { address: asked, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_address_stops_the_start_only_if_it_was_set() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        assert!(listen(None, address).unwrap().is_none());
        let error = listen(Some(MetricsListen::At(address)), DEFAULT).unwrap_err().sentence();
        assert!(error.contains("--metrics-listen (CALLING_METRICS_LISTEN)"), "{error}");
        assert!(error.contains(&address.to_string()) && error.contains("in use"), "{error}");
    }

    #[test]
    fn a_free_address_is_bound_and_off_binds_none() {
        let free = "127.0.0.1:0".parse().unwrap();
        assert!(listen(None, free).unwrap().is_some());
        assert!(listen(Some(MetricsListen::At(free)), DEFAULT).unwrap().is_some());
        assert!(listen(Some(MetricsListen::Off), free).unwrap().is_none());
    }
}
