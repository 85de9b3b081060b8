//! What handlers share.

use std::sync::Arc;

use tokio::sync::watch;

use super::limits::bodies::Bodies;
use super::limits::connections::Connections;
use super::limits::requests::InFlight;
use super::malformed::Malformed;
use super::rate_limit::RateLimit;
use crate::careers::Catalog;
use crate::config::Settings;
use crate::descriptions::Descriptions;
use crate::inference::{Choice, Engine};
use crate::metrics::Metrics;
use crate::models::LoadedModel;
use crate::models::evaluation::Evaluated;
use crate::norm::Norm;
use crate::personality::Pair;
use crate::records::Store;
use crate::submissions::Runner;
use crate::survey::Questionnaire;

/// One for the whole process, behind `web::Data`.
pub struct AppState {
    pub settings: Settings,
    pub questionnaire: Arc<Questionnaire>,
    /// How real people answered its items.
    pub norm: Arc<Norm>,
    pub catalog: Arc<Catalog>,
    /// What pages say about traits and types.
    pub descriptions: Arc<Descriptions>,
    /// Facts about the two models. [`AppState::engine`] runs them.
    pub models: Pair<Arc<LoadedModel>>,
    /// How each model is computed, and why.
    pub executions: Pair<Choice>,
    /// What was measured of these two models.
    pub evaluated: Evaluated,
    /// Runs the models.
    pub engine: Engine,
    pub store: Store,
    /// Reads submissions. Submitting and deleting go through it, so that it starts or stops reading at once.
    pub submissions: Runner,
    pub health: Health,
    pub metrics: Metrics,
    pub rate_limit: RateLimit,
    pub connections: Arc<Connections>,
    pub bodies: Arc<Bodies>,
    pub in_flight: Arc<InFlight>,
    /// Heads of requests that could not be understood.
    pub malformed: Arc<Malformed>,
}

/// Whether the server is stopping.
#[derive(Debug, Default)]
pub struct Health {
    stopping: watch::Sender<bool>,
}

impl Health {
    pub fn set_stopping(&self) {
        self.stopping.send_replace(true);
    }

    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }
}
