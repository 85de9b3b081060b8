//! The bodies of requests to the API server. Pure.

use serde_json::{Value, json};

use crate::scaling::policy::Policy;
use crate::scaling::target::Target;

/// A change of the number of pods.
pub(super) fn replicas(servers: u32) -> Value {
    json!({ "spec": { "replicas": servers } })
}

/// Makes a pod the first to be deleted when the number falls: the lowest deletion cost that the annotation can hold.
/// <https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#pod-deletion-cost>
pub(super) fn cheapest() -> Value {
    json!({ "metadata": { "annotations": { "controller.kubernetes.io/pod-deletion-cost": i32::MIN.to_string() } } })
}

/// A HorizontalPodAutoscaler that approximates the policy; see [`Target`].
pub(super) fn autoscaler(namespace: &str, name: &str, policy: &Policy) -> Value {
    let target = Target::of(policy);
    let rules = |percent: u32, window: u32, tolerance: f64| {
        json!({
            "stabilizationWindowSeconds": window,
            "policies": [{ "type": "Percent", "value": percent, "periodSeconds": 60 }],
            "tolerance": format!("{tolerance:.3}"),
        })
    };
    json!({
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": { "name": name, "namespace": namespace },
        "spec": {
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": name },
            "minReplicas": policy.least(),
            "maxReplicas": policy.most(),
            "metrics": [{
                "type": "Resource",
                "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": target.cpu } },
            }],
            "behavior": {
                "scaleUp": rules(target.add, 0, target.above),
                "scaleDown": rules(target.remove, 300, target.below),
            },
        },
    })
}
