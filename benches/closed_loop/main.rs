//! The original's load test, against a running server. Each user posts a composed text of about 2,500 words, waits for the
//! careers, pauses 1 to 5 seconds, and posts the next; a user that is refused posts the same text again. Meanwhile one
//! visitor keeps opening a form page, since the site must stay quick for people who are still answering.
//!
//! The visitor has a thread of its own, and the first texts are made before the load begins, so that the times are the
//! server's and not those of a busy load test.
//!
//!     cargo run --release -- --rate-limit 0 --reuse-memory 0 &
//!     cargo bench --bench closed_loop -- --users 50 --seconds 180
//!
//! `--reuse-memory 0` makes the server read every window, also those it has read before. To compare with a program that
//! reads only one window, `--first-tokens 512` gives both the same work. The last lines printed are a table.

mod texts;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use calling::internals::telemetry::sentence;
use clap::Parser;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use texts::Texts;

/// Loads a running server with a number of users.
#[derive(Parser)]
struct Options {
    /// Address of the server.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Path that texts are posted to, as {"text": "…"}.
    #[arg(long, default_value = "/get_career_recommendations")]
    path: String,
    /// Number of users.
    #[arg(long, default_value_t = 50)]
    users: usize,
    /// Seconds during which new posts begin; those in progress are awaited
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Seconds within which the users arrive.
    #[arg(long, default_value_t = 5.0)]
    arrive: f64,
    /// Words in a text.
    #[arg(long, default_value_t = 2500)]
    words: usize,
    /// Truncate each text to this many tokens of --model, special tokens included.
    #[arg(long)]
    first_tokens: Option<usize>,
    /// The model that counts tokens.
    #[arg(long, default_value = "models/big-five")]
    model: PathBuf,
    /// Folder of the questionnaire and the bank of answers.
    #[arg(long, default_value = "datasets")]
    datasets: PathBuf,
    /// Page that the visitor opens; empty for no visitor.
    #[arg(long, default_value = "/questions/3")]
    page: String,
    /// Seconds after which a user gives up.
    #[arg(long, default_value_t = 300)]
    patience: u64,
    /// Seed of the texts and pauses.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Name of the table row.
    #[arg(long, default_value = "calling")]
    name: String,
    /// Passed by `cargo bench`; ignored.
    #[arg(long, hide = true)]
    bench: bool,
}

/// The answers that users got.
#[derive(Default)]
struct Seen {
    /// Duration of each successful request.
    served: Vec<Duration>,
    /// How many of them ended before the time was up.
    in_time: usize,
    /// Why the other requests failed; a 503 counts as failed.
    failed: Vec<String>,
}

impl Seen {
    fn add(&mut self, other: Seen) {
        self.served.extend(other.served);
        self.in_time += other.in_time;
        self.failed.extend(other.failed);
    }

    /// Records how a request ended. Returns whether it succeeded.
    async fn note(
        &mut self,
        sent: Result<reqwest::Response, reqwest::Error>,
        start: Instant,
        end: Instant,
    ) -> bool {
        let whole = match sent {
            Ok(answer) if answer.status().is_success() => {
                answer.bytes().await.map_err(|error| sentence(&error))
            }
            Ok(answer) => Err(answer.status().to_string()),
            Err(error) if error.is_timeout() => Err("no answer in time".to_owned()),
            Err(error) => Err(sentence(&error.without_url())),
        };
        match whole {
            Ok(_) => {
                self.served.push(start.elapsed());
                self.in_time += usize::from(Instant::now() <= end);
                true
            }
            Err(why) => {
                self.failed.push(why);
                false
            }
        }
    }
}

