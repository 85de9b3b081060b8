//! calling.json: how a text is cut into windows for this model, and how the windows' logits become one reading.
//!
//! Each window's logits are weighted, summed or averaged, then scaled and shifted label by label. So a reading does not
//! depend on the order of the windows.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::ModelError;
use super::evidence::{EvidenceSettings, Outputs};
use super::labels::{Labels, trait_name, type_name};

/// How a text is cut into windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Windows {
    /// Each answer is a window of its own: each sentence of a rating, and each other paragraph (an open answer with its
    /// lead-in). Longer paragraphs are cut between sentences.
    Answer,
    /// Whole sentences packed up to the model's limit.
    #[default]
    Packed,
}

/// A window's weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Its number of tokens.
    #[default]
    Tokens,
    /// The same for every window.
    Equal,
    /// The number of its tokens raised to this power (0 is `equal`, 1 is `tokens`).
    Power(f64),
}

/// Whether weighted logits are averaged or added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Combine {
    /// The weighted mean, which does not grow with the text's length.
    #[default]
    Mean,
    /// The weighted sum, which grows with the evidence.
    Sum,
}

/// Calibration of a label's combined logit: `scale * logit + bias`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    pub scale: f64,
    /// Added after scaling, in logits.
    pub bias: f64,
}

/// calling.json, checked against the model's labels. [`Default`] applies to a folder without that file: packed windows, the
/// token-weighted mean of the logits, no calibration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallingSettings {
    pub windows: Windows,
    /// The most content tokens of a window, if less than the model's limit. The default for windows that are answers is
    /// [`CallingSettings::ANSWER_TOKENS`].
    pub window_tokens: Option<usize>,
    pub weight: Weight,
    pub combine: Combine,
    /// By label: either every label once, or no calibration at all.
    pub calibration: Option<BTreeMap<String, Calibration>>,
    /// Whether typographic characters are replaced before a text is tokenized. If not, the model reads exactly what
    /// Python's transformers reads.
    pub typography: bool,
    /// How windows become estimates on the norm group's scale, instead of `weight`, `combine` and `calibration`. Needs
    /// `typography` and windows that are answers.
    pub evidence: Option<EvidenceSettings>,
    /// SHA-256 in hex of the questionnaire that the model was trained on.
    pub questionnaire_hash: Option<String>,
    /// Whether this model is provisional; every page with a reading says so.
    pub interim: bool,
    /// Where the model comes from, as text for visitors.
    pub provenance: Option<String>,
}

impl CallingSettings {
    /// The settings of a folder without calling.json.
    pub const PLAIN: CallingSettings = CallingSettings {
        windows: Windows::Packed,
        window_tokens: None,
        weight: Weight::Tokens,
        combine: Combine::Mean,
        calibration: None,
        typography: false,
        evidence: None,
        questionnaire_hash: None,
        interim: false,
        provenance: None,
    };

    /// The default limit of content tokens for windows that are answers. Four in five open answers fit. Longer texts
    /// are read in pieces as long as those in training.
    pub const ANSWER_TOKENS: usize = 128;

    /// The limit of content tokens in a window, if these settings have one.
    pub fn window_limit(&self) -> Option<usize> {
        match self.windows {
            Windows::Answer => Some(self.window_tokens.unwrap_or(Self::ANSWER_TOKENS)),
            Windows::Packed => self.window_tokens,
        }
    }

