#!/usr/bin/env python3
"""Asserts what deploy/aws/calling.yaml must contain, mainly where the substitute for AWS ignores it."""

import json
import re
import sys
from pathlib import Path

import cfnlint.decode.cfn_yaml

FILE = Path(__file__).resolve().parents[2] / "deploy/aws/calling.yaml"
TEMPLATE = cfnlint.decode.cfn_yaml.load(str(FILE))
RESOURCES = TEMPLATE["Resources"]
API = ["/classify_mbti", "/classify_big_five", "/get_career_recommendations"]


def of(kind):
    return {name: r for name, r in RESOURCES.items() if r["Type"] == kind}


def properties(name):
    return RESOURCES[name]["Properties"]


def target_groups_are_checked_started_slowly_and_drained():
    groups = of("AWS::ElasticLoadBalancingV2::TargetGroup")
    assert set(groups) == {"SiteTargets", "ApiTargets"}
    for group in groups.values():
        p = group["Properties"]
        assert p["HealthCheckPath"] == "/ready" and p["Matcher"] == {"HttpCode": "200"}
        attributes = {a["Key"]: a["Value"] for a in p["TargetGroupAttributes"]}
        assert attributes["slow_start.duration_seconds"] == "120"
        assert attributes["deregistration_delay.timeout_seconds"] == "30"
        # Longer than the 6 s that a server gives requests in progress, shorter than the unit waits for it to exit.
        assert "load_balancing.algorithm.type" not in attributes, "slow start goes with round robin alone"


def the_json_interface_goes_to_its_own_servers_and_all_else_to_the_sites():
    sources = [file.read_text() for file in (FILE.parents[2] / "src/web").rglob("*.rs")]
    named = [found for source in sources for found in re.findall(r"const API_PATHS: .* = *\n? *\[([^\]]*)\];", source)]
    assert [path.strip(' "\n') for path in named[0].rstrip(", \n").split(",")] == API, named
    for rule in of("AWS::ElasticLoadBalancingV2::ListenerRule").values():
        p = rule["Properties"]
        assert p["Conditions"] == [{"Field": "path-pattern", "PathPatternConfig": {"Values": API}}]
        assert p["Actions"] == [{"Type": "forward", "TargetGroupArn": {"Ref": "ApiTargets"}}]
    assert RESOURCES["HttpApiRule"]["Condition"] == "Http" and RESOURCES["HttpsApiRule"]["Condition"] == "Https"
    forward = {"Type": "forward", "TargetGroupArn": {"Ref": "SiteTargets"}}
    assert properties("HttpsListener")["DefaultActions"] == [forward]
    chosen = properties("HttpListener")["DefaultActions"][0]["Fn::If"]
    assert chosen[0] == "Https" and chosen[1]["Type"] == "redirect" and chosen[2] == forward


def groups_grow_and_shrink_in_steps_for_processors_and_queue():
    assert set(of("AWS::AutoScaling::AutoScalingGroup")) == {"SiteServers", "ApiServers", "WorkerServers"}
    for name in ["Site", "Api"]:
        group = properties(f"{name}Servers")
        assert group["HealthCheckType"] == "ELB"
        assert group["TargetGroupARNs"] == [{"Ref": f"{name}Targets"}]
        assert group["MinSize"] == {"Ref": f"{name}Minimum"} and group["MaxSize"] == {"Ref": f"{name}Maximum"}
        for bound, size in [("Minimum", 1), ("Maximum", 8)]:
            parameter = TEMPLATE["Parameters"][f"{name}{bound}"]
            assert (parameter["Default"], parameter["MinValue"], parameter["MaxValue"]) == (size, 1, 8)
        for step, positive in [("Grow", True), ("Shrink", False)]:
            policy = properties(f"{name}{step}")
            assert policy["PolicyType"] == "StepScaling"
            assert policy["AutoScalingGroupName"] == {"Ref": f"{name}Servers"}
            assert all((s["ScalingAdjustment"] > 0) == positive for s in policy["StepAdjustments"])
        watched = {"Busy": ("CPUUtilization", "Grow"), "Idle": ("CPUUtilization", "Shrink"), "Queue": ("WaitingReadings", "Grow")}
        for alarm, (metric, policy) in watched.items():
            p = properties(f"{name}{alarm}")
            assert p["MetricName"] == metric and p["AlarmActions"] == [{"Ref": f"{name}{policy}"}]
        # The servers send and the alarm reads the same metric.
        tag = next(t for t in group["Tags"] if t["Key"] == "calling-group")
        assert properties(f"{name}Queue")["Dimensions"] == [{"Name": "Group", "Value": tag["Value"]}]
        assert tag["PropagateAtLaunch"] is True


