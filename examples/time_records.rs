//! Times what a visitor waits for at the database: a draft's save, a submission, a lease and a finish.
//!
//!     cargo run --release --example time_records -- sqlite://time.db
//!     cargo run --release --example time_records -- postgres://postgres@/calling?host=/run/postgresql

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use calling::internals::careers::{Career, Recommendations};
use calling::internals::personality::{Mbti, Pair, Profile, Trait};
use calling::internals::records::{
    AnswerSpan, DatabaseUrl, Finished, NewSubmission, PoolConfig, RecordsError, Source, Store, Wanted,
};
use serde_json::json;

const ROUNDS: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).ok_or("expected the address of a database")?;
    let store = Store::connect(DatabaseUrl::parse(&address)?, PoolConfig::default())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(rounds(&store))?;
    Ok(())
}

/// A result whose careers take about 20 KB as JSON, like those of the bundled tables.
fn finished() -> Finished {
    let career = Career {
        title: "A title of an occupation".to_owned(),
        salary_usd: 75_000,
        soc: None,
        fit: None,
        reason: None,
    };
    let careers = Recommendations {
        mbti: Mbti::ALL.iter().take(2).map(|mbti| (*mbti, vec![career.clone(); 60])).collect(),
        big_five: Trait::ALL.iter().take(2).map(|trait_| (*trait_, vec![career.clone(); 60])).collect(),
    };
    Finished {
        profile: Profile { types: [1.0 / 16.0; 16], traits: [0.5; 5] },
        careers: careers.into(),
        models: Default::default(),
        data_version: "1".to_owned(),
        reading: Pair::default(),
        assessment: None,
        share_read: 1.0,
    }
}

async fn rounds(store: &Store) -> Result<(), RecordsError> {
    store.ping().await?;
    let mut times: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    let mut timed = |what, begun: Instant| times.entry(what).or_default().push(begun.elapsed());
    // As long as a composed text is: 1,500 to 4,000 tokens.
    let text = "I seldom run out of things to say, and quiet rooms make me restless. ".repeat(200);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let key = store.open_draft().await?;
        timed("1 open a draft", begun);
        let mut revision = 0;
        for page in 0..6 {
            let page: BTreeMap<_, _> =
                (1..=10).map(|n| (format!("r{:02}", 10 * page + n), Some("4".to_owned()))).collect();
            let begun = Instant::now();
            revision = store.save_answers(&key, page).await?.revision;
            timed("2 save a page of ten", begun);
        }
        for _ in 0..2 {
            let one = BTreeMap::from([("q01".to_owned(), Some("Kind, I hope, and patient. ".repeat(10)))]);
            let begun = Instant::now();
            revision = store.save_answers(&key, one).await?.revision;
            timed("3 save one answer", begun);
        }
        let begun = Instant::now();
        store.draft(&key).await?;
        timed("4 load a draft", begun);
        let new = NewSubmission {
            draft_revision: revision,
            text: text.clone(),
            spans: (0..86).map(|n| AnswerSpan { field: format!("r{n:02}"), start: n, end: n + 1 }).collect(),
            ratings: json!({"r01": "4"}),
            answers: json!({"q01": "Kind, I hope, and patient. ".repeat(260)}),
            questionnaire_version: "1".to_owned(),
            questionnaire_hash: "00".repeat(32),
            keyed_scores: json!({}),
        };
        let begun = Instant::now();
        let owner = store.submit(&key, new).await?.owner_key;
        timed("5 submit", begun);
        let begun = Instant::now();
        let leased =
            store.lease_next("timing", Duration::from_secs(60), Wanted::Fresh(Source::Questionnaire)).await?;
        timed("6 lease", begun);
        if let Some(leased) = leased {
            let begun = Instant::now();
            let _outcome = store.finish(&leased.lease, finished()).await?;
            timed("7 finish", begun);
        }
        let begun = Instant::now();
        store.by_owner(&owner).await?;
        timed("8 load a result", begun);
        let begun = Instant::now();
        store.delete(&owner).await?;
        timed("9 delete a result", begun);
    }
    println!("{}: milliseconds", store.url());
    println!("{:24} {:>6} {:>8} {:>8} {:>8}", "", "n", "median", "p99", "max");
    for (what, mut all) in times {
        all.sort();
        let at = |share: f64| all[((all.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        println!("{:24} {:>6} {:>8.2} {:>8.2} {:>8.2}", &what[2..], all.len(), at(0.5), at(0.99), at(1.0));
    }
    Ok(())
}
