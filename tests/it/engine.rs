//! The engine with small real networks and tokenizers: it must not change a model's results.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use calling::internals::inference::{
    Deadline, Engine, InferenceConfig, Known, ModelReading, Models, Passage, Probabilities, TOLERANCE,
    read_alone, window,
};
use calling::internals::models::{
    Classifier, Execution, Instructions, LoadedModel, Precision, load, load_with, supported,
};
use calling::internals::personality::ModelKind;

const SOON: Duration = Duration::from_secs(60);

fn fixture(name: &str) -> Arc<LoadedModel> {
    let dir: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/models", name].iter().collect();
    Arc::new(load(Path::new(&dir)).unwrap())
}

fn engine(mbti: &Arc<LoadedModel>, big_five: &Arc<LoadedModel>, batch_tokens: usize) -> Engine {
    let models = Models { mbti: mbti.clone(), big_five: big_five.clone() };
    Engine::start(models, InferenceConfig { batch_tokens, ..InferenceConfig::default() }).unwrap()
}

/// Texts of 0 to about 1,600 tokens, no two alike.
fn texts() -> Vec<String> {
    let sentences = [
        "I never seem to run out of things to say. ",
        "Art leaves me cold! ",
        "Déjà vu in a naïve café — “why not?” ",
        "你好。我很好。 ",
        "☺️ 👩‍👩‍👧 ½ ﷽ e\u{301} \u{a0}soft\u{ad}hyphen\r\n",
        "word ",
        "3.14159, e.g. this one: (a; b; c)... ",
    ];
    (0..18)
        .map(|i| (0..i * i / 3).map(|k| sentences[(k * (i + 1) + i) % sentences.len()]).collect())
        .chain(["   \n\t".to_owned(), "A".to_owned(), "no full stop ".repeat(800)])
        .collect()
}

fn assert_close(a: &ModelReading, b: &ModelReading) {
    assert_eq!((a.windows, a.tokens, a.share_read), (b.windows, b.tokens, b.share_read));
    let pairs = a.probabilities.iter().zip(&b.probabilities).chain(a.logits.iter().zip(&b.logits));
    for (a, b) in pairs {
        assert!((a - b).abs() < 1e-5, "{a} {b}");
    }
}

