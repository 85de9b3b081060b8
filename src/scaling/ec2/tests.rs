//! Against a stub that answers as AWS documents. tests/it/ec2.rs scales a group of moto's, which never refuses anything.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use aws_config::Region;
use aws_sdk_autoscaling::config::Credentials;

use super::*;
use crate::telemetry::sentence;

const SECRET: &str = "a-very-secret-key";

/// The engine for a group whose API is at this address.
fn engine(endpoint: &str) -> Ec2 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let loader = loader().region(Region::new("eu-central-1")).endpoint_url(endpoint);
    let keys = Credentials::new("AKIDEXAMPLE", SECRET, Some("a-session-token".to_owned()), None, "tests");
    let config = runtime.block_on(loader.credentials_provider(keys).load());
    Ec2 { group: "site".to_owned(), clients: Mutex::new(Some(Clients::of(&config).unwrap())) }
}

/// A request as it arrived: the path and the body.
type Asked = (String, Vec<u8>);

/// Stands in for AWS with these answers, each a status and a body, and returns what it was asked.
fn stand_in(answers: Vec<(u16, Vec<u8>)>) -> (Ec2, JoinHandle<Vec<Asked>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let engine = engine(&format!("http://{}", listener.local_addr().unwrap()));
    let serving = std::thread::spawn(move || answers.iter().map(|answer| serve(&listener, answer)).collect());
    (engine, serving)
}

