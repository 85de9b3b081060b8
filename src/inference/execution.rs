//! Chooses how a model is computed: as the settings say, or in the way that is measured to be the fastest on this processor and
//! that agrees with f32.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::models::{Classifier, Execution, Instructions, ModelError, PLAIN, Precision, supported};

use super::self_check::{Probabilities, TEXTS, TOLERANCE};

/// The user's settings. `None` means that the choice is automatic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub precision: Option<Precision>,
    pub instructions: Option<Instructions>,
    /// Threads of one forward pass; 0 for one per processor.
    pub threads: usize,
}

/// A setting that the processor does not support.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lacking {
    #[error("this processor does not have them; expected auto, or {} at most", .widest)]
    Instructions {
        /// The widest that this processor has.
        widest: Instructions,
    },
    /// The precision.
    #[error(
        "this processor cannot compute in {precision} with {instructions} instructions; expected auto, {others}"
    )]
    Precision {
        precision: Precision,
        instructions: Instructions,
        /// The precisions that these instructions support.
        others: Others,
    },
}

/// The precisions that some instructions support, as a list in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Others(Instructions);

impl fmt::Display for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = precisions(self.0).map(|precision| precision.to_string()).collect();
        f.write_str(&names.join(" or "))
    }
}

/// The precisions that these instructions support, most exact first.
fn precisions(instructions: Instructions) -> impl Iterator<Item = Precision> {
    Precision::ALL.into_iter().filter(move |precision| supported(*precision, instructions))
}

/// The executions to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ways {
    /// How the model is loaded first: in f32, unless another precision is set. The others are compared with it.
    /// int8 is packed after a reading in f32, which records the outliers.
    pub exact: Execution,
    /// The other executions, most exact first. Only one if int8 is set.
    pub others: Vec<Execution>,
    /// Whether the settings choose a precision.
    pub asked: bool,
}

/// The executions to choose from on this processor.
///
/// # Errors
/// If the processor does not support a setting.
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
    let execution = |precision| Execution::new(precision, instructions, threads);
    match wanted.precision {
        Some(precision) if supported(precision, instructions) => Ok(match precision {
            Precision::Int8 => Ways {
                exact: execution(Precision::F32),
                others: vec![execution(Precision::Int8)],
                asked: true,
            },
            Precision::F32 | Precision::Bf16 => {
                Ways { exact: execution(precision), others: Vec::new(), asked: true }
            }
        }),
        Some(precision) => Err(Lacking::Precision { precision, instructions, others: Others(instructions) }),
        None => {
            let exact = execution(Precision::F32);
            // Beside int8, attention may be faster in f32 than in bf16.
            let with_attention =
                |way| [Precision::F32, Precision::Bf16].map(|attention| Execution { attention, ..way });
            let all = precisions(instructions).map(execution).flat_map(with_attention);
            let others = all.filter(|way| way.supported() && *way != exact).collect();
            Ok(Ways { exact, others, asked: false })
        }
    }
}

/// How a model is computed, and the reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// `None` is candle's plain operations.
    pub execution: Option<Execution>,
    /// A sentence for the log.
    pub reason: String,
}

impl Choice {
    /// The execution from the settings, without a comparison; `None` is candle's plain operations.
    pub fn asked(execution: Option<Execution>) -> Choice {
        Choice { execution, reason: "as asked for".to_owned() }
    }

    /// The execution in words.
    pub fn way(&self) -> String {
        self.execution.map_or_else(|| PLAIN.to_owned(), |way| way.to_string())
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.way(), self.reason)
    }
}

/// Loads a model in the fastest execution whose probabilities agree with the exact one's to within [`TOLERANCE`], or in
/// the exact one if no other that agrees is faster. An execution that is set is used regardless of speed and difference.
///
/// `load` loads the model in one execution; `repack` converts it to another; `time` measures an execution on the model's shapes,
/// or returns `None` if that is not possible.
///
/// # Errors
/// If the model cannot be loaded, or cannot be converted to the execution that is set. An automatic choice that fails
/// or panics is skipped.
pub fn choose<M: Classifier>(
    ways: &Ways,
    load: impl FnOnce(Execution) -> Result<M, ModelError>,
    repack: impl Fn(&M, Execution) -> Result<M, ModelError>,
    time: impl Fn(&M, Execution) -> Option<Duration>,
) -> Result<(M, Choice), ModelError> {
    let exact = ways.exact;
    let model = load(exact)?;
    match ways.others.as_slice() {
        [] if ways.asked => Ok((model, Choice::asked(Some(exact)))),
        [way] if ways.asked => as_asked(&model, *way, repack),
        others => {
            let measured = std::iter::once(&exact).chain(others);
            let measured = measured.filter_map(|way| Some((*way, time(&model, *way)?))).collect();
            Ok(fastest_that_agrees(model, exact, by_speed(measured), repack))
        }
    }
}

