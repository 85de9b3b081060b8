//! The trait of the systems that add and remove servers. They exist outside of Calling.

use std::fmt;
use std::io;
use std::time::Duration;

#[cfg(feature = "ec2")]
use super::ec2::Trouble;
use super::policy::Policy;
use super::simulation::Algorithm;

/// A system that adds and removes servers. Every call blocks, for about a minute at most.
pub trait Engine: Send + Sync + fmt::Debug {
    /// The engine's name, the number of servers that it aims for, and how it applies a policy.
    ///
    /// # Errors
    /// If it does not answer.
    fn describe(&self) -> Result<Described, EngineError>;

    /// Sets the desired number of servers.
    ///
    /// # Errors
    /// If it refuses or does not answer.
    fn set_desired(&self, servers: u32) -> Result<(), EngineError>;

    /// Removes the server with this name. The desired number falls by one.
    ///
    /// # Errors
    /// If it refuses or does not answer.
    fn remove(&self, server: &str) -> Result<Removal, EngineError>;

    /// Replaces the policy by which the engine scales.
    ///
    /// # Errors
    /// If it refuses or does not answer.
    fn set_policy(&self, policy: &Policy) -> Result<PolicyKept, EngineError>;
}

/// The answer of [`Engine::describe`].
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// The engine as it is named in a sentence: "the Deployment app".
    pub what: String,
    /// The desired number of servers; `None` if the engine does not report it.
    pub desired: Option<u32>,
    /// The fewest and the most servers that it allows; `None` if it does not report them.
    pub bounds: Option<(u32, u32)>,
    /// The algorithm with which it applies a policy; `None` if it does not scale automatically.
    pub algorithm: Option<Algorithm>,
}

/// Who stops a server that is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// The engine stops it, and has lowered its desired number.
    #[cfg_attr(
        not(any(feature = "kubernetes", feature = "ec2")),
        allow(dead_code, reason = "only a feature's engine picks a server")
    )]
    ByEngine,
    /// The engine cannot stop a particular server. The server shuts itself down, and then the engine gets the new number.
    ByServer,
}

/// Who applies a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKept {
    #[cfg_attr(
        not(any(feature = "kubernetes", feature = "ec2")),
        allow(dead_code, reason = "only a feature's engine has a policy")
    )]
    ByEngine,
    /// Nobody. Only its bounds apply, to numbers that are set by hand.
    BoundsOnly,
}

/// Why an engine did not do what was asked of it. The texts are for administrators.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the program could not be started")]
    NotStarted(#[source] io::Error),
    #[error("the program was not done within {} seconds and was ended", .0.as_secs())]
    TooSlow(Duration),
    #[error("the program ended with {status}")]
    Failed {
        status: std::process::ExitStatus,
        /// The last line that it wrote to standard error, for the log.
        #[source]
        said: Said,
    },
    #[cfg(feature = "kubernetes")]
    #[error("Kubernetes does not answer")]
    NoAnswer(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[cfg(feature = "kubernetes")]
    #[error("{0:?} cannot be the name of a pod")]
    NoPod(String),
    #[cfg(feature = "kubernetes")]
    #[error("Kubernetes refused with {status}: {message}")]
    Refused { status: u16, message: String },
    #[cfg(feature = "ec2")]
    #[error(
        "{0:?} is not the id of an instance, such as i-0123456789abcdef0; servers have to be named by their ids"
    )]
    NoInstance(String),
    #[cfg(feature = "ec2")]
    #[error("the instance {server} is not in the Auto Scaling group {group}")]
    NotInGroup { server: String, group: String },
    #[cfg(feature = "ec2")]
    #[error("the Auto Scaling group {group} allows {least} to {most} servers, and {asked} would be there")]
    OutOfBounds { group: String, least: u32, most: u32, asked: u32 },
    #[cfg(feature = "ec2")]
    #[error(transparent)]
    Ec2(#[from] Trouble),
}

/// A line that a program wrote to standard error.
#[derive(Debug, thiserror::Error)]
#[error("it wrote: {0:?}")]
pub struct Said(pub(super) String);
