//! Errors at start, each caused by a wrong setting, and errors while running.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::mail::MailError;
use crate::careers::WorkbookError;
use crate::config::{Database, Datasets, Fleet, Inference, NotFound, Server, option_name};
use crate::descriptions::DescriptionError;
use crate::inference;
use crate::models::ModelError;
use crate::norm::NormError;
use crate::records::DatabaseUrlError;
use crate::survey::QuestionnaireError;

/// A wrong setting. The user sees [`StartError::sentence`].
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{} cannot be used", option_name!(Database, database_url))]
    Database(#[from] DatabaseUrlError),
    #[error("{} cannot be used", option_name!(Database, listen_url))]
    ListenUrl(#[source] DatabaseUrlError),
    #[error(
        "{} and {} must both be addresses of PostgreSQL: SQLite tells nobody what is new, so leave it out",
        option_name!(Database, listen_url),
        option_name!(Database, database_url)
    )]
    NothingToListenTo,
    #[error(
        "{} is {address}; expected a free port of this machine, or port 0 for any",
        option_name!(Server, listen)
    )]
    Listen { address: SocketAddr, source: io::Error },
    #[error("{} is {path:?}; expected a program", option_name!(Fleet, scale_program))]
    ScaleProgram { path: PathBuf },
    #[cfg(feature = "kubernetes")]
    #[error("{} cannot be used as the service account of Kubernetes", option_name!(Fleet, kubernetes_account))]
    Kubernetes(#[source] io::Error),
    #[cfg(not(feature = "kubernetes"))]
    #[error("{} needs a build with the feature `kubernetes`", option_name!(Fleet, scale_deployment))]
    NoKubernetes,
    #[error(transparent)]
    Mail(#[from] MailError),
    #[cfg(not(feature = "ec2"))]
    #[error("{} needs a build with the feature `ec2`", option_name!(Fleet, scale_group))]
    NoEc2,
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
    Model { option: String, source: Box<ModelError> },
    /// The processor does not support the option's value.
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
