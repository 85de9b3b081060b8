//! What a failure affects, and how the engine stops.

use super::*;

#[actix_web::test]
async fn a_panic_in_a_forward_pass_fails_its_batch_and_no_other() {
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
async fn a_text_that_fails_leaves_nothing_in_the_queue() {
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
async fn a_model_that_returns_too_few_rows_is_an_error() {
    let bench = bench(small_batches(), |model| model.rows_short = 1);
    let result = bench.mbti(&text("a", 2)).await;
    assert!(matches!(result, Err(InferenceError::Shape { windows: 2, rows: 1, labels: 16 })), "{result:?}");
}

#[actix_web::test]
async fn an_engine_whose_model_fails_on_real_text_is_not_ready() {
    let bench = bench(small_batches(), |model| model.refuses = Some("朝はゆっくり起きたいです。"));
    let failed = bench.engine.warm(Deadline::within(SOON)).await;
    assert!(matches!(failed, Err((ModelKind::Mbti, InferenceError::Model(_)))), "{failed:?}");
    let stats = bench.engine.stats();
    assert!(!stats.ready && !stats.died);
    assert!(bench.mbti("I like a quiet room with good light.").await.is_ok(), "plain text it reads");
}

#[actix_web::test]
async fn stopping_reads_what_is_waiting() {
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
async fn dropping_the_last_clone_ends_the_threads() {
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
