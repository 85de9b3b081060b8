//! Clients that hold resources: bodies and heads that never end, answers that nobody reads, more connections than there
//! are files. Meanwhile others must be served.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::harness::{PATIENCE, Process, Site, calling};

/// The program under limits of open files, such as `-n 256`.
fn limited(limit: &str, arguments: &[&str]) -> Process {
    let folder = tempfile::TempDir::new().unwrap().keep();
    let database = format!("sqlite://{}", folder.join("calling.db").display());
    let program = calling(arguments);
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit {limit} && exec \"$0\" \"$@\""));
    command.arg(program.get_program()).args(["--listen", "127.0.0.1:0", "--database-url", &database]);
    command.args(["--workers", "2"]).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Process::start(&mut command)
}

/// Sends this much and holds the connection.
fn send(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    // The tests expect the server to close first, so errors are ignored.
    match stream.write_all(bytes) {
        Ok(()) => {}
        Err(error) if [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset].contains(&error.kind()) => {}
        Err(error) => panic!("{error}"),
    }
    stream
}

/// What the server sends until it closes, and how long that takes.
fn until_closed(mut stream: TcpStream) -> (String, Duration) {
    let started = Instant::now();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("{error}"),
    }
    (String::from_utf8_lossy(&answer).into_owned(), started.elapsed())
}

fn unfinished_post(cookie: &str, length: usize) -> String {
    format!(
        "POST /questions/7 HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: same-origin\r\n{cookie}\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\nq01="
    )
}

