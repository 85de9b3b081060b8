//! Measures ranking pages over HTTP, from the request to the last byte: stores results, then asks for the pages of every
//! result one after the other.
//!
//!     target/release/calling --rate-limit 0 &
//!     cargo run --release --example time_pages -- http://127.0.0.1:8080

use std::time::{Duration, Instant};

use reqwest::Client;

/// Ends of the addresses: the ranking as it is, filtered, searched, with interests and wishes, and as JSON and CSV.
const PAGES: [&str; 10] = [
    "",
    "?page=7",
    "?sort=salary&zone=4",
    "?q=manager",
    "?q=sofware+developper",
    "?q=influenzer+yuotuber",
    "?q=nurse&sort=fit&growth=fast",
    "?likes=2.00-2.50-5.00-2.00-3.00-2.00&value=independence&value=support&weigh=pay&prep=4",
    ".json?likes=2.00-2.50-5.00-2.00-3.00-2.00",
    ".csv",
];
/// Texts of different people.
const TEXTS: [&str; 8] = [
    "I like quiet mornings, long lists and work that is done when it is done.",
    "I love meeting people, and I talk to strangers on every train.",
    "I worry about what others think, and I check things three times.",
    "I take engines apart to see how they work, and rarely read the manual.",
    "I paint at night and forget the time.",
    "I keep my promises, and I expect the same of others.",
    "I argue for fun and change my mind when somebody has the better reason.",
    "I look after the garden, the neighbors and two old dogs.",
];
const ROUNDS: usize = 25;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    actix_web::rt::System::new().block_on(measure())
}

async fn measure() -> Result<(), Box<dyn std::error::Error>> {
    let base = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
    let client = Client::new();
    let mut results = Vec::new();
    for text in TEXTS {
        let body = serde_json::json!({ "text": text });
        let answer = client.post(format!("{base}/get_career_recommendations")).json(&body).send().await?;
        let answer = answer.error_for_status()?;
        let location = answer.headers().get("location").ok_or("no address of the result")?.to_str()?;
        let path = location.find("/results/").map(|at| &location[at..]).ok_or("no path of the result")?;
        results.push(format!("{base}{path}/careers"));
    }
    let mut all = Vec::new();
    for page in PAGES {
        let mut took = Vec::new();
        for _ in 0..ROUNDS {
            for result in &results {
                let begun = Instant::now();
                let answer = client.get(format!("{result}{page}")).send().await?.error_for_status()?;
                let bytes = answer.bytes().await?;
                took.push(begun.elapsed());
                assert!(!bytes.is_empty());
            }
        }
        all.extend(&took);
        print(page, &mut took);
    }
    print("all", &mut all);
    Ok(())
}

fn print(page: &str, took: &mut [Duration]) {
    took.sort_unstable();
    let share = |percent: usize| took[(took.len() - 1) * percent / 100];
    println!("{page:<90} {} pages: median {:?}, 95th percentile {:?}", took.len(), share(50), share(95));
}
