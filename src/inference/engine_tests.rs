//! The engine with stand-in models: what one request may cost another, and what it may not.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::rt::{spawn, time::sleep};

use super::stand_in::{StandIn, id};
use super::*;
use crate::models::Windows;

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
    let mbti = model(Which::Mbti, Windows::Packed, 8);
    let big_five = model(Which::BigFive, Windows::Answer, 8);
    let models = Models { mbti: mbti.clone(), big_five: big_five.clone() };
    Bench { mbti, big_five, engine: Engine::start(models, config).unwrap() }
}

fn small_batches() -> InferenceConfig {
    InferenceConfig { batch_tokens: 20, ..InferenceConfig::default() }
}

impl Bench {
    fn mbti(&self, text: &str) -> impl Future<Output = Result<ModelReading, InferenceError>> + use<> {
        let (engine, passage) = (self.engine.clone(), Passage::new(text));
        async move { engine.classify(Which::Mbti, passage, Deadline::within(SOON)).await }
    }

    /// Waits until the engine's numbers fulfil this.
    async fn until(&self, what: &str, reached: impl Fn(&EngineStats) -> bool) {
        let start = Instant::now();
        while !reached(&self.engine.stats()) {
            assert!(start.elapsed() < SOON, "never came: {what}; {:?}", self.engine.stats());
            sleep(Duration::from_millis(1)).await;
        }
    }
}

/// `sentences` sentences of eight words, each a full window of the stand-ins.
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
            let alone = read_alone(&**model, text, &HashSet::new()).unwrap();
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
    assert!(batches.iter().any(|batch| batch.len() > 1), "nothing was ever batched");
}

#[actix_web::test]
async fn timings_by_stage_add_up() {
    let bench = bench(small_batches(), |_| {});
    let t = bench.mbti(&text("a", 30)).await.unwrap().timings;
    assert_eq!(t.queue + t.tokenize + t.forward, t.total);
    assert!(t.forward > Duration::ZERO && t.tokenize > Duration::ZERO);
}

#[actix_web::test]
async fn a_huge_text_delays_a_small_one_by_one_batch_at_most() {
    let bench = bench(small_batches(), |model| model.forward_gate.close());
    let huge = spawn(bench.mbti(&text("huge", 400)));
    bench.until("the huge text's windows", |stats| stats.waiting_windows >= 398).await;
    bench.mbti.forward_gate.allow(5);
    bench.until("five batches", |stats| stats.totals.batches == 5).await;
    let under_way = 2;
    let before = bench.mbti.windows_read().len() + under_way;
    let small = spawn(bench.mbti("A small text of eight words or so."));
    let waiting = bench.engine.stats().waiting_windows;
    bench.until("the small text's window", |stats| stats.waiting_windows > waiting).await;
    bench.mbti.forward_gate.open();
    assert_eq!(small.await.unwrap().unwrap().windows, 1);
    let place = bench.mbti.windows_read().iter().position(|window| window.contains(&id("small"))).unwrap();
    // The batch under way holds two windows; the next one begins with the small text.
    assert!(place <= before + under_way, "window {place} after {before}");
    assert_eq!(huge.await.unwrap().unwrap().windows, 400);
}

#[actix_web::test]
async fn a_huge_text_does_not_hold_the_tokenizer() {
    let bench = bench(InferenceConfig::default(), |model| model.encode_gate.close());
    let huge_text = text("huge", 8000);
    let steps = window::encoding_steps(&huge_text).len();
    assert!(steps > 10, "{steps}");
    let huge = spawn(bench.mbti(&huge_text));
    bench.until("the huge text", |stats| stats.totals.admitted == 1).await;
    let small = spawn(bench.mbti("A small text."));
    bench.until("the small text", |stats| stats.totals.admitted == 2).await;
    bench.mbti.encode_gate.open();
    small.await.unwrap().unwrap();
    let place = bench.mbti.encoded.lock().unwrap().iter().position(|bytes| *bytes == "A small text.".len());
    assert!(place.is_some_and(|place| place <= 1), "{place:?}");
    let reading = huge.await.unwrap().unwrap();
    assert_eq!((reading.tokens, reading.share_read), (64_000, 1.0));
}

