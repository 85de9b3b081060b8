//! The original's load test, against a running server: users that each post a text of about 2,500 words, wait for the
//! careers, then pause 1 to 5 seconds, and so on. Beside them one visitor opens a form page again and again, since the
//! site must stay quick for those who are still answering.
//!
//!     cargo run --release &
//!     cargo bench --bench closed_loop -- --users 50 --seconds 60
//!
//! Every text is different: sentences of the questionnaire in a random order, between them open answers made of random
//! words. The language is poor, but the models do the same work on it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use calling::survey::Questionnaire;
use clap::Parser;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

/// Loads a running server as a number of users would.
#[derive(Parser)]
struct Options {
    /// Where the server listens.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// How many users post and wait in turn.
    #[arg(long, default_value_t = 50)]
    users: usize,
    /// How long new posts are started; those under way are waited for.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Words in a text.
    #[arg(long, default_value_t = 2500)]
    words: usize,
    /// The page that the visitor beside them opens.
    #[arg(long, default_value = "/")]
    page: String,
    /// The seed of texts and pauses.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Passed by `cargo bench`; without meaning here.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What one user saw.
#[derive(Default)]
struct Seen {
    served: Vec<Duration>,
    failed: Vec<String>,
}

fn text(sentences: &[String], words: usize, rng: &mut StdRng) -> String {
    let pool: Vec<&str> = sentences.iter().flat_map(|s| s.split_whitespace()).collect();
    let mut text = String::new();
    let mut count = 0;
    while count < words {
        if rng.random_bool(0.5) {
            if let Some(sentence) = sentences.choose(rng) {
                count += sentence.split_whitespace().count();
                text.push_str(sentence);
            }
        } else {
            let length = rng.random_range(5..25);
            let answer: Vec<&str> = (0..length).filter_map(|_| pool.choose(rng).copied()).collect();
            count += answer.len();
            text.push_str(answer.join(" ").trim_end_matches('.'));
            text.push('.');
        }
        text.push(' ');
    }
    text
}

async fn user(
    client: reqwest::Client,
    options: Arc<Options>,
    sentences: Arc<Vec<String>>,
    number: usize,
) -> Seen {
    let mut rng = StdRng::seed_from_u64(options.seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
    let mut seen = Seen::default();
    let end = Instant::now() + Duration::from_secs(options.seconds);
    let endpoint = format!("{}/get_career_recommendations", options.url);
    while Instant::now() < end {
        let body = serde_json::json!({ "text": text(&sentences, options.words, &mut rng) });
        let start = Instant::now();
        match client.post(&endpoint).json(&body).send().await {
            Ok(response) if response.status().is_success() => match response.bytes().await {
                Ok(_) => seen.served.push(start.elapsed()),
                Err(error) => seen.failed.push(error.to_string()),
            },
            Ok(response) => seen.failed.push(response.status().to_string()),
            Err(error) => seen.failed.push(error.to_string()),
        }
        tokio::time::sleep(Duration::from_secs_f64(rng.random_range(1.0..5.0))).await;
    }
    seen
}

async fn visitor(client: reqwest::Client, options: Arc<Options>) -> Seen {
    let mut seen = Seen::default();
    let end = Instant::now() + Duration::from_secs(options.seconds);
    let page = format!("{}{}", options.url, options.page);
    while Instant::now() < end {
        let start = Instant::now();
        match client.get(&page).send().await {
            Ok(response) if response.status().is_success() => match response.bytes().await {
                Ok(_) => seen.served.push(start.elapsed()),
                Err(error) => seen.failed.push(error.to_string()),
            },
            Ok(response) => seen.failed.push(response.status().to_string()),
            Err(error) => seen.failed.push(error.to_string()),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    seen
}

/// The value that this share of the times does not exceed; nearest rank.
fn percentile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    let rank = (share * times.len() as f64).ceil() as usize;
    times.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

fn report(what: &str, mut seen: Seen, seconds: u64) {
    let served = seen.served.len();
    println!(
        "{what}: {served} served ({:.2} a second), {} failed, p50 {:.0?}, p95 {:.0?}, p99 {:.0?}, longest {:.0?}",
        served as f64 / seconds as f64,
        seen.failed.len(),
        percentile(&mut seen.served, 0.5),
        percentile(&mut seen.served, 0.95),
        percentile(&mut seen.served, 0.99),
        percentile(&mut seen.served, 1.0),
    );
    seen.failed.sort();
    seen.failed.dedup();
    for failure in seen.failed.iter().take(5) {
        println!("  failed with: {failure}");
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Arc::new(Options::parse());
    let questionnaire = Questionnaire::load("datasets/questionnaire.toml".as_ref())?;
    let sentences: Arc<Vec<String>> =
        Arc::new(questionnaire.items.iter().flat_map(|item| item.sentences.iter().cloned()).collect());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(300)).build()?;
        let beside = tokio::spawn(visitor(client.clone(), options.clone()));
        let users: Vec<_> = (0..options.users)
            .map(|number| tokio::spawn(user(client.clone(), options.clone(), sentences.clone(), number)))
            .collect();
        let mut all = Seen::default();
        for user in users {
            let seen = user.await?;
            all.served.extend(seen.served);
            all.failed.extend(seen.failed);
        }
        report(&format!("{} users", options.users), all, options.seconds);
        report("a visitor beside them", beside.await?, options.seconds);
        Ok(())
    })
}
