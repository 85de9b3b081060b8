//! Runs forward passes for benches/peers/compare.py: one JSON request per line on standard input, one answer per line.
//!
//!     {"read": {"dir": "models/mbti", "precision": "int8", "instructions": null, "threads": 2,
//!               "windows": [[2, 31, 3]], "passes": 2}}
//!     {"execution": "int8 on avx512 with 2 threads", "seconds": [0.01, 0.01], "logits": [[0.3, …]]}
//!     {"register_peak": {"precision": "int8", "instructions": null, "threads": 2}}
//!     {"operations_per_second": 2063000000000.0}
//!
//! `precision` is f32, bf16, int8, or `reference`: candle's plain operations. `instructions` is avx512, avx2, portable, or
//! null for the fastest that the processor supports. All windows are computed together, once untimed and then `passes` times.
//! Models stay loaded. The answer is {"unsupported": "…"} if this processor lacks the instructions, and {"error": "…"} if the
//! request fails.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use calling::internals::fused::register_peak;
use calling::internals::models::{
    Classifier, Execution, Instructions, LoadedModel, Precision, load_with, supported,
};
use serde::Deserialize;
use serde_json::{Value, json};

type AnyError = Box<dyn std::error::Error>;

/// Long enough for the processor to reach its full clock rate.
const PEAK_TIME: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Request {
    Read(Read),
    RegisterPeak(RegisterPeak),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    dir: PathBuf,
    precision: String,
    instructions: Option<String>,
    threads: usize,
    windows: Vec<Vec<u32>>,
    passes: usize,
}

impl Read {
    /// How to compute. `None` is candle's plain operations.
    fn execution(&self) -> Result<Option<Execution>, AnyError> {
        if self.precision == "reference" {
            let threads = rayon::current_num_threads();
            if threads != self.threads {
                return Err(format!("candle has {threads} threads; set RAYON_NUM_THREADS").into());
            }
            return Ok(None);
        }
        let precision = self.precision.parse()?;
        let instructions = instructions(self.instructions.as_deref())?;
        Ok(Some(Execution::new(precision, instructions, self.threads)))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegisterPeak {
    precision: String,
    instructions: Option<String>,
    threads: usize,
}

fn instructions(name: Option<&str>) -> Result<Instructions, AnyError> {
    Ok(match name {
        Some(name) => name.parse()?,
        None => Instructions::detect(),
    })
}

fn unsupported(precision: Precision, instructions: Instructions) -> Value {
    json!({ "unsupported": format!("this processor cannot compute {precision} on {instructions}") })
}

/// The models loaded so far, by folder and execution.
#[derive(Default)]
struct Models(HashMap<(PathBuf, Option<Execution>), LoadedModel>);

impl Models {
    fn get(&mut self, dir: &Path, execution: Option<Execution>) -> Result<&LoadedModel, AnyError> {
        Ok(match self.0.entry((dir.into(), execution)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(load_with(dir, execution)?),
        })
    }

    fn answer(&mut self, line: &str) -> Result<Value, AnyError> {
        match serde_json::from_str(line)? {
            Request::Read(asked) => self.read(&asked),
            Request::RegisterPeak(asked) => {
                let precision = asked.precision.parse()?;
                let instructions = instructions(asked.instructions.as_deref())?;
                let peak = register_peak(precision, instructions, asked.threads, PEAK_TIME);
                Ok(match peak {
                    Some(peak) => json!({ "operations_per_second": peak }),
                    None => unsupported(precision, instructions),
                })
            }
        }
    }

    fn read(&mut self, asked: &Read) -> Result<Value, AnyError> {
        let execution = asked.execution()?;
        if let Some(Execution { precision, instructions, .. }) = execution
            && !supported(precision, instructions)
        {
            return Ok(unsupported(precision, instructions));
        }
        let model = self.get(&asked.dir, execution)?;
        let windows: Vec<&[u32]> = asked.windows.iter().map(Vec::as_slice).collect();
        let mut logits = model.logits(&windows)?;
        let mut seconds = Vec::with_capacity(asked.passes);
        for _ in 0..asked.passes {
            let begun = Instant::now();
            logits = model.logits(&windows)?;
            seconds.push(begun.elapsed().as_secs_f64());
        }
        let execution =
            model.execution().map_or("candle in f32".to_owned(), |execution| execution.to_string());
        Ok(json!({ "execution": execution, "seconds": seconds, "logits": logits }))
    }
}

fn main() -> Result<(), AnyError> {
    let mut models = Models::default();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let answer = models.answer(&line?).unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
