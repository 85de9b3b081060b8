//! Errors at start, each caused by a wrong setting, and errors while running.

use std::io;
use std::net::SocketAddr;

use crate::careers::WorkbookError;
use crate::config::{Database, Datasets, Inference, NotFound, Server, option_name};
use crate::descriptions::DescriptionError;
use crate::inference;
use crate::models::ModelError;
use crate::norm::NormError;
use crate::records::DatabaseUrlError;
use crate::survey::QuestionnaireError;

/// A setting is wrong. [`StartError::sentence`] is what the user reads.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{} cannot be used", option_name!(Database, database_url))]
    Database(#[from] DatabaseUrlError),
    #[error(
        "{} is {address}; expected a free port of this machine, or port 0 for any",
        option_name!(Server, listen)
    )]
    Listen { address: SocketAddr, source: io::Error },
    #[error("the system does not let this process receive signals")]
    Signals(#[source] io::Error),
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error("{} cannot be used", option_name!(Datasets, datasets))]
    Questionnaire(#[from] QuestionnaireError),
    #[error("{} cannot be used", option_name!(Datasets, datasets))]
    Norm(#[from] NormError),
    #[error("{} cannot be used", option_name!(Datasets, datasets))]
    Descriptions(#[from] DescriptionError),
    #[error("{} cannot be used", option_name!(Datasets, datasets))]
    Careers(#[from] WorkbookError),
    #[error("{option} cannot be used")]
    Model {
        /// The option that names the folder.
        option: String,
        source: Box<ModelError>,
    },
    /// The processor lacks what the option asks for.
    #[error("{option} is {value}")]
    Execution { option: String, value: String, source: inference::Lacking },
    #[error(
        "{} is {address}; expected a free port of this machine, port 0 for any, or off",
        option_name!(Server, metrics_listen)
    )]
    Metrics { address: SocketAddr, source: io::Error },
    /// The engine refuses the models.
    #[error(
        "{} and {} cannot be used",
        option_name!(Inference, mbti_model),
        option_name!(Inference, big_five_model)
    )]
    Engine(#[from] inference::StartError),
}

impl StartError {
    /// The error and its sources in one sentence.
    pub fn sentence(&self) -> String {
        crate::telemetry::sentence(self)
    }
}

/// Why a running server stopped.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("the server failed")]
    Serve(#[from] io::Error),
}