async fn user(
    client: reqwest::Client,
    options: Arc<Options>,
    texts: Arc<Texts>,
    number: usize,
    mut body: String,
    end: Instant,
) -> Seen {
    let mut rng = StdRng::seed_from_u64(options.seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
    let mut seen = Seen::default();
    let endpoint = format!("{}{}", options.url, options.path);
    tokio::time::sleep(Duration::from_secs_f64(rng.random_range(0.0..=options.arrive))).await;
    let mut turn = 0;
    while Instant::now() < end {
        let start = Instant::now();
        let post = client.post(&endpoint).header("content-type", "application/json").body(body.clone());
        if seen.note(post.send().await, start, end).await {
            turn += 1;
            body = match texts.body(number, turn) {
                Ok(body) => body,
                Err(error) => {
                    seen.failed.push(format!("no text: {error}"));
                    break;
                }
            };
        }
        tokio::time::sleep(Duration::from_secs_f64(rng.random_range(1.0..5.0))).await;
    }
    seen
}

/// Keeps opening one page with a draft of its own, compressed as for a browser.
async fn visitor(options: Arc<Options>, end: Instant) -> Result<Seen, reqwest::Error> {
    let mut seen = Seen::default();
    if options.page.is_empty() {
        return Ok(seen);
    }
    let patience = Duration::from_secs(options.patience);
    let client = reqwest::Client::builder().cookie_store(true).timeout(patience).build()?;
    let begin = client.post(format!("{}/begin", options.url)).header("sec-fetch-site", "same-origin");
    begin.form(&[("agree", "1")]).send().await?.error_for_status()?;
    let page = format!("{}{}", options.url, options.page);
    while Instant::now() < end {
        let start = Instant::now();
        let sent =
            client.get(&page).header("accept", "text/html").header("accept-encoding", "gzip").send().await;
        seen.note(sent, start, end).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(seen)
}

/// A percentile of the times in seconds, by nearest rank; `share` is 0 to 1.
fn percentile(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let rank = (share * times.len() as f64).ceil() as usize;
    times.get(rank.saturating_sub(1)).copied().unwrap_or_default().as_secs_f64()
}

fn report(options: &Options, mut users: Seen, mut page: Seen) {
    for (who, seen) in [("users", &mut users), ("the visitor", &mut page)] {
        seen.failed.sort();
        let mut reasons = seen.failed.clone();
        reasons.dedup();
        for reason in reasons.iter().take(5) {
            let times = seen.failed.iter().filter(|failed| *failed == reason).count();
            println!("{who} failed {times} times: {reason}");
        }
    }
    println!(
        "| name | users | seconds | completed | per second | failed | p50 s | p95 s | p99 s | page p99 ms | page failed |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    println!(
        "| {} | {} | {} | {} | {:.2} | {} | {:.1} | {:.1} | {:.1} | {:.0} | {} |",
        options.name,
        options.users,
        options.seconds,
        users.served.len(),
        users.in_time as f64 / options.seconds as f64,
        users.failed.len(),
        percentile(&mut users.served, 0.5),
        percentile(&mut users.served, 0.95),
        percentile(&mut users.served, 0.99),
        1e3 * percentile(&mut page.served, 0.99),
        page.failed.len(),
    );
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Arc::new(Options::parse());
    let mut texts = Texts::load(&options.datasets, options.words, options.seed)?;
    if let Some(tokens) = options.first_tokens {
        texts.first_tokens(tokens, calling::internals::models::load(&options.model)?);
    }
    let texts = Arc::new(texts);
    let example = texts.text(0, 0).map_err(|error| error.to_string())?;
    println!("the first text has {} words", example.split_whitespace().count());
    let bodies: Result<Vec<_>, _> = (0..options.users).map(|number| texts.body(number, 0)).collect();
    let bodies = bodies.map_err(|error| error.to_string())?;
    let end = Instant::now() + Duration::from_secs(options.seconds);
    let beside = std::thread::spawn({
        let options = options.clone();
        move || -> Result<Seen, std::io::Error> {
            runtime()?.block_on(visitor(options, end)).map_err(std::io::Error::other)
        }
    });
    let all = runtime()?.block_on(async {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(options.patience)).build()?;
        let each = bodies.into_iter().enumerate();
        let users: Vec<_> = each
            .map(|(number, body)| {
                tokio::spawn(user(client.clone(), options.clone(), texts.clone(), number, body, end))
            })
            .collect();
        let mut all = Seen::default();
        for user in users {
            all.add(user.await?);
        }
        Ok::<_, Box<dyn std::error::Error>>(all)
    })?;
    let page = beside.join().map_err(|_| "the visitor panicked")??;
    report(&options, all, page);
    Ok(())
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
