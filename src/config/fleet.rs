//! A server as one of several, and the engine that scales them.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::values;

/// The server's name among several, and the engine with which the manager changes their number.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Fleet")]
pub struct Fleet {
    /// Name of this server on the manager's pages. By default the name of its machine or container, which on Kubernetes is
    /// the pod's
    #[arg(long, env = "CALLING_SERVER_NAME", value_name = "NAME")]
    pub server_name: Option<String>,
    /// Seconds for which a server still answers after an administrator removed it. /ready fails during that time, so that load
    /// balancers stop using the server
    #[arg(long, env = "CALLING_DRAIN_NOTICE", value_name = "SECONDS", default_value = "25",
          value_parser = values::seconds)]
    pub drain_notice: Duration,
    /// Program that changes the number of servers. The manager runs it without a shell, with the number as its one argument
    #[arg(long, env = "CALLING_SCALE_PROGRAM", value_name = "PATH",
          conflicts_with_all = ["scale_deployment", "scale_group"])]
    pub scale_program: Option<PathBuf>,
    /// Deployment of Kubernetes whose number of pods the manager changes (needs a build with the feature `kubernetes`)
    #[arg(long, env = "CALLING_SCALE_DEPLOYMENT", value_name = "NAME", value_parser = values::kubernetes_name,
          conflicts_with = "scale_group")]
    pub scale_deployment: Option<String>,
    /// Auto Scaling group of EC2 whose number of instances the manager changes (needs a build with the feature `ec2`). Region,
    /// credentials and, for tests, AWS's address are found as AWS's own programs find them: AWS_REGION, AWS_ENDPOINT_URL and others
    #[arg(long, env = "CALLING_SCALE_GROUP", value_name = "NAME", value_parser = values::group_name)]
    pub scale_group: Option<String>,
    /// Address of the API server of Kubernetes, for --scale-deployment
    #[arg(long, env = "CALLING_KUBERNETES_API", value_name = "URL", default_value = "https://kubernetes.default.svc",
          value_parser = values::kubernetes_api)]
    pub kubernetes_api: String,
    /// Folder of the pod's service account, for --scale-deployment
    #[arg(
        long,
        env = "CALLING_KUBERNETES_ACCOUNT",
        value_name = "FOLDER",
        default_value = "/var/run/secrets/kubernetes.io/serviceaccount"
    )]
    pub kubernetes_account: PathBuf,
}
