//! The engine with simple models: readings, admission, fairness, failures and the cache.

mod admission;
mod failures;
mod reuse;
pub(super) mod stand_in;
mod turns;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::rt::{spawn, time::sleep};

use super::stats::EngineStats;
use super::*;
use crate::models::Windows;
use crate::personality::ModelKind;
use stand_in::{StandIn, id};

const SOON: Duration = Duration::from_secs(20);

struct Bench {
    mbti: Arc<StandIn>,
    big_five: Arc<StandIn>,
    engine: Engine,
}

fn bench(config: InferenceConfig, prepare: impl Fn(&mut StandIn)) -> Bench {
    let model = |which, windows, capacity| {
        let mut model = StandIn::new(which, windows, capacity);
        prepare(&mut model);
        Arc::new(model)
    };
    let mbti = model(ModelKind::Mbti, Windows::Packed, 8);
    let big_five = model(ModelKind::BigFive, Windows::Answer, 8);
    let models = Models { mbti: mbti.clone(), big_five: big_five.clone() };
    Bench { mbti, big_five, engine: Engine::start(models, config).unwrap() }
}

fn small_batches() -> InferenceConfig {
    InferenceConfig { batch_tokens: 20, ..InferenceConfig::default() }
}

impl Bench {
    fn mbti(&self, text: &str) -> impl Future<Output = Result<ModelReading, InferenceError>> + use<> {
        let (engine, passage) = (self.engine.clone(), Passage::new(text));
        async move { engine.classify(ModelKind::Mbti, passage, Deadline::within(SOON)).await }
    }

    /// Waits until the engine's numbers satisfy the condition.
    async fn until(&self, what: &str, reached: impl Fn(&EngineStats) -> bool) {
        let start = Instant::now();
        while !reached(&self.engine.stats()) {
            assert!(start.elapsed() < SOON, "waited in vain for {what}; {:?}", self.engine.stats());
            sleep(Duration::from_millis(1)).await;
        }
    }
}

/// This many sentences of eight words, each a full window of the simple models.
fn text(name: &str, sentences: usize) -> String {
    (0..sentences)
        .map(|i| format!("{name} {i} {name}{i} one two three four five. "))
        .collect::<String>()
        .replace(name, &format!("{}{}", name[..1].to_uppercase(), &name[1..]))
}

#[actix_web::test]
async fn batched_readings_equal_single_ones() {
    let bench = bench(InferenceConfig { batch_tokens: 57, ..InferenceConfig::default() }, |_| {});
    let texts: Vec<String> =
        (0..40).map(|i| format!("{} A last short one.", text(&format!("t{i}"), i % 9))).collect();
    bench.mbti.forward_gate.close();
    let readings: Vec<_> = texts
        .iter()
        .map(|text| {
            let (engine, passage) = (bench.engine.clone(), Passage::new(text.as_str()));
            spawn(async move { engine.read(passage, Deadline::within(SOON)).await })
        })
        .collect();
    bench.until("all of them waiting", |stats| stats.totals.admitted == 80).await;
    bench.mbti.forward_gate.open();
    for (text, reading) in texts.iter().zip(readings) {
        let reading = reading.await.unwrap().unwrap();
        for (batched, model) in [(&reading.mbti, &bench.mbti), (&reading.big_five, &bench.big_five)] {
            let alone = read_alone(&**model, text, &Known::default()).unwrap();
            assert_eq!(batched.labels, alone.labels);
            assert_eq!((batched.windows, batched.tokens), (alone.windows, alone.tokens));
            let pairs = batched.probabilities.iter().zip(&alone.probabilities);
            for (b, a) in pairs.chain(batched.logits.iter().zip(&alone.logits)) {
                assert!((b - a).abs() < 1e-5, "{b} {a}");
            }
            assert_eq!(batched.share_read, 1.0);
        }
        assert!(reading.profile().is_ok());
    }
    let batches = bench.mbti.batches.lock().unwrap();
    assert!(batches.iter().any(|batch| batch.len() > 1), "no batch held two windows");
}

#[actix_web::test]
async fn timings_by_stage_add_up() {
    let bench = bench(small_batches(), |_| {});
    let t = bench.mbti(&text("a", 30)).await.unwrap().timings;
    assert_eq!(t.queue + t.tokenize + t.forward, t.total);
    assert!(t.forward > Duration::ZERO && t.tokenize > Duration::ZERO);
}

#[actix_web::test]
async fn the_engine_is_ready_once_both_models_have_read() {
    let bench = bench(InferenceConfig::default(), |_| {});
    assert!(!bench.engine.stats().ready);
    bench.engine.warm(Deadline::within(SOON)).await.unwrap();
    assert!(bench.engine.stats().ready);
    assert!(!bench.mbti.windows_read().is_empty() && !bench.big_five.windows_read().is_empty());
}

#[actix_web::test]
async fn a_text_without_words_is_one_empty_window() {
    let bench = bench(InferenceConfig::default(), |_| {});
    for blank in ["", " \n\t ", "\u{200b}"] {
        for which in ModelKind::ALL {
            let passage = Passage::new(blank);
            let reading = bench.engine.classify(which, passage, Deadline::within(SOON)).await.unwrap();
            let words = blank.split_whitespace().count();
            assert_eq!((reading.windows, reading.tokens, reading.share_read), (1, words, 1.0), "{blank:?}");
            assert!(reading.probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
        }
    }
}

#[actix_web::test]
async fn a_tokenizer_that_truncates_lowers_the_share_read() {
    let bench = bench(InferenceConfig::default(), |model| model.truncate = Some(12));
    let whole = bench.mbti("Twelve words are read but what comes after them is not ever").await.unwrap();
    assert_eq!(whole.share_read, 1.0);
    let cut =
        bench.mbti("Half of it xx is read: six! ok yes yes ab cd ab cd ab cd ab cd ab cd ab").await.unwrap();
    assert_eq!((cut.tokens, cut.windows), (12, 2));
    // The first twelve words have 34 of the 52 characters that are not white space.
    assert!((cut.share_read - 34.0 / 52.0).abs() < 0.05, "{}", cut.share_read);
    assert!(cut.share_read < 1.0);
}

#[test]
fn models_with_the_wrong_labels_do_not_start() {
    let model = |which| Arc::new(StandIn::new(which, Windows::Packed, 8));
    let swapped = Models { mbti: model(ModelKind::BigFive), big_five: model(ModelKind::Mbti) };
    let error = Engine::start(swapped, InferenceConfig::default()).err().unwrap();
    assert_eq!(error.to_string(), "the mbti model cannot be used");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("found LABEL_0, LABEL_1"), "{source}");
}