#[actix_web::test]
async fn many_texts_that_cannot_be_tokenized_in_steps_do_not_hold_up_a_small_one() {
    let bench = bench(InferenceConfig::default(), |model| model.encode_gate.close());
    let word = "x".repeat(100_000);
    let huge: Vec<_> = (0..10).map(|_| spawn(bench.mbti(&word))).collect();
    bench.until("the huge texts", |stats| stats.totals.admitted == 10).await;
    let small = spawn(bench.mbti("A small text."));
    bench.until("the small text", |stats| stats.totals.admitted == 11).await;
    bench.mbti.encode_gate.open();
    small.await.unwrap().unwrap();
    let place = bench.mbti.encoded.lock().unwrap().iter().position(|bytes| *bytes < word.len());
    // The one under way, at most one that has waited longest, then the small one.
    assert!(place.is_some_and(|place| place <= 2), "{place:?}");
    for one in huge {
        assert!(one.await.unwrap().is_ok());
    }
}

#[actix_web::test]
async fn a_full_queue_answers_at_once_and_an_idle_engine_takes_any_text() {
    let config = InferenceConfig { queue_tokens: 50, ..small_batches() };
    let bench = bench(config, |model| model.forward_gate.close());
    let first = spawn(bench.mbti(&text("first", 40)));
    bench.until("the first to be under way", |stats| stats.waiting_windows > 0).await;
    let start = Instant::now();
    let second = bench.mbti(&text("second", 40)).await;
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let Err(InferenceError::QueueFull { retry_after }) = second else { panic!("{second:?}") };
    assert!((1..=60).contains(&retry_after.as_secs()));
    let both = bench.engine.read(Passage::new("Short."), Deadline::within(SOON)).await;
    assert!(matches!(both, Err(InferenceError::QueueFull { .. })));
    assert_eq!(bench.engine.stats().totals.refused, 3);
    bench.mbti.forward_gate.open();
    assert_eq!(first.await.unwrap().unwrap().windows, 40);
    bench.until("an empty queue", |stats| stats.waiting_readings == 0).await;
    assert!(bench.mbti(&text("third", 40)).await.is_ok());
}

/// A bench that has just read a text of 40 windows, at 20 tokens each 10 ms at most.
async fn measured() -> Bench {
    let bench = bench(small_batches(), |model| model.slow = Duration::from_millis(10));
    assert_eq!(bench.engine.stats().tokens_per_second, 0.0);
    // As long as no pace is known, any deadline seems far enough.
    bench.mbti.forward_gate.close();
    let first = spawn(bench.mbti(&text("first", 40)));
    bench.until("the first to be under way", |stats| stats.waiting_windows == 38).await;
    let short = Deadline::within(Duration::from_millis(500));
    let hasty = bench.engine.admit(Passage::new(text("hasty", 4000)), short);
    assert!(hasty.is_ok());
    drop(hasty);
    bench.mbti.forward_gate.open();
    first.await.unwrap().unwrap();
    let pace = bench.engine.stats().tokens_per_second;
    assert!((1.0..=2000.0).contains(&pace), "{pace}");
    bench
}

#[actix_web::test]
async fn what_would_not_be_read_in_time_is_refused_at_once_unless_it_is_stored() {
    let bench = measured().await;
    bench.until("an empty queue", |stats| stats.waiting_readings == 0).await;
    bench.mbti.forward_gate.close();
    let first = spawn(bench.mbti(&text("first", 400)));
    bench.until("the first to be under way", |stats| stats.waiting_windows >= 398).await;
    // 398 windows of 10 tokens wait: 2 s at the very least.
    let soon = Deadline::within(Duration::from_secs(1));
    let second = bench.engine.admit(Passage::new("Short."), soon);
    let Err(InferenceError::QueueFull { retry_after }) = second else { panic!("{second:?}") };
    assert!((2..=60).contains(&retry_after.as_secs()), "{retry_after:?}");
    let far = Deadline(soon.0 + Duration::from_secs(3600));
    assert!(bench.engine.admit(Passage::new("Short."), far).is_ok(), "there is time");
    assert!(bench.engine.admit(Passage::stored("Short.", 1), soon).is_ok(), "it is stored");
    bench.mbti.forward_gate.open();
    drop(first);
}

