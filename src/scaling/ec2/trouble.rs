//! What goes wrong between Calling and AWS, in words. Some of AWS's own messages quote what was signed, so only those about the
//! group are repeated.

use std::error::Error;
use std::fmt;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_autoscaling::error::{BoxError, ProvideErrorMetadata, SdkError};

/// Why AWS did not do what was asked of it.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("no thread could be started for it")]
    Runtime(#[source] io::Error),
    #[error(
        "AWS's region is not known; expected the environment variable AWS_REGION, or a machine of EC2 that tells it"
    )]
    NoRegion,
    #[error(
        "there are no credentials for AWS; expected an instance role or a task role, or AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY in the environment"
    )]
    NoCredentials,
    #[error("the credentials for AWS have expired")]
    Expired,
    #[error("AWS does not accept the credentials ({code})")]
    BadCredentials { code: String },
    #[error("the server's role lacks the permission {action}")]
    Denied { action: &'static str },
    #[error("AWS receives too many requests from this account now; try again in a minute")]
    Throttled,
    #[error("there is no Auto Scaling group {0:?} in this region of this account")]
    NoGroup(String),
    #[error("AWS does not answer")]
    NoAnswer(#[source] BoxError),
    #[error("AWS was not done in time")]
    TooSlow,
    #[error("AWS refused {action} with {code}{message}")]
    Refused { action: &'static str, code: String, message: Message },
    #[error("AWS's answer to {action} is not understood")]
    Unclear { action: &'static str },
}

/// What AWS said, if it may be repeated.
#[derive(Debug)]
pub struct Message(Option<String>);

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(message) => write!(f, ": {}", message.trim_end_matches('.')),
            None => Ok(()),
        }
    }
}

impl Trouble {
    /// What an error of the SDK means. `action` is the permission for what was asked.
    pub(super) fn of<E, R>(action: &'static str, group: &str, error: SdkError<E, R>) -> Trouble
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        R: fmt::Debug + Send + Sync + 'static,
    {
        match error {
            SdkError::ServiceError(said) => {
                let message = said.err().message().unwrap_or_default();
                match said.err().code() {
                    Some(code) => Trouble::said(action, group, code, message),
                    None => Trouble::Unclear { action },
                }
            }
            SdkError::ResponseError(_) => Trouble::Unclear { action },
            SdkError::TimeoutError(_) => Trouble::TooSlow,
            other if lacks_credentials(&other) => Trouble::NoCredentials,
            other => match other.into_source() {
                Ok(source) => Trouble::NoAnswer(source),
                Err(_) => Trouble::Unclear { action },
            },
        }
    }

    /// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/CommonErrors.html>
    fn said(action: &'static str, group: &str, code: &str, message: &str) -> Trouble {
        match code {
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "NotAuthorized" => {
                Trouble::Denied { action }
            }
            "Throttling" | "ThrottlingException" | "RequestLimitExceeded" | "TooManyRequestsException" => {
                Trouble::Throttled
            }
            "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => Trouble::Expired,
            "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "SignatureDoesNotMatch"
            | "AuthFailure"
            | "IncompleteSignature"
            | "InvalidAccessKeyId"
            | "MissingAuthenticationToken" => Trouble::BadCredentials { code: code.to_owned() },
            "ValidationError" if message.contains("group name not found") => {
                Trouble::NoGroup(group.to_owned())
            }
            _ => {
                let about_the_group =
                    ["ValidationError", "ResourceContention", "ScalingActivityInProgress", "LimitExceeded"];
                let message = about_the_group.contains(&code).then(|| message.to_owned());
                let message = Message(message.filter(|message| !message.is_empty()));
                Trouble::Refused { action, code: code.to_owned(), message }
            }
        }
    }
}

/// Whether no place that credentials come from had any.
fn lacks_credentials(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<CredentialsError>() {
            return true;
        }
        cause = error.source();
    }
    false
}
