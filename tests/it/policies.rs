//! The policy as JSON says what its page shows: the policy, the simulation, and the range of the number of servers.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use scraper::Html;
use serde_json::{Value, json};

use crate::accounts::administrator;
use crate::database::TestDatabase;
use crate::harness::Site;
use crate::site::{Visitor, text, texts};

const POLICY: [(&str, &str); 6] = [
    ("grow", "65"),
    ("shrink", "25"),
    ("expand", "2"),
    ("shrink_ratio", "0.1"),
    ("least", "2"),
    ("most", "8"),
];

async fn json(visitor: &Visitor<'_>, path: &str) -> Value {
    visitor.get(path).await.json().await.unwrap()
}

/// Every load is drawn as it is told: servers and CPU minute by minute, and whether they settle.
fn assert_same_simulation(page: &Html, told: &Value) {
    let loads = told["simulation"].as_array().unwrap();
    assert_eq!(loads.iter().map(|load| &load["load"]).collect::<Vec<_>>(), ["steady", "rising", "falling"]);
    for load in loads {
        let minutes = load["minutes"].as_array().unwrap();
        assert_eq!(minutes.len(), 60);
        let column = |chart: &str| {
            let name = load["load"].as_str().unwrap();
            let mut values = texts(page, &format!("#{name}-{chart}-d tbody td"));
            values.reverse();
            values
        };
        let servers: Vec<String> = minutes.iter().map(|minute| minute["servers"].to_string()).collect();
        assert_eq!(column("servers"), servers);
        let share = |minute: &Value| format!("{:.1}%", minute["cpu"].as_f64().unwrap() * 100.0);
        assert_eq!(column("cpu"), minutes.iter().map(share).collect::<Vec<_>>());
        let last = format!("{:.1}", minutes[59]["load"].as_f64().unwrap());
        let place = format!("section:has(#{}-cpu-d) p", load["load"].as_str().unwrap());
        let said = text(page, &place);
        assert!(
            said.contains(&format!("{last} servers fully busy")) || said.contains(&format!(" to {last}.")),
            "{said}"
        );
        let ends = match load["settled"].as_u64() {
            Some(1) => "It ends with one server,".to_owned(),
            Some(servers) => format!("It ends with {servers} servers,"),
            None => "It still changes at the end of the hour".to_owned(),
        };
        assert!(said.contains(&ends), "{said} {ends}");
    }
}

#[actix_web::test]
async fn the_policy_as_json_has_the_simulation_and_the_range_that_the_pages_show() {
    let database = TestDatabase::sqlite();
    let program = database.directory().join("scale");
    fs::write(&program, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let program = program.display().to_string();
    let site = Site::start(&["--database-url", database.address(), "--scale-program", &program]);
    let boss = administrator(&site, &database).await;

    let proposed = json(&boss, "/manager/policy.json").await;
    assert_eq!((&proposed["policy"], &proposed["simulated"]["most"]), (&Value::Null, &8.into()));
    assert_same_simulation(&boss.page("/manager/policy").await, &proposed);

    boss.sent_on("/manager/policy", &POLICY).await;
    let set = json(&boss, "/manager/policy.json").await;
    let policy =
        json!({ "grow": 65.0, "shrink": 25.0, "expand": 2.0, "shrink_ratio": 0.1, "least": 2, "most": 8 });
    assert_eq!((&set["policy"], &set["simulated"], &set["algorithm"]), (&policy, &policy, &"steps".into()));
    assert_same_simulation(&boss.page("/manager/policy").await, &set);
    let size = boss.page("/manager/size").await;
    let (least, most) = (&set["bounds"]["least"], &set["bounds"]["most"]);
    assert_eq!(text(&size, "#servers-h"), format!("From {least} to {most}."));
    let desired = format!("The desired number is {} servers now.", set["bounds"]["desired"]);
    assert_eq!(text(&size, ".lede"), desired);

    let draft = "?grow=90&shrink=25&expand=2&shrink_ratio=0.1&least=1&most=12";
    let told = json(&boss, &format!("/manager/policy.json{draft}")).await;
    assert_eq!(
        (&told["policy"], &told["simulated"]["most"]),
        (&policy, &12.into()),
        "a draft is not in force"
    );
    assert_same_simulation(&boss.page(&format!("/manager/policy{draft}")).await, &told);

    let wrong = "?grow=20&shrink=25&expand=2&shrink_ratio=0.1&least=1&most=12";
    let told = json(&boss, &format!("/manager/policy.json{wrong}")).await;
    let page = boss.page(&format!("/manager/policy{wrong}")).await;
    assert_eq!(json!(texts(&page, "[role=alert] li")), told["faults"]);
    assert_eq!((&told["simulated"], &told["simulation"]), (&Value::Null, &json!([])));
}

#[actix_web::test]
async fn without_an_engine_no_range_is_told() {
    let database = TestDatabase::sqlite();
    let site = Site::start(&["--database-url", database.address()]);
    let told = json(&administrator(&site, &database).await, "/manager/policy.json").await;
    assert_eq!((&told["bounds"], told["simulation"].as_array().unwrap().len()), (&Value::Null, 3));
}
