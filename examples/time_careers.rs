//! Measures the career catalog: load time, memory, and the time of a ranking page for several requests and many people, with
//! and without interests.
//!
//!     cargo run --release --example time_careers

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use calling::internals::careers::{Catalog, Filters, Person};
use calling::internals::personality::{InterestScores, Profile};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const REQUESTS: [&str; 8] = [
    "",
    "sort=salary&zone=4",
    "q=sofware+developper",
    "q=sofware+enginer",
    "q=electricianist+plumberist",
    "q=manager",
    "q=nurse&sort=fit&growth=fast",
    "value=independence&value=support&weigh=pay&prep=4",
];
const PEOPLE: usize = 200;
/// Each person's time is the shortest of this many, so that other work on the machine counts less.
const TRIES: usize = 7;
const PAGE_BYTES: f64 = 4096.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
    let before = resident()?;
    let begun = Instant::now();
    let catalog = Catalog::load(&datasets)?;
    println!("load {:?}, resident +{:.1} MB", begun.elapsed(), resident()? - before);
    let mut again: Vec<Duration> = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        drop(Catalog::load(&datasets)?);
        again.push(begun.elapsed());
    }
    println!("load again {again:?}");
    let mut rng = StdRng::seed_from_u64(1);
    let people: Vec<Person> = (0..PEOPLE).map(|_| someone(&mut rng)).collect();
    for request in REQUESTS {
        let filters = Filters::parse(request.split('&').filter_map(|pair| pair.split_once('=')))?;
        for interests in [false, true] {
            let mut took: Vec<Duration> = people
                .iter()
                .map(|person| {
                    let person = Person {
                        interests: person.interests.filter(|_| interests),
                        wishes: filters.wishes.clone(),
                        ..person.clone()
                    };
                    let once = |_| {
                        let begun = Instant::now();
                        black_box(catalog.rank(&person, &filters));
                        begun.elapsed()
                    };
                    (0..TRIES).map(once).min().unwrap_or_default()
                })
                .collect();
            took.sort();
            let with = if interests { "with" } else { "without" };
            let (median, late) = (took[PEOPLE / 2], took[PEOPLE * 95 / 100]);
            println!("rank \"{request}\" {with} interests: median {median:?}, 95th percentile {late:?}");
        }
    }
    let begun = Instant::now();
    black_box(catalog.similar("29-1141", 6));
    println!("similar: {:?}", begun.elapsed());
    Ok(())
}

/// Traits and interests at random.
fn someone(rng: &mut StdRng) -> Person {
    let traits = std::array::from_fn(|_| rng.random_range(0.02..0.98));
    let means = std::array::from_fn(|_| rng.random_range(1.0..5.0));
    let person = Person::of_profile(&Profile { types: [1.0 / 16.0; 16], traits });
    Person { interests: Some(InterestScores { means, error: 0.35 }), ..person }
}

/// Resident memory in megabytes. Linux only.
fn resident() -> Result<f64, Box<dyn std::error::Error>> {
    let pages: f64 = std::fs::read_to_string("/proc/self/statm")?
        .split(' ')
        .nth(1)
        .ok_or("no resident pages in /proc/self/statm")?
        .parse()?;
    Ok(pages * PAGE_BYTES / 1e6)
}
