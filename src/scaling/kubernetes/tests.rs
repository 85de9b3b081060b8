use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use serde_json::json;

use super::*;

/// What an API server answers: the status and the body, in the order of the requests.
type Answers = Vec<(u16, Value)>;

/// A request as it arrived: the line, the content type, the authorization and the body.
#[derive(Debug, PartialEq)]
struct Asked {
    line: String,
    kind: String,
    authorization: String,
    body: Value,
}

/// Stands in for the API server, and returns what it was asked.
fn stand_in(answers: Answers) -> (tempfile::TempDir, Kubernetes, JoinHandle<Vec<Asked>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("token", "a-token\n"), ("namespace", "site\n"), ("ca.crt", "")] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let deployment = Deployment {
        api: format!("http://{}", listener.local_addr().unwrap()),
        account: folder.path().to_owned(),
        name: "app".to_owned(),
    };
    let serving = std::thread::spawn(move || answers.iter().map(|answer| serve(&listener, answer)).collect());
    (folder, Kubernetes::new(deployment).unwrap(), serving)
}

fn serve(listener: &TcpListener, (status, body): &(u16, Value)) -> Asked {
    let (mut stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let header = |name: &str| {
        let found = lines.iter().find_map(|line| {
            let (named, value) = line.split_once(": ")?;
            named.eq_ignore_ascii_case(name).then(|| value.to_owned())
        });
        found.unwrap_or_default()
    };
    let mut sent = vec![0; header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut sent).unwrap();
    let text = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    Asked {
        line: lines[0].clone(),
        kind: header("content-type"),
        authorization: header("authorization"),
        body: serde_json::from_slice(&sent).unwrap_or(Value::Null),
    }
}

/// As the API server writes it.
fn scale(replicas: Value) -> Value {
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": { "name": "app", "namespace": "site", "resourceVersion": "21402" },
        "spec": replicas,
        "status": { "replicas": 3, "selector": "app.kubernetes.io/name=app" },
    })
}

const SCALE: &str = "/apis/apps/v1/namespaces/site/deployments/app/scale HTTP/1.1";

#[test]
fn the_number_of_pods_is_read_and_set_at_the_scale() {
    let answers = vec![
        (200, scale(json!({ "replicas": 3 }))),
        (200, scale(json!({ "replicas": 5 }))),
        (200, scale(json!({}))),
    ];
    let (_folder, engine, serving) = stand_in(answers);
    assert_eq!(engine.describe().unwrap().desired, Some(3));
    engine.set_desired(5).unwrap();
    assert_eq!(engine.describe().unwrap().desired, Some(0), "a scale of zero is written without the field");
    let asked = serving.join().unwrap();
    assert_eq!(asked[0].line, format!("GET {SCALE}"));
    let expected = Asked {
        line: format!("PATCH {SCALE}"),
        kind: MERGE.to_owned(),
        authorization: "Bearer a-token".to_owned(),
        body: json!({ "spec": { "replicas": 5 } }),
    };
    assert_eq!(asked[1], expected);
}

#[test]
fn a_pod_is_marked_before_there_is_one_less() {
    let answers = vec![
        (200, scale(json!({ "replicas": 3 }))),
        (200, json!({})),
        (200, scale(json!({ "replicas": 2 }))),
    ];
    let (_folder, engine, serving) = stand_in(answers);
    assert_eq!(engine.remove("app-6d5f-x2x").unwrap(), Removal::ByEngine);
    let asked = serving.join().unwrap();
    assert_eq!(asked[1].line, "PATCH /api/v1/namespaces/site/pods/app-6d5f-x2x HTTP/1.1");
    let cost = &asked[1].body["metadata"]["annotations"]["controller.kubernetes.io/pod-deletion-cost"];
    assert_eq!(cost, "-2147483648");
    assert_eq!(asked[2].body, json!({ "spec": { "replicas": 2 } }));
}

#[test]
fn a_policy_becomes_an_autoscaler() {
    let (_folder, engine, serving) = stand_in(vec![(201, json!({}))]);
    assert_eq!(engine.set_policy(&Policy::default()).unwrap(), PolicyKept::ByEngine);
    let asked = serving.join().unwrap();
    assert_eq!(
        asked[0].line,
        "PATCH /apis/autoscaling/v2/namespaces/site/horizontalpodautoscalers/app?fieldManager=calling&force=true HTTP/1.1"
    );
    assert_eq!(asked[0].kind, APPLY);
    // tests/deploy/kubernetes.py validates this file against the schemas of Kubernetes.
    let published = include_str!("../../../tests/fixtures/kubernetes/autoscaler.json");
    assert_eq!(asked[0].body, serde_json::from_str::<Value>(published).unwrap());
}

#[test]
fn refusals_and_silence_are_told_in_words() {
    let refusal = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Forbidden", "code": 403,
        "message": "deployments.apps \"app\" is forbidden: User \"system:serviceaccount:site:calling\" cannot patch",
    });
    let (_folder, engine, serving) = stand_in(vec![(403, refusal), (502, json!("bad gateway"))]);
    let said = engine.set_desired(2).unwrap_err().to_string();
    assert!(said.starts_with("Kubernetes refused with 403: deployments.apps \"app\" is forbidden"), "{said}");
    let said = engine.set_desired(2).unwrap_err().to_string();
    assert_eq!(said, "Kubernetes refused with 502: no reason");
    serving.join().unwrap();
    let said = engine.set_desired(2).unwrap_err().to_string();
    assert_eq!(said, "Kubernetes does not answer", "nobody listens any more");
}
