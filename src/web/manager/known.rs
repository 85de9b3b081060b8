//! The servers and settings as the database has them, or as it had them when it last answered.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::web;
use chrono::{DateTime, Utc};

use super::readers::Readers;
use crate::records::{self, FleetSettings, Store};
use crate::scaling::{Described, Engine, EngineError};
use crate::telemetry::sentence;
use crate::web::error::WebError;

/// A server whose last heartbeat is older is silent. A heartbeat comes once a minute, and one of them may be lost.
pub const SILENT: Duration = Duration::from_secs(150);
/// The 30 minutes that the pages show, and a little more, since the first of them began before.
const SPAN: Duration = Duration::from_secs(33 * 60);

/// The engine that changes the number of servers, if there is one, and the data that were last read.
pub struct Fleet {
    engine: Option<Arc<dyn Engine>>,
    last: Mutex<Option<Arc<records::Fleet>>>,
    readers: Readers,
    /// Held while the number of servers is changed, so that pressing a button twice changes it once.
    pub(super) changing: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet").field("engine", &self.engine).finish_non_exhaustive()
    }
}

/// The data for a request.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) fleet: Arc<records::Fleet>,
    /// The database does not answer, and these data were read before.
    pub(super) outdated: bool,
}

impl Known {
    /// When the data were read, in the database's time.
    pub(super) fn at(&self) -> DateTime<Utc> {
        self.fleet.now
    }

    pub(super) fn settings(&self) -> FleetSettings {
        self.fleet.settings
    }
}

impl Fleet {
    pub fn new(engine: Option<Arc<dyn Engine>>) -> Fleet {
        Fleet {
            engine,
            last: Mutex::default(),
            readers: Readers::default(),
            changing: tokio::sync::Mutex::default(),
        }
    }

    /// The engine that changes the number of servers, if there is one.
    pub fn engine(&self) -> Option<&Arc<dyn Engine>> {
        self.engine.as_ref()
    }

    /// The administrators who read a page in the last minutes.
    pub(super) fn readers(&self) -> &Readers {
        &self.readers
    }

    /// Reads the servers and settings from the database. If it does not answer, returns what was read last.
    ///
    /// # Errors
    /// If the database does not answer and has not answered since this server started.
    pub(super) async fn read(&self, store: &Store) -> Result<Known, WebError> {
        match store.fleet(SPAN).await {
            Ok(fleet) => {
                let fleet = Arc::new(fleet);
                *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(fleet.clone());
                Ok(Known { fleet, outdated: false })
            }
            Err(error) if error.is_unavailable() => {
                let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let Some(fleet) = last else { return Err(error.into()) };
                tracing::warn!(
                    error = sentence(&error),
                    "the database does not answer, so the manager shows what was read last"
                );
                Ok(Known { fleet, outdated: true })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Calls the engine on the blocking pool; `None` without an engine.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Engine) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<Option<Result<T, EngineError>>, WebError> {
        let Some(engine) = self.engine.clone() else { return Ok(None) };
        let done = web::block(move || work(engine.as_ref())).await.map_err(WebError::unavailable)?;
        Ok(Some(done.inspect_err(|error| {
            tracing::error!(cause = sentence(error), "the engine that scales the servers failed");
        })))
    }

    /// The engine's description of itself, or its error; `None` without an engine.
    pub(super) async fn describe(&self) -> Result<Option<Result<Described, EngineError>>, WebError> {
        self.call(|engine| engine.describe()).await
    }
}
