#!/usr/bin/env python3
"""Tests the Kubernetes manifests without a cluster: builds every overlay, validates it against the schemas of two versions of
Kubernetes and of KEDA, and asserts what must be in it. Validates against the same schemas what the manager asks of the API.

    kubernetes.py check        does all of that
    kubernetes.py playable     prints the part of the overlay `local` that podman's `kube play` supports
    kubernetes.py probes       prints the probes of that part, one per line: container, http or exec, path or command
"""

import base64
import copy
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

import cluster

PROJECT = Path(__file__).resolve().parents[2]
OVERLAYS = ["local", "eks", "keda"]
VERSIONS = ["1.33", "1.37"]
KEDA = json.loads((PROJECT / "tests/deploy/schemas/keda.json").read_text())
EKSCTL = json.loads((PROJECT / "tests/deploy/schemas/eksctl.json").read_text())
# What the operator creates by hand, as each overlay's comment says.
BY_HAND = {"local": set(), "eks": {("Secret", "database"), ("ConfigMap", "rds")},
           "keda": {("Secret", "database"), ("Secret", "keda-database"), ("ConfigMap", "rds")}}


def built(overlay):
    folder = PROJECT / "deploy/kubernetes/overlays" / overlay
    done = subprocess.run(["kubectl", "kustomize", folder], stdout=subprocess.PIPE, text=True, check=True)
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def validate(document, version):
    """Fails on a wrong field, and on a kind without a schema."""
    if document["apiVersion"].startswith("keda.sh/"):
        jsonschema.validate(document, KEDA["kinds"][document["kind"]] | {"$defs": KEDA["$defs"]})
    else:
        kubernetes_validate.validate(document, version, strict=True)


def refuses(document, version):
    try:
        validate(document, version)
    except Exception:
        return True
    return False


