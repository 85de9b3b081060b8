//! The engine `ec2`: a group of EC2's Auto Scaling, its two step scaling policies and their alarms in CloudWatch, through the AWS
//! SDK.

mod bodies;
mod http;
#[cfg(test)]
mod tests;
mod trouble;

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_autoscaling::types::AutoScalingGroup;

use self::bodies::{Direction, mean_cpu};
use self::http::Http;
pub use self::trouble::Trouble;
use super::engine::{Described, Engine, EngineError, PolicyKept, Removal};
use super::policy::Policy;
use super::simulation::Algorithm;

/// How long a call of the engine may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a request may take, with the attempts after a first one that failed.
const REQUEST: Duration = Duration::from_secs(20);
/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(10);

/// Talks to Auto Scaling and CloudWatch.
pub struct Ec2 {
    group: String,
    clients: Mutex<Option<Clients>>,
}

#[derive(Clone)]
struct Clients {
    scaling: aws_sdk_autoscaling::Client,
    watching: aws_sdk_cloudwatch::Client,
}

/// The part of a group that is used.
struct Group {
    desired: u32,
    least: u32,
    most: u32,
    instances: Vec<String>,
}

impl fmt::Debug for Ec2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ec2").field("group", &self.group).finish_non_exhaustive()
    }
}

impl Ec2 {
    /// The group with this name. Region and credentials are looked for at the first call: in the environment, in AWS's files, and
    /// where containers and machines of AWS find them.
    pub fn new(group: &str) -> Ec2 {
        Ec2 { group: group.to_owned(), clients: Mutex::default() }
    }

    async fn clients(&self) -> Result<Clients, Trouble> {
        let known = self.clients.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(clients) = known {
            return Ok(clients);
        }
        let clients = Clients::of(&loader().load().await)?;
        *self.clients.lock().unwrap_or_else(PoisonError::into_inner) = Some(clients.clone());
        Ok(clients)
    }

    fn run<T>(&self, work: impl AsyncFnOnce(Clients) -> Result<T, Trouble>) -> Result<T, EngineError> {
        // For this call only: one that is kept would end with the server, inside of the server's own, where tokio panics.
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(Trouble::Runtime)?;
        let done = runtime.block_on(async {
            tokio::time::timeout(PATIENCE, async { work(self.clients().await?).await }).await
        });
        // Without waiting for a request that was given up.
        runtime.shutdown_background();
        Ok(done.unwrap_or(Err(Trouble::TooSlow))?)
    }

    async fn group(&self, clients: &Clients, with_instances: bool) -> Result<Group, Trouble> {
        let asked = clients.scaling.describe_auto_scaling_groups().auto_scaling_group_names(&self.group);
        let answer = asked.include_instances(with_instances).send().await;
        let answer = answer.map_err(self.told("autoscaling:DescribeAutoScalingGroups"))?;
        let mut groups = answer.auto_scaling_groups().iter();
        let found = groups.find(|group| group.auto_scaling_group_name() == Some(&self.group));
        found.map(Group::of).ok_or_else(|| Trouble::NoGroup(self.group.clone()))
    }

    /// Changes the fewest and the most servers, and the desired number if there is one.
    async fn resize(
        &self,
        clients: &Clients,
        (least, most): (u32, Option<u32>),
        desired: Option<u32>,
    ) -> Result<(), Trouble> {
        let request = clients.scaling.update_auto_scaling_group().auto_scaling_group_name(&self.group);
        let request = request.min_size(number(least)).set_max_size(most.map(number));
        let answer = request.set_desired_capacity(desired.map(number)).send().await;
        answer.map_err(self.told("autoscaling:UpdateAutoScalingGroup"))?;
        Ok(())
    }

    /// Puts a policy and the alarm that calls it in the place of those with the same names.
    async fn put(&self, clients: &Clients, policy: &Policy, direction: Direction) -> Result<(), Trouble> {
        let request = clients.scaling.put_scaling_policy().auto_scaling_group_name(&self.group);
        let answer = request
            .policy_name(direction.policy_name(&self.group))
            .policy_type("StepScaling")
            .adjustment_type("PercentChangeInCapacity")
            .min_adjustment_magnitude(1)
            .metric_aggregation_type("Average")
            .step_adjustments(direction.step(policy))
            .set_estimated_instance_warmup(direction.warm_up())
            .send()
            .await
            .map_err(self.told("autoscaling:PutScalingPolicy"))?;
        let action = "autoscaling:PutScalingPolicy";
        let arn = answer.policy_arn().ok_or(Trouble::Unclear { action })?;
        mean_cpu(clients.watching.put_metric_alarm(), &self.group)
            .alarm_name(direction.alarm_name(&self.group))
            .alarm_description(direction.about())
            .threshold(direction.threshold(policy))
            .comparison_operator(direction.comparison())
            .evaluation_periods(direction.minutes())
            .alarm_actions(arn)
            .send()
            .await
            .map_err(self.told("cloudwatch:PutMetricAlarm"))?;
        Ok(())
    }

