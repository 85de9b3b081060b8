//! `calling classify`: reads one text with both models, from a file or standard input, without server or database.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value, json};

use super::outcome::{failed, print, shown, wrong_setting};
use crate::assessment::known;
use crate::config::{Datasets, Inference, Logging};
use crate::inference::{Deadline, InferenceError, Passage, Reading};
use crate::metrics::Readings;
use crate::models::Classifier;
use crate::personality::readout::LabelError;
use crate::startup::{self, LoadedModels, StartError};
use crate::telemetry::{self, sentence};

/// Longer than any text takes. The user can interrupt it.
const DEADLINE: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Args, Debug)]
pub struct Arguments {
    /// File with the text; standard input if it is missing or -
    file: Option<PathBuf>,
    #[command(flatten)]
    datasets: Datasets,
    #[command(flatten)]
    inference: Inference,
    #[command(flatten)]
    logging: Logging,
}

/// Reads the text and prints a JSON object.
pub fn run(arguments: &Arguments) -> ExitCode {
    if let Err(error) = telemetry::start(&arguments.logging) {
        return wrong_setting(error);
    }
    let text = match text(arguments) {
        Ok(text) if text.trim().is_empty() => {
            return wrong_setting("expected a text, but it is empty");
        }
        Ok(text) => text,
        Err(error) => return wrong_setting(error),
    };
    let started = startup::models(&arguments.inference).and_then(|models| {
        let (questionnaire, norm) = startup::survey(&arguments.datasets)?;
        let known = known(&questionnaire, &norm);
        let engine = startup::engine(&arguments.inference, &models, known, Readings::default())?;
        Ok::<_, StartError>((models, engine))
    });
    let (models, engine) = match started {
        Ok(started) => started,
        Err(error) => return wrong_setting(error.sentence()),
    };
    let system = actix_web::rt::System::new();
    let reading: Result<Reading, InferenceError> =
        system.block_on(engine.read(Passage::new(text), Deadline::within(DEADLINE)));
    let printable = match reading {
        Ok(reading) => report(&reading, &models),
        Err(error) => return failed(sentence(&error)),
    };
    match printable {
        Ok(report) => shown(print(&format!("{report:#}"))),
        Err(error) => failed(sentence(&error)),
    }
}

fn text(arguments: &Arguments) -> Result<String, String> {
    match arguments.file.as_deref().filter(|file| file.as_os_str() != "-") {
        Some(file) => std::fs::read_to_string(file)
            .map_err(|error| format!("{} cannot be read as text: {error}", file.display())),
        None => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| format!("standard input cannot be read as text: {error}"))?;
            Ok(text)
        }
    }
}

/// The probabilities, and how they were computed.
fn report(reading: &Reading, models: &LoadedModels) -> Result<Value, LabelError> {
    let profile = reading.profile()?;
    let object = |listed: Vec<(&'static str, f64)>| {
        listed.into_iter().map(|(name, p)| (name.to_owned(), p.into())).collect::<Map<_, Value>>()
    };
    let about = |model: &crate::models::LoadedModel, reading: &crate::inference::ModelReading| {
        json!({
            "model": model.name(),
            "interim": model.settings().interim,
            "calibrated": reading.calibrated,
            "tokens": reading.tokens,
            "windows": reading.windows,
            "share_read": reading.share_read,
            "milliseconds": (reading.timings.total.as_secs_f64() * 1e4).round() / 10.0,
        })
    };
    Ok(json!({
        "mbti": object(profile.listed_types()),
        "big_five": object(profile.listed_traits()),
        "reading": models.models.as_ref().zip(reading.as_ref()).map(|(model, reading)| about(model, reading)),
    }))
}
