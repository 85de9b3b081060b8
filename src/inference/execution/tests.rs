//! The choice of an execution.

use std::cell::RefCell;

use super::*;
use crate::inference::tests::stand_in::StandIn;
use crate::models::Windows;
use crate::personality::ModelKind;

fn way(precision: Precision) -> Execution {
    Execution::new(precision, Instructions::Portable, 1)
}

fn three_ways() -> Ways {
    let others = vec![way(Precision::Bf16), way(Precision::Int8)];
    Ways { exact: way(Precision::F32), others, asked: false }
}

/// int8 is the fastest, then bf16.
fn usual_time<M>(_: &M, way: Execution) -> Option<Duration> {
    time_of(way, [30, 20, 10])
}

/// These milliseconds for f32, bf16 and int8.
fn time_of(way: Execution, [f32, bf16, int8]: [u64; 3]) -> Option<Duration> {
    Some(Duration::from_millis(match way.precision {
        Precision::F32 => f32,
        Precision::Bf16 => bf16,
        Precision::Int8 => int8,
    }))
}

/// Chooses among three executions, two of them with this error in every logit. Returns the choice and what was tried.
fn chosen(int8: f32, bf16: f32) -> (Choice, Vec<Precision>) {
    let tried = RefCell::new(Vec::new());
    let model = |execution: Execution| {
        tried.borrow_mut().push(execution.precision);
        let mut model = StandIn::new(ModelKind::BigFive, Windows::Answer, 8);
        model.off_by = match execution.precision {
            Precision::Int8 => int8,
            Precision::Bf16 => bf16,
            Precision::F32 => 0.0,
        };
        Ok(model)
    };
    let (_, choice) = choose(&three_ways(), model, |_, execution| model(execution), usual_time).unwrap();
    (choice, tried.into_inner())
}

#[test]
fn the_fastest_execution_that_agrees_is_chosen() {
    let (choice, tried) = chosen(0.01, 0.0);
    assert_eq!(choice.execution.unwrap().precision, Precision::Int8);
    assert_eq!(tried, [Precision::F32, Precision::Int8]);
    assert!(choice.reason.contains("for 16 texts no probability differs by more than 0.00"), "{choice}");
}

#[test]
fn what_is_measured_as_slower_is_not_chosen() {
    let load = |_| Ok(StandIn::new(ModelKind::BigFive, Windows::Answer, 8));
    let chosen = |times: [u64; 3]| {
        let repack = |_: &StandIn, way| load(way);
        let (_, choice) =
            choose(&three_ways(), load, repack, |_: &StandIn, way| time_of(way, times)).unwrap();
        (choice.execution.unwrap().precision, choice.reason)
    };
    let (precision, reason) = chosen([20, 30, 10]);
    assert_eq!(precision, Precision::Int8);
    assert!(
        reason.starts_with("128 tokens take one layer 10.00 ms in int8 with attention in f32, 20.00 ms in f32, 30.00 ms in bf16"),
        "{reason}"
    );
    assert_eq!(chosen([10, 30, 20]).0, Precision::F32);
    // About as fast: the more exact one.
    assert_eq!(chosen([100, 98, 97]).0, Precision::F32);
    assert_eq!(chosen([100, 51, 50]).0, Precision::Bf16);
}

#[test]
fn attention_in_f32_is_tried_beside_int8_wherever_int8_is() {
    let auto = ways(&Wanted::default()).unwrap();
    let int8: Vec<Precision> =
        auto.others.iter().filter(|way| way.precision == Precision::Int8).map(|way| way.attention).collect();
    assert_eq!(int8[0], Precision::F32);
    assert_eq!(int8.len() == 2, Instructions::detect().multiplies_bf16(), "{int8:?}");
    // Whoever sets a precision gets the same on every processor with the same instructions.
    let asked = ways(&Wanted { precision: Some(Precision::Int8), ..Wanted::default() }).unwrap();
    assert_eq!(asked.others.len(), 1);
}

