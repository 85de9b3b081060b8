//! Writes calling.json.

use std::path::Path;

use serde::Serialize;

use crate::learning::error::LearningError;
use crate::models::evidence::EvidenceSettings;
use crate::models::{CallingSettings, Windows};

/// The content of calling.json for a model whose windows are evidence.
#[derive(Serialize)]
struct File<'a> {
    windows: Windows,
    window_tokens: Option<usize>,
    typography: bool,
    evidence: &'a EvidenceSettings,
    questionnaire_hash: &'a Option<String>,
    interim: bool,
    provenance: &'a Option<String>,
}

pub fn write(
    folder: &Path,
    settings: &CallingSettings,
    evidence: &EvidenceSettings,
) -> Result<(), LearningError> {
    let path = folder.join("calling.json");
    let file = File {
        windows: settings.windows,
        window_tokens: settings.window_tokens,
        typography: settings.typography,
        evidence,
        questionnaire_hash: &settings.questionnaire_hash,
        interim: settings.interim,
        provenance: &settings.provenance,
    };
    let text = serde_json::to_string_pretty(&file).map_err(|source| LearningError::json(&path, source))?;
    std::fs::write(&path, text + "\n").map_err(|source| LearningError::file(&path, source))
}

/// Rounds to six places, so that the file can be read and recomputed by hand.
pub fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
