//! The manager's pages scale a group of Auto Scaling. Moto stands in for AWS: it keeps what it is told, but never scales a group by
//! itself, keeps no bounds and refuses nothing. Bounds are therefore Calling's, and src/scaling/ec2/tests.rs has the refusals.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use reqwest::StatusCode;
use scraper::Html;
use serde_json::Value;

use crate::accounts::promoted;
use crate::database::TestDatabase;
use crate::harness::{Process, calling, output};
use crate::site::{Visitor, text, texts};

/// Moto's server. It ends with the test's process, since its standard input does.
struct Moto {
    _server: Child,
    endpoint: String,
}

fn moto() -> &'static Moto {
    static MOTO: OnceLock<Moto> = OnceLock::new();
    MOTO.get_or_init(|| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/aws.py");
        let mut python = Command::new("python3");
        let mut server = python
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is missing");
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port: u16 =
            line.trim().parse().expect("moto did not start; ./test.sh installs it and sets PYTHONPATH");
        Moto { _server: server, endpoint: format!("http://127.0.0.1:{port}") }
    })
}

/// A command whose AWS is moto's, and nothing else of AWS.
fn at_moto(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
    }
    command
        .env("AWS_ENDPOINT_URL", &moto().endpoint)
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "nobody")
        .env("AWS_SECRET_ACCESS_KEY", "a-very-secret-key")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    command
}