def pods(documents):
    """Each pod template, with the name of its owner."""
    for document in documents:
        spec = document.get("spec", {})
        if document["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if "template" in spec:
            yield f"{document['kind']}/{document['metadata']['name']}", spec["template"]


def planted_mistakes_are_found(documents):
    named = {(d["kind"], d["metadata"]["name"]): d for d in documents}
    app = named["Deployment", "app"]
    for version in VERSIONS:
        wrong = copy.deepcopy(app)
        container = wrong["spec"]["template"]["spec"]["containers"][0]
        container["readynessProbe"] = container.pop("readinessProbe")
        assert refuses(wrong, version), "a misspelled field passed"
        wrong = copy.deepcopy(app)
        wrong["spec"]["replicas"] = "three"
        assert refuses(wrong, version), "a word for a number passed"
        assert refuses(app | {"kind": "Deploiment"}, version), "an unknown kind passed"
        assert refuses(app | {"apiVersion": "apps/v9"}, version), "an unknown version passed"
    if ("ScaledObject", "worker") in named:
        wrong = copy.deepcopy(named["ScaledObject", "worker"])
        wrong["spec"]["polingInterval"] = wrong["spec"].pop("pollingInterval")
        assert refuses(wrong, VERSIONS[0]), "a misspelled field of KEDA's passed"


def every_pod_is_confined(documents):
    seen = 0
    for name, template in pods(documents):
        spec = template["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True and spec["securityContext"]["runAsUser"] > 0, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["automountServiceAccountToken"] is False, name
        for container in spec["containers"]:
            confined = container["securityContext"]
            assert confined["readOnlyRootFilesystem"] is True and confined["allowPrivilegeEscalation"] is False, name
            assert confined["capabilities"] == {"drop": ["ALL"]}, name
            assert "cpu" in container["resources"]["requests"] and "memory" in container["resources"]["limits"], name
            assert ":" in container["image"].rsplit("/", 1)[1] and not container["image"].endswith(":latest"), name
            seen += 1
    assert seen >= 7, seen


def whatever_is_named_is_there(documents, overlay):
    there = {(d["kind"], d["metadata"]["name"]) for d in documents} | BY_HAND[overlay]
    for name, template in pods(documents):
        spec = template["spec"]
        needed = {("ServiceAccount", spec["serviceAccountName"])}
        for volume in spec.get("volumes", []):
            if "configMap" in volume:
                needed.add(("ConfigMap", volume["configMap"]["name"]))
            if "persistentVolumeClaim" in volume:
                needed.add(("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]))
        for container in spec["containers"]:
            needed |= {("ConfigMap", source["configMapRef"]["name"]) for source in container.get("envFrom", [])}
            for variable in container.get("env", []):
                source = variable.get("valueFrom", {})
                needed |= {("Secret", source[key]["name"]) for key in source if key == "secretKeyRef"}
                needed |= {("ConfigMap", source[key]["name"]) for key in source if key == "configMapKeyRef"}
            mounted = {mount["name"] for mount in container.get("volumeMounts", [])}
            claims = {"data"} if name.startswith("StatefulSet") else set()
            assert mounted <= {volume["name"] for volume in spec.get("volumes", [])} | claims, name
        # The generated names of config maps and secrets carry a hash.
        missing = {n for n in needed if n not in there and not any(k == n[0] and re.fullmatch(re.escape(n[1]) + "-[a-z0-9]{10}", m) for k, m in there)}
        assert not missing, (name, missing)
    labels = [template["metadata"]["labels"] for _, template in pods(documents)]
    for document in documents:
        if document["kind"] == "Service":
            selector = document["spec"]["selector"]
            assert any(selector.items() <= label.items() for label in labels), document["metadata"]["name"]
        if document["kind"] == "Ingress":
            for rule in document["spec"]["rules"]:
                for path in rule["http"]["paths"]:
                    assert ("Service", path["backend"]["service"]["name"]) in there


def the_app_scales_and_outlives_disruptions(documents, overlay):
    named = {(d["kind"], d["metadata"]["name"]): d["spec"] for d in documents if "spec" in d}
    app = named["Deployment", "app"]
    assert app["replicas"] == 3 and app["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert len(app["template"]["spec"]["topologySpreadConstraints"]) == 2
    container = app["template"]["spec"]["containers"][0]
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == "/health"
    assert named["PodDisruptionBudget", "app"]["minAvailable"] < app["replicas"]
    scaler = named["HorizontalPodAutoscaler", "app"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (3, 10) and scaler["scaleTargetRef"]["name"] == "app"
    assert scaler["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 80}
    if overlay == "keda":
        roles = {name: named["Deployment", name]["template"]["spec"]["containers"][0]["args"] for name in ("app", "worker")}
        assert roles == {"app": ["serve", "--role", "web"], "worker": ["serve", "--role", "worker"]}, roles
        for name in roles:
            spec = named["Deployment", name]["template"]["spec"]
            variables = {variable["name"] for variable in spec["containers"][0]["env"]}
            assert {"DATABASE_URL", "CALLING_LISTEN_URL"} <= variables and spec["volumes"][0]["name"] == "rds", name
        scaled = named["ScaledObject", "worker"]
        autoscalers = [kind for kind, _ in named if kind == "HorizontalPodAutoscaler"]
        assert len(autoscalers) == 1, "two autoscalers for one deployment"
        assert scaled["scaleTargetRef"]["name"] == "worker" and (scaled["minReplicaCount"], scaled["maxReplicaCount"]) == (1, 19)
        query = next(t["metadata"]["query"] for t in scaled["triggers"] if t["type"] == "postgresql")
        (view,) = (PROJECT / "migrations/postgres").glob("*_queue_depth/up.sql")
        assert query.endswith(" FROM queue_depth") and "CREATE VIEW queue_depth" in view.read_text()
        for column in re.findall(r"[a-z_]+", query.removeprefix("SELECT ").removesuffix(" FROM queue_depth")):
            assert f" AS {column}" in view.read_text(), column
    else:
        assert container["args"] == ["serve"]


def settings_and_release_are_this_ones(documents, overlay):
    registry = {"local": "localhost/calling:", "eks": "ghcr.io/calling/calling:", "keda": "ghcr.io/calling/calling:"}[overlay]
    images = [c["image"] for _, template in pods(documents) for c in template["spec"]["containers"]]
    assert sum(image.startswith(registry) for image in images) == (3 if overlay == "keda" else 2), images
    settings = (PROJECT / "docs/SETTINGS.md").read_text()
    (calling,) = [d for d in documents if d["kind"] == "ConfigMap" and d["metadata"]["name"].startswith("calling-")]
    for name in calling["data"]:
        assert f"`{name}`" in settings, name
    version = re.search(r'^version = "(.*)"$', (PROJECT / "Cargo.toml").read_text(), re.M).group(1)
    (job,) = [d for d in documents if d["kind"] == "Job"]
    assert job["metadata"]["name"] == "migrate-" + version.replace(".", "-"), "the migration's Job is named after another release"
    for name, template in pods(documents):
        for container in template["spec"]["containers"]:
            if container["image"].split("/")[-1].startswith("calling:"):
                assert container["image"].endswith(":" + version), (name, container["image"])


def the_manager_may_scale_and_no_more():
    """The component in deploy/kubernetes/manager, and the object that the manager applies (src/scaling/kubernetes)."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.relpath(PROJECT / "deploy/kubernetes", folder)
        kustomization = {"resources": [f"{path}/overlays/local"], "components": [f"{path}/manager"]}
        Path(folder, "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        documents = built(folder)
    named = {(d["kind"], d["metadata"]["name"]): d for d in documents}
    template = named["Deployment", "app"]["spec"]["template"]
    assert template["spec"]["automountServiceAccountToken"] is True
    assert {"name": "CALLING_SCALE_DEPLOYMENT", "value": "app"} in template["spec"]["containers"][0]["env"]
    reaching = named["NetworkPolicy", "manager"]["spec"]["podSelector"]["matchLabels"]
    assert reaching.items() <= template["metadata"]["labels"].items()
    allowed = {(group, resource, verb) for rule in named["Role", "calling-manager"]["rules"]
               for group in rule["apiGroups"] for resource in rule["resources"] for verb in rule["verbs"]}
    autoscalers = {("autoscaling", "horizontalpodautoscalers", verb) for verb in ["create", "get", "patch"]}
    assert allowed == {("apps", "deployments/scale", "get"), ("apps", "deployments/scale", "patch"), ("", "pods", "patch")} | autoscalers
    applied = json.loads((PROJECT / "tests/fixtures/kubernetes/autoscaler.json").read_text())
    wrong = copy.deepcopy(applied)
    wrong["spec"]["behavior"]["scaleUp"]["tolerence"] = wrong["spec"]["behavior"]["scaleUp"].pop("tolerance")
    for version in VERSIONS:
        for document in documents:
            validate(document, version)
        validate(applied, version)
        assert refuses(wrong, version), "a misspelled tolerance passed"
    print("manager: its component and the autoscaler that it applies are valid")


def the_managers_requests_are_valid():
    """Every request of a running manager, against an API server that answers as the API reference says (cluster.py).

    A patch has no schema of its own: what is valid is the object that it is merged into.
    """
    asked = cluster.requests()
    changes = [(one.method, one.path.split("?")[0], one.kind) for one in asked if one.method != "GET"]
    scaled, marked = ("PATCH", cluster.SCALE, cluster.MERGE), ("PATCH", cluster.PODS, cluster.MERGE)
    # The number set by hand, the policy, and a removal: the pod is marked before there is one less.
    assert changes == [scaled, ("PATCH", cluster.AUTOSCALER, cluster.APPLY), marked, scaled], changes
    for one in asked:
        assert one.authorization == "Bearer a-token" and one.result, (one.method, one.path, one.authorization)
        for version in VERSIONS:
            validate(one.result, version)
    patches = [one for one in asked if one.method == "PATCH"]
    assert [one.result["spec"]["replicas"] for one in patches if one.path == cluster.SCALE] == [5, 4]
    # The form proposed the default policy, as in this file.
    assert patches[1].body == json.loads((PROJECT / "tests/fixtures/kubernetes/autoscaler.json").read_text()), patches[1].body
    pod = patches[2].result
    (cost,) = pod["metadata"]["annotations"].items()
    assert cost == ("controller.kubernetes.io/pod-deletion-cost", str(-2**31)), cost
    before = cluster.objects()
    for version in VERSIONS:
        for path, wrong in [(cluster.SCALE, {"spec": {"replica": 5}}), (cluster.SCALE, {"spec": {"replicas": "5"}}),
                            (cluster.SCALE, {"replicas": 5}), (cluster.PODS, {"metadata": {"annotation": dict([cost])}}),
                            (cluster.PODS, {"metadata": {"annotations": {cost[0]: -2**31}}}), (cluster.PODS, {"annotations": {}})]:
            validate(before[path], version)
            assert refuses(cluster.merged(before[path], wrong), version), f"{wrong} passed"
    print(f"manager: its {len(changes)} changes through the API leave valid objects for Kubernetes {' and '.join(VERSIONS)}")


def check():
    for overlay in OVERLAYS:
        documents = built(overlay)
        for version in VERSIONS:
            for document in documents:
                validate(document, version)
        planted_mistakes_are_found(documents)
        every_pod_is_confined(documents)
        whatever_is_named_is_there(documents, overlay)
        the_app_scales_and_outlives_disruptions(documents, overlay)
        settings_and_release_are_this_ones(documents, overlay)
        print(f"{overlay}: {len(documents)} objects are valid for Kubernetes {' and '.join(VERSIONS)}")
    the_manager_may_scale_and_no_more()
    the_managers_requests_are_valid()
    eks = yaml.safe_load((PROJECT / "deploy/eks/cluster.yaml").read_text())
    jsonschema.validate(eks, EKSCTL)
    groups = eks["managedNodeGroups"]
    wrong = eks | {"managedNodeGroups": [groups[0] | {"instanceType": groups[0]["instanceTypes"]}]}
    assert not jsonschema.Draft202012Validator(EKSCTL).is_valid(wrong), "a misspelled field of eksctl's passed"
    print("eks/cluster.yaml is valid for eksctl")


PROBES = ["startupProbe", "livenessProbe", "readinessProbe"]
# The server's port on the host.
PLAYED_AT = 8085


def probes():
    """Prints each different probe of the database and the server."""
    named = {name: template["spec"]["containers"][0] for name, template in pods(built("local"))}
    lines = set()
    for container in (named["StatefulSet/postgres"], named["Deployment/app"]):
        for kind in PROBES:
            probe = container.get(kind, {})
            if "httpGet" in probe:
                assert probe["httpGet"]["port"] == "http", probe
                lines.add(f"{container['name']} http {probe['httpGet']['path']}")
            if "exec" in probe:
                lines.add(f"{container['name']} exec {' '.join(probe['exec']['command'])}")
    print("\n".join(sorted(lines)))


def playable():
    """`kube play` does not support StatefulSets and Jobs, so their pods are played, and no Secrets, so their values are filled in.

    Probes are removed; the test runs them (see `probes`). podman runs an HTTP probe with curl inside the container, where there is
    none, and restarts the container once that has failed three times.
    """
    documents, played = built("local"), []
    secrets = {d["metadata"]["name"]: d["data"] for d in documents if d["kind"] == "Secret"}
    for _, template in pods(documents):
        for container in template["spec"]["containers"]:
            for variable in container.get("env", []):
                if "secretKeyRef" in variable.get("valueFrom", {}):
                    key = variable.pop("valueFrom")["secretKeyRef"]
                    variable["value"] = base64.b64decode(secrets[key["name"]][key["key"]]).decode()
            for kind in PROBES:
                container.pop(kind, None)
    for document in documents:
        kind, name = document["kind"], document["metadata"]["name"]
        document["metadata"].pop("namespace", None)
        if kind == "ConfigMap" and not name.startswith("locust"):
            played.append(document)
        elif kind == "StatefulSet":
            claim = document["spec"]["volumeClaimTemplates"][0]
            played.append({"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim})
            pod = document["spec"]["template"]
            pod["spec"]["volumes"].append({"name": "data", "persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}})
            played.append({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": pod["spec"]})
        elif kind == "Job":
            spec = document["spec"]["template"]["spec"] | {"restartPolicy": "OnFailure"}
            played.append({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "migrate"}, "spec": spec})
        elif kind == "Deployment" and name == "app":
            # podman plays one replica, and publishes a port only where a host port is named.
            document["spec"]["replicas"] = 1
            container = document["spec"]["template"]["spec"]["containers"][0]
            container["ports"][0]["hostPort"] = PLAYED_AT
            # The same numbers on every processor.
            container["env"].append({"name": "CALLING_PRECISION", "value": os.environ.get("CALLING_PRECISION", "auto")})
            played.append(document)
    # ConfigMaps and volumes before the pods that use them.
    order = {"ConfigMap": 0, "PersistentVolumeClaim": 1, "Pod": 2, "Deployment": 3}
    played.sort(key=lambda document: order[document["kind"]])
    print(yaml.safe_dump_all(played), end="")


if __name__ == "__main__":
    {"check": check, "playable": playable, "probes": probes}[sys.argv[1]]()
