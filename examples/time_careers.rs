//! Measures the career catalog: load time, memory, and the time of a ranking page for several requests.
//!
//!     cargo run --release --example time_careers

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use calling::internals::careers::{Catalog, Filters, Person};
use calling::internals::personality::Profile;

const REQUESTS: [&str; 5] =
    ["", "sort=salary&zone=4", "q=sofware+developper", "q=manager", "q=nurse&sort=fit&growth=fast"];
const ROUNDS: u32 = 50;
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
    let profile = Profile { types: [1.0 / 16.0; 16], traits: [0.2, 0.9, 0.3, 0.3, 0.9] };
    let person = Person::of_profile(&profile);
    for request in REQUESTS {
        let filters = Filters::parse(request.split('&').filter_map(|pair| pair.split_once('=')))?;
        let begun = Instant::now();
        for _ in 0..ROUNDS {
            black_box(catalog.rank(&person, &filters));
        }
        println!("rank \"{request}\": {:?} a page", begun.elapsed() / ROUNDS);
    }
    let begun = Instant::now();
    black_box(catalog.similar("29-1141", 6));
    println!("similar: {:?}", begun.elapsed());
    Ok(())
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