/// What AWS's command line answers.
fn aws(arguments: &[&str]) -> Value {
    let mut command = at_moto(Command::new("aws"));
    command.args(arguments).env("AWS_PAGER", "").env("AWS_DEFAULT_OUTPUT", "json");
    let ended = output(command.env("AWS_DEFAULT_REGION", "eu-central-1"));
    assert!(ended.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
    serde_json::from_slice(&ended.stdout).unwrap_or_default()
}

/// A group of one to four servers, two of which are there.
fn create(group: &str) {
    let launch = ["--launch-configuration-name", group];
    let machine = ["--image-id", "ami-12c6146b", "--instance-type", "t2.micro"];
    let make = ["autoscaling", "create-launch-configuration"];
    aws(&[&make[..], &launch, &machine].concat());
    let sizes = ["--min-size", "1", "--max-size", "4", "--desired-capacity", "2"];
    let place = ["--availability-zones", "eu-central-1a", "--auto-scaling-group-name", group];
    aws(&[&["autoscaling", "create-auto-scaling-group"][..], &launch, &sizes, &place].concat());
}

/// The least, the most and the desired number of servers, and the instances.
fn group(name: &str) -> ([u64; 3], Vec<String>) {
    let answer = aws(&["autoscaling", "describe-auto-scaling-groups", "--auto-scaling-group-names", name]);
    let group = &answer["AutoScalingGroups"][0];
    let instances = group["Instances"].as_array().unwrap();
    let ids = instances.iter().map(|instance| instance["InstanceId"].as_str().unwrap().to_owned()).collect();
    (["MinSize", "MaxSize", "DesiredCapacity"].map(|size| group[size].as_u64().unwrap()), ids)
}

fn start(database: &TestDatabase, group: &str, change: impl FnOnce(&mut Command)) -> Process {
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--workers", "1", "--scale-group", group];
    let mut command = at_moto(calling(&arguments));
    change(command.env("DATABASE_URL", database.address()));
    Process::start(&mut command)
}

async fn refused(visitor: &Visitor<'_>, path: &str, fields: &[(&str, &str)], status: StatusCode) -> String {
    let answer = visitor.post(path, fields).await;
    assert_eq!(answer.status(), status, "{path}");
    text(&Html::parse_document(&answer.text().await.unwrap()), "[role=alert] p")
}

const POLICY: [(&str, &str); 6] = [
    ("grow", "60.5"),
    ("shrink", "20"),
    ("expand", "1.5"),
    ("shrink_ratio", "0.25"),
    ("least", "2"),
    ("most", "6"),
];

#[actix_web::test]
async fn the_pages_grow_shrink_and_stop_a_group_within_its_bounds() {
    create("sizes");
    let database = TestDatabase::sqlite();
    let server = start(&database, "sizes", |_| ());
    let admin = promoted(Visitor::of(&server), &database).await;
    let page = admin.page("/manager/size").await;
    let said = texts(&page, "main p").join(" ");
    assert!(said.contains("changed by the Auto Scaling group sizes."), "{said}");
    assert!(said.contains("The desired number is 2 servers now."), "{said}");
    assert_eq!(text(&page, "#servers-h"), "From 1 to 4.");
    for (servers, there) in [("4", 4), ("3", 3)] {
        assert_eq!(admin.sent_on("/manager/size", &[("servers", servers)]).await, "/manager/size");
        let (sizes, instances) = group("sizes");
        assert_eq!((sizes, instances.len()), ([1, 4, there], there as usize));
    }
    for (servers, found) in [("5", "5"), ("0", "0"), ("", "empty")] {
        let fields = [("servers", servers)];
        let said = refused(&admin, "/manager/size", &fields, StatusCode::UNPROCESSABLE_ENTITY).await;
        assert!(said.contains(found) && said.contains("expected a whole number from 1 to 4"), "{said}");
    }
    assert_eq!(group("sizes").0, [1, 4, 3]);
    let stop = [("step", "stop"), ("typed", "stop all servers")];
    assert_eq!(admin.sent_on("/manager/stop", &stop).await, "/manager/size");
    let (sizes, instances) = group("sizes");
    assert_eq!((sizes, instances.len()), ([0, 4, 0], 0));
}

#[actix_web::test]
async fn the_pages_remove_an_instance_and_nothing_that_is_none() {
    create("removals");
    let instances = group("removals").1;
    let database = TestDatabase::sqlite();
    let server = start(&database, "removals", |_| ());
    let admin = promoted(Visitor::of(&server), &database).await;
    for (id, name) in [("s1", instances[0].as_str()), ("s2", "app-1"), ("s3", "i-0123456789abcdef0")] {
        database.beside().execute(&format!(
            "INSERT INTO fleet_servers (id, name, role, version, state, started_at, seen_at)
             VALUES ('{id}', '{name}', 'all', '0.1.0', 'ready', '2999-01-01 00:00:00', '2999-01-01 00:00:00')"
        ));
    }
    for (id, why) in
        [("s2", "\"app-1\" is not the id of an instance"), ("s3", "is not in the Auto Scaling group")]
    {
        let path = format!("/manager/servers/{id}/remove");
        let said = refused(&admin, &path, &[], StatusCode::BAD_GATEWAY).await;
        assert!(said.starts_with("It was not removed: ") && said.contains(why), "{said}");
    }
    assert_eq!(group("removals").1.len(), 2);
    assert_eq!(admin.sent_on("/manager/servers/s1/remove", &[]).await, "/manager/servers");
    assert_eq!(group("removals"), ([1, 4, 1], vec![instances[1].clone()]));
    assert_eq!(database.beside().count("fleet_servers WHERE drain_asked_at IS NOT NULL"), 1);
}

#[actix_web::test]
async fn a_policy_becomes_two_policies_and_two_alarms_however_often_it_is_applied() {
    create("policies");
    let database = TestDatabase::sqlite();
    let server = start(&database, "policies", |_| ());
    let admin = promoted(Visitor::of(&server), &database).await;
    for changed in [("grow", "90"), POLICY[0], POLICY[0]] {
        let fields: Vec<_> = [changed].into_iter().chain(POLICY.into_iter().skip(1)).collect();
        let answer = admin.post("/manager/policy", &fields).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.text().await.unwrap());
    }
    assert_eq!(group("policies").0, [2, 6, 2]);
    let policies = aws(&["autoscaling", "describe-policies", "--auto-scaling-group-name", "policies"]);
    let policies = policies["ScalingPolicies"].as_array().unwrap();
    let named = |name: &str| policies.iter().find(|policy| policy["PolicyName"] == name).unwrap();
    let alarms = aws(&["cloudwatch", "describe-alarms", "--alarm-name-prefix", "policies-"]);
    let alarms = alarms["MetricAlarms"].as_array().unwrap();
    assert_eq!((policies.len(), alarms.len()), (2, 2));
    for (policy, alarm, adjustment, bound, threshold, comparison, minutes) in [
        ("policies-grow", "policies-busy", 50, "MetricIntervalLowerBound", 60.5, "GreaterThanThreshold", 2),
        (
            "policies-shrink",
            "policies-idle",
            -25,
            "MetricIntervalUpperBound",
            20.0,
            "LessThanOrEqualToThreshold",
            15,
        ),
    ] {
        let policy = named(policy);
        assert_eq!(policy["PolicyType"], "StepScaling");
        assert_eq!(policy["AdjustmentType"], "PercentChangeInCapacity");
        assert_eq!(policy["MinAdjustmentMagnitude"], 1);
        let steps = policy["StepAdjustments"].as_array().unwrap();
        assert_eq!((steps.len(), &steps[0]["ScalingAdjustment"]), (1, &Value::from(adjustment)));
        assert_eq!(steps[0][bound], 0.0, "{policy}");
        let alarm = alarms.iter().find(|found| found["AlarmName"] == alarm).unwrap();
        assert_eq!(
            (alarm["Threshold"].as_f64(), &alarm["ComparisonOperator"]),
            (Some(threshold), &comparison.into())
        );
        assert_eq!((&alarm["Period"], &alarm["EvaluationPeriods"]), (&60.into(), &minutes.into()));
        assert_eq!(
            (&alarm["Namespace"], &alarm["MetricName"]),
            (&"AWS/EC2".into(), &"CPUUtilization".into())
        );
        assert_eq!(alarm["Statistic"], "Average");
        let dimensions = serde_json::json!([{ "Name": "AutoScalingGroupName", "Value": "policies" }]);
        assert_eq!(alarm["Dimensions"], dimensions);
        assert_eq!(alarm["AlarmActions"], serde_json::json!([policy["PolicyARN"]]));
    }
    assert_eq!(named("policies-grow")["EstimatedInstanceWarmup"], 120);
    let page = admin.page("/manager/policy").await;
    assert!(
        texts(&page, "main p").iter().any(|said| said.contains("the step scaling of EC2’s Auto Scaling"))
    );
    let outside = [("servers", "1")];
    let said = refused(&admin, "/manager/size", &outside, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(said.contains("from 2 to 6"), "{said}");
}

#[actix_web::test]
async fn what_aws_lacks_is_said_on_the_page_and_no_secret_anywhere() {
    let away = |name: &'static str| {
        move |command: &mut Command| {
            command.env_remove(name);
        }
    };
    let nothing: Box<dyn FnOnce(&mut Command)> = Box::new(|_| ());
    for (change, expected) in [
        (nothing, "there is no Auto Scaling group \"nowhere\" in this region of this account."),
        (
            Box::new(away("AWS_REGION")),
            "AWS's region is not known; expected the environment variable AWS_REGION",
        ),
        (Box::new(away("AWS_ACCESS_KEY_ID")), "there are no credentials for AWS; expected an instance role"),
        (
            Box::new(|command| {
                command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
            }),
            "AWS does not answer.",
        ),
    ] {
        let database = TestDatabase::sqlite();
        let server = start(&database, "nowhere", change);
        let admin = promoted(Visitor::of(&server), &database).await;
        let page = admin.page("/manager/size").await;
        let said = text(&page, ".note.heed p");
        assert!(
            said.starts_with("The engine that changes it does not answer: ") && said.contains(expected),
            "{said}"
        );
        assert!(!page.html().contains("method=\"post\" action=\"/manager/size\""), "it offers a change");
        server.terminate();
        let (_, _, log) = server.ended();
        assert!(log.contains("the engine that scales the servers failed"), "{log}");
        assert!(!log.contains("a-very-secret-key"), "{log}");
    }
}

#[test]
fn one_engine_only_can_be_named() {
    for other in ["--scale-program", "--scale-deployment"] {
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--scale-group", "site", other, "app"];
        let ended = output(&mut calling(&arguments));
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(2), "{said}");
        assert!(said.contains("cannot be used with"), "{said}");
    }
}
