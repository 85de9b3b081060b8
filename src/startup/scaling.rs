//! What changes the number of servers, as the settings name it.

use std::sync::Arc;

use super::StartError;
use crate::config::Fleet;
use crate::scaling::{Command, Engine};

/// `None` if the settings name nothing.
pub(super) fn engine(settings: &Fleet) -> Result<Option<Arc<dyn Engine>>, StartError> {
    if let Some(program) = &settings.scale_program {
        if !program.is_file() {
            return Err(StartError::ScaleProgram { path: program.clone() });
        }
        return Ok(Some(Arc::new(Command::new(program))));
    }
    if let Some(name) = &settings.scale_deployment {
        return kubernetes(settings, name).map(Some);
    }
    settings.scale_group.as_deref().map(ec2).transpose()
}

#[cfg(feature = "kubernetes")]
fn kubernetes(settings: &Fleet, name: &str) -> Result<Arc<dyn Engine>, StartError> {
    let deployment = crate::scaling::Deployment {
        api: settings.kubernetes_api.clone(),
        account: settings.kubernetes_account.clone(),
        name: name.to_owned(),
    };
    let engine = crate::scaling::Kubernetes::new(deployment).map_err(StartError::Kubernetes)?;
    Ok(Arc::new(engine))
}

#[cfg(not(feature = "kubernetes"))]
fn kubernetes(_settings: &Fleet, _name: &str) -> Result<Arc<dyn Engine>, StartError> {
    Err(StartError::NoKubernetes)
}

#[cfg(feature = "ec2")]
fn ec2(name: &str) -> Result<Arc<dyn Engine>, StartError> {
    Ok(Arc::new(crate::scaling::Ec2::new(name)))
}

#[cfg(not(feature = "ec2"))]
fn ec2(_name: &str) -> Result<Arc<dyn Engine>, StartError> {
    Err(StartError::NoEc2)
}
