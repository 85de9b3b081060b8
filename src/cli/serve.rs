//! `calling serve`, and `calling` alone.

use std::io::Write;
use std::process::ExitCode;

use crate::config::Settings;
use crate::startup::Application;
use crate::telemetry::{self, sentence};

/// Starts the site and serves it until it is told to stop.
pub fn run(settings: Settings) -> ExitCode {
    if let Err(error) = telemetry::start(&settings.logging) {
        return super::wrong_setting(error);
    }
    keep_to_small_pages();
    actix_web::rt::System::new().block_on(async {
        let application = match Application::build(settings).await {
            Ok(application) => application,
            Err(error) => return super::wrong_setting(sentence(&error)),
        };
        // For whoever asked for port 0, and for whoever wants to click it. A closed standard output is no reason to stop.
        if let Err(error) = writeln!(std::io::stdout(), "listening on http://{}", application.address()) {
            tracing::debug!(%error, "standard output is closed");
        }
        match application.run_until_stopped().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => super::failed(sentence(&error)),
        }
    })
}

/// The allocator asks for pages of 2 MB and is slow to give back what is free in them: with the bundled models 185 MB were
/// resident under load where 150 are without them, at rest up to twice as much. Readings are no faster with them.
#[cfg(target_os = "linux")]
fn keep_to_small_pages() {
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "huge pages stay on");
    }
}

#[cfg(not(target_os = "linux"))]
fn keep_to_small_pages() {}
