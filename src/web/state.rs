//! The state that handlers share.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::admin::LastCount;
use super::limits::bodies::Bodies;
use super::limits::connections::Connections;
use super::limits::requests::InFlight;
use super::mailing::Mailing;
use super::malformed::Malformed;
use super::manager::Fleet;
use super::rate_limit::RateLimit;
use crate::accounts::{Attempts, Hasher};
use crate::careers::Catalog;
use crate::config::Settings;
use crate::descriptions::Descriptions;
use crate::inference::{Choice, Engine};
use crate::metrics::Metrics;
use crate::models::evaluation::Evaluated;
use crate::models::{LoadedModel, ModelCard};
use crate::norm::Norm;
use crate::personality::Pair;
use crate::records::Store;
use crate::submissions::Runner;
use crate::survey::Questionnaire;

/// One for the whole process, behind `web::Data`.
pub struct AppState {
    pub settings: Settings,
    pub questionnaire: Arc<Questionnaire>,
    /// Real people's answers to its items.
    pub norm: Arc<Norm>,
    pub catalog: Arc<Catalog>,
    /// What pages say about traits and types.
    pub descriptions: Arc<Descriptions>,
    /// What can be said about the two models.
    pub models: Pair<ModelCard>,
    /// What was measured of them.
    pub evaluated: Evaluated,
    /// The models themselves; `None` if only other servers read.
    pub local: Option<Local>,
    pub store: Store,
    /// What the database holds, for administrators.
    pub counted: LastCount,
    /// Reads submissions. Submitting and deleting go through it, so that reading starts or stops at once.
    pub submissions: Runner,
    pub health: Health,
    /// What changes the number of servers, and what is known of them.
    pub fleet: Fleet,
    pub metrics: Metrics,
    pub rate_limit: RateLimit,
    /// Limits on guessing passwords and codes.
    pub attempts: Attempts,
    /// Hashes passwords.
    pub hasher: Hasher,
    /// `None` if the site sends no mail.
    pub mailing: Option<Arc<Mailing>>,
    pub connections: Arc<Connections>,
    pub bodies: Arc<Bodies>,
    pub in_flight: Arc<InFlight>,
    /// Malformed request heads.
    pub malformed: Arc<Malformed>,
}

/// The models of a server that reads.
pub struct Local {
    /// Runs them.
    pub engine: Engine,
    pub models: Pair<Arc<LoadedModel>>,
    /// The execution of each model, and the reason for it.
    pub executions: Pair<Choice>,
    /// Whether each model's files are as its list of hashes says; false without one.
    pub verified: Pair<bool>,
}

impl Local {
    /// How both models are computed, in words: what decides about the last digits of their numbers.
    pub fn computed_in(&self) -> String {
        let Pair { mbti, big_five } = self.models.as_ref().map(|model| model.computed_in());
        if mbti == big_five { mbti } else { format!("{mbti} (types), {big_five} (traits)") }
    }
}

/// Whether the server is stopping, and how the models' self-check went.
#[derive(Debug, Default)]
pub struct Health {
    stopping: watch::Sender<bool>,
    failed_check: Mutex<Option<String>>,
}

impl Health {
    pub fn set_stopping(&self) {
        self.stopping.send_replace(true);
    }

    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Notes that the last self-check of the models failed, in words; `None` if it did not.
    pub fn note_check(&self, failure: Option<String>) {
        *self.failed_check.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    /// That the last self-check of the models failed, in words.
    pub fn failed_check(&self) -> Option<String> {
        self.failed_check.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