def the_manager_scales_the_sites_group_and_no_other():
    name = {"Fn::Sub": "${AWS::StackName}-site"}
    group = properties("SiteServers")
    tag = next(t for t in group["Tags"] if t["Key"] == "calling-group")
    assert group["AutoScalingGroupName"] == name == tag["Value"], "a server knows its group by the tag"
    # The manager replaces these two alarms by their names: src/scaling/ec2/bodies.rs.
    bodies = (FILE.parents[2] / "src/scaling/ec2/bodies.rs").read_text()
    for alarm, kind in [("SiteBusy", "busy"), ("SiteIdle", "idle")]:
        assert properties(alarm)["AlarmName"] == {"Fn::Sub": f"${{AWS::StackName}}-site-{kind}"}
        assert f'"{{group}}-{kind}"' in bodies
    statements = [s.get("Fn::If", [0, s])[1] for s in properties("ServerRole")["Policies"][0]["PolicyDocument"]["Statement"]]
    by_name = {s["Sid"]: s for s in statements}
    # Each permission that the engine names in its errors, and nothing else.
    source = (FILE.parents[2] / "src/scaling/ec2/mod.rs").read_text()
    needed = set(re.findall(r'"((?:autoscaling|cloudwatch):[A-Za-z]+)"', source))
    scaling = [by_name["LookAtTheGroup"], by_name["ScaleTheSite"], by_name["SetTheSitesAlarms"]]
    listed = [s["Action"] if isinstance(s["Action"], list) else [s["Action"]] for s in scaling]
    assert {action for actions in listed for action in actions} == needed, needed
    assert scaling[1]["Resource"]["Fn::Sub"].endswith(":autoScalingGroup:*:autoScalingGroupName/${AWS::StackName}-site")
    alarms = [resource["Fn::Sub"].split(":alarm:")[1] for resource in scaling[2]["Resource"]]
    assert alarms == ["${AWS::StackName}-site-busy", "${AWS::StackName}-site-idle"]
    script = user_data()
    assert "meta-data/instance-id >/etc/calling/machine" in script and "AWS_REGION=$STACK_REGION" in script
    assert "CALLING_SERVER_NAME=$(cat /etc/calling/machine)" in script
    assert '*-site) echo "CALLING_SCALE_GROUP=$(cat /etc/calling/group)"' in script
    # A server that was removed ends with exit code 0, and has to stay away.
    unit = (FILE.parents[2] / "deploy/calling.service").read_text()
    assert "Restart=on-failure" in unit and "Restart=always" not in script


def workers_follow_the_queue_in_the_database_and_nobody_reaches_them():
    assert TEMPLATE["Conditions"]["TwoTiers"] == {"Fn::And": [{"Condition": "Fleet"}, {"Fn::Equals": [{"Ref": "Tiers"}, "two"]}]}
    assert TEMPLATE["Parameters"]["Tiers"]["Default"] == "one"
    group = properties("WorkerServers")
    assert "TargetGroupARNs" not in group and group["HealthCheckType"] == "EC2"
    for bound, size in [("Minimum", 1), ("Maximum", 19)]:
        parameter = TEMPLATE["Parameters"][f"Worker{bound}"]
        assert (parameter["Default"], parameter["MinValue"], parameter["MaxValue"]) == (size, 1, 19)
    policy = properties("WorkerTracking")
    assert policy["AutoScalingGroupName"] == {"Ref": "WorkerServers"} and policy["PolicyType"] == "TargetTrackingScaling"
    metric = policy["TargetTrackingConfiguration"]["CustomizedMetricSpecification"]
    tag = next(t for t in group["Tags"] if t["Key"] == "calling-group")
    assert metric["Dimensions"] == [{"Name": "Group", "Value": tag["Value"]}] and tag["Value"]["Fn::Sub"].endswith("-worker")
    script = user_data()
    assert f"MetricName={metric['MetricName']}," in script and "*-worker) role=worker" in script
    names = (FILE.parents[2] / "src/metrics/names.rs").read_text()
    for name in ["calling_queue_waiting", "calling_queue_reading", "calling_queue_servers"]:
        assert f'"{name}"' in names and name in script, name


def nobody_but_the_load_balancer_reaches_a_server_and_nobody_but_servers_the_database():
    open_to_all = [
        name
        for name, group in of("AWS::EC2::SecurityGroup").items()
        if any("CidrIp" in rule for rule in group["Properties"]["SecurityGroupIngress"])
    ]
    assert open_to_all == ["BalancerGroup"]
    (server,) = properties("ServerGroup")["SecurityGroupIngress"]
    assert server["SourceSecurityGroupId"] == {"Ref": "BalancerGroup"} and server["FromPort"] == 8080
    (database,) = properties("DatabaseGroup")["SecurityGroupIngress"]
    assert database["SourceSecurityGroupId"] == {"Ref": "ServerGroup"} and database["FromPort"] == 5432
    assert properties("Database")["PubliclyAccessible"] is False


