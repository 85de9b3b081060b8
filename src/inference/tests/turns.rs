//! How long one text may delay another.

use super::*;

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
async fn a_huge_text_does_not_block_the_tokenizer() {
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
async fn many_texts_that_cannot_be_tokenized_in_steps_do_not_delay_a_small_one() {
    let bench = bench(InferenceConfig::default(), |model| model.encode_gate.close());
    let word = "x".repeat(100_000);
    let huge: Vec<_> = (0..10).map(|_| spawn(bench.mbti(&word))).collect();
    bench.until("the huge texts", |stats| stats.totals.admitted == 10).await;
    let small = spawn(bench.mbti("A small text."));
    bench.until("the small text", |stats| stats.totals.admitted == 11).await;
    bench.mbti.encode_gate.open();
    small.await.unwrap().unwrap();
    let place = bench.mbti.encoded.lock().unwrap().iter().position(|bytes| *bytes < word.len());
    // The text in progress, at most the first in line, then the small one.
    assert!(place.is_some_and(|place| place <= 2), "{place:?}");
    for one in huge {
        assert!(one.await.unwrap().is_ok());
    }
}

#[actix_web::test]
async fn a_stored_text_of_weight_16_does_not_wait_behind_the_requests() {
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