/// The model in the execution that is set, with the measured difference as the reason.
fn as_asked<M: Classifier>(
    model: &M,
    way: Execution,
    repack: impl Fn(&M, Execution) -> Result<M, ModelError>,
) -> Result<(M, Choice), ModelError> {
    let expected = Probabilities::of(model);
    let asked = repack(model, way)?;
    let reason = match expected.and_then(|expected| Ok((expected, Probabilities::of(&asked)?))) {
        Ok((expected, found)) => {
            let difference = found.largest_difference(&expected);
            format!(
                "as asked for; for {} texts no probability differs from f32's by more than {difference:.4}",
                TEXTS.len()
            )
        }
        Err(error) => format!("as asked for; it could not be compared with f32: {error}"),
    };
    Ok((asked, Choice { execution: Some(way), reason }))
}

/// How much longer an execution may take than the fastest and still be preferred for being more exact. Measurements of a few
/// milliseconds differ by less.
const AS_FAST: f64 = 1.05;

/// Sorts executions from the fastest to the slowest; of those that are about as fast, the more exact one first. They are given
/// from the most exact to the least.
fn by_speed(mut measured: Vec<(Execution, Duration)>) -> Vec<(Execution, Duration)> {
    let mut sorted = Vec::with_capacity(measured.len());
    while let Some(shortest) = measured.iter().map(|(_, time)| *time).min() {
        let next = measured.iter().position(|(_, time)| *time <= shortest.mul_f64(AS_FAST)).unwrap_or(0);
        sorted.push(measured.remove(next));
    }
    sorted
}

/// "128 tokens take one layer 0.31 ms in int8 with attention in f32, 1.20 ms in f32".
fn described(measured: &[(Execution, Duration)]) -> String {
    let each = measured
        .iter()
        .map(|(way, time)| format!("{:.2} ms in {}", 1000.0 * time.as_secs_f64(), way.formats()));
    format!("128 tokens take one layer {}", each.collect::<Vec<_>>().join(", "))
}

/// `measured` are the executions with their times, fastest first.
fn fastest_that_agrees<M: Classifier>(
    model: M,
    exact: Execution,
    measured: Vec<(Execution, Duration)>,
    repack: impl Fn(&M, Execution) -> Result<M, ModelError>,
) -> (M, Choice) {
    let expected = match Probabilities::of(&model) {
        Ok(expected) => expected,
        Err(error) => {
            let reason = format!("no other execution was tried, since f32 failed its self-check: {error}");
            return (model, Choice { execution: Some(exact), reason });
        }
    };
    let mut notes = vec![described(&measured)];
    for way in measured.into_iter().map(|(way, _)| way).take_while(|way| *way != exact) {
        let tried = catch_unwind(AssertUnwindSafe(|| {
            let candidate = repack(&model, way).map_err(|error| error.to_string())?;
            let found = Probabilities::of(&candidate).map_err(|error| error.to_string())?;
            Ok::<_, String>((candidate, found.largest_difference(&expected)))
        }));
        match tried {
            Ok(Ok((candidate, difference))) if difference <= TOLERANCE => {
                notes.push(format!(
                    "this is the fastest that agrees with f32: for {} texts no probability differs by more than {difference:.4}",
                    TEXTS.len()
                ));
                return (candidate, Choice { execution: Some(way), reason: notes.join("; ") });
            }
            Ok(Ok((_, difference))) => notes.push(format!(
                "a probability in {} differs from f32 by {difference:.4}, more than {TOLERANCE}",
                way.formats()
            )),
            Ok(Err(error)) => notes.push(format!("{} cannot be used: {error}", way.formats())),
            Err(_) => notes.push(format!("{} panicked in its self-check", way.formats())),
        }
    }
    (model, Choice { execution: Some(exact), reason: notes.join("; ") })
}

#[cfg(test)]
mod tests;
