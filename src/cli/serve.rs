//! `calling serve`, and `calling` without a subcommand.

use std::io::Write;
use std::process::ExitCode;

use super::outcome::{failed, wrong_setting};
use crate::config::Settings;
use crate::startup::Application;
use crate::telemetry::{self, sentence};

/// Serves the site until it is told to stop.
pub fn run(settings: Settings) -> ExitCode {
    if let Err(error) = telemetry::start(&settings.logging) {
        return wrong_setting(error);
    }
    keep_to_small_pages();
    actix_web::rt::System::new().block_on(async {
        let application = match Application::build(settings).await {
            Ok(application) => application,
            Err(error) => return wrong_setting(sentence(&error)),
        };
        // Printed to standard output for scripts that set port 0. The server runs even if that is closed.
        if let Err(error) = writeln!(std::io::stdout(), "listening on http://{}", application.address()) {
            tracing::debug!(%error, "standard output is closed");
        }
        match application.run_until_stopped().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(sentence(&error)),
        }
    })
}

/// Turns off huge pages (2 MB), which the allocator is slow to return to the system. With the bundled models 185 MB
/// were resident under load with huge pages and 150 MB without, and up to twice as much at rest. Readings took equally
/// long.
#[cfg(target_os = "linux")]
fn keep_to_small_pages() {
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "huge pages cannot be turned off");
    }
}

#[cfg(not(target_os = "linux"))]
fn keep_to_small_pages() {}