#[actix_web::test]
async fn a_batched_reading_equals_the_single_one() {
    for (mbti, big_five) in [("albert-spiece", "bert-json"), ("albert-groups-f16", "bert-cased")] {
        let (mbti, big_five) = (fixture(mbti), fixture(big_five));
        let engine = engine(&mbti, &big_five, 700);
        let texts = texts();
        let waiting: Vec<_> = texts
            .iter()
            .map(|text| {
                let (engine, passage) = (engine.clone(), Passage::new(text.as_str()));
                actix_web::rt::spawn(async move { engine.read(passage, Deadline::within(SOON)).await })
            })
            .collect();
        for (text, reading) in texts.iter().zip(waiting) {
            let reading = reading.await.unwrap().unwrap();
            assert_close(&reading.mbti, &read_alone(&*mbti, text, &Known::default()).unwrap());
            assert_close(&reading.big_five, &read_alone(&*big_five, text, &Known::default()).unwrap());
            let profile = reading.profile().unwrap();
            assert!((profile.types.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
        assert!(engine.stats().totals.batches < engine.stats().totals.windows, "no batch held two windows");
        assert!(engine.stop(SOON).await);
    }
}

/// Our own kernels give the same bits whatever else is in the batch.
#[actix_web::test]
async fn a_batched_reading_is_the_single_one_to_the_last_bit_in_every_precision() {
    for precision in Precision::ALL {
        let instructions = Instructions::detect();
        if !supported(precision, instructions) {
            println!("skipped: this processor cannot compute in {precision} with {instructions}");
            continue;
        }
        let way = Execution::new(precision, instructions, 2);
        let load = |name: &str| {
            let dir: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/models", name].iter().collect();
            Arc::new(load_with(&dir, Some(way)).unwrap())
        };
        let (mbti, big_five) = (load("albert-spiece"), load("bert-json"));
        let engine = engine(&mbti, &big_five, 700);
        let texts = texts();
        let waiting: Vec<_> = texts
            .iter()
            .map(|text| {
                let (engine, passage) = (engine.clone(), Passage::new(text.as_str()));
                actix_web::rt::spawn(async move { engine.read(passage, Deadline::within(SOON)).await })
            })
            .collect();
        for (text, reading) in texts.iter().zip(waiting) {
            let reading = reading.await.unwrap().unwrap();
            for (batched, model) in [(&reading.mbti, &mbti), (&reading.big_five, &big_five)] {
                let alone = read_alone(&**model, text, &Known::default()).unwrap();
                assert_eq!(batched.logits, alone.logits, "{way}: {text:?}");
            }
        }
        let totals = engine.stats().totals;
        assert!(totals.batches < totals.windows, "no batch held two windows");
        assert!(engine.stop(SOON).await);
    }
}

/// The bundled models. int8 is not tested here: whether it is close enough depends on the model, and the self-check decides
/// that at each start.
#[test]
fn the_bundled_pair_is_as_exact_in_f32_as_candle_and_within_the_tolerance_in_bf16() {
    for name in ["mbti", "big-five"] {
        let dir: PathBuf = [env!("CARGO_MANIFEST_DIR"), "models", name].iter().collect();
        let way = |precision| Execution::new(precision, Instructions::detect(), 2);
        let exact = load_with(&dir, Some(way(Precision::F32))).unwrap();
        let expected = Probabilities::of(&exact).unwrap();
        let reference = Probabilities::of(&load(&dir).unwrap()).unwrap();
        let difference = expected.largest_difference(&reference);
        assert!(difference < 1e-4, "{name} in f32 differs by {difference} from candle's plain operations");
        let way = way(Precision::Bf16);
        if supported(way.precision, way.instructions) {
            let found = Probabilities::of(&exact.with_execution(way).unwrap()).unwrap();
            let difference = found.largest_difference(&expected);
            assert!(difference <= TOLERANCE, "{name} as {way} differs by {difference}");
        } else {
            println!("skipped: this processor cannot compute as {way}");
        }
    }
}

#[actix_web::test]
async fn a_text_that_fits_in_one_window_gives_the_models_own_logits() {
    let (mbti, big_five) = (fixture("albert-spiece"), fixture("bert-vocab-txt"));
    let engine = engine(&mbti, &big_five, 1024);
    for text in texts() {
        for (which, model) in [(ModelKind::Mbti, &mbti), (ModelKind::BigFive, &big_five)] {
            let ids = model.encode(&text).unwrap().ids;
            if ids.len() > model.window_capacity() {
                continue;
            }
            let own = &model.logits(&[&model.window_ids(&ids)]).unwrap()[0];
            let reading =
                engine.classify(which, Passage::new(text.as_str()), Deadline::within(SOON)).await.unwrap();
            assert_eq!(reading.windows, 1);
            for (a, b) in reading.logits.iter().zip(own) {
                assert!((a - f64::from(*b)).abs() < 1e-5, "{a} {b}");
            }
        }
    }
}

#[test]
fn tokenizing_in_steps_gives_the_ids_of_the_whole_text() {
    for name in ["albert-spiece", "albert-groups-f16", "bert-json", "bert-vocab-txt", "bert-cased"] {
        let model = fixture(name);
        let text = texts().concat().repeat(4);
        let steps = window::encoding_steps(&text);
        assert!(steps.len() > 3, "{}", steps.len());
        let whole = model.encode(&text).unwrap();
        let (mut ids, mut offsets) = (Vec::new(), Vec::new());
        for step in steps {
            let piece = model.encode(&text[step.clone()]).unwrap();
            ids.extend(piece.ids);
            offsets.extend(piece.offsets.into_iter().map(|o| o.start + step.start..o.end + step.start));
        }
        assert!(ids == whole.ids, "{name}: the ids differ");
        assert!(offsets == whole.offsets, "{name}: the offsets differ");
    }
}

#[test]
fn every_tokenizer_covers_the_whole_text() {
    for name in ["albert-spiece", "albert-groups-f16", "bert-json", "bert-vocab-txt", "bert-cased"] {
        let model = fixture(name);
        for text in texts() {
            let encoding = model.encode(&text).unwrap();
            let share = window::share_read(&text, &encoding.offsets);
            assert_eq!(share, 1.0, "{name}: {text:?}");
        }
    }
}

#[test]
fn a_reading_can_be_awaited_on_any_thread() {
    fn is_send<T: Send>(_: &T) {}
    let (mbti, big_five) = (fixture("albert-spiece"), fixture("bert-json"));
    let engine = engine(&mbti, &big_five, 1024);
    is_send(&engine.read(Passage::new("Text."), Deadline::within(SOON)));
    is_send(&engine.stop(SOON));
}
