//! The engine with cached logits: which windows are read again, and that readings do not change.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::rt::{spawn, time::sleep};

use super::stand_in::StandIn;
use crate::inference::stats::EngineStats;
use crate::inference::*;
use crate::models::Windows;
use crate::personality::ModelKind;

const SOON: Duration = Duration::from_secs(60);

struct Bench {
    mbti: Arc<StandIn>,
    big_five: Arc<StandIn>,
    engine: Engine,
}

/// Two models that read answer by answer and have an identity.
fn bench(config: InferenceConfig, prepare: impl Fn(&mut StandIn)) -> Bench {
    let model = |which| {
        let mut model = StandIn::new(which, Windows::Answer, 8);
        model.identity = Some("a stand-in");
        prepare(&mut model);
        Arc::new(model)
    };
    let (mbti, big_five) = (model(ModelKind::Mbti), model(ModelKind::BigFive));
    let models = Models { mbti: mbti.clone(), big_five: big_five.clone() };
    Bench { mbti, big_five, engine: Engine::start(models, config).unwrap() }
}

impl Engine {
    /// Owns the engine and the text, so that the reading can be spawned.
    fn read_owned(self, text: &str) -> impl Future<Output = Reading> + use<> {
        let passage = Passage::new(text);
        async move { self.read(passage, Deadline::within(SOON)).await.unwrap() }
    }
}

impl Bench {
    async fn read(&self, text: &str) -> Reading {
        self.engine.read(Passage::new(text), Deadline::within(SOON)).await.unwrap()
    }

    async fn until(&self, what: &str, reached: impl Fn(&EngineStats) -> bool) {
        let start = Instant::now();
        while !reached(&self.engine.stats()) {
            assert!(start.elapsed() < SOON, "waited in vain for {what}; {:?}", self.engine.stats());
            sleep(Duration::from_millis(1)).await;
        }
    }
}

#[actix_web::test]
async fn a_text_read_before_needs_no_pass_and_gives_the_same_reading() {
    let bench = bench(InferenceConfig::default(), |_| {});
    let text = "One sentence here.\n\nAnother one there.\n\nA third.";
    let first = bench.read(text).await;
    let passes = bench.engine.stats().totals.batches;
    let again = bench.read(text).await;
    let stats = bench.engine.stats();
    assert_eq!((stats.totals.batches, stats.totals.reused, stats.totals.windows), (passes, 6, 6));
    assert_eq!(stats.kept_windows, 6);
    assert!(stats.kept_bytes > 6 * (16 + 5) / 2 * 4);
    for (a, b) in [(&first.mbti, &again.mbti), (&first.big_five, &again.big_five)] {
        assert_eq!((&a.logits, &a.probabilities), (&b.logits, &b.probabilities));
        assert_eq!((a.windows, a.tokens, a.share_read), (b.windows, b.tokens, b.share_read));
        assert_eq!(b.timings.forward, Duration::ZERO);
        assert_eq!(b.timings.queue + b.timings.tokenize, b.timings.total);
    }
    assert_eq!(stats.totals.completed, 4);
    assert_eq!((stats.waiting_readings, stats.waiting_tokens), (0, 0));
}

#[actix_web::test]
async fn windows_that_two_texts_share_are_read_once() {
    let bench = bench(InferenceConfig::default(), |_| {});
    bench.read("Shared by both.\n\nMine alone.").await;
    let read = bench.read("Yours alone.\n\nShared by both.\n\nAnd this.").await;
    assert_eq!(bench.mbti.windows_read().len(), 4);
    for (reading, model) in [(&read.mbti, &bench.mbti), (&read.big_five, &bench.big_five)] {
        let alone =
            read_alone(&**model, "Yours alone.\n\nShared by both.\n\nAnd this.", &Known::default()).unwrap();
        assert_eq!(reading.logits, alone.logits);
    }
}

#[actix_web::test]
async fn a_window_that_is_twice_in_a_batch_is_read_once() {
    let bench = bench(InferenceConfig::default(), |model| model.forward_gate.close());
    let before = spawn(bench.engine.clone().read_owned("Hold on."));
    // One model's pass is held up, and the other's window waits for it.
    let begun = || bench.mbti.forward_gate.arrived() + bench.big_five.forward_gate.arrived() == 1;
    bench.until("the first pass", |stats| begun() && stats.waiting_windows == 1).await;
    let texts: Vec<_> = (0..20)
        .map(|n| {
            spawn(bench.engine.clone().read_owned(&format!("Same for all.\n\nOnly number{n} says this.")))
        })
        .collect();
    bench.until("all of them waiting", |stats| stats.waiting_windows >= 81).await;
    bench.mbti.forward_gate.open();
    bench.big_five.forward_gate.open();
    before.await.unwrap();
    for (n, text) in texts.into_iter().enumerate() {
        let reading = text.await.unwrap();
        let alone = read_alone(
            &*bench.mbti,
            &format!("Same for all.\n\nOnly number{n} says this."),
            &Known::default(),
        )
        .unwrap();
        assert_eq!(reading.mbti.logits, alone.logits, "{n}");
    }
    let stats = bench.engine.stats().totals;
    // For each model: the first text, the shared window once, and twenty more.
    assert_eq!((stats.windows, stats.reused), (2 * 22, 2 * 19));
}