#[test]
fn an_execution_that_differs_too_much_is_skipped_and_its_difference_noted() {
    // A logit that is off by .2 near 0 moves a probability by about .05.
    let (choice, tried) = chosen(0.2, 0.01);
    assert_eq!(choice.execution.unwrap().precision, Precision::Bf16);
    assert_eq!(tried, [Precision::F32, Precision::Int8, Precision::Bf16]);
    assert!(
        choice.reason.contains("; a probability in int8 with attention in f32 differs from f32 by 0."),
        "{choice}"
    );
}

#[test]
fn the_exact_execution_remains_when_all_others_differ_panic_or_return_nan() {
    for wrong in [f32::NAN, f32::INFINITY, 5.0] {
        let (choice, _) = chosen(wrong, 0.2);
        assert_eq!(choice.execution.unwrap().precision, Precision::F32, "{wrong}");
        assert!(choice.reason.contains("int8") && choice.reason.contains("bf16"), "{choice}");
    }
    let load = |_| Ok(StandIn::new(ModelKind::Mbti, Windows::Packed, 8));
    let broken = |_: &StandIn, _| -> Result<StandIn, ModelError> { panic!("planted") };
    let (_, choice) = choose(&three_ways(), load, broken, usual_time).unwrap();
    assert_eq!(choice.execution.unwrap().precision, Precision::F32);
    assert!(choice.reason.contains("int8 with attention in f32 panicked"), "{choice}");
}

#[test]
fn what_is_asked_for_is_taken_without_a_comparison() {
    let load = |_| Ok(StandIn::new(ModelKind::Mbti, Windows::Packed, 8));
    let never = |_: &StandIn, _| -> Result<StandIn, ModelError> { panic!("nothing to choose") };
    let asked = Ways { exact: way(Precision::Int8), others: Vec::new(), asked: true };
    let (model, choice) = choose(&asked, load, never, usual_time).unwrap();
    assert_eq!(
        (choice.execution.unwrap().precision, choice.reason.as_str()),
        (Precision::Int8, "as asked for")
    );
    assert!(model.batches.lock().unwrap().is_empty());
}

#[test]
fn int8_that_is_asked_for_is_taken_however_much_it_differs_after_f32_has_read() {
    let wanted = Wanted { precision: Some(Precision::Int8), ..Wanted::default() };
    let ways = ways(&wanted).unwrap();
    let first = RefCell::new(None);
    let model = |off_by| {
        let mut model = StandIn::new(ModelKind::BigFive, Windows::Answer, 8);
        model.off_by = off_by;
        model
    };
    let repack = |exact: &StandIn, way: Execution| {
        *first.borrow_mut() = Some(exact.windows_read().len());
        assert_eq!(way.precision, Precision::Int8);
        Ok(model(5.0))
    };
    let (_, choice) =
        choose(&ways, |way| Ok(model((way.precision != Precision::F32) as u8 as f32)), repack, usual_time)
            .unwrap();
    assert_eq!(*first.borrow(), Some(TEXTS.len()), "texts read in f32 before int8 was packed");
    assert_eq!(choice.execution.unwrap().precision, Precision::Int8);
    assert!(choice.reason.starts_with("as asked for; for 16 texts"), "{choice}");
}

#[test]
fn only_what_the_processor_supports_is_offered() {
    let auto = ways(&Wanted::default()).unwrap();
    assert_eq!(auto.exact.precision, Precision::F32);
    let all = auto.others.iter().chain([&auto.exact]);
    assert!(all.clone().all(|way| supported(way.precision, way.instructions) && way.threads >= 1));
    let portable = Wanted { instructions: Some(Instructions::Portable), threads: 3, ..Wanted::default() };
    let exact = ways(&portable).unwrap().exact;
    assert_eq!((exact.instructions, exact.threads), (Instructions::Portable, 3));
    let bf16 = Wanted { precision: Some(Precision::Bf16), ..portable };
    let said = ways(&bf16).unwrap_err().to_string();
    assert!(said.contains("cannot compute in bf16 with portable") && said.contains("f32"), "{said}");
}

#[test]
fn the_texts_differ_in_length_and_script() {
    let mut lengths: Vec<usize> = TEXTS.iter().map(|text| text.chars().count()).collect();
    lengths.sort_unstable();
    lengths.dedup();
    assert!(lengths.len() >= 12, "{lengths:?}");
    assert!(TEXTS.iter().filter(|text| !text.is_ascii()).count() >= 6);
}