#[actix_web::test]
async fn a_stored_text_of_weight_does_not_wait_behind_the_requests() {
    let bench = bench(small_batches(), |model| model.forward_gate.close());
    let requests: Vec<_> = (0..40).map(|i| spawn(bench.mbti(&text(&format!("r{i}"), 10)))).collect();
    bench.until("the requests' windows", |stats| stats.waiting_windows >= 398).await;
    let admitted = bench.engine.admit(Passage::stored(text("stored", 10), 16), Deadline::within(SOON));
    bench.until("the stored text's windows", |stats| stats.waiting_windows >= 418).await;
    bench.mbti.forward_gate.open();
    bench.big_five.forward_gate.open();
    admitted.unwrap().read().await.unwrap();
    let last = bench.mbti.windows_read().iter().rposition(|window| window.contains(&id("Stored"))).unwrap();
    assert!(last < 100, "read as window {last} of 410");
    for request in requests {
        request.await.unwrap().unwrap();
    }
}

/// More clients than the models can serve, who come again at once when they are refused: what is taken on is read in time,
/// and the models are never idle.
#[actix_web::test]
async fn under_more_load_than_can_be_read_the_models_keep_reading_and_hardly_anything_is_late() {
    let bench = measured().await;
    let before = bench.engine.stats().totals;
    let until = Instant::now() + Duration::from_secs(6);
    let clients: Vec<_> = (0..60)
        .map(|client| {
            let engine = bench.engine.clone();
            spawn(async move {
                let (mut done, mut refused, mut late) = (0, 0, 0);
                for turn in 0.. {
                    if Instant::now() > until {
                        break;
                    }
                    let passage = Passage::new(text(&format!("c{client}x{turn}"), 8));
                    match engine.read(passage, Deadline::within(Duration::from_secs(2))).await {
                        Ok(_) => done += 1,
                        Err(InferenceError::QueueFull { .. }) => refused += 1,
                        Err(InferenceError::Deadline) => late += 1,
                        Err(error) => panic!("{error:?}"),
                    }
                    sleep(Duration::from_millis(100)).await;
                }
                (done, refused, late)
            })
        })
        .collect();
    let (mut done, mut refused, mut late) = (0, 0, 0);
    for client in clients {
        let seen = client.await.unwrap();
        done += seen.0;
        refused += seen.1;
        late += seen.2;
    }
    let after = bench.engine.stats().totals;
    // Both readings of a text are 16 windows of 10 tokens.
    let windows = after.windows - before.windows;
    assert!(16 * done as u64 * 10 >= windows * 8, "{done} texts done of {windows} windows read");
    let busy = after.forward - before.forward;
    assert!(busy > Duration::from_secs(4), "the models read for {busy:?} of 6 s");
    assert!(refused > 60 && late * 3 < done, "{done} done, {refused} refused, {late} late");
}

#[actix_web::test]
async fn those_who_are_refused_do_not_have_the_queue_looked_through_each_time() {
    let config = InferenceConfig { queue_tokens: 50, ..small_batches() };
    let bench = bench(config, |model| model.forward_gate.close());
    let _first = spawn(bench.mbti(&text("first", 40)));
    bench.until("the first to be under way", |stats| stats.waiting_windows > 0).await;
    let start = Instant::now();
    let mut sweeps = HashSet::new();
    for _ in 0..1000 {
        assert!(bench.engine.admit(Passage::new("Short."), Deadline::within(SOON)).is_err());
        sweeps.extend(bench.engine.owner.0.lock().swept);
    }
    let most = 2 + start.elapsed().as_millis() as usize / 100;
    assert!(sweeps.len() <= most, "{} times, {most} at most", sweeps.len());
    bench.mbti.forward_gate.open();
}

#[actix_web::test]
async fn readings_are_counted_against_their_own_bound() {
    let config = InferenceConfig { queue_readings: 3, ..InferenceConfig::default() };
    let bench = bench(config, |model| model.forward_gate.close());
    let waiting: Vec<_> = (0..3).map(|_| spawn(bench.mbti("One."))).collect();
    bench.until("three", |stats| stats.waiting_readings == 3).await;
    assert!(matches!(bench.mbti("Four.").await, Err(InferenceError::QueueFull { .. })));
    bench.mbti.forward_gate.open();
    for one in waiting {
        one.await.unwrap().unwrap();
    }
}

