//! What can stop the start: each a wrong setting, said in one sentence.

use std::io;
use std::net::SocketAddr;

use crate::careers::WorkbookError;
use crate::config::NotFound;
use crate::inference;
use crate::models::ModelError;
use crate::records::DatabaseUrlError;
use crate::survey::QuestionnaireError;

/// A setting that is wrong. With its sources ([`StartError::sentence`]) it is the one sentence that the person who set it reads.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database's address cannot be used.
    #[error("--database-url (DATABASE_URL) cannot be used")]
    Database(#[from] DatabaseUrlError),
    /// The address cannot be listened on.
    #[error(
        "--listen (CALLING_LISTEN) is {address}; expected a free port of this machine, or port 0 for any"
    )]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// A folder is neither set nor where one is looked for.
    #[error(transparent)]
    NotFound(#[from] NotFound),
    /// The questionnaire cannot be used.
    #[error("--datasets (CALLING_DATASETS) cannot be used")]
    Questionnaire(#[from] QuestionnaireError),
    /// A career spreadsheet cannot be used.
    #[error("--datasets (CALLING_DATASETS) cannot be used")]
    Careers(#[from] WorkbookError),
    /// A model's folder cannot be used.
    #[error("{setting} cannot be used")]
    Model {
        /// The setting that names the folder.
        setting: &'static str,
        /// What was found and what was expected.
        source: Box<ModelError>,
    },
    /// The processor cannot do what was asked for.
    #[error("{setting} is {value}")]
    Execution {
        /// The setting.
        setting: &'static str,
        /// What it was set to.
        value: String,
        /// What is missing, and what would do.
        source: inference::Lacking,
    },
    /// The address for metrics cannot be listened on.
    #[error(
        "--metrics-listen (CALLING_METRICS_LISTEN) is {address}; expected a free port of this machine, port 0 for any, or off"
    )]
    Metrics {
        /// The address that was asked for.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The engine did not take the models.
    #[error("--mbti-model (CALLING_MBTI_MODEL) and --big-five-model (CALLING_BIG_FIVE_MODEL) cannot be used")]
    Engine(#[from] inference::StartError),
}

impl StartError {
    /// The one sentence.
    pub fn sentence(&self) -> String {
        crate::telemetry::sentence(self)
    }
}

/// The server stopped because something broke while it ran.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Serving HTTP failed.
    #[error("the server failed")]
    Serve(#[from] io::Error),
}
