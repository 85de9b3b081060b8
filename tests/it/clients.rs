//! Requests as clients really send them: odd addresses, odd headers, odd bodies, odd line breaks.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{PATIENCE, Process, Site, calling};
use crate::site::{Visitor, texts};

/// Sends these pieces one by one, each in a packet of its own, and returns the answer until the server closes.
fn answered(site: SocketAddr, pieces: &[&[u8]]) -> String {
    let mut stream = TcpStream::connect(site).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // A server that refuses a head does not read what follows.
    let refused = |error: std::io::Error| {
        assert!([ErrorKind::BrokenPipe, ErrorKind::ConnectionReset].contains(&error.kind()), "{error}");
    };
    for piece in pieces {
        if let Err(error) = stream.write_all(piece) {
            refused(error);
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        refused(error);
    }
    String::from_utf8(answer).unwrap()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

#[actix_web::test]
async fn addresses_that_are_typed_slightly_otherwise_lead_where_they_mean() {
    let site = Site::start(&[]);
    for (typed, path) in [
        ("/about/", "/about"),
        ("//about", "/about"),
        ("/About?a=B", "/about?a=B"),
        ("/types/INFJ", "/types/infj"),
        ("/privacy.", "/privacy"),
        ("/index.html", "/"),
    ] {
        let sent_on = site.page(typed).await;
        assert_eq!(sent_on.status(), 301, "{typed}");
        assert_eq!(sent_on.headers()["location"], path, "{typed}");
        assert!(sent_on.headers().contains_key("content-security-policy"), "{typed}");
        assert_eq!(site.page(path).await.status(), 200, "{path}");
    }
    // Probes and programs may follow no redirect.
    for probe in ["/health/", "//health", "/HEALTH", "/healthz", "/livez"] {
        assert_eq!(site.get(probe).await.text().await.unwrap(), "OK", "{probe}");
    }
    assert_eq!(site.get("/api/v1/careers/").await.status(), 200);
    for path in ["/classify_mbti/", "//classify_mbti", "/Classify_MBTI"] {
        let body = serde_json::json!({"text": "I like quiet mornings."});
        assert_eq!(site.post_json(path, &body).await.status(), 200, "{path}");
    }
    assert_eq!(site.get("/no/such/page").await.status(), 404);
    // Never to another site.
    for typed in ["//evil.example/", "/\\evil.example/", "/\\/evil.example."] {
        let request = format!("GET {typed} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let answer = answered(site.address(), &[request.as_bytes()]);
        let location = answer.lines().find_map(|line| line.strip_prefix("location: "));
        assert!(location.is_none_or(|location| location == "/evil.example"), "{typed}: {answer}");
    }
}

#[actix_web::test]
async fn a_key_keeps_its_case_and_loses_the_full_stop_behind_it() {
    let site = Site::start(&[]);
    let body = serde_json::json!({"text": "I like quiet mornings."});
    let answer = site.post_json("/get_career_recommendations", &body).await;
    let path = answer.headers()["location"].to_str().unwrap().to_owned();
    for typed in [format!("{path}."), format!("{path}/"), format!("/{path}%22,")] {
        let sent_on = site.page(&typed).await;
        assert_eq!(sent_on.status(), 301, "{typed}");
        assert_eq!(sent_on.headers()["location"].to_str().unwrap(), path, "{typed}");
    }
    assert_eq!(site.page(&path).await.status(), 200);
}

#[actix_web::test]
async fn json_is_taken_with_a_mark_and_half_a_pair_and_refused_with_line_and_column() {
    let site = Site::start(&[]);
    let send = async |body: &[u8]| {
        let request = site.client.post(site.url("/classify_mbti")).header("content-type", "application/json");
        let answer = request.body(body.to_vec()).send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        (status, body["message"].as_str().unwrap_or_default().to_owned())
    };
    for taken in [
        b"\xef\xbb\xbf{\"text\": \"I like tea.\"}".as_slice(),
        br#"{"text": "I like \ud83d tea."}"#,
        br#"{"text": "\ude00\ud83d"}"#,
    ] {
        assert_eq!(send(taken).await.0, 200);
    }
    for (refused, found) in [
        (
            b"{\"text\":\n \"one\ntwo\"}".as_slice(),
            "a line break (write \\n) inside a string in line 2, column 6",
        ),
        (b"{\"text\": \"caf\xe9\"}", "the byte 0xE9, which is not UTF-8 in line 1, column 14"),
        (b"{\"text\": \"\\u200b\\u2060\\u00ad\"}", "found an empty text"),
        (b"\xff\xfe{\0\"\0", "the byte 0xFF, which is not UTF-8 in line 1, column 1"),
    ] {
        let (status, message) = send(refused).await;
        assert!(status == 400 && message.contains(found), "{status} {message}");
    }
}

#[actix_web::test]
async fn multipart_is_refused_with_what_is_expected() {
    let site = Site::start(&[]);
    let body = "--x\r\ncontent-disposition: form-data; name=\"text\"\r\n\r\nI like tea.\r\n--x--\r\n";
    for (path, expected) in [
        ("/get_career_recommendations", "application/json"),
        ("/questions/7", "application/x-www-form-urlencoded"),
    ] {
        let request = site.client.post(site.url(path));
        let request = request.header("content-type", "multipart/form-data; boundary=x").body(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 415, "{path}");
        let said = answer.text().await.unwrap();
        assert!(said.contains(expected), "{path}: {said}");
    }
}

const HEAD: &str = "POST /classify_mbti HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                    content-type: application/json\r\n";
const BODY: &str = "{\"text\": \"I like tea.\"}";

#[actix_web::test]
async fn line_breaks_between_packets_and_bodies_in_pieces_are_read_as_the_rfcs_say() {
    let site = Site::start(&[]);
    let length = format!("{HEAD}content-length: {}\r\n\r\n{BODY}", BODY.len());
    let whole = length.as_bytes();
    let first = whole.iter().position(|byte| *byte == b'\r').unwrap() + 1;
    let last = length.find("\r\n\r\n").unwrap() + 3;
    // Between CR and LF of the first line, of the empty line, and within the body.
    let pieces = [&whole[..first], &whole[first..last], &whole[last..last + 6], &whole[last + 6..]];
    assert_eq!(status(&answered(site.address(), &pieces)), "200");
    // RFC 9112, 2.2: a recipient may take a single LF for the end of a line.
    let answer = answered(site.address(), &[length.replace("\r\n", "\n").as_bytes()]);
    assert!(["200", "400"].contains(&status(&answer)), "{answer}");
    let (start, end) = BODY.split_at(9);
    let chunked = format!(
        "{HEAD}transfer-encoding: chunked\r\n\r\n{:x};note=\"a\"\r\n{start}\r\n{:X}\r\n{end}\r\n0\r\n\r\n",
        start.len(),
        end.len()
    );
    let cut = chunked.find(&format!("\r\n{start}")).unwrap() + 1;
    let pieces = [&chunked.as_bytes()[..cut], &chunked.as_bytes()[cut..]];
    assert_eq!(status(&answered(site.address(), &pieces)), "200");
}

#[actix_web::test]
async fn heads_that_two_servers_could_read_differently_are_refused_in_a_sentence() {
    let site = Site::start(&[]);
    let (length, chunks) = (format!("content-length: {}\r\n", BODY.len()), "transfer-encoding: chunked\r\n");
    for head in [
        format!("{HEAD}{length}{chunks}\r\n0\r\n\r\n"),
        format!("{HEAD}{length}content-length: 3\r\n\r\n{BODY}"),
        format!("{HEAD}content-length: +22\r\n\r\n{BODY}"),
        format!("{HEAD}{length}x-note: a\r\n folded\r\n\r\n{BODY}"),
        format!("{HEAD}{length}x-note : a\r\n\r\n{BODY}"),
        format!("{HEAD}{length}x-note: a\rb\r\n\r\n{BODY}"),
        format!("{HEAD}{chunks}\r\nzz\r\n{BODY}\r\n0\r\n\r\n"),
    ] {
        let answer = answered(site.address(), &[head.as_bytes()]);
        assert_eq!(status(&answer), "400", "{head}: {answer}");
        let said = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
        assert!(said.contains(' ') && answer.contains("x-content-type-options: nosniff"), "{head}: {answer}");
    }
}

#[actix_web::test]
async fn an_answer_of_invisible_characters_is_no_answer() {
    let site = Site::start(&[]);
    let visitor = Visitor::new(&site);
    visitor.begin().await;
    visitor.answer_page(7, "4", "\u{200b}\u{2060}\r\n\u{2800}\u{ad}").await;
    let gaps = |page: &scraper::Html| texts(page, "main").concat();
    let unseen = gaps(&visitor.page("/questions/check").await);
    visitor.answer_page(7, "4", "A lighthouse.").await;
    let seen = gaps(&visitor.page("/questions/check").await);
    let missing = |said: &str| said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_ne!(missing(&unseen), missing(&seen), "the check page counts them as answers");
}

#[actix_web::test]
async fn an_unreadable_forwarded_address_is_logged_once_without_the_address() {
    let folder = tempfile::TempDir::new().unwrap();
    let mut command = calling(&["--listen", "127.0.0.1:0", "--trusted-proxies", "127.0.0.1"]);
    let server = Process::start(command.current_dir(&folder));
    let client = reqwest::Client::new();
    for entry in ["198.51.100.7:secret", "unknown", "198.51.100.7"] {
        let request = client.get(format!("http://{}/about", server.address));
        assert_eq!(request.header("x-forwarded-for", entry).send().await.unwrap().status(), 200);
    }
    server.terminate();
    let (_, _, log) = server.ended();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("X-Forwarded-For")).collect();
    assert!(lines.len() == 1 && lines[0].contains("999.99.999.9:aaaaaa"), "{lines:?}");
    assert!(!log.contains("198.51.100"), "{log}");
}