#[actix_web::test]
async fn a_window_cached_while_it_waited_is_not_read_again() {
    // One window per pass: the second text's windows wait until the first text's are read.
    let config = InferenceConfig { batch_tokens: 1, ..InferenceConfig::default() };
    let bench = bench(config, |model| model.forward_gate.close());
    let texts: Vec<_> =
        (0..5).map(|_| spawn(bench.engine.clone().read_owned("A b c.\n\nD e f.\n\nG h."))).collect();
    bench.until("all of them", |stats| stats.waiting_windows >= 2 * 14).await;
    bench.mbti.forward_gate.open();
    bench.big_five.forward_gate.open();
    for text in texts {
        text.await.unwrap();
    }
    assert_eq!((bench.mbti.windows_read().len(), bench.big_five.windows_read().len()), (3, 3));
    let totals = bench.engine.stats().totals;
    assert_eq!((totals.batches, totals.windows, totals.reused), (6, 6, 24));
}

#[actix_web::test]
async fn nothing_is_cached_if_it_is_off_windows_are_packed_or_a_model_has_no_identity() {
    let off = InferenceConfig { reuse_bytes: 0, ..InferenceConfig::default() };
    for (config, prepare) in [
        (off, (|_: &mut StandIn| {}) as fn(&mut StandIn)),
        (InferenceConfig::default(), |model| model.identity = None),
        (InferenceConfig::default(), |model| model.pack()),
    ] {
        let bench = bench(config, prepare);
        bench.read("Again and again.\n\nAnd again and again.").await;
        let once = bench.mbti.windows_read().len();
        bench.read("Again and again.\n\nAnd again and again.").await;
        assert_eq!(bench.mbti.windows_read().len(), 2 * once);
        let stats = bench.engine.stats();
        assert_eq!((stats.totals.reused, stats.kept_windows), (0, 0));
    }
}

#[actix_web::test]
async fn failed_windows_are_not_cached() {
    let bench = bench(InferenceConfig::default(), |_| {});
    for text in ["A bomb here.", "It is refused here.", "An endless one."] {
        for _ in 0..2 {
            let failed = bench.engine.read(Passage::new(text), Deadline::within(SOON)).await;
            assert!(failed.is_err(), "{text}");
        }
    }
    assert_eq!(bench.engine.stats().kept_windows, 0);
}

/// 1,000 texts for both models, all waiting at once.
#[actix_web::test]
async fn a_thousand_waiting_texts_are_read_steadily() {
    // 40 sentences that occur only in this text, and 10 that all share.
    let text = |n: usize| {
        let own = (0..40).map(|i| format!("Number{n} says number{i} with words.\n\n"));
        let shared = (0..10).map(|i| format!("All of us say number{i}.\n\n"));
        own.chain(shared).collect::<String>()
    };
    let bench = bench(
        InferenceConfig { batch_tokens: 256, queue_tokens: 8_000_000, ..InferenceConfig::default() },
        |model| model.forward_gate.close(),
    );
    let waiting = (0..1000).map(|n| (n, spawn(bench.engine.clone().read_owned(&text(n)))));
    let (gone, staying): (Vec<_>, Vec<_>) = waiting.partition(|(n, _)| n % 10 == 0);
    // Apart from the batch under way.
    bench.until("all of them", |stats| stats.waiting_windows >= 2 * 1000 * 50 - 50).await;
    // One in ten is canceled.
    for (_, gone) in gone {
        gone.abort();
        assert!(gone.await.is_err());
    }
    let start = Instant::now();
    bench.mbti.forward_gate.open();
    bench.big_five.forward_gate.open();
    for (n, reading) in staying {
        let reading = reading.await.unwrap();
        assert_eq!((reading.mbti.windows, reading.big_five.windows), (50, 50));
        if n % 97 == 0 {
            assert_eq!(
                reading.mbti.logits,
                read_alone(&*bench.mbti, &text(n), &Known::default()).unwrap().logits
            );
        }
    }
    let took = start.elapsed();
    let stats = bench.engine.stats();
    assert_eq!((stats.waiting_readings, stats.waiting_windows, stats.waiting_tokens), (0, 0, 0));
    assert_eq!((stats.totals.completed, stats.totals.failed, stats.totals.expired), (1800, 0, 0));
    assert_eq!(stats.totals.cancelled, 200);
    // Canceled texts are not read, apart from the batch under way.
    assert!(stats.totals.windows < 2 * (900 * 40 + 10) + 200, "{stats:?}");
    // The simple model takes almost no time, so this is the engine's own: a millisecond per reading in an unoptimized
    // build.
    assert!(took < Duration::from_secs(30), "{took:?}");
}
