//! The number of servers: the policy, a simulation of it, and the engines that change the number.
//!
//! Nothing here decides when a server is added. The system that runs the servers does, behind the trait [`Engine`].

mod command;
#[cfg(feature = "ec2")]
mod ec2;
mod engine;
mod fault;
#[cfg(feature = "kubernetes")]
mod kubernetes;
mod policy;
mod simulation;
mod step_scaling;
mod target;

pub use command::Command;
#[cfg(feature = "ec2")]
pub use ec2::Ec2;
pub use engine::{Described, Engine, EngineError, PolicyKept, Removal};
pub use fault::{Fault, Field};
#[cfg(feature = "kubernetes")]
pub use kubernetes::{Deployment, Kubernetes};
pub use policy::{MOST_SERVERS, Policy, RawPolicy};
pub use simulation::{Algorithm, MINUTES, Minute, Scenario, settled, simulate};