fn serve(listener: &TcpListener, (status, body): &(u16, Vec<u8>)) -> Asked {
    let (mut stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut path, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        let (name, value) = line.trim().split_once(' ').unwrap();
        match name.to_ascii_lowercase().as_str() {
            "post" => path = value.split(' ').next().unwrap().to_owned(),
            "content-length:" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut sent = vec![0; length];
    reader.read_exact(&mut sent).unwrap();
    let (kind, protocol) =
        if path == "/" { ("text/xml", "") } else { ("application/cbor", "smithy-protocol: rpc-v2-cbor\r\n") };
    let head = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: {kind}\r\n{protocol}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    (path, sent)
}

/// As Auto Scaling describes a group.
fn described(desired: u32, least: u32, most: u32, instances: &[&str]) -> (u16, Vec<u8>) {
    let member = |id: &&str| format!("<member><InstanceId>{id}</InstanceId></member>");
    let instances: String = instances.iter().map(member).collect();
    let group = format!(
        "<member><AutoScalingGroupName>site</AutoScalingGroupName><MinSize>{least}</MinSize><MaxSize>{most}</MaxSize>\
         <DesiredCapacity>{desired}</DesiredCapacity><Instances>{instances}</Instances></member>"
    );
    answer("DescribeAutoScalingGroups", &format!("<AutoScalingGroups>{group}</AutoScalingGroups>"))
}

fn answer(action: &str, result: &str) -> (u16, Vec<u8>) {
    let space = "http://autoscaling.amazonaws.com/doc/2011-01-01/";
    let result = format!("<{action}Result>{result}</{action}Result>");
    (200, format!("<{action}Response xmlns=\"{space}\">{result}</{action}Response>").into_bytes())
}

fn refusal(status: u16, code: &str, message: &str) -> (u16, Vec<u8>) {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
    let space = "http://autoscaling.amazonaws.com/doc/2011-01-01/";
    (
        status,
        format!("<ErrorResponse xmlns=\"{space}\">{error}<RequestId>r</RequestId></ErrorResponse>")
            .into_bytes(),
    )
}

fn form(asked: &Asked) -> Vec<(String, String)> {
    url::form_urlencoded::parse(&asked.1).into_owned().collect()
}

fn value(asked: &Asked, name: &str) -> String {
    form(asked).into_iter().find(|(of, _)| of == name).map(|(_, value)| value).unwrap_or_default()
}

#[test]
fn a_number_is_set_within_the_bounds_of_the_group_only() {
    let answers = vec![
        described(2, 1, 4, &[]),
        described(2, 1, 4, &[]),
        answer("SetDesiredCapacity", ""),
        described(2, 1, 4, &[]),
    ];
    let (engine, serving) = stand_in(answers);
    let seen = engine.describe().unwrap();
    assert_eq!((seen.desired, seen.bounds), (Some(2), Some((1, 4))));
    assert_eq!(
        (seen.what.as_str(), seen.algorithm),
        ("the Auto Scaling group site", Some(Algorithm::StepScaling))
    );
    engine.set_desired(4).unwrap();
    let refused = engine.set_desired(5).unwrap_err().to_string();
    assert_eq!(refused, "the Auto Scaling group site allows 1 to 4 servers, and 5 would be there");
    let asked = serving.join().unwrap();
    assert_eq!(value(&asked[2], "Action"), "SetDesiredCapacity");
    assert_eq!(
        (value(&asked[2], "DesiredCapacity"), value(&asked[2], "HonorCooldown")),
        ("4".into(), "false".into())
    );
}

#[test]
fn all_servers_stop_though_the_group_has_a_least_number() {
    let (engine, serving) = stand_in(vec![answer("UpdateAutoScalingGroup", "")]);
    engine.set_desired(0).unwrap();
    let asked = serving.join().unwrap();
    let of = |name| value(&asked[0], name);
    assert_eq!(
        [of("Action"), of("MinSize"), of("DesiredCapacity"), of("MaxSize")],
        ["UpdateAutoScalingGroup", "0", "0", ""]
    );
}

#[test]
fn an_instance_of_the_group_is_removed_and_no_other() {
    let (one, two) = ("i-0123456789abcdef0", "i-89abcdef");
    let answers = vec![
        described(2, 1, 4, &[one]),
        answer("TerminateInstanceInAutoScalingGroup", ""),
        described(2, 1, 4, &[one]),
        described(1, 1, 4, &[one]),
    ];
    let (engine, serving) = stand_in(answers);
    assert_eq!(engine.remove(one).unwrap(), Removal::ByEngine);
    let refused = engine.remove(two).unwrap_err().to_string();
    assert_eq!(refused, "the instance i-89abcdef is not in the Auto Scaling group site");
    let refused = engine.remove(one).unwrap_err().to_string();
    assert_eq!(refused, "the Auto Scaling group site allows 1 to 4 servers, and 0 would be there");
    for name in ["app-6d5f", "i-012345", "i-0123456789abcdefg", "i-0123456789abcdef01", ""] {
        let refused = engine.remove(name).unwrap_err().to_string();
        assert!(refused.contains("is not the id of an instance"), "{refused}");
    }
    let asked = serving.join().unwrap();
    assert_eq!(value(&asked[1], "Action"), "TerminateInstanceInAutoScalingGroup");
    assert_eq!(value(&asked[1], "InstanceId"), one);
    assert_eq!(value(&asked[1], "ShouldDecrementDesiredCapacity"), "true");
}

#[test]
fn a_policy_becomes_bounds_and_two_steps_each_with_its_alarm() {
    let policy = answer("PutScalingPolicy", "<PolicyARN>arn:aws:autoscaling:p</PolicyARN>");
    // An empty map in CBOR.
    let alarm = (200, vec![0xa0]);
    let answers = vec![
        described(9, 1, 9, &[]),
        answer("UpdateAutoScalingGroup", ""),
        policy.clone(),
        alarm.clone(),
        policy,
        alarm,
    ];
    let (engine, serving) = stand_in(answers);
    assert_eq!(engine.set_policy(&Policy::default()).unwrap(), PolicyKept::ByEngine);
    let asked = serving.join().unwrap();
    let of = |place: usize, name: &str| value(&asked[place], name);
    assert_eq!([of(1, "MinSize"), of(1, "MaxSize"), of(1, "DesiredCapacity")], ["1", "8", "8"]);
    let step = "StepAdjustments.member.1";
    for (place, name, bound, adjustment, warm_up) in [
        (2, "site-grow", "MetricIntervalLowerBound", "100", "120"),
        (4, "site-shrink", "MetricIntervalUpperBound", "-10", ""),
    ] {
        assert_eq!(of(place, "PolicyName"), name);
        assert_eq!(of(place, "PolicyType"), "StepScaling");
        assert_eq!(of(place, "AdjustmentType"), "PercentChangeInCapacity");
        assert_eq!(of(place, "MinAdjustmentMagnitude"), "1");
        assert_eq!(of(place, &format!("{step}.{bound}")), "0.0");
        assert_eq!(of(place, &format!("{step}.ScalingAdjustment")), adjustment);
        assert_eq!(of(place, "EstimatedInstanceWarmup"), warm_up);
        let (path, body) = &asked[place + 1];
        assert!(path.ends_with("/operation/PutMetricAlarm"), "{path}");
        let said = String::from_utf8_lossy(body).into_owned();
        assert!(said.contains("arn:aws:autoscaling:p"), "the alarm calls the policy");
    }
}

#[test]
fn refusals_are_told_in_words_and_without_secrets() {
    let throttled = refusal(400, "Throttling", "Rate exceeded");
    for (answers, expected) in [
        (
            vec![refusal(403, "AccessDenied", "User: arn:aws:sts::1:assumed-role/site is not authorized")],
            "the server's role lacks the permission autoscaling:DescribeAutoScalingGroups",
        ),
        (
            // The SDK tries three times.
            vec![throttled.clone(), throttled.clone(), throttled],
            "AWS receives too many requests from this account now; try again in a minute",
        ),
        (
            vec![refusal(403, "ExpiredToken", "The security token a-session-token is expired")],
            "the credentials for AWS have expired",
        ),
        (
            vec![refusal(403, "SignatureDoesNotMatch", "x-amz-security-token:a-session-token")],
            "AWS does not accept the credentials (SignatureDoesNotMatch)",
        ),
        (
            vec![answer("DescribeAutoScalingGroups", "<AutoScalingGroups></AutoScalingGroups>")],
            "there is no Auto Scaling group \"site\" in this region of this account",
        ),
        (
            vec![refusal(400, "ValidationError", "1 validation error detected.")],
            "AWS refused autoscaling:DescribeAutoScalingGroups with ValidationError: 1 validation error detected",
        ),
        (
            vec![refusal(400, "OptInRequired", "a-session-token")],
            "AWS refused autoscaling:DescribeAutoScalingGroups with OptInRequired",
        ),
        (
            vec![(200, b"this is no XML".to_vec())],
            "AWS's answer to autoscaling:DescribeAutoScalingGroups is not understood",
        ),
    ] {
        let (engine, serving) = stand_in(answers);
        let error = engine.describe().unwrap_err();
        assert_eq!(error.to_string(), expected);
        for secret in [SECRET, "a-session-token"] {
            assert!(!sentence(&error).contains(secret), "{}", sentence(&error));
            assert!(!format!("{engine:?}").contains(secret));
        }
        serving.join().unwrap();
    }
}

#[test]
fn a_cloud_that_cannot_be_reached_is_told_in_words() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = engine(&format!("http://{address}")).describe().unwrap_err();
    assert_eq!(error.to_string(), "AWS does not answer");
    assert!(sentence(&error).contains("refused"), "{}", sentence(&error));
}

#[test]
fn an_engine_ends_inside_of_a_runtime_without_a_panic() {
    let engine = engine("http://127.0.0.1:9");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let work = async {
        let asked = tokio::task::spawn_blocking(move || {
            let error = engine.describe().unwrap_err().to_string();
            (engine, error)
        });
        let (engine, error) = asked.await.unwrap();
        drop(engine);
        error
    };
    assert_eq!(runtime.block_on(work), "AWS does not answer");
}
