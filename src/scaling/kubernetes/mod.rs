//! The engine `kubernetes`: a Deployment's scale and its HorizontalPodAutoscaler, over REST with the pod's service account.

mod bodies;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use ureq::Agent;
use ureq::http::{Method, Request};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use crate::config::is_kubernetes_name;

use super::engine::{Described, Engine, EngineError, PolicyKept, Removal};
use super::policy::Policy;
use super::simulation::Algorithm;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read at most.
const LARGEST: u64 = 1024 * 1024;
/// Changes the named fields and no others.
const MERGE: &str = "application/merge-patch+json";
/// Creates the object, or changes the fields that Calling manages. JSON is valid YAML.
const APPLY: &str = "application/apply-patch+yaml";

/// The Deployment, and the service account that may change it.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The API server, `https://kubernetes.default.svc`.
    pub api: String,
    /// The folder of the service account: `token`, `ca.crt` and `namespace`.
    pub account: PathBuf,
    pub name: String,
}

/// Talks to the API server.
#[derive(Debug)]
pub struct Kubernetes {
    deployment: Deployment,
    namespace: String,
    agent: Agent,
}

/// The part of a Deployment's scale that is used.
#[derive(Deserialize)]
struct Scale {
    spec: ScaleSpec,
}

/// A scale of zero is written without the field.
#[derive(Deserialize)]
struct ScaleSpec {
    #[serde(default)]
    replicas: u32,
}

/// The part of an error answer that is used.
#[derive(Default, Deserialize)]
struct Status {
    #[serde(default)]
    message: String,
}

impl Kubernetes {
    /// Reads the service account's namespace and the certificate of the API server.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn new(deployment: Deployment) -> io::Result<Kubernetes> {
        let namespace = std::fs::read_to_string(deployment.account.join("namespace"))?.trim().to_owned();
        let trusted = certificates(&deployment.account.join("ca.crt"))?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .proxy(None)
            .tls_config(TlsConfig::builder().root_certs(trusted).build());
        Ok(Kubernetes { deployment, namespace, agent: config.build().new_agent() })
    }

    fn scale(&self) -> Result<u32, EngineError> {
        let answer = self.ask(Method::GET, &self.scale_path(), "", None)?;
        let scale: Scale = serde_json::from_value(answer).map_err(no_answer)?;
        Ok(scale.spec.replicas)
    }

    fn scale_path(&self) -> String {
        format!("/apis/apps/v1/namespaces/{}/deployments/{}/scale", self.namespace, self.deployment.name)
    }

    /// Sends a request and returns the JSON of its answer.
    fn ask(&self, method: Method, path: &str, kind: &str, body: Option<Value>) -> Result<Value, EngineError> {
        // Kubernetes replaces the token every hour.
        let token = std::fs::read_to_string(self.deployment.account.join("token")).map_err(no_answer)?;
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.deployment.api.trim_end_matches('/')))
            .header("authorization", format!("Bearer {}", token.trim()))
            .header("accept", "application/json");
        let answer = match body {
            Some(body) => {
                let request =
                    request.header("content-type", kind).body(body.to_string()).map_err(no_answer)?;
                self.agent.run(request)
            }
            None => self.agent.run(request.body(()).map_err(no_answer)?),
        };
        let mut answer = answer.map_err(no_answer)?;
        let status = answer.status();
        let text = answer.body_mut().with_config().limit(LARGEST).read_to_string().map_err(no_answer)?;
        if status.is_success() {
            return serde_json::from_str(&text).map_err(no_answer);
        }
        // A proxy in between may answer with something else.
        let said: Status = serde_json::from_str(&text).unwrap_or_default();
        let message = if said.message.is_empty() { "no reason".to_owned() } else { said.message };
        Err(EngineError::Refused { status: status.as_u16(), message })
    }
}

impl Engine for Kubernetes {
    fn describe(&self) -> Result<Described, EngineError> {
        Ok(Described {
            what: format!("the Deployment {} in the namespace {}", self.deployment.name, self.namespace),
            desired: Some(self.scale()?),
            bounds: None,
            algorithm: Some(Algorithm::Target),
        })
    }

    fn set_desired(&self, servers: u32) -> Result<(), EngineError> {
        self.ask(Method::PATCH, &self.scale_path(), MERGE, Some(bodies::replicas(servers)))?;
        Ok(())
    }

    /// Marks the pod as the first to be deleted and lowers the number by one. Kubernetes then sends the pod SIGTERM.
    fn remove(&self, server: &str) -> Result<Removal, EngineError> {
        if !is_kubernetes_name(server) {
            return Err(EngineError::NoPod(server.to_owned()));
        }
        let wanted = self.scale()?.saturating_sub(1);
        let pod = format!("/api/v1/namespaces/{}/pods/{server}", self.namespace);
        self.ask(Method::PATCH, &pod, MERGE, Some(bodies::cheapest()))?;
        self.set_desired(wanted)?;
        Ok(Removal::ByEngine)
    }

    fn set_policy(&self, policy: &Policy) -> Result<PolicyKept, EngineError> {
        let (namespace, name) = (&self.namespace, &self.deployment.name);
        let path = format!(
            "/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers/{name}?fieldManager=calling&force=true"
        );
        self.ask(Method::PATCH, &path, APPLY, Some(bodies::autoscaler(namespace, name, policy)))?;
        Ok(PolicyKept::ByEngine)
    }
}

fn certificates(path: &Path) -> io::Result<RootCerts> {
    let text = std::fs::read(path)?;
    let mut trusted = Vec::new();
    for item in parse_pem(&text) {
        if let PemItem::Certificate(certificate) = item.map_err(io::Error::other)? {
            trusted.push(certificate);
        }
    }
    Ok(RootCerts::new_with_certs(&trusted))
}

fn no_answer(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> EngineError {
    EngineError::NoAnswer(error.into())
}
