//! Which way a model is computed: as somebody asked, or the fastest way that the processor has and that agrees with f32.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::models::{Classifier, Execution, Instructions, ModelError, Precision, supported};

use super::self_check::{Probabilities, TEXTS, TOLERANCE};

/// What was asked for; what is `None` is chosen here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The numbers to compute in.
    pub precision: Option<Precision>,
    /// The instructions to compute with.
    pub instructions: Option<Instructions>,
    /// Threads that compute together; 0 for one for each processor.
    pub threads: usize,
}

/// What this processor does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lacking {
    /// The instructions.
    #[error("this processor does not have them; expected auto, or {} at most", .widest)]
    Instructions {
        /// The widest it has.
        widest: Instructions,
    },
    /// The precision.
    #[error(
        "this processor cannot compute in {precision} with {instructions} instructions; expected auto, {others}"
    )]
    Precision {
        /// What was asked for.
        precision: Precision,
        /// With these instructions.
        instructions: Instructions,
        /// What it can do, as a list.
        others: Others,
    },
}

/// The precisions that some instructions offer, for people to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Others(Instructions);

impl fmt::Display for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = offered(self.0).map(|precision| precision.to_string()).collect();
        f.write_str(&names.join(" or "))
    }
}

/// What these instructions offer, fastest first.
fn offered(instructions: Instructions) -> impl Iterator<Item = Precision> {
    let by_speed: &[Precision] = match instructions {
        Instructions::Avx512 => &[Precision::Int8, Precision::Bf16, Precision::F32],
        Instructions::Avx2 => &[Precision::Int8, Precision::F32],
        // Without wide integer products int8 gains nothing worth its error.
        Instructions::Portable => &[Precision::F32, Precision::Int8],
    };
    by_speed.iter().copied().filter(move |precision| supported(*precision, instructions))
}

/// The ways to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ways {
    /// The way that was asked for; else f32, which the others are held to, and in which a model reads first that is to run in
    /// int8: what stands out then is taken apart.
    pub exact: Execution,
    /// What to try before it, fastest first; the one that was asked for.
    pub faster: Vec<Execution>,
    /// Whether the precision was asked for.
    pub asked: bool,
}

/// What there is to choose from on this processor.
pub fn ways(wanted: &Wanted) -> Result<Ways, Lacking> {
    let widest = Instructions::detect();
    let instructions = wanted.instructions.unwrap_or(widest);
    if !instructions.available() {
        return Err(Lacking::Instructions { widest });
    }
    let threads = match wanted.threads {
        0 => std::thread::available_parallelism().map_or(1, |n| n.get()),
        n => n,
    };
    let execution = |precision| Execution { precision, instructions, threads };
    match wanted.precision {
        Some(precision) if supported(precision, instructions) => Ok(match precision {
            Precision::Int8 => Ways {
                exact: execution(Precision::F32),
                faster: vec![execution(Precision::Int8)],
                asked: true,
            },
            Precision::F32 | Precision::Bf16 => {
                Ways { exact: execution(precision), faster: Vec::new(), asked: true }
            }
        }),
        Some(precision) => Err(Lacking::Precision { precision, instructions, others: Others(instructions) }),
        None => {
            let faster = offered(instructions).take_while(|precision| *precision != Precision::F32);
            let faster = faster.map(execution).collect();
            Ok(Ways { exact: execution(Precision::F32), faster, asked: false })
        }
    }
}

/// How a model is computed, and why so.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The way; `None` is candle's plain operations.
    pub execution: Option<Execution>,
    /// For people to read.
    pub reason: String,
}

impl Choice {
    /// The way that was asked for, without a check; `None` is candle's plain operations.
    pub fn asked(execution: Option<Execution>) -> Choice {
        Choice { execution, reason: "as asked for".to_owned() }
    }

    /// The way, for people to read.
    pub fn way(&self) -> String {
        self.execution.map_or_else(|| "f32 by candle's plain operations".to_owned(), |way| way.to_string())
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.way(), self.reason)
    }
}