#[actix_web::test]
async fn what_is_too_late_is_not_begun() {
    let bench = bench(small_batches(), |model| model.forward_gate.close());
    let first = spawn(bench.mbti("First."));
    bench
        .until("the first to be under way", |stats| stats.totals.admitted == 1 && stats.waiting_tokens == 0)
        .await;
    let late = Deadline::within(Duration::from_millis(40));
    let start = Instant::now();
    let result = bench.engine.classify(Which::Mbti, Passage::new("Belated words."), late).await;
    assert!(matches!(result, Err(InferenceError::Deadline)), "{result:?}");
    assert!(start.elapsed() >= Duration::from_millis(40) && start.elapsed() < Duration::from_secs(2));
    let past = bench.engine.classify(Which::Mbti, Passage::new("Belated words."), late).await;
    assert!(matches!(past, Err(InferenceError::Deadline)), "{past:?}");
    bench.mbti.forward_gate.open();
    first.await.unwrap().unwrap();
    bench.mbti("Last.").await.unwrap();
    assert!(!bench.mbti.windows_read().iter().flatten().any(|token| *token == id("Belated")));
    assert_eq!(bench.engine.stats().totals.expired, 2);
    assert_eq!(bench.engine.stats().waiting_readings, 0);
}

#[actix_web::test]
async fn those_who_left_are_dropped_before_work_on_them_starts() {
    let bench = bench(small_batches(), |model| model.forward_gate.close());
    let first = spawn(bench.mbti("First."));
    bench
        .until("the first to be under way", |stats| stats.totals.admitted == 1 && stats.waiting_tokens == 0)
        .await;
    let gone = spawn(bench.mbti("Gone for good."));
    bench.until("the second", |stats| stats.waiting_windows == 1).await;
    gone.abort();
    assert!(gone.await.is_err());
    bench.mbti.forward_gate.open();
    first.await.unwrap().unwrap();
    bench.mbti("Last.").await.unwrap();
    assert!(!bench.mbti.windows_read().iter().flatten().any(|token| *token == id("Gone")));
    assert_eq!(bench.engine.stats().totals.cancelled, 1);
}

#[actix_web::test]
async fn a_panic_in_a_forward_pass_costs_its_batch_and_nothing_else() {
    let config = InferenceConfig { batch_tokens: 1, ..InferenceConfig::default() };
    let bench = bench(config, |model| model.forward_gate.close());
    let before = spawn(bench.mbti("Before it."));
    let bomb = spawn(bench.mbti("A bomb in here."));
    let after = spawn(bench.mbti("After it."));
    bench.until("three", |stats| stats.waiting_windows == 2).await;
    bench.mbti.forward_gate.open();
    assert!(before.await.unwrap().is_ok());
    assert!(matches!(bomb.await.unwrap(), Err(InferenceError::Panicked)));
    assert!(after.await.unwrap().is_ok());
    let totals = bench.engine.stats().totals;
    assert_eq!((totals.panics, totals.failed, totals.completed), (1, 1, 2));
}

#[actix_web::test]
async fn a_text_that_fails_leaves_nothing_behind() {
    let bench = bench(small_batches(), |_| {});
    // The first window fails; the other 29 are not read.
    let failed = bench.mbti(&format!("One bomb and six words more here. {}", text("rest", 29))).await;
    assert!(matches!(failed, Err(InferenceError::Panicked)));
    let stats = bench.engine.stats();
    assert_eq!((stats.waiting_readings, stats.waiting_windows, stats.waiting_tokens), (0, 0, 0));
    assert!(bench.mbti.windows_read().len() <= 2);
    let refused = bench.mbti("This one is refused by it.").await;
    assert!(matches!(refused, Err(InferenceError::Model(_))), "{refused:?}");
    let endless = bench.mbti("An endless number.").await;
    assert!(matches!(endless, Err(InferenceError::NotFinite(_))), "{endless:?}");
    let untokenized = bench.mbti("A tokenizer-bomb.").await;
    assert!(matches!(untokenized, Err(InferenceError::Panicked)));
    assert!(bench.mbti("Still here.").await.is_ok());
    assert_eq!(bench.engine.stats().waiting_tokens, 0);
    assert_eq!(bench.engine.stats().totals.failed, 4);
}

