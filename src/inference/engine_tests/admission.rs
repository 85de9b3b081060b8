//! Who is refused, at once or when their time is up, and that nobody who left is read.

use super::*;

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