    /// Reads `dir`/calling.json if it exists, and checks it against the model's labels.
    pub fn read(dir: &Path, labels: &Labels) -> Result<CallingSettings, ModelError> {
        let path = dir.join("calling.json");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(Self::PLAIN),
            Err(source) => return Err(ModelError::Unreadable { path, source }),
        };
        let mut settings: CallingSettings = serde_json::from_str(&text).map_err(|source| {
            ModelError::Malformed { path: path.clone(), expected: "a valid calling.json", source }
        })?;
        settings.check(&path, labels)?;
        Ok(settings)
    }

    fn check(&mut self, path: &Path, labels: &Labels) -> Result<(), ModelError> {
        let refuse = |found: String, expected: &str| Err(ModelError::unsupported(path, found, expected));
        if self.window_tokens == Some(0) {
            return refuse("window_tokens is 0".into(), "at least 1");
        }
        if let Weight::Power(power) = self.weight
            && !(0.0..=2.0).contains(&power)
        {
            return refuse(format!("weight has the power {power}"), "0 to 2");
        }
        if let Some(hash) = &self.questionnaire_hash
            && (hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()))
        {
            return refuse(format!("questionnaire_hash is {hash:?}"), "64 hexadecimal digits");
        }
        if let Some(evidence) = &self.evidence {
            let together = self.calibration.is_none() && self.typography && self.windows == Windows::Answer;
            if !together {
                let found =
                    "evidence beside calibration, or without typography or windows \"answer\"".to_owned();
                return refuse(
                    found,
                    "evidence with \"typography\": true and \"windows\": \"answer\" in its place",
                );
            }
            let Some(outputs) = Outputs::of(labels.names()) else {
                return refuse("evidence".into(), "labels that are the 16 types or the five traits");
            };
            if let Some((found, expected)) = evidence.fault(&outputs.names()) {
                return refuse(found, expected);
            }
        }
        let Some(calibration) = self.calibration.take() else { return Ok(()) };
        let mut spelled = BTreeMap::new();
        for (label, value) in calibration {
            let sound = value.scale.is_finite() && value.scale > 0.0 && value.bias.is_finite();
            if !sound {
                let found = format!("calibration of {label} is {} and {}", value.scale, value.bias);
                return refuse(found, "a positive scale and a finite bias");
            }
            let name = trait_name(&label).or_else(|| type_name(&label)).unwrap_or(label);
            if !labels.names().contains(&name) || spelled.insert(name.clone(), value).is_some() {
                return refuse(format!("calibration names {name}"), "each of the model's labels once");
            }
        }
        if let Some(absent) = labels.names().iter().find(|name| !spelled.contains_key(*name)) {
            return refuse(format!("calibration leaves out {absent}"), "each of the model's labels once");
        }
        self.calibration = Some(spelled);
        Ok(())
    }

    /// Whether the logits of [`CallingSettings::combine`] are calibrated on held-out respondents.
    pub fn calibrated(&self) -> bool {
        self.calibration.is_some() || self.evidence.is_some()
    }

    /// Whether the numbers may be called probabilities: the model is calibrated and not provisional. A provisional
    /// model's calibration used no open answers.
    pub fn gives_probabilities(&self) -> bool {
        self.calibrated() && !self.interim
    }

    /// The weight of a window with this many content tokens.
    pub fn weight(&self, tokens: usize) -> f64 {
        match self.weight {
            Weight::Tokens => tokens as f64,
            Weight::Equal => 1.0,
            Weight::Power(power) => (tokens as f64).powf(power),
        }
    }

    /// Combines the windows' logits into one logit for each of `labels`: scale·z + bias, where z is the weighted mean
    /// or sum.
    ///
    /// `windows` holds each window's number of content tokens (without special tokens) and its logits in the order of
    /// `labels`. If no window has a token, all weights are 1. Without windows the result is the biases.
    pub fn combine(&self, labels: &[String], windows: &[(usize, &[f32])]) -> Vec<f64> {
        let mut weights: Vec<f64> = windows.iter().map(|(tokens, _)| self.weight(*tokens)).collect();
        if weights.iter().sum::<f64>() == 0.0 {
            weights.fill(1.0);
        }
        let total = match self.combine {
            Combine::Mean if !weights.is_empty() => weights.iter().sum(),
            _ => 1.0,
        };
        let calibrate =
            |label: &String, logit: f64| match self.calibration.as_ref().and_then(|c| c.get(label)) {
                Some(Calibration { scale, bias }) => scale * logit + bias,
                None => logit,
            };
        let evidence = |k: usize| -> f64 {
            weights.iter().zip(windows).map(|(weight, (_, logits))| weight * f64::from(logits[k])).sum()
        };
        labels.iter().enumerate().map(|(k, label)| calibrate(label, evidence(k) / total)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn traits() -> Labels {
        let names = ["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3", "LABEL_4"];
        let id2label = names.iter().enumerate().map(|(i, n)| (i.to_string(), n.to_string())).collect();
        Labels::read(&PathBuf::from("config.json"), Some(&id2label), None).unwrap()
    }

    fn read(json: &str) -> Result<CallingSettings, ModelError> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("calling.json"), json).unwrap();
        CallingSettings::read(dir.path(), &traits())
    }

    #[test]
    fn a_folder_without_the_file_gets_the_plain_settings() {
        let dir = tempfile::tempdir().unwrap();
        let settings = CallingSettings::read(dir.path(), &traits()).unwrap();
        assert_eq!(settings, CallingSettings::PLAIN);
        assert_eq!(settings, CallingSettings::default());
        assert!(!settings.calibrated());
    }

    #[test]
    fn every_key_is_read() {
        let one = r#"{"scale": 2.0, "bias": -0.5}"#;
        let settings = read(&format!(
            r#"{{"windows": "answer", "window_tokens": 64, "weight": {{"power": 0.5}}, "combine": "sum",
            "calibration": {{"Extroversion": {one}, "Neuroticism": {one}, "Agreeableness": {one},
            "Conscientiousness": {one}, "openness": {one}}},
            "questionnaire_hash": "{}", "interim": true, "provenance": "a note"}}"#,
            "a".repeat(64)
        ))
        .unwrap();
        assert_eq!(settings.windows, Windows::Answer);
        assert_eq!(settings.weight(16), 4.0);
        assert!(settings.interim && settings.calibrated() && !settings.gives_probabilities());
        assert!(CallingSettings { interim: false, ..settings.clone() }.gives_probabilities());
        let labels = traits().names().to_vec();
        // sum: 2·(4·1 + 2·3) − 0.5
        let combined = settings.combine(&labels, &[(16, &[1.0; 5]), (4, &[3.0; 5])]);
        assert_eq!(combined, [19.5; 5]);
    }

    #[test]
    fn invalid_values_are_refused_with_the_value_found() {
        let unknown = read(r#"{"window": "answer"}"#).unwrap_err();
        let source = std::error::Error::source(&unknown).unwrap().to_string();
        assert!(source.contains("unknown field `window`"), "{source}");
        let partial =
            read(r#"{"calibration": {"Openness": {"scale": 1, "bias": 0}}}"#).unwrap_err().to_string();
        assert!(partial.contains("leaves out Extraversion"), "{partial}");
        let foreign = read(r#"{"calibration": {"INTJ": {"scale": 1, "bias": 0}}}"#).unwrap_err().to_string();
        assert!(foreign.contains("names INTJ"), "{foreign}");
        let flat = read(r#"{"calibration": {"Openness": {"scale": 0, "bias": 0}}}"#).unwrap_err().to_string();
        assert!(flat.contains("positive scale"), "{flat}");
        assert!(read(r#"{"window_tokens": 0}"#).is_err());
        assert!(read(r#"{"weight": {"power": -1.0}}"#).is_err());
        assert!(read(r#"{"questionnaire_hash": "abc"}"#).is_err());
    }

    #[test]
    fn the_plain_reading_is_the_token_weighted_mean() {
        let labels = traits().names().to_vec();
        let combined = CallingSettings::PLAIN.combine(&labels, &[(3, &[1.0; 5]), (1, &[5.0; 5])]);
        assert_eq!(combined, [2.0; 5]);
        let empty = CallingSettings::PLAIN.combine(&labels, &[(0, &[0.25; 5])]);
        assert_eq!(empty, [0.25; 5], "an empty text is its one window");
    }
}
