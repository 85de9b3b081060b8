//! Which requests are refused or dropped, and when.

use super::*;
use std::collections::HashSet;

#[actix_web::test]
async fn a_full_queue_refuses_at_once_and_an_idle_engine_accepts_any_text() {
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

/// A bench whose pace is known: it has read 40 windows at no more than 20 tokens per 10 ms.
async fn measured() -> Bench {
    let bench = bench(small_batches(), |model| model.slow = Duration::from_millis(10));
    assert_eq!(bench.engine.stats().tokens_per_second, 0.0);
    // While the pace is unknown, any deadline is accepted.
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
async fn a_text_that_would_be_late_is_refused_at_once_unless_it_is_stored() {
    let bench = measured().await;
    bench.until("an empty queue", |stats| stats.waiting_readings == 0).await;
    bench.mbti.forward_gate.close();
    let first = spawn(bench.mbti(&text("first", 400)));
    bench.until("the first to be under way", |stats| stats.waiting_windows >= 398).await;
    // 398 windows of 10 tokens are waiting: at least 2 s.
    let soon = Deadline::within(Duration::from_secs(1));
    let second = bench.engine.admit(Passage::new("Short."), soon);
    let Err(InferenceError::QueueFull { retry_after }) = second else { panic!("{second:?}") };
    assert!((2..=60).contains(&retry_after.as_secs()), "{retry_after:?}");
    let far = Deadline(soon.0 + Duration::from_secs(3600));
    assert!(bench.engine.admit(Passage::new("Short."), far).is_ok(), "its deadline is far enough");
    assert!(bench.engine.admit(Passage::stored("Short.", 1), soon).is_ok(), "stored texts are never refused");
    bench.mbti.forward_gate.open();
    drop(first);
}

/// More clients than the models can serve, each retrying soon after a refusal: admitted texts are read in time, and the
/// models are never idle.
#[actix_web::test]
async fn under_overload_the_models_stay_busy_and_hardly_anything_is_late() {
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
    // Both readings of a text together are 16 windows.
    let windows = after.windows - before.windows;
    assert!(16 * done as u64 * 10 >= windows * 8, "{done} texts done, {windows} windows read");
    let busy = after.forward - before.forward;
    assert!(busy > Duration::from_secs(4), "the models were busy for {busy:?} of 6 s");
    assert!(refused > 60 && late * 3 < done, "{done} done, {refused} refused, {late} late");
}

#[actix_web::test]
async fn refusals_do_not_search_the_whole_queue_each_time() {
    let config = InferenceConfig { queue_tokens: 50, ..small_batches() };
    let bench = bench(config, |model| model.forward_gate.close());
    let _first = spawn(bench.mbti(&text("first", 40)));
    bench.until("the first to be under way", |stats| stats.waiting_windows > 0).await;
    let start = Instant::now();
    let mut sweeps = HashSet::new();
    for _ in 0..1000 {
        assert!(bench.engine.admit(Passage::new("Short."), Deadline::within(SOON)).is_err());
        sweeps.extend(bench.engine.last_sweep());
    }
    let most = 2 + start.elapsed().as_millis() as usize / 100;
    assert!(sweeps.len() <= most, "{} searches, expected at most {most}", sweeps.len());
    bench.mbti.forward_gate.open();
}

#[actix_web::test]
async fn the_number_of_readings_is_limited() {
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
async fn a_text_past_its_deadline_is_not_read() {
    let bench = bench(small_batches(), |model| model.forward_gate.close());
    let first = spawn(bench.mbti("First."));
    bench
        .until("the first to be under way", |stats| stats.totals.admitted == 1 && stats.waiting_tokens == 0)
        .await;
    let late = Deadline::within(Duration::from_millis(40));
    let start = Instant::now();
    let result = bench.engine.classify(ModelKind::Mbti, Passage::new("Belated words."), late).await;
    assert!(matches!(result, Err(InferenceError::Deadline)), "{result:?}");
    assert!(start.elapsed() >= Duration::from_millis(40) && start.elapsed() < Duration::from_secs(2));
    let past = bench.engine.classify(ModelKind::Mbti, Passage::new("Belated words."), late).await;
    assert!(matches!(past, Err(InferenceError::Deadline)), "{past:?}");
    bench.mbti.forward_gate.open();
    first.await.unwrap().unwrap();
    bench.mbti("Last.").await.unwrap();
    assert!(!bench.mbti.windows_read().iter().flatten().any(|token| *token == id("Belated")));
    assert_eq!(bench.engine.stats().totals.expired, 2);
    assert_eq!(bench.engine.stats().waiting_readings, 0);
}

#[actix_web::test]
async fn a_cancelled_request_is_dropped_before_it_is_read() {
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
