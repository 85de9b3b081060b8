//! The HTTP client of the AWS SDK: ureq on tokio's blocking pool. The SDK's own client would add a second TLS library, which is
//! built with cmake.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use ureq::Agent;
use ureq::http::{Method, Request, Response};

/// How long one request may take in all.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read at most. A group of a thousand instances has fewer.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Sends the SDK's requests.
#[derive(Clone, Debug)]
pub(super) struct Http(Agent);

/// Sends requests within the time limits of an operation.
#[derive(Clone, Debug)]
struct Connector {
    agent: Agent,
    connect: Option<Duration>,
    read: Option<Duration>,
}

impl Http {
    pub(super) fn new() -> Http {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            // The addresses that hand out credentials are reached directly or not at all.
            .proxy(None);
        Http(config.build().new_agent())
    }
}

impl HttpClient for Http {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            agent: self.0.clone(),
            connect: settings.connect_timeout(),
            read: settings.read_timeout(),
        })
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        HttpConnectorFuture::new(async move {
            let done = tokio::task::spawn_blocking(move || connector.ask(request)).await;
            done.unwrap_or_else(|stopped| Err(ConnectorError::other(stopped.into(), None)))
        })
    }
}

impl Connector {
    fn ask(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let (head, body) = request.into_parts();
        let body = body.bytes().ok_or_else(|| ConnectorError::user("a body in pieces".into()))?.to_vec();
        let answer = if head.method == Method::GET {
            self.run(Request::from_parts(head, ()))
        } else {
            self.run(Request::from_parts(head, body))
        };
        let mut answer = answer.map_err(failed)?;
        let read = answer.body_mut().with_config().limit(LARGEST).read_to_vec().map_err(failed)?;
        let (head, _) = answer.into_parts();
        HttpResponse::try_from(Response::from_parts(head, SdkBody::from(read)))
            .map_err(|error| ConnectorError::other(error.into(), None))
    }

    fn run<B: ureq::AsSendBody>(&self, request: Request<B>) -> Result<Response<ureq::Body>, ureq::Error> {
        let config = self.agent.configure_request(request);
        let config = config.timeout_connect(self.connect).timeout_recv_response(self.read);
        self.agent.run(config.build())
    }
}

/// The SDK tries again after the first two kinds.
fn failed(error: ureq::Error) -> ConnectorError {
    match error {
        ureq::Error::Timeout(_) => ConnectorError::timeout(error.into()),
        ureq::Error::Io(_) | ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => {
            ConnectorError::io(error.into())
        }
        _ => ConnectorError::other(error.into(), None),
    }
}