#[actix_web::test]
async fn a_model_that_gives_too_few_rows_is_found_out() {
    let bench = bench(small_batches(), |model| model.rows_short = 1);
    let result = bench.mbti(&text("a", 2)).await;
    assert!(matches!(result, Err(InferenceError::Shape { windows: 2, rows: 1, labels: 16 })), "{result:?}");
}

#[actix_web::test]
async fn stopping_finishes_what_is_waiting() {
    let bench = bench(small_batches(), |model| model.forward_gate.close());
    let waiting: Vec<_> = (0..5).map(|i| spawn(bench.mbti(&text(&format!("t{i}"), 20)))).collect();
    bench.until("five", |stats| stats.totals.admitted == 5).await;
    let stopping = spawn({
        let engine = bench.engine.clone();
        async move { engine.stop(SOON).await }
    });
    sleep(Duration::from_millis(20)).await;
    assert!(matches!(bench.mbti("Too late.").await, Err(InferenceError::Stopped)));
    assert!(!bench.engine.stats().ready);
    bench.mbti.forward_gate.open();
    for one in waiting {
        assert_eq!(one.await.unwrap().unwrap().windows, 20);
    }
    assert!(stopping.await.unwrap());
}

#[actix_web::test]
async fn stopping_ends_in_time_even_if_the_model_does_not() {
    let bench = bench(small_batches(), |model| model.forward_gate.close());
    let waiting: Vec<_> = (0..3).map(|i| spawn(bench.mbti(&text(&format!("t{i}"), 20)))).collect();
    bench.until("three", |stats| stats.waiting_readings == 3 && stats.waiting_windows >= 58).await;
    let start = Instant::now();
    assert!(!bench.engine.stop(Duration::from_millis(100)).await);
    assert!(start.elapsed() < Duration::from_secs(5));
    for one in waiting {
        assert!(matches!(one.await.unwrap(), Err(InferenceError::Stopped)));
    }
    bench.mbti.forward_gate.open();
}

#[actix_web::test]
async fn the_last_clone_dropped_ends_the_threads() {
    let Bench { mbti, big_five, engine } = bench(small_batches(), |_| {});
    let clone = engine.clone();
    drop(engine);
    assert!(clone.warm(Deadline::within(SOON)).await.is_ok());
    drop(clone);
    let start = Instant::now();
    while Arc::strong_count(&mbti) + Arc::strong_count(&big_five) > 2 {
        assert!(start.elapsed() < SOON, "a thread still holds a model");
        sleep(Duration::from_millis(1)).await;
    }
}

#[actix_web::test]
async fn the_engine_is_ready_once_both_models_ran() {
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
        for which in Which::ALL {
            let passage = Passage::new(blank);
            let reading = bench.engine.classify(which, passage, Deadline::within(SOON)).await.unwrap();
            let words = blank.split_whitespace().count();
            assert_eq!((reading.windows, reading.tokens, reading.share_read), (1, words, 1.0), "{blank:?}");
            assert!(reading.probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
        }
    }
}

#[actix_web::test]
async fn a_tokenizer_that_truncates_shows_in_the_share() {
    let bench = bench(InferenceConfig::default(), |model| model.truncate = Some(12));
    let whole = bench.mbti("Twelve words are read but what comes after them is not ever").await.unwrap();
    assert_eq!(whole.share_read, 1.0);
    let cut =
        bench.mbti("Half of it xx is read: six! ok yes yes ab cd ab cd ab cd ab cd ab cd ab").await.unwrap();
    assert_eq!((cut.tokens, cut.windows), (12, 2));
    // Letters and marks, white space aside: 34 in the first twelve words of 52.
    assert!((cut.share_read - 34.0 / 52.0).abs() < 0.05, "{}", cut.share_read);
    assert!(cut.share_read < 1.0);
}

#[test]
fn models_with_foreign_labels_do_not_start() {
    let model = |which| Arc::new(StandIn::new(which, Windows::Packed, 8));
    let swapped = Models { mbti: model(Which::BigFive), big_five: model(Which::Mbti) };
    let error = Engine::start(swapped, InferenceConfig::default()).err().unwrap();
    assert_eq!(error.to_string(), "the mbti model cannot be used");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("found LABEL_0, LABEL_1"), "{source}");
}