    /// What an error of the SDK means, when this permission was needed.
    fn told<E, R>(
        &self,
        action: &'static str,
    ) -> impl FnOnce(aws_sdk_autoscaling::error::SdkError<E, R>) -> Trouble
    where
        E: aws_sdk_autoscaling::error::ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: fmt::Debug + Send + Sync + 'static,
    {
        move |error| Trouble::of(action, &self.group, error)
    }
}

/// How the SDK is set up, before it looks for the region and credentials.
fn loader() -> aws_config::ConfigLoader {
    let limits =
        TimeoutConfig::builder().operation_timeout(REQUEST).operation_attempt_timeout(ATTEMPT).build();
    aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(Http::new()).timeout_config(limits)
}

impl Clients {
    fn of(config: &SdkConfig) -> Result<Clients, Trouble> {
        config.region().ok_or(Trouble::NoRegion)?;
        Ok(Clients {
            scaling: aws_sdk_autoscaling::Client::new(config),
            watching: aws_sdk_cloudwatch::Client::new(config),
        })
    }
}

impl Group {
    fn of(group: &AutoScalingGroup) -> Group {
        let count = |number: Option<i32>| u32::try_from(number.unwrap_or(0)).unwrap_or(0);
        Group {
            desired: count(group.desired_capacity()),
            least: count(group.min_size()),
            most: count(group.max_size()),
            instances: group
                .instances()
                .iter()
                .filter_map(|one| one.instance_id())
                .map(str::to_owned)
                .collect(),
        }
    }
}

impl Engine for Ec2 {
    fn describe(&self) -> Result<Described, EngineError> {
        let group = self.run(async |clients| self.group(&clients, false).await)?;
        Ok(Described {
            what: format!("the Auto Scaling group {}", self.group),
            desired: Some(group.desired),
            bounds: Some((group.least, group.most)),
            algorithm: Some(Algorithm::StepScaling),
        })
    }

    /// No server at all is what stops the site, whatever the group's least number is, so that becomes 0 with it.
    fn set_desired(&self, servers: u32) -> Result<(), EngineError> {
        if servers == 0 {
            return self.run(async |clients| self.resize(&clients, (0, None), Some(0)).await);
        }
        let Group { least, most, .. } = self.run(async |clients| self.group(&clients, false).await)?;
        if !(least..=most).contains(&servers) {
            return Err(EngineError::OutOfBounds { group: self.group.clone(), least, most, asked: servers });
        }
        self.run(async |clients| {
            let request = clients.scaling.set_desired_capacity().auto_scaling_group_name(&self.group);
            let answer = request.desired_capacity(number(servers)).honor_cooldown(false).send().await;
            answer.map(|_| ()).map_err(self.told("autoscaling:SetDesiredCapacity"))
        })
    }

    /// Auto Scaling takes the instance out of the load balancer, waits for its requests, and ends it.
    fn remove(&self, server: &str) -> Result<Removal, EngineError> {
        if !is_instance(server) {
            return Err(EngineError::NoInstance(server.to_owned()));
        }
        let group = self.run(async |clients| self.group(&clients, true).await)?;
        if !group.instances.iter().any(|instance| instance == server) {
            return Err(EngineError::NotInGroup { server: server.to_owned(), group: self.group.clone() });
        }
        if group.desired <= group.least {
            let Group { least, most, desired, .. } = group;
            let asked = desired.saturating_sub(1);
            return Err(EngineError::OutOfBounds { group: self.group.clone(), least, most, asked });
        }
        self.run(async |clients| {
            let request = clients.scaling.terminate_instance_in_auto_scaling_group().instance_id(server);
            let answer = request.should_decrement_desired_capacity(true).send().await;
            answer.map(|_| ()).map_err(self.told("autoscaling:TerminateInstanceInAutoScalingGroup"))
        })?;
        Ok(Removal::ByEngine)
    }

    fn set_policy(&self, policy: &Policy) -> Result<PolicyKept, EngineError> {
        self.run(async |clients| {
            let desired = self.group(&clients, false).await?.desired;
            let within = desired.clamp(policy.least(), policy.most());
            let desired = (within != desired).then_some(within);
            self.resize(&clients, (policy.least(), Some(policy.most())), desired).await?;
            for direction in Direction::BOTH {
                self.put(&clients, policy, direction).await?;
            }
            Ok(())
        })?;
        Ok(PolicyKept::ByEngine)
    }
}

/// Whether this is the id of an instance of EC2.
fn is_instance(name: &str) -> bool {
    let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    name.strip_prefix("i-").is_some_and(|id| (8..=17).contains(&id.len()) && id.chars().all(hexadecimal))
}

fn number(servers: u32) -> i32 {
    i32::try_from(servers).unwrap_or(i32::MAX)
}
