//! Over a connection to our own server: a JSON text is kept once its answer has gone out, and deleted if it never does.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::database::{Beside, TestDatabase};
use crate::harness::{PATIENCE, Site};

/// Waits until it is so.
async fn until(mut condition: impl FnMut() -> bool, otherwise: &str) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "{otherwise}");
        actix_web::rt::time::sleep(Duration::from_millis(10)).await;
    }
}

fn claimed(beside: &mut Beside) -> i64 {
    beside.count("personality_records WHERE unclaimed_until IS NULL")
}

#[actix_web::test]
async fn a_text_is_claimed_by_its_answer_alone_while_the_connection_stays_open() {
    let database = TestDatabase::sqlite();
    let site = Site::start(&["--database-url", database.address()]);
    site.ready().await;
    let mut beside = database.beside();
    // The second is compressed, so that its head goes out before its body is ready.
    for (sent, encoding) in [(1, "identity"), (2, "gzip")] {
        let request = site.client.post(site.url("/get_career_recommendations"));
        let answer =
            request.header("accept-encoding", encoding).json(&json!({"text": "words"})).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let location = answer.headers()["location"].to_str().unwrap().to_owned();
        answer.bytes().await.unwrap();
        // Nobody opens the address, which would claim it as well, and the client keeps its connection.
        until(|| claimed(&mut beside) == sent, "the answer did not claim the text").await;
        assert_eq!(site.get(&location).await.status(), 200);
    }
}

#[actix_web::test]
async fn a_deferred_text_is_claimed_by_the_answer_that_says_so() {
    let database = TestDatabase::sqlite();
    let site = Site::start(&["--database-url", database.address(), "--deadline", "0.001"]);
    site.ready().await;
    let mut beside = database.beside();
    let answer = site.post_json("/get_career_recommendations", &json!({"text": "words"})).await;
    assert_eq!((answer.status().as_u16(), answer.headers().contains_key("location")), (503, true));
    answer.bytes().await.unwrap();
    until(|| claimed(&mut beside) == 1, "the answer did not claim the text").await;
}

/// Posts a text and hangs up without waiting for the answer.
fn post_and_leave(site: SocketAddr, text: &str) {
    let body = json!({ "text": text }).to_string();
    let mut stream = TcpStream::connect(site).unwrap();
    let head = format!(
        "POST /get_career_recommendations HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
}

#[actix_web::test]
async fn the_text_of_a_client_that_hangs_up_is_erased() {
    let database = TestDatabase::sqlite();
    let site = Site::start(&["--database-url", database.address(), "--metrics-listen", "127.0.0.1:0"]);
    site.ready().await;
    let metrics = format!("http://{}/metrics", site.metrics.unwrap());
    let cancelled = async || {
        let metrics = site.client.get(&metrics).send().await.unwrap().text().await.unwrap();
        let line = metrics.lines().find(|line| line.starts_with("calling_submissions_cancelled_total "));
        line.unwrap().rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    // Long enough to be stored before it is read, though not always before its client has left.
    let text = "I like quiet mornings and long walks, and I plan every week. ".repeat(300);
    let started = Instant::now();
    while cancelled().await == 0.0 {
        assert!(started.elapsed() < PATIENCE, "no text was stored and erased");
        post_and_leave(site.address(), &text);
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    }
    let mut beside = database.beside();
    until(|| beside.count("personality_records") == 0, "a text of nobody is kept").await;
}