/// Loads a model in the first of the faster ways that agrees with the exact one to within [`TOLERANCE`], else in the exact
/// one. Where there is nothing to choose nothing is checked; a faster way that was asked for is taken however far off it is,
/// and fails where it fails.
///
/// `load` reads the model in one way; `repack` makes it ready for another. A way that fails or panics is passed over.
pub fn choose<M: Classifier>(
    ways: &Ways,
    load: impl FnOnce(Execution) -> Result<M, ModelError>,
    repack: impl Fn(&M, Execution) -> Result<M, ModelError>,
) -> Result<(M, Choice), ModelError> {
    let exact = ways.exact;
    let model = load(exact)?;
    if ways.faster.is_empty() {
        let choice = if ways.asked {
            Choice::asked(Some(exact))
        } else {
            let reason = "nothing faster on this processor".to_owned();
            Choice { execution: Some(exact), reason }
        };
        return Ok((model, choice));
    }
    if let (true, &[way]) = (ways.asked, ways.faster.as_slice()) {
        let expected = Probabilities::of(&model);
        let asked = repack(&model, way)?;
        let reason = match expected.and_then(|expected| Ok((expected, Probabilities::of(&asked)?))) {
            Ok((expected, found)) => {
                let difference = found.largest_difference(&expected);
                format!(
                    "as asked for; of {} texts no probability differs from f32's by more than {difference:.4}",
                    TEXTS.len()
                )
            }
            Err(error) => format!("as asked for; it could not be held to f32: {error}"),
        };
        return Ok((asked, Choice { execution: Some(way), reason }));
    }
    let mut notes = Vec::new();
    let expected = match Probabilities::of(&model) {
        Ok(expected) => expected,
        Err(error) => {
            let reason = format!("no other way was tried, since f32 failed its self-check: {error}");
            return Ok((model, Choice { execution: Some(exact), reason }));
        }
    };
    for &way in &ways.faster {
        let tried = catch_unwind(AssertUnwindSafe(|| {
            let candidate = repack(&model, way).map_err(|error| error.to_string())?;
            let found = Probabilities::of(&candidate).map_err(|error| error.to_string())?;
            Ok::<_, String>((candidate, found.largest_difference(&expected)))
        }));
        match tried {
            Ok(Ok((candidate, difference))) if difference <= TOLERANCE => {
                notes.push(format!(
                    "the fastest that agrees with f32: no probability of {} texts differs by more than {difference:.4}",
                    TEXTS.len()
                ));
                return Ok((candidate, Choice { execution: Some(way), reason: notes.join("; ") }));
            }
            Ok(Ok((_, difference))) => notes.push(format!(
                "{} differs from f32 by {difference:.4} in a probability, more than {TOLERANCE}",
                way.precision
            )),
            Ok(Err(error)) => notes.push(format!("{} cannot be used: {error}", way.precision)),
            Err(_) => notes.push(format!("{} broke down in its self-check", way.precision)),
        }
    }
    Ok((model, Choice { execution: Some(exact), reason: notes.join("; ") }))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::inference::stand_in::StandIn;
    use crate::models::Windows;
    use crate::personality::ModelKind;

    fn way(precision: Precision) -> Execution {
        Execution { precision, instructions: Instructions::Portable, threads: 1 }
    }

    fn three_ways() -> Ways {
        let faster = vec![way(Precision::Int8), way(Precision::Bf16)];
        Ways { exact: way(Precision::F32), faster, asked: false }
    }

    /// Chooses among three ways whose logits are off by so much; returns the choice and what was tried.
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
        let (_, choice) = choose(&three_ways(), model, |_, execution| model(execution)).unwrap();
        (choice, tried.into_inner())
    }

    #[test]
    fn the_fastest_way_that_agrees_is_taken() {
        let (choice, tried) = chosen(0.01, 0.0);
        assert_eq!(choice.execution.unwrap().precision, Precision::Int8);
        assert_eq!(tried, [Precision::F32, Precision::Int8]);
        assert!(choice.reason.contains("no probability of 16 texts differs by more than 0.00"), "{choice}");
    }

    #[test]
    fn a_way_that_is_too_far_off_is_notes_with_its_difference() {
        // A logit that is off by .2 near 0 moves a probability by about .05.
        let (choice, tried) = chosen(0.2, 0.01);
        assert_eq!(choice.execution.unwrap().precision, Precision::Bf16);
        assert_eq!(tried, [Precision::F32, Precision::Int8, Precision::Bf16]);
        assert!(choice.reason.starts_with("int8 differs from f32 by 0."), "{choice}");
    }

    #[test]
    fn the_exact_way_is_left_when_all_others_are_off_break_down_or_give_no_numbers() {
        for wrong in [f32::NAN, f32::INFINITY, 5.0] {
            let (choice, _) = chosen(wrong, 0.2);
            assert_eq!(choice.execution.unwrap().precision, Precision::F32, "{wrong}");
            assert!(choice.reason.contains("int8") && choice.reason.contains("bf16"), "{choice}");
        }
        let load = |_| Ok(StandIn::new(ModelKind::Mbti, Windows::Packed, 8));
        let broken = |_: &StandIn, _| -> Result<StandIn, ModelError> { panic!("planted") };
        let (_, choice) = choose(&three_ways(), load, broken).unwrap();
        assert_eq!(choice.execution.unwrap().precision, Precision::F32);
        assert!(choice.reason.contains("int8 broke down"), "{choice}");
    }

    #[test]
    fn what_was_asked_for_is_taken_without_a_check() {
        let load = |_| Ok(StandIn::new(ModelKind::Mbti, Windows::Packed, 8));
        let never = |_: &StandIn, _| -> Result<StandIn, ModelError> { panic!("nothing to choose") };
        let asked = Ways { exact: way(Precision::Int8), faster: Vec::new(), asked: true };
        let (model, choice) = choose(&asked, load, never).unwrap();
        assert_eq!(
            (choice.execution.unwrap().precision, choice.reason.as_str()),
            (Precision::Int8, "as asked for")
        );
        assert!(model.batches.lock().unwrap().is_empty());
    }

    #[test]
    fn int8_that_was_asked_for_is_taken_however_far_off_after_f32_has_read() {
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
            choose(&ways, |way| Ok(model((way.precision != Precision::F32) as u8 as f32)), repack).unwrap();
        assert_eq!(*first.borrow(), Some(TEXTS.len()), "what f32 had read before int8 was packed");
        assert_eq!(choice.execution.unwrap().precision, Precision::Int8);
        assert!(choice.reason.starts_with("as asked for; of 16 texts"), "{choice}");
    }

    #[test]
    fn what_the_processor_has_is_offered_and_nothing_else() {
        let auto = ways(&Wanted::default()).unwrap();
        assert_eq!(auto.exact.precision, Precision::F32);
        let all = auto.faster.iter().chain([&auto.exact]);
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
}