def the_database_is_encrypted_backed_up_and_asks_for_tls():
    database = properties("Database")
    assert database["StorageEncrypted"] is True and database["BackupRetentionPeriod"] >= 7
    assert RESOURCES["Database"]["DeletionPolicy"] == "Snapshot"
    assert properties("DatabaseParameters")["Parameters"]["rds.force_ssl"] == "1"
    script = user_data()
    assert "sslmode=verify-full&sslrootcert=/etc/calling/rds.pem" in script
    assert "MasterUserPassword" in database and "resolve:secretsmanager" in json.dumps(database["MasterUserPassword"])


def user_data():
    data = properties("Template")["LaunchTemplateData"]["UserData"]["Fn::Base64"]["Fn::Sub"]
    assert len(data[0]) < 12000, "user data is held to 16 KB"
    return data[0]


def servers_start_the_unit_at_boot_and_keep_the_password_out_of_the_template():
    script = user_data()
    assert "systemctl enable --now amazon-cloudwatch-agent calling.service calling-waiting.timer" in script
    assert "get-secret-value" in script and "umask 077" in script
    data = properties("Template")["LaunchTemplateData"]
    assert data["MetadataOptions"]["HttpTokens"] == "required"
    # Every setting that is written exists.
    known = (FILE.parents[2] / "docs/SETTINGS.md").read_text()
    words = {w for w in script.replace("=", " ").replace("^", " ").split() if w.startswith("CALLING_") and len(w) > 9}
    for word in words:
        assert f"`{word}`" in known, word
    assert "calling_waiting_readings" in (FILE.parents[2] / "src/metrics/names.rs").read_text()


def no_policy_allows_everything():
    policies = [p["Properties"]["PolicyDocument"] for p in of("AWS::IAM::ManagedPolicy").values()]
    for role in of("AWS::IAM::Role").values():
        policies += [p["PolicyDocument"] for p in role["Properties"].get("Policies", [])]
    statements = 0
    for policy in policies:
        for statement in policy["Statement"]:
            if "Fn::If" in statement:
                statement = statement["Fn::If"][1]
            statements += 1
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert not any("*" in action for action in actions), statement
            if statement["Resource"] == "*" and "Condition" not in statement:
                reads = ("Describe", "Get", "List")
                assert all(action.split(":")[1].startswith(reads) for action in actions), statement
    assert statements >= 9
    manager = json.dumps(properties("ManagerPolicy"))
    assert "iam:" not in manager.replace(":iam::", "") and "rds:" not in manager and "secretsmanager:" not in manager


def the_single_machine_keeps_its_data_on_a_volume_with_snapshots():
    assert RESOURCES["Volume"]["DeletionPolicy"] == "Snapshot" and properties("Volume")["Encrypted"] is True
    tag = properties("Volume")["Tags"][0]
    assert properties("Snapshots")["PolicyDetails"]["TargetTags"] == [tag]
    assert "/var/lib/private/calling ext4" in user_data()
    for group in ["SiteTargets", "ApiTargets"]:
        targets = properties(group)["Targets"]["Fn::If"]
        assert targets[0] == "Single" and targets[1] == [{"Id": {"Ref": "Machine"}, "Port": 8080}]
    for name, resource in RESOURCES.items():
        if name in {"Machine", "Volume", "Attachment", "SnapshotRole", "Snapshots"}:
            assert resource["Condition"] == "Single", name
        if resource["Type"].startswith(("AWS::RDS", "AWS::AutoScaling")):
            assert resource["Condition"] == ("TwoTiers" if name.startswith("Worker") else "Fleet"), name


def the_dashboard_shows_what_balancer_py_draws():
    body = properties("Dashboard")["DashboardBody"]["Fn::Sub"][0]
    shown = json.loads(body)["widgets"]
    metrics = {metric[1] for widget in shown for metric in widget["properties"]["metrics"]}
    assert {"RequestCount", "RequestCountPerTarget", "TargetResponseTime", "WaitingReadings"} <= metrics


def the_log_is_dropped_in_time_and_holds_no_addresses_of_results():
    assert properties("Log")["RetentionInDays"] == {"Ref": "LogDays"}
    attributes = [a["Key"] for a in properties("Balancer")["LoadBalancerAttributes"]]
    assert "access_logs.s3.enabled" not in attributes


def main():
    checks = [check for name, check in globals().items() if callable(check) and getattr(check, "__doc__", 0) is None
              and check.__module__ == "__main__" and name not in {"of", "properties", "user_data", "main"}]
    for check in checks:
        check()
    assert len(checks) >= 10
    print(f"{FILE.name}: {len(RESOURCES)} resources, {len(checks)} assertions hold")


if __name__ == "__main__":
    sys.exit(main())
