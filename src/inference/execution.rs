//! Chooses how a model is computed: as the settings say, or in the fastest way that the processor supports and that
//! agrees with f32.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::models::{Classifier, Execution, Instructions, ModelError, Precision, supported};

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

/// The precisions that these instructions support, fastest first.
fn precisions(instructions: Instructions) -> impl Iterator<Item = Precision> {
    let by_speed: &[Precision] = match instructions {
        Instructions::Avx512 => &[Precision::Int8, Precision::Bf16, Precision::F32],
        Instructions::Avx2 => &[Precision::Int8, Precision::F32],
        // Without wide integer products, int8 is not faster than f32.
        Instructions::Portable => &[Precision::F32, Precision::Int8],
    };
    by_speed.iter().copied().filter(move |precision| supported(*precision, instructions))
}

/// The executions to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ways {
    /// How the model is loaded first: in f32, unless another precision is set. The faster ones are compared with it.
    /// int8 is packed after a reading in f32, which records the outliers.
    pub exact: Execution,
    /// The executions to try next, fastest first. Only one if int8 is set.
    pub faster: Vec<Execution>,
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
            let faster = precisions(instructions).take_while(|precision| *precision != Precision::F32);
            let faster = faster.map(execution).collect();
            Ok(Ways { exact: execution(Precision::F32), faster, asked: false })
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
        self.execution.map_or_else(|| "f32 by candle's plain operations".to_owned(), |way| way.to_string())
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.way(), self.reason)
    }
}

/// Loads a model in the fastest execution whose probabilities agree with the exact one's to within [`TOLERANCE`], or in
/// the exact one if none does. A faster execution that is set is used regardless of the difference.
///
/// `load` loads the model in one execution; `repack` converts it to another.
///
/// # Errors
/// If the model cannot be loaded, or cannot be converted to the execution that is set. An automatic choice that fails
/// or panics is skipped.
pub fn choose<M: Classifier>(
    ways: &Ways,
    load: impl FnOnce(Execution) -> Result<M, ModelError>,
    repack: impl Fn(&M, Execution) -> Result<M, ModelError>,
) -> Result<(M, Choice), ModelError> {
    let exact = ways.exact;
    let model = load(exact)?;
    match ways.faster.as_slice() {
        [] if ways.asked => Ok((model, Choice::asked(Some(exact)))),
        [] => {
            let reason = "nothing faster on this processor".to_owned();
            Ok((model, Choice { execution: Some(exact), reason }))
        }
        [way] if ways.asked => as_asked(&model, *way, repack),
        faster => Ok(fastest_that_agrees(model, exact, faster, repack)),
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

fn fastest_that_agrees<M: Classifier>(
    model: M,
    exact: Execution,
    faster: &[Execution],
    repack: impl Fn(&M, Execution) -> Result<M, ModelError>,
) -> (M, Choice) {
    let expected = match Probabilities::of(&model) {
        Ok(expected) => expected,
        Err(error) => {
            let reason = format!("no other execution was tried, since f32 failed its self-check: {error}");
            return (model, Choice { execution: Some(exact), reason });
        }
    };
    let mut notes = Vec::new();
    for &way in faster {
        let tried = catch_unwind(AssertUnwindSafe(|| {
            let candidate = repack(&model, way).map_err(|error| error.to_string())?;
            let found = Probabilities::of(&candidate).map_err(|error| error.to_string())?;
            Ok::<_, String>((candidate, found.largest_difference(&expected)))
        }));
        match tried {
            Ok(Ok((candidate, difference))) if difference <= TOLERANCE => {
                notes.push(format!(
                    "the fastest that agrees with f32: for {} texts no probability differs by more than {difference:.4}",
                    TEXTS.len()
                ));
                return (candidate, Choice { execution: Some(way), reason: notes.join("; ") });
            }
            Ok(Ok((_, difference))) => notes.push(format!(
                "a probability in {} differs from f32 by {difference:.4}, more than {TOLERANCE}",
                way.precision
            )),
            Ok(Err(error)) => notes.push(format!("{} cannot be used: {error}", way.precision)),
            Err(_) => notes.push(format!("{} panicked in its self-check", way.precision)),
        }
    }
    (model, Choice { execution: Some(exact), reason: notes.join("; ") })
}

#[cfg(test)]
mod tests;