/// Requests a page from this address of the machine, on a new connection each time, until told to stop. Returns how
/// long each answer took.
async fn served(
    site: SocketAddr,
    from: [u8; 4],
    mut stop: tokio::sync::watch::Receiver<bool>,
) -> Vec<Duration> {
    let client = reqwest::Client::builder()
        .local_address(IpAddr::from(from))
        .pool_max_idle_per_host(0)
        .timeout(PATIENCE)
        .build()
        .unwrap();
    let mut took = Vec::new();
    // An attack still holds its resources after it has ended.
    while !*stop.borrow_and_update() || took.len() < 20 {
        let started = Instant::now();
        let answer = client.get(format!("http://{site}/about")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().await.unwrap();
        took.push(started.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    took
}

fn p95(mut took: Vec<Duration>) -> Duration {
    took.sort();
    took[took.len() * 95 / 100]
}

fn resident_bytes(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024
}

/// Paths or kinds of what the process has open.
fn open_files(process: &Process) -> Vec<String> {
    let entries = std::fs::read_dir(format!("/proc/{}/fd", process.id())).unwrap();
    // A file that is closed meanwhile has no target.
    let targets = entries.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    targets.map(|target| target.display().to_string()).collect()
}

/// Unlike files, of which the database opens more whenever it needs another connection, these belong to clients and listeners.
fn open_sockets(process: &Process) -> usize {
    open_files(process).iter().filter(|target| target.starts_with("socket:")).count()
}

/// Runs an attack in a thread of its own while another address and the same one request pages. Nearly all of these take less
/// than a second, or than three times what another server takes at the same time that nobody attacks: the machine may be busy.
async fn attacked<T: Send + 'static>(site: SocketAddr, attack: impl FnOnce() -> T + Send + 'static) -> T {
    let unharmed = Site::start(&["--rate-limit", "0"]);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let request = |site, from| tokio::spawn(served(site, from, stopped.clone()));
    let others = [request(site, [127, 0, 0, 2]), request(site, [127, 0, 0, 1])];
    let compared = request(unharmed.address(), [127, 0, 0, 1]);
    let outcome = tokio::task::spawn_blocking(attack).await.unwrap();
    stop.send(true).unwrap();
    let bound = Duration::from_secs(1).max(3 * p95(compared.await.unwrap()));
    for other in others {
        let p95 = p95(other.await.unwrap());
        assert!(p95 < bound, "p95 {p95:?}, at most {bound:?}");
    }
    outcome
}

#[actix_web::test]
async fn posts_that_never_end_keep_nobody_out() {
    // The test's own requests come from the same address.
    let process = limited("-n 256", &["--rate-burst", "1000"]);
    let site = process.address;
    let held = attacked(site, move || {
        let post = unfinished_post("", 1000);
        let open = |_| {
            std::thread::sleep(Duration::from_millis(10));
            send(site, post.as_bytes())
        };
        (0..300).map(open).collect::<Vec<_>>()
    })
    .await;
    assert!(open_files(&process).len() < 250);
    drop(held);
    process.terminate();
    let (_, _, log) = process.ended();
    let line = log.lines().find(|line| line.contains("limits of open files and connections")).unwrap();
    assert!(line.contains("files=256") && line.contains("connections=168"), "{line}");
    assert!(!log.contains("Too many open files"), "{log}");
}

#[test]
fn the_soft_limit_of_open_files_is_raised_at_the_start() {
    let process = limited("-Sn 128", &[]);
    process.terminate();
    let (_, _, log) = process.ended();
    let line = log.lines().find(|line| line.contains("limits of open files and connections")).unwrap();
    let files = line.split("files=").nth(1).unwrap().split(' ').next().unwrap();
    assert!(files.parse::<u64>().unwrap() > 128, "{line}");
}

#[actix_web::test]
async fn large_forms_without_their_end_take_little_memory() {
    let process = limited("-n 1024", &[]);
    let site = process.address;
    let begun = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let begun = begun.post(format!("http://{site}/begin")).form(&[("agree", "1")]).send().await.unwrap();
    let cookie = begun.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let before = resident_bytes(&process);
    let held = attacked(site, move || {
        let mut form = unfinished_post(&format!("cookie: {cookie}\r\n"), 2_000_000);
        form.push_str(&"x".repeat(1_500_000));
        let open = |_| {
            std::thread::sleep(Duration::from_millis(20));
            send(site, form.as_bytes())
        };
        (0..60).map(open).collect::<Vec<_>>()
    })
    .await;
    let grown = resident_bytes(&process).saturating_sub(before);
    assert!(grown < 60_000_000, "60 forms of 1.5 MB took {grown} bytes");
    drop(held);
}

#[actix_web::test]
async fn a_client_that_does_not_read_is_dropped() {
    let process = limited(
        "-n 1024",
        // All comes from one address.
        &["--client-timeout", "10", "--rate-limit", "1000000", "--rate-burst", "1000000"],
    );
    let site = process.address;
    let page = reqwest::get(format!("http://{site}/")).await.unwrap().text().await.unwrap();
    let font = page.split('"').find(|part| part.ends_with(".woff2")).unwrap().to_owned();
    let before = open_sockets(&process);
    let held = attacked(site, move || {
        let ask = format!("GET {font} HTTP/1.1\r\nhost: localhost\r\n\r\n").repeat(16);
        let open = |_| {
            let mut stream = TcpStream::connect(site).unwrap();
            stream.set_write_timeout(Some(Duration::from_millis(50))).unwrap();
            // Until the server no longer reads, since its answers are not read.
            while stream.write_all(ask.as_bytes()).is_ok() {}
            stream
        };
        (0..20).map(open).collect::<Vec<_>>()
    })
    .await;
    let started = Instant::now();
    while open_sockets(&process) > before + 5 {
        assert!(started.elapsed() < Duration::from_secs(60), "open: {:?}", open_files(&process));
        std::thread::sleep(Duration::from_millis(100));
    }
    drop(held);
}

#[actix_web::test]
async fn a_body_that_stops_is_answered_with_408_or_dropped() {
    let site = Site::start(&["--client-timeout", "1"]);
    let address = site.address();
    let slow =
        move |head: String| tokio::task::spawn_blocking(move || until_closed(send(address, head.as_bytes())));
    let json = "POST /classify_mbti HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                content-length: 100\r\n\r\n{";
    for head in [unfinished_post("", 100), json.to_owned()] {
        let (answer, took) = slow(head).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
    // The answer does not wait for the body, and the server does not wait long either.
    let unread = "POST /no/such/page HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: same-origin\r\n\
                  transfer-encoding: chunked\r\n\r\n5\r\nhel";
    let (answer, took) = slow(unread.to_owned()).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[actix_web::test]
async fn a_second_head_that_never_ends_is_dropped() {
    let site = Site::start(&["--client-timeout", "1"]);
    let address = site.address();
    let heads = "GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let (answer, took) = tokio::task::spawn_blocking(move || {
        let mut stream = send(address, heads.as_bytes());
        std::thread::sleep(Duration::from_millis(300));
        stream.write_all(b"GET /health HT").unwrap();
        until_closed(stream)
    })
    .await
    .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.matches("HTTP/1.1").count() == 1, "{answer}");
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[actix_web::test]
async fn a_request_to_change_the_protocol_is_answered_at_once() {
    let site = Site::start(&[]);
    let ask = |head: &str| {
        let head = format!("{head} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\n");
        let address = site.address();
        move |rest: &str| {
            let request = format!("{head}{rest}");
            tokio::task::spawn_blocking(move || until_closed(send(address, request.as_bytes())))
        }
    };
    let form = "content-type: application/x-www-form-urlencoded\r\ncontent-length: 7\r\n\r\nagree=1";
    let (answer, took) = ask("POST /begin")(&format!("upgrade: websocket\r\n{form}")).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("no WebSockets"), "{answer}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    let (answer, _) = ask("GET /health")("upgrade: websocket\r\n\r\n").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    // A server ignores upgrades that it does not know.
    let (answer, _) = ask("GET /health")("upgrade: h2c\r\n\r\n").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let (answer, _) = ask("POST /begin")(&format!("upgrade: h2c\r\n{form}")).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
}

#[actix_web::test]
async fn a_connection_too_many_from_one_address_takes_the_place_of_an_idle_one() {
    let site = Site::start(&["--client-connections", "4"]);
    let address = site.address();
    let first = TcpStream::connect(address).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let _idle: Vec<_> = (0..3).map(|_| TcpStream::connect(address).unwrap()).collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(site.get("/health").await.status(), 200);
    let (answer, took) = tokio::task::spawn_blocking(move || until_closed(first)).await.unwrap();
    assert!(answer.is_empty() && took < Duration::from_secs(5), "{answer} after {took:?}");
}

#[actix_web::test]
async fn a_malformed_head_is_answered_with_the_usual_headers() {
    let site =
        Site::start(&["--public-url", "https://calling.example.org", "--metrics-listen", "127.0.0.1:0"]);
    let address = site.address();
    for (head, status) in [
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), "400 Bad Request"),
        ("GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n\u{1}\r\n\r\n".to_owned(), "400 Bad Request"),
        (format!("GET / HTTP/1.1\r\nx: {}", "a".repeat(200_000)), "431 Request Header Fields Too Large"),
    ] {
        let answer = tokio::task::spawn_blocking(move || until_closed(send(address, head.as_bytes())));
        let (answer, _) = answer.await.unwrap();
        let own = answer.rfind("HTTP/1.1 4").map(|at| &answer[at..]).unwrap_or_default();
        assert!(own.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{answer}");
        for header in
            ["content-security-policy: ", "x-content-type-options: nosniff", "strict-transport-security: "]
        {
            assert!(own.contains(header), "{header} is missing from {own}");
        }
    }
    let metrics = reqwest::get(format!("http://{}/metrics", site.metrics.unwrap())).await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains("calling_malformed_heads_total 3"), "{metrics}");
}

#[actix_web::test]
async fn a_packed_body_is_unpacked_up_to_the_limit_and_no_further() {
    let process = limited("-n 1024", &[]);
    let url = format!("http://{}/classify_mbti", process.address);
    // 64 KiB of zeros in 83 bytes, 2,400 times: 157 MB in 200 kB.
    let zeros = format!("ecc101010000008090feafee080a{}6a000000ffff", "00".repeat(63));
    let bomb = [vec![0x78, 0xda], hex::decode(zeros).unwrap().repeat(2_400)].concat();
    let before = resident_bytes(&process);
    let sends = (0..8).map(|_| {
        let request = reqwest::Client::new().post(&url).header("content-type", "application/json");
        request.header("content-encoding", "deflate").body(bomb.clone()).send()
    });
    for answer in futures_util::future::join_all(sends).await {
        // Refused either way: as too large, or as incomplete.
        assert!(matches!(answer.unwrap().status().as_u16(), 400 | 413));
    }
    let grown = resident_bytes(&process).saturating_sub(before);
    assert!(grown < 60_000_000, "8 packed bodies took {grown} bytes");
}
